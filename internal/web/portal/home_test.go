package portal_test

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/rupture"
)

func TestHome(t *testing.T) {
	h := open(t)
	course := h.client("rosa", "Rosa Vance")
	b := h.in("rosa")
	p := b.Get("/home")
	if p.Status != ok || !strings.Contains(p.Words("main"), "Nothing booked") || !strings.Contains(p.Words("h1"), "Rosa") {
		t.Fatalf("an empty home answers %d: %s", p.Status, p.Words("main"))
	}
	if strings.Contains(p.Words("title"), "Rosa") {
		t.Error("the title has the client's name")
	}
	a := h.hold(course, 30*time.Hour)
	h.book(course, 100*time.Hour)
	b = h.in("rosa")
	p = b.Get("/home")
	if !p.Has(`a[href="/check-in/`+string(a.ID)+`"]`) || !p.Has(`a[href="/forms"]`) || !strings.Contains(p.Words("main"), "Imani Okafor") {
		t.Errorf("home: %s", p.Words("main"))
	}
	send(t, b, "/check-in/"+string(a.ID), append(five("2"), "asc-off", "not_talked", "asc-wish", "i_will")...)
	p = b.Get("/home")
	if p.Has(`a[href="/check-in/`+string(a.ID)+`"]`) || !strings.Contains(p.Words("main"), "bring up yourself") || !p.Has("svg.chart") {
		t.Errorf("home afterwards: %s", p.Words("main"))
	}
	neutral(t, b.Get("/home"))
}

func TestSayBetween(t *testing.T) {
	h := open(t)
	course := h.client("rosa", "Rosa Vance")
	a := h.hold(course, 30*time.Hour)
	b := h.in("rosa")
	send(t, b, "/check-in/"+string(a.ID), append(five("2"), "asc-off", "unsure")...)
	p := b.Get("/between")
	action := p.Attr("main form", "action")
	if p = b.Send(p, action); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("saying nothing answers %d, want 422", p.Status)
	}
	p = b.Send(b.Get("/between"), action, "wish", "not_yet", "text", "I need a while.")
	if !strings.Contains(p.Words("main"), "Set aside for now") || !strings.Contains(p.Words("main"), "I need a while.") {
		t.Errorf("set aside: %s", p.Words("main"))
	}
	p = b.Send(p, action, "better", "better")
	if !strings.Contains(p.Words("main"), "Repaired") || p.Has(`form[action="`+action+`"]`) {
		t.Errorf("better: %s", p.Words("main"))
	}
	all, err := rupture.Ruptures(h.Context(), h.DB, h.Actor(h.imani.Staff), course, "rosa")
	h.must(err)
	if len(all) != 1 || all[0].State != rupture.Repaired {
		t.Errorf("ruptures %+v, want one that is repaired", all)
	}
	h.client("nell", "Nell Carver")
	if p = h.in("nell").Post(action, map[string][]string{"better": {"better"}}); p.Status != http.StatusNotFound {
		t.Errorf("another's answers %d, want 404", p.Status)
	}
}

func TestMe(t *testing.T) {
	h := open(t)
	h.client("rosa", "Rosa Vance")
	b := h.in("rosa")
	p := b.Send(b.Get("/me"), "/me", "name", "Rosa Vance-Hill", "mail", "", "call", "yes", "emergency_name", "Aunt Vera")
	if p.Attr("#name", "value") != "Rosa Vance-Hill" || p.Has("#mail[checked]") || !strings.Contains(p.Words("main"), "on its way") {
		t.Errorf("after a change: %s", p.Words("main"))
	}
	c, err := practice.OneClient(h.Context(), h.DB, h.Actor(h.owner), access.ReadAbout, "rosa")
	h.must(err)
	if c.Name != "Rosa Vance" || c.Proposed == nil || c.Contact.Mail || c.Emergency.Name != "Aunt Vera" {
		t.Errorf("client %+v, want the name proposed and the contact changed at once", c.About)
	}
	if p = b.Send(b.Get("/me"), "/me", "name", "Rosa", "email", "no address"); p.Status != http.StatusUnprocessableEntity || p.Attr("#email", "value") != "no address" {
		t.Errorf("a faulty address answers %d with %q", p.Status, p.Attr("#email", "value"))
	}
}

func TestLooked(t *testing.T) {
	h := open(t)
	course := h.client("rosa", "Rosa Vance")
	_, err := rupture.Ruptures(h.Context(), h.DB, h.Actor(h.imani.Staff), course, "rosa")
	h.must(err)
	b := h.in("rosa")
	p := b.Get("/looked")
	want(t, p, ok, "Who has looked at my record")
	if !strings.Contains(p.Words("main"), "Imani Okafor, therapist, because you work together") || !strings.Contains(p.Words("main"), "Read: what is open between you and your therapist") {
		t.Errorf("looked: %s", p.Words("main"))
	}
	if strings.Contains(p.Words("title"), "ook") {
		t.Errorf("the title is %q", p.Words("title"))
	}
	want(t, b.Send(b.Get("/me"), "/me/looked"), ok, "About me")
	link := h.Link(access.TaskRecord, "/page/", "rosa", "rosa")
	want(t, h.Browser().Get(link), ok, "Who has looked at my record")
	h.Clock.Advance(11 * time.Minute)
	if p = b.Get("/looked"); p.Status != http.StatusForbidden {
		t.Errorf("without a fresh sign-in it answers %d, want 403", p.Status)
	}
}

func TestMyNotes(t *testing.T) {
	h := open(t)
	course := h.client("rosa", "Rosa Vance")
	a := h.hold(course, 30*time.Hour)
	imani := h.Actor(h.imani.Staff)
	n, err := note.Autosave(h.Context(), h.DB, imani, a.Session, note.Draft{Words: map[string]string{"worked_on": "A draft nobody reads."}})
	h.must(err)
	if p := h.in("rosa").Get("/my-notes"); p.Status != ok || strings.Contains(p.Words("main"), "draft nobody reads") {
		t.Errorf("a draft is shown: %s", p.Words("main"))
	}
	_, err = note.Sign(h.Context(), h.DB, imani, a.Session, note.Draft{Words: map[string]string{"worked_on": "Saying what hurt."}, Seen: n.Saves})
	h.must(err)
	if p := h.in("rosa").Get("/my-notes"); !strings.Contains(p.Words("main"), "Saying what hurt.") || !strings.Contains(p.Words("main"), "Signed by Imani Okafor") {
		t.Errorf("a signed note is not shown: %s", p.Words("main"))
	}
	h.client("nell", "Nell Carver")
	if p := h.in("nell").Get("/my-notes"); strings.Contains(p.Words("main"), "Saying") {
		t.Error("another reads it")
	}
}

// TestTemplatesStayPlain reads the templates for what a client must not read, and for names in titles.
func TestTemplatesStayPlain(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".html") {
			continue
		}
		text, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		lower := strings.ToLower(string(text))
		for _, word := range []string{"alliance", "phq", "gad-7", "severity", "diagnos", "no-show", "patient", "!</", "style=", "<script"} {
			if strings.Contains(lower, word) {
				t.Errorf("%s says %q", f.Name(), word)
			}
		}
		if _, title, found := strings.Cut(lower, `{{define "title"}}`); found {
			title, _, _ = strings.Cut(title, "{{end}}")
			if strings.Contains(title, "{{") || strings.Contains(title, "therap") {
				t.Errorf("%s has the title %q", f.Name(), title)
			}
		}
	}
}
