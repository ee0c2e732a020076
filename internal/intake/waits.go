package intake

import (
	"context"
	"fmt"

	"attune/internal/access"
	"attune/internal/db"
)

// Waits is how many people wait for a reply, and for how many of them it is late.
func Waits(ctx context.Context, tx *db.DB, by access.Actor) (waiting, late int, err error) {
	scope, err := access.Within(by, access.ReadInquiry, tx.Now())
	if err != nil {
		return 0, 0, err
	}
	err = tx.Row(ctx, `
		SELECT COUNT(*), COUNT(*) FILTER (WHERE i.due_at < $5) FROM inquiry i WHERE `+access.Inquiries+` AND i.state = 'new'`,
		scope.Args(tx.Now())...).Scan(&waiting, &late)
	if err != nil {
		return 0, 0, fmt.Errorf("count who waits: %w", err)
	}
	return waiting, late, nil
}
