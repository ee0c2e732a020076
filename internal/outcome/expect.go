package outcome

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"attune/internal/stat/mixed"
)

// TrackRule is a named rule for calling a course not on track. It is a design choice (methods 3.3), not a published cut-off.
type TrackRule struct {
	Name    string
	Central float64 // share of future scores inside the band, 0 to 1
	Row     int     // as many scores in a row on the worse side of the band are a signal
	Limit   float64 // one score beyond this one-sided limit is a signal, 0 to 1
	Better  Better
}

// DefaultTrackRule is the central 80 %, two in a row, and the one-sided 95 % limit.
func DefaultTrackRule(better Better) TrackRule {
	return TrackRule{Name: "attune-track-1", Central: 0.80, Row: 2, Limit: 0.95, Better: better}
}

func (r TrackRule) validate() error {
	if !(r.Central > 0 && r.Central < 1) || !(r.Limit > 0.5 && r.Limit < 1) || r.Row < 1 || r.Better != Lower && r.Better != Higher {
		return fmt.Errorf("track rule %s: shares lie between 0 and 1, the limit above 0.5, and at least one score makes a row", r.Name)
	}
	return nil
}

// Band is what is expected of one session, in score units: a normal distribution of that mean and SD, its central part from
// Low to High, and the Limit beyond which a score is worse than nearly all.
type Band struct {
	Session          int
	Mean, SD         float64
	Low, High, Limit float64
}

func (r TrackRule) band(session int, p mixed.Prediction) Band {
	low, high := p.Interval(distuv.UnitNormal.Quantile((1 + r.Central) / 2))
	worse := -float64(r.Better) * distuv.UnitNormal.Quantile(r.Limit)
	return Band{Session: session, Mean: p.Mean, SD: p.SD, Low: low, High: high, Limit: p.Mean + worse*p.SD}
}

// Expect is the band of a later session, given the first known scores of a course, at least one: û = GZ'(ZGZ' + σ²I)⁻¹(y − Xβ), mean z'β +
// z'û, SD √(z'Var z + σ²), with z = (1, ln session) and the estimates of g held fixed; their own uncertainty is not in
// the SD. It refuses a course without that many scores, and a session that is not after the first.
func (g Growth) Expect(c Course, known, session int, r TrackRule) (Band, error) {
	points, err := c.sorted()
	if err != nil {
		return Band{}, err
	}
	if err := r.validate(); err != nil {
		return Band{}, err
	}
	if known < 1 || known > len(points) {
		return Band{}, fmt.Errorf("course %s has %d scores: %d cannot be known", c.ID, len(points), known)
	}
	if session <= points[0].Session {
		return Band{}, fmt.Errorf("course %s: session %d is not after the first, %d", c.ID, session, points[0].Session)
	}
	return g.expect(points[:known], session, r)
}

func (g Growth) expect(points []Point, session int, r TrackRule) (Band, error) {
	rows := make([]mixed.Row, 0, len(points))
	for _, p := range points[1:] {
		rows = append(rows, later(p, points[0]))
	}
	p, err := g.Predict(rows, later(Point{Session: session}, points[0]))
	if err != nil {
		return Band{}, err
	}
	return r.band(session, p), nil
}

// Track is one score of a course beside what was expected of it at intake.
type Track struct {
	Band
	Score  float64
	Worse  bool // on the worse side of the band
	Beyond bool // worse than the limit
	Signal bool // the rule calls the course not on track here
}

// OnTrack compares each score after the first with the band expected at intake, from the first score alone: a band that learned from a course
// going badly would come to expect it. Signal is set at each session where the last Row scores are all on the worse
// side, or the score is beyond the limit. For a client who follows the model, a single score is beyond the limit with
// chance 1 − Limit, so long courses give some signals by chance. A signal opens a conversation; it is not a verdict.
func (g Growth) OnTrack(c Course, r TrackRule) ([]Track, error) {
	points, err := c.sorted()
	if err != nil {
		return nil, err
	}
	if err := r.validate(); err != nil {
		return nil, err
	}
	var out []Track
	run := 0
	for i := 1; i < len(points); i++ {
		band, err := g.expect(points[:1], points[i].Session, r)
		if err != nil {
			return nil, err
		}
		t := Track{Band: band, Score: points[i].Score}
		worse := -float64(r.Better)
		t.Beyond = worse*(t.Score-t.Limit) > 0
		t.Worse = worse*(t.Score-t.Mean) > math.Abs(t.High-t.Mean)
		run++
		if !t.Worse {
			run = 0
		}
		t.Signal = t.Beyond || run >= r.Row
		out = append(out, t)
	}
	return out, nil
}
