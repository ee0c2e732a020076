package outcome_test

import (
	"errors"
	"math"
	"testing"

	"attune/internal/measure"
	"attune/internal/outcome"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %.10g, want %.10g", what, got, want)
	}
}

// Methods 3.1, textbook: M 40/60, s 7.5, r .80.
func TestTextbookChange(t *testing.T) {
	near(t, "a", outcome.CutoffA(40, 7.5, outcome.Higher).Value, 55, 1e-12)
	near(t, "b", outcome.CutoffB(60, 7.5, outcome.Higher).Value, 45, 1e-12)
	near(t, "c", outcome.CutoffC(40, 7.5, 60, 7.5, outcome.Higher).Value, 50, 1e-12)
	near(t, "a, lower better", outcome.CutoffA(60, 7.5, outcome.Lower).Value, 45, 1e-12)
	near(t, "b, lower better", outcome.CutoffB(40, 7.5, outcome.Lower).Value, 55, 1e-12)
	near(t, "c of unequal samples", outcome.CutoffC(40, 10, 60, 5, outcome.Higher).Value, 160.0/3, 1e-12)
	sDiff, err := outcome.DifferenceSE(7.5, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "SE", sDiff/math.Sqrt2, 3.354102, 5e-7)
	near(t, "S_diff", sDiff, 4.743416, 5e-7)
	near(t, "RC", outcome.Rule{SDiff: sDiff, Better: outcome.Higher}.Change(32.5, 47.5).RC, 3.162278, 5e-7)
}

// Methods 3.1, Jacobson 1989 marital therapy, DAS, r = .80 and cut-off a: the published output of the R package
// clinicalsignificance on 30 couples. The couples' own scores are not at hand; the figures that follow from mean and SD are.
func TestJacobson1989(t *testing.T) {
	sDiff, err := outcome.DifferenceSE(11.82566, 0.8)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "S_diff", sDiff, 7.479205, 5e-6)
	near(t, "cut-off a", outcome.CutoffA(81.58333, 11.82566, outcome.Higher).Value, 105.2347, 6e-5)
}

// Methods 3.2: the check of suddengains' RCI, SD 10.5 and r .961.
func TestReliableChangeOfSuddenGains(t *testing.T) {
	sDiff, err := outcome.DifferenceSE(10.5, 0.961)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "1.96 S_diff", 1.96*sDiff, 5.747681, 5e-7)
}

func TestDifferenceSERefuses(t *testing.T) {
	for _, bad := range [][2]float64{{0, .8}, {-1, .8}, {1, 1}, {1, -.1}, {math.NaN(), .8}, {1, math.NaN()}, {math.Inf(1), .8}} {
		if _, err := outcome.DifferenceSE(bad[0], bad[1]); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestClasses(t *testing.T) {
	cutoff := outcome.Computed(50, outcome.Higher)
	higher := outcome.Rule{SDiff: 5, Cutoff: &cutoff, Better: outcome.Higher}
	low := outcome.Computed(50, outcome.Lower)
	lower := outcome.Rule{SDiff: 5, Cutoff: &low, Better: outcome.Lower}
	byRCI := outcome.Rule{RCI: 6, Cutoff: &outcome.Cutoff{Value: 10, Clinical: ">="}, Better: outcome.Lower}
	tests := []struct {
		name      string
		rule      outcome.Rule
		pre, post float64
		want      outcome.Class
	}{
		{"crossed", higher, 40, 60, outcome.Recovered},
		{"exactly on a computed cut-off is functional", higher, 40, 50, outcome.Recovered},
		{"not crossed", higher, 30, 45, outcome.Improved},
		{"functional before", higher, 55, 70, outcome.Improved},
		{"on the cut-off before", higher, 50, 70, outcome.Improved},
		{"exactly 1.96 is not beyond it", higher, 40, 49.8, outcome.Unchanged},
		{"crossed, but not reliably", higher, 46, 54, outcome.Unchanged},
		{"worse", higher, 60, 40, outcome.Deteriorated},
		{"lower is better", lower, 60, 40, outcome.Recovered},
		{"lower is better, on the cut-off", lower, 60, 50, outcome.Recovered},
		{"lower is better, worse", lower, 40, 60, outcome.Deteriorated},
		{"exactly the rci is reliable", byRCI, 15, 9, outcome.Recovered},
		{"on a file's cut-off of ≥ 10 is a case", byRCI, 16, 10, outcome.Improved},
		{"below the rci", byRCI, 15, 10, outcome.Unchanged},
		{"exactly the rci, in binary a little less", outcome.Rule{RCI: 2.7, Better: outcome.Lower}, 10.8, 8.1, outcome.Improved},
		{"no cut-off", outcome.Rule{SDiff: 5, Better: outcome.Higher}, 40, 60, outcome.Improved},
		{"nothing", higher, 40, 40, outcome.Unchanged},
	}
	for _, tt := range tests {
		if got := tt.rule.Change(tt.pre, tt.post).Class; got != tt.want {
			t.Errorf("%s: %g to %g is %s, want %s", tt.name, tt.pre, tt.post, got, tt.want)
		}
	}
}

// Turning the scale round turns the direction round and nothing else; twice the scale with twice the error is the same change.
func TestChangeMirrored(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		score := rapid.Float64Range(-100, 100)
		pre, post, at := score.Draw(t, "pre"), score.Draw(t, "post"), score.Draw(t, "cutoff")
		sDiff := rapid.Float64Range(0.1, 20).Draw(t, "s_diff")
		rule := func(scale float64, better outcome.Better) outcome.Rule {
			cutoff := outcome.Computed(scale*at, better)
			return outcome.Rule{SDiff: math.Abs(scale) * sDiff, Cutoff: &cutoff, Better: better}
		}
		want := rule(1, outcome.Higher).Change(pre, post)
		mirrored := rule(-1, outcome.Lower).Change(-pre, -post)
		doubled := rule(2, outcome.Higher).Change(2*pre, 2*post)
		if mirrored.Class != want.Class || mirrored.RC != -want.RC || doubled != want {
			t.Fatalf("%+v, mirrored %+v, doubled %+v", want, mirrored, doubled)
		}
	})
}

func TestRuleOf(t *testing.T) {
	lib, err := measure.Instruments()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		id        string
		pre, post float64
		want      outcome.Class
	}{
		{"phq-9", 16, 9, outcome.Recovered},
		{"phq-9", 16, 10, outcome.Improved},
		{"phq-9", 14, 9, outcome.Unchanged},
		{"gad-7", 12, 8, outcome.Improved}, // a case at 8 or more, though its band begins at 10
		{"gad-7", 12, 7, outcome.Recovered},
		{"core-10", 17, 11, outcome.Improved},
		{"core-10", 17, 10, outcome.Recovered},
		{"csi-4", 12, 16, outcome.Recovered}, // higher is better, below 13.5 is clinical
	}
	for _, tt := range tests {
		ins, _ := lib.Instrument(tt.id)
		rule, err := outcome.RuleOf(ins)
		if err != nil {
			t.Fatal(err)
		}
		if got := rule.Change(tt.pre, tt.post).Class; got != tt.want {
			t.Errorf("%s: %g to %g is %s, want %s", tt.id, tt.pre, tt.post, got, tt.want)
		}
	}
	ins, _ := lib.Instrument("asc-client")
	if _, err := outcome.RuleOf(ins); !errors.Is(err, outcome.ErrNoReliableChange) {
		t.Errorf("asc-client: %v, want no claim", err)
	}
}
