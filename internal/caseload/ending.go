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
