package letter

import (
	"context"
	"encoding/json"
	"fmt"

	"attune/internal/db"
	"attune/internal/job"
	"attune/internal/seal"
)

// Reseal seals the letters of an owner that are kept under the newest version of the key.
func Reseal(ctx context.Context, tx *db.DB, owner seal.OwnerID, key seal.Key) error {
	kept, err := job.Payloads(ctx, tx, Job, string(owner))
	if err != nil {
		return err
	}
	for id, payload := range kept {
		var e envelope
		if err := json.Unmarshal(payload, &e); err != nil {
			return fmt.Errorf("read a letter's envelope: %w", err)
		}
		if e.Owner != owner {
			continue
		}
		text, err := key.Open(place(e.ID), e.Body)
		if err != nil {
			return fmt.Errorf("open letter %s: %w", e.ID, err)
		}
		e.Body = key.Seal(place(e.ID), text)
		if err := job.Rewrite(ctx, tx, id, e); err != nil {
			return err
		}
	}
	return nil
}
