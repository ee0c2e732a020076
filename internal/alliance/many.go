package alliance

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/seal"
)

// Dyad is one client and the therapist of a course.
type Dyad struct {
	CourseID practice.CourseID
	ClientID practice.ClientID
}

// CheckInsOf lists the check-ins of several courses within the actor's reach, in
// order of session: what CheckIns gives, with one query for all of them.
// Whoever reads this for a page records it in the audit log.
func CheckInsOf(ctx context.Context, tx *db.DB, by access.Actor, courses []practice.CourseID) (map[Dyad][]CheckIn, error) {
	scope, err := access.Within(by, access.ReadCheckIn, tx.Now())
	if err != nil {
		return nil, err
	}
	ids := make(db.Strings, len(courses))
	for i, id := range courses {
		ids[i] = string(id)
	}
	found := map[Dyad][]CheckIn{}
	err = tx.View(ctx, func(tx *db.DB) error {
		var all []sealedCheckIn
		err := tx.Each(ctx, `
			SELECT x.id, x.appointment_id, x.course_id, x.client_id, x.side, x.number, x.answers, x.at, c.key_id
			FROM check_in x
				JOIN course k ON k.practice_id = x.practice_id AND k.id = x.course_id
				JOIN client c ON c.practice_id = x.practice_id AND c.id = x.client_id
			WHERE `+access.Courses+` AND `+access.Mine+` AND x.practice_id = $1 AND x.course_id `+tx.AnyOf(5)+`
				AND ((CAST($2 AS BIGINT) & 1) = 0 OR x.side <> 'therapist')
			ORDER BY x.course_id, x.client_id, x.number, x.side`, scope.Args(ids), func(scan func(...any) error) error {
			var c sealedCheckIn
			err := scan(&c.ID, &c.AppointmentID, &c.CourseID, &c.ClientID, &c.Side, &c.Number, &c.sealed, &c.At, &c.owner)
			all = append(all, c)
			return err
		})
		if err != nil {
			return fmt.Errorf("read check-ins of %d courses: %w", len(courses), err)
		}
		found, err = openCheckIns(ctx, tx, all)
		return err
	})
	return found, err
}

type sealedCheckIn struct {
	CheckIn
	sealed []byte
	owner  seal.OwnerID
}

func openCheckIns(ctx context.Context, tx *db.DB, all []sealedCheckIn) (map[Dyad][]CheckIn, error) {
	owners := map[seal.OwnerID]bool{}
	for _, c := range all {
		owners[c.owner] = true
	}
	distinct := make([]seal.OwnerID, 0, len(owners))
	for owner := range owners {
		distinct = append(distinct, owner)
	}
	keys, err := seal.OpenAll(ctx, tx, distinct)
	if err != nil {
		return nil, err
	}
	found := map[Dyad][]CheckIn{}
	for _, c := range all {
		var opened sealedAnswers
		if err := keys[c.owner].OpenJSON(answersPlace(c.ID), c.sealed, &opened); err != nil {
			return nil, fmt.Errorf("open check-in %s: %w", c.ID, err)
		}
		c.Answers, c.Scored, c.Score = opened.Answers, opened.Scored, opened.Score
		dyad := Dyad{c.CourseID, c.ClientID}
		found[dyad] = append(found[dyad], c.CheckIn)
	}
	return found, nil
}

// Owed is a check-in that a therapist has not answered yet.
type Owed struct {
	AppointmentID string
	Dyad
	Number int
	Start  time.Time
}

// OwedBy lists the check-ins about sessions held since a moment that the actor
// has not answered, oldest first.
func OwedBy(ctx context.Context, tx *db.DB, by access.Actor, since time.Time) ([]Owed, error) {
	scope, err := access.Within(by, access.RateSession, tx.Now())
	if err != nil {
		return nil, err
	}
	var all []Owed
	err = tx.View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `
			SELECT a.id, a.course_id, cc.client_id, s.number, a.start_at
			FROM session s
				JOIN appointment a ON a.practice_id = s.practice_id AND a.id = s.appointment_id
				JOIN course k ON k.practice_id = s.practice_id AND k.id = s.course_id
				JOIN course_client cc ON cc.practice_id = k.practice_id AND cc.course_id = k.id
			WHERE `+access.Courses+` AND s.practice_id = $1 AND s.held_at >= $5 AND a.therapist_id = $3 AND k.state = 'active'
				AND NOT EXISTS (SELECT 1 FROM check_in x WHERE x.practice_id = $1 AND x.appointment_id = a.id
					AND x.client_id = cc.client_id AND x.side = 'therapist')
			ORDER BY a.start_at, a.id, cc.client_id`, scope.Args(since), func(scan func(...any) error) error {
			var o Owed
			err := scan(&o.AppointmentID, &o.CourseID, &o.ClientID, &o.Number, &o.Start)
			all = append(all, o)
			return err
		})
	})
	return all, err
}
