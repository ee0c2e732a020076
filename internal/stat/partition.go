package stat

import "math"

// minSegment is the fewest values on either side of a break.
const minSegment = 2

// Break is the best single break of a series in two segments of constant mean (D5 of the methods).
type Break struct {
	K    int     // values before the break, 2 to n−2; 0 where there is none to choose: a flat or too short series
	RSS0 float64 // residual sum of squares without a break, in squared units of the values
	RSS1 float64 // and with the best one
	BIC0 float64 // n[ln 2π + 1 + ln(RSS/n)] + 2(m+1)ln n with m = 0 breaks; −Inf where RSS0 is 0
	BIC1 float64 // and with m = 1; −Inf where RSS1 is 0; NaN where K is 0
}

// Accepted reports whether the break is worth its parameters: BIC1 < BIC0.
func (b Break) Accepted() bool { return b.K > 0 && b.BIC1 < b.BIC0 }

// Partition finds the break of x, in order of time, that leaves the smallest residual sum of squares; of breaks that leave the same,
// the last.
// It is retrospective and assumes independent normal values with one variance, so two crowded clusters of ceiling ratings
// break it. Below four values no break fits and K is 0. Same criterion as R's strucchange::breakpoints with h = 2.
// (Bai and Perron 2003, J Appl Econometrics 18:1-22.)
func Partition(x []float64) Break {
	n := len(x)
	b := Break{RSS0: SumOfSquares(x), RSS1: math.NaN(), BIC1: math.NaN()}
	b.BIC0 = bic(n, b.RSS0, 0)
	if Flat(x) {
		b.RSS1 = b.RSS0
		return b
	}
	if n < 2*minSegment {
		return b
	}
	after := make([]float64, n+1) // after[i] is the sum of squares of x[i:]
	var r Running
	for i := n - 1; i >= 0; i-- {
		r.Add(x[i])
		after[i] = r.SumOfSquares()
	}
	best, same := math.Inf(1), 1e-12*b.RSS0
	var before Running
	for k := 1; k <= n-minSegment; k++ {
		before.Add(x[k-1])
		if rss := before.SumOfSquares() + after[k]; k >= minSegment && rss <= best+same {
			best, b.K = min(best, rss), k
		}
	}
	b.RSS1 = SumOfSquares(x[:b.K]) + SumOfSquares(x[b.K:])
	b.BIC1 = bic(n, b.RSS1, 1)
	return b
}

// bic is strucchange's criterion for m breaks: m+1 means, m places and one variance.
func bic(n int, rss float64, m int) float64 {
	size := float64(n)
	return size*(math.Log(2*math.Pi)+1+math.Log(rss/size)) + 2*float64(m+1)*math.Log(size)
}
