package auth_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

// linkFor is a link to sign in, as it is made when a letter leaves.
func (p *place) linkFor(id string) access.Actor {
	p.t.Helper()
	var by access.Actor
	p.tx(func(ctx context.Context, tx *db.DB) error {
		token, err := auth.NewLink(ctx, tx, access.TaskSignIn, id, id, time.Time{}, tx.Now().Add(auth.EnterFor))
		if err != nil {
			return err
		}
		by, err = auth.OpenLink(ctx, tx, token.Text())
		return err
	})
	return by
}

// enterByLink tries to sign in by a link.
func (p *place) enterByLink(by access.Actor) (token auth.Token, s auth.SignIn, err error) {
	err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
		token, s, err = auth.EnterByLink(ctx, tx, by, laptop)
		return err
	})
	return token, s, err
}

func (p *place) inviteOnly(id string) {
	p.t.Helper()
	p.tx(func(ctx context.Context, tx *db.DB) error {
		_, err := auth.Invite(ctx, tx, program(), auth.Person{ID: id, Kind: kindOf(id), Email: emailOf(id)})
		return err
	})
}

func TestEnterByLink(t *testing.T) {
	p := newPlace(t)
	p.inviteOnly("rosa")
	by := p.linkFor("rosa")
	token, s, err := p.enterByLink(by)
	if err != nil || s.Stage != access.Full || s.Method != "link" {
		t.Fatalf("got stage %q, method %q, %v; want full, link", s.Stage, s.Method, err)
	}
	if me := p.who(token); !access.Fresh(me, p.clock.Now()) || !me.Is(access.Client) {
		t.Errorf("got %+v, want a client whose proof is fresh", me)
	}
	_, _, err = p.enterByLink(by)
	want(t, "the same link again", err, fault.KindNotFound)

	wrong := p.linkFor("rosa")
	wrong.Link.Task = access.TaskReset
	_, _, err = p.enterByLink(wrong)
	want(t, "a link for another task", err, fault.KindNotFound)

	p.settle("theo")
	_, _, err = p.enterByLink(p.linkFor("theo"))
	want(t, "someone on the staff", err, fault.KindNotFound)

	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.Disable(ctx, tx, program(), "rosa") })
	_, _, err = p.enterByLink(p.linkFor("rosa"))
	want(t, "someone who may not sign in", err, fault.KindNotFound)
}

func TestEnterByLinkIsNoProofForWhoHasAPassword(t *testing.T) {
	p := newPlace(t)
	p.settle("rosa")
	token, s, err := p.enterByLink(p.linkFor("rosa"))
	if err != nil || s.Stage != access.Full {
		t.Fatalf("got stage %q, %v; want full", s.Stage, err)
	}
	if access.Fresh(p.who(token), p.clock.Now()) {
		t.Error("the proof is fresh, want it not to be: a password was set")
	}
}

func TestAskSignIn(t *testing.T) {
	p := newPlace(t)
	p.inviteOnly("rosa")
	p.settle("theo")
	ask := func(email string) bool {
		var ok bool
		p.tx(func(ctx context.Context, tx *db.DB) (err error) {
			_, ok, err = p.guard.AskSignIn(ctx, tx, email)
			return err
		})
		return ok
	}
	if ask("nobody@example.org") || ask(emailOf("theo")) {
		t.Error("asked for nobody and for staff: got a link, want none")
	}
	earlier := p.linkFor("rosa")
	for n, want := range []bool{true, true, true, false} {
		if got := ask(emailOf("rosa")); got != want {
			t.Errorf("asked the %dth time: got %v, want %v", n+1, got, want)
		}
	}
	_, _, err := p.enterByLink(earlier)
	want(t, "a link sent before", err, fault.KindNotFound)
	p.later(time.Hour)
	if !ask(" Rosa@Example.org ") {
		t.Error("an hour later, written differently: got none, want a link")
	}
}

func TestUnfamiliar(t *testing.T) {
	p := newPlace(t)
	p.settle("rosa")
	unfamiliar := func(agent string) bool {
		checked, err := p.guard.CheckPassword(context.Background(), p.d, emailOf("rosa"), password, laptop)
		if err != nil {
			t.Fatal(err)
		}
		var is bool
		p.tx(func(ctx context.Context, tx *db.DB) error {
			_, s, err := auth.Begin(ctx, tx, checked, auth.Device{Agent: agent, Address: laptop.Address})
			if err != nil {
				return err
			}
			is, err = auth.Unfamiliar(ctx, tx, s)
			return err
		})
		return is
	}
	for _, c := range []struct {
		agent string
		want  bool
	}{
		{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", false}, // the first of all
		{"Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0", false}, // the same, newer
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0", true},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:141.0) Gecko/20100101 Firefox/141.0", false},
	} {
		if got := unfamiliar(c.agent); got != c.want {
			t.Errorf("%s: got %v, want %v", c.agent, got, c.want)
		}
	}
}

func TestDeviceWords(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15":         "Safari on Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/137.0 Mobile Safari/604": "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Mobile Safari/537.36":                  "Chrome on Android",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0 Safari/537.36 Edg/137.0":         "Edge on Windows",
		"": "A browser on an unknown device",
	} {
		if got := auth.DeviceWords(agent); got != want {
			t.Errorf("%q: got %q, want %q", agent, got, want)
		}
	}
}
