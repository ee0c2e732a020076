package schedule

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
)

// claimKind says what a stretch of time is taken for.
type claimKind string

const (
	forHold        claimKind = "hold"
	forAppointment claimKind = "appointment"
	forOff         claimKind = "off"
)

// A Stretch is a part of a therapist's time, at a place.
type Stretch struct {
	TherapistID practice.StaffID
	PlaceID     PlaceID
	Interval
}

// lockTherapist makes all who want this therapist's time wait for each other,
// so that the check and the claim are one (security.md M-6).
func lockTherapist(tx *db.DB, id practice.StaffID) error {
	return tx.Lock("time of " + tx.PracticeID() + " " + string(id))
}

// claim takes the slot for ref: the therapist's time, and the room's where it is
// one. Holds that have run out are swept away first. The overlap rule of the
// database has the last word.
func claim(ctx context.Context, tx *db.DB, kind claimKind, ref string, s Stretch, expires time.Time) error {
	if err := lockTherapist(tx, s.TherapistID); err != nil {
		return err
	}
	resources := []string{string(s.TherapistID)}
	if s.PlaceID != "" {
		place, err := OnePlace(ctx, tx, s.PlaceID)
		if err != nil {
			return err
		}
		if place.Kind == "room" {
			resources = append(resources, string(place.ID))
		}
	}
	for _, resource := range resources {
		_, err := tx.Exec(ctx, `
			DELETE FROM claim WHERE practice_id = $1 AND resource_id = $2 AND kind = 'hold' AND expires_at <= $3
				AND start_at < $5 AND end_at > $4`, tx.PracticeID(), resource, tx.Now(), s.Start, s.End)
		if err != nil {
			return fmt.Errorf("sweep old holds: %w", err)
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO claim (practice_id, id, resource_id, kind, ref_id, start_at, end_at, expires_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
			tx.PracticeID(), tx.NewID(), resource, kind, ref, s.Start, s.End, expires)
		if errors.Is(err, db.ErrOverlap) {
			return errTaken
		}
		if err != nil {
			return fmt.Errorf("take the time for %s: %w", ref, err)
		}
	}
	return nil
}

// errTaken is what someone is told who comes second.
var errTaken = fault.Conflict("That time was just taken. Please choose another.")

// release gives back all that ref had taken.
func release(ctx context.Context, tx *db.DB, ref string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM claim WHERE practice_id = $1 AND ref_id = $2`, tx.PracticeID(), ref); err != nil {
		return fmt.Errorf("give back the time of %s: %w", ref, err)
	}
	return nil
}

// Hold keeps slots free for whoever ref stands for until the given moment. Either
// all are held or none.
func Hold(ctx context.Context, tx *db.DB, ref string, stretches []Stretch, until time.Time) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		for _, s := range stretches {
			if err := claim(ctx, tx, forHold, ref, s, until); err != nil {
				return err
			}
		}
		return nil
	})
}

// Release gives back what was held for ref.
func Release(ctx context.Context, tx *db.DB, ref string) error {
	return tx.InTx(ctx, func(tx *db.DB) error { return release(ctx, tx, ref) })
}

// Taken are the stretches between two moments in which a therapist, or a room,
// is taken; holds that have run out do not count.
func Taken(ctx context.Context, tx *db.DB, resource string, from, to time.Time) ([]Interval, error) {
	var all []Interval
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `
			SELECT start_at, end_at FROM claim
			WHERE practice_id = $1 AND resource_id = $2 AND start_at < $4 AND end_at > $3
				AND (expires_at IS NULL OR expires_at > $5) ORDER BY start_at`,
			[]any{tx.PracticeID(), resource, from, to, tx.Now()}, func(scan func(...any) error) error {
				var s Interval
				err := scan(&s.Start, &s.End)
				all = append(all, s)
				return err
			})
	})
	return all, err
}
