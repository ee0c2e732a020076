package rupture

import (
	"context"
	"slices"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/seal"
)

// CheckIn is what someone sends around one session.
type CheckIn struct {
	AppointmentID string
	// ClientID is whom it is about. A client is always about themselves.
	ClientID practice.ClientID
	Side     alliance.Side
	Answers  measure.Answers
}

// Asked is what a check-in page needs to know before it asks.
type Asked struct {
	Hour alliance.Hour
	Form *measure.Instrument
	At   measure.Context
	// Done: this side has answered already.
	Done bool
	// Rupture is what is open between the two, where the page asks about it.
	Rupture *Rupture
}

func (c CheckIn) right() access.Right {
	if c.Side == alliance.Therapist {
		return access.RateSession
	}
	return access.AnswerCheckIn
}

// Ask is the check-in that someone may answer, or NotFound. The forms around a
// session open when it is held; the one tap before it, until then.
func Ask(ctx context.Context, tx *db.DB, by access.Actor, appointmentID string, client practice.ClientID, side alliance.Side) (Asked, error) {
	var asked Asked
	err := tx.View(ctx, func(tx *db.DB) error {
		var err error
		asked, _, err = ask(ctx, tx, by, CheckIn{AppointmentID: appointmentID, ClientID: client, Side: side})
		return err
	})
	return asked, err
}

func ask(ctx context.Context, tx *db.DB, by access.Actor, c CheckIn) (Asked, *Rupture, error) {
	hour, err := alliance.AnHour(ctx, tx, by, c.right(), c.AppointmentID)
	if err != nil {
		return Asked{}, nil, err
	}
	if c.Side != alliance.Therapist && string(c.ClientID) != by.ID || !slices.Contains(hour.ClientIDs, c.ClientID) {
		return Asked{}, nil, fault.NotFound()
	}
	if c.Side == alliance.Therapist && string(hour.TherapistID) != by.ID {
		return Asked{}, nil, fault.NotFound()
	}
	library, err := measure.Instruments()
	if err != nil {
		return Asked{}, nil, err
	}
	form, _ := library.Instrument(c.Side.Instrument())
	current, err := CurrentOf(ctx, tx, by, c.right(), hour.CourseID, c.ClientID)
	if err != nil {
		return Asked{}, nil, err
	}
	asked := Asked{Hour: hour, Form: form}
	if current != nil && c.Side == alliance.Client && current.Asks(hour.Number) {
		asked.Rupture, asked.At.OpenRupture = current, true
	}
	err = tx.Row(ctx, `
		SELECT COUNT(*) > 0 FROM check_in
		WHERE practice_id = $1 AND appointment_id = $2 AND client_id = $3 AND side = $4`,
		by.PracticeID, c.AppointmentID, c.ClientID, c.Side).Scan(&asked.Done)
	return asked, current, err
}

// Send keeps one person's answers around a session and, in the same transaction,
// reviews them: the series, both views and the client's own words open, name or
// close a rupture. It returns the rupture as it then stands, or nil.
func Send(ctx context.Context, tx *db.DB, by access.Actor, c CheckIn) (*Rupture, error) {
	var stands *Rupture
	err := tx.InTx(ctx, func(tx *db.DB) error {
		stands = nil
		asked, current, err := ask(ctx, tx, by, c)
		if err != nil {
			return err
		}
		if err := askedNow(asked, c.Side); err != nil {
			return err
		}
		kept := alliance.CheckIn{AppointmentID: c.AppointmentID, CourseID: asked.Hour.CourseID, ClientID: c.ClientID,
			Side: c.Side, Number: asked.Hour.Number, Answers: c.Answers}
		if err := alliance.Rate(ctx, tx, by, c.right(), &kept, asked.At); err != nil {
			return err
		}
		if c.Side == alliance.Before {
			return nil
		}
		stands, err = review(ctx, tx, by, asked, current, kept)
		return err
	})
	return stands, err
}

func askedNow(asked Asked, side alliance.Side) error {
	switch {
	case asked.Done:
		return fault.Conflict("You have answered this one already. Thank you.")
	case side == alliance.Before && asked.Hour.State != "booked":
		return fault.Conflict("This one was for before the session. There is another after it.")
	case side != alliance.Before && asked.Hour.State != "held":
		return fault.Conflict("This check-in opens when the session has been held.")
	case asked.Hour.Ended:
		return fault.Conflict("Your work together has ended, so nothing is asked any more.")
	}
	return nil
}

// review reads the client's series and what was said, and applies the rules.
func review(ctx context.Context, tx *db.DB, by access.Actor, asked Asked, current *Rupture, kept alliance.CheckIn) (*Rupture, error) {
	series, err := clientSeries(ctx, tx, by, kept)
	if err != nil {
		return nil, err
	}
	reading := alliance.Read(series, alliance.Defaults())
	heard := hear(kept, reading)
	key, err := keyOf(ctx, tx, by, CheckIn{Side: kept.Side}.right(), kept.ClientID)
	if err != nil {
		return nil, err
	}
	var standing *Standing
	if current != nil {
		standing = &current.Standing
	}
	out := Review(standing, heard)
	told := turn{By: heard.By, Number: heard.Number, Happened: out.Happened, Words: Words{Wish: heard.Wish, Kind: heard.Kind}}
	if out.Now != nil {
		current.Standing = *out.Now
		current.Seen = seen(current.Seen, reading, current.Start)
		if err := keep(ctx, tx, current, key, told); err != nil {
			return nil, err
		}
		if current.State == Repaired {
			if err := record(ctx, tx, by, audit.Repaired, saying(kept.Side), *current); err != nil {
				return nil, err
			}
		}
	}
	if out.New == nil {
		return current, nil
	}
	begun := &Rupture{CourseID: kept.CourseID, ClientID: kept.ClientID, TherapistID: asked.Hour.TherapistID,
		Standing: *out.New, Seen: seen(nil, reading, out.New.Start)}
	if begun.EarlierID, err = lastRepaired(ctx, tx, kept); err != nil {
		return nil, err
	}
	told.Happened = out.Begun
	return begun, begin(ctx, tx, by, saying(kept.Side), begun, key, told)
}

// begin keeps a new rupture, and records that it was noticed.
func begin(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, r *Rupture, key seal.Key, t turn) error {
	r.ID, r.Opened = ID(tx.NewID()), tx.Now()
	if err := keep(ctx, tx, r, key, t); err != nil {
		return err
	}
	return record(ctx, tx, by, audit.Noticed, right, *r)
}

// saying is the right by which a side says something of a rupture.
func saying(side alliance.Side) access.Right {
	if side == alliance.Therapist {
		return access.TendRupture
	}
	return access.SayRupture
}

// clientSeries are the client's scores, whoever is sending now: the detector
// looks at the client's own series only.
func clientSeries(ctx context.Context, tx *db.DB, by access.Actor, kept alliance.CheckIn) ([]alliance.Score, error) {
	program := access.OfProgram(by.PracticeID)
	all, err := alliance.CheckIns(ctx, tx, program, kept.CourseID, kept.ClientID)
	return alliance.Series(all, alliance.Client), err
}

func hear(c alliance.CheckIn, reading alliance.Reading) Heard {
	if c.Side == alliance.Therapist {
		heard := Heard{By: ByTherapist, Number: c.Number, Off: c.Word("asct-off"), Kind: Kind(c.Word("asct-kind"))}
		if heard.Kind == "unsure" {
			heard.Kind = Unknown
		}
		return heard
	}
	heard := Heard{By: ByClient, Number: c.Number, Off: c.Word("asc-off"), Better: What(c.Word("asc-better")),
		Wish: Wish(c.Word("asc-wish")), Scored: c.Scored, InRange: true}
	for _, e := range reading.Episodes {
		if e.Start == c.Number {
			heard.Red = true
		}
		if !e.Closed() {
			heard.InRange = false
		}
	}
	return heard
}

// seen is what the detector saw at the start of a rupture and what the numbers
// did since, or what was seen before where there is no such episode.
func seen(before *Evidence, reading alliance.Reading, start int) *Evidence {
	p := alliance.Defaults()
	for _, e := range reading.Episodes {
		if e.Start != start {
			continue
		}
		i := slices.IndexFunc(reading.Points, func(pt alliance.Point) bool { return pt.Session == start })
		point := reading.Points[i]
		usual := point.Baseline.Usual(p.K)
		alarms := alliance.FalseAlarms(p, min(len(reading.Points), alliance.LongestSimulated))
		found := &Evidence{Detector: alliance.Detector, Version: alliance.DetectorVersion, Parameters: p, Session: start,
			Score: point.Value, Z: point.Z, Mean: point.Baseline.Mean, Low: max(0, usual.Low), High: min(10, usual.High),
			Sessions: len(reading.Points), FalseAlarm: alarms[len(alarms)-1], Status: e.Status, Nadir: e.Nadir, Depth: e.Depth}
		if e.Closed() {
			found.End = e.End
		}
		return found
	}
	return before
}

func lastRepaired(ctx context.Context, tx *db.DB, c alliance.CheckIn) (ID, error) {
	var id ID
	err := tx.Row(ctx, `
		SELECT COALESCE((SELECT id FROM rupture
			WHERE practice_id = $1 AND course_id = $2 AND client_id = $3 AND state = 'repaired'
			ORDER BY opened_at DESC, id LIMIT 1), '')`, tx.PracticeID(), c.CourseID, c.ClientID).Scan(&id)
	return id, err
}
