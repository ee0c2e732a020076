package schedule

import (
	"context"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/practice"
)

// planned is how far ahead appointments are looked for: nothing is booked later.
const planned = 10 * 365 * 24 * time.Hour

// RemindAll plans the reminders of every appointment that is to come: for a practice that has moved in without its jobs.
func RemindAll(ctx context.Context, tx *db.DB) error {
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	all, err := Between(ctx, tx, access.OfProgram(tx.PracticeID()), access.ReadTimes, "", tx.Now(), tx.Now().Add(planned))
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := remindLater(ctx, tx, house, a); err != nil {
			return err
		}
	}
	return nil
}
