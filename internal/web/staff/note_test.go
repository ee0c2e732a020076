package staff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestNote(t *testing.T) {
	h := newPractice(t)
	a := h.hold("alone", h.Clock.Now())
	b := h.in("theo")
	p := want(t, "brief", b.Get("/courses/alone"), http.StatusOK)
	base := "/sessions/" + string(a.Session) + "/note"
	tab := p.Attr(`form#note input[name=tab]`, "value")
	saved := b.Post(base+"/autosave", url.Values{"tab": {tab}, "seen": {"0"}, "note-worked_on": {"A birthday dinner"}})
	if saved.Status != http.StatusNoContent {
		t.Fatalf("autosave: %d %s, want 204", saved.Status, saved.Body)
	}
	other := b.Post(base+"/autosave", url.Values{"tab": {"another"}, "seen": {"0"}, "note-plan": {"x"}})
	if other.Status != http.StatusConflict || !strings.HasPrefix(other.Header.Get("Content-Type"), "text/plain") || !strings.Contains(string(other.Body), "still here") {
		t.Errorf("an autosave from another page: %d %s %q, want 409 as text", other.Status, other.Header.Get("Content-Type"), other.Body)
	}
	kept := b.Post(base, url.Values{"tab": {"another"}, "seen": {"0"}, "note-plan": {"My own words"}})
	if kept.Status != http.StatusConflict || !strings.Contains(kept.Words("#note-plan"), "My own words") {
		t.Errorf("a form from another page: %d with %q, want 409 with what was typed", kept.Status, kept.Words("#note-plan"))
	}
	p = want(t, "the brief again", b.Get("/courses/alone"), http.StatusOK)
	if !strings.Contains(p.Words("#note-worked_on"), "A birthday dinner") {
		t.Errorf("the draft is not in the form: %q", p.Words("form#note"))
	}
	empty := b.Send(p, base+"/sign", "note-worked_on", " ")
	if empty.Status != http.StatusUnprocessableEntity || !empty.Has("#note-worked_on[aria-invalid]") {
		t.Errorf("signing without what was worked on: %d, want 422 at the field", empty.Status)
	}
	p = want(t, "signed", b.Send(b.Get("/courses/alone"), base+"/sign", "note-plan", "Slow down"), http.StatusOK)
	if p.Has("form#note") || !strings.Contains(p.Words("main"), "Next time: Slow down") {
		t.Errorf("after signing: %q", p.Words("main"))
	}
	if p := b.Get("/notes"); !strings.Contains(p.Words("main"), "Every note is signed.") {
		t.Errorf("the list of notes says %q", p.Words("main"))
	}
}

func TestAmendANote(t *testing.T) {
	h := newPractice(t)
	a := h.hold("pair", h.Clock.Now())
	b := h.in("theo")
	base := "/sessions/" + string(a.Session) + "/note"
	list := want(t, "notes", b.Get("/notes"), http.StatusOK)
	if !strings.Contains(list.Words("main"), "Write note: Ines Marchetti and Paul Marchetti") {
		t.Errorf("notes to finish: %q", list.Words("main"))
	}
	p := b.Get("/courses/pair")
	want(t, "signed", b.Send(p, base+"/sign", "note-worked_on", "Who listens", "attended", "ines"), http.StatusOK)
	path := b.Get("/courses/pair").Attr(`a[href^="/notes/"]`, "href")
	p = want(t, "note", b.Get(path), http.StatusOK)
	if !strings.Contains(p.Words("main"), "Who was there Ines") || !strings.Contains(p.Words("main"), "Signed by Theo Lindqvist") {
		t.Errorf("the note says %q", p.Words("main"))
	}
	none := b.Send(p, path, "note-plan", "Paul next")
	if none.Status != http.StatusUnprocessableEntity || !strings.Contains(none.Words("#note-plan"), "Paul next") {
		t.Errorf("an amendment without a reason: %d with %q", none.Status, none.Words("#note-plan"))
	}
	p = want(t, "amended", b.Send(none, path, "reason", "The plan was missing"), http.StatusOK)
	if words := p.Words("main"); !strings.Contains(words, "Paul next") || !strings.Contains(words, "Why: The plan was missing") || !strings.Contains(words, "Amended") {
		t.Errorf("after the amendment: %q", words)
	}
	if stale := b.Send(none, path, "reason", "Again", "idempotency", "another"); stale.Status != http.StatusConflict {
		t.Errorf("an amendment over an old version: %d, want 409", stale.Status)
	}
	read := want(t, "the supervisor", h.in("sami").Get(path), http.StatusOK)
	if read.Has("main form") || strings.Contains(read.Words("main"), "Draft,") {
		t.Error("the supervisor sees drafts or forms")
	}
	for _, who := range []string{"tess", "cora", "olga", "ines"} {
		if p := h.in(who).Get(path); p.Status != http.StatusNotFound {
			t.Errorf("%s opens the note: %d, want 404", who, p.Status)
		}
	}
}
