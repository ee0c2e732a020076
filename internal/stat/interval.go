package stat

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a range from Low to High, both included.
type Interval struct{ Low, High float64 }

// Normal95 is the 97.5th percentile of the standard normal distribution: ±Normal95 holds its central 95 %.
const Normal95 = 1.959963984540054

// Wilson is the score interval for a proportion of which count of n were seen,
// (p̂ + z²/2n ± z√(p̂(1−p̂)/n + z²/4n²)) / (1 + z²/n), within 0 to 1. It assumes independent observations of one
// probability, and stays sensible for small n and for 0 or n of n. z is 1.96 for 95 %.
// For n = 0 nothing is known and it is 0 to 1. It panics unless 0 ≤ count ≤ n. (Wilson 1927, JASA 22:209-212.)
func Wilson(count, n int, z float64) Interval {
	if count < 0 || count > n {
		panic("stat: Wilson of a count outside 0 to n")
	}
	if n == 0 {
		return Interval{0, 1}
	}
	p, m := float64(count)/float64(n), float64(n)
	scale := 1 + z*z/m
	centre := (p + z*z/(2*m)) / scale
	half := z * math.Sqrt(p*(1-p)/m+z*z/(4*m*m)) / scale
	return Interval{max(0, centre-half), min(1, centre+half)}
}

// TCritical is the two-sided critical value of Student's t with df degrees of freedom: |t| exceeds it with chance alpha
// (0 < alpha < 1, df > 0; otherwise NaN). TCritical(0.05, 4) is 2.776.
func TCritical(alpha float64, df int) float64 {
	if !(alpha > 0 && alpha < 1) || df < 1 {
		return math.NaN()
	}
	return distuv.StudentsT{Sigma: 1, Nu: float64(df)}.Quantile(1 - alpha/2)
}
