package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// How long links to set up or renew a sign-in are valid.
const (
	InviteFor = 7 * 24 * time.Hour
	ownerFor  = time.Hour        // security.md S-23
	ResetFor  = 20 * time.Minute // security.md S-28
)

// Invite lets a person set up their own way in, by the link it returns, which is valid for 7 days and once. It never
// touches another person's sign-in, nor one that has been set up: both are a Conflict. Whoever was invited before
// and did nothing is invited anew, and the earlier link is dead. Staff are invited by an owner, clients by a
// coordinator or an owner.
func Invite(ctx context.Context, tx *db.DB, by access.Actor, p Person) (Token, error) {
	if by.PracticeID != tx.PracticeID() || !mayInvite(by, p.Kind) {
		return Token{}, fault.NotFound()
	}
	return invite(ctx, tx, by, p, InviteFor)
}

func mayInvite(by access.Actor, kind Kind) bool {
	if access.Of(by, access.WriteStaff) != 0 || by.Is(access.Program) {
		return true
	}
	return kind == Client && access.Of(by, access.WriteAbout) != 0
}

// FirstOwner invites the person who owns a new practice, by a link that is valid for one hour. It is a Conflict once
// someone on the staff has set up their way in.
func FirstOwner(ctx context.Context, tx *db.DB, personID, email string) (Token, error) {
	ready := false
	err := tx.Row(ctx, `
		SELECT EXISTS (SELECT 1 FROM login l WHERE l.practice_id = $1 AND l.kind = 'staff' AND (l.password <> '' OR EXISTS (
			SELECT 1 FROM passkey p WHERE p.practice_id = l.practice_id AND p.person_id = l.person_id)))`,
		tx.PracticeID()).Scan(&ready)
	if err != nil {
		return Token{}, fmt.Errorf("look for an owner: %w", err)
	}
	if ready {
		return Token{}, fault.Conflict("This practice has an owner who can sign in; please ask them for an invitation.")
	}
	return invite(ctx, tx, access.OfProgram(tx.PracticeID()), Person{ID: personID, Kind: Staff, Email: email}, ownerFor)
}

func invite(ctx context.Context, tx *db.DB, by access.Actor, p Person, valid time.Duration) (Token, error) {
	email, err := cleanEmail(p.Email)
	if err != nil {
		return Token{}, err
	}
	p.Email = email
	var token Token
	err = tx.InTx(ctx, func(tx *db.DB) error {
		if err := keepLogin(ctx, tx, p); err != nil {
			return err
		}
		if err := revokeOf(ctx, tx, p.ID, access.TaskInvite); err != nil {
			return err
		}
		token, err = NewLink(ctx, tx, access.TaskInvite, p.ID, p.ID, time.Time{}, tx.Now().Add(valid))
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Invited, login{Person: p}.about("person", p.ID, ""))
	})
	return token, err
}

// keepLogin writes the login of an invited person, who has no way in yet.
func keepLogin(ctx context.Context, tx *db.DB, p Person) error {
	index, sealed, err := sealEmail(ctx, tx, p.ID, p.Email)
	if err != nil {
		return err
	}
	holder, err := holderOfEmail(ctx, tx, p.Email)
	if err != nil {
		return err
	}
	if holder != "" && holder != p.ID {
		return fault.Conflict("Somebody else signs in with this e-mail address; please use another.")
	}
	l, err := loginOf(ctx, tx, p.ID)
	switch {
	case errors.Is(err, db.ErrNone):
		return insertLogin(ctx, tx, p, index, sealed)
	case err != nil:
		return err
	case l.set || l.Kind != p.Kind:
		return fault.Conflict("This person has a sign-in already; a new password they choose themselves.")
	case !l.active:
		return fault.Conflict("This person's sign-in is disabled; please enable it first.")
	}
	return updateEmail(ctx, tx, p.ID, index, sealed)
}

func insertLogin(ctx context.Context, tx *db.DB, p Person, index, sealed []byte) error {
	handle := make([]byte, 32)
	if _, err := io.ReadFull(tx.Rand(), handle); err != nil {
		return fmt.Errorf("make the user handle of %s: %w", p.ID, err)
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO login (practice_id, person_id, kind, state, email_index, email, password, totp_confirmed, totp_step,
			user_handle, changed_at)
		VALUES ($1, $2, $3, 'active', $4, $5, '', FALSE, 0, $6, $7)`,
		tx.PracticeID(), p.ID, p.Kind, index, sealed, handle, tx.Now())
	if err != nil {
		return fmt.Errorf("make the login of %s: %w", p.ID, err)
	}
	return nil
}

func updateEmail(ctx context.Context, tx *db.DB, personID string, index, sealed []byte) error {
	_, err := tx.Exec(ctx, `
		UPDATE login SET email_index = $3, email = $4, changed_at = $5 WHERE practice_id = $1 AND person_id = $2`,
		tx.PracticeID(), personID, index, sealed, tx.Now())
	if err != nil {
		return fmt.Errorf("keep the e-mail address of %s: %w", personID, err)
	}
	return nil
}

func sealEmail(ctx context.Context, tx *db.DB, personID, email string) (index, sealed []byte, err error) {
	if index, err = seal.Blind(ctx, tx, seal.Email, email); err != nil {
		return nil, nil, err
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	return index, practice.Seal(placeOf("login", personID, "email"), email), nil
}

// EmailOf is the address that the person signs in with, or NotFound.
func EmailOf(ctx context.Context, tx *db.DB, personID string) (string, error) {
	var l login
	err := tx.View(ctx, func(tx *db.DB) (err error) {
		l, err = known(loginOf(ctx, tx, personID))
		return err
	})
	return l.Email, err
}

// Disable shuts a person out at once: their sign-ins end, their links are taken back, and they cannot sign in.
// Nobody disables themselves. A person without a login only loses their links.
func Disable(ctx context.Context, tx *db.DB, by access.Actor, personID string) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		if by.ID == personID {
			return fault.Conflict("You cannot disable yourself; please ask another owner.")
		}
		if err := setState(ctx, tx, by, personID, "disabled"); err != nil {
			return err
		}
		if err := endAllBut(ctx, tx, personID, ""); err != nil {
			return err
		}
		if err := forgetBegun(ctx, tx, personID); err != nil {
			return err
		}
		return revokeOf(ctx, tx, personID, "")
	})
}

// Enable lets a person sign in again, as before.
func Enable(ctx context.Context, tx *db.DB, by access.Actor, personID string) error {
	return tx.InTx(ctx, func(tx *db.DB) error { return setState(ctx, tx, by, personID, "active") })
}

func setState(ctx context.Context, tx *db.DB, by access.Actor, personID, state string) error {
	l, err := loginOf(ctx, tx, personID)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return err
	}
	if by.PracticeID != tx.PracticeID() || !mayInvite(by, l.Kind) {
		return fault.NotFound()
	}
	_, err = tx.Exec(ctx, `UPDATE login SET state = $3, changed_at = $4 WHERE practice_id = $1 AND person_id = $2`,
		tx.PracticeID(), personID, state, tx.Now())
	if err != nil {
		return fmt.Errorf("make %s %s: %w", personID, state, err)
	}
	deed := audit.Changed
	if state == "disabled" {
		deed = audit.Disabled
	}
	return audit.Record(ctx, tx, by, deed, l.about("person", personID, state))
}
