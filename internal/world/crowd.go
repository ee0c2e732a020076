package world

import (
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/measure"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// Sizes are how many sessions the standard world has beside what the small one holds.
var Sizes = map[string]int{"tiny": 1_000, "s": 10_000, "m": 100_000}

// Each therapist of the crowd has fifty courses, an hour of the week each, and a course has twenty sessions.
const (
	perTherapist = 50
	perCourse    = 20
	perStep      = 5 // sessions in one transaction
)

// crowd fills the practice up with courses that are alike: sessions with both check-ins and a signed note. The file
// names its people only.
func (h *house) crowd(sessions int) {
	for n := 0; n < sessions/perCourse && h.err == nil; n++ {
		therapist := fmt.Sprintf("crowd.therapist.%d", n/perTherapist+1)
		if n%perTherapist == 0 {
			h.back(160 * day)
			h.staff(therapist, access.Therapist, "active", false)
		}
		client := fmt.Sprintf("crowd.client.%d", n+1)
		h.back(155 * day)
		h.client(client, practice.SafeContact{Mail: true})
		h.attend(therapist, client, n%perTherapist)
	}
}

// attend begins a course at one of the therapist's hours of the week and holds its sessions.
func (h *house) attend(therapist, client string, hour int) {
	if h.err != nil {
		return
	}
	by, who := h.by(therapist), practice.ClientID(h.users[client].ID)
	first := civil.On(h.now, h.loc).Monday().AddDays(-7*(perCourse+1) + hour%5)
	w := schedule.Weekly{Starts: first, At: civil.Clock(8+hour/5, 0), Length: 50 * time.Minute, Every: 1, Count: perCourse}
	var course practice.CourseID
	var booked []schedule.Appointment
	h.do("begin a course of the crowd", func(tx *db.DB) (err error) {
		course = practice.CourseID(tx.NewID())
		k := practice.Course{ID: course, KeyID: seal.OwnerID(tx.NewID()), TherapistID: practice.StaffID(by.ID), Modality: "individual", ClientIDs: []practice.ClientID{who}}
		if err := practice.BeginCourse(h.ctx, tx, access.OfProgram(tx.PracticeID()), k); err != nil {
			return err
		}
		booked, err = schedule.BookSeries(h.ctx, tx, by, course, h.video, w)
		return err
	})
	h.file.Relations = append(h.file.Relations, Relation{Kind: "assigned", Client: h.full(client), Therapist: h.full(therapist), From: h.clock.Now()})
	for len(booked) > 0 && h.err == nil {
		some := booked[:min(perStep, len(booked))]
		booked = booked[len(some):]
		h.clock.Set(some[len(some)-1].End.Add(time.Hour))
		words := h.canary()
		h.do("hold sessions of the crowd", func(tx *db.DB) error {
			for n, a := range some {
				if err := h.held(tx, a, therapist, client, float64(2+(n+hour)%3), words); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// held marks a session, checks in from both sides and signs the note.
func (h *house) held(tx *db.DB, a schedule.Appointment, therapist, client string, felt float64, words string) error {
	by, who := h.by(therapist), practice.ClientID(h.users[client].ID)
	a, err := schedule.Mark(h.ctx, tx, by, a.ID, schedule.Held)
	if err != nil {
		return err
	}
	helper := level("asct-", 3)
	helper["asct-off"] = measure.Text("no")
	own := level("asc-", felt)
	own["asc-off"], own["asc-words"] = measure.Text("no"), measure.Text(words)
	for _, c := range []struct {
		by access.Actor
		in rupture.CheckIn
	}{
		{by, rupture.CheckIn{AppointmentID: string(a.ID), ClientID: who, Side: "therapist", Answers: helper}},
		{h.by(client), rupture.CheckIn{AppointmentID: string(a.ID), ClientID: who, Side: "client", Answers: own}},
	} {
		if _, err := rupture.Send(h.ctx, tx, c.by, c.in); err != nil {
			return err
		}
	}
	_, err = note.Sign(h.ctx, tx, by, a.Session, note.Draft{Words: map[string]string{"worked_on": words}})
	return err
}
