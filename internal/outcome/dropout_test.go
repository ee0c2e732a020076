package outcome_test

import (
	"errors"
	"math"
	"testing"

	"attune/internal/outcome"
	"attune/internal/stat"
	"attune/internal/stat/survival"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestDropoutRows(t *testing.T) {
	held := []outcome.AllianceSession{{Alliance: 8}, {Alliance: 6, OpenRupture: true}, {Alliance: 7, NotOnTrack: true}}
	got, err := outcome.DropoutRows([]outcome.AllianceCourse{{Sessions: held, Dropped: true}, {Sessions: held}, {Dropped: true}})
	if err != nil {
		t.Fatal(err)
	}
	stayed := []survival.Row{
		{Session: 2, Covariates: []float64{0, 8, 0, 0}},
		{Session: 3, Covariates: []float64{-1, 7, 1, 0}},
	}
	want := append(append([]survival.Row{}, stayed...), survival.Row{Session: 4, Ended: true, Covariates: []float64{0, 7, 0, 1}})
	want = append(want, stayed...)
	if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
		t.Errorf("a course that dropped, and one that goes on (-want +got):\n%s", diff)
	}
	if _, err := outcome.DropoutRows([]outcome.AllianceCourse{{Sessions: []outcome.AllianceSession{{Alliance: math.NaN()}}}}); err == nil {
		t.Error("an alliance that is no number was taken")
	}
}

// stayed invents courses of at most 20 sessions whose ends follow the model, with the effects wanted.
func stayed(seed uint64, courses int, effects [4]float64) []outcome.AllianceCourse {
	r := stat.Seeded(seed)
	var all []outcome.AllianceCourse
	for range courses {
		level := 7.5 + r.NormFloat64()
		var c outcome.AllianceCourse
		sum := 0.0
		for session := 1; session <= 20 && !c.Dropped; session++ {
			s := outcome.AllianceSession{Alliance: level + r.NormFloat64(), OpenRupture: r.IntN(8) == 0, NotOnTrack: r.IntN(5) == 0}
			c.Sessions = append(c.Sessions, s)
			sum += s.Alliance
			mean := sum / float64(session)
			eta := -1 + effects[0]*(s.Alliance-mean) + effects[1]*mean
			if s.OpenRupture {
				eta += effects[2]
			}
			if s.NotOnTrack {
				eta += effects[3]
			}
			c.Dropped = r.Float64() < 1/(1+math.Exp(-eta))
		}
		all = append(all, c)
	}
	return all
}

// The effects that made invented courses are found again, and hold for others made by them.
func TestFitStaying(t *testing.T) {
	effects := [4]float64{-0.4, -0.3, 0.9, 0.5}
	got, err := outcome.FitStaying(outcome.Unilateral, stayed(1, 3000, effects), stayed(2, 1000, effects), []int{1, 5, 10})
	if err != nil {
		t.Fatal(err)
	}
	if !got.Model.Converged || len(got.Model.Beta) != len(outcome.DropoutCovariates) || got.Definition != outcome.Unilateral {
		t.Fatalf("got %+v", got)
	}
	for j, want := range effects {
		near(t, outcome.DropoutCovariates[j], got.Model.Beta[j], want, 4*got.Model.BetaSE[j])
	}
	if got.Calibration.Outside > 1 || len(got.Calibration.Bins) != 5 {
		t.Errorf("on later courses: %+v", got.Calibration)
	}
	var little *survival.TooLittle
	if _, err := outcome.FitStaying(outcome.Unilateral, nil, nil, []int{1}); !errors.As(err, &little) {
		t.Errorf("no courses: %v, want a refusal in words", err)
	}
}
