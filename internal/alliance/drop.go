package alliance

import (
	"fmt"
	"math"
)

// ReliableDrop is RC = z·√2·SD·√(1−r), the smallest difference of two scores, in score units, that their error alone makes
// with a small chance: z is 1.96 for 5 % on both sides. For SD 1 and r .90 it is 0.8765 (methods 1.4, D1; Jacobson and
// Truax 1991). It refuses an SD or z that is not above 0 and a reliability outside 0 to 1.
func ReliableDrop(sd, reliability, z float64) (float64, error) {
	switch {
	case !(sd > 0) || math.IsInf(sd, 1):
		return 0, fmt.Errorf("the standard deviation must be above 0, got %v", sd)
	case !(reliability >= 0 && reliability < 1):
		return 0, fmt.Errorf("the reliability must be at least 0 and below 1, got %v", reliability)
	case !(z > 0) || math.IsInf(z, 1):
		return 0, fmt.Errorf("z must be above 0, got %v", z)
	}
	return z * math.Sqrt2 * sd * math.Sqrt(1-reliability), nil
}

// Drops are the places (from 0) of scores, in order of session, that lie at least rc below the one before:
// x_t − x_{t−1} ≤ −rc. It assumes the errors of neighbouring sessions independent. Many comparisons make flags by chance:
// a steady course of 20 sessions shows one in 39 % of cases at z = 1.96 (methods 1.3), and most such drops come back by
// regression to the mean. A view for research; the episode algorithm is what flags.
func Drops(scores []float64, rc float64) []int {
	var places []int
	for i := 1; i < len(scores); i++ {
		if scores[i]-scores[i-1] <= -rc+slack {
			places = append(places, i)
		}
	}
	return places
}
