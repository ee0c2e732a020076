package world_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"strings"
	"testing"
	"time"

	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/world"
)

// TestAtRest reads the raw files of a whole world as a thief would: no canary of any written word, no address, no
// password and no secret is in them (security.md S-60, T-42).
func TestAtRest(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.March, 6, 15, 0, 0, 0, time.UTC)
	dsn, owner := dbtest.Migrated(t)
	file, embedded := strings.CutPrefix(dsn, "sqlite:")
	clock, source := world.NewClock(now), world.NewSource(11)
	d := dbtest.Open(t, dsn, db.Options{Clock: clock, Rand: source, OwnerDSN: owner}).ForAll()
	f, err := world.Make(t.Context(), d, clock, source, world.Plan{Seed: 11, Clock: now, Prefix: "P"})
	if err != nil {
		t.Fatal(err)
	}
	secrets := map[string]string{}
	for _, o := range f.Objects {
		for field, canary := range o.Canaries {
			secrets[canary] = o.Type + "." + field
		}
	}
	for _, tenant := range f.Tenants {
		for _, u := range tenant.Users {
			secrets[u.Login], secrets[u.Password], secrets[u.TOTP] = "login", "password", "TOTP secret"
		}
	}
	delete(secrets, "")
	if len(secrets) < 100 {
		t.Fatalf("only %d secrets to look for", len(secrets))
	}
	var raw []byte
	if embedded {
		raw = files(t, file, file+"-wal", file+"-shm")
	} else {
		raw = rows(t, d)
	}
	if !bytes.Contains(raw, []byte("progress")) {
		t.Fatal("what lies in the open is not found either: this reads the wrong place")
	}
	for secret, what := range secrets {
		if bytes.Contains(raw, []byte(secret)) || bytes.Contains(raw, []byte(hex.EncodeToString([]byte(secret)))) {
			t.Errorf("a %s lies in the open", what)
		}
	}
}

func files(t *testing.T, names ...string) []byte {
	t.Helper()
	var raw []byte
	for _, name := range names {
		part, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		raw = append(raw, part...)
	}
	return raw
}

// rows is every row of every table as PostgreSQL's own text, where bytes are hexadecimal.
func rows(t *testing.T, d *db.DB) []byte {
	t.Helper()
	var tables []string
	list := func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		tables = append(tables, name)
		return err
	}
	if err := d.Each(t.Context(), `SELECT tablename FROM pg_tables WHERE schemaname = current_schema()`, nil, list); err != nil {
		t.Fatal(err)
	}
	var raw []byte
	for _, table := range tables {
		err := d.Each(t.Context(), `SELECT convert_to(CAST(x AS TEXT), 'UTF8') FROM `+table+` x`, nil, func(scan func(...any) error) error {
			var row []byte
			err := scan(&row)
			raw = append(raw, row...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return raw
}
