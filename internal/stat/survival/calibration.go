package survival

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"attune/internal/stat"
)

// Bin is a share of the sessions with similar predicted hazards.
type Bin struct {
	Sessions  int
	Predicted float64 // mean hazard, 0 to 1
	Ended     int
	Observed  float64       // Ended/Sessions
	Range     stat.Interval // 95 % of Observed (Wilson)
}

// Calibration compares what was predicted with what happened.
type Calibration struct {
	Bins     []Bin   // from the lowest predicted hazard
	Expected float64 // ends predicted
	Ended    int
	Outside  int // bins whose range does not hold the prediction; about one in twenty does by chance
	Warnings []string
}

// Calibrate sorts sessions by predicted hazard into so many bins of nearly equal size. On the rows a model was fitted to it flatters:
// use later courses. It assumes sessions independent. It refuses fewer than 2 bins and fewer sessions than bins.
func Calibrate(m Model, rows []Row, bins int) (Calibration, error) {
	if bins < 2 || len(rows) < bins {
		return Calibration{}, errors.New("a calibration table needs at least 2 bins and as many sessions as bins")
	}
	type session struct {
		hazard float64
		ended  bool
	}
	list := make([]session, len(rows))
	c := Calibration{Warnings: []string{}}
	for i, r := range rows {
		h, err := m.Hazard(r.Session, r.Covariates)
		if err != nil {
			return Calibration{}, err
		}
		list[i] = session{h, r.Ended}
		c.Expected += h
	}
	slices.SortStableFunc(list, func(a, b session) int { return cmp.Compare(a.hazard, b.hazard) })
	for i := range bins {
		from, to := i*len(list)/bins, (i+1)*len(list)/bins
		b := Bin{Sessions: to - from}
		for _, s := range list[from:to] {
			b.Predicted += s.hazard / float64(b.Sessions)
			if s.ended {
				b.Ended++
			}
		}
		b.Observed = float64(b.Ended) / float64(b.Sessions)
		b.Range = stat.Wilson(b.Ended, b.Sessions, stat.Normal95)
		if b.Predicted < b.Range.Low || b.Predicted > b.Range.High {
			c.Outside++
		}
		c.Ended += b.Ended
		c.Bins = append(c.Bins, b)
	}
	if c.Ended < 5*bins {
		c.Warnings = append(c.Warnings, fmt.Sprintf("only %d ends in %d bins: the table is rough", c.Ended, bins))
	}
	return c, nil
}
