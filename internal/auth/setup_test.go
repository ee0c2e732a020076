package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/seal"
)

const (
	house    = "north"
	password = "quiet lamp under seven rivers"
	email    = "rosa.vance@example.org"
)

var laptop = auth.Device{Agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", Address: "203.0.113.7"}

// place is a practice with an owner, a therapist and a client, none of whom can sign in yet.
type place struct {
	t     testing.TB
	d     *db.DB
	clock *dbtest.Clock
	guard *auth.Guard
}

func newPlace(t testing.TB) *place {
	t.Helper()
	d, clock := dbtest.NewAt(t, dbtest.Start)
	p := &place{t: t, d: d.For(house), clock: clock, guard: auth.NewGuard(1)}
	p.tx(func(ctx context.Context, tx *db.DB) error {
		return p.furnish(ctx, tx)
	})
	return p
}

func (p *place) furnish(ctx context.Context, tx *db.DB) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO practice (practice_id, ref, zone, state, demo, settings, version, created_at)
		VALUES ($1, $1, 'America/Chicago', 'active', FALSE, $2, 1, $3)`, tx.PracticeID(), []byte{0}, tx.Now())
	if err != nil {
		return err
	}
	if _, err := seal.Begin(ctx, tx); err != nil {
		return err
	}
	for id, roles := range map[string]string{"olga": "owner", "theo": "therapist", "sami": "supervisor,therapist", "cora": "coordinator"} {
		_, err := tx.Exec(ctx, `
			INSERT INTO staff (practice_id, id, roles, state, duty, profile, created_at)
			VALUES ($1, $2, $3, 'active', $4, $5, $6)`, tx.PracticeID(), id, roles, id == "sami", []byte{0}, tx.Now())
		if err != nil {
			return err
		}
	}
	for _, id := range []string{"rosa", "ines"} {
		_, err := tx.Exec(ctx, `
			INSERT INTO client (practice_id, id, key_id, state, profile, version, created_at)
			VALUES ($1, $2, $2, 'active', $3, 1, $4)`, tx.PracticeID(), id, []byte{0}, tx.Now())
		if err != nil {
			return err
		}
	}
	return nil
}

// tx runs a deed that must succeed.
func (p *place) tx(fn func(ctx context.Context, tx *db.DB) error) {
	p.t.Helper()
	if err := p.try(fn); err != nil {
		p.t.Fatal(err)
	}
}

// try runs a deed that may fail.
func (p *place) try(fn func(ctx context.Context, tx *db.DB) error) error {
	ctx := context.Background()
	return p.d.InTx(ctx, func(tx *db.DB) error { return fn(ctx, tx) })
}

// hashed is the password that everyone here chooses, hashed once for all tests.
var hashed = func() auth.Hashed {
	h, err := auth.NewGuard(1).HashPassword(context.Background(), password)
	if err != nil {
		panic(err)
	}
	return h
}()

func emailOf(id string) string { return id + "@example.org" }

func kindOf(id string) auth.Kind {
	if id == "rosa" || id == "ines" {
		return auth.Client
	}
	return auth.Staff
}

// program is the actor who may invite everyone.
func program() access.Actor { return access.OfProgram(house) }

// settle invites a person, who chooses the password of these tests.
func (p *place) settle(id string) {
	p.t.Helper()
	p.tx(func(ctx context.Context, tx *db.DB) error {
		token, err := auth.Invite(ctx, tx, program(), auth.Person{ID: id, Kind: kindOf(id), Email: emailOf(id)})
		if err != nil {
			return err
		}
		by, err := auth.OpenLink(ctx, tx, token.Text())
		if err != nil {
			return err
		}
		_, err = auth.SetPassword(ctx, tx, by, hashed)
		return err
	})
}

// enter signs a person in by password, as far as that goes.
func (p *place) enter(id string) (access.Actor, auth.Token) {
	p.t.Helper()
	checked, err := p.guard.CheckPassword(context.Background(), p.d, emailOf(id), password, laptop)
	if err != nil {
		p.t.Fatalf("check the password of %s: %v", id, err)
	}
	var token auth.Token
	p.tx(func(ctx context.Context, tx *db.DB) error {
		token, _, err = auth.Begin(ctx, tx, checked, laptop)
		return err
	})
	return p.who(token), token
}

// who is the actor by a token that must be good.
func (p *place) who(token auth.Token) access.Actor {
	p.t.Helper()
	by, _, err := auth.Who(context.Background(), p.d, token.Text())
	if err != nil {
		p.t.Fatalf("who holds a new token: %v", err)
	}
	return by
}

// gone fails the test where the token still stands for somebody.
func (p *place) gone(what string, token auth.Token) {
	p.t.Helper()
	if by, _, err := auth.Who(context.Background(), p.d, token.Text()); kindOfFault(err) != fault.KindNotFound {
		p.t.Errorf("%s: got actor %q and error %v, want not found", what, by.ID, err)
	}
}

func kindOfFault(err error) fault.Kind {
	f, _ := fault.Of(err)
	return f.Kind
}

// want compares the kind of fault that a deed ended with; 0 is none.
func want(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	if got := kindOfFault(err); got != kind || err != nil && got == 0 {
		t.Errorf("%s: got %v, want %v", what, err, kind)
	}
}

// deeds are the audit entries of the practice, as "deed: why".
func (p *place) deeds() []string {
	p.t.Helper()
	var all []string
	err := p.d.Each(context.Background(), `SELECT deed, why FROM audit_leaf WHERE practice_id = $1 ORDER BY at, id`, []any{house},
		func(scan func(...any) error) error {
			var deed, why string
			err := scan(&deed, &why)
			all = append(all, deed+": "+why)
			return err
		})
	if err != nil {
		p.t.Fatal(err)
	}
	return all
}

func count(all []string, prefix string) int {
	n := 0
	for _, one := range all {
		if strings.HasPrefix(one, prefix) {
			n++
		}
	}
	return n
}

func (p *place) later(d time.Duration) { p.clock.Advance(d) }

// code is what an app with the secret shows when the clock has moved by after.
func (p *place) code(secret string, after time.Duration) string {
	p.t.Helper()
	code, err := totp.GenerateCode(secret, p.clock.Now().Add(after))
	if err != nil {
		p.t.Fatal(err)
	}
	return code
}

// enrol sets up codes for a signed-in person, who then is fully signed in under the new token.
func (p *place) enrol(by access.Actor) (secret string, r auth.Raised) {
	p.t.Helper()
	p.tx(func(ctx context.Context, tx *db.DB) error {
		e, err := auth.BeginTOTP(ctx, tx, by, "Alder Street")
		if err != nil {
			return err
		}
		secret = e.Secret
		r, err = auth.ConfirmTOTP(ctx, tx, by, p.code(secret, 0))
		return err
	})
	return secret, r
}

// staff settles a member of staff with codes, whose next code is a minute away.
func (p *place) staff(id string) (by access.Actor, secret string, r auth.Raised) {
	p.t.Helper()
	p.settle(id)
	begun, _ := p.enter(id)
	secret, r = p.enrol(begun)
	p.later(time.Minute)
	return p.who(r.Token), secret, r
}
