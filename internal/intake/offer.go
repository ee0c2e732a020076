package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/matching"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// OfferID names an offer.
type OfferID string

// Offer is a set of times that are held for someone until they choose.
type Offer struct {
	ID            OfferID
	InquiryID     ID
	State         string // "sent", "taken" or "withdrawn"
	Words         string // what the coordinator writes with it
	Sent, Expires time.Time
	AppointmentID schedule.AppointmentID // once taken
	Times         []OfferedTime
	sealed        []byte // Words, until they are opened
}

// Open reports whether a time can still be chosen.
func (o Offer) Open(now time.Time) bool { return o.State == "sent" && now.Before(o.Expires) }

// OfferedTime is one of the times.
type OfferedTime struct {
	ID string
	schedule.Stretch
	// Taken: the hold has run out and somebody else has the time.
	Taken bool
}

func wordsPlace(id OfferID) seal.Place {
	return seal.Place{Table: "offer", Row: string(id), Column: "words"}
}

func reasonsPlace(id string) seal.Place {
	return seal.Place{Table: "match_proposal", Row: id, Column: "reasons"}
}

// MostTimes is how many times one offer may hold.
const MostTimes = 8

// SendOffer holds the chosen times for the practice's hold time and sends the
// link to choose one. The times must be free among those of the match; what was
// proposed, and with which reasons, is kept.
func SendOffer(ctx context.Context, tx *db.DB, by access.Actor, id ID, chosen []schedule.Stretch, words string) (Offer, error) {
	if len(chosen) == 0 {
		return Offer{}, fault.Invalid("time", "Choose at least one time to offer.")
	}
	if len(chosen) > MostTimes {
		return Offer{}, fault.Invalid("time", fmt.Sprintf("Choose at most %d times, so that others find one too.", MostTimes))
	}
	var sent Offer
	err := tx.InTx(ctx, func(tx *db.DB) error {
		i, fits, _, err := Match(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if i.State == Booked || i.State == Closed || i.State == Referred {
			return fault.Conflict("This request has been answered already.")
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		if err := withdrawOffers(ctx, tx, id); err != nil {
			return err
		}
		sent = Offer{ID: OfferID(tx.NewID()), InquiryID: id, State: "sent", Words: words, Sent: tx.Now(),
			Expires: tx.Now().Add(time.Duration(house.HoldHours) * time.Hour)}
		if err := putOffer(ctx, tx, i, &sent, fits, chosen); err != nil {
			return err
		}
		if err := keepProposals(ctx, tx, i, fits, chosen); err != nil {
			return err
		}
		if err := tellOffer(ctx, tx, house, i, sent); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Offered, audit.Subject{Right: access.WriteInquiry, Type: "inquiry", ID: string(id)})
	})
	return sent, err
}

// tellOffer marks the inquiry as offered and sends the link to choose a time.
func tellOffer(ctx context.Context, tx *db.DB, house practice.Practice, i Inquiry, sent Offer) error {
	_, err := tx.Exec(ctx, `
		UPDATE inquiry SET state = 'offered', replied_at = COALESCE(replied_at, $3) WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), i.ID, tx.Now())
	if err != nil {
		return fmt.Errorf("mark inquiry %s offered: %w", i.ID, err)
	}
	l := toPerson(i, texts.TimesOffered)
	l.Values["until"] = house.Words(sent.Expires)
	// The link outlives the hold: once a time is chosen it serves to change or cancel it.
	l.Task, l.Subject, l.Expires = access.TaskOffer, string(sent.ID), tx.Now().Add(KeptFor)
	return letter.Send(ctx, tx, l)
}

func putOffer(ctx context.Context, tx *db.DB, i Inquiry, o *Offer, fits []Fit, chosen []schedule.Stretch) error {
	key, err := seal.Open(ctx, tx, i.KeyID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO offer (practice_id, id, inquiry_id, state, words, sent_at, expires_at, appointment_id)
		VALUES ($1, $2, $3, 'sent', $4, $5, $6, '')`,
		tx.PracticeID(), o.ID, i.ID, key.Seal(wordsPlace(o.ID), o.Words), o.Sent, o.Expires)
	if err != nil {
		return fmt.Errorf("keep offer: %w", err)
	}
	for _, s := range chosen {
		if !offered(fits, &s) {
			return fault.Conflict("One of these times is not free any more. Look at the match again.")
		}
		t := OfferedTime{ID: tx.NewID(), Stretch: s}
		if err := schedule.Hold(ctx, tx, t.ID, []schedule.Stretch{s}, o.Expires); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO offer_time (practice_id, offer_id, id, therapist_id, place_id, start_at, end_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			tx.PracticeID(), o.ID, t.ID, s.TherapistID, s.PlaceID, s.Start, s.End)
		if err != nil {
			return fmt.Errorf("keep offered time: %w", err)
		}
		o.Times = append(o.Times, t)
	}
	return nil
}

// offered reports whether a proposed therapist has the time free, and fills in
// its end: what a form says of it is not believed.
func offered(fits []Fit, s *schedule.Stretch) bool {
	for _, f := range fits {
		if f.Therapist.ID != s.TherapistID {
			continue
		}
		for _, free := range f.Free {
			if free.Start.Equal(s.Start) && free.Place == s.PlaceID {
				s.Interval = free.Interval
				return true
			}
		}
	}
	return false
}

// proposal is what is kept of why someone was proposed.
type proposal struct {
	Weights string
	Score   float64
	Reasons []Reason
}

func keepProposals(ctx context.Context, tx *db.DB, i Inquiry, fits []Fit, chosen []schedule.Stretch) error {
	key, err := seal.Open(ctx, tx, i.KeyID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE match_proposal SET came_of_it = 'lapsed' WHERE practice_id = $1 AND inquiry_id = $2`, tx.PracticeID(), i.ID)
	if err != nil {
		return fmt.Errorf("lapse earlier proposals: %w", err)
	}
	for rank, f := range fits {
		picked := slices.ContainsFunc(chosen, func(s schedule.Stretch) bool { return s.TherapistID == f.Therapist.ID })
		cameOfIt := "proposed"
		if picked {
			cameOfIt = "offered"
		}
		id := tx.NewID()
		reasons, err := key.SealJSON(reasonsPlace(id), proposal{matching.DefaultWeights().Name, f.Score, f.Reasons})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO match_proposal (practice_id, id, inquiry_id, therapist_id, rank, chosen, reasons, came_of_it, at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			tx.PracticeID(), id, i.ID, f.Therapist.ID, rank+1, picked, reasons, cameOfIt, tx.Now())
		if err != nil {
			return fmt.Errorf("keep proposal: %w", err)
		}
	}
	return nil
}

// withdrawOffers takes back what is still offered, and gives the times back.
func withdrawOffers(ctx context.Context, tx *db.DB, id ID) error {
	var times []string
	err := tx.Each(ctx, `
		SELECT t.id FROM offer_time t JOIN offer o ON o.practice_id = t.practice_id AND o.id = t.offer_id
		WHERE o.practice_id = $1 AND o.inquiry_id = $2 AND o.state = 'sent'`, []any{tx.PracticeID(), id},
		func(scan func(...any) error) error {
			var time string
			err := scan(&time)
			times = append(times, time)
			return err
		})
	if err != nil {
		return fmt.Errorf("read offered times of %s: %w", id, err)
	}
	for _, t := range times {
		if err := schedule.Release(ctx, tx, t); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE offer SET state = 'withdrawn' WHERE practice_id = $1 AND inquiry_id = $2 AND state = 'sent'`,
		tx.PracticeID(), id)
	if err != nil {
		return fmt.Errorf("withdraw offers of %s: %w", id, err)
	}
	return nil
}

// OwnOffer is the offer that the bearer of its link may choose from.
func OwnOffer(ctx context.Context, tx *db.DB, by access.Actor) (Offer, Inquiry, error) {
	if access.Of(by, access.TakeOffer) == 0 {
		return Offer{}, Inquiry{}, fault.NotFound()
	}
	var o Offer
	var i Inquiry
	err := tx.View(ctx, func(tx *db.DB) error {
		var err error
		if o, err = readOffer(ctx, tx, OfferID(by.Link.Subject)); err != nil {
			return err
		}
		if i, err = byID(ctx, tx, o.InquiryID); err != nil {
			return err
		}
		return o.unseal(ctx, tx, i)
	})
	return o, i, err
}

// readOffer reads an offer with its times; what was written with it is still sealed.
func readOffer(ctx context.Context, tx *db.DB, id OfferID) (Offer, error) {
	o := Offer{ID: id}
	err := tx.Row(ctx, `
		SELECT inquiry_id, state, words, sent_at, expires_at, appointment_id FROM offer WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), id).Scan(&o.InquiryID, &o.State, &o.sealed, &o.Sent, &o.Expires, &o.AppointmentID)
	if errors.Is(err, db.ErrNone) {
		return Offer{}, fault.NotFound()
	}
	if err != nil {
		return Offer{}, fmt.Errorf("read offer %s: %w", id, err)
	}
	return o, o.readTimes(ctx, tx)
}

func (o *Offer) unseal(ctx context.Context, tx *db.DB, i Inquiry) error {
	key, err := seal.Open(ctx, tx, i.KeyID)
	if err != nil {
		return err
	}
	o.Words, err = key.Open(wordsPlace(o.ID), o.sealed)
	return err
}

func (o *Offer) readTimes(ctx context.Context, tx *db.DB) error {
	return tx.Each(ctx, `
		SELECT t.id, t.therapist_id, t.place_id, t.start_at, t.end_at, NOT EXISTS (
			SELECT 1 FROM claim c WHERE c.practice_id = $1 AND c.ref_id = t.id AND c.resource_id = t.therapist_id)
		FROM offer_time t WHERE t.practice_id = $1 AND t.offer_id = $2 ORDER BY t.start_at, t.id`,
		[]any{tx.PracticeID(), o.ID}, func(scan func(...any) error) error {
			var t OfferedTime
			err := scan(&t.ID, &t.TherapistID, &t.PlaceID, &t.Start, &t.End, &t.Taken)
			o.Times = append(o.Times, t)
			return err
		})
}

// Take books one of the offered times for the bearer of the link, confirmed at
// once: they become a client with a course of therapy. Exactly one of those who
// want a time gets it.
func Take(ctx context.Context, tx *db.DB, by access.Actor, timeID string) (schedule.Appointment, error) {
	var booked schedule.Appointment
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if err := lockOffer(tx, by); err != nil {
			return err
		}
		o, i, err := OwnOffer(ctx, tx, by)
		if err != nil {
			return err
		}
		n := slices.IndexFunc(o.Times, func(t OfferedTime) bool { return t.ID == timeID })
		if n < 0 {
			return fault.Invalid("time", "Choose one of the times.")
		}
		if o.State == "taken" {
			return fault.Conflict("You have chosen a time already. You can change it on this page.")
		}
		if !o.Open(tx.Now()) || !o.Times[n].Start.After(tx.Now()) {
			return fault.Conflict("These times are no longer held. Call us, and we find others.")
		}
		booked, err = take(ctx, tx, by, i, o, o.Times[n])
		return err
	})
	return booked, err
}

// take begins the course that the offer was for, gives back the other times and books this one.
func take(ctx context.Context, tx *db.DB, by access.Actor, i Inquiry, o Offer, chosen OfferedTime) (schedule.Appointment, error) {
	client, course, err := begin(ctx, tx, by, i, chosen.TherapistID)
	if err != nil {
		return schedule.Appointment{}, err
	}
	for _, t := range o.Times {
		if err := schedule.Release(ctx, tx, t.ID); err != nil {
			return schedule.Appointment{}, err
		}
	}
	booked, err := schedule.Book(ctx, tx, access.OfProgram(by.PracticeID), access.ReadTimes, course, chosen.Stretch)
	if err != nil {
		return booked, err
	}
	if err := settle(ctx, tx, o, i, client, course, booked); err != nil {
		return booked, err
	}
	return booked, welcome(ctx, tx, by, client, booked)
}

// lockOffer makes all who answer one offer wait for each other, so that each
// finds it as the one before left it.
func lockOffer(tx *db.DB, by access.Actor) error {
	if by.Link == nil {
		return fault.NotFound()
	}
	return tx.Lock("offer " + tx.PracticeID() + " " + by.Link.Subject)
}

// settle marks the offer as taken and the inquiry as booked.
func settle(ctx context.Context, tx *db.DB, o Offer, i Inquiry, client practice.ClientID, course practice.CourseID, a schedule.Appointment) error {
	_, err := tx.Exec(ctx, `UPDATE offer SET state = 'taken', appointment_id = $3 WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), o.ID, a.ID)
	if err != nil {
		return fmt.Errorf("take offer %s: %w", o.ID, err)
	}
	_, err = tx.Exec(ctx, `
		UPDATE inquiry SET state = 'booked', client_id = $3, course_id = $4, closed_at = $5 WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), i.ID, client, course, tx.Now())
	if err != nil {
		return fmt.Errorf("book inquiry %s: %w", i.ID, err)
	}
	_, err = tx.Exec(ctx, `
		UPDATE match_proposal SET came_of_it = 'booked' WHERE practice_id = $1 AND inquiry_id = $2 AND therapist_id = $3
			AND came_of_it = 'offered'`, tx.PracticeID(), i.ID, a.TherapistID)
	if err != nil {
		return fmt.Errorf("keep what came of the match: %w", err)
	}
	return nil
}
