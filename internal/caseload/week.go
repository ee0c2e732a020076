package caseload

import (
	"context"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// Week is a therapist's week.
type Week struct {
	Monday    civil.Date
	Now       time.Time
	Therapist practice.Therapist
	Others    []practice.Therapist // whose weeks the actor may look at
	Hours     []WeekHour
	Off       []schedule.TimeOff
	Open      []schedule.Slot
	Places    map[schedule.PlaceID]schedule.Place
	// Changes: the actor may add, move and cancel in it.
	Changes bool
}

// WeekHour is an appointment of the week. Torn says that a rupture is open
// between the two; it is shown to the therapist alone, never on the calendars
// of those who only keep its times.
type WeekHour struct {
	schedule.Appointment
	Clients []practice.Client
	Torn    bool
	First   bool // the course has held no session yet
}

// AWeek is the week of a therapist: one's own where none is named.
func AWeek(ctx context.Context, tx *db.DB, by access.Actor, of practice.StaffID, monday civil.Date) (Week, error) {
	var w Week
	err := tx.InTx(ctx, func(tx *db.DB) error {
		w = Week{Monday: monday, Now: tx.Now()}
		if err := w.choose(ctx, tx, by, of); err != nil {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		from, _ := civil.In(monday, civil.Midnight, house.Location())
		to, _ := civil.In(monday.AddDays(7), civil.Midnight, house.Location())
		if err := w.hours(ctx, tx, by, from, to); err != nil {
			return err
		}
		return w.free(ctx, tx, by, house, from, to)
	})
	return w, err
}

// choose finds whose week it is, among those whose weeks the actor may see.
func (w *Week) choose(ctx context.Context, tx *db.DB, by access.Actor, of practice.StaffID) error {
	if !by.Staff() {
		return fault.NotFound()
	}
	may, err := Calendars(ctx, tx, by)
	if err != nil {
		return err
	}
	w.Others = may
	if of == "" && len(may) > 0 {
		of = may[0].ID
		if slices.ContainsFunc(may, func(t practice.Therapist) bool { return string(t.ID) == by.ID }) {
			of = practice.StaffID(by.ID)
		}
	}
	i := slices.IndexFunc(may, func(t practice.Therapist) bool { return t.ID == of })
	if i < 0 {
		return fault.NotFound()
	}
	w.Therapist = may[i]
	reach := access.Of(by, access.WriteTimes)
	w.Changes = reach&access.Everyone != 0 || reach&access.Assigned != 0 && string(of) == by.ID
	return nil
}

// Calendars are the therapists whose weeks the actor may look at, by name: all
// for those who keep the practice's times, else oneself and those whom one
// supervises.
func Calendars(ctx context.Context, tx *db.DB, by access.Actor) ([]practice.Therapist, error) {
	all, err := practice.Therapists(ctx, tx, false)
	if err != nil || access.Of(by, access.ReadTimes)&access.Everyone != 0 {
		return all, err
	}
	supervised, err := practice.Supervisees(ctx, tx, by)
	return slices.DeleteFunc(all, func(t practice.Therapist) bool {
		return string(t.ID) != by.ID && !slices.Contains(supervised, t.ID)
	}), err
}

func (w *Week) hours(ctx context.Context, tx *db.DB, by access.Actor, from, to time.Time) error {
	booked, err := schedule.Between(ctx, tx, by, access.ReadTimes, w.Therapist.ID, from, to)
	if err != nil {
		return err
	}
	booked = slices.DeleteFunc(booked, func(a schedule.Appointment) bool { return a.State == schedule.Cancelled })
	ids := make([]practice.CourseID, 0, len(booked))
	for _, a := range booked {
		ids = append(ids, a.CourseID)
	}
	courses, err := practice.CoursesOf(ctx, tx, by, access.ReadTimes, ids)
	if err != nil {
		return err
	}
	clients, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, clientsIn(courses))
	if err != nil {
		return err
	}
	standings, err := schedule.Standings(ctx, tx, by, access.ReadTimes, ids)
	if err != nil {
		return err
	}
	torn, err := w.torn(ctx, tx, by)
	if err != nil {
		return err
	}
	for _, a := range booked {
		w.Hours = append(w.Hours, WeekHour{Appointment: a, Clients: taking(courses[a.CourseID], clients),
			Torn: torn[a.CourseID] && a.State == schedule.Booked, First: standings[a.CourseID].Held == 0})
	}
	return nil
}

// torn are the therapist's own courses in which a rupture is open.
func (w *Week) torn(ctx context.Context, tx *db.DB, by access.Actor) (map[practice.CourseID]bool, error) {
	torn := map[practice.CourseID]bool{}
	if string(w.Therapist.ID) != by.ID || access.Of(by, access.ReadRupture) == 0 {
		return torn, nil
	}
	current, err := rupture.CurrentOfTherapist(ctx, tx, by, w.Therapist.ID)
	var seen []practice.ClientID
	for _, r := range current {
		if r.State == rupture.Open || r.State == rupture.Named {
			torn[r.CourseID] = true
			seen = append(seen, r.ClientID)
		}
	}
	if err != nil {
		return nil, err
	}
	return torn, recordSeen(ctx, tx, by, access.ReadRupture, "week", w.Monday.String(), seen)
}

func (w *Week) free(ctx context.Context, tx *db.DB, by access.Actor, house practice.Practice, from, to time.Time) error {
	var err error
	if w.Places, err = placesByID(ctx, tx); err != nil {
		return err
	}
	off, err := schedule.Off(ctx, tx, by, w.Therapist.ID, from)
	if err != nil {
		return err
	}
	for _, o := range off {
		if o.Start.Before(to) {
			w.Off = append(w.Off, o)
		}
	}
	if from.Before(w.Now) {
		from = w.Now
	}
	if !from.Before(to) {
		return nil
	}
	w.Open, err = openTimes(ctx, tx, house, w.Therapist.ID, from, to)
	return err
}
