package staff_test

import (
	"net/http"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/seal"
	"attune/internal/web/webtest"
)

const hour = time.Hour

// practiceHouse is a practice in the morning: Theo sees Rosa, and Ines and Paul;
// Sami supervises Theo; Cora coordinates and Olga owns. Tess works here too.
type practiceHouse struct {
	*webtest.House
	t     *testing.T
	room  schedule.PlaceID
	staff map[string]practice.Staff
}

func newPractice(t *testing.T) *practiceHouse {
	t.Helper()
	h := &practiceHouse{House: webtest.New(t), t: t, staff: map[string]practice.Staff{}}
	h.Clock.Set(dbtest.Start.Add(6 * hour)) // 9:00 in Chicago
	h.staff["theo"] = h.Therapist("theo", "Theo Lindqvist").Staff
	h.staff["tess"] = h.Therapist("tess", "Tess Adeyemi").Staff
	h.staff["cora"] = h.Staff("cora", "Cora Whitlock", access.Coordinator)
	h.staff["sami"] = h.Staff("sami", "Sami Haddad", access.Supervisor)
	h.staff["olga"] = h.Staff("olga", "Olga Brandt", access.Owner)
	var err error
	h.room, err = schedule.KeepPlace(h.Context(), h.DB, h.by("olga"), schedule.Place{Kind: "room", Active: true, Way: schedule.Way{Name: "Room 2"}})
	h.must(err)
	for id, name := range map[string]string{"rosa": "Rosa Vance", "ines": "Ines Marchetti", "paul": "Paul Marchetti"} {
		h.Client(practice.ClientID(id), name)
	}
	h.begin("alone", "individual", "rosa")
	h.begin("pair", "couple", "ines", "paul")
	h.must(h.DB.InTx(h.Context(), func(tx *db.DB) error {
		_, err := tx.Exec(h.Context(), `INSERT INTO supervision (practice_id, id, supervisor_id, therapist_id, since) VALUES ($1, $2, $3, $4, $5)`,
			tx.PracticeID(), tx.NewID(), "sami", "theo", tx.Now())
		return err
	}))
	return h
}

func (h *practiceHouse) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *practiceHouse) by(id string) access.Actor {
	if s, ok := h.staff[id]; ok {
		return h.Actor(s)
	}
	return access.Actor{PracticeID: "house", ID: id, Roles: []access.Role{access.Client}, SignInID: "test", Stage: access.Full}
}

func (h *practiceHouse) in(id string) *webtest.Browser {
	h.t.Helper()
	if s, ok := h.staff[id]; ok {
		return h.SignInStaff(s)
	}
	return h.SignIn(auth.Client, id, id+"@mail.example")
}

func (h *practiceHouse) begin(id, modality string, clients ...practice.ClientID) {
	h.t.Helper()
	h.must(practice.BeginCourse(h.Context(), h.DB, access.OfProgram("house"), practice.Course{ID: practice.CourseID(id), KeyID: seal.OwnerID("key-" + id),
		TherapistID: "theo", Modality: modality, ClientIDs: clients, Aims: practice.Aims{Here: "distance", Goals: []string{"Say what I need"}}}))
}

// book books an hour of 50 minutes.
func (h *practiceHouse) book(course practice.CourseID, start time.Time) schedule.Appointment {
	h.t.Helper()
	a, err := schedule.Book(h.Context(), h.DB, h.by("cora"), access.WriteTimes, course,
		schedule.Stretch{PlaceID: h.room, Interval: schedule.Interval{Start: start, End: start.Add(50 * time.Minute)}})
	h.must(err)
	return a
}

// hold books an hour, lets it pass and marks it held.
func (h *practiceHouse) hold(course practice.CourseID, start time.Time) schedule.Appointment {
	h.t.Helper()
	a := h.book(course, start)
	h.Clock.Set(a.End)
	a, err := schedule.Mark(h.Context(), h.DB, h.by("theo"), a.ID, schedule.Held)
	h.must(err)
	return a
}

// say lets a client check in, with all five answers alike.
func (h *practiceHouse) say(who string, a schedule.Appointment, level float64, more ...string) {
	h.t.Helper()
	answers := measure.Answers{}
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		answers["asc-"+item] = measure.Number(level)
	}
	for i := 0; i < len(more); i += 2 {
		answers[more[i]] = measure.Text(more[i+1])
	}
	_, err := rupture.Send(h.Context(), h.DB, h.by(who), rupture.CheckIn{AppointmentID: string(a.ID), ClientID: practice.ClientID(who),
		Side: alliance.Client, Answers: answers})
	h.must(err)
}

// want fails the test where the page has another status.
func want(t *testing.T, what string, p *webtest.Page, status int) *webtest.Page {
	t.Helper()
	if p.Status != status {
		t.Fatalf("%s: %d, want %d: %s", what, p.Status, status, p.Words("main"))
	}
	return p
}

func TestDesk(t *testing.T) {
	h := newPractice(t)
	for who, home := range map[string]string{"theo": "/today", "sami": "/supervision", "cora": "/inbox"} {
		if p := want(t, who, h.in(who).Get("/desk"), http.StatusOK); p.Path != home {
			t.Errorf("the desk of %s leads to %s, want %s", who, p.Path, home)
		}
	}
	if p := h.in("rosa").Get("/desk"); p.Status != http.StatusNotFound {
		t.Errorf("a client at the desk: %d, want 404", p.Status)
	}
}
