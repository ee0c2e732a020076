package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"attune/internal/practice"
	"attune/internal/schedule"
)

func TestChooseATime(t *testing.T) {
	h := open(t)
	link, b := h.offer("wren@mail.example", 3), h.Browser()
	p := b.Get(link)
	want(t, p, ok, "Choose a time")
	if got := len(p.Find("input[name=time]")); got != 3 {
		t.Errorf("%d times to choose, want 3", got)
	}
	if title := p.Words("title"); strings.Contains(strings.ToLower(title+p.Path), "therap") {
		t.Errorf("the title %q says what it is about", title)
	}
	p = b.Send(p, link)
	want(t, p, http.StatusUnprocessableEntity, "Choose a time")
	chosen := p.Attr("input[name=time]", "value")
	p = b.Send(p, link, "time", chosen)
	want(t, p, ok, "Your appointment")
	for _, words := range []string{"Room 2", "12 Birch Lane", "Imani Okafor", "Central time", "Step-free"} {
		if !strings.Contains(p.Words("main"), words) {
			t.Errorf("the appointment does not say %q: %s", words, p.Words("main"))
		}
	}
	if again := b.Get(link); again.Words("h1") != "Your appointment" {
		t.Errorf("the link leads to %q afterwards", again.Words("h1"))
	}
	calendar := b.Get(link + "/event.ics")
	text := string(calendar.Body)
	if !strings.HasPrefix(calendar.Header.Get("Content-Type"), "text/calendar") || !strings.Contains(text, "SUMMARY:Appointment\r\n") ||
		strings.Contains(strings.ToLower(text), "therapy") || strings.Contains(text, "Imani") || strings.Contains(text, "Birch Lane Relational") {
		t.Errorf("the calendar file is %s", text)
	}
	p = b.Send(b.Get(link), link+"/cancel")
	want(t, p, ok, "This time is canceled")
	if !strings.Contains(p.Words("main"), h.Practice().Phone) {
		t.Error("a canceled time has no phone number")
	}
}

func TestNoneSuits(t *testing.T) {
	h := open(t)
	link, b := h.offer("wren@mail.example", 2), h.Browser()
	p := b.Send(b.Get(link), link+"/none", "words", "Only after 6 in the evening.")
	want(t, p, ok, "We look for other times")
	want(t, b.Get(link), ok, "We look for other times")
}

func TestOfferRunsOut(t *testing.T) {
	h := open(t)
	h.Settle(func(s *practice.Settings) { s.HoldHours = 20 })
	link, b := h.offer("wren@mail.example", 2), h.Browser()
	p := b.Get(link)
	value := p.Attr("input[name=time]", "value")
	h.Clock.Advance(21 * time.Hour)
	want(t, b.Get(link), ok, "These times are no longer held")
	if late := b.Send(p, link, "time", value); late.Status != http.StatusConflict || !strings.Contains(late.Words("main"), h.Practice().Phone) {
		t.Errorf("choosing too late answers %d: %s", late.Status, late.Words("main"))
	}
	want(t, b.Send(b.Get(link), link+"/none", "words", ""), ok, "We look for other times")
}

func TestChangeATime(t *testing.T) {
	h := open(t)
	link, b := h.offer("wren@mail.example", 2), h.Browser()
	p := b.Send(b.Get(link), link, "time", b.Get(link).Attr("input[name=time]", "value"))
	before := p.Words(".stat")
	h.Settle(func(s *practice.Settings) { s.CutoffHours = 0 })
	p = b.Get(link + "/change")
	want(t, p, ok, "Choose another time")
	values := p.Find("input[name=time]")
	if len(values) == 0 {
		t.Fatal("no other time is open")
	}
	late := ""
	for _, a := range values[len(values)-1].Attr {
		if a.Key == "value" {
			late = a.Val
		}
	}
	p = b.Send(p, link+"/change", "time", late)
	want(t, p, ok, "Your appointment")
	if p.Words(".stat") == before {
		t.Errorf("the day is %q as before", before)
	}
	p = b.Post(link+"/change", map[string][]string{"time": {"12345 nowhere"}})
	if p.Status != http.StatusConflict {
		t.Errorf("a time that nobody offers answers %d, want 409", p.Status)
	}
}

func TestTooLateToChange(t *testing.T) {
	h := open(t)
	course := h.client("rosa", "Rosa Vance")
	a := h.book(course, 47*time.Hour)
	b := h.in("rosa")
	p := b.Get("/appointments/" + string(a.ID))
	want(t, p, ok, "Your appointment")
	if p.Has(`form[action$="/cancel"]`) || !strings.Contains(p.Words("main"), "too close") {
		t.Errorf("within the cut-off it can be changed: %s", p.Words("main"))
	}
	if p = b.Post("/appointments/"+string(a.ID)+"/cancel", nil); p.Status != http.StatusConflict {
		t.Errorf("canceling within the cut-off answers %d, want 409", p.Status)
	}
	other := h.client("nell", "Nell Carver")
	theirs := h.book(other, 100*time.Hour)
	if p = b.Get("/appointments/" + string(theirs.ID)); p.Status != http.StatusNotFound {
		t.Errorf("another's appointment answers %d, want 404", p.Status)
	}
	if p = b.Get("/appointments/" + string(schedule.AppointmentID("nothing"))); p.Status != http.StatusNotFound {
		t.Errorf("no appointment answers %d, want 404", p.Status)
	}
}
