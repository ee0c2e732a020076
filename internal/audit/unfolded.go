package audit

import (
	"context"
	"fmt"

	"attune/internal/db"
)

// Unfolded is how many entries of the practice's log are not in its tree yet. More than a few minutes' worth says that
// the sequencer does not run.
func Unfolded(ctx context.Context, tx *db.DB) (int64, error) {
	var n int64
	err := tx.Row(ctx, `SELECT COUNT(*) FROM audit_leaf WHERE practice_id = $1 AND seq IS NULL`, tx.PracticeID()).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count new entries: %w", err)
	}
	return n, nil
}
