package auth_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

func TestHashPassword(t *testing.T) {
	t.Parallel()
	words := []string{"Alder Street Relational Therapy", "Theo Marsh"}
	for _, c := range []struct {
		name, password string
		kind           fault.Kind
	}{
		{"7 characters", "k2!vQz9", fault.KindInvalid},
		{"8 characters", "k2!vQz9m", 0},
		{"blank at the start", " k2!vQz9m", 0},
		{"64 characters", strings.Repeat("quiet lamp river ", 4)[:64], 0},
		{"128 characters", strings.Repeat("a lamp under rivers ", 7)[:128], 0},
		{"129 characters", strings.Repeat("a lamp under rivers ", 7)[:129], fault.KindInvalid},
		{"128 letters of several bytes", strings.Repeat("ü🌊oß", 32), fault.KindInvalid}, // one unit over and over
		{"several bytes each", "grüße🌊an📯Ödland🗝", 0},
		{"not text", "abc\xff\xfedefghijk", fault.KindInvalid},
		{"common", "password1", fault.KindInvalid},
		{"common, long", "1q2w3e4r5t6y7u8i9o0p", fault.KindInvalid},
		{"common, in capitals", "PassWord1", fault.KindInvalid},
		{"common with digits after it", "dragon2024!", fault.KindInvalid},
		{"one letter", "zzzzzzzzzzzzzzzz", fault.KindInvalid},
		{"a pair", "xQxQxQxQxQxQ", fault.KindInvalid},
		{"in order", "23456789:;<=", fault.KindInvalid},
		{"backwards", "hgfedcba", fault.KindInvalid},
		{"product", "attune-2026", fault.KindInvalid},
		{"practice", "AlderStreet#77", fault.KindInvalid},
		{"therapist", "theo.marsh.77", fault.KindInvalid},
		{"practice and enough else", "alder trees hum at midnight", 0},
	} {
		_, err := auth.NewGuard(1).HashPassword(context.Background(), c.password, words...)
		if got := kindOfFault(err); got != c.kind || err != nil && got == 0 {
			t.Errorf("%s: got %v, want %v", c.name, err, c.kind)
		}
	}
}

func TestPasswordIsComparedAfterNFC(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	composed, decomposed := "caf\u00e9 by seven rivers", "cafe\u0301 by seven rivers"
	h, err := p.guard.HashPassword(context.Background(), composed)
	if err != nil {
		t.Fatal(err)
	}
	p.settle("rosa")
	by, _ := p.enter("rosa")
	p.tx(func(ctx context.Context, tx *db.DB) error {
		_, err := auth.SetPassword(ctx, tx, by, h)
		return err
	})
	_, err = p.guard.CheckPassword(context.Background(), p.d, emailOf("rosa"), decomposed, laptop)
	want(t, "the same letters written otherwise", err, 0)
	_, err = p.guard.CheckPassword(context.Background(), p.d, emailOf("rosa"), strings.ToUpper(composed), laptop)
	want(t, "other letters", err, fault.KindInvalid)
}

func TestPasswordAloneIsLonger(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	short, err := p.guard.HashPassword(context.Background(), "k2!vQz9m")
	if err != nil {
		t.Fatal(err)
	}
	change := func(by access.Actor) error {
		return p.try(func(ctx context.Context, tx *db.DB) error {
			_, err := auth.SetPassword(ctx, tx, by, short)
			return err
		})
	}
	p.settle("rosa")
	client, _ := p.enter("rosa")
	want(t, "8 characters as the only step", change(client), fault.KindInvalid)
	_, r := p.enrol(client)
	want(t, "8 characters beside codes", change(p.who(r.Token)), 0)
	by, _, _ := p.staff("theo")
	want(t, "8 characters of staff", change(by), 0)
	for id, least := range map[string]int{"rosa": 8, "theo": 8, "ines": 15} {
		p.tx(func(ctx context.Context, tx *db.DB) error {
			n, err := auth.MinLength(ctx, tx, id)
			if n != least {
				t.Errorf("%s: got at least %d characters, want %d", id, n, least)
			}
			return err
		})
	}
}

func TestUnknownAndKnownAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	p.settle("ines")
	p.tx(func(ctx context.Context, tx *db.DB) error { return auth.Disable(ctx, tx, program(), "ines") })
	p.tx(func(ctx context.Context, tx *db.DB) error { // invited, and has no password
		_, err := auth.Invite(ctx, tx, program(), auth.Person{ID: "theo", Kind: auth.Staff, Email: emailOf("theo")})
		return err
	})
	answers := map[string][]string{}
	for _, c := range []struct{ who, password string }{
		{"rosa", "not her password"}, {"nobody", "not her password"}, {"theo", "not her password"}, {"theo", ""}, {"ines", password},
		{"\x00", "x"}, {strings.Repeat("x", 9000), "x"},
	} {
		// a guard of its own makes no difference: what was tried is in the database
		for range 7 {
			_, err := auth.NewGuard(1).CheckPassword(context.Background(), p.d, emailOf(c.who), c.password, laptop)
			answers[c.who+c.password] = append(answers[c.who+c.password], err.Error())
		}
		if c.who == "theo" {
			p.later(2 * time.Hour)
		}
	}
	model := strings.Join(answers["nobodynot her password"], "\n")
	for who, got := range answers {
		if strings.Join(got, "\n") != model {
			t.Errorf("%.20q: got answers\n%s\nwant those of an unknown address:\n%s", who, strings.Join(got, "\n"), model)
		}
	}
}

func TestCheckedHoldsAsLongAsThePassword(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	checked, err := p.guard.CheckPassword(context.Background(), p.d, emailOf("rosa"), password, laptop)
	if err != nil {
		t.Fatal(err)
	}
	other, err := p.guard.HashPassword(context.Background(), "another lamp under the river")
	if err != nil {
		t.Fatal(err)
	}
	p.tx(func(ctx context.Context, tx *db.DB) error {
		_, err := auth.SetPassword(ctx, tx, by, other)
		return err
	})
	err = p.try(func(ctx context.Context, tx *db.DB) error {
		_, _, err := auth.Begin(ctx, tx, checked, laptop)
		return err
	})
	want(t, "a sign-in by a password that was changed meanwhile", err, fault.KindInvalid)
	err = p.try(func(ctx context.Context, tx *db.DB) error {
		_, _, err := auth.Begin(ctx, tx, auth.Checked{}, laptop)
		return err
	})
	want(t, "a sign-in by no check at all", err, fault.KindInvalid)
}

func TestChangingThePasswordEndsOtherSignIns(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	_, elsewhere := p.enter("rosa")
	by, here := p.enter("rosa")
	var r auth.Raised
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		r, err = auth.SetPassword(ctx, tx, by, hashed)
		return err
	})
	p.gone("on another device", elsewhere)
	p.gone("under the token until now", here)
	p.who(r.Token)
	if len(r.Notices) != 1 || r.Notices[0].Email != emailOf("rosa") || r.Notices[0].Change != auth.PasswordChanged {
		t.Errorf("got notices %+v, want one about the password", r.Notices)
	}
	p.later(access.StepUpFor)
	stale := p.who(r.Token)
	err := p.try(func(ctx context.Context, tx *db.DB) error {
		_, err := auth.SetPassword(ctx, tx, stale, hashed)
		return err
	})
	want(t, "to change it without a fresh proof", err, fault.KindStepUp)
}

func TestWeakerHashIsRenewed(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	weak, err := argon2id.CreateHash(password, &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	kept := func() (hash string) {
		p.tx(func(ctx context.Context, tx *db.DB) error {
			return tx.Row(ctx, `SELECT password FROM login WHERE practice_id = $1 AND person_id = 'rosa'`, house).Scan(&hash)
		})
		return hash
	}
	if got := kept(); !strings.HasPrefix(got, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("got hash %q, want argon2id with 64 MiB, 3 passes, 1 thread", got)
	}
	p.tx(func(ctx context.Context, tx *db.DB) error {
		_, err := tx.Exec(ctx, `UPDATE login SET password = $2 WHERE practice_id = $1 AND person_id = 'rosa'`, house, weak)
		return err
	})
	p.enter("rosa")
	if got := kept(); !strings.HasPrefix(got, "$argon2id$v=19$m=65536,t=3,p=1$") {
		t.Errorf("got hash %q after signing in, want one of today's strength", got)
	}
	p.enter("rosa")
}

func TestHashingWaitsItsTurn(t *testing.T) {
	t.Parallel()
	guard := auth.NewGuard(1)
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	var wg sync.WaitGroup
	failures := make([]error, 12)
	for i := range failures {
		wg.Go(func() { _, failures[i] = guard.HashPassword(ctx, password) })
	}
	wg.Wait()
	late := 0
	for _, err := range failures {
		if errors.Is(err, context.DeadlineExceeded) {
			late++
		}
	}
	if late < 10 {
		t.Errorf("got %d of 12 hashes given up while two were made, want at least 10", late)
	}
}

func TestPasswordIsNotInTheFile(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	_, token := p.enter("rosa")
	for _, query := range []string{
		`SELECT email FROM login WHERE practice_id = $1`, `SELECT email_index FROM login WHERE practice_id = $1`,
		`SELECT device FROM sign_in WHERE practice_id = $1`, `SELECT token_hash FROM sign_in WHERE practice_id = $1`,
		`SELECT token_hash FROM link WHERE practice_id = $1`,
	} {
		var kept []byte
		p.tx(func(ctx context.Context, tx *db.DB) error { return tx.Row(ctx, query, house).Scan(&kept) })
		for _, secret := range []string{"rosa", "Mozilla", token.Text(), password} {
			if bytes.Contains(kept, []byte(secret)) {
				t.Errorf("%s: found %q", query, secret)
			}
		}
	}
	buckets := ""
	p.tx(func(ctx context.Context, tx *db.DB) error {
		return tx.Each(ctx, `SELECT bucket FROM throttle WHERE practice_id = $1`, []any{house}, func(scan func(...any) error) error {
			var b string
			err := scan(&b)
			buckets += b + " "
			return err
		})
	})
	if strings.Contains(buckets, "203.0.113") {
		t.Errorf("found an address in the buckets %q", buckets)
	}
}
