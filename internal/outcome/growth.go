package outcome

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"attune/internal/stat/mixed"
)

// Course is one client's scores of one measure. Sessions are counted from 1; order does not matter, gaps are allowed.
type Course struct {
	ID     string
	Points []Point
}

// Growth is what a practice's finished courses say of a new one (model A):
//
//	y_is = β₀ + β₁·ln(s) + β₂·y_i1 + u₀ᵢ + u₁ᵢ·ln(s) + ε, for sessions s after the first one, at score y_i1.
//
// The intake score y_i1 explains the later scores and is not one of them itself.
type Growth struct {
	mixed.Fit
	Courses int // finished courses with at least two scores
}

// FitGrowth estimates Growth by REML. (Finch, Lambert & Schaalje 2001: a linear mixed model on log session by intake severity.)
//
// It assumes that finished courses are like those to come, and that sessions are not missed because of the score they would
// have had; early endings with and without success bend the later part of the curve.
// It refuses fewer than EnoughForGrowth courses with two scores (TooFew), sessions below 1 or given twice, scores that are not finite, and
// what the mixed model refuses (mixed.TooLittle).
func FitGrowth(finished []Course) (Growth, error) {
	d := mixed.NewData(1)
	for _, c := range finished {
		points, err := c.sorted()
		if err != nil {
			return Growth{}, err
		}
		for _, p := range points[min(1, len(points)):] {
			if err := d.Add(c.ID, later(p, points[0])); err != nil {
				return Growth{}, err
			}
		}
	}
	if d.Clients() < EnoughForGrowth {
		return Growth{}, &TooFew{d.Clients(), EnoughForGrowth}
	}
	fit, err := d.Summary().Fit(mixed.Options{RandomSlope: true})
	if err != nil {
		return Growth{}, err
	}
	return Growth{Fit: fit, Courses: d.Clients()}, nil
}

// later is a score after the first as a row of the model.
func later(p, first Point) mixed.Row {
	return mixed.Row{Time: math.Log(float64(p.Session)), Score: p.Score, Covariates: []float64{first.Score}}
}

// sorted checks the points and puts them in order of session.
func (c Course) sorted() ([]Point, error) {
	points := slices.SortedFunc(slices.Values(c.Points), func(a, b Point) int { return cmp.Compare(a.Session, b.Session) })
	for i, p := range points {
		if p.Session < 1 {
			return nil, fmt.Errorf("course %s: session %d: sessions are counted from 1", c.ID, p.Session)
		}
		if i > 0 && points[i-1].Session == p.Session {
			return nil, fmt.Errorf("course %s: session %d is there twice", c.ID, p.Session)
		}
		if math.IsNaN(p.Score) || math.IsInf(p.Score, 0) {
			return nil, fmt.Errorf("course %s: session %d: the score is not a number", c.ID, p.Session)
		}
	}
	return points, nil
}
