package letter

import (
	"context"
	"encoding/json"
	"fmt"

	"attune/internal/db"
	"attune/internal/seal"
)

// Reseal seals the letters of an owner that are kept under the newest version of the key.
func Reseal(ctx context.Context, tx *db.DB, owner seal.OwnerID, key seal.Key) error {
	found := map[string]envelope{}
	err := tx.Each(ctx, `SELECT id, payload FROM job WHERE practice_id = $1 AND kind = $2 AND payload LIKE $3`,
		[]any{tx.PracticeID(), Job, "%" + string(owner) + "%"}, func(scan func(...any) error) error {
			var id, payload string
			var e envelope
			if err := scan(&id, &payload); err != nil {
				return err
			}
			if err := json.Unmarshal([]byte(payload), &e); err != nil {
				return fmt.Errorf("read a letter's envelope: %w", err)
			}
			if e.Owner == owner {
				found[id] = e
			}
			return nil
		})
	if err != nil {
		return err
	}
	for id, e := range found {
		text, err := key.Open(place(e.ID), e.Body)
		if err != nil {
			return err
		}
		e.Body = key.Seal(place(e.ID), text)
		payload, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE job SET payload = $3 WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), id, string(payload)); err != nil {
			return fmt.Errorf("seal letter %s anew: %w", e.ID, err)
		}
	}
	return nil
}
