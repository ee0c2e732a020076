package db_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

func TestTheProgramsOwnMigrations(t *testing.T) {
	d := dbtest.New(t)
	version, err := d.SchemaVersion(ctx)
	if err != nil || version < 7 {
		t.Fatalf("got version %d, %v", version, err)
	}
	if err := d.Migrate(ctx); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

func TestMigrateGoesOnWhereItFailed(t *testing.T) {
	dsn, owner := dbtest.Empty(t)
	broken := fstest.MapFS{
		"0001_a.sql": file("CREATE TABLE a (practice_id TEXT NOT NULL)"),
		"0002_b.sql": file("CREATE TABLE b (practice_id TEXT NOT NULL); CREATE TABLE a (practice_id TEXT NOT NULL);"),
	}
	mended := fstest.MapFS{
		"0001_a.sql": broken["0001_a.sql"],
		"0002_b.sql": file("CREATE TABLE b (practice_id TEXT NOT NULL); CREATE TABLE c (practice_id TEXT NOT NULL);"),
	}
	for _, c := range []struct {
		name  string
		files fs.FS
		fails string // what the error names; empty: none
		want  int
	}{
		{"fails", broken, "0002_b", 1},
		{"goes on", mended, "", 2},
		{"is done", mended, "", 2},
		{"older program", fstest.MapFS{"0001_a.sql": broken["0001_a.sql"]}, "run the newer program", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := dbtest.Open(t, dsn, db.Options{OwnerDSN: owner, Migrations: c.files})
			defer d.Close()
			err := d.Migrate(ctx)
			if c.fails == "" && err != nil || c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails)) {
				t.Errorf("got %v, want an error with %q", err, c.fails)
			}
			version, err := d.SchemaVersion(ctx)
			if version != c.want {
				t.Errorf("version %d (%v), want %d", version, err, c.want)
			}
			if c.name == "older program" && err == nil {
				t.Error("SchemaVersion says nothing of a newer database")
			}
			if there := d.Row(ctx, "SELECT COUNT(*) FROM b").Scan(new(int)) == nil; there != (c.want == 2) {
				t.Errorf("table b is there: %t", there)
			}
		})
	}
}

func TestSchemaVersionOfAnEmptyDatabase(t *testing.T) {
	dsn, owner := dbtest.Empty(t)
	d := dbtest.Open(t, dsn, db.Options{OwnerDSN: owner})
	if version, err := d.SchemaVersion(ctx); version != 0 || err != nil {
		t.Errorf("got %d, %v; want 0", version, err)
	}
}

// TestTablesThatAreCurrentNeedNoOwner is security.md S-88: the program runs without the password of the tables' owner.
func TestTablesThatAreCurrentNeedNoOwner(t *testing.T) {
	dsn, _ := dbtest.Migrated(t)
	if err := dbtest.Open(t, dsn, db.Options{}).Migrate(t.Context()); err != nil {
		t.Errorf("got %v, want nothing to do", err)
	}
}

func TestProgramsThatStartTogether(t *testing.T) {
	if !onPostgres() {
		t.Skip("SQLite has one program at a time")
	}
	dsn, owner := dbtest.Empty(t)
	together(6, func(int) {
		d, err := db.Open(ctx, dsn, db.Options{OwnerDSN: owner, Migrations: ground})
		if err != nil {
			t.Error(err)
			return
		}
		if err := d.Migrate(ctx); err != nil {
			t.Error(err)
		}
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestMigrationNames(t *testing.T) {
	one := file("CREATE TABLE a (practice_id TEXT NOT NULL)")
	for _, c := range []struct {
		name  string
		files []string
		ok    bool
	}{
		{"none", nil, true},
		{"one file and a pair", []string{"0001_a.sql", "0002_b.sqlite.sql", "0002_b.postgres.sql"}, true},
		{"a gap", []string{"0001_a.sql", "0003_b.sql"}, false},
		{"not from the beginning", []string{"0002_a.sql"}, false},
		{"twice", []string{"0001_a.sql", "0001_b.sql"}, false},
		{"half a pair", []string{"0001_a.sqlite.sql", "0002_b.postgres.sql"}, false},
		{"another name", []string{"1_a.sql"}, false},
		{"another database", []string{"0001_a.mysql.sql"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, name := range c.files {
				files[name] = one
			}
			d, err := db.Open(ctx, "sqlite:"+t.TempDir()+"/x.db", db.Options{Migrations: files})
			if (err == nil) != c.ok {
				t.Errorf("got %v, want ok %t", err, c.ok)
			}
			if err == nil {
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestSQLiteTables(t *testing.T) {
	const comment = "-- a BIGINT in CREATE TABLE;\n"
	for _, c := range []struct{ name, script, want string }{
		{"types", "CREATE TABLE t (a BIGINT, b DOUBLE\n PRECISION, c boolean, d BYTEA, e TEXT);",
			"CREATE TABLE t (a INTEGER, b REAL, c INTEGER, d BLOB, e TEXT) STRICT"},
		{"no semicolon", "CREATE TABLE t (a BIGINT) -- end",
			"CREATE TABLE t (a INTEGER) -- end\nSTRICT"},
		{"strict already", "CREATE TABLE t (a BIGINT) STRICT;", "CREATE TABLE t (a INTEGER) STRICT"},
		{"without rowid", "CREATE TABLE t (a BIGINT PRIMARY KEY) WITHOUT ROWID;",
			"CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID, STRICT"},
		{"texts and comments", comment + "CREATE TABLE t (a TEXT DEFAULT 'it''s; a BIGINT', /* BYTEA; */ b BYTEA);",
			"CREATE TABLE t (a TEXT DEFAULT 'it''s; a BIGINT', /* BYTEA; */ b BLOB) STRICT"},
		{"alter", "CREATE TABLE t (a TEXT); ALTER TABLE t ADD COLUMN b BOOLEAN;",
			"CREATE TABLE t (a TEXT, b INTEGER) STRICT"},
		{"names with types in them", "CREATE TABLE t (bigint_a BIGINT, doubled TEXT);",
			"CREATE TABLE t (bigint_a INTEGER, doubled TEXT) STRICT"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := db.Open(ctx, "sqlite:"+t.TempDir()+"/x.db", db.Options{Migrations: fstest.MapFS{"0001_t.sql": file(c.script)}})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if err := d.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			var got string
			if err := d.Row(ctx, "SELECT sql FROM sqlite_schema WHERE name = 't'").Scan(&got); err != nil {
				t.Fatal(err)
			}
			if got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSQLiteRebuildsATableOthersReferTo(t *testing.T) {
	files := fstest.MapFS{
		"0001_a.sql": file(`CREATE TABLE a (id TEXT PRIMARY KEY); CREATE TABLE b (a_id TEXT REFERENCES a (id));
			INSERT INTO a (id) VALUES ('1'); INSERT INTO b (a_id) VALUES ('1');`),
		"0002_rebuild.sql": file(`CREATE TABLE a_new (id TEXT PRIMARY KEY, n BIGINT); INSERT INTO a_new (id) SELECT id FROM a;
			DROP TABLE a; ALTER TABLE a_new RENAME TO a;`),
		"0003_orphan.sql": file(`DELETE FROM a`),
	}
	d, err := db.Open(ctx, "sqlite:"+t.TempDir()+"/x.db", db.Options{Migrations: files})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Migrate(ctx); err == nil || !strings.Contains(err.Error(), "0003_orphan") {
		t.Errorf("got %v, want that 0003 leaves a broken reference", err)
	}
	if version, err := d.SchemaVersion(ctx); version != 2 || err != nil {
		t.Errorf("got version %d, %v; want 2", version, err)
	}
	err = d.InTx(ctx, func(tx *db.DB) error {
		_, err := tx.Exec(ctx, "INSERT INTO b (a_id) VALUES ('nothing')")
		return err
	})
	if err == nil {
		t.Error("references are no longer checked after a migration")
	}
}
