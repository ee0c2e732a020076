package job

import (
	"context"
	"fmt"
	"time"

	"attune/internal/db"
)

// Periodic is work that every practice has done once in each period.
type Periodic struct {
	Kind   Kind
	Period time.Duration
}

// Every is the work of kind once in each period. Periods are counted in UTC: one of 24 hours begins at midnight UTC.
// The job becomes due as its period begins; the one of a period in which no worker ran is left out, and while one still
// waits there is no second. Its payload is null.
func Every(kind Kind, period time.Duration) Periodic { return Periodic{kind, period} }

// plan puts off the job of the running period, for each practice that has none.
func (p Periodic) plan(ctx context.Context, all *db.DB) error {
	start := all.Now().Truncate(p.Period)
	key := start.Format(time.RFC3339)
	var missing []string
	err := all.Each(ctx, `
		SELECT p.practice_id FROM practice p
		WHERE p.state = 'active' AND NOT EXISTS (
			SELECT 1 FROM job j WHERE j.practice_id = p.practice_id AND j.kind = $1
			AND (j.unique_key = $2 OR j.state = 'waiting'))`, []any{p.Kind, key},
		func(scan func(...any) error) error {
			var practice string
			err := scan(&practice)
			missing = append(missing, practice)
			return err
		})
	if err != nil {
		return fmt.Errorf("plan %s: %w", p.Kind, err)
	}
	for _, practice := range missing {
		err := all.For(practice).InTx(ctx, func(tx *db.DB) error { return p.begin(ctx, tx, key, start) })
		if err != nil {
			return fmt.Errorf("plan %s of practice %s: %w", p.Kind, practice, err)
		}
	}
	return nil
}

// begin puts off the job of one period and clears away those of earlier ones that are done.
func (p Periodic) begin(ctx context.Context, tx *db.DB, key string, start time.Time) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM job WHERE practice_id = $1 AND kind = $2 AND state = 'done' AND unique_key <> $3`,
		tx.PracticeID(), p.Kind, key)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO job (practice_id, id, kind, unique_key, state, run_at, lease_until, attempt, payload, last_error,
			created_at, done_at)
		VALUES ($1, $2, $3, $4, 'waiting', $5, NULL, 0, 'null', '', $6, NULL)
		ON CONFLICT (practice_id, kind, unique_key) DO NOTHING`, // another program may have been faster
		tx.PracticeID(), tx.NewID(), p.Kind, key, start, tx.Now())
	return err
}
