package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/job"
	"attune/internal/practice"
	"attune/internal/seal"
)

// AppointmentID names an appointment.
type AppointmentID string

// State is what became of an appointment.
type State string

// The states. A held appointment has a session.
const (
	Booked    State = "booked"
	Held      State = "held"
	Missed    State = "missed"
	Cancelled State = "cancelled"
)

// Appointment is an hour that a course of therapy has, had, or would have had.
type Appointment struct {
	ID       AppointmentID
	CourseID practice.CourseID
	Stretch
	SeriesID SeriesID // empty for a single one
	Wall     string   // the local time as it was agreed, such as 2026-03-06T10:00
	Zone     string   // of Wall
	State    State
	Late     bool // cancelled after the practice's cut-off
	Sequence int  // grows with every change, for calendars
	Number   int  // of the session; 0 where it was not held
	Session  SessionID
}

// SessionID names a session: an appointment that took place.
type SessionID string

const appointmentColumns = `a.id, a.course_id, a.therapist_id, a.place_id, a.series_id, a.start_at, a.end_at, a.wall, a.zone,
	a.state, a.late, a.sequence, a.digest, COALESCE(s.number, 0), COALESCE(s.id, '')`

const appointmentTables = `appointment a
	JOIN course k ON k.practice_id = a.practice_id AND k.id = a.course_id
	LEFT JOIN session s ON s.practice_id = a.practice_id AND s.appointment_id = a.id`

func digestOf(key seal.Key, a Appointment) []byte {
	return key.Digest("appointment", string(a.ID), a.unsealed()...)
}

// unsealed are the columns that the row's digest keeps from being changed unseen.
func (a Appointment) unsealed() []any {
	return []any{string(a.CourseID), string(a.TherapistID), string(a.PlaceID), a.Start.UnixMicro(), a.End.UnixMicro(),
		string(a.State), string(a.Session), a.Number}
}

// Book makes an appointment of a course in a slot of its therapist, where the
// actor may by the right. Exactly one of those who want a slot gets it: for the
// others it is a Conflict.
func Book(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, course practice.CourseID, slot Stretch) (Appointment, error) {
	var booked Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		k, err := practice.OneCourse(ctx, tx, by, right, course)
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
		if booked, err = book(ctx, tx, house, k, slot, ""); err != nil {
			return err
		}
		return recordTimes(ctx, tx, by, audit.Booked, right, k, booked.ID)
	})
	return booked, err
}

var errEnded = fault.Conflict("This course has ended, so no more times can be booked in it.")

// wallClock is how the local time of an appointment is kept.
const wallClock = "2006-01-02T15:04"

func book(ctx context.Context, tx *db.DB, house practice.Practice, k practice.Course, slot Stretch, series SeriesID) (Appointment, error) {
	slot.TherapistID = k.TherapistID // whatever a form says
	a := Appointment{ID: AppointmentID(tx.NewID()), CourseID: k.ID, Stretch: slot, SeriesID: series, Zone: house.Zone, State: Booked}
	a.Wall = a.Start.In(house.Location()).Format(wallClock)
	if err := claim(ctx, tx, forAppointment, string(a.ID), slot, time.Time{}); err != nil {
		return a, err
	}
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return a, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO appointment (practice_id, id, course_id, therapist_id, place_id, series_id, start_at, end_at, wall, zone,
			state, late, sequence, changed_at, digest)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'booked', $11, 0, $12, $13)`,
		tx.PracticeID(), a.ID, a.CourseID, a.TherapistID, a.PlaceID, a.SeriesID, a.Start, a.End, a.Wall, a.Zone,
		false, tx.Now(), digestOf(key, a))
	if err != nil {
		return a, fmt.Errorf("book %s: %w", a.ID, err)
	}
	return a, remindLater(ctx, tx, house, a)
}

// OneAppointment is the appointment, where the actor may reach it by the right.
func OneAppointment(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id AppointmentID) (Appointment, error) {
	if by.Link != nil && by.Link.Subject != string(id) {
		return Appointment{}, fault.NotFound()
	}
	found, err := appointments(ctx, tx, by, right, `a.id = $5`, id)
	if err != nil {
		return Appointment{}, err
	}
	if len(found) == 0 {
		return Appointment{}, fault.NotFound()
	}
	return found[0], nil
}

// Between lists the appointments that begin between two moments, in order:
// of one therapist where one is given, else of all within the actor's reach.
func Between(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, therapist practice.StaffID, from, to time.Time) ([]Appointment, error) {
	return appointments(ctx, tx, by, right, `a.start_at >= $5 AND a.start_at < $6 AND ($7 = '' OR a.therapist_id = $7)`,
		from, to, therapist)
}

// OfCourse lists a course's appointments, in order.
func OfCourse(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, course practice.CourseID) ([]Appointment, error) {
	return appointments(ctx, tx, by, right, `a.course_id = $5`, course)
}

// Next is the actor's or course's next appointment that is still to come, or nil.
func Next(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, course practice.CourseID) (*Appointment, error) {
	found, err := appointments(ctx, tx, by, right,
		`a.state = 'booked' AND a.end_at > $5 AND ($6 = '' OR a.course_id = $6)`, tx.Now(), course)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func appointments(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, args ...any) ([]Appointment, error) {
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	var found []Appointment
	err = tx.View(ctx, func(tx *db.DB) error {
		found = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `
			SELECT `+appointmentColumns+` FROM `+appointmentTables+`
			WHERE `+access.Courses+` AND `+scope.Near()+` AND a.practice_id = $1 AND `+where+`
			ORDER BY +a.start_at, a.id`, // the sign keeps SQLite from reading the whole practice in order
			scope.Args(args...), func(scan func(...any) error) error {
				a, digest, err := scanAppointment(scan)
				if err != nil {
					return err
				}
				found = append(found, a)
				return key.Check(digest, "appointment", string(a.ID), a.unsealed()...)
			})
	})
	if err != nil {
		return nil, fmt.Errorf("read appointments: %w", err)
	}
	return found, nil
}

func scanAppointment(scan func(...any) error) (Appointment, []byte, error) {
	var a Appointment
	var digest []byte
	err := scan(&a.ID, &a.CourseID, &a.TherapistID, &a.PlaceID, &a.SeriesID, &a.Start, &a.End, &a.Wall, &a.Zone,
		&a.State, &a.Late, &a.Sequence, &digest, &a.Number, &a.Session)
	return a, digest, err
}

// Move changes an appointment to another slot of the same therapist. A client may
// until the practice's cut-off; which times are open to them is intake's to say.
func Move(ctx context.Context, tx *db.DB, by access.Actor, id AppointmentID, to Stretch) (Appointment, error) {
	return changed(ctx, tx, by, id, audit.Moved, func(tx *db.DB, house practice.Practice, a *Appointment) error {
		if a.State != Booked {
			return fault.Conflict("This time can no longer be changed. Please call us.")
		}
		if by.Is(access.Client) && !Changeable(house, *a, tx.Now()) {
			return errTooLate
		}
		if !to.Start.After(tx.Now()) {
			return fault.Invalid("slot", "Choose a time that is still to come.")
		}
		if err := release(ctx, tx, string(a.ID)); err != nil {
			return err
		}
		to.TherapistID = a.TherapistID
		a.Stretch = to
		a.Wall = a.Start.In(house.Location()).Format(wallClock)
		return claim(ctx, tx, forAppointment, string(a.ID), to, time.Time{})
	})
}

// Cancel cancels an appointment. After the cut-off it is late: a client then
// calls, and staff may still do it.
func Cancel(ctx context.Context, tx *db.DB, by access.Actor, id AppointmentID) (Appointment, error) {
	return changed(ctx, tx, by, id, audit.Cancelled, func(tx *db.DB, house practice.Practice, a *Appointment) error {
		if a.State != Booked {
			return fault.Conflict("This time has been canceled or has taken place already.")
		}
		a.Late = !Changeable(house, *a, tx.Now())
		if by.Is(access.Client) && a.Late {
			return errTooLate
		}
		a.State = Cancelled
		return release(ctx, tx, string(a.ID))
	})
}

var errTooLate = fault.Conflict("It is too close to the time to change it here. Please call us.")

// Changeable reports whether a client may still change or cancel by themselves.
func Changeable(house practice.Practice, a Appointment, now time.Time) bool {
	return a.State == Booked && now.Before(a.Start.Add(-time.Duration(house.CutoffHours)*time.Hour))
}

func changed(ctx context.Context, tx *db.DB, by access.Actor, id AppointmentID, deed audit.Deed,
	how func(*db.DB, practice.Practice, *Appointment) error) (Appointment, error) {
	var a Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		if a, err = OneAppointment(ctx, tx, by, access.WriteTimes, id); err != nil {
			return err
		}
		if err := lockTherapist(tx, a.TherapistID); err != nil {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		if err := how(tx, house, &a); err != nil {
			return err
		}
		a.Sequence++
		if err := keepAppointment(ctx, tx, a); err != nil {
			return err
		}
		if err := remindLater(ctx, tx, house, a); err != nil {
			return err
		}
		k, err := practice.OneCourse(ctx, tx, by, access.WriteTimes, a.CourseID)
		if err != nil {
			return err
		}
		return recordTimes(ctx, tx, by, deed, access.WriteTimes, k, a.ID)
	})
	return a, err
}

func keepAppointment(ctx context.Context, tx *db.DB, a Appointment) error {
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `
		UPDATE appointment SET place_id = $3, start_at = $4, end_at = $5, wall = $6, state = $7, late = $8, sequence = $9,
			changed_at = $10, digest = $11
		WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), a.ID, a.PlaceID, a.Start, a.End, a.Wall, a.State, a.Late, a.Sequence, tx.Now(), digestOf(key, a))
	if err != nil {
		return fmt.Errorf("keep appointment %s: %w", a.ID, err)
	}
	if n == 0 {
		return errors.New("keep appointment: it is gone")
	}
	return nil
}

func recordTimes(ctx context.Context, tx *db.DB, by access.Actor, deed audit.Deed, right access.Right, k practice.Course, id AppointmentID) error {
	for _, client := range k.ClientIDs {
		subject := audit.Subject{Right: right, ClientID: string(client), Type: "appointment", ID: string(id)}
		if err := audit.Record(ctx, tx, by, deed, subject); err != nil {
			return err
		}
	}
	return nil
}

// ReminderJob is the kind of job that calls an appointment to mind.
const ReminderJob job.Kind = "reminder"

// Reminder is what a reminder's job holds.
type Reminder struct {
	Appointment AppointmentID `json:"appointment"`
	Minutes     int           `json:"minutes"`
	Sequence    int           `json:"sequence"`
}

// remindLater plans the reminders of an appointment as it now stands, and calls
// off those of how it stood before: whoever was reminded of the old time is
// reminded of the new one too.
func remindLater(ctx context.Context, tx *db.DB, house practice.Practice, a Appointment) error {
	for _, minutes := range house.Reminders {
		if a.Sequence > 0 {
			if err := job.Cancel(ctx, tx, ReminderJob, reminderKey(a.ID, minutes, a.Sequence-1)); err != nil {
				return err
			}
		}
		at := a.Start.Add(-time.Duration(minutes) * time.Minute)
		if a.State != Booked || !at.After(tx.Now()) {
			continue
		}
		unique := reminderKey(a.ID, minutes, a.Sequence)
		if err := job.Later(ctx, tx, ReminderJob, unique, at, Reminder{a.ID, minutes, a.Sequence}); err != nil {
			return err
		}
	}
	return nil
}

func reminderKey(id AppointmentID, minutes, sequence int) string {
	return fmt.Sprintf("%s %d %d", id, minutes, sequence)
}
