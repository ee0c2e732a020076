package auth_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

func (p *place) link(task access.Task, person, subject string, opens, expires time.Duration) auth.Token {
	p.t.Helper()
	var token auth.Token
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		var at time.Time
		if opens != 0 {
			at = tx.Now().Add(opens)
		}
		token, err = auth.NewLink(ctx, tx, task, person, subject, at, tx.Now().Add(expires))
		return err
	})
	return token
}

func (p *place) open(token auth.Token) (access.Actor, error) {
	return auth.OpenLink(context.Background(), p.d, token.Text())
}

func TestOpenLinkTellsWho(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("sami")
	for _, c := range []struct {
		task   access.Task
		person string
		roles  []access.Role
		rights []access.Right
	}{
		{access.TaskOffer, "inquiry-key", []access.Role{access.Visitor}, []access.Right{access.TakeOffer}},
		{access.TaskCheckIn, "rosa", []access.Role{access.Client}, []access.Right{access.AnswerCheckIn, access.SayRupture}},
		{access.TaskAppointment, "rosa", []access.Role{access.Client}, []access.Right{access.WriteTimes}},
		{access.TaskReset, "sami", []access.Role{access.Supervisor, access.Therapist}, []access.Right{access.SignIn}},
	} {
		token := p.link(c.task, c.person, "about", 0, time.Hour)
		for range 3 { // a scanner opens it first
			by, err := p.open(token)
			if err != nil {
				t.Fatalf("%s: %v", c.task, err)
			}
			if by.ID != c.person || by.PracticeID != house || !slices.Equal(by.Roles, c.roles) || by.Link == nil || by.Link.Task != c.task || by.Link.Subject != "about" {
				t.Errorf("%s: got %+v, want %s as %v", c.task, by, c.person, c.roles)
			}
			for _, right := range c.rights {
				if access.Of(by, right) != access.Self {
					t.Errorf("%s: got no right to %s", c.task, right)
				}
			}
			if access.Of(by, access.ReadRecord) != 0 || access.Of(by, access.KeepAccount) != 0 {
				t.Errorf("%s: got a right that the link is not for", c.task)
			}
		}
	}
	deeds := p.deeds()
	p.open(p.link(access.TaskCheckIn, "rosa", "s", 0, time.Hour))
	if got := p.deeds(); len(got) != len(deeds) {
		t.Errorf("opening wrote %v", got[len(deeds):])
	}
}

func TestLinkIsOpenBetweenTwoMoments(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	token := p.link(access.TaskCheckIn, "rosa", "s1", time.Hour, 3*time.Hour)
	for _, c := range []struct {
		after time.Duration
		want  error
	}{{0, auth.ErrNotYet}, {time.Hour - time.Microsecond, auth.ErrNotYet}, {time.Microsecond, nil}, {2*time.Hour - time.Microsecond, nil}, {time.Microsecond, auth.ErrOver}} {
		p.later(c.after)
		if _, err := p.open(token); !errors.Is(err, c.want) {
			t.Errorf("at %s: got %v, want %v", p.clock.Now(), err, c.want)
		}
	}
	want(t, "a link that is over", auth.ErrOver, fault.KindNotFound)
	want(t, "a link that opens later", auth.ErrNotYet, fault.KindNotFound)
}

func TestLinkIsUsedOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	token := p.link(access.TaskCheckIn, "rosa", "s1", 0, time.Hour)
	by, err := p.open(token)
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	var wg sync.WaitGroup
	failures := make([]error, n)
	for i := range n {
		wg.Go(func() {
			failures[i] = p.try(func(ctx context.Context, tx *db.DB) error { return auth.UseUp(ctx, tx, by.Link.ID) })
		})
	}
	wg.Wait()
	used := 0
	for _, err := range failures {
		if err == nil {
			used++
		} else if !errors.Is(err, auth.ErrOver) {
			t.Errorf("got %v, want that it is over", err)
		}
	}
	if used != 1 {
		t.Errorf("got %d uses of one link by %d at once, want 1", used, n)
	}
	if _, err := p.open(token); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v for a used link, want that it is over", err)
	}
}

func TestRevoke(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	gone := p.link(access.TaskAppointment, "rosa", "a1", 0, time.Hour)
	stays := []auth.Token{p.link(access.TaskAppointment, "rosa", "a2", 0, time.Hour), p.link(access.TaskCheckIn, "rosa", "a1", 0, time.Hour)}
	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.Revoke(ctx, tx, access.TaskAppointment, "a1") })
	if _, err := p.open(gone); !errors.Is(err, auth.ErrOver) {
		t.Errorf("got %v for a revoked link, want that it is over", err)
	}
	for _, token := range stays {
		if _, err := p.open(token); err != nil {
			t.Errorf("got %v for another link, want none", err)
		}
	}
	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.Disable(ctx, tx, program(), "rosa") })
	for _, token := range stays {
		if _, err := p.open(token); !errors.Is(err, auth.ErrOver) {
			t.Errorf("got %v for a link of someone disabled, want that it is over", err)
		}
	}
}

func TestLinkInAnotherPractice(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	token := p.link(access.TaskCheckIn, "rosa", "s1", 0, time.Hour)
	_, err := auth.OpenLink(context.Background(), p.d.ForAll().For("south"), token.Text())
	want(t, "a link shown to another practice", err, fault.KindNotFound)
	for _, forged := range []string{"", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		_, err := auth.OpenLink(context.Background(), p.d, forged)
		want(t, "a link that was never made", err, fault.KindNotFound)
	}
}
