package outcome

import (
	"cmp"
	"math"
	"slices"

	"attune/internal/stat"
)

// What a sudden gain asks for beside the reliable-change cut-off.
const (
	gainShare  = 0.25 // of the score before it
	gainWindow = 3    // sessions on each side that are compared, of which 2 must be there
	gainAlpha  = 0.05
)

// Point is one session's score.
type Point struct {
	Session int
	Score   float64
}

// Jump is a sudden gain or loss between one session and the next.
type Jump struct {
	Session   int     // n, the last before it
	Magnitude float64 // of the change from n to n+1, in score units, above 0
	Reversal  bool    // of a gain: a later score gave back at least half of it
}

// SuddenGains finds where a course suddenly got better between session n and n+1 (Tang and DeRubeis 1999; methods 3.2): the
// improvement is (1) at least cutoff, in score units, (2) at least a quarter of |score n|, and (3) the mean of up to three
// sessions to n differs from that of up to three from n+1 by more than t·√v, where v pools the variances,
// ((n₁−1)v₁+(n₂−1)v₂)/(n₁+n₂−2), and t is Student's two-sided 5 % value for n₁+n₂−2 degrees of freedom (2.776, 3.182 or
// 4.303). Sessions are matched by number: n and n+1 must both be there, and at least two on each side. The third
// criterion has no 1/n₁+1/n₂, as published; it describes a jump and is no test. Sessions that differ by chance give some
// jumps in long courses. Session numbers must differ; order does not matter. Jumps come in order of session.
func SuddenGains(course []Point, cutoff float64, better Better) []Jump {
	return jumps(course, cutoff, float64(better), true)
}

// SuddenLosses is SuddenGains with the sign flipped: where a course suddenly got worse. Reversal is not worked out.
func SuddenLosses(course []Point, cutoff float64, better Better) []Jump {
	return jumps(course, cutoff, -float64(better), false)
}

// jumps finds changes in the direction of sign.
func jumps(course []Point, cutoff, sign float64, reversals bool) []Jump {
	sorted := slices.SortedFunc(slices.Values(course), func(a, b Point) int { return cmp.Compare(a.Session, b.Session) })
	var found []Jump
	for i := 0; i+1 < len(sorted); i++ {
		last, next := sorted[i], sorted[i+1]
		size := sign * (next.Score - last.Score)
		if next.Session != last.Session+1 || !(size > 0) || size < cutoff-slack || size < gainShare*math.Abs(last.Score)-slack {
			continue
		}
		before, after := around(sorted, i)
		if !stands(before, after, sign) {
			continue
		}
		jump := Jump{Session: last.Session, Magnitude: size}
		for _, later := range sorted[i+2:] {
			if reversals && sign*(next.Score-later.Score) >= size/2-slack {
				jump.Reversal = true
			}
		}
		found = append(found, jump)
	}
	return found
}

// around are the scores of up to three sessions to n and up to three from n+1, where sorted[i] is session n.
func around(sorted []Point, i int) (before, after []float64) {
	n := sorted[i].Session
	for _, p := range sorted[max(0, i-gainWindow+1):min(len(sorted), i+gainWindow+1)] {
		switch {
		case p.Session > n-gainWindow && p.Session <= n:
			before = append(before, p.Score)
		case p.Session > n && p.Session <= n+gainWindow:
			after = append(after, p.Score)
		}
	}
	return before, after
}

// stands is the third criterion.
func stands(before, after []float64, sign float64) bool {
	if len(before) < 2 || len(after) < 2 {
		return false
	}
	df := len(before) + len(after) - 2
	pooled := (stat.SumOfSquares(before) + stat.SumOfSquares(after)) / float64(df)
	return sign*(stat.Mean(after)-stat.Mean(before)) > stat.TCritical(gainAlpha, df)*math.Sqrt(pooled)
}
