package outcome_test

import (
	"testing"

	"attune/internal/outcome"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func points(scores ...float64) []outcome.Point {
	course := make([]outcome.Point, len(scores))
	for i, score := range scores {
		course[i] = outcome.Point{Session: i + 1, Score: score}
	}
	return course
}

func TestSuddenGains(t *testing.T) {
	gap := points(20, 21, 20, 10, 9, 10)
	tests := []struct {
		name   string
		course []outcome.Point
		want   []outcome.Jump
	}{
		{"a gain that stays", points(20, 21, 20, 9, 10, 9), []outcome.Jump{{Session: 3, Magnitude: 11}}},
		{"a gain of which half comes back", points(20, 21, 20, 9, 10, 9, 14.5), []outcome.Jump{{Session: 3, Magnitude: 11, Reversal: true}}},
		{"a little less than half comes back", points(20, 21, 20, 9, 10, 9, 14.4), []outcome.Jump{{Session: 3, Magnitude: 11}}},
		{"below the cut-off", points(20, 21, 20, 13.5, 13, 13), nil},
		{"exactly the cut-off", points(20, 21, 20, 13, 13, 13), []outcome.Jump{{Session: 3, Magnitude: 7}}},
		{"less than a quarter", points(40, 41, 40, 31, 31, 31), nil},
		{"too unsteady around it", points(5, 35, 20, 10, 30, 5), nil},
		{"two sessions on each side", points(20, 20.5, 10, 10.5), []outcome.Jump{{Session: 2, Magnitude: 10.5}}},
		{"one session before", points(20, 9, 9, 9), nil},
		{"one session after", points(20, 21, 20, 9), nil},
		{"session n+1 missing", append(gap[:3:3], outcome.Point{Session: 5, Score: 9}, outcome.Point{Session: 6, Score: 10}), nil},
		{"a session of the window missing", append([]outcome.Point{gap[0], gap[2]}, gap[3:]...), []outcome.Jump{{Session: 3, Magnitude: 10}}},
		{"in another order", []outcome.Point{gap[5], gap[0], gap[3], gap[1], gap[4], gap[2]}, []outcome.Jump{{Session: 3, Magnitude: 10}}},
		{"none", nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := outcome.SuddenGains(tt.course, 7, outcome.Lower)
			if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty(), cmpopts.EquateApprox(0, 1e-9)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSuddenLosses(t *testing.T) {
	got := outcome.SuddenLosses(points(10, 9, 10, 20, 21, 20, 10), 7, outcome.Lower)
	if diff := cmp.Diff([]outcome.Jump{{Session: 3, Magnitude: 10}}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := outcome.SuddenGains(points(10, 9, 10, 20, 21, 20), 7, outcome.Higher); len(got) != 1 || got[0].Session != 3 {
		t.Errorf("gains where higher is better: %+v", got)
	}
}

// A loss on one scale is a gain where the scale has the other direction.
func TestLossesAreGainsOfTheOtherDirection(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		course := points(rapid.SliceOfN(rapid.Float64Range(0, 40), 0, 30).Draw(t, "scores")...)
		gains := outcome.SuddenGains(course, 5, outcome.Higher)
		losses := outcome.SuddenLosses(course, 5, outcome.Lower)
		if diff := cmp.Diff(gains, losses, cmpopts.IgnoreFields(outcome.Jump{}, "Reversal"), cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
	})
}
