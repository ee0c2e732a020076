package attendance_test

import (
	"math"
	"testing"

	"attune/internal/stat"
	"attune/internal/stat/attendance"
)

func TestCaseload(t *testing.T) {
	prior := stat.Beta{A: 1, B: 9}
	got, err := attendance.Caseload(prior, []attendance.Client{{0, 0, 4}, {5, 10, 2}, {0, 30, 1}, {1, 1, 0}})
	if err != nil {
		t.Fatal(err)
	}
	// By hand: 4·0.1 + 2·6/20 + 1/40; variances of the beta-binomial distribution.
	mean := 0.4 + 0.6 + 0.025
	variance := 4*0.1*0.9*14/11 + 2*0.3*0.7*22/21 + 0.025*0.975
	if math.Abs(got.Missed-mean) > 1e-12 || math.Abs(got.SD-math.Sqrt(variance)) > 1e-12 || got.Sessions != 7 {
		t.Errorf("got %+v, want %v missed of 7 with SD %v", got, mean, math.Sqrt(variance))
	}
	if got.Range.Low < 0 || got.Range.High > 7 || len(got.Warnings) != 1 {
		t.Errorf("got range %+v, warnings %q", got.Range, got.Warnings)
	}
}

func TestCaseloadRefuses(t *testing.T) {
	for _, c := range []attendance.Client{{-1, 3, 1}, {4, 3, 1}, {0, 0, -1}} {
		if got, err := attendance.Caseload(stat.Beta{A: 1, B: 1}, []attendance.Client{c}); err == nil {
			t.Errorf("%+v: got %+v, want an error", c, got)
		}
	}
	if _, err := attendance.Caseload(stat.Beta{A: 0, B: 1}, nil); err == nil {
		t.Error("a prior of 0: got no error")
	}
}
