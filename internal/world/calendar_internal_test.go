package world

import (
	"testing"

	"attune/internal/civil"
)

// Today has its sessions on both sides of now as far as people are up.
func TestHoursAround(t *testing.T) {
	for _, test := range []struct {
		now                civil.Time
		over, coming       int
		earliestOf, lastOf civil.Time
	}{
		{civil.Clock(3, 10), 0, 6, civil.Clock(7, 0), civil.Clock(12, 0)},
		{civil.Clock(7, 40), 0, 6, civil.Clock(8, 0), civil.Clock(13, 0)},
		{civil.Clock(8, 10), 1, 5, civil.Clock(7, 0), civil.Clock(13, 0)},
		{civil.Clock(12, 20), 2, 4, civil.Clock(10, 0), civil.Clock(16, 0)},
		{civil.Clock(18, 30), 3, 3, civil.Clock(15, 0), civil.Clock(21, 0)},
		{civil.Clock(21, 30), 5, 1, civil.Clock(16, 0), civil.Clock(22, 0)},
		{civil.Clock(23, 5), 6, 0, civil.Clock(16, 0), civil.Clock(21, 0)},
	} {
		over, coming := hoursAround(test.now, 6)
		all := append(append([]civil.Time{}, over...), coming...)
		if len(over) != test.over || len(coming) != test.coming || all[0] != test.earliestOf || all[len(all)-1] != test.lastOf {
			t.Errorf("%s: got %v over and %v coming, want %d and %d, from %s to %s", test.now, over, coming, test.over, test.coming, test.earliestOf, test.lastOf)
		}
		for _, at := range over {
			if at+60 > test.now {
				t.Errorf("%s: got %s as over", test.now, at)
			}
		}
	}
}
