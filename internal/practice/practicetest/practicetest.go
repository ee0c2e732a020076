// Package practicetest gives tests a small practice: two therapists, a
// coordinator, a supervisor and an owner, three courses, a room and video.
package practicetest

import (
	"context"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// The people and courses of the practice. Theo sees Rosa alone, and Ines and
// Paul as a couple; Sami supervises Theo; Tess sees Nell.
const (
	Theo = "theo"
	Tess = "tess"
	Cora = "cora"
	Sami = "sami"
	Olga = "olga"

	Rosa = "rosa"
	Ines = "ines"
	Paul = "paul"
	Nell = "nell"

	OfRosa = "course-rosa"
	OfPair = "course-pair"
	OfNell = "course-nell"
)

// House is a practice for one test.
type House struct {
	T     testing.TB
	DB    *db.DB // narrowed to the practice
	Clock *dbtest.Clock
	Room  schedule.PlaceID
	Video schedule.PlaceID
}

var ctx = context.Background()

// New founds the practice. Its clock stands at dbtest.Start.
func New(t testing.TB) *House {
	t.Helper()
	all, clock := dbtest.NewAt(t, dbtest.Start)
	h := &House{T: t, DB: all.For("north"), Clock: clock}
	h.must("found", practice.Found(ctx, all, practice.Practice{ID: "north", Ref: "north", Zone: "America/Chicago",
		Settings: practice.Settings{Name: "North Street Practice", ShortName: "North Street", Phone: "312-555-0100",
			Email: "hello@north.example", LeaveURL: "https://weather.example/", ReplyHours: 8, HoldHours: 48, CutoffHours: 24, SessionMinutes: 50, BufferMinutes: 10}}))
	h.staff(Theo, "Theo Lindqvist", access.Therapist)
	h.staff(Tess, "Tess Adeyemi", access.Therapist)
	h.staff(Cora, "Cora Whitlock", access.Coordinator)
	h.staff(Sami, "Sami Haddad", access.Supervisor)
	h.staff(Olga, "Olga Brandt", access.Owner)
	h.Tx(func(tx *db.DB) error {
		_, err := tx.Exec(ctx, `INSERT INTO supervision (practice_id, id, supervisor_id, therapist_id, since) VALUES ($1, $2, $3, $4, $5)`,
			"north", tx.NewID(), Sami, Theo, tx.Now())
		return err
	})
	h.Room = h.place("Room 2", "room")
	h.Video = h.place("Video", "video")
	h.client(Rosa, "Rosa Vance")
	h.client(Ines, "Ines Marchetti")
	h.client(Paul, "Paul Marchetti")
	h.client(Nell, "Nell Carver")
	h.course(OfRosa, Theo, "individual", Rosa)
	h.course(OfPair, Theo, "couple", Ines, Paul)
	h.course(OfNell, Tess, "individual", Nell)
	return h
}

// By is the person as an actor who is fully signed in.
func (h *House) By(id string) access.Actor {
	roles := map[string]access.Role{Theo: access.Therapist, Tess: access.Therapist, Cora: access.Coordinator,
		Sami: access.Supervisor, Olga: access.Owner}
	role, ok := roles[id]
	if !ok {
		role = access.Client
	}
	return access.Actor{PracticeID: "north", ID: id, Roles: []access.Role{role}, SignInID: "sign-in-" + id, Stage: access.Full}
}

// Tx runs a deed that must succeed.
func (h *House) Tx(fn func(tx *db.DB) error) {
	h.T.Helper()
	h.must("run a deed", h.DB.InTx(ctx, fn))
}

// Book books an hour of a course; 50 minutes in the room.
func (h *House) Book(course practice.CourseID, start time.Time) schedule.Appointment {
	h.T.Helper()
	by := h.By(Cora)
	a, err := schedule.Book(ctx, h.DB, by, access.WriteTimes, course,
		schedule.Stretch{PlaceID: h.Room, Interval: schedule.Interval{Start: start, End: start.Add(50 * time.Minute)}})
	h.must("book", err)
	return a
}

// Hold books an hour, lets it pass and marks it held: a session.
func (h *House) Hold(course practice.CourseID, start time.Time) schedule.Appointment {
	h.T.Helper()
	a := h.Book(course, start)
	if h.Clock.Now().Before(a.End) {
		h.Clock.Set(a.End)
	}
	held, err := schedule.Mark(ctx, h.DB, h.By(string(a.TherapistID)), a.ID, schedule.Held)
	h.must("hold", err)
	return held
}

func (h *House) must(what string, err error) {
	h.T.Helper()
	if err != nil {
		h.T.Fatalf("%s: %v", what, err)
	}
}

func (h *House) staff(id, name string, role access.Role) {
	h.T.Helper()
	s := practice.Staff{ID: practice.StaffID(id), Roles: []access.Role{role}, State: "active", Person: practice.Person{Name: name, Email: id + "@north.example"}}
	h.must("add staff", practice.AddStaff(ctx, h.DB, s))
	if role == access.Therapist {
		h.must("keep therapist", practice.KeepTherapist(ctx, h.DB, practice.Therapist{Staff: s, Slug: id, Capacity: 20}))
	}
}

func (h *House) place(name, kind string) schedule.PlaceID {
	h.T.Helper()
	p := schedule.Place{Kind: kind, Active: true, Way: schedule.Way{Name: name}}
	id, err := schedule.KeepPlace(ctx, h.DB, h.By(Olga), p)
	h.must("keep place", err)
	return id
}

func (h *House) client(id, name string) {
	h.T.Helper()
	key := seal.OwnerID("key-" + id)
	h.Tx(func(tx *db.DB) error {
		if _, err := seal.NewOwner(ctx, tx, seal.Person, key); err != nil {
			return err
		}
		return practice.AddClient(ctx, tx, h.By(Cora), practice.Client{ID: practice.ClientID(id), KeyID: key,
			About: practice.About{Name: name, Email: id + "@mail.example", Phone: "312-555-0111",
				Contact:   practice.SafeContact{Mail: true, Call: true},
				Emergency: practice.Emergency{Name: "Aunt Vera", Tie: "aunt", Phone: "312-555-0122"}}})
	})
}

func (h *House) course(id, therapist, modality string, clients ...practice.ClientID) {
	h.T.Helper()
	h.must("begin course", practice.BeginCourse(ctx, h.DB, h.By(Cora), practice.Course{ID: practice.CourseID(id), KeyID: seal.OwnerID("key-" + id),
		TherapistID: practice.StaffID(therapist), Modality: modality, ClientIDs: clients,
		Aims: practice.Aims{Here: "distance in relationships", Goals: []string{"Say what I need"}}}))
}
