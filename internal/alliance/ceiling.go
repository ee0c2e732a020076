package alliance

import "attune/internal/stat"

// Where a course counts as at the ceiling (a design choice): so many sessions rated, so large a share of them at the top.
const (
	ceilingSessions = 4
	ceilingShare    = 0.75
)

// Ceiling is how much of a course lies at the top of the scale.
type Ceiling struct {
	N, AtTop int
	Share    float64       // AtTop/N, 0 for no sessions
	Range    stat.Interval // Wilson's 95 % interval of Share; sessions of one client are alike, so it is if anything too narrow
	Reached  bool          // the number cannot show a strain upward of the scale: read the tension item and the words instead
}

// AtCeiling looks for a course that rates at the top of the scale: at least four sessions, at least three quarters of them at
// top or above, in score units (10 for Attune's check-in). Client alliance scales have strong ceilings (methods 1.3; Meier
// and Feeley 2022), so a flat 10 is silence, not proof of a steady bond.
func AtCeiling(scores []float64, top float64) Ceiling {
	c := Ceiling{N: len(scores)}
	for _, x := range scores {
		if x >= top {
			c.AtTop++
		}
	}
	c.Range = stat.Wilson(c.AtTop, c.N, stat.Normal95)
	if c.N > 0 {
		c.Share = float64(c.AtTop) / float64(c.N)
	}
	c.Reached = c.N >= ceilingSessions && c.Share >= ceilingShare
	return c
}
