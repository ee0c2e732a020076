package alliance

import (
	"math/rand/v2"

	"attune/internal/stat"
)

// falseAlarmRuns keeps the Monte Carlo error of a chance within 0.0075 in 997 of 1000 simulations.
const falseAlarmRuns = 40_000

// LongestSimulated is the most sessions for which a chance is worked out; beyond, that of so many is a lower bound.
const LongestSimulated = 500

// FalseAlarms is the chance, for each number of sessions from 0 to n (at most LongestSimulated), that a course whose true mean never
// changes shows at least one episode under these parameters: alarms[20] is that of 20 sessions. It assumes independent normal
// error whose SD is s₀; where a client's own SD is larger the chance is higher (at k = 2.5, 1.5 s₀: about 35 % in 20 sessions),
// and on scores crowded at the ceiling it is only a rough guide. Within ±0.01, by simulation from a fixed seed, or by the
// embedded table where the parameters are those of Defaults in all that matters (s₀ scales out; λ and window play no part).
// It panics on parameters that Check refuses.
func FalseAlarms(p Parameters, n int) []float64 {
	n = min(max(n, 0), LongestSimulated)
	d := Defaults()
	if p.Nu0 == d.Nu0 && p.K == d.K && p.MinBaseline == d.MinBaseline && p.MinDrop == 0 && n < len(defaultAlarms) {
		return append([]float64(nil), defaultAlarms[:n+1]...)
	}
	return SimulateFalseAlarms(p, n, falseAlarmRuns, 1)
}

// SimulateFalseAlarms is FalseAlarms by simulation of so many runs from the given seed, whatever the parameters.
func SimulateFalseAlarms(p Parameters, n, runs int, seed uint64) []float64 {
	first := make([]int, n+1) // runs by the session of their first episode
	r := stat.Seeded(seed)
	for range runs {
		if at := firstEpisode(p, n, func(int) float64 { return p.S0 * r.NormFloat64() }); at > 0 {
			first[at]++
		}
	}
	alarms := make([]float64, n+1)
	sum := 0
	for i, count := range first {
		sum += count
		alarms[i] = float64(sum) / float64(runs)
	}
	return alarms
}

// firstEpisode is the session, from 1, at which the first episode of a course of n sessions opens; 0 where none does.
func firstEpisode(p Parameters, n int, value func(session int) float64) int {
	if err := p.Check(); err != nil {
		panic("alliance: " + err.Error())
	}
	w := watch{p: p}
	for session := 1; session <= n; session++ {
		w.see(Score{Session: session, Value: value(session)})
		if w.open {
			return session
		}
	}
	return 0
}

// A Change is what happens to a client's true level at one session, in SDs (s₀): a dip of that session only, or a step that stays.
// Its zero value is a course in which nothing happens.
type Change struct {
	Session int     // from 1; 0 for no change
	Size    float64 // in s₀, negative for a fall
	Lasting bool
	Scatter float64 // the client's own SD in s₀, where it is not the typical one; 0 means 1
}

// Catches is the chance that a course of n sessions with this change shows at least one episode, wherever it falls, under these
// parameters: what a flag catches, to be read beside FalseAlarms. Simulated from the seed with normal error;
// its standard error is at most 0.5/√runs.
func Catches(p Parameters, n int, change Change, runs int, seed uint64) float64 {
	scatter := change.Scatter
	if scatter == 0 {
		scatter = 1
	}
	return stat.Chance(stat.Seeded(seed), runs, func(r *rand.Rand) bool {
		return firstEpisode(p, n, func(session int) float64 {
			x := scatter * r.NormFloat64()
			if session == change.Session || change.Lasting && session > change.Session {
				x += change.Size
			}
			return p.S0 * x
		}) > 0
	})
}
