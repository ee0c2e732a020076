package caseload

import (
	"context"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
)

// Hour is one appointment with all that its page needs.
type Hour struct {
	schedule.Appointment
	Now       time.Time
	Clients   []practice.Client
	Therapist practice.Staff
	Place     schedule.Place
	Places    []schedule.Place // where it could be
	Open      []schedule.Slot  // when it could be, in the next two weeks
	Changes   bool             // the actor may move and cancel it
	Marks     bool             // the actor may say what became of it
	Brief     bool             // the actor may read its brief
}

// openFor is how far ahead open times are shown.
const openFor = 14 * 24 * time.Hour

// AnHour is an appointment's page.
func AnHour(ctx context.Context, tx *db.DB, by access.Actor, id schedule.AppointmentID) (Hour, error) {
	var h Hour
	if !by.Staff() {
		return h, fault.NotFound()
	}
	err := tx.View(ctx, func(tx *db.DB) error {
		h = Hour{Now: tx.Now()}
		var err error
		if h.Appointment, err = schedule.OneAppointment(ctx, tx, by, access.ReadTimes, id); err != nil {
			return err
		}
		k, err := practice.OneCourse(ctx, tx, by, access.ReadTimes, h.CourseID)
		if err != nil {
			return err
		}
		clients, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, k.ClientIDs)
		if err != nil {
			return err
		}
		h.Clients = taking(k, clients)
		if h.Therapist, err = practice.Colleague(ctx, tx, h.TherapistID); err != nil {
			return err
		}
		for right, into := range map[access.Right]*bool{access.WriteTimes: &h.Changes, access.MarkHeld: &h.Marks, access.ReadCourse: &h.Brief} {
			if *into, err = reaches(ctx, tx, by, right, k.ID); err != nil {
				return err
			}
		}
		return h.elsewhere(ctx, tx)
	})
	return h, err
}

// reaches reports whether the actor has the right over the course.
func reaches(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id practice.CourseID) (bool, error) {
	_, err := practice.OneCourse(ctx, tx, by, right, id)
	if f, ok := fault.Of(err); ok && f.Kind == fault.KindNotFound {
		return false, nil
	}
	return err == nil, err
}

// elsewhere finds where and when the appointment is and could be.
func (h *Hour) elsewhere(ctx context.Context, tx *db.DB) error {
	all, err := schedule.Places(ctx, tx)
	if err != nil {
		return err
	}
	if i := slices.IndexFunc(all, func(p schedule.Place) bool { return p.ID == h.PlaceID }); i >= 0 {
		h.Place = all[i]
	}
	h.Places = slices.DeleteFunc(all, func(p schedule.Place) bool { return !p.Active })
	if !h.Changes || h.State != schedule.Booked {
		return nil
	}
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	h.Open, err = openTimes(ctx, tx, house, h.TherapistID, h.Now, h.Now.Add(openFor))
	return err
}

// Adding is what the page for a new session needs.
type Adding struct {
	Therapist practice.Therapist
	Others    []practice.Therapist
	Courses   []Entry // active ones with the therapist
	Places    []schedule.Place
	Open      []schedule.Slot
	Minutes   int // of a session, by the practice's settings
}

// ToAdd is the page on which a session with a therapist is added: with oneself
// where none is named. Whoever may not change that week finds nothing.
func ToAdd(ctx context.Context, tx *db.DB, by access.Actor, of practice.StaffID) (Adding, error) {
	var a Adding
	err := tx.View(ctx, func(tx *db.DB) error {
		w := Week{Now: tx.Now()}
		if err := w.choose(ctx, tx, by, of); err != nil {
			return err
		}
		if !w.Changes {
			return fault.NotFound()
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		a = Adding{Therapist: w.Therapist, Others: w.Others, Minutes: house.SessionMinutes}
		courses, err := practice.CoursesWith(ctx, tx, by, access.WriteTimes, w.Therapist.ID)
		if err != nil {
			return err
		}
		if a.Courses, err = entries(ctx, tx, by, courses); err != nil {
			return err
		}
		if a.Places, err = schedule.Places(ctx, tx); err != nil {
			return err
		}
		a.Places = slices.DeleteFunc(a.Places, func(p schedule.Place) bool { return !p.Active })
		a.Open, err = openTimes(ctx, tx, house, w.Therapist.ID, w.Now, w.Now.Add(openFor))
		return err
	})
	return a, err
}
