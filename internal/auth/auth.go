// Package auth tells who is acting: sign-in, devices, second factor, and the links that do one task.
package auth

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// Kind is what a person is to the practice.
type Kind string

// The kinds of person who may sign in.
const (
	Staff  Kind = "staff"
	Client Kind = "client"
)

// Person is someone who is to be able to sign in. ID is the staff or client id.
type Person struct {
	ID    string
	Kind  Kind
	Email string
}

// Change is what happened to someone's sign-in.
type Change string

// The changes that a person is told about.
const (
	PasswordChanged  Change = "password changed"
	EmailChanged     Change = "e-mail address changed"
	CodesAdded       Change = "codes from an app set up"
	CodesRemoved     Change = "codes from an app removed"
	PasskeyAdded     Change = "passkey added"
	PasskeyRemoved   Change = "passkey removed"
	PasskeyDoubtful  Change = "passkey perhaps copied"
	RecoveryCodeUsed Change = "recovery code used"
	RecoveryCodesNew Change = "recovery codes made anew"
	FactorLost       Change = "second step taken away after a loss"
)

// Notice is for the caller to send, in neutral words, in the transaction of the change: to Email, which for a changed
// address is the old one.
type Notice struct {
	PersonID string
	Kind     Kind
	Email    string
	Change   Change
}

// Raised is what proving more gives: a new token in place of the one held until now, which is dead. Codes are
// recovery codes, shown this once; they are nil where none were made.
type Raised struct {
	Token   Token
	Codes   []string
	Notices []Notice
}

// login is what the database holds about one person's ways in.
type login struct {
	Person
	active   bool
	set      bool // the person has a password or a passkey
	password string
	totp     []byte // sealed; nil without confirmed codes
	passkeys int
	handle   []byte
	roles    []access.Role
	duty     bool
}

const loginColumns = `
	SELECT l.person_id, l.kind, l.state = 'active', l.email, l.password,
		CASE WHEN l.totp_confirmed THEN l.totp END, l.user_handle,
		(SELECT COUNT(*) FROM passkey p WHERE p.practice_id = l.practice_id AND p.person_id = l.person_id),
		COALESCE(st.roles, ''), COALESCE(st.state, ''), COALESCE(st.duty, FALSE), COALESCE(c.id, '')
	FROM login l
	LEFT JOIN staff st ON st.practice_id = l.practice_id AND st.id = l.person_id AND l.kind = 'staff'
	LEFT JOIN client c ON c.practice_id = l.practice_id AND c.id = l.person_id AND l.kind = 'client'
	WHERE l.practice_id = $1 AND `

// loginOf reads a person's login, or db.ErrNone.
func loginOf(ctx context.Context, tx *db.DB, personID string) (login, error) {
	return readLogin(ctx, tx, loginColumns+`l.person_id = $2`, personID)
}

func readLogin(ctx context.Context, tx *db.DB, query string, key any) (login, error) {
	var l login
	var email []byte
	var roles, staffState, clientID string
	practice, err := seal.Practice(ctx, tx) // first, so that one who is not there takes as long as one who is
	if err != nil {
		return login{}, err
	}
	err = tx.Row(ctx, query, tx.PracticeID(), key).Scan(&l.ID, &l.Kind, &l.active, &email, &l.password,
		&l.totp, &l.handle, &l.passkeys, &roles, &staffState, &l.duty, &clientID)
	if err != nil {
		return login{}, err
	}
	if l.Email, err = practice.Open(placeOf("login", l.ID, "email"), email); err != nil {
		return login{}, err
	}
	l.set = l.password != "" || l.passkeys > 0
	l.roles = rolesOf(l.Kind, roles, staffState, clientID)
	return l, nil
}

// rolesOf are the roles that a person acts in: none unless they work here or are on the practice's books. Someone on
// the staff who was invited has accepted by setting up a way in; without one nobody gets this far.
func rolesOf(kind Kind, roles, staffState, clientID string) []access.Role {
	switch {
	case kind == Client && clientID != "":
		return []access.Role{access.Client}
	case kind == Staff && (staffState == "active" || staffState == "invited"):
		var all []access.Role
		for name := range strings.SplitSeq(roles, ",") {
			if role := access.Role(strings.TrimSpace(name)); slices.Contains(access.StaffRoles, role) {
				all = append(all, role)
			}
		}
		return all
	}
	return nil
}

// may reports whether the person may sign in at all.
func (l login) may() bool { return l.active && len(l.roles) > 0 }

// factor reports whether a second factor must be shown after the password. For a client a passkey is another way
// in, not a second step.
func (l login) factor() bool {
	return l.totp != nil || l.Kind == Staff && l.passkeys > 0
}

func (l login) actor(tx *db.DB, signInID string, stage access.Stage) access.Actor {
	return access.Actor{PracticeID: tx.PracticeID(), ID: l.ID, Roles: l.roles, SignInID: signInID, Stage: stage, Duty: l.duty}
}

func (l login) notice(change Change) Notice {
	return Notice{PersonID: l.ID, Kind: l.Kind, Email: l.Email, Change: change}
}

// about is the subject of an audit entry about the person's own ways in.
func (l login) about(kind, id, why string) audit.Subject {
	on := audit.Subject{Right: access.SignIn, Type: kind, ID: id, Why: why}
	if l.Kind == Client {
		on.ClientID = l.ID
	}
	return on
}

// keeper reads the login of a fully signed-in person who is about to change it, and has proved lately who they are.
func keeper(ctx context.Context, tx *db.DB, by access.Actor) (login, error) {
	if by.PracticeID != tx.PracticeID() || by.SignInID == "" || access.Of(by, access.KeepAccount) == 0 {
		return login{}, fault.NotFound()
	}
	if !access.Fresh(by, tx.Now()) {
		return login{}, fault.StepUp()
	}
	return known(loginOf(ctx, tx, by.ID))
}

// known makes a missing login one that the actor may not know of.
func known(l login, err error) (login, error) {
	if errors.Is(err, db.ErrNone) {
		return login{}, fault.NotFound()
	}
	return l, err
}

func placeOf(table, row, column string) seal.Place {
	return seal.Place{Table: table, Row: row, Column: column}
}

const longestEmail = 254 // RFC 5321 with its correction

// cleanEmail is the address as it is kept, or a fault in the field "email".
func cleanEmail(email string) (string, error) {
	email = strings.TrimSpace(email)
	parsed, err := mail.ParseAddress(email)
	if err != nil || parsed.Address != email || parsed.Name != "" || len(email) > longestEmail {
		return "", fault.Invalid("email", "This is not a complete e-mail address; please write it like name@example.org.")
	}
	return email, nil
}

// wait says how long, in words.
func wait(d time.Duration) string {
	minutes := int((d + time.Minute - 1) / time.Minute)
	switch {
	case d <= 0 || minutes == 1:
		return "in a minute"
	case minutes < 120:
		return fmt.Sprintf("in %d minutes", minutes)
	}
	return fmt.Sprintf("in %d hours", (minutes+59)/60)
}
