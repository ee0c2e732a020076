// Package stat is the small numeric helpers that the methods of the practice share: pure functions of numbers.
package stat

import "math"

// Mean is Σx/n, in the units of x. It is NaN for no values. The mean of equal values is that value exactly.
func Mean(x []float64) float64 {
	if len(x) == 0 {
		return math.NaN()
	}
	var sum float64
	for _, v := range x {
		sum += v - x[0]
	}
	return x[0] + sum/float64(len(x))
}

// Variance is the sample variance Σ(x−x̄)²/(n−1), in squared units of x. It is NaN below two values.
func Variance(x []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	return SumOfSquares(x) / float64(len(x)-1)
}

// SD is the sample standard deviation √(Σ(x−x̄)²/(n−1)), in the units of x; over one person's repeated ratings it is
// the individual SD (iSD). It is NaN below two values.
func SD(x []float64) float64 { return math.Sqrt(Variance(x)) }

// SumOfSquares is Σ(x−x̄)² in two passes, in squared units of x; exactly 0 for equal values, and for no values.
func SumOfSquares(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	mean := Mean(x)
	var sum float64
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return sum
}

// MeanMovingRange is the mean of |x_t − x_{t−1}|, in the units of x. It is NaN below two values.
func MeanMovingRange(x []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	var sum float64
	for i := 1; i < len(x); i++ {
		sum += math.Abs(x[i] - x[i-1])
	}
	return sum / float64(len(x)-1)
}

// RMSSD is the root mean square of successive differences √(Σ(x_t − x_{t−1})²/(n−1)), in the units of x: instability
// from one rating to the next, where SD is spread around the mean (methods 4.3). It assumes ratings in order of time and
// about evenly spaced. It is NaN below two values.
func RMSSD(x []float64) float64 {
	if len(x) < 2 {
		return math.NaN()
	}
	return math.Sqrt(SuccessiveSquares(x) / float64(len(x)-1))
}

// SuccessiveSquares is Σ(x_t − x_{t−1})², in squared units of x; 0 below two values.
func SuccessiveSquares(x []float64) float64 {
	var sum float64
	for i := 1; i < len(x); i++ {
		d := x[i] - x[i-1]
		sum += d * d
	}
	return sum
}

// Flat reports whether all values are the same; true for none and for one.
func Flat(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

// Running keeps count, mean and sum of squared deviations of the values added so far, by Welford's update, which does
// not lose digits where the mean is large against the spread. (Welford 1962, Technometrics 4:419-420.)
// Its zero value is ready to use.
type Running struct {
	n        int
	mean, ss float64
}

// Add takes one more value in.
func (r *Running) Add(x float64) {
	r.n++
	d := x - r.mean
	r.mean += d / float64(r.n)
	r.ss += d * (x - r.mean)
}

// N is how many values were added.
func (r Running) N() int { return r.n }

// Mean is the mean of the values added, 0 before the first.
func (r Running) Mean() float64 { return r.mean }

// SumOfSquares is Σ(x−x̄)² of the values added, never below 0.
func (r Running) SumOfSquares() float64 { return r.ss }

// Variance is the sample variance of the values added, NaN below two.
func (r Running) Variance() float64 {
	if r.n < 2 {
		return math.NaN()
	}
	return r.ss / float64(r.n-1)
}
