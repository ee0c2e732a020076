package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/schedule"
)

// SentOffer is the offer that someone has not answered yet, with its times; found is false where there is none.
func SentOffer(ctx context.Context, tx *db.DB, by access.Actor, id ID) (o Offer, found bool, err error) {
	err = tx.View(ctx, func(tx *db.DB) error {
		if _, err := one(ctx, tx, by, access.WriteInquiry, id); err != nil {
			return err
		}
		o, found, err = sentOffer(ctx, tx, id)
		return err
	})
	return o, found, err
}

func sentOffer(ctx context.Context, tx *db.DB, id ID) (Offer, bool, error) {
	var sent OfferID
	err := tx.Row(ctx, `SELECT id FROM offer WHERE practice_id = $1 AND inquiry_id = $2 AND state = 'sent' ORDER BY sent_at DESC, id LIMIT 1`,
		tx.PracticeID(), id).Scan(&sent)
	if errors.Is(err, db.ErrNone) {
		return Offer{}, false, nil
	}
	if err != nil {
		return Offer{}, false, fmt.Errorf("look for an offer of %s: %w", id, err)
	}
	o, err := readOffer(ctx, tx, sent)
	return o, err == nil, err
}

// TakeFor books one of the held times for someone who chose it on the phone. It
// does what Take does, by the word of who answered the call.
func TakeFor(ctx context.Context, tx *db.DB, by access.Actor, id ID, timeID string) (schedule.Appointment, error) {
	var booked schedule.Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		i, err := one(ctx, tx, by, access.WriteInquiry, id)
		if err != nil {
			return err
		}
		o, found, err := sentOffer(ctx, tx, id)
		if err != nil {
			return err
		}
		if !found || i.State != Offered {
			return fault.Conflict("No times are held for them any more. Look at the match again.")
		}
		if err := tx.Lock("offer " + tx.PracticeID() + " " + string(o.ID)); err != nil {
			return err
		}
		n := slices.IndexFunc(o.Times, func(t OfferedTime) bool { return t.ID == timeID })
		if n < 0 {
			return fault.Invalid("time", "Choose one of the times.")
		}
		if !o.Open(tx.Now()) || !o.Times[n].Start.After(tx.Now()) {
			return fault.Conflict("This time is no longer held. Offer others from the match.")
		}
		if booked, err = take(ctx, tx, by, i, o, o.Times[n]); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Booked, audit.Subject{Right: access.WriteInquiry, Type: "inquiry", ID: string(id)})
	})
	return booked, err
}
