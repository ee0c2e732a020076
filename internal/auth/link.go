package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
)

var (
	// ErrNotYet is OpenLink's answer to a link that opens later.
	ErrNotYet error = fault.Fault{Kind: fault.KindNotFound, Sentence: "This link opens later; please come back then."}
	// ErrOver is OpenLink's answer to a link that was used up, has expired, or was taken back.
	ErrOver error = fault.Fault{Kind: fault.KindNotFound, Sentence: "This link is no longer valid; please ask us for a new one."}
)

// NewLink makes a link that does one task for one person about one subject, between two moments; a zero opensAt
// is now. It stands alone until it is sent: only its hash is kept.
func NewLink(ctx context.Context, tx *db.DB, task access.Task, personID, subject string, opensAt, expires time.Time) (Token, error) {
	token, err := newToken(tx)
	if err != nil {
		return Token{}, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO link (practice_id, id, token_hash, task, person_id, subject_id, created_at, opens_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.PracticeID(), tx.NewID(), token.hash(), task, personID, subject, tx.Now(), opensAt, expires)
	if err != nil {
		return Token{}, fmt.Errorf("make a link for %s about %s: %w", task, subject, err)
	}
	return token, nil
}

// OpenLink tells who comes by the link and for what. It changes nothing, however often a link is opened. A token
// that was never given is NotFound; one that is early or late is ErrNotYet or ErrOver, which are NotFound too.
func OpenLink(ctx context.Context, tx *db.DB, token string) (access.Actor, error) {
	given, err := ParseToken(token)
	if err != nil {
		return access.Actor{}, err
	}
	var link access.Link
	var opens, expires, used, revoked time.Time
	var person string
	err = tx.Row(ctx, `
		SELECT id, task, person_id, subject_id, opens_at, expires_at, used_at, revoked_at
		FROM link WHERE practice_id = $1 AND token_hash = $2`, tx.PracticeID(), given.hash()).
		Scan(&link.ID, &link.Task, &person, &link.Subject, &opens, &expires, &used, &revoked)
	switch now := tx.Now(); {
	case errors.Is(err, db.ErrNone):
		return access.Actor{}, fault.NotFound()
	case err != nil:
		return access.Actor{}, fmt.Errorf("open a link: %w", err)
	case !used.IsZero() || !revoked.IsZero() || !now.Before(expires):
		return access.Actor{}, ErrOver
	case now.Before(opens):
		return access.Actor{}, ErrNotYet
	}
	by := access.Actor{PracticeID: tx.PracticeID(), ID: person, Stage: access.Full, Link: &link}
	by.Roles, err = linkRoles(ctx, tx, link.Task, person)
	return by, err
}

// linkRoles are the roles in which someone acts by a link. Choosing a password is for those who may sign in.
func linkRoles(ctx context.Context, tx *db.DB, task access.Task, person string) ([]access.Role, error) {
	switch task {
	case access.TaskOffer:
		return []access.Role{access.Visitor}, nil
	case access.TaskInvite, access.TaskReset:
		l, err := loginOf(ctx, tx, person)
		if errors.Is(err, db.ErrNone) || err == nil && !l.may() {
			return nil, ErrOver
		}
		return l.roles, err
	}
	return []access.Role{access.Client}, nil
}

// UseUp marks a link as used, in the transaction of its task: the second one to try is told ErrOver.
func UseUp(ctx context.Context, tx *db.DB, linkID string) error {
	n, err := tx.Exec(ctx, `
		UPDATE link SET used_at = $3
		WHERE practice_id = $1 AND id = $2 AND used_at IS NULL AND revoked_at IS NULL AND expires_at > $3`,
		tx.PracticeID(), linkID, tx.Now())
	if err != nil {
		return fmt.Errorf("use up link %s: %w", linkID, err)
	}
	if n == 0 {
		return ErrOver
	}
	return nil
}

// Revoke takes back all links for a task about a subject.
func Revoke(ctx context.Context, tx *db.DB, task access.Task, subject string) error {
	_, err := tx.Exec(ctx, `
		UPDATE link SET revoked_at = $4
		WHERE practice_id = $1 AND task = $2 AND subject_id = $3 AND revoked_at IS NULL`,
		tx.PracticeID(), task, subject, tx.Now())
	if err != nil {
		return fmt.Errorf("revoke links for %s about %s: %w", task, subject, err)
	}
	return nil
}

// revokeOf takes back a person's links: those for one task, or all where task is empty.
func revokeOf(ctx context.Context, tx *db.DB, personID string, task access.Task) error {
	_, err := tx.Exec(ctx, `
		UPDATE link SET revoked_at = $3
		WHERE practice_id = $1 AND person_id = $2 AND revoked_at IS NULL AND (task = $4 OR CAST($4 AS TEXT) = '')`,
		tx.PracticeID(), personID, tx.Now(), task)
	if err != nil {
		return fmt.Errorf("revoke the links of %s: %w", personID, err)
	}
	return nil
}
