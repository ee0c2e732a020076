package auth_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

var site = auth.Site{Host: "north.localhost", Origin: "http://north.localhost:8080", Name: "Alder Street"}

func (p *place) beginPasskey(by access.Actor) (c auth.Challenge, err error) {
	err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
		c, err = auth.BeginPasskey(ctx, tx, by, site)
		return err
	})
	return c, err
}

func (p *place) finishPasskey(by access.Actor, c auth.Challenge, response []byte) (r auth.Raised, err error) {
	err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
		r, err = auth.FinishPasskey(ctx, tx, by, site, c.ID, response, " My phone ")
		return err
	})
	return r, err
}

// addPasskey adds a passkey that must be good.
func (p *place) addPasskey(by access.Actor) (*authenticator, auth.Raised) {
	p.t.Helper()
	a := newAuthenticator(p.t, site)
	c, err := p.beginPasskey(by)
	if err != nil {
		p.t.Fatal(err)
	}
	r, err := p.finishPasskey(by, c, a.register(c))
	if err != nil {
		p.t.Fatalf("add a passkey: %v", err)
	}
	return a, r
}

func (p *place) askPasskey() auth.Challenge {
	p.t.Helper()
	var c auth.Challenge
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		c, err = auth.BeginPasskeySignIn(ctx, tx, site)
		return err
	})
	return c
}

func (p *place) enterByPasskey(c auth.Challenge, response []byte) (auth.Token, []auth.Notice, error) {
	token, _, notices, err := auth.FinishPasskeySignIn(context.Background(), p.d, site, c.ID, response, laptop)
	return token, notices, err
}

func TestPasskeyFinishesEnrolling(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("theo")
	by, before := p.enter("theo")
	a, r := p.addPasskey(by)
	p.gone("the token before", before)
	if got := p.who(r.Token); got.Stage != access.Full || len(r.Codes) != 10 || r.Notices[0].Change != auth.PasskeyAdded {
		t.Errorf("got stage %q and %+v, want full, recovery codes and a notice", got.Stage, r)
	}
	p.later(time.Hour)
	c := p.askPasskey()
	if o := a.read(c); o.UserVerification != "required" || o.RPID != site.Host || len(o.AllowCredentials) != 0 || len(o.Challenge) < 22 {
		t.Errorf("got options %s, want required user verification for any passkey of %s", c.Options, site.Host)
	}
	token, notices, err := p.enterByPasskey(c, a.sign(c))
	if err != nil || len(notices) != 0 {
		t.Fatalf("got notices %v and error %v", notices, err)
	}
	if got := p.who(token); got.ID != "theo" || got.Stage != access.Full || !access.Fresh(got, p.clock.Now()) {
		t.Errorf("got %+v, want theo, full and fresh", got)
	}
	if by, _ := p.enter("theo"); by.Stage != access.Factor {
		t.Errorf("got stage %q by password, want factor", by.Stage)
	}
}

func TestPasskeyByInvitation(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	invitation, err := p.invite(program(), "theo", auth.Staff, emailOf("theo"))
	if err != nil {
		t.Fatal(err)
	}
	by, err := p.open(invitation)
	if err != nil {
		t.Fatal(err)
	}
	a, r := p.addPasskey(by)
	if r.Token != (auth.Token{}) {
		t.Errorf("got a token by invitation, want none")
	}
	if _, err := p.open(invitation); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v for an invitation that was followed, want that it is over", err)
	}
	_, err = p.beginPasskey(by)
	want(t, "a second passkey by the invitation", err, fault.KindNotFound)
	c := p.askPasskey()
	token, _, err := p.enterByPasskey(c, a.sign(c))
	if err != nil {
		t.Fatal(err)
	}
	p.who(token)
	want(t, "no password", p.guess(p.guard, "theo", "", laptop), fault.KindInvalid)
}

func TestPasskeyRefused(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	good, r := p.addPasskey(by)
	rosa := p.who(r.Token)
	p.settle("ines")
	ines, _ := p.enter("ines")
	other, _ := p.addPasskey(ines)
	tamper := func(change func(a *authenticator)) func(auth.Challenge) []byte {
		return func(c auth.Challenge) []byte {
			a := *good
			change(&a)
			return a.sign(c)
		}
	}
	for name, answer := range map[string]func(auth.Challenge) []byte{
		"another origin":          tamper(func(a *authenticator) { a.site.Origin = "http://evil.localhost:8080" }),
		"another port":            tamper(func(a *authenticator) { a.site.Origin = "http://north.localhost:9090" }),
		"another host":            tamper(func(a *authenticator) { a.site.Host = "localhost" }),
		"user not verified":       tamper(func(a *authenticator) { a.flags = present }),
		"user not present":        tamper(func(a *authenticator) { a.flags = verified }),
		"another key":             tamper(func(a *authenticator) { a.key = other.key }),
		"another person's handle": tamper(func(a *authenticator) { a.handle = other.handle }),
		"an unknown handle":       tamper(func(a *authenticator) { a.handle = bytes.Repeat([]byte{7}, 32) }),
		"no handle":               tamper(func(a *authenticator) { a.handle = nil }),
		"an unknown passkey":      tamper(func(a *authenticator) { a.id = bytes.Repeat([]byte{7}, 16) }),
		"another challenge":       func(auth.Challenge) []byte { return good.sign(p.askPasskey()) },
		"a registration":          func(auth.Challenge) []byte { c, _ := p.beginPasskey(rosa); return good.register(c) },
		"no answer":               func(auth.Challenge) []byte { return nil },
		"nothing":                 func(auth.Challenge) []byte { return []byte("{}") },
	} {
		c := p.askPasskey()
		_, _, err := p.enterByPasskey(c, answer(c))
		want(t, name, err, fault.KindInvalid)
	}
	careless := newAuthenticator(t, site)
	careless.flags = present
	c, err := p.beginPasskey(rosa)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.finishPasskey(rosa, c, careless.register(c))
	want(t, "a new passkey that does not verify its user", err, fault.KindInvalid)
	elsewhere := newAuthenticator(t, auth.Site{Host: site.Host, Origin: "http://evil.localhost:8080"})
	_, err = p.finishPasskey(rosa, c, elsewhere.register(c))
	want(t, "a new passkey from another origin", err, fault.KindInvalid)
	c = p.askPasskey()
	p.later(5 * time.Minute)
	_, _, err = p.enterByPasskey(c, good.sign(c))
	want(t, "after 5 minutes", err, fault.KindNotFound)
	_, _, err = p.enterByPasskey(auth.Challenge{ID: "nothing"}, good.sign(c))
	want(t, "a challenge that was never made", err, fault.KindNotFound)
	c = p.askPasskey()
	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.Disable(ctx, tx, program(), "rosa") })
	_, _, err = p.enterByPasskey(c, good.sign(c))
	want(t, "of someone disabled", err, fault.KindInvalid)
	if n := count(p.deeds(), "failed to sign in: "); n != 12 {
		t.Errorf("got %d failures in the audit log, want 12", n)
	}
}

func TestPasskeyAnswerCountsOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	a, _ := p.addPasskey(by)
	c := p.askPasskey()
	answer := a.sign(c)
	const n = 8
	var wg sync.WaitGroup
	var failures [n]error
	for i := range n {
		wg.Go(func() { _, _, failures[i] = p.enterByPasskey(c, answer) })
	}
	wg.Wait()
	entered := 0
	for _, err := range failures {
		if err == nil {
			entered++
		} else {
			want(t, "a replayed answer", err, fault.KindNotFound)
		}
	}
	if entered != 1 {
		t.Errorf("got %d sign-ins by one answer, want 1", entered)
	}
	c = p.askPasskey()
	bad := *a
	bad.flags = present
	_, _, err := p.enterByPasskey(c, bad.sign(c))
	want(t, "a wrong answer", err, fault.KindInvalid)
	_, _, err = p.enterByPasskey(c, a.sign(c))
	want(t, "the right answer after a wrong one", err, fault.KindNotFound)
}

func TestPasskeyCounterGoesBack(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	a, _ := p.addPasskey(by)
	for _, step := range []struct {
		count  uint32
		warned bool
	}{{5, false}, {6, false}, {6, true}, {3, true}, {7, false}} {
		a.count = step.count
		c := p.askPasskey()
		_, notices, err := p.enterByPasskey(c, a.sign(c))
		if err != nil || (len(notices) == 1) != step.warned {
			t.Errorf("counter %d: got notices %v and error %v, want a warning: %v", step.count, notices, err, step.warned)
		}
	}
	if n := count(p.deeds(), "failed to sign in: counter went back"); n != 2 {
		t.Errorf("got %d entries in the audit log, want 2", n)
	}
}

func TestPasskeyIsNeverLockedOut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	a, _ := p.addPasskey(by)
	for range 60 {
		p.try(func(ctx context.Context, tx *db.DB) error { return p.guard.Enter(ctx, tx, "x", laptop) })
	}
	for range 6 {
		_ = p.guess(p.guard, "rosa", "wrong", auth.Device{Address: "198.51.100.9"})
	}
	want(t, "the password", p.guess(p.guard, "rosa", password, auth.Device{Address: "198.51.100.9"}), fault.KindTooMany)
	c := p.askPasskey()
	if _, _, err := p.enterByPasskey(c, a.sign(c)); err != nil {
		t.Errorf("got %v for the passkey", err)
	}
}

func TestPasskeyProof(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	a, r := p.addPasskey(by)
	p.later(access.StepUpFor)
	by = p.who(r.Token)
	ask := func(by access.Actor) (c auth.Challenge, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			c, err = auth.BeginPasskeyProof(ctx, tx, by, site)
			return err
		})
		return c, err
	}
	c, err := ask(by)
	if err != nil || len(a.read(c).AllowCredentials) != 1 {
		t.Fatalf("got options %s and error %v, want the one passkey of rosa", c.Options, err)
	}
	p.settle("ines")
	ines, _ := p.enter("ines")
	_, err = ask(ines)
	want(t, "who has no passkey", err, fault.KindConflict)
	_, err = auth.FinishPasskeyProof(context.Background(), p.d, ines, site, c.ID, a.sign(c))
	want(t, "another's proof", err, fault.KindNotFound)
	if c, err = ask(by); err != nil {
		t.Fatal(err)
	}
	_, _, err = p.enterByPasskey(c, a.sign(c))
	want(t, "a proof used to sign in", err, fault.KindNotFound)
	raised, err := auth.FinishPasskeyProof(context.Background(), p.d, by, site, c.ID, a.sign(c))
	if err != nil {
		t.Fatal(err)
	}
	p.gone("the token before", r.Token)
	if !access.Fresh(p.who(raised.Token), p.clock.Now()) {
		t.Errorf("got no fresh proof by passkey")
	}
}

func TestSeveralPasskeys(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("theo")
	by, _ := p.enter("theo")
	first, r := p.addPasskey(by)
	p.later(time.Minute)
	second, r := p.addPasskey(p.who(r.Token))
	by = p.who(r.Token)
	c, err := p.beginPasskey(by)
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.finishPasskey(by, c, first.register(c))
	want(t, "the same passkey again", err, fault.KindConflict)
	list := func() (all []auth.Passkey) {
		p.tx(func(ctx context.Context, tx *db.DB) (err error) {
			all, err = auth.Passkeys(ctx, tx, by)
			return err
		})
		return all
	}
	all := list()
	if len(all) != 2 || all[0].Name != "My phone" || !all[0].CreatedAt.After(all[1].CreatedAt) || !all[0].UsedAt.IsZero() {
		t.Fatalf("got %+v, want two, the newest first, neither used", all)
	}
	remove := func(by access.Actor, id string) (r auth.Raised, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			r, err = auth.RemovePasskey(ctx, tx, by, id)
			return err
		})
		return r, err
	}
	p.settle("rosa")
	rosa, _ := p.enter("rosa")
	_, err = remove(rosa, all[1].ID)
	want(t, "another's passkey", err, fault.KindNotFound)
	r, err = remove(by, all[1].ID)
	if err != nil || r.Notices[0].Change != auth.PasskeyRemoved {
		t.Fatalf("got %+v, %v, want a notice", r, err)
	}
	by = p.who(r.Token)
	_, err = remove(by, all[0].ID)
	want(t, "the last second step of staff", err, fault.KindConflict)
	gone, stays := p.askPasskey(), p.askPasskey()
	_, _, err = p.enterByPasskey(gone, first.sign(gone))
	want(t, "a passkey that was removed", err, fault.KindInvalid)
	if _, _, err = p.enterByPasskey(stays, second.sign(stays)); err != nil {
		t.Errorf("got %v for the one that stays", err)
	}
	if all = list(); len(all) != 1 || all[0].UsedAt != p.clock.Now() {
		t.Errorf("got %+v, want one, used now", all)
	}
}

func TestPasskeyNeedsANamedHost(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{"localhost": true, "north.localhost": true, "practice.example.org": true, "127.0.0.1": false, "::1": false, "": false, "host:8080": false} {
		if got := (auth.Site{Host: host}).Passkeys(); got != want {
			t.Errorf("host %q: got passkeys %v, want %v", host, got, want)
		}
	}
	p := newPlace(t)
	err := p.try(func(ctx context.Context, tx *db.DB) error {
		_, err := auth.BeginPasskeySignIn(ctx, tx, auth.Site{Host: "127.0.0.1", Origin: "http://127.0.0.1:8080"})
		return err
	})
	want(t, "a bare address", err, fault.KindConflict)
}

// What a browser sends is never an error of ours, whatever it is.
func FuzzPasskeyAnswers(f *testing.F) {
	p := newPlace(f)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	a := newAuthenticator(f, site)
	c, err := p.beginPasskey(by)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(a.register(c))
	f.Add(a.sign(p.askPasskey()))
	for _, seed := range []string{"", "{}", "[]", "null", `{"id":"AA","rawId":"AA","type":"public-key","response":{}}`, strings.Repeat("[", 200)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		_, _, err := p.enterByPasskey(auth.Challenge{ID: "never"}, response)
		if kind := kindOfFault(err); kind != fault.KindInvalid && kind != fault.KindNotFound {
			t.Errorf("sign in: got %v for %q", err, response)
		}
		_, err = p.finishPasskey(by, auth.Challenge{ID: "never"}, response)
		if kind := kindOfFault(err); kind != fault.KindInvalid && kind != fault.KindNotFound {
			t.Errorf("add: got %v for %q", err, response)
		}
	})
}
