package db_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

var ctx = context.Background()

// ground is a schema for the tests of this package: one table of every kind of column, one that refers to it,
// and one whose rows must not overlap.
var ground = fstest.MapFS{
	"0001_ground.sql": file(`
		-- A thing; its BIGINT columns are INTEGER in SQLite.
		CREATE TABLE thing (
			practice_id TEXT NOT NULL,
			id TEXT NOT NULL,
			words TEXT CHECK (words <> 'BIGINT; --'),
			n BIGINT,
			x DOUBLE PRECISION,
			sure BOOLEAN,
			raw BYTEA,
			at BIGINT,
			PRIMARY KEY (practice_id, id)
		);
		CREATE TABLE part (
			practice_id TEXT NOT NULL,
			thing_id TEXT NOT NULL,
			FOREIGN KEY (practice_id, thing_id) REFERENCES thing (practice_id, id)
		);
		CREATE TABLE stretch (
			practice_id TEXT NOT NULL,
			from_n BIGINT NOT NULL,
			to_n BIGINT NOT NULL
		);`),
	"0002_overlap.sqlite.sql": file(`
		CREATE TRIGGER stretch_no_overlap BEFORE INSERT ON stretch
		WHEN EXISTS (SELECT 1 FROM stretch s WHERE s.from_n < NEW.to_n AND s.to_n > NEW.from_n)
		BEGIN
			SELECT RAISE(ABORT, 'overlap');
		END;`),
	"0002_overlap.postgres.sql": file(`
		ALTER TABLE stretch ADD CONSTRAINT stretch_no_overlap EXCLUDE USING gist (int8range(from_n, to_n) WITH &&);`),
	"0003_more.sql": file(`ALTER TABLE thing ADD COLUMN more BIGINT`),
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

// fresh returns a database with the tables of ground, seen by practice "one".
func fresh(t testing.TB) *db.DB {
	t.Helper()
	d, _ := freshWith(t, ground)
	return d.For("one")
}

func freshWith(t testing.TB, files fs.FS) (d *db.DB, clock *dbtest.Clock) {
	t.Helper()
	dsn, owner := dbtest.Empty(t)
	clock = &dbtest.Clock{}
	clock.Set(dbtest.Start)
	d = dbtest.Open(t, dsn, db.Options{Clock: clock, OwnerDSN: owner, Migrations: files})
	if err := d.Migrate(ctx); err != nil {
		t.Fatalf("migrate: %v", err)
	}
	return d, clock
}

func onPostgres() bool { return os.Getenv("ATTUNE_TEST_DB") == "postgres" }

// put keeps a thing with a number.
func put(d *db.DB, id string, n int) error {
	return d.InTx(ctx, func(tx *db.DB) error {
		_, err := tx.Exec(ctx, "INSERT INTO thing (practice_id, id, n) VALUES ($1, $2, $3)", tx.PracticeID(), id, n)
		return err
	})
}

// number returns a thing's number.
func number(t testing.TB, d *db.DB, id string) (n int) {
	t.Helper()
	if err := d.Row(ctx, "SELECT n FROM thing WHERE id = $1", id).Scan(&n); err != nil {
		t.Fatalf("number of %s: %v", id, err)
	}
	return n
}

// count returns how many things there are.
func count(t testing.TB, d *db.DB) (n int) {
	t.Helper()
	if err := d.Row(ctx, "SELECT COUNT(*) FROM thing").Scan(&n); err != nil {
		t.Fatalf("count: %v", err)
	}
	return n
}

func TestForNarrowsAndNeverWidens(t *testing.T) {
	d := fresh(t)
	for _, c := range []struct{ handle, got, want string }{
		{"For", d.PracticeID(), "one"},
		{"For *", d.For("*").PracticeID(), ""},
		{"ForAll", d.ForAll().PracticeID(), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: got practice %q, want %q", c.handle, c.got, c.want)
		}
	}
	if !onPostgres() {
		return
	}
	if err := put(d, "a", 1); err != nil {
		t.Fatal(err)
	}
	if got := count(t, d.For("*")); got != 0 {
		t.Errorf("For(*) sees %d rows, want 0", got)
	}
}

func TestNowStandsStillInsideATransaction(t *testing.T) {
	d, clock := freshWith(t, ground)
	clock.Set(time.Date(2027, 3, 1, 8, 0, 0, 123456789, time.FixedZone("CET", 3600)))
	want := time.Date(2027, 3, 1, 7, 0, 0, 123456000, time.UTC)
	if got := d.Now(); got != want {
		t.Errorf("Now: got %v, want %v", got, want)
	}
	err := d.InTx(ctx, func(tx *db.DB) error {
		clock.Advance(time.Hour)
		if got := tx.For("two").Now(); got != want {
			t.Errorf("Now inside: got %v, want %v", got, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Now(); got != want.Add(time.Hour) {
		t.Errorf("Now after: got %v, want %v", got, want.Add(time.Hour))
	}
}

func TestErrorsOfConstraints(t *testing.T) {
	for _, c := range []struct {
		name, query string
		want        error
	}{
		{"duplicate", "INSERT INTO thing (practice_id, id) VALUES ('one', 'a')", db.ErrDuplicate},
		{"reference to nothing", "INSERT INTO part (practice_id, thing_id) VALUES ('one', 'nothing')", db.ErrReference},
		{"referred to", "DELETE FROM thing WHERE id = 'a'", db.ErrReference},
		{"overlap", "INSERT INTO stretch (practice_id, from_n, to_n) VALUES ('one', 15, 25)", db.ErrOverlap},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := fresh(t)
			exec(t, d, "INSERT INTO thing (practice_id, id) VALUES ('one', 'a')")
			exec(t, d, "INSERT INTO part (practice_id, thing_id) VALUES ('one', 'a')")
			exec(t, d, "INSERT INTO stretch (practice_id, from_n, to_n) VALUES ('one', 10, 20)")
			err := d.InTx(ctx, func(tx *db.DB) error {
				_, err := tx.Exec(ctx, c.query)
				return err
			})
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// exec runs one statement in a transaction of its own.
func exec(t testing.TB, d *db.DB, query string, args ...any) (rows int64) {
	t.Helper()
	err := d.InTx(ctx, func(tx *db.DB) (err error) {
		rows, err = tx.Exec(ctx, query, args...)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return rows
}

func TestExecCountsRows(t *testing.T) {
	d := fresh(t)
	for _, c := range []struct {
		query string
		want  int64
	}{
		{"INSERT INTO thing (practice_id, id, n) VALUES ('one', 'a', 1), ('one', 'b', 2)", 2},
		{"INSERT INTO thing (practice_id, id, n) VALUES ('one', 'a', 3) ON CONFLICT DO NOTHING", 0},
		{"UPDATE thing SET n = 5 WHERE n > 0", 2},
		{"DELETE FROM thing WHERE id = 'c'", 0},
	} {
		if got := exec(t, d, c.query); got != c.want {
			t.Errorf("%s: got %d rows, want %d", c.query, got, c.want)
		}
	}
}

func TestReturning(t *testing.T) {
	d := fresh(t)
	var n int
	err := d.InTx(ctx, func(tx *db.DB) error {
		return tx.Row(ctx, `INSERT INTO thing (practice_id, id, n) VALUES ('one', 'a', 7)
			ON CONFLICT (practice_id, id) DO UPDATE SET n = excluded.n RETURNING n`).Scan(&n)
	})
	if err != nil || n != 7 {
		t.Fatalf("got %d, %v; want 7", n, err)
	}
	if got := number(t, d, "a"); got != 7 {
		t.Errorf("kept %d, want 7", got)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ name, dsn string }{
		{"another database", "mysql://host/x"},
		{"no file", "sqlite:"},
		{"memory", "sqlite::memory:"},
		{"no password", "postgres://app@127.0.0.1:1/x"},
		{"a default password", "postgres://app:postgres@127.0.0.1:1/x"},
		{"the name as password", "postgres://app:app@127.0.0.1:1/x"},
		{"in clear to another machine", "postgres://app:long-random-word@db.example:5432/x?sslmode=disable"},
		{"in clear if need be", "postgres://app:long-random-word@db.example:5432/x?sslmode=prefer"},
		{"one of several in clear", "postgres://app:long-random-word@127.0.0.1:1,db.example:2/x?sslmode=disable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := db.Open(ctx, c.dsn, db.Options{})
			if err == nil {
				_ = d.Close()
				t.Fatalf("%s was opened", c.dsn)
			}
			t.Log(err)
		})
	}
	if _, err := db.Open(ctx, "sqlite:"+t.TempDir()+"/x.db", db.Options{Root: []byte("short")}); err == nil {
		t.Error("a short root key was taken")
	}
}
