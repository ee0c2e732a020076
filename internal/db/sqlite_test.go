package db_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/db"
)

// closedFile makes a database with one thing in it, closes it, and returns its path.
func closedFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data", "attune.db")
	d := openFile(t, path)
	if err := put(d.For("one"), "a", 1); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

func openFile(t *testing.T, path string) *db.DB {
	t.Helper()
	d, err := db.Open(ctx, "sqlite:"+path, db.Options{Migrations: ground})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	if err := d.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestSQLiteFilesAreTheUsersOwn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "attune.db")
	d := openFile(t, path)
	if err := put(d.For("one"), "a", 1); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path string
		want os.FileMode
	}{
		{filepath.Dir(path), 0o700}, {path, 0o600}, {path + "-wal", 0o600}, {path + "-shm", 0o600}, {path + ".lock", 0o600},
	} {
		info, err := os.Stat(c.path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != c.want {
			t.Errorf("%s: got mode %o, want %o", filepath.Base(c.path), got, c.want)
		}
	}
}

func TestSQLiteRefusesFiles(t *testing.T) {
	for _, c := range []struct {
		name, says string
		spoil      func(t *testing.T, path string) error
	}{
		{"readable by all", "chmod 600", func(t *testing.T, path string) error { return os.Chmod(path, 0o644) }},
		{"no database", "not a database", func(t *testing.T, path string) error {
			return os.WriteFile(path, bytes.Repeat([]byte("text "), 2000), 0o600)
		}},
		{"a link", "is a link", func(t *testing.T, path string) error {
			return errors.Join(os.Rename(path, path+"2"), os.Symlink(path+"2", path))
		}},
		{"open already", "another program", func(t *testing.T, path string) error {
			openFile(t, path)
			return nil
		}},
		{"damaged after a crash", "damaged", func(t *testing.T, path string) error {
			file, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			copy(file[3*4096+200:4*4096], bytes.Repeat([]byte{0xAB}, 4096))
			return errors.Join(os.WriteFile(path, file, 0o600), os.Remove(path+".lock"))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := closedFile(t)
			if err := c.spoil(t, path); err != nil {
				t.Fatal(err)
			}
			d, err := db.Open(ctx, "sqlite:"+path, db.Options{Migrations: ground})
			if err == nil {
				_ = d.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %q, want it to say %q", err, c.says)
			}
		})
	}
}

func TestSQLiteOpensAgain(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(path string) error
	}{
		{"after a clean end", func(string) error { return nil }},
		{"after a crash", func(path string) error { return os.WriteFile(path+".lock", []byte("open\n"), 0o600) }},
		{"without its lock file", func(path string) error { return os.Remove(path + ".lock") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := closedFile(t)
			if _, err := os.Stat(path + "-wal"); err == nil {
				t.Error("the log was left when it was closed")
			}
			if err := c.spoil(path); err != nil {
				t.Fatal(err)
			}
			if got := number(t, openFile(t, path), "a"); got != 1 {
				t.Errorf("got %d, want 1", got)
			}
		})
	}
}

func TestSQLiteStopsWritingToADamagedFile(t *testing.T) {
	path := closedFile(t)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 4096; i < len(file); i += 4096 { // every page but the first, which lists the tables
		copy(file[i:], bytes.Repeat([]byte{0xAB}, 200))
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := db.Open(ctx, "sqlite:"+path, db.Options{Migrations: ground}) // closed well, so it is not checked
	if err != nil {
		t.Fatal(err)
	}
	if err := put(d.For("one"), "b", 2); !errors.Is(err, db.ErrStopped) {
		t.Errorf("the first write: got %v, want ErrStopped", err)
	}
	if err := put(d.For("one"), "c", 3); !errors.Is(err, db.ErrStopped) {
		t.Errorf("the next write: got %v, want ErrStopped", err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if d, err := db.Open(ctx, "sqlite:"+path, db.Options{Migrations: ground}); err == nil {
		_ = d.Close()
		t.Error("opened again, it was not checked")
	}
}

func TestSQLitePathsWithSigns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "50% sure? yes#1 ü", "a b.db")
	openFile(t, path)
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestClosed(t *testing.T) {
	d := fresh(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := put(d, "a", 1); err == nil {
		t.Error("it could still be written to")
	}
	if err := d.Row(ctx, "SELECT COUNT(*) FROM thing").Scan(new(int)); err == nil {
		t.Error("it could still be read")
	}
	if err := d.Close(); err != nil {
		t.Errorf("a second time: %v", err)
	}
}
