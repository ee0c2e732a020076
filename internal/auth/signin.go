package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// How long a sign-in lasts: without a request, and at most (security.md S-37).
const (
	Idle       = 15 * time.Minute
	StaffDay   = 10 * time.Hour
	ClientDay  = 12 * time.Hour
	touchAfter = time.Minute
)

// CookieName is the name of the cookie that holds a sign-in's token. Over TLS its prefix binds it to the host.
func CookieName(secure bool) string {
	if secure {
		return "__Host-sign-in"
	}
	return "sign-in"
}

// SignIn is one browser's being signed in.
type SignIn struct {
	ID        string
	PersonID  string
	Kind      Kind
	Stage     access.Stage
	Method    string // how the person proved who they are: "password", "password and code", "passkey"
	StartedAt time.Time
	SeenAt    time.Time // to the minute
	EndsAt    time.Time // at the latest
	SteppedUp time.Time // when the person last proved who they are in full; zero if not yet
	Device    string    // the browser's own words, shortened
	Current   bool      // it is the one that asks
}

// over reports whether the sign-in has lasted too long at now.
func (s SignIn) over(now time.Time) bool {
	return !now.Before(s.EndsAt) || now.Sub(s.SeenAt) >= Idle
}

// Who tells who holds the token of a sign-in, as their roles are at this moment. It is NotFound where the token is
// none, or the sign-in has ended, or the person may no longer sign in. d is not inside a transaction: at most once a
// minute Who notes that the person was here.
func Who(ctx context.Context, d *db.DB, token string) (access.Actor, SignIn, error) {
	given, err := ParseToken(token)
	if err != nil {
		return access.Actor{}, SignIn{}, err
	}
	var by access.Actor
	var s SignIn
	err = d.View(ctx, func(tx *db.DB) error {
		by, s, err = who(ctx, tx, given)
		return err
	})
	if errors.Is(err, db.ErrNone) {
		err = fault.NotFound()
	}
	if err != nil {
		return access.Actor{}, SignIn{}, err
	}
	if d.Now().Sub(s.SeenAt) >= touchAfter {
		err = touch(ctx, d, s.ID)
	}
	return by, s, err
}

func who(ctx context.Context, tx *db.DB, token Token) (access.Actor, SignIn, error) {
	s := SignIn{Current: true}
	var device []byte
	var roles, staffState, clientID string
	var duty bool
	err := tx.Row(ctx, `
		SELECT s.id, s.person_id, s.kind, s.stage, s.method, s.started_at, s.seen_at, s.ends_at, s.stepped_up_at, s.device,
			COALESCE(st.roles, ''), COALESCE(st.state, ''), COALESCE(st.duty, FALSE), COALESCE(c.id, '')
		FROM sign_in s
		JOIN login l ON l.practice_id = s.practice_id AND l.person_id = s.person_id AND l.state = 'active'
		LEFT JOIN staff st ON st.practice_id = s.practice_id AND st.id = s.person_id AND s.kind = 'staff'
		LEFT JOIN client c ON c.practice_id = s.practice_id AND c.id = s.person_id AND s.kind = 'client'
		WHERE s.practice_id = $1 AND s.token_hash = $2 AND s.ended_at IS NULL`, tx.PracticeID(), token.hash()).
		Scan(&s.ID, &s.PersonID, &s.Kind, &s.Stage, &s.Method, &s.StartedAt, &s.SeenAt, &s.EndsAt, &s.SteppedUp, &device,
			&roles, &staffState, &duty, &clientID)
	if err != nil {
		return access.Actor{}, s, err
	}
	by := access.Actor{PracticeID: tx.PracticeID(), ID: s.PersonID, SignInID: s.ID, Stage: s.Stage, Duty: duty,
		SteppedUp: s.SteppedUp, Roles: rolesOf(s.Kind, roles, staffState, clientID)}
	if s.over(tx.Now()) || len(by.Roles) == 0 {
		return access.Actor{}, s, fault.NotFound()
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return access.Actor{}, s, err
	}
	s.Device, err = practice.Open(placeOf("sign_in", s.ID, "device"), device)
	return by, s, err
}

func touch(ctx context.Context, d *db.DB, id string) error {
	return d.InTx(ctx, func(tx *db.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE sign_in SET seen_at = $3 WHERE practice_id = $1 AND id = $2 AND ended_at IS NULL AND seen_at < $3`,
			tx.PracticeID(), id, tx.Now())
		if err != nil {
			return fmt.Errorf("note sign-in %s as seen: %w", id, err)
		}
		return nil
	})
}

// Ways to prove who one is, as sign-ins remember them.
const (
	byPassword = "password"
	byPasskey  = "passkey"
)

// begin starts a sign-in that has come as far as stage.
func begin(ctx context.Context, tx *db.DB, l login, method string, stage access.Stage, from Device) (Token, SignIn, error) {
	token, err := newToken(tx)
	if err != nil {
		return Token{}, SignIn{}, err
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return Token{}, SignIn{}, err
	}
	now := tx.Now()
	s := SignIn{ID: tx.NewID(), PersonID: l.ID, Kind: l.Kind, Stage: stage, Method: method, StartedAt: now, SeenAt: now,
		EndsAt: now.Add(ClientDay), Device: shorten(from.Agent), Current: true}
	if l.Kind == Staff {
		s.EndsAt = now.Add(StaffDay)
	}
	if stage == access.Full {
		s.SteppedUp = now
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO sign_in (practice_id, id, token_hash, person_id, kind, stage, method, started_at, seen_at, ends_at,
			stepped_up_at, device)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.PracticeID(), s.ID, token.hash(), s.PersonID, s.Kind, s.Stage, s.Method, s.StartedAt, s.SeenAt, s.EndsAt,
		s.SteppedUp, practice.Seal(placeOf("sign_in", s.ID, "device"), s.Device))
	if err != nil {
		return Token{}, SignIn{}, fmt.Errorf("sign %s in: %w", l.ID, err)
	}
	why := method
	if stage != access.Full {
		why += ", not finished"
	}
	return token, s, audit.Record(ctx, tx, l.actor(tx, s.ID, stage), audit.SignedIn, l.about("sign-in", s.ID, why))
}

// longestAgent is how many characters of a browser's words for itself are kept.
const longestAgent = 200

func shorten(agent string) string {
	printable := func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}
	letters := []rune(strings.Map(printable, strings.ToValidUTF8(agent, "")))
	return string(letters[:min(len(letters), longestAgent)])
}

// raise gives a sign-in a new token and counts the proof as fresh; the old token is dead. The sign-in then is at
// Full; more is added to how the person proved who they are.
func raise(ctx context.Context, tx *db.DB, by access.Actor, from access.Stage, more string) (Token, error) {
	token, err := newToken(tx)
	if err != nil {
		return Token{}, err
	}
	n, err := tx.Exec(ctx, `
		UPDATE sign_in SET token_hash = $4, stage = 'full', method = method || CAST($6 AS TEXT), seen_at = $5, stepped_up_at = $5
		WHERE practice_id = $1 AND id = $2 AND stage = $3 AND ended_at IS NULL`,
		tx.PracticeID(), by.SignInID, from, token.hash(), tx.Now(), more)
	if err != nil {
		return Token{}, fmt.Errorf("raise sign-in %s: %w", by.SignInID, err)
	}
	if n == 0 {
		return Token{}, fault.NotFound()
	}
	return token, nil
}

// End signs the actor out of the sign-in that they act by.
func End(ctx context.Context, tx *db.DB, by access.Actor) error {
	if by.PracticeID != tx.PracticeID() || by.SignInID == "" {
		return fault.NotFound()
	}
	return endOne(ctx, tx, by, by.SignInID)
}

// EndOne signs the actor out of one of their sign-ins, on another device say.
func EndOne(ctx context.Context, tx *db.DB, by access.Actor, signInID string) error {
	if by.PracticeID != tx.PracticeID() || access.Of(by, access.KeepAccount) == 0 {
		return fault.NotFound()
	}
	return endOne(ctx, tx, by, signInID)
}

func endOne(ctx context.Context, tx *db.DB, by access.Actor, signInID string) error {
	n, err := tx.Exec(ctx, `
		UPDATE sign_in SET ended_at = $4 WHERE practice_id = $1 AND id = $2 AND person_id = $3 AND ended_at IS NULL`,
		tx.PracticeID(), signInID, by.ID, tx.Now())
	if err != nil {
		return fmt.Errorf("end sign-in %s: %w", signInID, err)
	}
	if n == 0 {
		return fault.NotFound()
	}
	return audit.Record(ctx, tx, by, audit.SignedOut, own(by, "sign-in", signInID, ""))
}

// EndAll signs a person out everywhere: one's own sign-ins for anyone, others' for an owner.
func EndAll(ctx context.Context, tx *db.DB, by access.Actor, personID string) error {
	self := by.ID == personID && access.Of(by, access.KeepAccount) != 0
	if by.PracticeID != tx.PracticeID() || !self && access.Of(by, access.WriteStaff) == 0 {
		return fault.NotFound()
	}
	l, err := known(loginOf(ctx, tx, personID))
	if err != nil {
		return err
	}
	if err := endAllBut(ctx, tx, personID, ""); err != nil {
		return err
	}
	return audit.Record(ctx, tx, by, audit.SignedOut, l.about("person", personID, "everywhere"))
}

// endAllBut ends all sign-ins of a person except the one to keep.
func endAllBut(ctx context.Context, tx *db.DB, personID, keep string) error {
	_, err := tx.Exec(ctx, `
		UPDATE sign_in SET ended_at = $4 WHERE practice_id = $1 AND person_id = $2 AND id <> $3 AND ended_at IS NULL`,
		tx.PracticeID(), personID, keep, tx.Now())
	if err != nil {
		return fmt.Errorf("end the sign-ins of %s: %w", personID, err)
	}
	return nil
}

// own is the subject of an audit entry about the actor's own ways in.
func own(by access.Actor, kind, id, why string) audit.Subject {
	on := audit.Subject{Right: access.SignIn, Type: kind, ID: id, Why: why}
	if by.Is(access.Client) {
		on.ClientID = by.ID
	}
	return on
}

// SignIns lists where the actor is signed in, the latest first.
func SignIns(ctx context.Context, tx *db.DB, by access.Actor) ([]SignIn, error) {
	if by.PracticeID != tx.PracticeID() || access.Of(by, access.KeepAccount) == 0 {
		return nil, fault.NotFound()
	}
	var all []SignIn
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		practice, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `
			SELECT id, person_id, kind, stage, method, started_at, seen_at, ends_at, stepped_up_at, device FROM sign_in
			WHERE practice_id = $1 AND person_id = $2 AND ended_at IS NULL AND ends_at > $3 AND seen_at > $4
			ORDER BY seen_at DESC, id`, []any{tx.PracticeID(), by.ID, tx.Now(), tx.Now().Add(-Idle)},
			func(scan func(...any) error) error {
				var s SignIn
				var device []byte
				if err := scan(&s.ID, &s.PersonID, &s.Kind, &s.Stage, &s.Method, &s.StartedAt, &s.SeenAt, &s.EndsAt,
					&s.SteppedUp, &device); err != nil {
					return err
				}
				s.Current = s.ID == by.SignInID
				s.Device, err = practice.Open(placeOf("sign_in", s.ID, "device"), device)
				all = append(all, s)
				return err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("list the sign-ins of %s: %w", by.ID, err)
	}
	return all, nil
}
