package auth_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

func TestPasswordBringsTo(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, _, _ = p.staff("sami")
	p.settle("ines")
	by, _ := p.enter("ines")
	p.enrol(by)
	for _, c := range []struct {
		id    string
		stage access.Stage
		roles string
	}{
		{"rosa", access.Full, "client"},
		{"ines", access.Factor, "client"}, // a client who set up codes
		{"theo", access.Enrol, "therapist"},
		{"sami", access.Factor, "supervisor therapist"},
	} {
		if c.id == "rosa" || c.id == "theo" {
			p.settle(c.id)
		}
		by, _ := p.enter(c.id)
		var roles []string
		for _, r := range by.Roles {
			roles = append(roles, string(r))
		}
		if by.ID != c.id || by.Stage != c.stage || strings.Join(roles, " ") != c.roles || by.PracticeID != house {
			t.Errorf("got %+v, want %s at stage %q as %q", by, c.id, c.stage, c.roles)
		}
		if by.Duty != (c.id == "sami") {
			t.Errorf("%s: got duty %v", c.id, by.Duty)
		}
		if fresh := access.Fresh(by, p.clock.Now()); fresh != (c.stage == access.Full) {
			t.Errorf("%s: got a fresh proof %v at stage %q", c.id, fresh, c.stage)
		}
	}
}

func TestWhoEnds(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	olga := program()
	for _, c := range []struct {
		name string
		do   func(by access.Actor) error
	}{
		{"signed out", func(by access.Actor) error {
			return p.try(func(ctx context.Context, tx *db.DB) error { return auth.End(ctx, tx, by) })
		}},
		{"ended from another device", func(by access.Actor) error {
			return p.try(func(ctx context.Context, tx *db.DB) error { return auth.EndOne(ctx, tx, by, by.SignInID) })
		}},
		{"ended everywhere", func(by access.Actor) error {
			return p.try(func(ctx context.Context, tx *db.DB) error { return auth.EndAll(ctx, tx, by, by.ID) })
		}},
		{"15 minutes idle", func(access.Actor) error { p.later(15 * time.Minute); return nil }},
		{"disabled", func(by access.Actor) error {
			return p.try(func(ctx context.Context, tx *db.DB) error { return auth.Disable(ctx, tx, olga, by.ID) })
		}},
	} {
		by, token := p.enter("rosa")
		if err := c.do(by); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		p.gone(c.name, token)
	}
}

func TestWhoLastsADayAtMost(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		id    string
		limit time.Duration
	}{{"rosa", auth.ClientDay}, {"theo", auth.StaffDay}} {
		p := newPlace(t)
		p.settle(c.id)
		_, token := p.enter(c.id)
		began := p.clock.Now()
		for p.clock.Now().Sub(began)+14*time.Minute < c.limit {
			p.later(14 * time.Minute)
			p.who(token)
		}
		p.clock.Set(began.Add(c.limit - time.Second))
		p.who(token)
		p.later(time.Second)
		p.gone(c.id+" after a day", token)
	}
}

func TestWhoReadsRolesEachTime(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	by, _, r := p.staff("sami")
	if !by.Is(access.Supervisor) {
		t.Fatalf("got roles %v, want supervisor among them", by.Roles)
	}
	set := func(column, value string) {
		p.tx(func(ctx context.Context, tx *db.DB) error {
			_, err := tx.Exec(ctx, `UPDATE staff SET `+column+` = $2 WHERE practice_id = $1 AND id = 'sami'`, house, value)
			return err
		})
	}
	set("roles", "therapist")
	if by := p.who(r.Token); by.Is(access.Supervisor) || !by.Is(access.Therapist) {
		t.Errorf("got roles %v after a change, want therapist only", by.Roles)
	}
	set("state", "disabled")
	p.gone("after the staff row was disabled", r.Token)
}

func TestWhoInAnotherPractice(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	_, token := p.enter("rosa")
	_, _, err := auth.Who(context.Background(), p.d.ForAll().For("south"), token.Text())
	want(t, "a token shown to another practice", err, fault.KindNotFound)
}

func TestTokensAreNeverTaken(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	seen := map[string]bool{}
	for range 2 {
		_, token := p.enter("rosa")
		if seen[token.Text()] {
			t.Errorf("got the same token for two sign-ins")
		}
		seen[token.Text()] = true
	}
	for _, forged := range []string{"", "x", strings.Repeat("A", 43), strings.Repeat("A", 42) + "B", "sign-in"} {
		_, _, err := auth.Who(context.Background(), p.d, forged)
		want(t, "token "+forged, err, fault.KindNotFound)
	}
}

func TestSignInsAreOnesOwn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	p.settle("ines")
	first, _ := p.enter("rosa")
	p.later(time.Minute)
	second, _ := p.enter("rosa")
	other, _ := p.enter("ines")
	var all []auth.SignIn
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		all, err = auth.SignIns(ctx, tx, second)
		return err
	})
	if len(all) != 2 || all[0].ID != second.SignInID || !all[0].Current || all[1].ID != first.SignInID || all[1].Current {
		t.Errorf("got %+v, want the second (current) and the first sign-in", all)
	}
	if all[0].Device != laptop.Agent || all[0].Method != "password" {
		t.Errorf("got device %q by %q, want %q by password", all[0].Device, all[0].Method, laptop.Agent)
	}
	err := p.try(func(ctx context.Context, tx *db.DB) error { return auth.EndOne(ctx, tx, other, first.SignInID) })
	want(t, "to end another's sign-in", err, fault.KindNotFound)
	err = p.try(func(ctx context.Context, tx *db.DB) error { return auth.EndAll(ctx, tx, other, "rosa") })
	want(t, "to end all of another's sign-ins", err, fault.KindNotFound)
	owner, _, _ := p.staff("olga")
	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.EndAll(ctx, tx, owner, "rosa") })
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		all, err = auth.SignIns(ctx, tx, second)
		return err
	})
	if len(all) != 0 {
		t.Errorf("got %d sign-ins after the owner ended them, want none", len(all))
	}
}

func TestAgentIsCut(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	checked, err := p.guard.CheckPassword(context.Background(), p.d, emailOf("rosa"), password, laptop)
	if err != nil {
		t.Fatal(err)
	}
	p.tx(func(ctx context.Context, tx *db.DB) error {
		_, s, err := auth.Begin(ctx, tx, checked, auth.Device{Agent: "a\r\nb\x00\xff" + strings.Repeat("c", 900)})
		if !strings.HasPrefix(s.Device, "abccc") || len(s.Device) != 200 {
			t.Errorf("got device %q of %d letters, want 200 printable ones", s.Device, len(s.Device))
		}
		return err
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	p.enter("rosa")
	p.later(200 * 24 * time.Hour)
	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.Sweep(ctx, tx) })
	for _, table := range []string{"throttle", "passkey_challenge", "sign_in", "link"} {
		n := -1
		p.tx(func(ctx context.Context, tx *db.DB) error {
			return tx.Row(ctx, `SELECT COUNT(*) FROM `+table+` WHERE practice_id = $1`, house).Scan(&n)
		})
		if n != 0 {
			t.Errorf("got %d rows of %s after 200 days, want none", n, table)
		}
	}
}

func TestCookieName(t *testing.T) {
	if got := auth.CookieName(true); !strings.HasPrefix(got, "__Host-") {
		t.Errorf("got %q over TLS, want the prefix __Host-", got)
	}
	if got := auth.CookieName(false); strings.HasPrefix(got, "__") {
		t.Errorf("got %q without TLS, want no prefix", got)
	}
}
