package schedule

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/practice"
)

// Standing is how far a course has come in time.
type Standing struct {
	Held int       // sessions so far: the number of the last
	Last time.Time // when it was; zero where none was held
	Next *Appointment
}

// Standings tells of several courses within the actor's reach how far they have
// come; a course without sessions and coming appointments has the zero Standing.
func Standings(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, courses []practice.CourseID) (map[practice.CourseID]Standing, error) {
	ids := make(db.Strings, len(courses))
	for i, id := range courses {
		ids[i] = string(id)
	}
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	found := map[practice.CourseID]Standing{}
	err = tx.View(ctx, func(tx *db.DB) error {
		clear(found)
		err := tx.Each(ctx, `
			SELECT s.course_id, MAX(s.number), MAX(s.held_at)
			FROM session s JOIN course k ON k.practice_id = s.practice_id AND k.id = s.course_id
			WHERE `+access.Courses+` AND s.practice_id = $1 AND s.course_id `+tx.AnyOf(5)+`
			GROUP BY s.course_id`, scope.Args(ids), func(scan func(...any) error) error {
			var course practice.CourseID
			var s Standing
			err := scan(&course, &s.Held, &s.Last)
			found[course] = s
			return err
		})
		if err != nil {
			return fmt.Errorf("count sessions: %w", err)
		}
		next, err := appointments(ctx, tx, by, right, `a.course_id `+tx.AnyOf(5)+` AND a.state = 'booked' AND a.end_at > $6
			AND NOT EXISTS (SELECT 1 FROM appointment e WHERE e.practice_id = $1 AND e.course_id = a.course_id
				AND e.state = 'booked' AND e.end_at > $6 AND e.start_at < a.start_at)`, ids, tx.Now())
		for _, a := range next {
			s := found[a.CourseID]
			s.Next = &a
			found[a.CourseID] = s
		}
		return err
	})
	return found, err
}

// Unmarked lists the appointments of a therapist that are over and of which
// nobody has said what became, oldest first.
func Unmarked(ctx context.Context, tx *db.DB, by access.Actor, therapist practice.StaffID) ([]Appointment, error) {
	return appointments(ctx, tx, by, access.MarkHeld, `a.therapist_id = $5 AND a.state = 'booked' AND a.end_at <= $6 AND k.state = 'active'`,
		therapist, tx.Now())
}

// OfClient lists the appointments of all courses that a client takes part in, in order.
func OfClient(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, client practice.ClientID) ([]Appointment, error) {
	return appointments(ctx, tx, by, right, `a.course_id IN (
		SELECT oc.course_id FROM course_client oc WHERE oc.practice_id = $1 AND oc.client_id = $5)`, client)
}
