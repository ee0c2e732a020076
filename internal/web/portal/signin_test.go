package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

const wrongPassword = "another lamp over nine rivers"

// signsInAs sends the sign-in form.
func signsInAs(b *webtest.Browser, email, password string) *webtest.Page {
	return b.Send(b.Get("/sign-in"), "/sign-in", "email", email, "password", password)
}

func wantStatus(t *testing.T, what string, p *webtest.Page, status int) {
	t.Helper()
	if p.Status != status {
		t.Errorf("%s: got %d at %s, want %d: %s", what, p.Status, p.Path, status, p.Words("main"))
	}
}

func TestStaffSignIn(t *testing.T) {
	h := webtest.New(t)
	m, b := h.Member("tess", "Tess Adeyemi", access.Therapist)
	if len(m.Codes) != 10 {
		t.Errorf("got %d recovery codes, want 10", len(m.Codes))
	}
	wantStatus(t, "after setting up", b.Get("/account"), http.StatusOK)

	b = h.Browser()
	p := signsInAs(b, m.Staff.Email, webtest.Password)
	if p.Path != "/sign-in/next" {
		t.Fatalf("after the password: at %s, want /sign-in/next", p.Path)
	}
	if held := b.Get("/account"); held.Path != "/sign-in/next?next=%2Faccount" {
		t.Errorf("before the second step: the account leads to %s, want the second step", held.Path)
	}
	wantStatus(t, "a wrong code", b.Send(p, "/sign-in/next", "code", "000000"), http.StatusUnprocessableEntity)
	code := h.Code(m)
	b.Send(p, "/sign-in/next", "code", code)
	wantStatus(t, "after both steps", b.Get("/account"), http.StatusOK)

	other := h.Browser()
	wantStatus(t, "the same code again", other.Send(signsInAs(other, m.Staff.Email, webtest.Password), "/sign-in/next", "code", code),
		http.StatusUnprocessableEntity)
	other = h.Browser()
	other.Send(signsInAs(other, m.Staff.Email, webtest.Password), "/sign-in/next", "code", m.Codes[3])
	wantStatus(t, "with a recovery code", other.Get("/account"), http.StatusOK)
	if words := other.Get("/account").Words("dl"); !strings.Contains(words, "9 codes left") {
		t.Errorf("after a recovery code: got %q, want 9 left", words)
	}
	if letters := h.Mail()[m.Staff.Email]; !strings.Contains(letters, "A change to your account") {
		t.Errorf("got letters %q, want one about the recovery code", letters)
	}
}

func TestSignInLeadsOnlyToThisSite(t *testing.T) {
	h := webtest.New(t)
	m, _ := h.Member("tess", "Tess Adeyemi", access.Therapist)
	for next, want := range map[string]string{"/account/done": "/account/done", "//evil.example/": "/today", "https://evil.example/": "/today",
		`/\evil.example`: "/today", "/%2f%2fevil.example": "/today"} {
		b := h.Browser()
		p := b.Get("/sign-in?next=" + url.QueryEscape(next))
		p = b.Send(p, "/sign-in", "email", m.Staff.Email, "password", webtest.Password)
		if p = b.Send(p, "/sign-in/next", "code", h.Code(m)); p.Path != want {
			t.Errorf("next %s: led to %s, want %s", next, p.Path, want)
		}
	}
}

func TestSignInSaysTheSameToEverybody(t *testing.T) {
	h := webtest.New(t)
	m, _ := h.Member("tess", "Tess Adeyemi", access.Therapist)
	c := h.Client("rosa", "Rosa Vance")
	answers := map[string]string{}
	for what, email := range map[string]string{"someone": m.Staff.Email, "a client without a password": c.Email, "nobody": "nobody@mail.example"} {
		p := signsInAs(h.Browser(), email, wrongPassword)
		wantStatus(t, what, p, http.StatusUnprocessableEntity)
		answers[what] = faceless(p, email)
	}
	for what, got := range answers {
		if got != answers["nobody"] {
			t.Errorf("%s: got another answer than nobody:\n%s\nwant\n%s", what, got, answers["nobody"])
		}
	}
	if strings.Contains(answers["someone"], wrongPassword) {
		t.Error("the password that was typed is shown again")
	}
	for _, path := range []string{"/sign-in/link", "/forgot"} {
		answers = map[string]string{}
		for _, email := range []string{m.Staff.Email, c.Email, "nobody@mail.example"} {
			b := h.Browser()
			p := b.Send(b.Get(path), path, "email", email)
			wantStatus(t, path, p, http.StatusOK)
			answers[faceless(p, email)+p.Path] = email
		}
		if len(answers) != 1 {
			t.Errorf("%s: got %d different answers, want 1", path, len(answers))
		}
	}
}

// faceless is an answer without what differs by chance: the request's id, and the forms' keys.
func faceless(p *webtest.Page, email string) string {
	var kept strings.Builder
	for name, values := range p.Header {
		if name != "X-Request-Id" && name != "Date" && name != "Content-Length" {
			kept.WriteString(name + strings.Join(values, ",") + "\n")
		}
	}
	body := strings.ReplaceAll(string(p.Body), email, "EMAIL")
	for {
		before, rest, found := strings.Cut(body, `name="idempotency" value="`)
		if !found {
			break
		}
		_, after, _ := strings.Cut(rest, `"`)
		body = before + after
	}
	return body
}

func TestPasswordsAreThrottled(t *testing.T) {
	h := webtest.New(t)
	m, _ := h.Member("tess", "Tess Adeyemi", access.Therapist)
	for n := range 6 {
		want := http.StatusUnprocessableEntity
		if n == 5 {
			want = http.StatusTooManyRequests
		}
		wantStatus(t, "wrong password", signsInAs(h.Browser(), m.Staff.Email, wrongPassword), want)
	}
	h.Clock.Advance(time.Hour)
	if p := signsInAs(h.Browser(), m.Staff.Email, webtest.Password); p.Path != "/sign-in/next" {
		t.Errorf("an hour later: at %s, want the second step", p.Path)
	}
}

func TestClientSignsInByLink(t *testing.T) {
	h := webtest.New(t)
	c := h.Client("rosa", "Rosa Vance")
	b := h.Browser()
	b.Send(b.Get("/sign-in/link"), "/sign-in/link", "email", c.Email)
	letter := h.Mail()[c.Email]
	_, token, _ := strings.Cut(letter, "/enter/")
	token, _, _ = strings.Cut(token, "\n")
	path := "/enter/" + token
	for range 3 {
		wantStatus(t, "opening the link", h.Browser().Get(path), http.StatusOK)
	}
	p := b.Send(b.Get(path), path)
	wantStatus(t, "signed in", b.Get("/account"), http.StatusOK)
	if p.Path == "/sign-in" {
		t.Errorf("led back to %s", p.Path)
	}
	wantStatus(t, "the link again", h.Browser().Get(path), http.StatusNotFound)

	h.Clock.Advance(15*time.Minute + time.Second)
	if p := b.Get("/account"); p.Path != "/sign-in?next=%2Faccount" {
		t.Errorf("after 15 minutes: at %s, want the sign-in page", p.Path)
	}
	b.Send(b.Get("/sign-in/link"), "/sign-in/link", "email", c.Email)
	letter = h.Mail()[c.Email]
	_, token, _ = strings.Cut(letter, "/enter/")
	token, _, _ = strings.Cut(token, "\n")
	h.Clock.Advance(20*time.Minute + time.Second)
	wantStatus(t, "a link after 20 minutes", h.Browser().Get("/enter/"+token), http.StatusNotFound)
}

func TestLinksAreForTheirTaskOnly(t *testing.T) {
	h := webtest.New(t)
	m, _ := h.Member("tess", "Tess Adeyemi", access.Therapist)
	c := h.Client("rosa", "Rosa Vance")
	reset := h.Link(access.TaskReset, "", string(m.Staff.ID), string(m.Staff.ID))
	enter := h.Link(access.TaskSignIn, "", string(c.ID), string(c.ID))
	for _, path := range []string{"/welcome/" + reset, "/enter/" + reset, "/welcome/" + enter, "/renew/" + enter, "/renew/" + enter[1:]} {
		wantStatus(t, path, h.Browser().Get(path), http.StatusNotFound)
		wantStatus(t, path, h.Browser().Post(path, url.Values{}), http.StatusNotFound)
	}
	wantStatus(t, "the reset itself", h.Browser().Get("/renew/"+reset), http.StatusOK)
}

func TestForgottenPassword(t *testing.T) {
	h := webtest.New(t)
	m, signedIn := h.Member("tess", "Tess Adeyemi", access.Therapist)
	b := h.Browser()
	b.Send(b.Get("/forgot"), "/forgot", "email", m.Staff.Email)
	_, token, found := strings.Cut(h.Mail()[m.Staff.Email], h.URL+"/renew/")
	if !found {
		t.Fatal("no link came")
	}
	token, _, _ = strings.Cut(token, "\n")
	path := "/renew/" + token
	p := b.Get(path)
	for password, want := range map[string]string{"short": "at least 8", "birch lane": "easy to guess", "password1234": "easy to guess",
		m.Staff.Email: "easy to guess"} {
		refused := b.Send(p, path, "password", password)
		wantStatus(t, password, refused, http.StatusUnprocessableEntity)
		if !strings.Contains(refused.Words(".error"), want) {
			t.Errorf("%s: got %q, want %q", password, refused.Words(".error"), want)
		}
		if refused.Attr("#password", "value") != "" {
			t.Errorf("%s is shown again", password)
		}
	}
	if done := b.Send(p, path, "password", "seven slow boats at dawn"); done.Path != "/sign-in?said=password" {
		t.Errorf("led to %s, want the sign-in page", done.Path)
	}
	if again := signedIn.Get("/account"); !strings.HasPrefix(again.Path, "/sign-in") {
		t.Errorf("who was signed in before is at %s, want the sign-in page", again.Path)
	}
	wantStatus(t, "the link again", b.Get(path), http.StatusNotFound)
	wantStatus(t, "the old password", signsInAs(h.Browser(), m.Staff.Email, webtest.Password), http.StatusUnprocessableEntity)
	if p := signsInAs(b, m.Staff.Email, "seven slow boats at dawn"); p.Path != "/sign-in/next" {
		t.Errorf("the new password leads to %s, want the second step: a reset never goes past it", p.Path)
	}
	if letters := h.Mail()[m.Staff.Email]; !strings.Contains(letters, "A change to your account") {
		t.Errorf("got letters %q, want one about the change", letters)
	}
}

func TestWelcome(t *testing.T) {
	h := webtest.New(t)
	m, _ := h.Member("tess", "Tess Adeyemi", access.Therapist)
	if s, err := practice.Colleague(h.Context(), h.DB, m.Staff.ID); err != nil || s.State != "active" {
		t.Errorf("got state %q, %v; want active", s.State, err)
	}
	c := h.Client("rosa", "Rosa Vance")
	path := h.Link(access.TaskInvite, "/welcome/", string(c.ID), string(c.ID))
	b := h.Browser()
	p := b.Get(path)
	if !strings.Contains(p.Words(".hint"), "15 characters") {
		t.Errorf("got %q, want the length of a password that stands alone", p.Words(".hint"))
	}
	wantStatus(t, "a client's short password", b.Send(p, path, "password", "nine boats"), http.StatusUnprocessableEntity)
	b.Send(p, path, "password", webtest.Password)
	if p := signsInAs(b, c.Email, webtest.Password); p.Path != "/home" {
		t.Errorf("a client's password leads to %s, want their page", p.Path)
	}
	wantStatus(t, "the link again", b.Get(path), http.StatusNotFound)
}

func TestSignOut(t *testing.T) {
	h := webtest.New(t)
	c := h.Client("rosa", "Rosa Vance")
	b := h.EnterByLink(c)
	stolen := b.Cookies()
	request := b.Request(http.MethodPost, "/sign-out", "application/x-www-form-urlencoded", "idempotency="+webtest.NewKey())
	if p := b.Do(request); p.Path != "/sign-in?said=signedout" {
		t.Errorf("led to %s, want the sign-in page", p.Path)
	}
	if p := b.Get("/account"); !strings.HasPrefix(p.Path, "/sign-in") {
		t.Errorf("after signing out: at %s", p.Path)
	}
	for _, cookie := range b.Cookies() {
		if cookie.Name == auth.CookieName(false) {
			t.Errorf("the cookie is still there: %v", cookie)
		}
	}
	thief := h.Browser()
	replay := thief.Request(http.MethodGet, "/account", "", "")
	for _, cookie := range stolen {
		replay.AddCookie(cookie)
	}
	if p := thief.Do(replay); !strings.HasPrefix(p.Path, "/sign-in") {
		t.Errorf("a cookie of before leads to %s, want the sign-in page", p.Path)
	}
	wantStatus(t, "signing out twice", b.Post("/sign-out", url.Values{}), http.StatusOK)
}

func TestStay(t *testing.T) {
	h := webtest.New(t)
	b := h.EnterByLink(h.Client("rosa", "Rosa Vance"))
	for range 4 {
		h.Clock.Advance(14 * time.Minute)
		wantStatus(t, "staying", b.Post("/stay", url.Values{}), http.StatusNoContent)
	}
	wantStatus(t, "after an hour", b.Get("/account"), http.StatusOK)
	if p := h.Browser().Post("/stay", url.Values{}); p.Path != "/sign-in" {
		t.Errorf("without a sign-in: at %s, want the sign-in page", p.Path)
	}
}

func TestCookie(t *testing.T) {
	h := webtest.New(t)
	c := h.Client("rosa", "Rosa Vance")
	path := h.Link(access.TaskSignIn, "/enter/", string(c.ID), string(c.ID))
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(h.URL+path, url.Values{"idempotency": {webtest.NewKey()}})
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	var found *http.Cookie
	for _, cookie := range answer.Cookies() {
		if cookie.Name == auth.CookieName(false) {
			found = cookie
		}
	}
	if answer.StatusCode != http.StatusSeeOther || found == nil {
		t.Fatalf("got %d, %v; want 303 and a cookie", answer.StatusCode, answer.Cookies())
	}
	if !found.HttpOnly || found.SameSite != http.SameSiteLaxMode || found.Path != "/" || found.Domain != "" || found.MaxAge != 0 {
		t.Errorf("got %v, want HttpOnly, SameSite=Lax, Path=/, no domain, and no age", found)
	}
}

func TestUnknownDeviceIsTold(t *testing.T) {
	h := webtest.New(t)
	c := h.Client("rosa", "Rosa Vance")
	enter := func(agent string) {
		path := h.Link(access.TaskSignIn, "/enter/", string(c.ID), string(c.ID))
		b := h.Browser()
		r := b.Request(http.MethodPost, path, "application/x-www-form-urlencoded", "idempotency="+webtest.NewKey())
		r.Header.Set("User-Agent", agent)
		b.Do(r)
	}
	for _, c := range []struct {
		agent string
		told  bool
	}{{"Mozilla/5.0 (Windows NT 10.0) Firefox/140.0", false}, {"Mozilla/5.0 (Windows NT 10.0) Firefox/141.0", false},
		{"Mozilla/5.0 (X11; Linux x86_64) Firefox/141.0", true}, {"Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0", false}} {
		enter(c.agent)
		if letter, told := h.Mail()["rosa@mail.example"]; told != c.told {
			t.Errorf("%s: got %q, want a letter: %v", c.agent, letter, c.told)
		}
	}
}
