package db_test

import (
	"regexp"
	"strings"
	"testing"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

func TestNewID(t *testing.T) {
	d := dbtest.New(t)
	seen := map[string]bool{}
	form := regexp.MustCompile(`^[a-z2-7]{26}$`)
	for range 10_000 {
		id := d.NewID()
		if !form.MatchString(id) || seen[id] {
			t.Fatalf("got id %q, want 26 lower-case letters and digits, each time others", id)
		}
		seen[id] = true
	}
}

func TestRandFromASource(t *testing.T) {
	dsn, owner := dbtest.Migrated(t)
	d := dbtest.Open(t, dsn, db.Options{OwnerDSN: owner, Rand: strings.NewReader(strings.Repeat("0123456789abcdef", 2))})
	first, second := d.NewID(), d.NewID()
	if first != second {
		t.Errorf("got ids %q and %q from the same bytes, want the same", first, second)
	}
}
