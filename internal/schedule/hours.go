package schedule

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
)

// RuleID names a weekly rule.
type RuleID string

// KeptRule is a weekly rule of a therapist as it is kept.
type KeptRule struct {
	ID          RuleID
	TherapistID practice.StaffID
	Rule
}

// AddRule keeps one more weekly rule of a therapist.
func AddRule(ctx context.Context, tx *db.DB, by access.Actor, therapist practice.StaffID, rule Rule) (RuleID, error) {
	if err := keepsHours(by, access.WriteHours, therapist); err != nil {
		return "", err
	}
	if err := rule.Validate(); err != nil {
		return "", err
	}
	var id RuleID
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := practice.OneTherapist(ctx, tx, therapist); err != nil {
			return err
		}
		_, err := OnePlace(ctx, tx, rule.Place)
		if found, ok := fault.Of(err); ok && found.Kind == fault.KindNotFound {
			return fault.Invalid("place", "Choose a room, or video.")
		}
		if err != nil {
			return err
		}
		id = RuleID(tx.NewID())
		if err := putRule(ctx, tx, id, therapist, rule); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteHours, Type: "weekly rule", ID: string(id)})
	})
	return id, err
}

func putRule(ctx context.Context, tx *db.DB, id RuleID, therapist practice.StaffID, rule Rule) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO availability (practice_id, id, therapist_id, weekday, from_minute, to_minute, mode, place_id, valid_from, valid_until)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		tx.PracticeID(), id, therapist, int(rule.Weekday), int(rule.From), int(rule.To), rule.Mode, rule.Place,
		dateText(rule.ValidFrom), dateText(rule.ValidUntil))
	if err != nil {
		return fmt.Errorf("add weekly rule: %w", err)
	}
	return nil
}

// DropRule takes a weekly rule away. What is booked stays booked.
func DropRule(ctx context.Context, tx *db.DB, by access.Actor, therapist practice.StaffID, id RuleID) error {
	if err := keepsHours(by, access.WriteHours, therapist); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		n, err := tx.Exec(ctx, `DELETE FROM availability WHERE practice_id = $1 AND therapist_id = $2 AND id = $3`,
			by.PracticeID, therapist, id)
		if err != nil {
			return fmt.Errorf("drop weekly rule %s: %w", id, err)
		}
		if n == 0 {
			return fault.NotFound()
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteHours, Type: "weekly rule", ID: string(id)})
	})
}

// Rules lists the weekly rules of a therapist, by weekday and time. When someone
// works here is no secret inside the practice.
func Rules(ctx context.Context, tx *db.DB, therapist practice.StaffID) ([]KeptRule, error) {
	var all []KeptRule
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `
			SELECT id, weekday, from_minute, to_minute, mode, place_id, valid_from, valid_until FROM availability
			WHERE practice_id = $1 AND therapist_id = $2 ORDER BY weekday, from_minute, id`,
			[]any{tx.PracticeID(), therapist}, func(scan func(...any) error) error {
				k := KeptRule{TherapistID: therapist}
				var weekday, from, to int
				var validFrom, validUntil string
				err := scan(&k.ID, &weekday, &from, &to, &k.Mode, &k.Place, &validFrom, &validUntil)
				if err != nil {
					return err
				}
				k.Weekday, k.From, k.To = time.Weekday(weekday), civil.Time(from), civil.Time(to)
				if k.ValidFrom, err = textDate(validFrom); err != nil {
					return err
				}
				k.ValidUntil, err = textDate(validUntil)
				all = append(all, k)
				return err
			})
	})
	return all, err
}

func dateText(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

func textDate(s string) (civil.Date, error) {
	if s == "" {
		return civil.Date{}, nil
	}
	return civil.ParseDate(s)
}

// Free are the slots of a therapist that are free between two moments, of every
// mode; callers leave out what they may not offer. It is advisory: the claim decides.
func Free(ctx context.Context, tx *db.DB, house practice.Practice, therapist practice.StaffID, from, to time.Time) ([]Slot, error) {
	var free []Slot
	err := tx.View(ctx, func(tx *db.DB) error {
		rules, err := Rules(ctx, tx, therapist)
		if err != nil {
			return err
		}
		available := Availability{Zone: house.Location(), Off: closedDays(house, from, to)}
		for _, k := range rules {
			available.Rules = append(available.Rules, k.Rule)
		}
		if available.Taken, err = Taken(ctx, tx, string(therapist), from, to); err != nil {
			return err
		}
		free = available.Free(Wanted{From: from, To: to,
			Length: time.Duration(house.SessionMinutes) * time.Minute,
			Step:   time.Duration(house.SessionMinutes+house.BufferMinutes) * time.Minute,
		})
		free, err = roomFree(ctx, tx, free, from, to)
		return err
	})
	return free, err
}

func closedDays(house practice.Practice, from, to time.Time) []Interval {
	var off []Interval
	loc := house.Location()
	for d := civil.On(from, loc); !d.After(civil.On(to, loc)); d = d.AddDays(1) {
		if house.OpenHours().Closed[d] {
			off = append(off, DaySpan(d, civil.Midnight, civil.EndOfDay, loc))
		}
	}
	return off
}

// roomFree leaves out the slots whose room is taken by someone else.
func roomFree(ctx context.Context, tx *db.DB, free []Slot, from, to time.Time) ([]Slot, error) {
	taken := map[PlaceID][]Interval{}
	var left []Slot
	for _, s := range free {
		if _, known := taken[s.Place]; !known {
			intervals, err := Taken(ctx, tx, string(s.Place), from, to)
			if err != nil {
				return nil, err
			}
			taken[s.Place] = intervals
		}
		if !s.Clashes(taken[s.Place]) {
			left = append(left, s)
		}
	}
	return left, nil
}
