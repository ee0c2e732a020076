package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/schedule"
)

// CheckInFor is how long the link to the check-in after a session works.
const CheckInFor = 14 * 24 * time.Hour

// Remind does a schedule.ReminderJob: it calls an appointment to mind to each
// participant who may be written to. An appointment that was changed, cancelled or
// has begun is not called to mind. Its whole effect is in the transaction d, so
// that each reminder is sent exactly once.
func Remind(ctx context.Context, d *db.DB, payload []byte) error {
	var due schedule.Reminder
	if err := json.Unmarshal(payload, &due); err != nil {
		return fmt.Errorf("read a reminder: %w", err)
	}
	return d.InTx(ctx, func(tx *db.DB) error {
		a, err := planned(ctx, tx, due.Appointment)
		if err != nil || a.State != schedule.Booked || a.Sequence != due.Sequence || !tx.Now().Before(a.Start) {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		return toEach(ctx, tx, a, func(c practice.Client) (letter.Letter, error) {
			return reminder(ctx, tx, house, a, c)
		})
	})
}

// planned is the appointment of a job; one that is gone has no state.
func planned(ctx context.Context, tx *db.DB, id schedule.AppointmentID) (schedule.Appointment, error) {
	a, err := schedule.OneAppointment(ctx, tx, access.OfProgram(tx.PracticeID()), access.ReadTimes, id)
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindNotFound {
		return schedule.Appointment{}, nil
	}
	return a, err
}

// reminder is the letter to one participant. Its link leads to the change as long
// as a client may change by themselves; on the day after that, to where it is and
// the one tap before it.
func reminder(ctx context.Context, tx *db.DB, house practice.Practice, a schedule.Appointment, c practice.Client) (letter.Letter, error) {
	today := civil.On(tx.Now(), house.Location()) == civil.On(a.Start, house.Location())
	l := letter.ToClient(c, texts.ReminderDays)
	if today {
		l.Name = texts.ReminderHours
	}
	l.Values["when"] = house.Words(a.Start)
	l.Values["cutoff"] = house.Words(a.Start.Add(-time.Duration(house.CutoffHours) * time.Hour))
	l.Task, l.Subject, l.Expires = access.TaskAppointment, string(a.ID), a.End.Add(24*time.Hour)
	if !today || schedule.Changeable(house, a, tx.Now()) {
		return l, nil
	}
	stopped, err := stoppedCheckIns(ctx, tx, c.ID)
	if err == nil && !stopped {
		l.Task, l.Expires = access.TaskCheckIn, a.End
	}
	return l, err
}

// SendCheckIns does a schedule.CheckInJob: it sends the link of the check-in around
// an hour to each participant who has not answered it and may be written to. Whoever
// has withdrawn their consent to check-ins gets none. Its whole effect is in the
// transaction d.
func SendCheckIns(ctx context.Context, d *db.DB, payload []byte) error {
	var due schedule.CheckInDue
	if err := json.Unmarshal(payload, &due); err != nil {
		return fmt.Errorf("read what check-in is due: %w", err)
	}
	return d.InTx(ctx, func(tx *db.DB) error {
		a, err := planned(ctx, tx, due.Appointment)
		if err != nil {
			return err
		}
		side, state, expires := "client", schedule.Held, tx.Now().Add(CheckInFor)
		if due.Before {
			side, state, expires = "before", schedule.Booked, a.End
		}
		if a.State != state {
			return nil
		}
		return toEach(ctx, tx, a, func(c practice.Client) (letter.Letter, error) {
			done, err := needsNoCheckIn(ctx, tx, a, c.ID, side)
			if err != nil || done {
				return letter.Letter{}, err
			}
			l := letter.ToClient(c, texts.CheckIn)
			l.Task, l.Subject, l.Expires = access.TaskCheckIn, string(a.ID), expires
			return l, nil
		})
	})
}

func needsNoCheckIn(ctx context.Context, tx *db.DB, a schedule.Appointment, client practice.ClientID, side string) (bool, error) {
	stopped, err := stoppedCheckIns(ctx, tx, client)
	if err != nil || stopped {
		return stopped, err
	}
	var answered bool
	err = tx.Row(ctx, `
		SELECT COUNT(*) > 0 FROM check_in WHERE practice_id = $1 AND appointment_id = $2 AND client_id = $3 AND side = $4`,
		tx.PracticeID(), a.ID, client, side).Scan(&answered)
	return answered, err
}

// checkInConsent is the kind of the consent text about check-ins.
const checkInConsent = "check-ins"

// stoppedCheckIns reports whether the client has withdrawn their consent to
// check-ins and not given it anew. Nobody has to have given it.
func stoppedCheckIns(ctx context.Context, tx *db.DB, client practice.ClientID) (bool, error) {
	var withdrawn bool
	err := tx.Row(ctx, `
		SELECT o.withdrawn_at IS NOT NULL
		FROM consent o JOIN consent_text t ON t.practice_id = o.practice_id AND t.id = o.text_id
		WHERE o.practice_id = $1 AND o.client_id = $2 AND t.kind = $3 ORDER BY o.signed_at DESC, o.id DESC LIMIT 1`,
		tx.PracticeID(), client, checkInConsent).Scan(&withdrawn)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	return withdrawn, err
}
