package staff_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestToday(t *testing.T) {
	h := newPractice(t)
	now := h.Clock.Now()
	held := h.hold("alone", now)
	h.say("rosa", held, 2, "asc-off", "not_talked", "asc-wish", "raise_it")
	waits := h.book("pair", now.Add(hour))
	h.book("alone", now.Add(6*hour))
	h.Clock.Set(now.Add(2 * hour))
	b := h.in("theo")
	p := want(t, "today", b.Get("/today"), http.StatusOK)
	if got := len(p.Find("ol.day > li:not(.gap)")); got != 3 {
		t.Fatalf("%d rows, want three: %s", got, p.Words("main"))
	}
	if words := p.Words("ol.day > li.next"); !strings.Contains(words, "Rosa Vance") || !strings.Contains(words, "Rupture open") || !strings.Contains(words, "bring it up") {
		t.Errorf("the next hour says %q, want Rosa's rupture and her wish", words)
	}
	if got := len(p.Find("main .btn:not(.alt):not(.quiet)")); got != 1 {
		t.Errorf("%d filled buttons, want one", got)
	}
	if words := p.Words("aside"); !strings.Contains(words, "Write note: Rosa Vance") || !strings.Contains(words, "Your check-in: Rosa Vance") || !strings.Contains(words, "Open, 0 days") {
		t.Errorf("beside the day: %q, want the note, the check-in and the repair", words)
	}
	action := "/appointments/" + string(waits.ID) + "/mark"
	p = want(t, "marked", b.Send(p, action, "state", "held"), http.StatusOK)
	if p.Has(`form[action="`+action+`"]`) || !strings.HasPrefix(p.Path, "/today?day=2027-01-11") {
		t.Errorf("after marking: at %s, form still there %v", p.Path, p.Has(`form[action="`+action+`"]`))
	}
	if title := p.Words("title"); strings.Contains(title, "Rosa") {
		t.Errorf("the title %q names a client", title)
	}
	empty := want(t, "another day", b.Get("/today?day=2027-01-16"), http.StatusOK)
	if !strings.Contains(empty.Words("main"), "No sessions on this day.") {
		t.Errorf("an empty day says %q", empty.Words("main"))
	}
	h.Clock.Set(now.Add(26 * time.Hour))
	late := want(t, "the day after", h.in("theo").Get("/today"), http.StatusOK)
	if !strings.Contains(late.Words("aside"), "What became of these?") {
		t.Errorf("the day after, an unmarked hour is not asked about: %q", late.Words("aside"))
	}
	for _, who := range []string{"cora", "olga", "sami", "rosa"} {
		if p := h.in(who).Get("/today"); p.Status != http.StatusNotFound {
			t.Errorf("%s opens Today: %d, want 404", who, p.Status)
		}
	}
}
