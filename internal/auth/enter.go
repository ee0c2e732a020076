package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// EnterFor is how long a link to sign in without a password is valid.
const EnterFor = 20 * time.Minute

const (
	enterFree   = 3
	enterWindow = time.Hour
	byLink      = "link"
)

// AskSignIn finds the client with the address, so that they may be sent a link to sign in. ok is false where there is
// nothing to send: nobody has the address, it is someone on the staff, they may not sign in, or three links an hour were
// asked for. Like AskReset it is called from a job. Links that were sent before are dead.
func (g *Guard) AskSignIn(ctx context.Context, tx *db.DB, email string) (p Person, ok bool, err error) {
	index, err := seal.Blind(ctx, tx, seal.Email, email)
	if err != nil {
		return Person{}, false, err
	}
	err = g.Allow(ctx, tx, "enter "+hex.EncodeToString(index), enterFree, enterWindow)
	if found, limited := fault.Of(err); limited && found.Kind == fault.KindTooMany {
		return Person{}, false, nil
	}
	if err != nil {
		return Person{}, false, err
	}
	l, err := readLogin(ctx, tx, loginColumns+`l.email_index = $2`, index)
	if errors.Is(err, db.ErrNone) {
		return Person{}, false, nil
	}
	if err != nil || !l.may() || l.Kind != Client {
		return Person{}, false, err
	}
	if err := revokeOf(ctx, tx, l.ID, access.TaskSignIn); err != nil {
		return Person{}, false, err
	}
	return l.Person, true, audit.Record(ctx, tx, access.OfVisitor(tx.PracticeID()), audit.Changed, l.about("sign-in", l.ID, "asked for a link"))
}

// EnterByLink signs a client in by the link that they came by, which it uses up. Who has set up codes from an app shows
// one next. It counts as a fresh proof only for those who have no other way to prove who they are: whoever reads a
// client's mail must not change their password, nor see who looked at their record.
func EnterByLink(ctx context.Context, tx *db.DB, by access.Actor, from Device) (Token, SignIn, error) {
	if by.PracticeID != tx.PracticeID() || by.Link == nil || by.Link.Task != access.TaskSignIn {
		return Token{}, SignIn{}, fault.NotFound()
	}
	l, err := loginOf(ctx, tx, by.ID)
	if errors.Is(err, db.ErrNone) || err == nil && (!l.may() || l.Kind != Client) {
		return Token{}, SignIn{}, ErrOver
	}
	if err != nil {
		return Token{}, SignIn{}, err
	}
	if err := UseUp(ctx, tx, by.Link.ID); err != nil {
		return Token{}, SignIn{}, err
	}
	token, s, err := begin(ctx, tx, l, byLink, l.stage(), from)
	if err != nil || !l.set {
		return token, s, err
	}
	s.SteppedUp = time.Time{}
	_, err = tx.Exec(ctx, `UPDATE sign_in SET stepped_up_at = NULL WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), s.ID)
	if err != nil {
		return Token{}, SignIn{}, fmt.Errorf("sign %s in by link: %w", l.ID, err)
	}
	return token, s, nil
}
