package intake

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// OpenTimes are the times that a client may change an appointment to: the free
// ones of the same therapist that anyone may book, from the practice's cut-off on.
// There are none once it is too late to change by oneself.
func OpenTimes(ctx context.Context, tx *db.DB, by access.Actor, id schedule.AppointmentID) ([]schedule.Slot, error) {
	var open []schedule.Slot
	err := tx.View(ctx, func(tx *db.DB) error {
		open = nil
		a, err := schedule.OneAppointment(ctx, tx, by, access.WriteTimes, id)
		if err != nil {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil || !schedule.Changeable(house, a, tx.Now()) {
			return err
		}
		from := tx.Now().Add(time.Duration(house.CutoffHours) * time.Hour)
		free, err := schedule.Free(ctx, tx, house, a.TherapistID, from, tx.Now().Add(Horizon))
		for _, s := range free {
			if s.Mode == schedule.Bookable {
				open = append(open, s)
			}
		}
		return err
	})
	return open, err
}

// ChangeTime changes a client's appointment to one of its OpenTimes, and tells
// everyone who takes part.
func ChangeTime(ctx context.Context, tx *db.DB, by access.Actor, id schedule.AppointmentID, start time.Time, place schedule.PlaceID) (schedule.Appointment, error) {
	var moved schedule.Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		open, err := OpenTimes(ctx, tx, by, id)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(open, func(s schedule.Slot) bool { return s.Start.Equal(start) && s.Place == place })
		if i < 0 && len(open) > 0 {
			return fault.Conflict("That time was just taken. Please choose another.")
		}
		to := schedule.Stretch{PlaceID: place, Interval: schedule.Interval{Start: start}}
		if i >= 0 {
			to.Interval = open[i].Interval
		}
		if moved, err = schedule.Move(ctx, tx, by, id, to); err != nil { // says also why it is too late
			return err
		}
		return Announce(ctx, tx, moved, texts.Changed)
	})
	return moved, err
}

// CallOff cancels a client's appointment, and tells everyone who takes part.
func CallOff(ctx context.Context, tx *db.DB, by access.Actor, id schedule.AppointmentID) (schedule.Appointment, error) {
	var off schedule.Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		if off, err = schedule.Cancel(ctx, tx, by, id); err != nil {
			return err
		}
		return Announce(ctx, tx, off, texts.Cancelled)
	})
	return off, err
}

// Announce tells everyone who takes part in an appointment, at their safe
// address, that it was booked, changed or cancelled, as name says.
func Announce(ctx context.Context, tx *db.DB, a schedule.Appointment, name texts.MailName) error {
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	return toEach(ctx, tx, a, func(c practice.Client) (letter.Letter, error) {
		l := letter.ToClient(c, name)
		l.Values["when"] = house.Words(a.Start)
		l.Task, l.Subject, l.Expires = access.TaskAppointment, string(a.ID), a.End.Add(24*time.Hour)
		return l, nil
	})
}

// toEach sends a letter to each participant of an appointment's course; one
// without a name is not sent.
func toEach(ctx context.Context, tx *db.DB, a schedule.Appointment, write func(practice.Client) (letter.Letter, error)) error {
	program := access.OfProgram(tx.PracticeID())
	k, err := practice.OneCourse(ctx, tx, program, access.ReadTimes, a.CourseID)
	if err != nil {
		return err
	}
	for _, id := range k.ClientIDs {
		c, err := practice.OneClient(ctx, tx, program, access.ReadAbout, id)
		if err != nil {
			return err
		}
		l, err := write(c)
		if err != nil {
			return err
		}
		if l.Name == "" {
			continue
		}
		if err := letter.Send(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}

// NoneSuits says that none of the offered times suits: they are given back, and
// the request waits for a person's reply again, with what was written.
func NoneSuits(ctx context.Context, tx *db.DB, by access.Actor, words string) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		if err := lockOffer(tx, by); err != nil {
			return err
		}
		o, i, err := OwnOffer(ctx, tx, by)
		if err != nil {
			return err
		}
		if o.State == "taken" {
			return fault.Conflict("You have chosen a time already. You can change it on this page.")
		}
		if o.State != "sent" || i.State != Offered {
			return fault.Conflict("These times are no longer held. Call us, and we find others.")
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		if err := withdrawOffers(ctx, tx, i.ID); err != nil {
			return err
		}
		i.NoneSuits = strings.TrimSpace(words)
		if err := askAgain(ctx, tx, i, house.ReplyDue(tx.Now())); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Answered, audit.Subject{Right: access.TakeOffer, Type: "inquiry", ID: string(i.ID)})
	})
}

// askAgain puts a request back among the new ones, due at the given moment.
func askAgain(ctx context.Context, tx *db.DB, i Inquiry, due time.Time) error {
	key, err := seal.Open(ctx, tx, i.KeyID)
	if err != nil {
		return err
	}
	request, err := key.SealJSON(requestPlace(i.KeyID), i.Request)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE inquiry SET state = 'new', request = $3, due_at = $4 WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), i.ID, request, due)
	if err != nil {
		return fmt.Errorf("ask again for inquiry %s: %w", i.ID, err)
	}
	return nil
}

// RecordFor is how long the link to who has looked at one's record works.
const RecordFor = 24 * time.Hour

// SendRecord sends the actor, at their safe address, a link to who has looked at
// their record; an earlier one stops working.
func SendRecord(ctx context.Context, tx *db.DB, by access.Actor) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := access.Within(by, access.ReadOwnAudit, tx.Now()); err != nil {
			return err
		}
		c, err := practice.OneClient(ctx, tx, by, access.ReadAbout, practice.ClientID(by.ID))
		if err != nil {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		l := letter.ToClient(c, texts.PageReady)
		if l.To == "" {
			return fault.Conflict("You have told us not to write to you by e-mail, so we cannot send it. Call us, and we find another way.")
		}
		if err := auth.Revoke(ctx, tx, access.TaskRecord, by.ID); err != nil {
			return err
		}
		l.Task, l.Subject, l.Expires = access.TaskRecord, by.ID, tx.Now().Add(RecordFor)
		l.Values["until"] = house.Words(l.Expires)
		if err := letter.Send(ctx, tx, l); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Wrote,
			audit.Subject{Right: access.ReadOwnAudit, ClientID: by.ID, Type: "link to the access log", ID: by.ID})
	})
}
