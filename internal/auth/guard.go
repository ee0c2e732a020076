package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// Guard limits how often something is tried, counting in the database, and how many passwords are hashed at once.
// One serves the whole program.
type Guard struct {
	rate    float64
	hashing chan struct{}
}

// hashesAtOnce bounds the memory for passwords to twice 64 MiB.
const hashesAtOnce = 2

// NewGuard makes a guard whose limits are multiplied by rate: 1 is normal, more is for load tests, less than 1
// counts as 1.
func NewGuard(rate float64) *Guard {
	return &Guard{rate: max(rate, 1), hashing: make(chan struct{}, hashesAtOnce)}
}

// limit is a limit under the guard's rate.
func (g *Guard) limit(normal int) int { return int(float64(normal) * g.rate) }

// Device is where a request comes from: the browser's own words for itself, and its IP address.
type Device struct {
	Agent   string
	Address string
}

// Net is the network of the address, for limits that a neighbour's address must not evade: /24, or /56 for IPv6.
func (d Device) Net() string {
	a, err := netip.ParseAddr(d.Address)
	if err != nil {
		return "unknown" // all requests without an address share one limit
	}
	a = a.Unmap().WithZone("")
	bits := 24
	if a.Is6() {
		bits = 56
	}
	return netip.PrefixFrom(a, bits).Masked().String()
}

// Allow counts one more of what bucket names, or is TooMany where limit were counted since the window began. Only an
// index of the bucket's name is kept, so it may hold an address. The count is part of tx: where a deed that
// fails must count too, call Allow in a transaction of its own before it.
func (g *Guard) Allow(ctx context.Context, tx *db.DB, bucket string, limit int, window time.Duration) error {
	key, err := bucketKey(ctx, tx, bucket)
	if err != nil {
		return err
	}
	var count int
	var since time.Time
	err = tx.Row(ctx, `
		INSERT INTO throttle (practice_id, bucket, count, since) VALUES ($1, $2, 1, $3)
		ON CONFLICT (practice_id, bucket) DO UPDATE SET
			count = CASE WHEN throttle.since <= $4 THEN 1 ELSE throttle.count + 1 END,
			since = CASE WHEN throttle.since <= $4 THEN $3 ELSE throttle.since END
		RETURNING count, since`,
		tx.PracticeID(), key, tx.Now(), tx.Now().Add(-window)).Scan(&count, &since)
	if err != nil {
		return fmt.Errorf("count a try: %w", err)
	}
	if count > g.limit(limit) {
		return tooMany(since.Add(window).Sub(tx.Now()))
	}
	return nil
}

func tooMany(left time.Duration) error {
	return fault.TooMany("This was tried too often; please try again " + wait(left) + ".")
}

// giveBack takes one back from a bucket of Allow, because it turned out to be no guess.
func giveBack(ctx context.Context, tx *db.DB, bucket string) error {
	key, err := bucketKey(ctx, tx, bucket)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE throttle SET count = count - 1 WHERE practice_id = $1 AND bucket = $2 AND count > 0`,
		tx.PracticeID(), key)
	return err
}

const (
	calm       = 15 * time.Minute // without a failure, and all is forgotten
	firstPause = time.Minute
	maxPause   = time.Hour
)

// try counts a guess before it is looked at, so that guesses made at once count as well. After free of them each
// further one has to wait: 1 minute, 2, 4 and so on up to an hour.
func (g *Guard) try(ctx context.Context, tx *db.DB, bucket string, free int) error {
	key, err := bucketKey(ctx, tx, bucket)
	if err != nil {
		return err
	}
	var count int
	var since, blocked time.Time
	err = tx.Row(ctx, `SELECT count, since, blocked_until FROM throttle WHERE practice_id = $1 AND bucket = $2`,
		tx.PracticeID(), key).Scan(&count, &since, &blocked)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	now := tx.Now()
	if now.Before(blocked) {
		return tooMany(blocked.Sub(now))
	}
	if now.Sub(later(since, blocked)) >= calm {
		count = 0
	}
	count++
	blocked = time.Time{}
	if over := count - g.limit(free); over >= 0 {
		blocked = now.Add(min(maxPause, firstPause<<min(over, 10)))
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO throttle (practice_id, bucket, count, since, blocked_until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (practice_id, bucket) DO UPDATE SET count = $3, since = $4, blocked_until = $5`,
		tx.PracticeID(), key, count, now, blocked)
	return err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// clear forgets the tries of a bucket, after one that was right.
func clearTries(ctx context.Context, tx *db.DB, bucket string) error {
	key, err := bucketKey(ctx, tx, bucket)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM throttle WHERE practice_id = $1 AND bucket = $2`, tx.PracticeID(), key)
	return err
}

func bucketKey(ctx context.Context, tx *db.DB, bucket string) (string, error) {
	index, err := seal.Blind(ctx, tx, "bucket", bucket)
	return base64.RawURLEncoding.EncodeToString(index), err
}
