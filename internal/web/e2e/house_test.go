package e2e_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/e2e"
	"attune/internal/web/webtest"
	"attune/internal/writing"
)

// house is a practice that has just opened: an owner, a coordinator, a therapist with open hours and an article.
type house struct {
	*webtest.House
	t                *testing.T
	olga, cora, theo *webtest.Member
}

// morning is when the house opens: a Monday at nine, in Chicago.
var morning = time.Date(2027, time.January, 11, 15, 0, 0, 0, time.UTC)

func newHouse(t *testing.T) *house {
	t.Helper()
	h := &house{House: webtest.New(t), t: t}
	h.Clock.Set(morning)
	h.olga, _ = h.Member("olga", "Olga Brandt", access.Owner)
	h.cora, _ = h.Member("cora", "Cora Whitlock", access.Coordinator)
	h.theo, _ = h.Member("theo", "Theo Lindqvist", access.Therapist)
	theo := practice.Therapist{Staff: h.theo.Staff, Slug: "theo", Published: true, Accepting: true, Capacity: 20, Profile: practice.Profile{
		About: "I like to look slowly.", Focus: []string{"relationship", "anxiety"}, Modalities: []string{"individual", "couple"},
		Languages: []string{"English"}, License: "Licensed in Illinois", Quote: "We start where you are."}}
	h.must(practice.KeepTherapist(t.Context(), h.DB, theo))
	owner := h.Actor(h.olga.Staff)
	room, err := schedule.KeepPlace(t.Context(), h.DB, owner, schedule.Place{Kind: "room", Active: true, Way: schedule.Way{Name: "Room 2", Directions: "Second floor"}})
	h.must(err)
	for day := time.Monday; day <= time.Friday; day++ {
		_, err := schedule.AddRule(t.Context(), h.DB, owner, "theo", schedule.Rule{Weekday: day, From: civil.Clock(9, 0), To: civil.Clock(17, 0), Mode: schedule.Bookable, Place: room})
		h.must(err)
	}
	a, err := writing.Begin(t.Context(), h.DB, h.Actor(h.theo.Staff), writing.Words{Title: "Small ruptures", Summary: "They can be mended.",
		Body: "All relationships ebb and flow.\n\n## A tear\n\nSomething is missed.\n\n## A stitch\n\nSomeone says so."})
	h.must(err)
	h.must(writing.Publish(t.Context(), h.DB, h.Actor(h.theo.Staff), a.ID, a.Version))
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// signIn signs a member in by password and code, in the window; one who is still signed in goes on.
func (h *house) signIn(w *e2e.Window, m *webtest.Member) *e2e.Window {
	h.t.Helper()
	if w.Open("/sign-in"); !w.Has("#email") {
		return w
	}
	w.Fill("email", m.Staff.Email).Fill("password", webtest.Password).Press("Sign in")
	return w.Fill("code", h.Code(m)).Press("Go on")
}

// letterTo does what is due and returns the path of the last link of a kind that went to the address: "/times/…".
func (h *house) letterTo(address, kind string) string {
	h.t.Helper()
	letters := h.Mail()[address]
	links := regexp.MustCompile(regexp.QuoteMeta(h.URL+kind)+`[A-Za-z0-9_-]{43}`).FindAllString(letters, -1)
	if len(links) == 0 {
		h.t.Fatalf("no link to %s went to %s:\n%s", kind, address, letters)
	}
	return strings.TrimPrefix(links[len(links)-1], h.URL)
}

// at moves the clock to a moment, which must lie ahead.
func (h *house) at(moment time.Time) {
	h.t.Helper()
	if moment.Before(h.Clock.Now()) {
		h.t.Fatalf("the clock stands at %s, which is after %s", h.Clock.Now(), moment)
	}
	h.Clock.Set(moment)
}
