package caseload

import (
	"context"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/schedule"
)

// Wanted is a time that somebody of the practice books for a course: once, or
// every so many weeks.
type Wanted struct {
	CourseID practice.CourseID
	PlaceID  schedule.PlaceID
	schedule.Weekly
	Repeats bool // else only the first of Weekly counts
}

// Book books a single hour or a series for a course, and tells its clients of
// the first of them in neutral words.
func Book(ctx context.Context, tx *db.DB, by access.Actor, w Wanted) (schedule.Appointment, error) {
	var booked schedule.Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if err := staysHere(ctx, tx, by, w.PlaceID); err != nil {
			return err
		}
		if w.Repeats {
			all, err := schedule.BookSeries(ctx, tx, by, w.CourseID, w.PlaceID, w.Weekly)
			if err != nil {
				return err
			}
			booked = all[0]
			return tell(ctx, tx, booked, texts.Booked)
		}
		slot, err := w.slot(ctx, tx)
		if err != nil {
			return err
		}
		if booked, err = schedule.Book(ctx, tx, by, access.WriteTimes, w.CourseID, slot); err != nil {
			return err
		}
		return tell(ctx, tx, booked, texts.Booked)
	})
	return booked, err
}

// staysHere refuses clients, who change their times by their own pages, and
// places that there are not.
func staysHere(ctx context.Context, tx *db.DB, by access.Actor, place schedule.PlaceID) error {
	if !by.Staff() {
		return fault.NotFound()
	}
	p, err := schedule.OnePlace(ctx, tx, place)
	if f, ok := fault.Of(err); ok && f.Kind == fault.KindNotFound || err == nil && !p.Active {
		return fault.Invalid("place", "Choose a room, or video.")
	}
	return err
}

// slot is the single time that is wanted.
func (w Wanted) slot(ctx context.Context, tx *db.DB) (schedule.Stretch, error) {
	if err := w.Validate(); err != nil {
		return schedule.Stretch{}, err
	}
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return schedule.Stretch{}, err
	}
	start, _ := civil.In(w.Starts, w.At, house.Location())
	return schedule.Stretch{PlaceID: w.PlaceID, Interval: schedule.Interval{Start: start, End: start.Add(w.Length)}}, nil
}

// Move gives an appointment another time or place, and tells its clients.
func Move(ctx context.Context, tx *db.DB, by access.Actor, id schedule.AppointmentID, w Wanted) (schedule.Appointment, error) {
	var moved schedule.Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if err := staysHere(ctx, tx, by, w.PlaceID); err != nil {
			return err
		}
		slot, err := w.slot(ctx, tx)
		if err != nil {
			return err
		}
		if moved, err = schedule.Move(ctx, tx, by, id, slot); err != nil {
			return err
		}
		return tell(ctx, tx, moved, texts.Changed)
	})
	return moved, err
}

// CallOff cancels one appointment, or it and all later ones of its series, and
// tells its clients of the one.
func CallOff(ctx context.Context, tx *db.DB, by access.Actor, id schedule.AppointmentID, later bool) (schedule.Appointment, error) {
	var off schedule.Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if !by.Staff() {
			return fault.NotFound()
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		if off, err = schedule.Cancel(ctx, tx, by, id); err != nil {
			return err
		}
		if later && off.SeriesID != "" {
			_, err := schedule.EndSeries(ctx, tx, by, off.SeriesID, civil.On(off.Start, house.Location()))
			if f, ok := fault.Of(err); err != nil && (!ok || f.Kind != fault.KindNotFound) {
				return err
			}
		}
		return tell(ctx, tx, off, texts.Cancelled)
	})
	return off, err
}

// tell writes to those who take part, each to their own safe address, what
// became of a coming hour.
func tell(ctx context.Context, tx *db.DB, a schedule.Appointment, name texts.MailName) error {
	if !a.Start.After(tx.Now()) {
		return nil
	}
	return intake.Announce(ctx, tx, a, name)
}
