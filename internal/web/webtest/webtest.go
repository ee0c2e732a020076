// Package webtest opens a fresh practice's door to a test: a database, a server, browsers and people to come in.
package webtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/practice"
	"attune/internal/seal"
	"attune/internal/web"
)

// House is one practice, founded and empty, with its door open. Its host is any loopback address.
type House struct {
	t     testing.TB
	All   *db.DB // sees all practices
	DB    *db.DB // narrowed to the practice
	Clock *dbtest.Clock
	URL   string // of the server, without a slash at its end
	// Wakes counts how often a deed told the worker to look for jobs.
	Wakes atomic.Int64
}

// New founds a practice in a fresh database and serves it until the test ends. Its clock stands still at dbtest.Start.
func New(t testing.TB) *House {
	t.Helper()
	all, clock := dbtest.NewAt(t, dbtest.Start)
	h := &House{t: t, All: all, DB: all.For("house"), Clock: clock}
	h.must(practice.Found(t.Context(), all, founded(), "house.example"))
	server := httptest.NewServer(web.Handler(web.Settings{DB: all, Log: slog.New(slog.DiscardHandler), Wake: func() { h.Wakes.Add(1) }}))
	t.Cleanup(server.Close)
	h.URL = server.URL
	return h
}

// Serve is a browser at a door of the test's own, which is closed when the test ends.
func Serve(t testing.TB, handler http.Handler) *Browser {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return newBrowser(t, server.URL, jar)
}

func founded() practice.Practice {
	p := practice.Practice{ID: "house", Ref: "house", Zone: "America/Chicago", Settings: practice.Settings{
		Name: "Birch Lane Relational Therapy", ShortName: "Birch Lane", Address: "12 Birch Lane\nChicago, IL 60600",
		Phone: "312-555-0100", Email: "hello@birch.example", ReplyHours: 9, HoldHours: 48, CutoffHours: 48, SessionMinutes: 50,
		Reminders: []int{2880, 120}, LeaveURL: "https://weather.example/",
	}}
	for day := time.Monday; day <= time.Friday; day++ {
		p.Hours.Week[day] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(18, 0)}}
	}
	return p
}

func (h *House) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// Context is the test's.
func (h *House) Context() context.Context { return h.t.Context() }

// Practice is the practice as its settings are now.
func (h *House) Practice() practice.Practice {
	h.t.Helper()
	p, err := practice.Read(h.Context(), h.DB)
	h.must(err)
	return p
}

// Settle changes the practice's settings; a crisis text by the word of two.
func (h *House) Settle(change func(*practice.Settings)) {
	h.t.Helper()
	p := h.Practice()
	before := p.Crisis
	change(&p.Settings)
	after := p.Crisis
	p.Crisis = before
	one := access.Actor{PracticeID: "house", ID: "test", Roles: []access.Role{access.Owner}, Stage: access.Full}
	h.must(practice.Save(h.Context(), h.DB, one, p))
	if after == before {
		return
	}
	other := one
	other.ID = "another"
	h.must(practice.ProposeCrisis(h.Context(), h.DB, one, h.Practice().Version, after))
	h.must(practice.DecideCrisis(h.Context(), h.DB, other, h.Practice().Version, true))
}

// Staff adds someone who works at the practice; their id is their name in the database.
func (h *House) Staff(id practice.StaffID, name string, roles ...access.Role) practice.Staff {
	h.t.Helper()
	s := practice.Staff{ID: id, Roles: roles, State: "active", Person: practice.Person{Name: name, Email: string(id) + "@birch.example"}}
	h.must(practice.AddStaff(h.Context(), h.DB, s))
	return s
}

// Therapist adds someone who sees clients and whom the public site shows.
func (h *House) Therapist(id practice.StaffID, name string) practice.Therapist {
	h.t.Helper()
	t := practice.Therapist{Staff: h.Staff(id, name, access.Therapist), Slug: string(id), Published: true, Accepting: true, Capacity: 20,
		Profile: practice.Profile{About: "I like to look slowly.", Focus: []string{"relationship", "family"},
			Modalities: []string{"individual", "couple"}, Languages: []string{"English"}, Times: "Tuesday evening"}}
	h.must(practice.KeepTherapist(h.Context(), h.DB, t))
	return t
}

// Actor is someone on the staff, fully signed in, for calling a verb without the door.
func (h *House) Actor(s practice.Staff) access.Actor {
	return access.Actor{PracticeID: "house", ID: string(s.ID), Roles: s.Roles, SignInID: "test", Stage: access.Full, Duty: s.Duty, SteppedUp: h.Clock.Now()}
}

// Visitor is anyone at all, for calling a verb without the door.
func (h *House) Visitor() access.Actor { return access.OfVisitor("house") }

// Browser is a new browser, in which nobody has signed in.
func (h *House) Browser() *Browser {
	h.t.Helper()
	jar, err := cookiejar.New(nil)
	h.must(err)
	return newBrowser(h.t, h.URL, jar)
}

// SignIn is a new browser in which a member of staff or a client has signed in to the full just now. It passes over
// the steps of signing in, which auth's own tests take.
func (h *House) SignIn(kind auth.Kind, id, email string) *Browser {
	h.t.Helper()
	b := h.Browser()
	token := newToken()
	h.must(h.DB.InTx(h.Context(), func(tx *db.DB) error {
		if _, err := auth.EmailOf(h.Context(), tx, id); err != nil {
			if _, err := auth.Invite(h.Context(), tx, access.OfProgram("house"), auth.Person{ID: id, Kind: kind, Email: email}); err != nil {
				return err
			}
		}
		_, err := keepSignIn(h.Context(), tx, kind, id, token)
		return err
	}))
	b.setCookie(auth.CookieName(false), token)
	return b
}

func newToken() string {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret) // never fails; see its documentation
	return base64.RawURLEncoding.EncodeToString(secret)
}

// turn makes of a full sign-in one that is stale, unfinished or over.
func turn(ctx context.Context, tx *db.DB, p *Person) error {
	var change string
	var args []any
	switch p.State {
	case "factor", "enrol":
		change, args = `stage = $3, stepped_up_at = NULL`, []any{p.State}
	case "stale":
		change, args = `stepped_up_at = $3`, []any{tx.Now().Add(-time.Hour)}
	case "expired":
		change, args = `seen_at = $3`, []any{tx.Now().Add(-auth.Idle)}
	case "ended":
		change, args = `ended_at = $3`, []any{tx.Now()}
	default:
		return nil
	}
	hash := sha256.Sum256([]byte(p.Token))
	_, err := tx.Exec(ctx, `UPDATE sign_in SET `+change+` WHERE practice_id = $1 AND token_hash = $2`, append([]any{p.Practice, hash[:]}, args...)...)
	return err
}

// keepSignIn writes what auth would have written, and returns the sign-in's id. It is only for tests: everywhere else
// auth alone writes its tables.
func keepSignIn(ctx context.Context, tx *db.DB, kind auth.Kind, id, token string) (string, error) {
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return "", err
	}
	signIn, hash := tx.NewID(), sha256.Sum256([]byte(token))
	_, err = tx.Exec(ctx, `
		INSERT INTO sign_in (practice_id, id, token_hash, person_id, kind, stage, method, started_at, seen_at, ends_at,
			stepped_up_at, device)
		VALUES ($1, $2, $3, $4, $5, 'full', 'password and code', $6, $6, $7, $6, $8)`,
		tx.PracticeID(), signIn, hash[:], id, kind, tx.Now(), tx.Now().Add(10*time.Hour),
		key.Seal(seal.Place{Table: "sign_in", Row: signIn, Column: "device"}, "a test"))
	return signIn, err
}

// keepPasskey writes a passkey that signs nobody in.
func keepPasskey(ctx context.Context, tx *db.DB, id, person string) error {
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	hash := sha256.Sum256([]byte(id))
	_, err = tx.Exec(ctx, `
		INSERT INTO passkey (practice_id, id, person_id, credential_hash, credential, name, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.PracticeID(), id, person, hash[:], key.Seal(seal.Place{Table: "passkey", Row: id, Column: "credential"}, "{}"),
		key.Seal(seal.Place{Table: "passkey", Row: id, Column: "name"}, "a phone"), tx.Now())
	return err
}

// SignInStaff is SignIn for someone on the staff.
func (h *House) SignInStaff(s practice.Staff) *Browser {
	h.t.Helper()
	return h.SignIn(auth.Staff, string(s.ID), s.Email)
}

// Link is a browser's address for a link that does one task.
func (h *House) Link(task access.Task, path, person, subject string) string {
	h.t.Helper()
	var token auth.Token
	h.must(h.DB.InTx(h.Context(), func(tx *db.DB) (err error) {
		token, err = auth.NewLink(h.Context(), tx, task, person, subject, time.Time{}, tx.Now().Add(24*time.Hour))
		return err
	}))
	return path + url.PathEscape(token.Text())
}
