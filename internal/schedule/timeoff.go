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
	"attune/internal/practice"
	"attune/internal/seal"
)

// TimeOff is a stretch in which a therapist is not there.
type TimeOff struct {
	ID          string
	TherapistID practice.StaffID
	Start, End  time.Time
	Reason      string // for colleagues; never shown to clients
}

func reasonPlace(id string) seal.Place {
	return seal.Place{Table: "time_off", Row: id, Column: "reason"}
}

// keepsHours reports whether the actor may change the hours of the therapist.
func keepsHours(by access.Actor, right access.Right, therapist practice.StaffID) error {
	reach := access.Of(by, right)
	if reach&access.Everyone != 0 || reach&access.Self != 0 && by.ID == string(therapist) {
		return nil
	}
	return fault.NotFound()
}

// TakeOff keeps that a therapist is not there. Appointments in that time must be
// moved first, so that nobody finds a closed door.
func TakeOff(ctx context.Context, tx *db.DB, by access.Actor, off TimeOff) error {
	if err := keepsHours(by, access.WriteHours, off.TherapistID); err != nil {
		return err
	}
	if !off.End.After(off.Start) {
		return fault.Invalid("until", "The end must come after the start.")
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := practice.OneTherapist(ctx, tx, off.TherapistID); err != nil {
			return err
		}
		off.ID = tx.NewID()
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO time_off (practice_id, id, therapist_id, start_at, end_at, reason) VALUES ($1, $2, $3, $4, $5, $6)`,
			tx.PracticeID(), off.ID, off.TherapistID, off.Start, off.End, key.Seal(reasonPlace(off.ID), off.Reason))
		if err != nil {
			return fmt.Errorf("take time off: %w", err)
		}
		err = claim(ctx, tx, forOff, off.ID, Stretch{TherapistID: off.TherapistID, Interval: Interval{off.Start, off.End}}, time.Time{})
		if errors.Is(err, errTaken) {
			return fault.Conflict("There are appointments, held times or other time off in this stretch. Move or cancel them first.")
		}
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteHours, Type: "time off", ID: off.ID})
	})
}

// ComeBack takes a time off away.
func ComeBack(ctx context.Context, tx *db.DB, by access.Actor, id string) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		var therapist practice.StaffID
		err := tx.Row(ctx, `SELECT therapist_id FROM time_off WHERE practice_id = $1 AND id = $2`, by.PracticeID, id).Scan(&therapist)
		if errors.Is(err, db.ErrNone) {
			return fault.NotFound()
		}
		if err != nil {
			return fmt.Errorf("read time off %s: %w", id, err)
		}
		if err := keepsHours(by, access.WriteHours, therapist); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM time_off WHERE practice_id = $1 AND id = $2`, by.PracticeID, id); err != nil {
			return fmt.Errorf("end time off %s: %w", id, err)
		}
		if err := release(ctx, tx, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteHours, Type: "time off", ID: id})
	})
}

// Off lists the times off of a therapist that end after from, in order.
func Off(ctx context.Context, tx *db.DB, by access.Actor, therapist practice.StaffID, from time.Time) ([]TimeOff, error) {
	if err := keepsHours(by, access.ReadHours, therapist); err != nil {
		return nil, err
	}
	var all []TimeOff
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `
			SELECT id, start_at, end_at, reason FROM time_off
			WHERE practice_id = $1 AND therapist_id = $2 AND end_at > $3 ORDER BY start_at`,
			[]any{by.PracticeID, therapist, from}, func(scan func(...any) error) error {
				off := TimeOff{TherapistID: therapist}
				var sealed []byte
				if err := scan(&off.ID, &off.Start, &off.End, &sealed); err != nil {
					return err
				}
				off.Reason, err = key.Open(reasonPlace(off.ID), sealed)
				all = append(all, off)
				return err
			})
	})
	return all, err
}
