package alliance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/seal"
)

// Side is who answers a check-in, and when.
type Side string

// The sides: one tap before the session, both people after it.
const (
	Before    Side = "before"
	Client    Side = "client"
	Therapist Side = "therapist"
)

// Instrument is the id of the form that the side answers.
func (s Side) Instrument() string { return "asc-" + string(s) }

// CheckIn is what one person answered around one session about one client.
type CheckIn struct {
	ID            string
	AppointmentID string
	CourseID      practice.CourseID
	ClientID      practice.ClientID
	Side          Side
	Number        int // of the session; before it, the number that it would have
	At            time.Time
	Answers       measure.Answers
	Scored        bool
	Score         float64 // 0 to 10 where Scored
}

// Word is the answer to an item as a word; empty where it was not answered.
func (c CheckIn) Word(linkID string) string { return c.Answers[linkID].String() }

// Hour is the appointment that a check-in is about.
type Hour struct {
	AppointmentID string
	CourseID      practice.CourseID
	TherapistID   practice.StaffID
	ClientIDs     []practice.ClientID
	State         string // of the appointment: "booked", "held", "missed", "cancelled"
	Start         time.Time
	Number        int // of the session; for one not held yet, the next of the course
	Ended         bool
}

type sealedAnswers struct {
	Answers measure.Answers `json:"answers"`
	Scored  bool            `json:"scored"`
	Score   float64         `json:"score"`
}

func answersPlace(id string) seal.Place {
	return seal.Place{Table: "check_in", Row: id, Column: "answers"}
}

// AnHour is the appointment around which someone checks in, where they may by the right.
func AnHour(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, appointmentID string) (Hour, error) {
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return Hour{}, err
	}
	if by.Link != nil && by.Link.Subject != appointmentID {
		return Hour{}, fault.NotFound()
	}
	var h Hour
	err = tx.View(ctx, func(tx *db.DB) error {
		h = Hour{AppointmentID: appointmentID}
		err := tx.Row(ctx, `
			SELECT a.course_id, a.therapist_id, a.state, a.start_at, k.ended_at IS NOT NULL,
				COALESCE((SELECT s.number FROM session s WHERE s.practice_id = $1 AND s.appointment_id = a.id),
					(SELECT COALESCE(MAX(s.number), 0) + 1 FROM session s WHERE s.practice_id = $1 AND s.course_id = a.course_id))
			FROM appointment a JOIN course k ON k.practice_id = a.practice_id AND k.id = a.course_id
			WHERE `+access.Courses+` AND a.practice_id = $1 AND a.id = $5`, scope.Args(appointmentID)...).
			Scan(&h.CourseID, &h.TherapistID, &h.State, &h.Start, &h.Ended, &h.Number)
		if errors.Is(err, db.ErrNone) {
			return fault.NotFound()
		}
		if err != nil {
			return fmt.Errorf("read the hour %s: %w", appointmentID, err)
		}
		return tx.Each(ctx, `
			SELECT client_id FROM course_client WHERE practice_id = $1 AND course_id = $2 ORDER BY joined_at, client_id`,
			[]any{by.PracticeID, h.CourseID}, func(scan func(...any) error) error {
				var id practice.ClientID
				err := scan(&id)
				h.ClientIDs = append(h.ClientIDs, id)
				return err
			})
	})
	return h, err
}

// Rate keeps what someone answered around an hour. A person rates a session
// once. It must run inside the transaction in which the answers are reviewed.
func Rate(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, c *CheckIn, at measure.Context) error {
	library, err := measure.Instruments()
	if err != nil {
		return err
	}
	form, ok := library.Instrument(c.Side.Instrument())
	if !ok {
		return fmt.Errorf("no instrument %s", c.Side.Instrument())
	}
	result, err := form.Score(c.Answers, at)
	if err != nil {
		return err
	}
	if len(c.Answers) == 0 {
		return fault.Invalid("", "Choose at least one answer. The rest is optional.")
	}
	client, err := practice.OneClient(ctx, tx, by, right, c.ClientID)
	if err != nil {
		return err
	}
	c.ID, c.At, c.Scored, c.Score = tx.NewID(), tx.Now(), result.Scored, result.Score
	if err := put(ctx, tx, *c, form, client.KeyID); err != nil {
		return err
	}
	return audit.Record(ctx, tx, by, audit.Answered,
		audit.Subject{Right: right, ClientID: string(c.ClientID), Type: "check-in", ID: c.ID})
}

func put(ctx context.Context, tx *db.DB, c CheckIn, form *measure.Instrument, owner seal.OwnerID) error {
	key, err := seal.Open(ctx, tx, owner)
	if err != nil {
		return err
	}
	sealed, err := key.SealJSON(answersPlace(c.ID), sealedAnswers{c.Answers, c.Scored, c.Score})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO check_in (practice_id, id, appointment_id, course_id, client_id, side, number,
			instrument, version, file_hash, answers, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		tx.PracticeID(), c.ID, c.AppointmentID, c.CourseID, c.ClientID, c.Side, c.Number,
		form.ID, form.Version, form.Hash, sealed, c.At)
	if errors.Is(err, db.ErrDuplicate) {
		return fault.Conflict("You have answered this one already. Thank you.")
	}
	if err != nil {
		return fmt.Errorf("rate the hour %s: %w", c.AppointmentID, err)
	}
	return nil
}

// CheckIns lists the check-ins of one person in a course, in order of session,
// within the actor's reach. A client does not see the therapist's side. Whoever
// reads this for a page records it in the audit log with the rest of the page.
func CheckIns(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, client practice.ClientID) ([]CheckIn, error) {
	scope, err := access.Within(by, access.ReadCheckIn, tx.Now())
	if err != nil {
		return nil, err
	}
	var all []CheckIn
	err = tx.View(ctx, func(tx *db.DB) error {
		all, err = checkIns(ctx, tx, scope, course, client)
		return err
	})
	return all, err
}

func checkIns(ctx context.Context, tx *db.DB, scope access.Scope, course practice.CourseID, client practice.ClientID) ([]CheckIn, error) {
	var all []CheckIn
	var owner seal.OwnerID
	var sealed [][]byte
	err := tx.Each(ctx, `
		SELECT x.id, x.appointment_id, x.side, x.number, x.answers, x.at, c.key_id
		FROM check_in x
			JOIN course k ON k.practice_id = x.practice_id AND k.id = x.course_id
			JOIN client c ON c.practice_id = x.practice_id AND c.id = x.client_id
		WHERE `+access.Courses+` AND `+access.Mine+` AND x.practice_id = $1 AND x.course_id = $5 AND x.client_id = $6
			AND ((CAST($2 AS BIGINT) & 1) = 0 OR x.side <> 'therapist')
		ORDER BY x.number, x.side`, scope.Args(course, client), func(scan func(...any) error) error {
		c := CheckIn{CourseID: course, ClientID: client}
		var answers []byte
		err := scan(&c.ID, &c.AppointmentID, &c.Side, &c.Number, &answers, &c.At, &owner)
		all, sealed = append(all, c), append(sealed, answers)
		return err
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	key, err := seal.Open(ctx, tx, owner)
	if err != nil {
		return nil, err
	}
	for i := range all {
		var opened sealedAnswers
		if err := key.OpenJSON(answersPlace(all[i].ID), sealed[i], &opened); err != nil {
			return nil, fmt.Errorf("open check-in %s: %w", all[i].ID, err)
		}
		all[i].Answers, all[i].Scored, all[i].Score = opened.Answers, opened.Scored, opened.Score
	}
	return all, nil
}

// Series are the scores of one side, in order of session: what Read reads.
func Series(all []CheckIn, side Side) []Score {
	var series []Score
	for _, c := range all {
		if c.Side == side && c.Scored {
			series = append(series, Score{Session: c.Number, Value: c.Score})
		}
	}
	return series
}
