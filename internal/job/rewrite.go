package job

import (
	"context"
	"encoding/json"
	"fmt"

	"attune/internal/db"
)

// Payloads are those that name an id, of all jobs of a kind that the practice keeps, done ones too, by the job's id. An
// id that is part of another finds that one's too.
func Payloads(ctx context.Context, tx *db.DB, kind Kind, naming string) (map[string][]byte, error) {
	all := map[string][]byte{}
	err := tx.Each(ctx, `SELECT id, payload FROM job WHERE practice_id = $1 AND kind = $2 AND payload LIKE $3`,
		[]any{tx.PracticeID(), kind, "%" + naming + "%"}, func(scan func(...any) error) error {
			var id, payload string
			err := scan(&id, &payload)
			all[id] = []byte(payload)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read the payloads of %s: %w", kind, err)
	}
	return all, nil
}

// Rewrite puts another payload in the place of a job's, whatever its state: for one that is sealed anew. When and how
// often the job is tried stays as it is. The error is db.ErrNone where there is no such job.
func Rewrite(ctx context.Context, tx *db.DB, id string, payload any) error {
	text, err := json.Marshal(payload)
	if err != nil {
		return fmt.Errorf("rewrite job %s: %w", id, err)
	}
	n, err := tx.Exec(ctx, `UPDATE job SET payload = $3 WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), id, string(text))
	if err == nil && n == 0 {
		err = db.ErrNone
	}
	if err != nil {
		return fmt.Errorf("rewrite job %s: %w", id, err)
	}
	return nil
}
