package caseload

import (
	"context"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// ToRate is the actor's own check-in about a client in an hour, with whom it is about.
func ToRate(ctx context.Context, tx *db.DB, by access.Actor, appointment schedule.AppointmentID, client practice.ClientID) (rupture.Asked, practice.Client, error) {
	var asked rupture.Asked
	var about practice.Client
	err := tx.View(ctx, func(tx *db.DB) error {
		var err error
		if asked, err = rupture.Ask(ctx, tx, by, string(appointment), client, alliance.Therapist); err != nil {
			return err
		}
		about, err = practice.OneClient(ctx, tx, by, access.ReadAbout, client)
		return err
	})
	return asked, about, err
}
