package rupture

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/db"
)

// Fewest is from how many people on a count of ruptures is shown: below, it could tell of one of them.
const Fewest = 5

// Count is how many people something holds for; hidden below Fewest.
type Count struct {
	N      int // 0 where it is hidden
	Hidden bool
}

func counted(n int) Count {
	if n < Fewest {
		return Count{Hidden: true}
	}
	return Count{N: n}
}

// Tally is how it stands in the whole practice, in people and without any of them.
type Tally struct {
	Open     Count // who have a current rupture
	Repaired Count // who called one repaired since
}

// Counts is the tally for the owner: current ruptures, and those repaired since a moment.
func Counts(ctx context.Context, tx *db.DB, by access.Actor, since time.Time) (Tally, error) {
	scope, err := access.Within(by, access.CountRuptures, tx.Now())
	if err != nil {
		return Tally{}, err
	}
	var open, repaired int
	err = tx.Row(ctx, `
		SELECT COUNT(DISTINCT x.client_id) FILTER (WHERE x.state IN ('possible', 'open', 'named', 'set_aside')),
			COUNT(DISTINCT x.client_id) FILTER (WHERE x.state = 'repaired' AND x.closed_at >= $2)
		FROM rupture x WHERE x.practice_id = $1`, scope.By.PracticeID, since).Scan(&open, &repaired)
	if err != nil {
		return Tally{}, fmt.Errorf("count ruptures: %w", err)
	}
	return Tally{counted(open), counted(repaired)}, nil
}
