// Package dbtest gives every test a database of its own, fresh and migrated, in milliseconds.
//
// It is SQLite, or PostgreSQL where ATTUNE_TEST_DB=postgres says so.
package dbtest

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"attune/internal/db"
)

// Start is what the clock of New says: a Monday morning in winter, UTC.
var Start = time.Date(2027, time.January, 11, 9, 0, 0, 0, time.UTC)

// Clock is a clock that a test sets. It stands still in between.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now returns the time it was set to.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock to t, also back.
func (c *Clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// Advance moves the clock by step.
func (c *Clock) Advance(step time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(step)
}

// New returns a database of the program's newest version that holds nothing. The handle sees all practices; its
// clock stands at Start. It is closed and removed when the test ends.
func New(t testing.TB) *db.DB {
	t.Helper()
	d, _ := NewAt(t, Start)
	return d
}

// NewAt is New with a clock that stands at now, to be set by the test.
func NewAt(t testing.TB, now time.Time) (*db.DB, *Clock) {
	t.Helper()
	dsn, owner := Migrated(t)
	clock := &Clock{now: now}
	return Open(t, dsn, db.Options{Clock: clock, OwnerDSN: owner}).ForAll(), clock
}

// Open opens the database at dsn with a root key for tests, where o has none, and closes it when the test ends.
func Open(t testing.TB, dsn string, o db.Options) *db.DB {
	t.Helper()
	if o.Root == nil {
		o.Root = []byte("a root key for tests, 32 bytes..")
	}
	d, err := db.Open(context.Background(), dsn, o)
	if err != nil {
		t.Fatalf("open the test's database: %v", err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close the test's database: %v", err)
		}
	})
	return d
}

// Migrated returns the address of a new, migrated database, and the one of the role that owns its tables where
// it is another. Nobody has it open.
func Migrated(t testing.TB) (dsn, owner string) {
	t.Helper()
	if onPostgres() {
		return postgresDatabase(t, true)
	}
	return sqliteDatabase(t, true), ""
}

// Empty is Migrated without any table.
func Empty(t testing.TB) (dsn, owner string) {
	t.Helper()
	if onPostgres() {
		return postgresDatabase(t, false)
	}
	return sqliteDatabase(t, false), ""
}

func onPostgres() bool { return os.Getenv("ATTUNE_TEST_DB") == "postgres" }

// missing skips the test for want of a server, except where a pass must mean that it ran.
func missing(t testing.TB, why string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatalf("no PostgreSQL to test on: %s", why)
	}
	t.Skipf("SKIPPED, NOT TESTED: no PostgreSQL to test on: %s", why)
}
