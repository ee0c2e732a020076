// Package job keeps work for later in the database, and does it when its time has come.
package job

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"attune/internal/db"
)

// Kind names what is to be done: "mail", "reminder".
type Kind string

// Job is one piece of work, as it is shown to the owner when it is dead.
type Job struct {
	ID        string
	Kind      Kind
	UniqueKey string
	Payload   []byte // JSON; ids only
	Attempt   int    // how often it was taken up
	LastError string
	CreatedAt time.Time
	RunAt     time.Time // when it was last due
}

// Tries is how often a job is tried before it is dead.
const Tries = 10

// ErrGiveUp, anywhere in the error that a job's function returns, makes the job dead at once: trying again is no use.
var ErrGiveUp = errors.New("trying again is no use")

// Later puts work off until a time, in the transaction of the deed that wants it: where the deed is rolled back, so
// is the work. Within a practice, kind and uniqueKey name one job: one that waits, or is dead, is given the new time and
// payload and begins anew; one that is done stays done. An empty uniqueKey makes a job of its own each time.
// The payload is kept open as JSON, so it holds ids and times, and never a name or what someone wrote.
func Later(ctx context.Context, tx *db.DB, kind Kind, uniqueKey string, at time.Time, payload any) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("put %s off: %w", kind, err)
	}
	id := tx.NewID()
	if uniqueKey == "" {
		uniqueKey = id
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO job (practice_id, id, kind, unique_key, state, run_at, lease_until, attempt, payload, last_error,
			created_at, done_at)
		VALUES ($1, $2, $3, $4, 'waiting', $5, NULL, 0, $6, '', $7, NULL)
		ON CONFLICT (practice_id, kind, unique_key) DO UPDATE
		SET state = 'waiting', run_at = excluded.run_at, lease_until = NULL, attempt = 0, payload = excluded.payload,
			last_error = ''
		WHERE job.state <> 'done'`,
		tx.PracticeID(), id, kind, uniqueKey, at, string(text), tx.Now())
	if err != nil {
		return fmt.Errorf("put %s off: %w", kind, err)
	}
	return nil
}

// Cancel takes back work that is not done yet. Where there is none, nothing happens.
func Cancel(ctx context.Context, tx *db.DB, kind Kind, uniqueKey string) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM job WHERE practice_id = $1 AND kind = $2 AND unique_key = $3 AND state <> 'done'`,
		tx.PracticeID(), kind, uniqueKey)
	if err != nil {
		return fmt.Errorf("cancel %s: %w", kind, err)
	}
	return nil
}

// Dead lists the practice's jobs that failed for good, the newest first.
func Dead(ctx context.Context, tx *db.DB) ([]Job, error) {
	var dead []Job
	err := tx.Each(ctx, `
		SELECT id, kind, unique_key, payload, attempt, last_error, created_at, run_at FROM job
		WHERE practice_id = $1 AND state = 'dead' ORDER BY run_at DESC, id`, []any{tx.PracticeID()},
		func(scan func(...any) error) error {
			var j Job
			var payload string
			err := scan(&j.ID, &j.Kind, &j.UniqueKey, &payload, &j.Attempt, &j.LastError, &j.CreatedAt, &j.RunAt)
			j.Payload = []byte(payload)
			dead = append(dead, j)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list dead jobs: %w", err)
	}
	return dead, nil
}

// Again has a dead job tried anew, now. The error is db.ErrNone where there is no such dead job.
func Again(ctx context.Context, tx *db.DB, id string) error {
	n, err := tx.Exec(ctx, `
		UPDATE job SET state = 'waiting', run_at = $3, lease_until = NULL, attempt = 0, last_error = ''
		WHERE practice_id = $1 AND id = $2 AND state = 'dead'`, tx.PracticeID(), id, tx.Now())
	if err == nil && n == 0 {
		err = db.ErrNone
	}
	if err != nil {
		return fmt.Errorf("try job %s again: %w", id, err)
	}
	return nil
}
