package alliance

import (
	"math"

	"attune/internal/stat"
)

// Strict is one session under the stricter-of-two rule. Both falls are in σ*, so that 1 σ* and 2 σ* can be read off both.
type Strict struct {
	BelowPeak float64 // local maximum − x_t; 0 at a peak
	BelowMean float64 // mean of the sessions before − x_t; 0 at the first session
}

// Stricter is D2 (after Gumz 2012): σ* = max(the client's own SD over the whole course, the sample's within-client SD), so
// that wobbles of a flat course and swings of a volatile one are not over-called. The local maximum of a session is the top
// of the descent that it ends: the score after which scores only fell or stayed. It is retrospective, since the
// client's SD uses the whole course, and a view for research. sampleWithin is in score units; scores are in order of session.
// It panics unless sampleWithin is above 0.
func Stricter(scores []float64, sampleWithin float64) (sigma float64, sessions []Strict) {
	if !(sampleWithin > 0) {
		panic("alliance: the sample's within-client SD must be above 0")
	}
	sigma = sampleWithin
	if own := stat.SD(scores); !math.IsNaN(own) {
		sigma = max(sigma, own)
	}
	sessions = make([]Strict, len(scores))
	var before stat.Running
	var peak float64
	for i, x := range scores {
		if i == 0 || x > scores[i-1] {
			peak = x
		}
		sessions[i].BelowPeak = (peak - x) / sigma
		if i > 0 {
			sessions[i].BelowMean = (before.Mean() - x) / sigma
		}
		before.Add(x)
	}
	return sigma, sessions
}
