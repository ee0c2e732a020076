package db_test

import (
	"path/filepath"
	"syscall"
	"testing"

	"attune/internal/db"
)

// TestAFullDisk writes until the disk is full: what was acknowledged stays.
func TestAFullDisk(t *testing.T) {
	folder := t.TempDir()
	if err := syscall.Mount("tmpfs", folder, "tmpfs", 0, "size=1m"); err != nil {
		t.Skipf("no small disk to fill: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, 0) })
	path := filepath.Join(folder, "attune.db")
	d := openFile(t, path).For("one")
	kept := 0
	var err error
	for err == nil {
		err = d.InTx(ctx, func(tx *db.DB) error {
			_, err := tx.Exec(ctx, "INSERT INTO thing (practice_id, id, raw) VALUES ('one', $1, $2)", tx.NewID(), make([]byte, 20_000))
			return err
		})
		if err == nil {
			kept++
		}
	}
	t.Logf("%d kept, then %v", kept, err)
	if kept == 0 {
		t.Fatal("nothing was kept at all")
	}
	if got := count(t, d); got != kept {
		t.Errorf("%d rows, want %d", got, kept)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if got := count(t, openFile(t, path)); got != kept {
		t.Errorf("opened again: %d rows, want %d", got, kept)
	}
}
