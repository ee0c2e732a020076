package staff_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

func TestPeople(t *testing.T) {
	h := webtest.New(t)
	m, _ := h.Member("olga", "Olga Brandt", access.Owner)
	owner := h.Enter(m)
	p := owner.Send(owner.Get("/people/invite"), "/people/invite", "name", "Dara Quill", "email", "dara@birch.example", "roles", "therapist", "roles", "supervisor")
	wantPage(t, "invited", p, http.StatusOK, "Dara Quill")
	_, token, found := strings.Cut(h.Mail()["dara@birch.example"], "/welcome/")
	if !found {
		t.Fatal("no invitation came")
	}
	token, _, _ = strings.Cut(token, "\n")
	wantPage(t, "the address again", owner.Send(owner.Get("/people/invite"), "/people/invite", "name", "Eve", "email", "dara@birch.example", "roles", "owner"),
		http.StatusConflict, "Somebody else signs in with this")
	wantPage(t, "nothing filled in", owner.Send(owner.Get("/people/invite"), "/people/invite", "email", "eve@birch.example"), http.StatusUnprocessableEntity, "Choose at least one role")

	href := p.Attr(`a[href^="/people/"]:not([href="/people/invite"]):not([href="/vouch"]):not([href="/people/olga"])`, "href")
	p = owner.Send(owner.Get(href), href+"/invite", "email", "dara.quill@birch.example")
	wantPage(t, "invited again", p, http.StatusOK, "dara.quill@birch.example")
	wantPage(t, "the first invitation", h.Browser().Get("/welcome/"+token), http.StatusNotFound, "")

	wantPage(t, "the only owner", owner.Send(owner.Get("/people/olga"), "/people/olga", "roles", "therapist"), http.StatusUnprocessableEntity, "only owner")
	wantPage(t, "oneself", owner.Post("/people/olga/disable", url.Values{}), http.StatusConflict, "cannot disable yourself")
	wantPage(t, "someone who is not there", owner.Get("/people/nobody"), http.StatusNotFound, "")

	tess, theirs := h.Member("tess", "Tess Adeyemi", access.Therapist)
	wantPage(t, "signed in", theirs.Get("/account"), http.StatusOK, "My account")
	p = owner.Send(owner.Get("/people/tess"), "/people/tess/disable")
	wantPage(t, "shut out", p, http.StatusOK, "They can no longer sign in.")
	if next := theirs.Get("/account"); !strings.HasPrefix(next.Path, "/sign-in") {
		t.Errorf("the next click after being shut out leads to %s", next.Path)
	}
	b := h.Browser()
	wantPage(t, "their password", b.Send(b.Get("/sign-in"), "/sign-in", "email", tess.Staff.Email, "password", webtest.Password),
		http.StatusUnprocessableEntity, "do not belong together")
	owner.Send(owner.Get("/people/tess"), "/people/tess/enable")
	h.Enter(tess)
}

func TestSupervisionPage(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	h.Staff("sami", "Sami Haddad", access.Supervisor)
	h.Staff("theo", "Theo Lindqvist", access.Therapist)
	p := owner.Send(owner.Get("/people/sami"), "/people/sami/supervision", "therapist", "theo")
	wantPage(t, "begun", p, http.StatusOK, "SupervisesTheo Lindqvist")
	action := p.Attr(`form[action$="/end"]`, "action")
	wantPage(t, "seen from the other side", owner.Get("/people/theo"), http.StatusOK, "Is supervised bySami Haddad")
	if p = owner.Send(p, action); strings.Contains(p.Words("main"), "Theo LindqvistEnd it") {
		t.Errorf("it goes on: %s", p.Words("main"))
	}
}

func TestProfile(t *testing.T) {
	h := webtest.New(t)
	theo := h.Therapist("theo", "Theo Lindqvist")
	h.Therapist("tess", "Tess Adeyemi")
	b := h.SignInStaff(theo.Staff)
	p := b.Send(b.Get("/profile"), "/profile", "about", "I work slowly.", "focus", "loss", "focus", "anxiety", "languages", "English, Swedish", "capacity", "12")
	wantPage(t, "one's own", p, http.StatusOK, "Saved.")
	kept, err := practice.OneTherapist(h.Context(), h.DB, "theo")
	if err != nil || kept.About != "I work slowly." || !slices.Equal(kept.Languages, []string{"English", "Swedish"}) || kept.Capacity != 12 || len(kept.Focus) != 2 {
		t.Errorf("got %+v, %v", kept, err)
	}
	wantPage(t, "a wrong number", b.Send(p, "/profile", "capacity", "x"), http.StatusUnprocessableEntity, "between 0 and 100")
	wantPage(t, "another's", b.Get("/people/tess/profile"), http.StatusNotFound, "")
	wantPage(t, "another's form", b.Post("/people/tess/profile", url.Values{"slug": {"x"}, "modalities": {"couple"}, "capacity": {"1"}}), http.StatusNotFound, "")
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	wantPage(t, "the owner", owner.Send(owner.Get("/people/tess/profile"), "/people/tess/profile", "about", "Hers."), http.StatusOK, "Saved.")
	wantPage(t, "an owner who sees no clients", owner.Get("/profile"), http.StatusNotFound, "")
}

func TestLostSecondStep(t *testing.T) {
	h := webtest.New(t)
	m, theirs := h.Member("tess", "Tess Adeyemi", access.Therapist)
	olga, sami, theo := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner)), h.SignInStaff(h.Staff("sami", "Sami Haddad", access.Supervisor)),
		h.SignInStaff(h.Staff("theo", "Theo Lindqvist", access.Therapist))
	wantPage(t, "begun by a therapist", theo.Post("/vouch", url.Values{"email": {m.Staff.Email}, "identified": {"yes"}}), http.StatusNotFound, "")
	wantPage(t, "nobody known", sami.Send(sami.Get("/vouch"), "/vouch", "email", "nobody@birch.example", "identified", "yes"),
		http.StatusUnprocessableEntity, "Nobody signs in with this address")
	wantPage(t, "not identified", sami.Send(sami.Get("/vouch"), "/vouch", "email", m.Staff.Email), http.StatusUnprocessableEntity, "Make sure who it is")
	p := sami.Send(sami.Get("/vouch"), "/vouch", "email", m.Staff.Email, "identified", "yes")
	wantPage(t, "one word", p, http.StatusOK, "Somebody else has to confirm it.")
	wantPage(t, "the same person's second word", sami.Post("/vouch/tess", url.Values{}), http.StatusConflict, "Someone else on the staff")
	wantPage(t, "nothing has happened", theirs.Get("/account"), http.StatusOK, "")
	wantPage(t, "the owner's home", olga.Get("/practice"), http.StatusOK, "lost their second step")
	olga.Send(olga.Get("/vouch"), "/vouch/tess")
	if next := theirs.Get("/account"); !strings.HasPrefix(next.Path, "/sign-in") {
		t.Errorf("afterwards they are at %s, want them signed out", next.Path)
	}
	b := h.Browser()
	if p := b.Send(b.Get("/sign-in"), "/sign-in", "email", m.Staff.Email, "password", webtest.Password); !p.Has(`form[action="/sign-in/next/codes/begin"]`) {
		t.Errorf("their password leads to %s, want a new second step: %s", p.Path, p.Words("main"))
	}
	if !strings.Contains(h.Mail()[m.Staff.Email], "A change to your account") {
		t.Error("they were not told")
	}
	h.Clock.Advance(11 * time.Minute)
	wantPage(t, "without a fresh proof", olga.Get("/vouch"), http.StatusForbidden, "")
}
