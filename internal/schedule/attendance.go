package schedule

import (
	"context"
	"fmt"
	"slices"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/job"
	"attune/internal/practice"
)

// CheckInJob is the kind of job that sends the links of the check-ins around a session.
const CheckInJob job.Kind = "check-in"

// CheckInDue is what such a job holds.
type CheckInDue struct {
	Appointment AppointmentID `json:"appointment"`
	Before      bool          `json:"before"`
}

// Mark keeps what became of an appointment: held makes it a session and opens
// the check-ins; missed and cancelled do not. A mark may be corrected as long as
// nothing hangs on the session.
func Mark(ctx context.Context, tx *db.DB, by access.Actor, id AppointmentID, state State) (Appointment, error) {
	if !slices.Contains([]State{Held, Missed, Cancelled, Booked}, state) {
		return Appointment{}, fault.Invalid("state", "Choose what became of this time.")
	}
	var a Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		if a, err = OneAppointment(ctx, tx, by, access.MarkHeld, id); err != nil {
			return err
		}
		if a.State == state {
			return nil
		}
		if tx.Now().Before(a.Start) && state != Booked {
			return fault.Conflict("This time has not begun. To cancel it, use Change or cancel.")
		}
		if err := settle(ctx, tx, &a, state); err != nil {
			return err
		}
		a.State = state
		a.Sequence++
		if err := keepAppointment(ctx, tx, a); err != nil {
			return err
		}
		k, err := practice.OneCourse(ctx, tx, by, access.MarkHeld, a.CourseID)
		if err != nil {
			return err
		}
		return recordTimes(ctx, tx, by, audit.Marked, access.MarkHeld, k, a.ID)
	})
	return a, err
}

// settle makes or takes away the session and the claim that go with a state.
func settle(ctx context.Context, tx *db.DB, a *Appointment, state State) error {
	if a.State == Held {
		if err := unhold(ctx, tx, *a); err != nil {
			return err
		}
		a.Number, a.Session = 0, ""
	}
	if a.State == Cancelled {
		return fault.Conflict("This time was canceled. Book a new one instead.")
	}
	if state == Cancelled {
		a.Late = true
		return release(ctx, tx, string(a.ID))
	}
	if state != Held {
		return nil
	}
	a.Session = SessionID(tx.NewID())
	err := tx.Row(ctx, `SELECT COALESCE(MAX(number), 0) + 1 FROM session WHERE practice_id = $1 AND course_id = $2`,
		tx.PracticeID(), a.CourseID).Scan(&a.Number)
	if err != nil {
		return fmt.Errorf("number the session of %s: %w", a.ID, err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO session (practice_id, id, appointment_id, course_id, number, held_at) VALUES ($1, $2, $3, $4, $5, $6)`,
		tx.PracticeID(), a.Session, a.ID, a.CourseID, a.Number, a.Start)
	if err != nil {
		return fmt.Errorf("hold the session of %s: %w", a.ID, err)
	}
	return job.Later(ctx, tx, CheckInJob, string(a.ID)+" after", tx.Now(), CheckInDue{Appointment: a.ID})
}

// unhold takes a session back that was marked by mistake, unless something hangs on it.
func unhold(ctx context.Context, tx *db.DB, a Appointment) error {
	var used int
	err := tx.Row(ctx, `
		SELECT (SELECT COUNT(*) FROM note WHERE practice_id = $1 AND session_id = $2)
			+ (SELECT COUNT(*) FROM check_in WHERE practice_id = $1 AND appointment_id = $3 AND side <> 'before')
			+ (SELECT COUNT(*) FROM session WHERE practice_id = $1 AND course_id = $4 AND number > $5)`,
		tx.PracticeID(), a.Session, a.ID, a.CourseID, a.Number).Scan(&used)
	if err != nil {
		return fmt.Errorf("look what hangs on session %s: %w", a.Session, err)
	}
	if used > 0 {
		return fault.Conflict("A note, a check-in or a later session hangs on this one, so it stays as it is.")
	}
	if err := job.Cancel(ctx, tx, CheckInJob, string(a.ID)+" after"); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM session WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), a.Session); err != nil {
		return fmt.Errorf("take session %s back: %w", a.Session, err)
	}
	return nil
}

// CallOff cancels all coming appointments of a course that ends.
func CallOff(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		coming, err := appointments(ctx, tx, by, access.WriteTimes, `a.course_id = $5 AND a.state = 'booked' AND a.start_at > $6`,
			course, tx.Now())
		if err != nil {
			return err
		}
		for _, a := range coming {
			if _, err := Cancel(ctx, tx, by, a.ID); err != nil {
				return err
			}
		}
		return nil
	})
}
