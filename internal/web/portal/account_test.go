package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

// confirms proves anew who a member is, and is led on to next.
func confirms(h *webtest.House, b *webtest.Browser, m *webtest.Member, next string) *webtest.Page {
	p := b.Get("/account/confirm?next=" + url.QueryEscape(next))
	return b.Send(p, "/account/confirm", "password", webtest.Password, "code", h.Code(m))
}

func TestFreshProof(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("tess", "Tess Adeyemi", access.Therapist)
	h.Clock.Advance(11 * time.Minute)
	guarded := []string{"/account/password", "/account/email", "/account/codes", "/account/passkeys/new", "/account/recovery"}
	for _, path := range guarded {
		p := b.Get(path)
		wantStatus(t, path+" without a fresh proof", p, http.StatusForbidden)
		if p.Header.Get("Location") != "/account/confirm?next="+url.QueryEscape(path) {
			t.Errorf("%s: got way out %q", path, p.Header.Get("Location"))
		}
	}
	wantStatus(t, "sending the form all the same", b.Post("/account/password", url.Values{"password": {"seven slow boats at dawn"}}), http.StatusForbidden)
	p := b.Get("/account/confirm")
	wantStatus(t, "a wrong password", b.Send(p, "/account/confirm", "password", wrongPassword, "code", h.Code(m)), http.StatusUnprocessableEntity)
	wantStatus(t, "without a code", b.Send(p, "/account/confirm", "password", webtest.Password), http.StatusUnprocessableEntity)
	if p := confirms(h, b, m, "/account/email"); p.Path != "/account/email" {
		t.Errorf("led to %s, want where they were going", p.Path)
	}
	for _, path := range guarded {
		wantStatus(t, path, b.Get(path), http.StatusOK)
	}
}

func TestChangePassword(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("tess", "Tess Adeyemi", access.Therapist)
	other := h.Enter(m)
	p := b.Get("/account/password")
	wantStatus(t, "the practice's name", b.Send(p, "/account/password", "password", "Birch Lane"), http.StatusUnprocessableEntity)
	if p = b.Send(p, "/account/password", "password", "seven slow boats at dawn"); p.Path != "/account?said=password" {
		t.Errorf("led to %s: %s", p.Path, p.Words("main"))
	}
	wantStatus(t, "here", b.Get("/account"), http.StatusOK)
	if p := other.Get("/account"); !strings.HasPrefix(p.Path, "/sign-in") {
		t.Errorf("elsewhere: at %s, want the sign-in page", p.Path)
	}
	if !strings.Contains(h.Mail()[m.Staff.Email], "A change to your account") {
		t.Error("nobody was told")
	}
}

func TestChangeEmail(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("tess", "Tess Adeyemi", access.Therapist)
	h.Client("rosa", "Rosa Vance")
	for _, taken := range []string{"rosa@mail.example", "tess@new.example"} {
		p := b.Send(b.Get("/account/email"), "/account/email", "email", taken)
		if p.Path != "/account/email?said=sent" {
			t.Errorf("%s: led to %s", taken, p.Path)
		}
	}
	letters := h.Mail()
	if letters["rosa@mail.example"] != "" {
		t.Error("someone who has the address already was written to")
	}
	_, token, found := strings.Cut(letters["tess@new.example"], "/account/email/")
	if !found {
		t.Fatalf("got %v, want a link to the new address", letters)
	}
	token, _, _ = strings.Cut(token, "\n")
	path := "/account/email/" + token
	wantStatus(t, "opened", b.Get(path), http.StatusOK)
	if p := b.Send(b.Get(path), path); p.Path != "/account?said=address" || !strings.Contains(p.Words("dl"), "tess@new.example") {
		t.Errorf("led to %s: %s", p.Path, p.Words("dl"))
	}
	if letters := h.Mail(); !strings.Contains(letters[m.Staff.Email], "A change to your account") {
		t.Errorf("got %v, want the old address told", letters)
	}
	if s, err := practice.Colleague(h.Context(), h.DB, "tess"); err != nil || s.Email != "tess@new.example" {
		t.Errorf("messages go to %q, %v; want the new address", s.Email, err)
	}
	wantStatus(t, "the link again", b.Post(path, url.Values{}), http.StatusNotFound)
}

func TestSignInsEnd(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("tess", "Tess Adeyemi", access.Therapist)
	other := h.Enter(m)
	p := b.Get("/account")
	actions := p.Find(`form[action^="/account/sign-ins/"]`)
	if len(actions) != 2 {
		t.Fatalf("got %d forms to end sign-ins, want one for the other device and one for all", len(actions))
	}
	action := p.Attr(`form[action^="/account/sign-ins/"]`, "action")
	if p = b.Send(p, action); p.Path != "/account?said=elsewhere" {
		t.Errorf("led to %s", p.Path)
	}
	if p := other.Get("/account"); !strings.HasPrefix(p.Path, "/sign-in") {
		t.Errorf("the other device is at %s, want the sign-in page", p.Path)
	}
	stranger, _ := h.Member("theo", "Theo Lindqvist", access.Therapist)
	wantStatus(t, "someone else ends it", h.Enter(stranger).Post(action, url.Values{}), http.StatusNotFound)
	other = h.Enter(m)
	if p := b.Send(b.Get("/account"), "/account/sign-ins/end"); p.Path != "/sign-in?said=signedout" {
		t.Errorf("led to %s", p.Path)
	}
	for _, b := range []*webtest.Browser{b, other} {
		if p := b.Get("/account"); !strings.HasPrefix(p.Path, "/sign-in") {
			t.Errorf("after ending all: at %s", p.Path)
		}
	}
}

func TestAnotherApp(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("tess", "Tess Adeyemi", access.Therapist)
	p := b.Send(b.Get("/account/codes"), "/account/codes/begin")
	old := m.Secret
	m.Secret = strings.ReplaceAll(p.Words("form code"), " ", "")
	if m.Secret == old || m.Secret == "" {
		t.Fatalf("got secret %q, want a new one", m.Secret)
	}
	if p = b.Send(p, "/account/codes", "code", h.Code(m)); p.Path != "/account?said=factor" {
		t.Errorf("led to %s: %s", p.Path, p.Words("main"))
	}
	h.Enter(m)
	wantStatus(t, "staff cannot give up codes", b.Post("/account/codes/remove", url.Values{"password": {"seven slow boats at dawn"}}), http.StatusConflict)
}

func TestClientsCodes(t *testing.T) {
	h := webtest.New(t)
	c := h.Client("rosa", "Rosa Vance")
	b := h.EnterByLink(c)
	b.Send(b.Get("/account/password"), "/account/password", "password", webtest.Password)
	p := b.Send(b.Get("/account/codes"), "/account/codes/begin")
	m := &webtest.Member{Secret: strings.ReplaceAll(p.Words("form code"), " ", "")}
	p = b.Send(p, "/account/codes", "code", h.Code(m))
	if n := len(p.Find("ol code")); n != 10 {
		t.Fatalf("got %d recovery codes at %s, want 10: %s", n, p.Path, p.Words("main"))
	}
	if p := signsInAs(h.Browser(), c.Email, webtest.Password); p.Path != "/sign-in/next" {
		t.Errorf("the password leads to %s, want the second step", p.Path)
	}
	byLink := h.Browser()
	path := h.Link(access.TaskSignIn, "/enter/", string(c.ID), string(c.ID))
	if p := byLink.Send(byLink.Get(path), path); p.Path != "/sign-in/next" {
		t.Errorf("a link leads to %s, want the second step", p.Path)
	}
	p = b.Get("/account/codes")
	wantStatus(t, "a short password", b.Send(p, "/account/codes/remove", "password", "nine boats"), http.StatusUnprocessableEntity)
	if p = b.Send(p, "/account/codes/remove", "password", "seven slow boats at dawn"); p.Path != "/account?said=removed" {
		t.Errorf("led to %s: %s", p.Path, p.Words("main"))
	}
	if p := signsInAs(h.Browser(), c.Email, "seven slow boats at dawn"); p.Path != "/home" {
		t.Errorf("the password leads to %s, want their page", p.Path)
	}
}

func TestNewRecoveryCodes(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("tess", "Tess Adeyemi", access.Therapist)
	form := b.Get("/account/recovery")
	p := b.Send(form, "/account/recovery")
	if n := len(p.Find("ol code")); n != 10 || p.Words("ol code") == strings.Join(m.Codes, " ") {
		t.Errorf("got %d codes, want 10 new ones", n)
	}
	if again := b.Send(form, "/account/recovery"); again.Path != "/account" || again.Has("ol code") {
		t.Errorf("the form again leads to %s, want the account without codes", again.Path)
	}
	other := h.Browser()
	next := signsInAs(other, m.Staff.Email, webtest.Password)
	wantStatus(t, "an old recovery code", other.Send(next, "/sign-in/next", "code", m.Codes[0]), http.StatusUnprocessableEntity)
}

func TestOwnDeeds(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("cora", "Cora Whitlock", access.Coordinator)
	h.Client("rosa", "Rosa Vance")
	err := h.DB.InTx(h.Context(), func(tx *db.DB) error {
		return audit.Record(h.Context(), tx, h.Actor(m.Staff), audit.Read, audit.Subject{Right: access.ReadAbout, ClientID: "rosa", Type: "client", ID: "rosa"})
	})
	if err != nil {
		t.Fatal(err)
	}
	if words := b.Get("/account/done").Words("tbody"); !strings.Contains(words, "Read: clientRosa Vancerole in the practice") {
		t.Errorf("got %q, want what they read", words)
	}
	wantStatus(t, "a client", h.EnterByLink(h.Client("ines", "Ines Marchetti")).Get("/account/done"), http.StatusNotFound)
}

func TestConfirmByLinkOnly(t *testing.T) {
	h := webtest.New(t)
	c := h.Client("rosa", "Rosa Vance")
	b := h.EnterByLink(c)
	wantStatus(t, "right after the link", b.Get("/account/password"), http.StatusOK)
	h.Clock.Advance(11 * time.Minute)
	wantStatus(t, "eleven minutes later", b.Get("/account/password"), http.StatusForbidden)
	b.Send(b.Get("/account/confirm"), "/account/confirm/link")
	if !strings.Contains(h.Mail()[c.Email], "/enter/") {
		t.Error("no link came")
	}
}
