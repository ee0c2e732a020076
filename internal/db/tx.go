package db

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// txn is one running transaction.
type txn struct {
	conn    *conn
	now     time.Time
	write   bool
	setting string   // what the database was told last
	held    []string // locks taken before it began
	wanted  string   // a lock it must begin again with
	failed  error    // its first failed statement; the database accepts no more after it
	reading bool     // inside Each: the connection is busy
	decided bool     // its function ended it; the database had nothing against it
}

const (
	commitLimit = 10 * time.Second // for COMMIT alone, whatever became of the caller
	retryLimit  = 20 * time.Second // begin no further attempt after it: a standby takes over within it
	maxBackoff  = 250 * time.Millisecond
)

// InTx runs fn in a serializable transaction that keeps all that fn did, or nothing where fn returns an error.
// Inside another it joins that one. Where another transaction was in the way, or the connection was lost before
// the commit, fn runs again: so it does nothing outside the database, and sets its results afresh each time.
// Once fn has returned nil the commit no longer depends on ctx; it has 10 seconds, and where its outcome cannot
// be known the error is ErrUnknownOutcome. Statements that fail end the transaction, on both databases.
func (d *DB) InTx(ctx context.Context, fn func(tx *DB) error) error {
	if d.tx != nil {
		if !d.tx.write {
			return errReadOnly
		}
		return fn(d)
	}
	var locks []string
	start := time.Now() // how long to go on trying is no matter of the practice's clock
	for attempt := 0; ; attempt++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		t, err := d.attempt(ctx, locks, fn)
		if t != nil && t.wanted != "" {
			locks = append(locks, t.wanted)
			continue
		}
		if err == nil || t != nil && t.decided || d.engine.verdict(err) == final {
			return err
		}
		if time.Since(start) > retryLimit {
			return fmt.Errorf("after %d attempts: %w", attempt+1, err)
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}

// pause waits before the next attempt: longer each time, and never for as long as the others do.
func pause(ctx context.Context, attempt int) error {
	limit := min(maxBackoff, time.Millisecond<<min(attempt, 8))
	timer := time.NewTimer(limit/4 + rand.N(limit))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// acquire takes a connection and gives up after a while: a transaction begun on the outer handle inside another
// would otherwise wait for itself for ever.
func (d *DB) acquire(ctx context.Context, write bool) (*conn, error) {
	limit, cancel := context.WithTimeout(ctx, retryLimit)
	defer cancel()
	c, err := d.engine.acquire(limit, write)
	if err != nil && limit.Err() != nil && ctx.Err() == nil {
		return nil, errors.New("no connection was free for 20 seconds")
	}
	return c, err
}

// attempt runs fn once. It returns the transaction, which says whether a lock was wanted, and the error that
// decides on another attempt: the database's own where it had one, whatever fn made of it.
func (d *DB) attempt(ctx context.Context, locks []string, fn func(tx *DB) error) (t *txn, err error) {
	open, err := d.latches.close(ctx, locks)
	if err != nil {
		return nil, err
	}
	defer open()
	c, err := d.acquire(ctx, true)
	if err != nil {
		return nil, err
	}
	drop := true // until the connection is known to be as it was
	defer func() { d.engine.release(c, drop) }()
	if err := d.begin(ctx, c, locks); err != nil {
		return nil, err
	}
	t = &txn{conn: c, now: d.Now(), write: true, setting: d.setting, held: locks}
	kept := false
	defer func() { // also when fn panics
		drop = !d.finish(ctx, t, kept) || d.engine.verdict(err) == broken
	}()
	if err = t.judge(d, fn(&DB{store: d.store, setting: d.setting, tx: t})); err != nil || t.wanted != "" {
		return t, err
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
	defer cancel()
	err = d.engine.commit(limit, c)
	kept = err == nil
	return t, err
}

// begin takes the locks, then begins: what is read afterwards is newer than they are.
func (d *DB) begin(ctx context.Context, c *conn, locks []string) error {
	calm, cancel := d.engine.statement(ctx)
	defer cancel()
	if len(locks) > 0 {
		if err := d.engine.lock(calm, c, locks); err != nil {
			return err
		}
	}
	return d.engine.begin(calm, c, true, d.setting)
}

// judge returns the error that ends the transaction, given what its function returned.
func (t *txn) judge(d *DB, err error) error {
	if t.failed != nil && (err == nil || d.engine.verdict(t.failed) != final) {
		return t.failed
	}
	t.decided = err != nil
	return err
}

// finish rolls back what was not kept and gives the locks back. It reports whether the connection is as it was.
func (d *DB) finish(ctx context.Context, t *txn, kept bool) bool {
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
	defer cancel()
	if !kept {
		if err := d.engine.rollback(limit, t.conn); err != nil {
			return false // the connection is closed, which rolls back as well
		}
	}
	if len(t.held) > 0 {
		if err := d.engine.unlock(limit, t.conn); err != nil {
			return false // as above: closing it unlocks
		}
	}
	return true
}

// View runs fn once on a snapshot that nothing else changes. fn only reads. Inside a transaction it joins it.
func (d *DB) View(ctx context.Context, fn func(tx *DB) error) error {
	if d.tx != nil {
		return fn(d)
	}
	c, err := d.snapshot(ctx)
	if err != nil {
		return err
	}
	t := &txn{conn: c, now: d.Now(), setting: d.setting}
	drop := true
	defer func() { d.engine.release(c, drop) }()
	defer func() { drop = !d.finish(ctx, t, false) }()
	return fn(&DB{store: d.store, setting: d.setting, tx: t})
}

// snapshot begins a transaction for reading, on another connection where one turns out to be lost.
func (d *DB) snapshot(ctx context.Context) (*conn, error) {
	start := time.Now()
	for attempt := 0; ; attempt++ {
		c, err := d.acquire(ctx, false)
		if err == nil {
			if err = d.engine.begin(ctx, c, false, d.setting); err == nil {
				return c, nil
			}
			d.engine.release(c, true)
		}
		if d.engine.verdict(err) == final || ctx.Err() != nil || time.Since(start) > retryLimit {
			return nil, err
		}
		if err := pause(ctx, attempt); err != nil {
			return nil, err
		}
	}
}

// Lock makes the transaction wait until no other holds key, and hold it to its end: one therapist's slots, say.
// At the first call InTx rolls back, takes the lock and runs its function again from the beginning, so that
// what it then reads is newer than the lock; return the error that Lock gives at once.
func (d *DB) Lock(key string) error {
	switch {
	case d.tx == nil:
		return errOutside
	case !d.tx.write:
		return errReadOnly
	case d.engine.dialect() == sqlite: // there is one writer
		return nil
	case slices.Contains(d.tx.held, key):
		return nil
	}
	d.tx.wanted = key
	return errBeginAgain
}

var errBeginAgain = errors.New("the transaction begins again with its lock")
