package staff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"attune/internal/practice"
	"attune/internal/rupture"
)

// dipped is a course with four good sessions and a fifth that was not.
func dipped(t *testing.T) *practiceHouse {
	t.Helper()
	h := newPractice(t)
	at := h.Clock.Now()
	for i, level := range []float64{4, 4, 3, 4, 0} {
		h.say("rosa", h.hold("alone", at.Add(time.Duration(i)*7*24*hour)), level)
	}
	h.book("alone", h.Clock.Now().Add(2*hour))
	return h
}

func TestBriefLeadsWithTheRupture(t *testing.T) {
	h := dipped(t)
	b := h.in("theo")
	p := want(t, "brief", b.Get("/courses/alone"), http.StatusOK)
	lead := p.Words("section.note.rupture")
	for _, says := range []string{"fell below the client’s usual range", "Session 5: 0.0 of 10", "Usual for this client:", "2.5 standard errors",
		"A steady course of 5 sessions shows a flag like this by chance in", "Link only after repair."} {
		if !strings.Contains(lead, says) {
			t.Errorf("the lead does not say %q: %q", says, lead)
		}
	}
	if !p.Has("svg.chart .c-out") || !p.Has("svg.chart .c-band") || p.Has("svg.chart .c-away") {
		t.Error("the chart shows no ring, no usual range, or the therapist's side unasked")
	}
	if words := p.Words("main"); !strings.Contains(words, "Say what I need") || !strings.Contains(words, "Not signed") || !strings.Contains(words, "Here for: distance") {
		t.Errorf("goals, consents or what brought them are missing: %q", words)
	}
	if !p.Has(`form#note[data-autosave]`) || !strings.Contains(p.Words("form#note h2"), "session 5") {
		t.Error("the note of session 5 does not stand beside the brief")
	}
	if title := p.Words("title"); strings.Contains(title, "Rosa") {
		t.Errorf("the title %q names a client", title)
	}
}

func TestTendARupture(t *testing.T) {
	h := dipped(t)
	b := h.in("theo")
	p := b.Get("/courses/alone")
	talk := p.Attr(`form[action$="/talk"]`, "action")
	p = want(t, "described", b.Send(p, strings.Replace(talk, "/talk", "/describe", 1), "kind", "withdrawal", "text", "Felt hurried when the time moved."), http.StatusOK)
	if !strings.Contains(p.Words("section.note"), "Felt hurried") || !strings.Contains(p.Words("section.note"), "Follow the quiet.") {
		t.Errorf("after describing it the lead says %q", p.Words("section.note"))
	}
	empty := want(t, "talked, with nothing", b.Send(p, talk, "text", ""), http.StatusUnprocessableEntity)
	if !empty.Has(".error-box") {
		t.Error("an empty record of a talk comes back without a fault")
	}
	p = want(t, "talked", b.Post(talk, url.Values{"number": {"5"}, "strategies": {"own", "invite"}, "text": {"I said that I had moved it."}}), http.StatusOK)
	if !strings.Contains(p.Words("section.note h2"), "Talked about") || !strings.Contains(p.Words("ol.timeline"), "Owned my part. Invited") {
		t.Errorf("after the talk: %q; %q", p.Words("section.note h2"), p.Words("ol.timeline"))
	}
	p = want(t, "proposed", b.Send(p, strings.Replace(talk, "/talk", "/propose", 1)), http.StatusOK)
	if !strings.Contains(p.Words("ol.timeline > li:first-child"), "thinks it is repaired") || !p.Has(`form[action$="/talk"]`) {
		t.Errorf("after proposing: %q, want the event first and the rupture still open to tend", p.Words("ol.timeline > li:first-child"))
	}
	all, err := rupture.Ruptures(h.Context(), h.DB, h.by("rosa"), "alone", "rosa")
	h.must(err)
	h.must(rupture.ClientSays(h.Context(), h.DB, h.by("rosa"), all[0].ID, rupture.Say{Better: rupture.BetterNow}))
	p = want(t, "repaired", b.Get("/courses/alone"), http.StatusOK)
	if !p.Has("svg.chart .c-mend") || p.Has(`form[action$="/talk"]`) || !strings.Contains(p.Words("ol.timeline"), "repaired") {
		t.Errorf("after the client's word: %q", p.Words("ol.timeline"))
	}
	p = want(t, "noticed", b.Send(p, "/courses/alone/notice/rosa", "kind", "confrontation", "text", "A hard word."), http.StatusOK)
	if !strings.Contains(p.Words("section.note"), "A rupture with you has been open") {
		t.Errorf("after noticing one: %q", p.Words("section.note"))
	}
	for _, who := range []string{"tess", "sami", "cora", "rosa"} {
		if p := h.in(who).Post("/courses/alone/notice/rosa", url.Values{"kind": {"both"}}); p.Status != http.StatusNotFound {
			t.Errorf("%s notices a rupture: %d, want 404", who, p.Status)
		}
	}
}

func TestBriefKeepsPartnersApart(t *testing.T) {
	h := newPractice(t)
	a := h.hold("pair", h.Clock.Now())
	h.say("ines", a, 1, "asc-off", "not_talked", "asc-words", "Only for Theo")
	h.say("paul", a, 4, "asc-off", "no")
	b := h.in("theo")
	ines, paul := b.Get("/courses/pair?client=ines"), b.Get("/courses/pair?client=paul")
	if !strings.Contains(ines.Words("main"), "Only for Theo") || len(ines.Find("nav.tabs a")) != 2 {
		t.Errorf("Ines's side: %q", ines.Words("main"))
	}
	if words := paul.Words("main"); strings.Contains(words, "Only for Theo") || strings.Contains(words, "Rupture open") || !strings.Contains(words, "Steady") {
		t.Errorf("Paul's side shows what Ines said: %q", words)
	}
	if p := b.Get("/courses/pair?client=rosa"); p.Status != http.StatusNotFound {
		t.Errorf("someone who takes no part: %d, want 404", p.Status)
	}
}

func TestSupervisorOnlyReads(t *testing.T) {
	h := dipped(t)
	b := h.in("sami")
	p := want(t, "supervision", b.Get("/supervision"), http.StatusOK)
	if !strings.Contains(p.Words("main"), "Rosa Vance Possible rupture") {
		t.Errorf("supervision says %q", p.Words("main"))
	}
	p = want(t, "brief", b.Get("/courses/alone"), http.StatusOK)
	if p.Has("main form") || !strings.Contains(p.Words("main"), "usual range") {
		t.Error("the supervisor's brief has forms, or does not say what the numbers saw")
	}
	for _, who := range []string{"tess", "cora", "olga", "rosa"} {
		if p := h.in(who).Get("/courses/alone"); p.Status != http.StatusNotFound {
			t.Errorf("%s opens the brief: %d, want 404", who, p.Status)
		}
	}
}

func TestBothSides(t *testing.T) {
	h := newPractice(t)
	a := h.hold("alone", h.Clock.Now())
	b := h.in("theo")
	path := "/appointments/" + string(a.ID) + "/check-in/rosa"
	p := want(t, "check-in", b.Get(path), http.StatusOK)
	if got := len(p.Find(".scale")); got != 5 {
		t.Errorf("%d scales, want five", got)
	}
	values := url.Values{"asct-heard": {"3"}, "asct-understood": {"3"}, "asct-valued": {"4"}, "asct-safe": {"3"}, "asct-together": {"4"},
		"asct-off": {"no"}, "asct-kind": {"both"}}
	want(t, "a wrong answer", b.Post(path, url.Values{"asct-heard": {"9"}}), http.StatusUnprocessableEntity)
	want(t, "sent", b.Post(path, values), http.StatusOK)
	if again := b.Post(path, values); again.Status != http.StatusConflict {
		t.Errorf("sent twice: %d, want 409", again.Status)
	}
	h.say("rosa", a, 2, "asc-off", "unsure")
	words := b.Get("/courses/alone?view=both").Words("main")
	if !strings.Contains(words, "Both sides, session 1") || !strings.Contains(words, "I felt heardPartlyMostly") || !strings.Contains(words, "Without the therapist’s side") {
		t.Errorf("both sides: %q", words)
	}
}

func TestEndACourse(t *testing.T) {
	h := dipped(t)
	b := h.in("theo")
	p := want(t, "the page", b.Get("/courses/alone/end"), http.StatusOK)
	if !strings.Contains(p.Words("main"), "A rupture is still open between you.") || !strings.Contains(p.Words("main"), "1 coming time is canceled") {
		t.Errorf("before the end: %q", p.Words("main"))
	}
	want(t, "without a way", b.Post("/courses/alone/end", nil), http.StatusUnprocessableEntity)
	p = want(t, "ended", b.Post("/courses/alone/end", url.Values{"how": {"planned"}, "words": {"Goodbye"}}), http.StatusOK)
	if !strings.Contains(p.Words("main"), "This course ended on") || p.Has(`form[action$="/talk"]`) {
		t.Errorf("after the end: %q", p.Words("main"))
	}
	want(t, "goals", b.Get("/courses/pair/goals"), http.StatusOK)
	p = want(t, "kept", b.Post("/courses/pair/goals", url.Values{"here": {"Arguing"}, "goals": {"Listen\n\nLaugh"}}), http.StatusOK)
	if words := p.Words("main"); !strings.Contains(words, "Listen") || !strings.Contains(words, "Laugh") || !strings.Contains(words, "Here for: Arguing") {
		t.Errorf("the goals say %q", words)
	}
	if c, err := practice.OneCourse(h.Context(), h.DB, h.by("theo"), "course.read", "alone"); err != nil || c.State != "ended" {
		t.Errorf("the course is %s (%v), want ended", c.State, err)
	}
}
