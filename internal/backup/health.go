package backup

import (
	"context"
	"errors"
	"time"

	"attune/internal/db"
)

// Health is what can be counted about one practice, or about all, without any name.
type Health struct {
	Practices   int
	Waiting     int       // jobs that are due and wait
	Dead        int       // jobs that failed for good
	Unsequenced int       // entries of the log that are not in its tree yet
	OldestEntry time.Time // of those; zero where there is none
	NewestEntry time.Time // of the whole log
	Backup      time.Time // of the last backup that worked; zero where there was none
	Failed      bool      // whether the last try to back up did not work
}

// HealthOf counts over all practices.
func HealthOf(ctx context.Context, d *db.DB) (Health, error) {
	var h Health
	err := d.ForAll().View(ctx, func(tx *db.DB) error {
		h = Health{}
		fault := ""
		err := errors.Join(
			tx.Row(ctx, `SELECT COUNT(*) FROM practice`).Scan(&h.Practices),
			tx.Row(ctx, `SELECT COUNT(*) FROM job WHERE state = 'waiting' AND run_at <= $1`, tx.Now()).Scan(&h.Waiting),
			tx.Row(ctx, `SELECT COUNT(*) FROM job WHERE state = 'dead'`).Scan(&h.Dead),
			tx.Row(ctx, `SELECT COUNT(*), MIN(at) FROM audit_leaf WHERE seq IS NULL`).Scan(&h.Unsequenced, &h.OldestEntry),
			tx.Row(ctx, `SELECT MAX(at) FROM audit_leaf`).Scan(&h.NewestEntry),
			tx.Row(ctx, `SELECT MAX(done_at), COALESCE(MAX(fault), '') FROM backup_last`).Scan(&h.Backup, &fault))
		h.Failed = fault != ""
		return err
	})
	return h, err
}
