package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/web/e2e"
	"attune/internal/web/webtest"
)

// named is the house under a name: passkeys do not work under a number.
func named(h *webtest.House) string { return strings.Replace(h.URL, "127.0.0.1", "localhost", 1) }

// welcomed invites someone who is on the staff already and returns the path of the invitation.
func welcomed(t *testing.T, h *webtest.House, s practice.Staff) string {
	t.Helper()
	var token auth.Token
	err := h.DB.InTx(h.Context(), func(tx *db.DB) (err error) {
		token, err = auth.Invite(h.Context(), tx, access.OfProgram("house"), auth.Person{ID: string(s.ID), Kind: auth.Staff, Email: s.Email})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return "/welcome/" + token.Text()
}

// shown is what an app with the secret on the page shows now.
func shown(t *testing.T, h *webtest.House, secret string) string {
	t.Helper()
	code, err := totp.GenerateCode(strings.ReplaceAll(secret, " ", ""), h.Clock.Now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSignInByPasswordAndCode(t *testing.T) {
	for _, look := range []e2e.Look{{Width: 390}, {Width: 1280, Script: true}} {
		h := webtest.New(t)
		s := h.Staff("olga", "Olga Brandt", access.Owner)
		window := open
		if look.Script { // without, axe cannot run
			window = inspected
		}
		w := window(t, named(h), look)
		w.Expect("422")
		w.Expect("Clear-Site-Data")
		w.Open(welcomed(t, h, s)).Want("Set up how you sign in")
		w.Fill("password", "birch lane").Press("Save the password").Want("easy to guess")
		w.Fill("password", webtest.Password).Press("Save the password")
		w.Fill("email", s.Email).Fill("password", webtest.Password).Press("Sign in").Want("Set up your second step")
		w.Press("Use an app")
		secret := w.Text("form code")
		w.Fill("code", shown(t, h, secret)).Press("Confirm").Want("Your recovery codes")
		w.Press("I have kept them")
		w.Open("/account").Want("10 codes left").Press("[form[action='/account/sign-ins/end'] button]").Want("You are signed out")
		w.Open("/account/email").Want("Sign in")
		h.Clock.Advance(time.Minute)
		w.Fill("email", s.Email).Fill("password", webtest.Password).Press("Sign in").Want("One more step")
		w.Fill("code", shown(t, h, secret)).Press("Go on").Want("Change your email address")
	}
}

func TestSignInByPasskey(t *testing.T) {
	h := webtest.New(t)
	s := h.Staff("olga", "Olga Brandt", access.Owner)
	w := inspected(t, named(h), e2e.Look{Width: 390, Script: true}).Passkeys()
	w.Open(welcomed(t, h, s)).Fill("name", "my phone").Press("Set up a passkey").Want("Sign in")
	w.Press("Sign in with a passkey")
	w.Open("/account").Want("my phone", "This device")
	h.Clock.Advance(11 * time.Minute)
	w.Expect("403")
	w.Open("/account/recovery").Want("confirm that it is you")
	w.Open("/account/confirm?next=/account/recovery").Press("Use a passkey").Want("Make new recovery codes?")
	w.Press("Make ten new codes").Want("Your recovery codes")
	w.Open("/account").Press("Remove my phone").Press("Remove it").Want("the last one")
	w.Expect("409")
	if found, err := practice.Colleague(h.Context(), h.DB, s.ID); err != nil || found.State != "active" {
		t.Errorf("got state %q, %v; want active", found.State, err)
	}
}

func TestClientSignsInByLink(t *testing.T) {
	h := webtest.New(t)
	c := h.Client("rosa", "Rosa Vance")
	w := inspected(t, named(h), e2e.Look{Width: 390, Script: true})
	w.Open("/sign-in").Press("Send me a link").Fill("email", c.Email).Press("Send me a link").Want("Look at your email")
	_, token, found := strings.Cut(h.Mail()[c.Email], "/enter/")
	if !found {
		t.Fatal("no link came")
	}
	token, _, _ = strings.Cut(token, "\n")
	w.Open("/enter/" + token).Press("Sign me in")
	w.Open("/account").Want("How you sign in", "This device")
	w.Press("[a[href='/account/password']]").Want("At least 15 characters")
	w.Open("/forgot").Want("Choose a new password")
}
