package dbtest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"attune/internal/db"
)

// template returns the bytes of a migrated database, made once in a run of tests.
var template = sync.OnceValues(func() (file []byte, err error) {
	folder, err := os.MkdirTemp(fastFolder(), "attune-test-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	path := filepath.Join(folder, "template.db")
	d, err := db.Open(context.Background(), "sqlite:"+path, db.Options{})
	if err != nil {
		return nil, err
	}
	if err := errors.Join(d.Migrate(context.Background()), d.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// sqliteDatabase returns the address of a new file, with the tables of the template or without.
func sqliteDatabase(t testing.TB, migrated bool) string {
	t.Helper()
	folder, err := os.MkdirTemp(fastFolder(), "attune-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(folder); err != nil {
			t.Error(err)
		}
	})
	path := filepath.Join(folder, "attune.db")
	if !migrated {
		return "sqlite:" + path
	}
	file, err := template()
	if err != nil {
		t.Fatalf("make the template of the tests' databases: %v", err)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".lock", []byte("closed\n"), 0o600); err != nil { // spares a check of the whole file
		t.Fatal(err)
	}
	return "sqlite:" + path
}

// fastFolder is where a test's files need not wait for a disk; the usual place where there is none.
func fastFolder() string {
	const memory = "/dev/shm"
	if info, err := os.Stat(memory); err == nil && info.IsDir() {
		return memory
	}
	return ""
}
