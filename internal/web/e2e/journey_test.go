package e2e_test

import (
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/e2e"
	"attune/internal/web/webtest"
)

// linkTo is the newest link to a path in the letters that someone got.
func linkTo(t *testing.T, h *webtest.House, email, path string) string {
	t.Helper()
	letters := h.Mail()[email]
	at := strings.LastIndex(letters, path)
	if at < 0 {
		t.Fatalf("no link to %s came to %s:\n%s", path, email, letters)
	}
	token, _, _ := strings.Cut(letters[at+len(path):], "\n")
	return path + strings.TrimSpace(token)
}

// staffed is a house with a therapist who has a room and open hours each day.
func staffed(t *testing.T) (h *webtest.House, therapist, coordinator practice.Staff) {
	t.Helper()
	h = webtest.New(t)
	who := h.Therapist("theo", "Theo Lindqvist")
	who.License = "IL 149.012345"
	if err := practice.KeepTherapist(h.Context(), h.DB, who); err != nil {
		t.Fatal(err)
	}
	coordinator = h.Staff("cora", "Cora Whitlock", access.Coordinator)
	owner := h.Actor(h.Staff("olga", "Olga Brandt", access.Owner))
	place, err := schedule.KeepPlace(h.Context(), h.DB, owner, schedule.Place{Kind: "room", Active: true, Way: schedule.Way{Name: "Room 2", Directions: "Ring at the door."}})
	if err != nil {
		t.Fatal(err)
	}
	for _, day := range civil.Weekdays {
		_, err := schedule.AddRule(h.Context(), h.DB, owner, who.ID, schedule.Rule{Weekday: day, From: civil.Clock(9, 0), To: civil.Clock(17, 0),
			Mode: schedule.Bookable, Place: place})
		if err != nil {
			t.Fatal(err)
		}
	}
	return h, who.Staff, coordinator
}

// checkIn answers the scales of a check-in alike.
func checkIn(w *e2e.Window, prefix, score string) *e2e.Window {
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		w.Choose(prefix+item, score)
	}
	return w
}

// The whole main job, as people do it: from "make an appointment" to a repaired rupture.
func TestFromAppointmentToRepair(t *testing.T) {
	h, therapist, coordinator := staffed(t)
	base := named(h)
	const email = "wren@example.org"

	visitor := inspected(t, base, e2e.Look{Width: 390, Script: true})
	visitor.Expect("422")
	visitor.Open("/").Press("Make an appointment").Want("Required fields are marked")
	h.Clock.Advance(time.Minute) // nobody fills a form in within a moment
	visitor.Fill("name", "Wren Castellan").Press("Send my request").Want("Enter an email address or a phone number so we can reply.")
	h.Clock.Advance(time.Minute)
	visitor.Fill("email", email).Choose("adult", "yes").Choose("brings", "relationship").Fill("words", "We go quiet, both of us.").
		Press("Send my request").Want("Cora")

	desk := inspected(t, base, e2e.Look{Width: 1280, Script: true})
	entered(desk, welcomed(t, h, coordinator))
	desk.Open("/inbox").Want("Wren Castellan").Press("Match").Want("Closest fits", "Theo Lindqvist")
	desk.Press("Preview reply").Want("What goes out").Press("Hold the times and send").Want("The times are held")

	client := inspected(t, base, e2e.Look{Width: 390, Script: true})
	client.Open(linkTo(t, h, email, "/times/")).Want("Choose a time", "Theo Lindqvist").Choose("time", "").Press("Book this time").Want("Room 2")
	forms := linkTo(t, h, email, "/forms/")
	client.Open(forms).Press("Begin").Fill("signature", "Wren Castellan").Press("Sign")

	start := firstHour(t, h)
	meet(t, h, start)
	office := inspected(t, base, e2e.Look{Width: 1280, Script: true})
	entered(office, welcomed(t, h, therapist))
	office.Open("/today").Want("Wren Castellan").Press("Held")
	client.Open(linkTo(t, h, email, "/questions/"))
	checkIn(client, "asc-", "2").Choose("asc-off", "not_talked").Choose("asc-wish", "raise_it").
		Fill("asc-words", "You looked at the clock when I spoke of my father.").Press("Send to Theo").Want("Thank you")

	office.Open("/today").Want("Rupture open").Press("[.day h3 a, .day a.go]").Want("A rupture with you", "You looked at the clock", "Please bring it up")
	office.Fill("note-worked_on", "His father, and the silence at table.").Press("Sign note").Want("signed")

	book(t, h, start.AddDate(0, 0, 7))
	meet(t, h, start.AddDate(0, 0, 7))
	office.Open("/sign-in").Press("Sign in with a passkey")
	office.Open("/today").Press("Held")
	office.Open("/today").Press("[.day h3 a, .day a.go]").Tap("We talked about it")
	office.Choose("strategies", "own").Press("Keep: we talked about it").Want("Talked about")

	client.Open(linkTo(t, h, email, "/questions/")).Want("The difficult moment from before")
	checkIn(client, "asc-", "4").Choose("asc-off", "no").Choose("asc-better", "better").Press("Send to Theo").Want("Thank you")
	office.Open("/today").Press("[.day h3 a, .day a.go]").Want("Repaired")

	home := inspected(t, base, e2e.Look{Width: 390, Dark: true, Script: true})
	home.Open("/sign-in").Press("Send me a link").Fill("email", email).Press("Send me a link")
	home.Open(linkTo(t, h, email, "/enter/")).Press("Sign me in")
	home.Open("/home").Want("My check-ins")
	home.Open("/between").Want("Repaired", "You said it is better")
	home.Open("/looked").Want("Theo Lindqvist", "because you work together")
}

// firstHour is when the one booked appointment begins.
func firstHour(t *testing.T, h *webtest.House) time.Time {
	t.Helper()
	by := access.OfProgram("house")
	all, err := schedule.Between(h.Context(), h.DB, by, access.ReadTimes, "", h.Clock.Now(), h.Clock.Now().AddDate(0, 2, 0))
	if err != nil || len(all) != 1 {
		t.Fatalf("got %d appointments, %v; want the one that was booked", len(all), err)
	}
	return all[0].Start
}

// meet moves the clock to the end of an hour.
func meet(t *testing.T, h *webtest.House, start time.Time) {
	t.Helper()
	h.Clock.Set(start.Add(55 * time.Minute))
}

// book makes one more appointment of the one course.
func book(t *testing.T, h *webtest.House, start time.Time) {
	t.Helper()
	by := access.OfProgram("house")
	all, err := schedule.Between(h.Context(), h.DB, by, access.ReadTimes, "", start.AddDate(0, -1, 0), start)
	if err != nil || len(all) == 0 {
		t.Fatalf("got %d appointments, %v", len(all), err)
	}
	slot := all[0].Stretch
	slot.Interval = schedule.Interval{Start: start, End: start.Add(50 * time.Minute)}
	if _, err := schedule.Book(h.Context(), h.DB, by, access.ReadTimes, all[0].CourseID, slot); err != nil {
		t.Fatal(err)
	}
}
