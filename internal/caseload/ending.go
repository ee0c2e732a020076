package caseload

import (
	"context"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// EndCourse ends a course with all that hangs on it: what is still open between
// the people ends unrepaired, and coming times are called off. No message goes
// out: people who part say so to each other.
func EndCourse(ctx context.Context, tx *db.DB, by access.Actor, id practice.CourseID, ending practice.Ending) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := practice.OneCourse(ctx, tx, by, access.WriteCourse, id); err != nil {
			return err
		}
		if err := rupture.EndAll(ctx, tx, by, id); err != nil {
			return err
		}
		if err := schedule.CallOff(ctx, tx, by, id); err != nil {
			return err
		}
		return practice.EndCourse(ctx, tx, by, id, ending)
	})
}

// Whole is a course with who takes part and what hangs on it: what one
// looks at before changing its goals or ending it.
type Whole struct {
	Course  practice.Course
	Clients []practice.Client
	Coming  int  // times that are booked and not over
	Torn    bool // a rupture is current with any participant
}

// ACourse is a course that the actor may change. Seeing it is recorded.
func ACourse(ctx context.Context, tx *db.DB, by access.Actor, id practice.CourseID) (Whole, error) {
	var c Whole
	err := tx.InTx(ctx, func(tx *db.DB) error {
		c = Whole{}
		var err error
		if c.Course, err = practice.OneCourse(ctx, tx, by, access.WriteCourse, id); err != nil {
			return err
		}
		clients, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, c.Course.ClientIDs)
		if err != nil {
			return err
		}
		c.Clients = taking(c.Course, clients)
		times, err := schedule.OfCourse(ctx, tx, by, access.ReadTimes, id)
		if err != nil {
			return err
		}
		for _, a := range times {
			if a.State == schedule.Booked && a.Start.After(tx.Now()) {
				c.Coming++
			}
		}
		for _, client := range c.Course.ClientIDs {
			current, err := rupture.CurrentOf(ctx, tx, by, access.ReadRupture, id, client)
			if err != nil {
				return err
			}
			c.Torn = c.Torn || current != nil
		}
		return recordSeen(ctx, tx, by, access.ReadCourse, "course", string(id), c.Course.ClientIDs)
	})
	return c, err
}
