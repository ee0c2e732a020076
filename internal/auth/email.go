package auth

import (
	"context"
	"crypto/subtle"
	"errors"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// EmailChange is a wish to sign in with another address. Where Free, Token is to be mailed to New as part of a link,
// which its owner opens signed in and confirms within an hour; where not, somebody else has that address, and the
// caller answers the same without mailing. Old is for the address until now.
type EmailChange struct {
	New   string
	Token Token
	Free  bool
	Old   Notice
}

const emailLife = time.Hour

// wish is what waits for a new address to be confirmed.
type wish struct {
	Email string
	Hash  []byte // of the token
}

func emailID(personID string) string { return "email " + personID }

// ChangeEmail begins to change the address that the actor signs in with, after a fresh proof. Nothing changes before
// ConfirmEmail: who does not hold the new address learns nothing about it.
func ChangeEmail(ctx context.Context, tx *db.DB, by access.Actor, email string) (EmailChange, error) {
	l, err := keeper(ctx, tx, by)
	if err != nil {
		return EmailChange{}, err
	}
	if email, err = cleanEmail(email); err != nil {
		return EmailChange{}, err
	}
	token, err := newToken(tx)
	if err != nil {
		return EmailChange{}, err
	}
	holder, err := holderOfEmail(ctx, tx, email)
	if err != nil {
		return EmailChange{}, err
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return EmailChange{}, err
	}
	id := emailID(l.ID)
	data, err := practice.SealJSON(placeOf("passkey_challenge", id, "data"), wish{Email: email, Hash: token.hash()})
	if err != nil {
		return EmailChange{}, err
	}
	err = keepBegun(ctx, tx, begun{id: id, personID: l.ID, purpose: newEmail, data: data, until: tx.Now().Add(emailLife)})
	if err != nil {
		return EmailChange{}, err
	}
	c := EmailChange{New: email, Token: token, Free: holder == "" || holder == l.ID, Old: l.notice(EmailChanged)}
	return c, audit.Record(ctx, tx, by, audit.Changed, l.about("e-mail", l.ID, "asked for"))
}

// holderOfEmail is the person who signs in with the address; empty where nobody does.
func holderOfEmail(ctx context.Context, tx *db.DB, email string) (string, error) {
	index, err := seal.Blind(ctx, tx, seal.Email, email)
	if err != nil {
		return "", err
	}
	holder := ""
	err = tx.Row(ctx, `SELECT person_id FROM login WHERE practice_id = $1 AND email_index = $2`, tx.PracticeID(), index).Scan(&holder)
	if errors.Is(err, db.ErrNone) {
		err = nil
	}
	return holder, err
}

// ConfirmEmail changes the address to the one whose owner shows the token of ChangeEmail, for the same actor. Links that
// were sent to the old address to renew a sign-in are dead.
func ConfirmEmail(ctx context.Context, tx *db.DB, by access.Actor, token string) (Notice, error) {
	if by.PracticeID != tx.PracticeID() || by.SignInID == "" || access.Of(by, access.KeepAccount) == 0 {
		return Notice{}, fault.NotFound()
	}
	l, err := known(loginOf(ctx, tx, by.ID))
	if err != nil {
		return Notice{}, err
	}
	email, err := takeWish(ctx, tx, l.ID, token)
	if err != nil {
		return Notice{}, err
	}
	holder, err := holderOfEmail(ctx, tx, email)
	if err != nil {
		return Notice{}, err
	}
	if holder != "" && holder != l.ID {
		return Notice{}, fault.NotFound()
	}
	index, sealed, err := sealEmail(ctx, tx, l.ID, email)
	if err != nil {
		return Notice{}, err
	}
	if err := updateEmail(ctx, tx, l.ID, index, sealed); err != nil {
		return Notice{}, err
	}
	if err := revokeOf(ctx, tx, l.ID, access.TaskReset); err != nil {
		return Notice{}, err
	}
	return l.notice(EmailChanged), audit.Record(ctx, tx, by, audit.Changed, l.about("e-mail", l.ID, ""))
}

// takeWish is the new address that the token is for.
func takeWish(ctx context.Context, tx *db.DB, personID, token string) (string, error) {
	given, err := ParseToken(token)
	if err != nil {
		return "", err
	}
	b, err := readBegun(ctx, tx, emailID(personID), newEmail)
	if err != nil {
		return "", err
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return "", err
	}
	var w wish
	if err := practice.OpenJSON(placeOf("passkey_challenge", b.id, "data"), b.data, &w); err != nil {
		return "", err
	}
	if subtle.ConstantTimeCompare(w.Hash, given.hash()) != 1 {
		return "", fault.NotFound()
	}
	_, err = takeBegun(ctx, tx, b.id, newEmail)
	return w.Email, err
}
