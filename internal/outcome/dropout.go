package outcome

import (
	"fmt"
	"math"
	"slices"

	"attune/internal/stat/survival"
)

// Dropout is what counts as an ending before its time. Definitions give different rates, so one is stored with every estimate.
type Dropout string

// The definitions (methods 6).
const (
	ByTherapist      Dropout = "therapist's judgement"
	Unilateral       Dropout = "the client ended it alone"
	LastMissed       Dropout = "the last session was missed"
	NoReliableChange Dropout = "ended without reliable change"
)

// DropoutCovariates are the names of what DropoutRows puts beside each session, in its order.
var DropoutCovariates = [...]string{
	"alliance above or below the client's own mean, last session", "client's mean alliance so far", "open rupture", "not on track",
}

// AllianceSession is one session held, as far as staying may hang on it.
type AllianceSession struct {
	Alliance    float64 // the client's check-in, 0 to 10
	OpenRupture bool    // after the session: open or named, not repaired
	NotOnTrack  bool    // after the session
}

// AllianceCourse is a course from its first session on. Dropped says that it ended, by the definition in use, before a session
// that was still to come; a course that goes on, or ended as planned, is censored at its last session.
type AllianceCourse struct {
	Sessions []AllianceSession
	Dropped  bool
}

// DropoutRows lays courses out for survival.Fit (methods 6):
//
//	logit h_t = α_t + β₁(x_{t−1} − x̄_{t−1}) + β₂x̄_{t−1} + β₃(open rupture) + β₄(not on track)
//
// h_t is the chance that session t, the second or a later one, is never held. x̄_{t−1} is the client's mean alliance over the
// sessions before t: nothing is used that was not known then. It refuses an alliance that is no finite number.
func DropoutRows(courses []AllianceCourse) ([]survival.Row, error) {
	var rows []survival.Row
	for i, c := range courses {
		sum := 0.0
		for j, s := range c.Sessions {
			if math.IsNaN(s.Alliance) || math.IsInf(s.Alliance, 0) {
				return nil, fmt.Errorf("course %d, session %d: the alliance is %v", i+1, j+1, s.Alliance)
			}
			sum += s.Alliance
			last := j == len(c.Sessions)-1
			if last && !c.Dropped {
				break
			}
			mean := sum / float64(j+1)
			rows = append(rows, survival.Row{
				Session: j + 2, Ended: last,
				Covariates: []float64{s.Alliance - mean, mean, indicator(s.OpenRupture), indicator(s.NotOnTrack)},
			})
		}
	}
	return rows, nil
}

func indicator(holds bool) float64 {
	if holds {
		return 1
	}
	return 0
}

// Staying is what a practice's courses say of who leaves early, and how well that agrees with courses not used for it.
type Staying struct {
	Definition  Dropout
	Model       survival.Model // its Beta in the order of DropoutCovariates
	Calibration survival.Calibration
}

// calibrationBins is the number of rows of the calibration table.
const calibrationBins = 5

// FitStaying estimates the model on the earlier courses and tables its calibration on the later ones, since on its own courses
// a model always looks right. Periods are as in survival.Fit. It describes a practice; it is not shown as a
// client's risk. It refuses what survival.Fit and survival.Calibrate refuse.
func FitStaying(d Dropout, earlier, later []AllianceCourse, periods []int) (Staying, error) {
	rows, err := DropoutRows(earlier)
	if err != nil {
		return Staying{}, err
	}
	fresh, err := DropoutRows(later)
	if err != nil {
		return Staying{}, err
	}
	model, err := survival.Fit(rows, slices.Clone(periods))
	if err != nil {
		return Staying{}, err
	}
	calibration, err := survival.Calibrate(model, fresh, calibrationBins)
	if err != nil {
		return Staying{}, err
	}
	return Staying{d, model, calibration}, nil
}
