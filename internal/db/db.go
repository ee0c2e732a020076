// Package db is the practice's memory: one set of verbs and one SQL text over SQLite or PostgreSQL.
package db

import (
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"
)

//go:embed migrations/*.sql
var embedded embed.FS

// Clock tells the time. Everything that happens takes its time from the clock of its database.
type Clock interface{ Now() time.Time }

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now returns the machine's time.
func (SystemClock) Now() time.Time { return time.Now() }

// Options are what Open needs besides the address.
type Options struct {
	Clock      Clock     // nil: SystemClock
	Root       []byte    // the 32-byte root key, kept here for package seal alone
	OwnerDSN   string    // PostgreSQL role that owns the tables and migrates; empty: the same role
	Migrations fs.FS     // *.sql files at its top; nil: those of the program
	Rand       io.Reader // where ids and secrets come from; nil: the machine
}

// DB is the database, or one transaction on it, seen by one practice, by all, or by none.
// A handle outside a transaction may be shared by goroutines; one inside belongs to the function it was given to.
type DB struct {
	*store
	setting string // whose rows are seen: a practice's id, "*" for all, "" for none
	tx      *txn   // nil outside a transaction
}

// store is what all handles of one open database share.
type store struct {
	engine     engine
	clock      Clock
	root       []byte
	random     io.Reader
	migrations []migration
	latches    latches
}

// everyPractice is the setting that sees the rows of all practices.
const everyPractice = "*"

// Open opens the database at dsn, which is "sqlite:FILE" or a "postgres://…" address, and refuses one whose
// settings would not keep what it is told. The handle sees no practice's rows; narrow it with For or ForAll.
func Open(ctx context.Context, dsn string, o Options) (*DB, error) {
	if o.Root != nil && len(o.Root) != 32 {
		return nil, fmt.Errorf("the root key has %d bytes: it must have 32", len(o.Root))
	}
	s := &store{clock: o.Clock, root: o.Root, random: randomness(o.Rand)}
	if s.clock == nil {
		s.clock = SystemClock{}
	}
	files := o.Migrations
	if files == nil {
		files, _ = fs.Sub(embedded, "migrations") // fails only for a malformed name
	}
	engine, err := openEngine(ctx, dsn, o.OwnerDSN)
	if err != nil {
		return nil, err
	}
	if s.migrations, err = readMigrations(files, engine.dialect()); err != nil {
		_ = engine.close(ctx) // the migrations' error is the one to tell
		return nil, err
	}
	s.engine = engine
	return &DB{store: s}, nil
}

func openEngine(ctx context.Context, dsn, ownerDSN string) (engine, error) {
	switch {
	case strings.HasPrefix(dsn, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(dsn, "sqlite:"))
	case strings.HasPrefix(dsn, "postgres://"), strings.HasPrefix(dsn, "postgresql://"):
		return openPostgres(ctx, dsn, ownerDSN)
	}
	return nil, fmt.Errorf("the database address must begin with sqlite: or postgres://")
}

// Close waits up to 10 seconds for running transactions, then closes the database.
func (d *DB) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return d.engine.close(ctx)
}

// For narrows the handle to one practice. On PostgreSQL its transactions then see no other practice's rows.
func (d *DB) For(practiceID string) *DB {
	if practiceID == everyPractice {
		practiceID = "" // an id that came from outside must never widen what is seen
	}
	return &DB{store: d.store, setting: practiceID, tx: d.tx}
}

// ForAll widens the handle to every practice, for jobs and commands that serve them all.
func (d *DB) ForAll() *DB {
	return &DB{store: d.store, setting: everyPractice, tx: d.tx}
}

// PracticeID returns the practice that the handle is narrowed to; empty where it sees all or none.
func (d *DB) PracticeID() string {
	if d.setting == everyPractice {
		return ""
	}
	return d.setting
}

// Now returns the time in UTC to the microsecond. Inside a transaction it is that of its beginning.
func (d *DB) Now() time.Time {
	if d.tx != nil {
		return d.tx.now
	}
	return d.clock.Now().UTC().Truncate(time.Microsecond)
}

// Root returns the root key that Open was given. Only package seal reads it.
func (d *DB) Root() []byte { return d.root }

// Dialect returns "sqlite" or "postgres".
func (d *DB) Dialect() string { return string(d.engine.dialect()) }

// AnyOf returns the condition that a value is one of the list that is argument n, which is a Strings:
// "id "+tx.AnyOf(3).
func (d *DB) AnyOf(n int) string {
	if d.engine.dialect() == sqlite {
		return fmt.Sprintf("IN (SELECT value FROM json_each($%d))", n)
	}
	return fmt.Sprintf("= ANY($%d)", n)
}

// Claim returns what ends a SELECT whose rows this transaction takes for itself, passing over those that
// another has taken.
func (d *DB) Claim() string {
	if d.engine.dialect() == sqlite {
		return "" // there is one writer
	}
	return "FOR UPDATE SKIP LOCKED"
}
