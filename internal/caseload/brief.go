package caseload

import (
	"context"
	"slices"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// Brief is what matters about the next hour of a course, about one of those who
// take part. What the others said is not in it.
type Brief struct {
	Course    practice.Course
	Therapist practice.Staff
	Clients   []practice.Client // all who take part
	Client    practice.Client   // whose side is shown
	// Writes: the actor is the therapist and may write; otherwise it is only read.
	Writes bool
	// Hour is the time that this is the brief for: one that waits to be marked,
	// or the next; nil where none is booked.
	Hour      *schedule.Appointment
	Place     schedule.Place // of Hour
	Unmarked  bool           // Hour has begun and nobody has said what became of it
	Held      int            // sessions so far
	HeldTimes []schedule.Appointment
	Thing     Thing
	Ruptures  []rupture.Rupture // newest first
	CheckIns  []alliance.CheckIn
	Settings  alliance.Parameters
	Reading   alliance.Reading // of the client's series
	Risks     []measure.RiskTask
	Measures  []measure.Scored
	Consents  []practice.Consent
	Last      *note.Note
	Sheet     *Sheet
}

// Sheet is the note beside the brief.
type Sheet struct {
	note.Hour
	Note *note.Note // nil where none is begun
}

// Current is the rupture that is between the two now, or nil.
func (b Brief) Current() *rupture.Rupture {
	i := slices.IndexFunc(b.Ruptures, func(r rupture.Rupture) bool { return r.State.Current() })
	if i < 0 {
		return nil
	}
	return &b.Ruptures[i]
}

// ABrief is the brief of a course about one participant; the first where none is
// named. Session names the one whose note stands beside it; where it is empty,
// it is the newest held one whose note is not signed. Seeing it is recorded.
func ABrief(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, client practice.ClientID, session schedule.SessionID) (Brief, error) {
	var b Brief
	if !by.Staff() {
		return b, fault.NotFound()
	}
	err := tx.InTx(ctx, func(tx *db.DB) error {
		b = Brief{Settings: alliance.Defaults()}
		var err error
		if b.Course, err = practice.OneCourse(ctx, tx, by, access.ReadCourse, course); err != nil {
			return err
		}
		b.Writes = string(b.Course.TherapistID) == by.ID && access.Of(by, access.WriteRecord) != 0
		if err := b.people(ctx, tx, by, client); err != nil {
			return err
		}
		if err := b.times(ctx, tx, by); err != nil {
			return err
		}
		if err := b.bond(ctx, tx, by); err != nil {
			return err
		}
		if err := b.notes(ctx, tx, by, session); err != nil {
			return err
		}
		if b.Measures, err = measure.Responses(ctx, tx, by, b.Client.ID); err != nil {
			return err
		}
		if b.Consents, err = practice.Consents(ctx, tx, by, b.Client.ID); err != nil {
			return err
		}
		return recordSeen(ctx, tx, by, access.ReadRecord, "brief", string(course), []practice.ClientID{b.Client.ID})
	})
	return b, err
}

func (b *Brief) people(ctx context.Context, tx *db.DB, by access.Actor, client practice.ClientID) error {
	if client == "" && len(b.Course.ClientIDs) > 0 {
		client = b.Course.ClientIDs[0]
	}
	if !slices.Contains(b.Course.ClientIDs, client) {
		return fault.NotFound()
	}
	all, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, b.Course.ClientIDs)
	if err != nil {
		return err
	}
	b.Clients, b.Client = taking(b.Course, all), all[client]
	b.Therapist, err = practice.Colleague(ctx, tx, b.Course.TherapistID)
	return err
}

// times finds the hour that the brief is for.
func (b *Brief) times(ctx context.Context, tx *db.DB, by access.Actor) error {
	all, err := schedule.OfCourse(ctx, tx, by, access.ReadTimes, b.Course.ID)
	if err != nil {
		return err
	}
	for i, a := range all {
		switch {
		case a.State == schedule.Held:
			b.Held = max(b.Held, a.Number)
			b.HeldTimes = append(b.HeldTimes, a)
		case a.State == schedule.Booked && b.Hour == nil:
			b.Hour = &all[i]
			b.Unmarked = !a.Start.After(tx.Now())
		}
	}
	if b.Hour == nil {
		return nil
	}
	b.Place, err = schedule.OnePlace(ctx, tx, b.Hour.PlaceID)
	return err
}

// bond reads both sides' check-ins, the ruptures and the open risk tasks.
func (b *Brief) bond(ctx context.Context, tx *db.DB, by access.Actor) error {
	var err error
	if b.CheckIns, err = alliance.CheckIns(ctx, tx, by, b.Course.ID, b.Client.ID); err != nil {
		return err
	}
	b.Reading = alliance.Read(alliance.Series(b.CheckIns, alliance.Client), b.Settings)
	if b.Ruptures, err = rupture.Ruptures(ctx, tx, by, b.Course.ID, b.Client.ID); err != nil {
		return err
	}
	if b.Risks, err = measure.RiskTasks(ctx, tx, by, b.Client.ID); err != nil {
		return err
	}
	known := Known{Risks: b.Risks, Rupture: b.Current(), Held: b.Held, Here: b.Course.Here}
	known.look(b.CheckIns)
	b.Thing = OneThing(known)
	return nil
}

// notes finds the last signed note and the one to write.
func (b *Brief) notes(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID) error {
	var err error
	if b.Last, err = note.Last(ctx, tx, by, b.Course.ID); err != nil || !b.Writes {
		return err
	}
	if session == "" {
		left, err := note.ToFinish(ctx, tx, by)
		if err != nil {
			return err
		}
		for _, u := range left {
			if u.CourseID == b.Course.ID {
				session = u.SessionID
			}
		}
	}
	if session == "" {
		return nil
	}
	b.Sheet, err = sheetOf(ctx, tx, by, session)
	if err == nil && b.Sheet.Course.ID != b.Course.ID {
		return fault.NotFound()
	}
	return err
}

func sheetOf(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID) (*Sheet, error) {
	hour, err := note.OneHour(ctx, tx, by, access.WriteRecord, session)
	if err != nil {
		return nil, err
	}
	mine, err := note.OfSession(ctx, tx, by, session)
	return &Sheet{hour, mine}, err
}

// ASheet is the note of a session that the actor writes, with who takes part.
// Reading what stands in it is recorded.
func ASheet(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID) (Sheet, []practice.Client, error) {
	var s Sheet
	var clients []practice.Client
	err := tx.InTx(ctx, func(tx *db.DB) error {
		found, err := sheetOf(ctx, tx, by, session)
		if err != nil {
			return err
		}
		s = *found
		all, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, s.Course.ClientIDs)
		if err != nil {
			return err
		}
		clients = taking(s.Course, all)
		if s.Note == nil {
			return nil
		}
		return recordSeen(ctx, tx, by, access.ReadRecord, "note", string(s.Note.ID), s.Course.ClientIDs)
	})
	return s, clients, err
}
