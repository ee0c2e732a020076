package stat

import "math/rand/v2"

// Seeded is a source of random numbers that depends on nothing but the seed, so that every simulation can be repeated.
func Seeded(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)) }

// Noise fills x with independent normal values of mean 0 and SD sd.
func Noise(r *rand.Rand, sd float64, x []float64) {
	for i := range x {
		x[i] = sd * r.NormFloat64()
	}
}

// Chance is the share of runs in which once is true: a Monte Carlo estimate of its chance, with standard error √(p(1−p)/runs),
// at most 0.5/√runs. It panics unless runs is above 0.
func Chance(r *rand.Rand, runs int, once func(*rand.Rand) bool) float64 {
	if runs <= 0 {
		panic("stat: Chance of no runs")
	}
	hits := 0
	for range runs {
		if once(r) {
			hits++
		}
	}
	return float64(hits) / float64(runs)
}
