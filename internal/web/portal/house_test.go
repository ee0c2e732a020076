package portal_test

import (
	"net/http"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
	"attune/internal/web/webtest"
)

// house is a practice with a therapist who is there on weekdays, in a room.
type house struct {
	*webtest.House
	t     *testing.T
	owner practice.Staff
	imani practice.Therapist
	room  schedule.PlaceID
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{House: webtest.New(t), t: t}
	h.owner = h.Staff("olga", "Olga Brandt", access.Owner, access.Coordinator)
	h.imani = h.Therapist("imani", "Imani Okafor")
	h.imani.License = "Illinois 071-000000"
	h.must(practice.KeepTherapist(h.Context(), h.DB, h.imani))
	h.room = h.place("Room 2", "room", "")
	for day := time.Monday; day <= time.Friday; day++ {
		_, err := schedule.AddRule(h.Context(), h.DB, h.Actor(h.owner), h.imani.ID, schedule.Rule{Weekday: day, From: civil.Clock(9, 0),
			To: civil.Clock(17, 0), Mode: schedule.Bookable, Place: h.room})
		h.must(err)
	}
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) place(name, kind, link string) schedule.PlaceID {
	h.t.Helper()
	id, err := schedule.KeepPlace(h.Context(), h.DB, h.Actor(h.owner), schedule.Place{Kind: kind, Active: true,
		Way: schedule.Way{Name: name, Link: link, Directions: "Step-free from the rear."}})
	h.must(err)
	return id
}

// client adds someone who comes to Imani, and asks them the first forms.
func (h *house) client(id, name string) practice.CourseID {
	h.t.Helper()
	h.person(id, name)
	return h.course("individual", practice.ClientID(id))
}

func (h *house) person(id, name string) {
	h.t.Helper()
	key := seal.OwnerID("key-" + id)
	h.must(h.DB.InTx(h.Context(), func(tx *db.DB) error {
		if _, err := seal.NewOwner(h.Context(), tx, seal.Person, key); err != nil {
			return err
		}
		c := practice.Client{ID: practice.ClientID(id), KeyID: key, About: practice.About{Name: name, Email: id + "@mail.example",
			Contact: practice.SafeContact{Mail: true}}}
		if err := practice.AddClient(h.Context(), tx, h.Actor(h.owner), c); err != nil {
			return err
		}
		return measure.Ask(h.Context(), tx, h.Actor(h.owner), c.ID)
	}))
}

func (h *house) course(modality string, clients ...practice.ClientID) practice.CourseID {
	h.t.Helper()
	id := practice.CourseID("course-" + string(clients[0]))
	h.must(practice.BeginCourse(h.Context(), h.DB, h.Actor(h.owner), practice.Course{ID: id, KeyID: seal.OwnerID("key-" + string(id)),
		TherapistID: h.imani.ID, Modality: modality, ClientIDs: clients}))
	return id
}

// in is a browser in which the client has just signed in.
func (h *house) in(id string) *webtest.Browser {
	h.t.Helper()
	return h.SignIn(auth.Client, id, id+"@mail.example")
}

// book books an hour with Imani, so many hours from now.
func (h *house) book(course practice.CourseID, after time.Duration) schedule.Appointment {
	h.t.Helper()
	start := h.Clock.Now().Add(after)
	a, err := schedule.Book(h.Context(), h.DB, h.Actor(h.owner), access.WriteTimes, course, schedule.Stretch{TherapistID: h.imani.ID,
		PlaceID: h.room, Interval: schedule.Interval{Start: start, End: start.Add(50 * time.Minute)}})
	h.must(err)
	return a
}

// hold books an hour, lets it pass and marks it held.
func (h *house) hold(course practice.CourseID, after time.Duration) schedule.Appointment {
	h.t.Helper()
	a := h.book(course, after)
	h.Clock.Set(a.End)
	held, err := schedule.Mark(h.Context(), h.DB, h.Actor(h.imani.Staff), a.ID, schedule.Held)
	h.must(err)
	return held
}

// offer has a stranger ask for an appointment and sends them times; it returns where their link leads.
func (h *house) offer(email string, times int) string {
	h.t.Helper()
	asked, err := intake.Send(h.Context(), h.DB, h.Visitor(), intake.Request{Name: "Wren Castellano", Email: email, Adult: true,
		Brings: []string{"relationship"}}, "web")
	h.must(err)
	_, fits, _, err := intake.Match(h.Context(), h.DB, h.Actor(h.owner), asked.ID)
	h.must(err)
	var chosen []schedule.Stretch
	for _, slot := range fits[0].Free[len(fits[0].Free)-times:] {
		chosen = append(chosen, schedule.Stretch{TherapistID: fits[0].Therapist.ID, PlaceID: slot.Place, Interval: slot.Interval})
	}
	sent, err := intake.SendOffer(h.Context(), h.DB, h.Actor(h.owner), asked.ID, chosen, "Here are some times with Imani.")
	h.must(err)
	return h.Link(access.TaskOffer, "/times/", string(asked.KeyID), string(sent.ID))
}

// want holds a page against a status and a heading.
func want(t *testing.T, p *webtest.Page, status int, heading string) {
	t.Helper()
	if p.Status != status || p.Words("h1") != heading {
		t.Fatalf("%s answers %d %q, want %d %q:\n%s", p.Path, p.Status, p.Words("h1"), status, heading, p.Words("main"))
	}
}

const ok = http.StatusOK
