package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"attune/internal/db"
)

const (
	// Limit is how long one try of a job may take. Its context ends then.
	Limit = 40 * time.Second
	// lease is how long a job belongs to who took it. After a crash it is free again, within a minute.
	lease = Limit + 10*time.Second

	poll   = time.Second // between two looks for work, where nobody calls Wake
	places = 2           // jobs of one practice at a time
)

// Func does the work of one kind for one practice: d is narrowed to it, and payload is what Later was given, as JSON.
type Func func(ctx context.Context, d *db.DB, payload []byte) error

// Worker does the work that is due, of all practices at once: each has its own two places, so that no practice's slow
// or failing jobs hold up another's. Several workers, in one program or more, share the work. Fenced practices rest.
type Worker struct {
	DB *db.DB // sees all practices

	// Do holds the functions that reach outside of the database, such as sending mail. They run outside of any
	// transaction, at least once: after a crash in between they run again.
	Do map[Kind]Func
	// DoTx holds those whose whole effect is in the database. They run in the transaction that marks the job as
	// done, so their effect is there exactly once; they may be called again where that transaction is retried. In it
	// their own job is done, so that Later with the same key has no effect.
	DoTx map[Kind]Func
	// Every lists what is to be done periodically; its kinds are in Do or DoTx as well.
	Every []Periodic

	Log *slog.Logger // told of failures, by kind and id; nil: nobody is

	once sync.Once
	wake chan struct{}

	mu   sync.Mutex
	busy map[string]int // taken places, by practice
	done sync.WaitGroup
}

// Wake has the worker look for work now. Call it after a deed that may have put some off.
func (w *Worker) Wake() {
	w.begin()
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

func (w *Worker) begin() {
	w.once.Do(func() {
		w.wake = make(chan struct{}, 1)
		w.busy = map[string]int{}
		if w.Log == nil {
			w.Log = slog.New(slog.DiscardHandler)
		}
	})
}

// Run does what is due until ctx ends. It then takes no more work, and returns when what was begun is finished, at most
// Limit later. A database that fails is tried again.
func (w *Worker) Run(ctx context.Context) {
	w.begin()
	defer w.done.Wait()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		if err := w.round(ctx); err != nil && ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "look for jobs", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-w.wake:
		}
	}
}

// round plans the periodic work and has each practice with work served.
func (w *Worker) round(ctx context.Context) error {
	practices, err := w.due(ctx)
	if err != nil {
		return err
	}
	for _, practice := range practices {
		if w.seat(practice) {
			w.done.Go(func() { w.serve(ctx, practice) })
		}
	}
	return nil
}

// due plans the periodic work and returns the practices that have work, of a kind that this worker knows.
func (w *Worker) due(ctx context.Context) ([]string, error) {
	for _, p := range w.Every {
		if err := p.plan(ctx, w.DB); err != nil {
			return nil, err
		}
	}
	var practices []string
	err := w.DB.Each(ctx, `
		SELECT p.practice_id FROM practice p
		WHERE p.state = 'active' AND EXISTS (
			SELECT 1 FROM job j WHERE j.practice_id = p.practice_id AND j.state = 'waiting' AND j.run_at <= $1
			AND (j.lease_until IS NULL OR j.lease_until <= $1) AND j.kind `+w.DB.AnyOf(2)+`)
		ORDER BY p.practice_id`, []any{w.DB.Now(), w.kinds()},
		func(scan func(...any) error) error {
			var practice string
			err := scan(&practice)
			practices = append(practices, practice)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("look for jobs: %w", err)
	}
	return practices, nil
}

func (w *Worker) kinds() db.Strings {
	kinds := db.Strings{}
	for kind := range w.Do {
		kinds = append(kinds, string(kind))
	}
	for kind := range w.DoTx {
		kinds = append(kinds, string(kind))
	}
	return kinds
}

// seat takes one of the practice's places, if there is one.
func (w *Worker) seat(practice string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[practice] == places {
		return false
	}
	w.busy[practice]++
	return true
}

// serve does the practice's jobs one after the other until none is due, and gives the place back.
func (w *Worker) serve(ctx context.Context, practice string) {
	defer func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.busy[practice]--; w.busy[practice] == 0 {
			delete(w.busy, practice)
		}
	}()
	for ctx.Err() == nil {
		found, err := w.next(ctx, practice)
		if err != nil && ctx.Err() == nil {
			w.Log.ErrorContext(ctx, "job", "practice", practice, "error", err)
		}
		if !found {
			return
		}
	}
}

// RunDue does everything that is due now by the database's clock, one job after the other and the practices in turn,
// with all that this puts off to now; for tests. It returns how many tries were made, and what failed.
func (w *Worker) RunDue(ctx context.Context) (n int, err error) {
	w.begin()
	for {
		practices, dueErr := w.due(ctx)
		if dueErr != nil || len(practices) == 0 {
			return n, errors.Join(err, dueErr)
		}
		for _, practice := range practices {
			found, jobErr := w.next(ctx, practice)
			err = errors.Join(err, jobErr)
			if found {
				n++
			}
		}
	}
}
