package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/db"
	"attune/internal/fault"
)

// begun is something that somebody began and is yet to finish: a passkey's challenge, codes from an app, a new
// e-mail address, the loss of a second factor. Table passkey_challenge holds them.
type begun struct {
	id       string
	personID string // empty before it is known who signs in
	purpose  string
	data     []byte
	until    time.Time
}

// The things one may begin.
const (
	addPasskey    = "add passkey"
	enterPasskey  = "sign in by passkey"
	provePasskey  = "prove by passkey"
	addCodes      = "set up codes"
	newEmail      = "change e-mail"
	loseFactor    = "lost factor"
	challengeLife = 5 * time.Minute // security.md S-25
)

func keepBegun(ctx context.Context, tx *db.DB, b begun) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO passkey_challenge (practice_id, id, person_id, purpose, data, expires_at) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (practice_id, id) DO UPDATE SET person_id = excluded.person_id, purpose = excluded.purpose,
			data = excluded.data, expires_at = excluded.expires_at`,
		tx.PracticeID(), b.id, b.personID, b.purpose, b.data, b.until)
	if err != nil {
		return fmt.Errorf("begin to %s: %w", b.purpose, err)
	}
	return nil
}

// readBegun finds what was begun and has not expired, or is NotFound.
func readBegun(ctx context.Context, tx *db.DB, id, purpose string) (begun, error) {
	b := begun{id: id, purpose: purpose}
	err := tx.Row(ctx, `
		SELECT person_id, data, expires_at FROM passkey_challenge WHERE practice_id = $1 AND id = $2 AND purpose = $3`,
		tx.PracticeID(), id, purpose).Scan(&b.personID, &b.data, &b.until)
	if errors.Is(err, db.ErrNone) || err == nil && !tx.Now().Before(b.until) {
		return begun{}, fault.NotFound()
	}
	return b, err
}

// takeBegun is readBegun for the one who finishes it: nobody else will find it.
func takeBegun(ctx context.Context, tx *db.DB, id, purpose string) (begun, error) {
	b, err := readBegun(ctx, tx, id, purpose)
	if err != nil {
		return b, err
	}
	n, err := tx.Exec(ctx, `DELETE FROM passkey_challenge WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), id)
	if err == nil && n == 0 {
		err = fault.NotFound()
	}
	return b, err
}

func forgetBegun(ctx context.Context, tx *db.DB, personID string) error {
	_, err := tx.Exec(ctx, `DELETE FROM passkey_challenge WHERE practice_id = $1 AND person_id = $2`, tx.PracticeID(), personID)
	if err != nil {
		return fmt.Errorf("forget what %s began: %w", personID, err)
	}
	return nil
}

// keptFor is how long sign-ins and links that are over are kept, to be looked into.
const keptFor = 90 * 24 * time.Hour

// Sweep removes what has expired: tries after a day, what was begun, sign-ins and links 90 days after their end.
func Sweep(ctx context.Context, tx *db.DB) error {
	now := tx.Now()
	for _, q := range []struct {
		text   string
		before time.Time
	}{
		{`DELETE FROM throttle WHERE practice_id = $1 AND since < $2 AND COALESCE(blocked_until, 0) < $2`, now.Add(-24 * time.Hour)},
		{`DELETE FROM passkey_challenge WHERE practice_id = $1 AND expires_at < $2`, now},
		{`DELETE FROM sign_in WHERE practice_id = $1 AND ends_at < $2`, now.Add(-keptFor)},
		{`DELETE FROM link WHERE practice_id = $1 AND expires_at < $2`, now.Add(-keptFor)},
	} {
		if _, err := tx.Exec(ctx, q.text, tx.PracticeID(), q.before); err != nil {
			return fmt.Errorf("sweep sign-in: %w", err)
		}
	}
	return nil
}
