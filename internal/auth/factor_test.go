package auth_test

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

func (p *place) pass(by access.Actor, code string) (auth.Raised, error) {
	return p.guard.PassFactor(context.Background(), p.d, by, code)
}

func TestEnrolFinishesSignIn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("theo")
	other, elsewhere := p.enter("theo")
	by, before := p.enter("theo")
	var shown auth.Enrolment
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		shown, err = auth.BeginTOTP(ctx, tx, by, "Alder Street")
		return err
	})
	address, err := url.Parse(shown.URL)
	if err != nil || address.Scheme != "otpauth" || address.Query().Get("secret") != shown.Secret || address.Query().Get("issuer") != "Alder Street" {
		t.Errorf("got address %q, want otpauth with secret and issuer", shown.URL)
	}
	if !strings.HasPrefix(shown.QR.Path, "M4 4h7v1h-7z") || shown.QR.Size < 29 { // the first row of a finder pattern
		t.Errorf("got a drawing of size %d that begins %.20q", shown.QR.Size, shown.QR.Path)
	}
	p.tx(func(ctx context.Context, tx *db.DB) error {
		again, err := auth.BeginTOTP(ctx, tx, by, "Alder Street")
		if again.Secret != shown.Secret {
			t.Errorf("got another secret when asked again")
		}
		pending, err2 := auth.PendingTOTP(ctx, tx, by, "Alder Street")
		if err == nil && (err2 != nil || pending.Secret != shown.Secret) {
			t.Errorf("got %v and another secret, want the one begun", err2)
		}
		return err
	})
	confirm := func(code string) (r auth.Raised, err error) {
		err = p.try(func(ctx context.Context, tx *db.DB) (err error) {
			r, err = auth.ConfirmTOTP(ctx, tx, by, code)
			return err
		})
		return r, err
	}
	_, err = confirm("000000")
	want(t, "a wrong first code", err, fault.KindInvalid)
	r, err := confirm(p.code(shown.Secret, 0))
	if err != nil {
		t.Fatal(err)
	}
	p.gone("the token before", before)
	p.gone("an unfinished sign-in elsewhere", elsewhere)
	if got := p.who(r.Token); got.Stage != access.Full || !access.Fresh(got, p.clock.Now()) {
		t.Errorf("got stage %q, want full and fresh", got.Stage)
	}
	if len(r.Codes) != 10 || len(r.Notices) != 1 || r.Notices[0].Change != auth.CodesAdded {
		t.Errorf("got %d recovery codes and notices %+v, want 10 and one", len(r.Codes), r.Notices)
	}
	_, err = confirm(p.code(shown.Secret, 30*time.Second))
	want(t, "to enrol twice", err, fault.KindNotFound)
	err = p.try(func(ctx context.Context, tx *db.DB) error {
		_, err := auth.BeginTOTP(ctx, tx, other, "Alder Street")
		return err
	})
	want(t, "to enrol from before a factor was there", err, fault.KindNotFound)
}

func TestPassFactor(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, secret, _ := p.staff("theo")
	by, before := p.enter("theo")
	if access.Of(by, access.ReadRecord) != 0 || access.Of(by, access.KeepAccount) != 0 {
		t.Errorf("got rights before the second factor")
	}
	for name, code := range map[string]string{"none": "", "two steps late": p.code(secret, -time.Minute), "two steps early": p.code(secret, time.Minute), "long": "1234567", "letters": "abcdef"} {
		_, err := p.pass(by, code)
		want(t, name, err, fault.KindInvalid)
	}
	now := p.code(secret, 0)
	r, err := p.pass(by, now[:3]+" "+now[3:])
	if err != nil {
		t.Fatal(err)
	}
	p.gone("the token before", before)
	full := p.who(r.Token)
	if full.Stage != access.Full || len(r.Notices) != 0 || r.Codes != nil {
		t.Errorf("got stage %q and %+v, want full and nothing else", full.Stage, r)
	}
	_, err = p.pass(by, p.code(secret, 30*time.Second))
	want(t, "to pass twice", err, fault.KindNotFound)
	by, _ = p.enter("theo")
	_, err = p.pass(by, p.code(secret, -30*time.Second))
	want(t, "the code before the one used", err, fault.KindInvalid)
	_, err = p.pass(by, now)
	want(t, "the code used", err, fault.KindInvalid)
	if _, err = p.pass(by, p.code(secret, 30*time.Second)); err != nil {
		t.Errorf("got %v for the next code", err)
	}
	if got := count(p.deeds(), "signed in: password and code"); got != 2 {
		t.Errorf("got %d finished sign-ins in the audit log, want 2", got)
	}
}

func TestCodeIsRightOnceAmongTwentyAtOnce(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.guard = auth.NewGuard(10) // so that all twenty are looked at
	_, secret, _ := p.staff("theo")
	const n = 20
	var actors [n]access.Actor
	for i := range 4 {
		actors[i], _ = p.enter("theo")
	}
	for i := range n {
		actors[i] = actors[i%4]
	}
	code := p.code(secret, 0)
	var wg sync.WaitGroup
	var failures [n]error
	for i := range n {
		wg.Go(func() { _, failures[i] = p.pass(actors[i], code) })
	}
	wg.Wait()
	passed := 0
	for _, err := range failures {
		switch {
		case err == nil:
			passed++
		case kindOfFault(err) != fault.KindInvalid && kindOfFault(err) != fault.KindNotFound:
			t.Errorf("got %v", err)
		}
	}
	if passed != 1 {
		t.Errorf("got %d of %d sign-ins by one code, want 1", passed, n)
	}
}

func TestTenTriesOfACode(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	_, secret, _ := p.staff("theo")
	by, _ := p.enter("theo")
	for range 10 {
		_, err := p.pass(by, "000000")
		want(t, "a wrong code", err, fault.KindInvalid)
	}
	_, err := p.pass(by, p.code(secret, 0))
	want(t, "the right code after ten wrong ones", err, fault.KindTooMany)
	p.later(time.Minute)
	if _, err := p.pass(by, p.code(secret, 0)); err != nil {
		t.Errorf("got %v a minute later", err)
	}
}

func TestRecoveryCode(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	full, _, r := p.staff("theo")
	by, _ := p.enter("theo")
	typed := strings.ToUpper(strings.ReplaceAll(strings.ReplaceAll(r.Codes[3], "-", " "), "o", "0"))
	raised, err := p.pass(by, typed)
	if err != nil {
		t.Fatal(err)
	}
	if len(raised.Notices) != 1 || raised.Notices[0].Change != auth.RecoveryCodeUsed || raised.Notices[0].Email != emailOf("theo") {
		t.Errorf("got notices %+v, want one that a recovery code was used", raised.Notices)
	}
	by, _ = p.enter("theo")
	_, err = p.pass(by, r.Codes[3])
	want(t, "a recovery code used before", err, fault.KindInvalid)
	ways := func() (w auth.Ways) {
		p.tx(func(ctx context.Context, tx *db.DB) (err error) {
			w, err = auth.WaysOf(ctx, tx, full)
			return err
		})
		return w
	}
	if w := ways(); w.RecoveryCodes != 9 || !w.TOTP || !w.Password || w.Email != emailOf("theo") {
		t.Errorf("got %+v, want 9 recovery codes left", w)
	}
	var codes []string
	p.tx(func(ctx context.Context, tx *db.DB) (err error) {
		codes, _, err = auth.NewRecoveryCodes(ctx, tx, p.fresh(full))
		return err
	})
	_, err = p.pass(by, r.Codes[4])
	want(t, "a recovery code of before", err, fault.KindInvalid)
	if _, err = p.pass(by, codes[0]); err != nil {
		t.Errorf("got %v for a new recovery code", err)
	}
	seen := map[string]bool{}
	for _, code := range codes {
		if letters := strings.ReplaceAll(code, "-", ""); len(letters) != 26 || seen[code] { // 26 letters of 5 bits
			t.Errorf("got code %q, want 26 letters, each time others", code)
		}
		seen[code] = true
	}
}

// fresh is the actor as after a fresh proof, to try what comes after it.
func (p *place) fresh(by access.Actor) access.Actor {
	by.SteppedUp = p.clock.Now()
	return by
}

func TestStepUp(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	_, before := p.enter("rosa")
	p.later(access.StepUpFor)
	step := func(by access.Actor, proof auth.Proof) (auth.Raised, error) {
		return p.guard.StepUp(context.Background(), p.d, by, proof)
	}
	client := p.who(before)
	if access.Fresh(client, p.clock.Now()) {
		t.Errorf("got a fresh proof after %s", access.StepUpFor)
	}
	_, err := step(client, auth.Proof{Password: "wrong"})
	want(t, "a wrong password", err, fault.KindInvalid)
	r, err := step(client, auth.Proof{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	p.gone("the token before", before)
	if !access.Fresh(p.who(r.Token), p.clock.Now()) {
		t.Errorf("got no fresh proof after one")
	}

	by, secret, _ := p.staff("theo")
	_, err = step(by, auth.Proof{Password: password})
	want(t, "without the code", err, fault.KindInvalid)
	_, err = step(by, auth.Proof{Code: p.code(secret, 0)})
	want(t, "without the password", err, fault.KindInvalid)
	code := p.code(secret, 0)
	if r, err = step(by, auth.Proof{Password: password, Code: code}); err != nil {
		t.Fatal(err)
	}
	_, err = step(p.who(r.Token), auth.Proof{Password: password, Code: code})
	want(t, "the code used", err, fault.KindInvalid)
	for range 4 {
		_, err = step(p.who(r.Token), auth.Proof{Password: "wrong"})
		want(t, "a wrong password", err, fault.KindInvalid)
	}
	_, err = step(p.who(r.Token), auth.Proof{Password: password, Code: p.code(secret, 30*time.Second)})
	want(t, "the sixth try", err, fault.KindTooMany)

	p.settle("sami")
	unfinished, _ := p.enter("sami")
	_, err = step(unfinished, auth.Proof{Password: password})
	want(t, "before the sign-in is finished", err, fault.KindNotFound)
	if got := count(p.deeds(), "proved who they are: password"); got != 2 {
		t.Errorf("got %d fresh proofs in the audit log, want 2", got)
	}
}

func TestRemoveTOTP(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	p.settle("rosa")
	by, _ := p.enter("rosa")
	_, r := p.enrol(by)
	by = p.who(r.Token)
	short, err := p.guard.HashPassword(context.Background(), "k2!vQz9m")
	if err != nil {
		t.Fatal(err)
	}
	remove := func(by access.Actor, h auth.Hashed) error {
		return p.try(func(ctx context.Context, tx *db.DB) error {
			_, err := auth.RemoveTOTP(ctx, tx, by, h)
			return err
		})
	}
	want(t, "with a short password for the only step", remove(by, short), fault.KindInvalid)
	want(t, "with a long one", remove(by, hashed), 0)
	if by, _ := p.enter("rosa"); by.Stage != access.Full {
		t.Errorf("got stage %q without codes, want full", by.Stage)
	}
	staff, _, _ := p.staff("theo")
	want(t, "of staff", remove(staff, hashed), fault.KindConflict)
}

func TestReplacingCodesNeedsAFreshProof(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	by, old, _ := p.staff("theo")
	begin := func(by access.Actor) error {
		return p.try(func(ctx context.Context, tx *db.DB) error {
			_, err := auth.BeginTOTP(ctx, tx, by, "Alder Street")
			return err
		})
	}
	stale := by
	stale.SteppedUp = p.clock.Now().Add(-access.StepUpFor)
	want(t, "a stale proof", begin(stale), fault.KindStepUp)
	want(t, "a fresh proof", begin(by), 0)
	unfinished, _ := p.enter("theo")
	if _, err := p.pass(unfinished, p.code(old, 0)); err != nil {
		t.Errorf("got %v for the old codes before the new ones are confirmed", err)
	}
	p.later(time.Minute)
	secret, r := p.enrol(p.fresh(by))
	if secret == old || len(r.Codes) != 0 {
		t.Errorf("got the old secret or %d new recovery codes, want neither", len(r.Codes))
	}
	p.later(time.Minute)
	unfinished, _ = p.enter("theo")
	_, err := p.pass(unfinished, p.code(old, 0))
	want(t, "the old codes", err, fault.KindInvalid)
	if _, err = p.pass(unfinished, p.code(secret, 0)); err != nil {
		t.Errorf("got %v for the new codes", err)
	}
}
