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

func (p *place) invite(by access.Actor, id string, kind auth.Kind, email string) (auth.Token, error) {
	var token auth.Token
	err := p.try(func(ctx context.Context, tx *db.DB) (err error) {
		token, err = auth.Invite(ctx, tx, by, auth.Person{ID: id, Kind: kind, Email: email})
		return err
	})
	return token, err
}

func TestInviteNeverTouchesAnother(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	_, err := p.invite(program(), "ines", auth.Client, " ROSA@example.ORG ")
	want(t, "another person's address", err, fault.KindConflict)
	_, err = p.invite(program(), "rosa", auth.Client, "new@example.org")
	want(t, "someone who has set up their sign-in", err, fault.KindConflict)
	_, err = p.invite(program(), "rosa", auth.Staff, emailOf("rosa"))
	want(t, "a client as staff", err, fault.KindConflict)
	for _, email := range []string{"", "x", "a@b@c", "Rosa <r@example.org>", "r@example.org\r\nBcc: x@example.org", "r@example.org, x@example.org"} {
		_, err = p.invite(program(), "ines", auth.Client, email)
		want(t, "address "+email, err, fault.KindInvalid)
	}
	if by, _ := p.enter("rosa"); by.ID != "rosa" {
		t.Errorf("got %q by the address and password of rosa", by.ID)
	}
}

func TestInviteAnew(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	first, err := p.invite(program(), "theo", auth.Staff, "old@example.org")
	if err != nil {
		t.Fatal(err)
	}
	second, err := p.invite(program(), "theo", auth.Staff, emailOf("theo"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.open(first); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v for the first invitation, want that it is over", err)
	}
	by, err := p.open(second)
	if err != nil {
		t.Fatal(err)
	}
	set := func() error {
		return p.try(func(ctx context.Context, tx *db.DB) error {
			_, err := auth.SetPassword(ctx, tx, by, hashed)
			return err
		})
	}
	want(t, "to follow the invitation", set(), 0)
	if err := set(); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v for following it twice, want that it is over", err)
	}
	p.enter("theo")
	late, err := p.invite(program(), "sami", auth.Staff, emailOf("sami"))
	if err != nil {
		t.Fatal(err)
	}
	p.later(auth.InviteFor)
	if _, err := p.open(late); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v after 7 days, want that it is over", err)
	}
}

func TestWhoMayInvite(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, c := range []struct {
		by   access.Role
		kind auth.Kind
		want fault.Kind
	}{
		{access.Owner, auth.Staff, 0}, {access.Owner, auth.Client, 0}, {access.Coordinator, auth.Client, 0},
		{access.Coordinator, auth.Staff, fault.KindNotFound}, {access.Therapist, auth.Client, fault.KindNotFound},
		{access.Client, auth.Client, fault.KindNotFound}, {access.Visitor, auth.Client, fault.KindNotFound},
	} {
		by := access.Actor{PracticeID: house, ID: "x", Roles: []access.Role{c.by}, Stage: access.Full}
		id := map[auth.Kind]string{auth.Staff: "theo", auth.Client: "ines"}[c.kind]
		_, err := p.invite(by, id, c.kind, emailOf(id))
		want(t, string(c.by)+" invites "+string(c.kind), err, c.want)
		by.PracticeID = "south"
		_, err = p.invite(by, id, c.kind, emailOf(id))
		want(t, string(c.by)+" of another practice", err, fault.KindNotFound)
	}
}

func TestFirstOwner(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	first := func() (token auth.Token, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			token, err = auth.FirstOwner(ctx, tx, "olga", emailOf("olga"))
			return err
		})
		return token, err
	}
	late, err := first()
	if err != nil {
		t.Fatal(err)
	}
	p.later(time.Hour)
	if _, err := p.open(late); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v after an hour, want that it is over", err)
	}
	token, err := first()
	if err != nil {
		t.Fatal(err)
	}
	by, err := p.open(token)
	if err != nil {
		t.Fatal(err)
	}
	p.tx(func(ctx context.Context, tx *db.DB) error {
		_, err := auth.SetPassword(ctx, tx, by, hashed)
		return err
	})
	_, err = first()
	want(t, "a second first owner", err, fault.KindConflict)
}

func TestDisableAndEnable(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	owner, _, _ := p.staff("olga")
	_, secret, r := p.staff("theo")
	unfinished, factor := p.enter("theo")
	state := func(by access.Actor, id string, do func(context.Context, *db.DB, access.Actor, string) error) error {
		return p.try(func(ctx context.Context, tx *db.DB) error { return do(ctx, tx, by, id) })
	}
	want(t, "disabling oneself", state(owner, "olga", auth.Disable), fault.KindConflict)
	want(t, "a therapist disables", state(p.who(r.Token), "sami", auth.Disable), fault.KindNotFound)
	want(t, "the owner disables", state(owner, "theo", auth.Disable), 0)
	p.gone("the sign-in of someone disabled", r.Token)
	p.gone("their unfinished sign-in", factor)
	_, err := p.pass(unfinished, p.code(secret, 0))
	want(t, "finishing it", err, fault.KindNotFound)
	want(t, "their password", p.guess(p.guard, "theo", password, laptop), fault.KindInvalid)
	_, err = p.invite(owner, "theo", auth.Staff, emailOf("theo"))
	want(t, "inviting them", err, fault.KindConflict)
	want(t, "the owner enables", state(owner, "theo", auth.Enable), 0)
	p.gone("a sign-in of before", r.Token)
	if by, _ := p.enter("theo"); by.Stage != access.Factor {
		t.Errorf("got stage %q, want factor", by.Stage)
	}
	want(t, "someone without a login", state(owner, "ines", auth.Disable), 0)
}

func TestChangeEmail(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	p.settle("ines")
	by, _ := p.enter("rosa")
	ask := func(by access.Actor, email string) (c auth.EmailChange, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			c, err = auth.ChangeEmail(ctx, tx, by, email)
			return err
		})
		return c, err
	}
	confirm := func(by access.Actor, token string) (n auth.Notice, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			n, err = auth.ConfirmEmail(ctx, tx, by, token)
			return err
		})
		return n, err
	}
	stale := by
	stale.SteppedUp = p.clock.Now().Add(-access.StepUpFor)
	_, err := ask(stale, "rv@example.org")
	want(t, "a stale proof", err, fault.KindStepUp)
	_, err = ask(by, "nobody")
	want(t, "no address", err, fault.KindInvalid)
	taken, err := ask(by, emailOf("ines"))
	if err != nil || taken.Free {
		t.Errorf("got %+v, %v for another's address, want that it is not free and no fault", taken, err)
	}
	_, err = confirm(by, taken.Token.Text())
	want(t, "another's address", err, fault.KindNotFound)
	c, err := ask(by, "rv@example.org")
	if err != nil || !c.Free || c.Old.Email != emailOf("rosa") {
		t.Fatalf("got %+v, %v, want a free address and a notice to the old one", c, err)
	}
	other, _ := p.enter("ines")
	_, err = confirm(other, c.Token.Text())
	want(t, "by someone else", err, fault.KindNotFound)
	_, err = confirm(by, taken.Token.Text())
	want(t, "an earlier token", err, fault.KindNotFound)
	n, err := confirm(by, c.Token.Text())
	if err != nil || n.Email != emailOf("rosa") || n.Change != auth.EmailChanged {
		t.Fatalf("got %+v, %v, want a notice to the old address", n, err)
	}
	_, err = confirm(by, c.Token.Text())
	want(t, "twice", err, fault.KindNotFound)
	p.tx(func(ctx context.Context, tx *db.DB) error {
		email, err := auth.EmailOf(ctx, tx, "rosa")
		if email != "rv@example.org" {
			t.Errorf("got address %q, want the new one", email)
		}
		return err
	})
	want(t, "the old address", p.guess(p.guard, "rosa", password, laptop), fault.KindInvalid)
	_, err = auth.EmailOf(context.Background(), p.d, "nobody")
	want(t, "the address of nobody", err, fault.KindNotFound)
}
