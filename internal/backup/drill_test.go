package backup_test

import (
	"testing"

	"attune/internal/backup"
	"attune/internal/db"
)

func TestDrill(t *testing.T) {
	h := lived(t)
	r, err := backup.Drill(ctx, h.DB)
	if err != nil || !r.Well() || len(r.Practices) != 1 || r.Rows < 50 {
		t.Fatalf("got %v, %v", r, err)
	}
	// What is wrong here already comes back as wrong, and the drill says so.
	h.Tx(func(tx *db.DB) error {
		_, err := tx.Exec(ctx, `DELETE FROM claim WHERE practice_id = $1`, "north")
		return err
	})
	if r, err = backup.Drill(ctx, h.DB); err != nil || r.Well() {
		t.Errorf("with claims that are gone: got %v, %v, want a problem", r, err)
	}
}
