package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/rupture"
	"attune/internal/web/webtest"
)

// five are the answers to the five scales.
func five(value string) []string {
	return []string{"asc-heard", value, "asc-understood", value, "asc-valued", value, "asc-safe", value, "asc-together", value}
}

func send(t *testing.T, b *webtest.Browser, path string, pairs ...string) *webtest.Page {
	t.Helper()
	p := b.Get(path)
	if p.Status != http.StatusOK {
		t.Fatalf("%s answers %d", path, p.Status)
	}
	return b.Send(p, path, pairs...)
}

// TestFromCheckInToRepair goes all the way by link: something off, named by the
// therapist, and better by the client's word.
func TestFromCheckInToRepair(t *testing.T) {
	h := open(t)
	course := h.client("rosa", "Rosa Vance")
	first := h.hold(course, 30*time.Hour)
	link, b := h.Link(access.TaskCheckIn, "/questions/", "rosa", string(first.ID)), h.Browser()
	p := b.Get(link)
	want(t, p, ok, "How was today with Imani?")
	if got := len(p.Find(".scale")); got != 5 {
		t.Errorf("%d scales, want 5", got)
	}
	if p.Has(`input[name=asc-better]`) || !p.Has("#wish[data-revealed]") || !p.Has(`form[data-keep]`) {
		t.Error("the conditional questions do not stand as they should")
	}
	p = b.Send(p, link, append(five("2"), "asc-off", "not_talked", "asc-words", "The change of time stung.")...)
	want(t, p, ok, "Thank you. That was worth saying.")
	p = b.Send(p, link+"/wish", "wish", "raise_it")
	if !strings.Contains(p.Words("main"), "Imani brings it up") {
		t.Errorf("after the wish: %s", p.Words("main"))
	}
	want(t, b.Get(link), ok, "You have answered this one already")
	again := b.Post(link, map[string][]string{"asc-heard": {"4"}})
	if again.Status != http.StatusConflict && again.Words("h1") != "You have answered this one already" {
		t.Errorf("answering twice gives %d %q", again.Status, again.Words("h1"))
	}
	current, err := rupture.CurrentOf(h.Context(), h.DB, h.Actor(h.imani.Staff), access.ReadRupture, course, "rosa")
	h.must(err)
	if current == nil || current.State != rupture.Open || current.Wish != rupture.RaiseIt {
		t.Fatalf("rupture %+v, want open, to be raised", current)
	}
	h.must(rupture.RecordTalk(h.Context(), h.DB, h.Actor(h.imani.Staff), current.ID, rupture.Talk{Strategies: []string{"own"}, Text: "a secret of Imani's"}))
	second := h.hold(course, 100*time.Hour)
	mine := h.in("rosa")
	path := "/check-in/" + string(second.ID)
	p = mine.Get(path)
	if !p.Has("input[name=asc-better]") || p.Has("#wish[data-revealed]") {
		t.Error("with something open the page does not ask how it is now")
	}
	p = mine.Send(p, path, append(five("3"), "asc-off", "no", "asc-better", "better")...)
	if !strings.Contains(p.Words("main"), "mark it as repaired") {
		t.Errorf("better is answered by %s", p.Words("main"))
	}
	p = mine.Get("/between")
	if !strings.Contains(p.Words("main"), "You said it is better") || strings.Contains(string(p.Body), "secret") {
		t.Errorf("between us: %s", p.Words("main"))
	}
}

func TestBefore(t *testing.T) {
	h := open(t)
	course := h.client("rosa", "Rosa Vance")
	a := h.book(course, 2*time.Hour)
	link, b := h.Link(access.TaskCheckIn, "/questions/", "rosa", string(a.ID)), h.Browser()
	p := b.Get(link)
	want(t, p, ok, "Right now, I feel connected to my therapist")
	if got := len(p.Find("button[name=ascb-connected]")); got != 5 || !strings.Contains(p.Words("main"), "Room 2") {
		t.Errorf("%d taps: %s", got, p.Words("main"))
	}
	p = b.Send(p, link, "ascb-connected", "3")
	want(t, p, ok, "Thank you")
	want(t, b.Get(link), ok, "Thank you")
	if p = b.Post(link, map[string][]string{"asc-heard": {"3"}}); p.Status != http.StatusConflict {
		t.Errorf("answering what comes after gives %d, want 409", p.Status)
	}
}

// TestPartner wants nothing that one of a couple said to reach the other.
func TestPartner(t *testing.T) {
	h := open(t)
	h.person("ines", "Ines Marchetti")
	h.person("paul", "Paul Marchetti")
	course := h.course("couple", "ines", "paul")
	a := h.hold(course, 30*time.Hour)
	ines, paul := h.in("ines"), h.in("paul")
	path := "/check-in/" + string(a.ID)
	send(t, ines, path, append(five("1"), "asc-off", "not_talked", "asc-words", "A canary of Ines.")...)
	if p := paul.Get(path); p.Has("input[name=asc-better]") || p.Words("h1") != "How was today with Imani?" {
		t.Errorf("the partner's check-in is %q", p.Words("h1"))
	}
	for _, page := range []string{"/home", "/between", "/check-ins", "/looked", "/me"} {
		p := paul.Get(page)
		if p.Status != ok || strings.Contains(string(p.Body), "canary") || strings.Contains(p.Words("main"), "felt off since") || strings.Contains(p.Words("main"), "Ines") {
			t.Errorf("%s answers %d and tells the partner: %s", page, p.Status, p.Words("main"))
		}
		neutral(t, p)
	}
	if p := ines.Get("/between"); !strings.Contains(p.Words("main"), "not talked about it yet") {
		t.Errorf("the one who said so does not see it: %s", p.Words("main"))
	}
	own := ines.Get("/check-ins")
	if !strings.Contains(own.Words("main"), "A canary of Ines.") || !strings.Contains(own.Words("main"), "A little") {
		t.Errorf("one's own answers are not shown: %s", own.Words("main"))
	}
}
