package auth_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

func (p *place) reset(email string) (r auth.Reset, ok bool) {
	p.t.Helper()
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		r, ok, err = p.guard.AskReset(ctx, tx, email)
		return err
	})
	return r, ok
}

func TestResetDoesNotBypassTheSecondFactor(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, secret, before := p.staff("theo")
	r, ok := p.reset(" Theo@Example.org")
	if !ok || r.ID != "theo" || r.Email != emailOf("theo") || r.Kind != auth.Staff {
		t.Fatalf("got %+v, %v, want a link for theo", r, ok)
	}
	by, err := p.open(r.Token)
	if err != nil {
		t.Fatal(err)
	}
	site := auth.Site{Host: "localhost", Origin: "http://localhost"}
	err = p.try(func(ctx context.Context, tx *db.DB) error { _, err := auth.BeginPasskey(ctx, tx, by, site); return err })
	want(t, "a passkey by a reset link", err, fault.KindNotFound)
	err = p.try(func(ctx context.Context, tx *db.DB) error { _, err := auth.BeginTOTP(ctx, tx, by, "x"); return err })
	want(t, "codes by a reset link", err, fault.KindNotFound)
	set := func() (raised auth.Raised, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			raised, err = auth.SetPassword(ctx, tx, by, hashed)
			return err
		})
		return raised, err
	}
	raised, err := set()
	if err != nil || raised.Token != (auth.Token{}) || len(raised.Notices) != 1 {
		t.Errorf("got %+v, %v, want a notice and no token", raised, err)
	}
	p.gone("a sign-in before the reset", before.Token)
	if _, err := set(); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v for a second use, want that it is over", err)
	}
	next, _ := p.enter("theo")
	if next.Stage != access.Factor {
		t.Errorf("got stage %q after a reset, want factor", next.Stage)
	}
	if _, err := p.pass(next, p.code(secret, 0)); err != nil {
		t.Errorf("got %v for the code after a reset", err)
	}
}

func TestResetLink(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	first, _ := p.reset(emailOf("rosa"))
	second, ok := p.reset(emailOf("rosa"))
	if _, err := p.open(first.Token); !ok || !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v for the earlier of two links, want that it is over", err)
	}
	p.later(auth.ResetFor - time.Second)
	if _, err := p.open(second.Token); err != nil {
		t.Errorf("got %v after 19 minutes", err)
	}
	p.later(time.Second)
	if _, err := p.open(second.Token); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v after 20 minutes, want that it is over", err)
	}
	if _, ok := p.reset(emailOf("rosa")); !ok {
		t.Errorf("got nothing for the third ask in an hour")
	}
	if _, ok := p.reset(emailOf("rosa")); ok {
		t.Errorf("got a link for the fourth ask in an hour")
	}
	if _, err := p.invite(program(), "theo", auth.Staff, emailOf("theo")); err != nil {
		t.Fatal(err)
	}
	by, err := p.open(p.link(access.TaskReset, "theo", "theo", 0, time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	_, err = p.beginPasskey(by)
	want(t, "a passkey by any reset link", err, fault.KindNotFound)
	for _, who := range []string{"nobody@example.org", emailOf("theo"), "", "\n"} { // theo has nothing set up
		if r, ok := p.reset(who); ok {
			t.Errorf("%q: got %+v, want nothing to mail", who, r)
		}
	}
	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.Disable(ctx, tx, program(), "rosa") })
	p.later(time.Hour)
	if _, ok := p.reset(emailOf("rosa")); ok {
		t.Errorf("got a link for someone disabled")
	}
}

func TestLostFactorTakesTwo(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	owner, _, _ := p.staff("olga")
	supervisor, _, _ := p.staff("sami")
	_, secret, lost := p.staff("theo")
	coordinator, _, _ := p.staff("cora")
	p.settle("rosa")
	client, _ := p.enter("rosa")
	say := func(by access.Actor, id string) error {
		return p.try(func(ctx context.Context, tx *db.DB) error { return auth.ResetFactor(ctx, tx, by, id) })
	}
	confirm := func(by access.Actor) (n auth.Notice, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			n, err = auth.ConfirmResetFactor(ctx, tx, by, "theo")
			return err
		})
		return n, err
	}
	owner, supervisor, coordinator, client = p.fresh(owner), p.fresh(supervisor), p.fresh(coordinator), p.fresh(client)
	theo := p.fresh(p.who(lost.Token))
	_, err := confirm(owner)
	want(t, "to confirm what nobody said", err, fault.KindNotFound)
	for name, c := range map[string]struct {
		by   access.Actor
		id   string
		kind fault.Kind
	}{
		"a coordinator": {coordinator, "theo", fault.KindNotFound}, "a client": {client, "theo", fault.KindNotFound},
		"about oneself": {owner, "olga", fault.KindConflict}, "about nobody": {owner, "nobody", fault.KindNotFound},
		"who has none": {owner, "rosa", fault.KindConflict}, "after a while": {access.Actor{PracticeID: house, ID: "olga", Roles: owner.Roles, SignInID: owner.SignInID, Stage: access.Full}, "theo", fault.KindStepUp},
	} {
		want(t, name+" says it", say(c.by, c.id), c.kind)
	}
	want(t, "a supervisor says it", say(supervisor, "theo"), 0)
	p.tx(func(ctx context.Context, tx *db.DB) error {
		all, err := auth.FactorResets(ctx, tx, coordinator)
		if len(all) != 1 || all[0].PersonID != "theo" || all[0].By != "sami" {
			t.Errorf("got %+v, want one that waits, about theo by sami", all)
		}
		return err
	})
	p.who(lost.Token)
	_, err = confirm(supervisor)
	want(t, "the same person confirms", err, fault.KindConflict)
	_, err = confirm(theo)
	want(t, "the person themselves confirms", err, fault.KindConflict)
	_, err = confirm(client)
	want(t, "a client confirms", err, fault.KindNotFound)
	n, err := confirm(coordinator)
	if err != nil || n.PersonID != "theo" || n.Change != auth.FactorLost {
		t.Fatalf("got %+v, %v, want a notice to theo", n, err)
	}
	p.gone("the sign-in of who lost it", lost.Token)
	next, _ := p.enter("theo")
	if next.Stage != access.Enrol {
		t.Errorf("got stage %q, want enrol", next.Stage)
	}
	_, err = p.pass(next, p.code(secret, 0))
	want(t, "the lost codes", err, fault.KindNotFound)
	p.enrol(next)
	_, err = confirm(owner)
	want(t, "to confirm it twice", err, fault.KindNotFound)
	want(t, "again", say(owner, "theo"), 0)
	p.later(24 * time.Hour)
	_, err = confirm(p.fresh(coordinator))
	want(t, "a day later", err, fault.KindNotFound)
}
