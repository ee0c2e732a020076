package backup_test

import (
	"testing"
	"time"

	"attune/internal/audit"
	"attune/internal/backup"
	"attune/internal/db"
)

func TestHealthOf(t *testing.T) {
	h, v := lived(t), newVault(t)
	got, err := backup.HealthOf(ctx, h.DB)
	if err != nil || got.Practices != 1 || got.Unsequenced == 0 || got.OldestEntry.IsZero() || !got.Backup.IsZero() || got.Dead != 0 {
		t.Errorf("before: got %+v, %v", got, err)
	}
	m := v.create(t, h.DB)
	h.Tx(func(tx *db.DB) error { _, err := tx.Exec(ctx, `UPDATE job SET state = 'dead'`); return err })
	if _, err := audit.Sequence(ctx, h.DB); err != nil {
		t.Fatal(err)
	}
	got, err = backup.HealthOf(ctx, h.DB)
	if err != nil || !got.Backup.Equal(m.At) || got.Failed || got.Unsequenced != 0 || !got.OldestEntry.IsZero() || got.Dead == 0 {
		t.Errorf("after: got %+v, %v", got, err)
	}
	h.Clock.Advance(time.Minute)
	v.To = nil
	if _, err := backup.Create(ctx, h.DB, v.Plan); err == nil {
		t.Error("nobody to open it: got no error")
	}
	if got, err = backup.HealthOf(ctx, h.DB); err != nil || !got.Failed || !got.Backup.Equal(m.At) {
		t.Errorf("after a fault: got %+v, %v", got, err)
	}
}
