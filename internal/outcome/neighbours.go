package outcome

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"attune/internal/stat"
	"attune/internal/stat/mixed"
)

// Nearest is the number of neighbours of model B. It is recalled from the literature and not verified (methods 3.3, tag R).
const Nearest = 30

// Intake is a finished course with what was known at its beginning: the same variables in the same order for all, in any units.
type Intake struct {
	Course
	Variables []float64
}

// Neighbour is a finished course that began much like the new one.
type Neighbour struct {
	Course
	Distance float64 // Euclidean, in standard deviations of the variables
}

// Neighbours are the Nearest finished courses by Euclidean distance on standardised intake variables (model B; Lutz et al. 2006,
// doi:10.1002/cpp.496), closest first, equals by id. Variables with one value throughout do not count.
//
// It refuses fewer than EnoughForNeighbours finished courses (TooFew), variables that are missing, not finite or of
// another number.
func Neighbours(finished []Intake, variables []float64) ([]Neighbour, error) {
	if len(finished) < EnoughForNeighbours {
		return nil, &TooFew{len(finished), EnoughForNeighbours}
	}
	if len(variables) == 0 {
		return nil, errors.New("neighbours need at least one intake variable")
	}
	for _, f := range append([]Intake{{Variables: variables}}, finished...) {
		if len(f.Variables) != len(variables) {
			return nil, fmt.Errorf("course %s has %d intake variables, not %d", f.ID, len(f.Variables), len(variables))
		}
		for _, x := range f.Variables {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return nil, fmt.Errorf("course %s: an intake variable is not a number", f.ID)
			}
		}
	}
	spread := make([]float64, len(variables))
	column := make([]float64, len(finished))
	for j := range variables {
		for i, f := range finished {
			column[i] = f.Variables[j]
		}
		spread[j] = stat.SD(column)
	}
	all := make([]Neighbour, len(finished))
	for i, f := range finished {
		sum := 0.0
		for j, x := range f.Variables {
			if spread[j] > 0 {
				d := (x - variables[j]) / spread[j]
				sum += d * d
			}
		}
		all[i] = Neighbour{f.Course, math.Sqrt(sum)}
	}
	slices.SortFunc(all, func(a, b Neighbour) int {
		return cmp.Or(cmp.Compare(a.Distance, b.Distance), cmp.Compare(a.ID, b.ID))
	})
	return all[:Nearest], nil
}

// ExpectByNeighbours is the band of a session from the growth curve of the neighbours alone, y = β₀ + β₁·ln(s) + u₀ + u₁·ln(s) + ε, given the
// scores of the new course so far (none allowed). Thirty courses give rough variances: the band is less certain than
// it looks, which the warnings of the fit repeat. It refuses what the mixed model refuses.
func ExpectByNeighbours(near []Neighbour, c Course, session int, r TrackRule) (Band, mixed.Fit, error) {
	if err := r.validate(); err != nil {
		return Band{}, mixed.Fit{}, err
	}
	if session < 1 {
		return Band{}, mixed.Fit{}, fmt.Errorf("session %d: sessions are counted from 1", session)
	}
	d := mixed.NewData(0)
	for _, n := range near {
		rows, err := n.rows()
		if err != nil {
			return Band{}, mixed.Fit{}, err
		}
		for _, row := range rows {
			if err := d.Add(n.ID, row); err != nil {
				return Band{}, mixed.Fit{}, err
			}
		}
	}
	fit, err := d.Summary().Fit(mixed.Options{RandomSlope: true})
	if err != nil {
		return Band{}, mixed.Fit{}, err
	}
	fit.Warnings = append(fit.Warnings, fmt.Sprintf("from %d similar courses only: the band is less certain than it looks", len(near)))
	own, err := c.rows()
	if err != nil {
		return Band{}, mixed.Fit{}, err
	}
	p, err := fit.Predict(own, mixed.Row{Time: math.Log(float64(session))})
	if err != nil {
		return Band{}, mixed.Fit{}, err
	}
	return r.band(session, p), fit, nil
}

// rows are all scores of a course over log session.
func (c Course) rows() ([]mixed.Row, error) {
	points, err := c.sorted()
	if err != nil {
		return nil, err
	}
	rows := make([]mixed.Row, len(points))
	for i, p := range points {
		rows[i] = mixed.Row{Time: math.Log(float64(p.Session)), Score: p.Score}
	}
	return rows, nil
}
