package practice

import (
	"context"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
)

// DecideProposal takes over the change to name and contact that a client has
// proposed, or leaves things as they are. Either way it is no longer proposed.
func DecideProposal(ctx context.Context, tx *db.DB, by access.Actor, id ClientID, version int64, accept bool) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		c, err := OneClient(ctx, tx, by, access.WriteAbout, id)
		if err != nil {
			return err
		}
		if c.Version != version || c.Proposed == nil {
			return fault.Conflict("This has changed meanwhile. Look at it again, then decide.")
		}
		about := c.About
		if accept {
			p := c.Proposed
			about.Name, about.Pronouns, about.Email, about.Phone = p.Name, p.Pronouns, p.Email, p.Phone
		}
		about.Proposed = nil
		if err := keepAbout(ctx, tx, c, about); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed,
			audit.Subject{Right: access.WriteAbout, ClientID: string(id), Type: "client", ID: string(id)})
	})
}

// Supervisees are the therapists whom the actor supervises now.
func Supervisees(ctx context.Context, tx *db.DB, by access.Actor) ([]StaffID, error) {
	var all []StaffID
	if !by.Is(access.Supervisor) {
		return nil, nil
	}
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `
			SELECT DISTINCT therapist_id FROM supervision WHERE practice_id = $1 AND supervisor_id = $2 AND until IS NULL
			ORDER BY therapist_id`, []any{by.PracticeID, by.ID}, func(scan func(...any) error) error {
			var id StaffID
			err := scan(&id)
			all = append(all, id)
			return err
		})
	})
	return all, err
}
