package relation

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"attune/internal/stat"
	"attune/internal/stat/mixed"
)

// Wave is one person's relationship quality and symptoms at one time, in any units.
type Wave struct {
	Person            string
	Quality, Symptoms float64
}

// Estimate is a number with its standard error and 95 % interval (normal).
type Estimate struct {
	Value, SE float64
	Range     stat.Interval
}

// Association is how symptoms go with the quality of relationships, within a person over time and between persons.
type Association struct {
	Within    Estimate // γ₁₀: symptoms per unit of quality above the person's own mean
	Between   Estimate // γ₀₁: symptoms per unit of difference in mean quality
	SlopeSD   float64  // of the persons' own within slopes
	Persons   int
	Waves     int
	Converged bool
	Singular  bool
	Warnings  []string
}

// Associate fits y_it = γ₀₀ + γ₁₀(x_it − x̄_i) + γ₀₁x̄_i + u₀ᵢ + u₁ᵢ(x_it − x̄_i) + ε by REML (methods 4.3; the model of Whitton &
// Whisman 2010, doi:10.1037/a0021734). x̄_i uses a person's whole series, so this is for looking back, not for alarms.
//
// It assumes persons independent and errors of one size; it says nothing about which of the two comes first.
// It refuses what the mixed model refuses, with a sentence (mixed.TooLittle).
func Associate(waves []Wave) (Association, error) {
	type mean struct{ n, sum float64 }
	means := map[string]mean{}
	for _, w := range waves {
		m := means[w.Person]
		means[w.Person] = mean{m.n + 1, m.sum + w.Quality}
	}
	d := mixed.NewData(1)
	for _, w := range waves {
		m := means[w.Person].sum / means[w.Person].n
		if err := d.Add(w.Person, mixed.Row{Time: w.Quality - m, Score: w.Symptoms, Covariates: []float64{m}}); err != nil {
			return Association{}, err
		}
	}
	fit, err := d.Summary().Fit(mixed.Options{RandomSlope: true})
	if err != nil {
		return Association{}, err
	}
	a := Association{
		Within: estimate(fit.Fixed[1], fit.SE[1]), Between: estimate(fit.Fixed[2], fit.SE[2]),
		SlopeSD: math.Sqrt(fit.VarSlope), Persons: fit.Clients, Waves: fit.Rows,
		Converged: fit.Converged, Singular: fit.Singular, Warnings: fit.Warnings,
	}
	if fit.Clients < 30 {
		a.Warnings = append(a.Warnings, fmt.Sprintf("only %d persons: the intervals are too narrow", fit.Clients))
	}
	return a, nil
}

func estimate(value, se float64) Estimate {
	half := stat.Normal95 * se
	return Estimate{value, se, stat.Interval{Low: value - half, High: value + half}}
}

// Rating is one rating of one of a client's relationships.
type Rating struct {
	Relationship string
	Value        float64
}

// Share is how much of the variation in a client's ratings lies between relationships rather than within each over time.
type Share struct {
	Share         float64 // var(a)/(var(a) + var(w)), 0 to 1
	Range         stat.Interval
	Relationships int
	Ratings       int
	Warnings      []string
}

// ErrTooFewRatings is the refusal of BetweenShare.
var ErrTooFewRatings = errors.New("at least 2 relationships with 2 ratings each, and some variation, are needed")

// BetweenShare splits one client's ratings x_rt = μ + a_r + w_rt (methods 4.3): a high share says that what is hard sits in
// particular relationships, a low one that it travels with the person.
//
// One-way analysis of variance: var(w) = MSW, var(a) = (MSB − MSW)/n₀ cut off at 0, n₀ = (N − Σn²/N)/(k − 1), and the
// interval from the F distribution (Searle, Casella & McCulloch 1992, Variance Components, 3.6), exact for equal
// numbers of ratings. It assumes ratings of a relationship vary independently around a steady level.
func BetweenShare(ratings []Rating) (Share, error) {
	b, err := split(ratings)
	if err != nil {
		return Share{}, err
	}
	msb, msw := b.between/(b.k-1), b.within/(b.n-b.k)
	n0 := (b.n - b.squares/b.n) / (b.k - 1)
	s := Share{Relationships: int(b.k), Ratings: int(b.n), Warnings: []string{}}
	if msw == 0 {
		s.Share, s.Range = 1, stat.Interval{Low: 1, High: 1}
		s.Warnings = append(s.Warnings, "no relationship's ratings ever changed: the share says no more than that")
		return s, nil
	}
	f := msb / msw
	share := func(f float64) float64 { return math.Max(0, (f-1)/(f-1+n0)) }
	dist := distuv.F{D1: b.k - 1, D2: b.n - b.k}
	s.Share = share(f)
	s.Range = stat.Interval{Low: share(f / dist.Quantile(0.975)), High: share(f / dist.Quantile(0.025))}
	if !b.equal {
		s.Warnings = append(s.Warnings, "relationships were not rated equally often: the interval is approximate")
	}
	if b.k < 4 {
		s.Warnings = append(s.Warnings, fmt.Sprintf("only %d relationships: the share is rough", int(b.k)))
	}
	return s, nil
}

// sums are what the analysis of variance needs: k relationships, n ratings, Σn², sums of squares.
type sums struct {
	k, n, squares, between, within float64
	equal                          bool
}

func split(ratings []Rating) (sums, error) {
	type group struct{ n, mean, within float64 }
	groups := map[string]int{}
	var list []group
	var n, grand float64
	for _, r := range ratings {
		if math.IsNaN(r.Value) || math.IsInf(r.Value, 0) {
			return sums{}, mixed.ErrNotFinite
		}
		i, ok := groups[r.Relationship]
		if !ok {
			i = len(list)
			groups[r.Relationship] = i
			list = append(list, group{})
		}
		g := &list[i]
		g.n++
		d := r.Value - g.mean
		g.mean += d / g.n
		g.within += d * (r.Value - g.mean)
		n++
		grand += (r.Value - grand) / n
	}
	s := sums{k: float64(len(list)), n: n, equal: true}
	repeated := 0
	for _, g := range list {
		d := g.mean - grand
		s.between += g.n * d * d
		s.within += g.within
		s.squares += g.n * g.n
		s.equal = s.equal && g.n == list[0].n
		if g.n >= 2 {
			repeated++
		}
	}
	if repeated < 2 || s.between+s.within == 0 {
		return sums{}, ErrTooFewRatings
	}
	return s, nil
}
