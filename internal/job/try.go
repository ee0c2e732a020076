package job

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"attune/internal/db"
)

const (
	firstPause = 30 * time.Second // after the first failure; three times as long after each further one
	lastPause  = 6 * time.Hour    // and no longer than this: ten tries take most of a day
	jitter     = 0.25             // of the pause, up or down: jobs that failed together do not come back together
	errorSize  = 500              // bytes of an error that are kept
)

// errLost says that the job was moved, cancelled or taken by another worker while it was being done. Then what has to
// follow follows from that, and this try counts for nothing.
var errLost = errors.New("it was moved or taken over while it was being done")

// taken is a job in the hands of this worker.
type taken struct {
	practice, id string
	kind         Kind
	payload      string
	attempt      int
	until        time.Time // end of the lease; with attempt, what tells this try from any other
}

// next takes the practice's next job and does it. It reports whether there was one; the error is that of the job or
// of the database.
func (w *Worker) next(ctx context.Context, practice string) (bool, error) {
	d := w.DB.For(practice)
	job, err := w.take(ctx, d)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("take a job: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Limit)
	defer cancel()
	failed := w.try(ctx, d, job)
	if failed == nil || errors.Is(failed, errLost) {
		return true, nil
	}
	failed = fmt.Errorf("%s %s, try %d: %w", job.kind, job.id, job.attempt, failed)
	if err := w.putBack(context.WithoutCancel(ctx), d, job, failed); err != nil && !errors.Is(err, errLost) {
		return true, errors.Join(failed, err)
	}
	return true, failed
}

// take leases the practice's next job. The try counts from here, so that a job that brings the program down is not
// tried for ever.
func (w *Worker) take(ctx context.Context, d *db.DB) (job taken, err error) {
	err = d.InTx(ctx, func(tx *db.DB) error {
		job = taken{practice: tx.PracticeID(), until: tx.Now().Add(lease)}
		err := tx.Row(ctx, `
			SELECT id, kind, payload, attempt + 1 FROM job
			WHERE practice_id = $1 AND state = 'waiting' AND run_at <= $2
			AND (lease_until IS NULL OR lease_until <= $2) AND kind `+tx.AnyOf(3)+`
			ORDER BY run_at, id LIMIT 1 `+tx.Claim(), job.practice, tx.Now(), w.kinds()).
			Scan(&job.id, &job.kind, &job.payload, &job.attempt)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE job SET lease_until = $3, attempt = $4 WHERE practice_id = $1 AND id = $2`,
			job.practice, job.id, job.until, job.attempt)
		return err
	})
	return job, err
}

// try does the job and marks it as done.
func (w *Worker) try(ctx context.Context, d *db.DB, job taken) error {
	if job.attempt > Tries { // the last try brought the program down
		return fmt.Errorf("the program stopped while it was being done: %w", ErrGiveUp)
	}
	if do := w.DoTx[job.kind]; do != nil {
		return d.InTx(ctx, func(tx *db.DB) error {
			if err := job.finish(ctx, tx); err != nil {
				return err
			}
			return guard(ctx, do, tx, job.payload)
		})
	}
	if err := guard(ctx, w.Do[job.kind], d, job.payload); err != nil {
		return err
	}
	ctx = context.WithoutCancel(ctx) // it happened, so that is kept whatever the time
	return d.InTx(ctx, func(tx *db.DB) error { return job.finish(ctx, tx) })
}

// guard turns a panic into an error that holds the place and not the value, which may be what someone wrote.
func guard(ctx context.Context, do Func, d *db.DB, payload string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("panic with a %T at %s", v, panicPlace(debug.Stack()))
		}
	}()
	return do(ctx, d, []byte(payload))
}

// panicPlace is the file and line of a stack where the panic began.
func panicPlace(stack []byte) string {
	_, after, _ := strings.Cut(string(stack), "\npanic(")
	lines := strings.Split(after, "\n")
	for _, line := range lines[min(2, len(lines)):] { // past where panic itself is
		if strings.HasPrefix(line, "\t") && !strings.Contains(line, "/runtime/") {
			place, _, _ := strings.Cut(strings.TrimSpace(line), " ")
			return place[strings.LastIndex(place, "/")+1:]
		}
	}
	return "an unknown place"
}

// finish marks the job as done, or returns errLost where it is another's by now.
func (j taken) finish(ctx context.Context, tx *db.DB) error {
	return j.change(ctx, tx, `
		UPDATE job SET state = 'done', lease_until = NULL, last_error = '', done_at = $5
		WHERE practice_id = $1 AND id = $2 AND state = 'waiting' AND attempt = $3 AND lease_until = $4`, tx.Now())
}

// putBack has a failed job wait for its next try, or makes it dead.
func (w *Worker) putBack(ctx context.Context, d *db.DB, j taken, failed error) error {
	return d.InTx(ctx, func(tx *db.DB) error {
		state, at := "waiting", tx.Now().Add(w.pause(tx.Rand(), j))
		if j.attempt >= Tries || errors.Is(failed, ErrGiveUp) {
			state, at = "dead", tx.Now()
		}
		return j.change(ctx, tx, `
			UPDATE job SET state = $5, run_at = $6, last_error = $7, lease_until = NULL
			WHERE practice_id = $1 AND id = $2 AND state = 'waiting' AND attempt = $3 AND lease_until = $4`,
			state, at, clip(failed.Error()))
	})
}

func (j taken) change(ctx context.Context, tx *db.DB, query string, more ...any) error {
	n, err := tx.Exec(ctx, query, append([]any{j.practice, j.id, j.attempt, j.until}, more...)...)
	if err != nil {
		return fmt.Errorf("finish %s %s: %w", j.kind, j.id, err)
	}
	if n == 0 {
		return fmt.Errorf("finish %s %s: %w", j.kind, j.id, errLost)
	}
	return nil
}

// pause is how long to wait after a failed try. Periodic work does not wait for longer than its period.
func (w *Worker) pause(random io.Reader, j taken) time.Duration {
	pause := min(float64(firstPause)*math.Pow(3, float64(j.attempt-1)), float64(lastPause))
	for _, p := range w.Every {
		if p.Kind == j.kind {
			pause = min(pause, float64(p.Period))
		}
	}
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return time.Duration(pause) // a pause without jitter does no harm
	}
	share := float64(binary.BigEndian.Uint64(b[:])>>11) / (1 << 53) // 0 to 1
	return time.Duration(pause * (1 - jitter + 2*jitter*share))
}

// clip cuts an error to what is kept of it.
func clip(s string) string {
	s = strings.ToValidUTF8(s, "?")
	for n := errorSize; len(s) > errorSize; n-- {
		if utf8.RuneStart(s[n]) {
			s = s[:n]
		}
	}
	return s
}
