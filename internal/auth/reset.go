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

// Reset is a link to choose a new password, to be mailed to the person.
type Reset struct {
	Person
	Token Token
}

const (
	resetsFree   = 3
	resetsWindow = time.Hour
)

// AskReset makes a link by which the person with the address chooses a new password: valid for 20 minutes, once. It
// never goes past a second factor. ok is false where there is nothing to mail: nobody has the address, they may not
// sign in or have nothing set up, or three links an hour were asked for. The caller answers the same in every case,
// and asks from a job, so that the answer also takes the same time.
func (g *Guard) AskReset(ctx context.Context, tx *db.DB, email string) (r Reset, ok bool, err error) {
	index, err := seal.Blind(ctx, tx, seal.Email, email)
	if err != nil {
		return Reset{}, false, err
	}
	err = g.Allow(ctx, tx, "reset "+hex.EncodeToString(index), resetsFree, resetsWindow)
	if found, limited := fault.Of(err); limited && found.Kind == fault.KindTooMany {
		return Reset{}, false, nil
	}
	if err != nil {
		return Reset{}, false, err
	}
	l, err := readLogin(ctx, tx, loginColumns+`l.email_index = $2`, index)
	if errors.Is(err, db.ErrNone) {
		return Reset{}, false, nil
	}
	if err != nil || !l.may() || !l.set {
		return Reset{}, false, err
	}
	if err := revokeOf(ctx, tx, l.ID, access.TaskReset); err != nil {
		return Reset{}, false, err
	}
	token, err := NewLink(ctx, tx, access.TaskReset, l.ID, l.ID, time.Time{}, tx.Now().Add(ResetFor))
	if err != nil {
		return Reset{}, false, err
	}
	err = audit.Record(ctx, tx, access.OfVisitor(tx.PracticeID()), audit.Changed, l.about("password", l.ID, "asked for a reset"))
	return Reset{Person: l.Person, Token: token}, err == nil, err
}

// FactorReset is one staff member's word that a person has lost their second factor, which waits for another's.
type FactorReset struct {
	PersonID string
	By       string // the staff id of who began it
	Until    time.Time
}

const factorResetLife = 24 * time.Hour

// ResetFactor says that a person who was identified has lost their second factor. Nothing happens until another
// member of staff confirms it within 24 hours (security.md S-29). It is for owners and supervisors, after a fresh
// proof, and not about themselves.
func ResetFactor(ctx context.Context, tx *db.DB, by access.Actor, personID string) error {
	l, err := witness(ctx, tx, by, personID)
	if err != nil {
		return err
	}
	if !by.Is(access.Owner) && !by.Is(access.Supervisor) {
		return fault.NotFound()
	}
	if l.totp == nil && l.passkeys == 0 {
		return fault.Conflict("This person has no second step to reset.")
	}
	err = keepBegun(ctx, tx, begun{id: "factor " + personID, personID: personID, purpose: loseFactor, data: []byte(by.ID),
		until: tx.Now().Add(factorResetLife)})
	if err != nil {
		return err
	}
	return audit.Record(ctx, tx, by, audit.Changed, l.about("second factor", personID, "loss said, not confirmed"))
}

// ConfirmResetFactor is the word of a second member of staff. The person's codes, recovery codes and passkeys are taken
// away and every sign-in ends; with the password they set up a new second step, and without one they are invited again.
func ConfirmResetFactor(ctx context.Context, tx *db.DB, by access.Actor, personID string) (Notice, error) {
	l, err := witness(ctx, tx, by, personID)
	if err != nil {
		return Notice{}, err
	}
	b, err := takeBegun(ctx, tx, "factor "+personID, loseFactor)
	if err != nil {
		return Notice{}, err
	}
	if string(b.data) == by.ID {
		return Notice{}, fault.Conflict("Someone else on the staff has to confirm this; please ask a colleague.")
	}
	if err := dropCodes(ctx, tx, personID); err != nil {
		return Notice{}, err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM passkey WHERE practice_id = $1 AND person_id = $2`, tx.PracticeID(), personID); err != nil {
		return Notice{}, fmt.Errorf("remove the passkeys of %s: %w", personID, err)
	}
	if err := endAllBut(ctx, tx, personID, ""); err != nil {
		return Notice{}, err
	}
	return l.notice(FactorLost), audit.Record(ctx, tx, by, audit.Changed, l.about("second factor", personID, "loss confirmed"))
}

// witness is the login of the person about whom a member of staff, who has proved lately who they are, gives their word.
func witness(ctx context.Context, tx *db.DB, by access.Actor, personID string) (login, error) {
	if !by.Staff() {
		return login{}, fault.NotFound()
	}
	if _, err := keeper(ctx, tx, by); err != nil {
		return login{}, err
	}
	if by.ID == personID {
		return login{}, fault.Conflict("You cannot vouch for yourself; please ask a colleague.")
	}
	return known(loginOf(ctx, tx, personID))
}

// FactorResets lists what waits for a second word, for the staff.
func FactorResets(ctx context.Context, tx *db.DB, by access.Actor) ([]FactorReset, error) {
	if by.PracticeID != tx.PracticeID() || !by.Staff() || access.Of(by, access.KeepAccount) == 0 {
		return nil, fault.NotFound()
	}
	var all []FactorReset
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `
			SELECT person_id, data, expires_at FROM passkey_challenge
			WHERE practice_id = $1 AND purpose = $2 AND expires_at > $3 ORDER BY expires_at, person_id`,
			[]any{tx.PracticeID(), loseFactor, tx.Now()}, func(scan func(...any) error) error {
				var r FactorReset
				var who []byte
				err := scan(&r.PersonID, &who, &r.Until)
				r.By = string(who)
				all = append(all, r)
				return err
			})
	})
	return all, err
}

// PersonOf is the person who signs in with the address, for staff who are about to give their word for them after a
// fresh proof. It is Invalid in the field "email" where nobody does.
func PersonOf(ctx context.Context, tx *db.DB, by access.Actor, email string) (string, error) {
	if !by.Staff() || by.PracticeID != tx.PracticeID() || access.Of(by, access.Vouch) == 0 {
		return "", fault.NotFound()
	}
	if !access.Fresh(by, tx.Now()) {
		return "", fault.StepUp()
	}
	id, err := holderOfEmail(ctx, tx, email)
	if err == nil && id == "" {
		err = fault.Invalid("email", "Nobody signs in with this address. Ask the person for the one they use.")
	}
	return id, err
}
