package intake_test

import (
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/practice/practicetest"
	"attune/internal/schedule"
)

// TestSlotRace lets 64 book at once, a hundred times over, half of them a slot that overlaps the other half's: in each
// round exactly one gets a time (security.md T-10, M-5, M-6).
func TestSlotRace(t *testing.T) {
	h := open(t)
	cora := h.By(practicetest.Cora)
	for round := range 100 {
		start := h.Clock.Now().Add(time.Duration(60*24+2*round) * time.Hour)
		race(t, "one slot", func(n int) error {
			at := start.Add(time.Duration(n%2*10) * time.Minute)
			_, err := schedule.Book(ctx, h.DB, cora, access.WriteTimes, practicetest.OfNell,
				schedule.Stretch{PlaceID: h.Video, Interval: schedule.Interval{Start: at, End: at.Add(50 * time.Minute)}})
			return err
		})
		taken, err := schedule.Taken(ctx, h.DB, practicetest.Tess, start, start.Add(time.Hour))
		if err != nil || len(taken) != 1 {
			t.Fatalf("round %d: %d claims (%v), want 1", round, len(taken), err)
		}
	}
}
