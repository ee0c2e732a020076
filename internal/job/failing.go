package job

import (
	"context"
	"fmt"

	"attune/internal/db"
)

// Failing lists the practice's jobs that failed at least once and will be tried again, those due next first; at most 50.
func Failing(ctx context.Context, tx *db.DB) ([]Job, error) {
	var failing []Job
	err := tx.Each(ctx, `
		SELECT id, kind, unique_key, payload, attempt, last_error, created_at, run_at FROM job
		WHERE practice_id = $1 AND state = 'waiting' AND last_error <> '' ORDER BY run_at, id LIMIT 50`, []any{tx.PracticeID()},
		func(scan func(...any) error) error {
			var j Job
			var payload string
			err := scan(&j.ID, &j.Kind, &j.UniqueKey, &payload, &j.Attempt, &j.LastError, &j.CreatedAt, &j.RunAt)
			j.Payload = []byte(payload)
			failing = append(failing, j)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list failing jobs: %w", err)
	}
	return failing, nil
}
