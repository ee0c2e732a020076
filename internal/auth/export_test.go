package auth

import (
	"context"

	"attune/internal/db"
)

// Enter counts a guess without hashing anything.
func (g *Guard) Enter(ctx context.Context, tx *db.DB, who string, from Device) error {
	return g.enter(ctx, tx, []string{bucketPerson + who, bucketNet + from.Net()})
}
