package stat

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mathext"
)

// Beta is what is believed about a rate between 0 and 1, such as a client's share of missed sessions: as if A had been missed
// and B kept before any was counted. Both are above 0.
type Beta struct{ A, B float64 }

// After is the belief once missed of booked were missed: Beta{A + missed, B + booked − missed}. Its mean is
// (A + missed)/(A + B + booked). It assumes sessions independent given the rate. It panics unless 0 ≤ missed ≤ booked.
func (b Beta) After(missed, booked int) Beta {
	if missed < 0 || missed > booked {
		panic("stat: more missed than booked")
	}
	return Beta{b.A + float64(missed), b.B + float64(booked-missed)}
}

// Mean is A/(A+B), the expected rate.
func (b Beta) Mean() float64 { return b.A / (b.A + b.B) }

// SD is √(AB/((A+B)²(A+B+1))), the standard deviation of the rate.
func (b Beta) SD() float64 {
	sum := b.A + b.B
	return math.Sqrt(b.A * b.B / (sum * sum * (sum + 1)))
}

// Range is the central interval that holds the rate with the given chance, such as 0.95.
func (b Beta) Range(chance float64) Interval {
	tail := (1 - chance) / 2
	return Interval{mathext.InvRegIncBeta(b.A, b.B, tail), mathext.InvRegIncBeta(b.A, b.B, 1-tail)}
}

// FitBeta estimates what is to be believed of a new client's rate from clients of whom missed[i] of booked[i] are known, by
// moments: the mean rate weighted by size, and the spread between clients beyond what chance alone would make (Kleinman
// 1973, JASA 68:46-54). Where clients differ no more than chance would make them, the belief is capped at as much weight as
// all their sessions together. It refuses fewer than ten clients with a session, and a rate of exactly 0 or 1.
func FitBeta(missed, booked []int) (Beta, error) {
	if len(missed) != len(booked) {
		panic("stat: missed and booked differ in length")
	}
	var clients int
	var total, sumMissed, squares float64
	for i, n := range booked {
		if n <= 0 {
			continue
		}
		if missed[i] < 0 || missed[i] > n {
			return Beta{}, fmt.Errorf("%d missed of %d booked cannot be", missed[i], n)
		}
		clients++
		total += float64(n)
		squares += float64(n) * float64(n)
		sumMissed += float64(missed[i])
	}
	rate := sumMissed / total
	if clients < 10 || rate == 0 || rate == 1 {
		return Beta{}, fmt.Errorf("%d clients with a mean rate of %.2g are too few to learn from: at least 10 are needed, some missed and some kept", clients, rate)
	}
	var spread float64
	for i, n := range booked {
		if n > 0 {
			d := float64(missed[i])/float64(n) - rate
			spread += float64(n) * d * d
		}
	}
	// spread has expectation rate(1−rate)·[(k−1)(1−ρ) + ρ(N − Σn²/N)], with ρ = 1/(A+B+1) the share of variance between clients.
	unit, k := rate*(1-rate), float64(clients)
	between := 0.0
	if repeats := total - squares/total - (k - 1); repeats > 1e-9*total { // 0 where each client was booked once
		between = (spread/unit - (k - 1)) / repeats
	}
	between = min(max(between, 1/(total+1)), 1-1e-6)
	weight := 1/between - 1
	return Beta{rate * weight, (1 - rate) * weight}, nil
}
