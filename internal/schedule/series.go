package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
)

// SeriesID names a series of appointments.
type SeriesID string

// longestSeries is how many appointments a series makes at most at once.
const longestSeries = 60

// BookSeries books every occurrence of a weekly series for a course, all or
// none: a conflict names the first day that is taken. It returns the
// appointments, some of which the clocks may have moved.
func BookSeries(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, place PlaceID, w Weekly) ([]Appointment, error) {
	if err := w.Validate(); err != nil {
		return nil, err
	}
	if w.Until.IsZero() && w.Count == 0 {
		return nil, fault.Invalid("until", "Choose a last day.")
	}
	var booked []Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		k, err := practice.OneCourse(ctx, tx, by, access.WriteTimes, course)
		if err != nil {
			return err
		}
		if k.State != "active" {
			return errEnded
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		id, err := putSeries(ctx, tx, k, place, house.Zone, w)
		if err != nil {
			return err
		}
		if booked, err = bookAll(ctx, tx, house, k, place, w, id); err != nil {
			return err
		}
		return recordTimes(ctx, tx, by, audit.Booked, access.WriteTimes, k, AppointmentID(id))
	})
	return booked, err
}

func bookAll(ctx context.Context, tx *db.DB, house practice.Practice, k practice.Course, place PlaceID, w Weekly, id SeriesID) ([]Appointment, error) {
	all := w.Occurrences(tx.Now(), tx.Now().AddDate(2, 0, 0), house.Location())
	if len(all) == 0 {
		return nil, fault.Invalid("starts", "Choose a first day that is still to come.")
	}
	if len(all) > longestSeries {
		return nil, fault.Invalid("until", fmt.Sprintf("This makes %d times. Choose a last day that makes at most %d.", len(all), longestSeries))
	}
	booked := make([]Appointment, len(all))
	for i, o := range all {
		var err error
		booked[i], err = book(ctx, tx, house, k, Stretch{PlaceID: place, Interval: o.Interval}, id)
		if errors.Is(err, errTaken) {
			return nil, fault.Conflict("Nothing was booked: " + o.Date.Words() + " is taken already. Leave that day out or choose another time.")
		}
		if err != nil {
			return nil, err
		}
	}
	return booked, nil
}

func putSeries(ctx context.Context, tx *db.DB, k practice.Course, place PlaceID, zone string, w Weekly) (SeriesID, error) {
	id := SeriesID(tx.NewID())
	_, err := tx.Exec(ctx, `
		INSERT INTO series (practice_id, id, course_id, therapist_id, place_id, starts, minute, length, every_weeks, until, zone)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		tx.PracticeID(), id, k.ID, k.TherapistID, place, w.Starts.String(), int(w.At), int(w.Length/time.Minute), w.Every,
		dateText(w.Until), zone)
	if err != nil {
		return "", fmt.Errorf("keep series: %w", err)
	}
	return id, nil
}

// EndSeries cancels the appointments of a series that begin on or after a day.
func EndSeries(ctx context.Context, tx *db.DB, by access.Actor, id SeriesID, from civil.Date) (int, error) {
	n := 0
	err := tx.InTx(ctx, func(tx *db.DB) error {
		n = 0
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		start, _ := civil.In(from, civil.Midnight, house.Location())
		if start.Before(tx.Now()) {
			start = tx.Now()
		}
		coming, err := appointments(ctx, tx, by, access.WriteTimes,
			`a.series_id = $5 AND a.state = 'booked' AND a.start_at >= $6`, id, start)
		if err != nil {
			return err
		}
		if len(coming) == 0 {
			return fault.NotFound()
		}
		for _, a := range coming {
			if _, err := Cancel(ctx, tx, by, a.ID); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}
