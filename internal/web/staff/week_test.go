package staff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

func TestWeek(t *testing.T) {
	h := newPractice(t)
	b := h.in("theo")
	rules := url.Values{"of": {"theo"}, "weekday": {"Wednesday"}, "from": {"09:00"}, "to": {"12:00"}, "mode": {"bookable"}, "place": {string(h.room)}}
	want(t, "hours", b.Post("/hours/rules", rules), http.StatusOK)
	p := want(t, "week", b.Get("/week"), http.StatusOK)
	if got := len(p.Find(".ev.open")); got != 3 {
		t.Errorf("%d open times, want three: %s", got, p.Words("main"))
	}
	p = want(t, "add", b.Get(p.Attr("a.ev.open", "href")), http.StatusOK)
	if p.Attr("#day", "value") != "2027-01-13" || p.Attr("#time", "value") != "09:00" {
		t.Errorf("the form begins at %s %s, want the open time", p.Attr("#day", "value"), p.Attr("#time", "value"))
	}
	hour := want(t, "added", b.Send(p, "/calendar/new", "course", "alone"), http.StatusOK)
	if !strings.HasPrefix(hour.Path, "/calendar/") || !strings.Contains(hour.Words("main"), "Rosa Vance") {
		t.Fatalf("added: at %s: %q", hour.Path, hour.Words("main"))
	}
	path, _, _ := strings.Cut(hour.Path, "?")
	if taken := b.Send(p, "/calendar/new", "course", "pair", "idempotency", "k2"); taken.Status != http.StatusConflict || !taken.Has("#day[value='2027-01-13']") {
		t.Errorf("the same time again: %d, want 409 with what was typed", taken.Status)
	}
	if bad := b.Send(p, "/calendar/new", "time", "noonish", "idempotency", "k3"); bad.Status != http.StatusUnprocessableEntity || !bad.Has("#time[aria-invalid]") {
		t.Errorf("a time that is none: %d, want 422", bad.Status)
	}
	moved := want(t, "moved", b.Send(hour, path+"/move", "time", "10:00"), http.StatusOK)
	if !strings.Contains(moved.Words("main"), "10:00 to 10:50 am") {
		t.Errorf("moved: %q", moved.Words("main"))
	}
	off := want(t, "cancelled", b.Send(moved, path+"/cancel"), http.StatusOK)
	if !strings.Contains(off.Words("main"), "Canceled") || off.Has(`form[action$="/move"]`) {
		t.Errorf("cancelled: %q", off.Words("main"))
	}
	series := b.Send(p, "/calendar/new", "course", "pair", "repeat", "1", "until", "2027-02-10", "idempotency", "k4")
	want(t, "series", series, http.StatusOK)
	if p := b.Get("/week?day=2027-01-20"); !strings.Contains(p.Words(".cal"), "Ines and Paul") {
		t.Errorf("the week after: %q", p.Words(".cal"))
	}
}

func TestWhoSeesWhichWeek(t *testing.T) {
	h := newPractice(t)
	a := h.hold("alone", h.Clock.Now())
	h.say("rosa", a, 1, "asc-off", "not_talked")
	h.book("alone", h.Clock.Now().Add(3*hour))
	if p := want(t, "own", h.in("theo").Get("/week"), http.StatusOK); !p.Has(".ev.flag") {
		t.Error("Theo's week does not mark the rupture")
	}
	kept := want(t, "coordinator", h.in("cora").Get("/week?of=theo"), http.StatusOK)
	if kept.Has(".ev.flag") || !strings.Contains(kept.Words(".cal"), "Rosa Vance") || !kept.Has(`a[href^="/calendar/new"]`) {
		t.Errorf("the coordinator's view of it: %q", kept.Words("main"))
	}
	read := want(t, "supervisor", h.in("sami").Get("/week?of=theo"), http.StatusOK)
	if read.Has(`a[href^="/calendar/new"]`) {
		t.Error("the supervisor may add sessions")
	}
	if p := h.in("tess").Get("/week?of=theo"); p.Status != http.StatusNotFound {
		t.Errorf("Tess opens Theo's week: %d, want 404", p.Status)
	}
	if p := h.in("tess").Get("/calendar/" + string(a.ID)); p.Status != http.StatusNotFound {
		t.Errorf("Tess opens Theo's hour: %d, want 404", p.Status)
	}
}

func TestTimeOff(t *testing.T) {
	h := newPractice(t)
	h.book("alone", h.Clock.Now().Add(24*hour))
	b := h.in("theo")
	off := url.Values{"of": {"theo"}, "off_from": {"2027-01-12"}, "off_until": {"2027-01-12"}, "reason": {"A wedding"}}
	if p := b.Post("/hours/off", off); p.Status != http.StatusConflict || !p.Has("#off_from[value='2027-01-12']") {
		t.Errorf("time off over a session: %d, want 409 with what was typed", p.Status)
	}
	off.Set("off_from", "2027-01-14")
	off.Set("off_until", "2027-01-15")
	p := want(t, "time off", b.Post("/hours/off", off), http.StatusOK)
	if !strings.Contains(p.Words("main"), "A wedding") {
		t.Fatalf("hours say %q", p.Words("main"))
	}
	if week := b.Get("/week"); len(week.Find(".ev.hold")) == 0 {
		t.Error("the week does not show the time off")
	}
	back := p.Attr(`form[action^="/hours/off/"][action$="/back"]`, "action")
	if p = want(t, "back", b.Send(p, back), http.StatusOK); strings.Contains(p.Words("main"), "A wedding") {
		t.Error("the time off is still there")
	}
	if p := h.in("tess").Post("/hours/off", off); p.Status != http.StatusNotFound {
		t.Errorf("Tess takes Theo's time off: %d, want 404", p.Status)
	}
}
