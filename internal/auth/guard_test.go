package auth_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
)

func (p *place) allow(g *auth.Guard, bucket string, limit int) error {
	return p.try(func(ctx context.Context, tx *db.DB) error { return g.Allow(ctx, tx, bucket, limit, time.Hour) })
}

func TestAllow(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for i := range 5 {
		if err := p.allow(p.guard, "replies 203.0.113.0/24", 5); err != nil {
			t.Errorf("try %d of 5: got %v", i+1, err)
		}
	}
	p.later(20 * time.Minute)
	err := p.allow(p.guard, "replies 203.0.113.0/24", 5)
	want(t, "the sixth", err, fault.KindTooMany)
	if !strings.Contains(err.Error(), "in 40 minutes") {
		t.Errorf("got %q, want it to say that 40 minutes are left", err)
	}
	want(t, "another bucket", p.allow(p.guard, "replies 198.51.100.0/24", 5), 0)
	want(t, "ten times the rate", p.allow(auth.NewGuard(10), "replies 203.0.113.0/24", 5), 0)
	p.later(40 * time.Minute)
	want(t, "an hour later", p.allow(p.guard, "replies 203.0.113.0/24", 5), 0)
}

func TestAllowCountsThoseAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	var wg sync.WaitGroup
	failures := make([]error, 30)
	for i := range failures {
		wg.Go(func() { failures[i] = p.allow(p.guard, "form", 7) })
	}
	wg.Wait()
	allowed := 0
	for _, err := range failures {
		if err == nil {
			allowed++
		} else if kindOfFault(err) != fault.KindTooMany {
			t.Errorf("got %v", err)
		}
	}
	if allowed != 7 {
		t.Errorf("got %d of 30 at once, want 7", allowed)
	}
}

func (p *place) guess(g *auth.Guard, who, password string, from auth.Device) error {
	_, err := g.CheckPassword(context.Background(), p.d, emailOf(who), password, from)
	return err
}

func TestGuessesHaveToWait(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	for i := range 5 {
		want(t, fmt.Sprintf("guess %d", i+1), p.guess(p.guard, "rosa", "wrong", laptop), fault.KindInvalid)
	}
	for _, pause := range []time.Duration{time.Minute, 2 * time.Minute, 4 * time.Minute} {
		p.later(pause - time.Second)
		want(t, "even the right one before "+pause.String(), p.guess(p.guard, "rosa", password, laptop), fault.KindTooMany)
		p.later(time.Second)
		want(t, "a guess after "+pause.String(), p.guess(p.guard, "rosa", "wrong", laptop), fault.KindInvalid)
	}
	p.later(8 * time.Minute)
	by, _ := p.enter("rosa")
	if by.ID != "rosa" {
		t.Errorf("got %q after waiting, want rosa", by.ID)
	}
	want(t, "a guess after the right one", p.guess(p.guard, "rosa", "wrong", laptop), fault.KindInvalid)
	if got := count(p.deeds(), "failed to sign in: wrong password"); got != 9 {
		t.Errorf("got %d failures in the audit log, want 9", got)
	}
}

// At most 100 guesses an hour are looked at, however many come (security.md T-29).
func TestGuessesInAnHour(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	looked := 0
	for range 360 {
		p.later(10 * time.Second)
		if err := p.guess(p.guard, "nobody", "wrong", laptop); kindOfFault(err) == fault.KindInvalid {
			looked++
		}
	}
	if looked < 5 || looked > 12 {
		t.Errorf("got %d guesses looked at in an hour, want 5 and a few", looked)
	}
}

func TestGuessesAtOnceCount(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	var wg sync.WaitGroup
	failures := make([]error, 20)
	for i := range failures {
		wg.Go(func() { failures[i] = p.guess(p.guard, "rosa", "wrong", laptop) })
	}
	wg.Wait()
	looked := 0
	for _, err := range failures {
		if kindOfFault(err) == fault.KindInvalid {
			looked++
		}
	}
	if looked != 5 {
		t.Errorf("got %d of 20 guesses at once looked at, want 5", looked)
	}
}

func TestGuessesFromOneNetwork(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for i := range 50 {
		p.tx(func(ctx context.Context, tx *db.DB) error {
			return p.guard.Enter(ctx, tx, fmt.Sprint(i), auth.Device{Address: fmt.Sprintf("203.0.113.%d", i)})
		})
	}
	want(t, "the 51st from one network", p.guess(p.guard, "rosa", "x", laptop), fault.KindTooMany)
	want(t, "from another network", p.guess(p.guard, "rosa", "x", auth.Device{Address: "198.51.100.1"}), fault.KindInvalid)
}

func TestThrottlesSurviveReopening(t *testing.T) {
	t.Parallel()
	dsn, owner := dbtest.Migrated(t)
	clock := &dbtest.Clock{}
	clock.Set(dbtest.Start)
	options := db.Options{Clock: clock, OwnerDSN: owner, Root: []byte("a root key for tests, 32 bytes..")}
	first, err := db.Open(context.Background(), dsn, options)
	if err != nil {
		t.Fatal(err)
	}
	p := &place{t: t, d: first.For(house), clock: clock, guard: auth.NewGuard(1)}
	p.tx(p.furnish)
	for range 5 {
		want(t, "a guess", p.guess(p.guard, "rosa", "wrong", laptop), fault.KindInvalid)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	p.d = dbtest.Open(t, dsn, options).For(house)
	want(t, "a guess after a restart", p.guess(auth.NewGuard(1), "rosa", "wrong", laptop), fault.KindTooMany)
}

func TestNet(t *testing.T) {
	for address, want := range map[string]string{
		"203.0.113.7": "203.0.113.0/24", "::ffff:203.0.113.7": "203.0.113.0/24", "2001:db8:1:2ff::5": "2001:db8:1:200::/56",
		"fe80::1%eth0": "fe80::/56", "": "unknown", "elsewhere": "unknown",
	} {
		if got := (auth.Device{Address: address}).Net(); got != want {
			t.Errorf("%s: got %s, want %s", address, got, want)
		}
	}
}
