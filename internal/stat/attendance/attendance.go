// Package attendance expects how many booked sessions of a caseload will be missed.
package attendance

import (
	"fmt"
	"math"

	"attune/internal/stat"
)

// Client is one client's bookings so far, and how many lie ahead.
type Client struct {
	Missed, Booked int // so far; Missed is part of Booked
	Ahead          int // booked from now on
}

// Expected is how many of the sessions ahead will be missed, over a whole caseload.
type Expected struct {
	Sessions int           // booked ahead
	Missed   float64       // mean
	SD       float64       // of the number missed
	Range    stat.Interval // 95 %, normal approximation kept within 0 and Sessions
	Warnings []string
}

// Caseload adds up the clients' expected misses. Each client's rate is beta-binomial, p̂ = (a + missed)/(a + b + booked) with a and b
// of the practice (stat.FitBeta; methods 6), so that nobody is judged by two or three bookings. The number missed of k
// ahead has variance k·p̂(1−p̂)(α+β+k)/(α+β+1), with α = a + missed and β = b + booked − missed.
//
// It is a count for planning a week, and deliberately returns nothing about any one client. It assumes sessions
// independent given a client's rate, and the rate steady. It refuses counts that cannot be, and a prior not above 0.
func Caseload(prior stat.Beta, clients []Client) (Expected, error) {
	if !(prior.A > 0) || !(prior.B > 0) || math.IsInf(prior.A+prior.B, 0) {
		return Expected{}, fmt.Errorf("the practice's prior is (%v, %v): both must be above 0", prior.A, prior.B)
	}
	e := Expected{Warnings: []string{}}
	variance := 0.0
	for _, c := range clients {
		if c.Missed < 0 || c.Missed > c.Booked || c.Ahead < 0 {
			return Expected{}, fmt.Errorf("%d missed of %d booked with %d ahead cannot be", c.Missed, c.Booked, c.Ahead)
		}
		rate := prior.After(c.Missed, c.Booked)
		weight, k, p := rate.A+rate.B, float64(c.Ahead), rate.Mean()
		e.Sessions += c.Ahead
		e.Missed += k * p
		variance += k * p * (1 - p) * (weight + k) / (weight + 1)
	}
	e.SD = math.Sqrt(variance)
	half := stat.Normal95 * e.SD
	e.Range = stat.Interval{Low: math.Max(0, e.Missed-half), High: math.Min(float64(e.Sessions), e.Missed+half)}
	if e.Missed < 5 {
		e.Warnings = append(e.Warnings, "fewer than 5 are expected: the range is rough")
	}
	return e, nil
}
