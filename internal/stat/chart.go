package stat

import "math"

// perRange turns a mean moving range into a standard deviation: the expected range of two normal values is 1.128 SD
// (the constant d₂ of control charts, rounded as it is printed and used there).
const perRange = 1.128

// Chart is an individuals control chart (D3 of the methods), in the units of the values.
type Chart struct {
	Centre          float64 // the mean
	MeanMovingRange float64 // of |x_t − x_{t−1}|
	Sigma           float64 // MeanMovingRange / 1.128
	Lower, Upper    float64 // Centre ∓ limits × Sigma
	Outside         []int   // places (from 0) of values below Lower or above Upper
}

// Individuals charts x, in order of time, with limits (such as 3) times σ̂ around the mean. σ̂ comes from the moving range, so
// that a slow trend does not widen it as it widens an SD. It is retrospective: centre and limits use the whole series.
// It assumes independent, roughly normal values; with an unchanged mean 2.5 % of courses of 20 sessions show a point beyond
// 3σ̂ below. It needs two values; below that ok is false. In a flat series σ̂ is 0 and nothing is outside.
// (Formula as documented for SAS/QC IRCHART.)
func Individuals(x []float64, limits float64) (c Chart, ok bool) {
	if len(x) < 2 {
		return Chart{}, false
	}
	c = Chart{Centre: Mean(x), MeanMovingRange: MeanMovingRange(x)}
	c.Sigma = c.MeanMovingRange / perRange
	c.Lower, c.Upper = c.Centre-limits*c.Sigma, c.Centre+limits*c.Sigma
	for i, v := range x {
		if v < c.Lower || v > c.Upper {
			c.Outside = append(c.Outside, i)
		}
	}
	return c, true
}

// EWMA is an exponentially weighted moving average that starts at a mean of its own: e_0 = Start,
// e_t = λx_t + (1−λ)e_{t−1}, with variance σ²[λ/(2−λ)·(1−(1−λ)^{2t}) + StartVariance] in units of σ²
// (t from 1 after the start). StartVariance is 1/m where Start is the mean of m values.
// (Roberts 1959, Technometrics 1:239-250, for the first term; the second adds that the start is itself estimated.)
type EWMA struct {
	Lambda        float64 // weight of the newest value, above 0, at most 1
	Start         float64 // e_0, in the units of the values
	StartVariance float64 // variance of Start, in units of σ²

	level float64 // e_t − e_0
	decay float64 // 1 − (1−λ)^{2t}
}

// Add takes the next value and returns (e_t − e_0)/√var for a process SD of sigma (above 0), in SDs.
func (e *EWMA) Add(x, sigma float64) float64 {
	keep := 1 - e.Lambda
	e.level = e.Lambda*(x-e.Start) + keep*e.level
	e.decay = 1 - keep*keep*(1-e.decay)
	variance := e.Lambda/(2-e.Lambda)*e.decay + e.StartVariance
	return e.level / (sigma * math.Sqrt(variance))
}
