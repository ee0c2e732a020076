package pattern_test

import (
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"attune/internal/pattern"
)

// The episodes of methods.md 4.2: with the therapist, and with someone else.
var (
	therapist = []pattern.Tags{{"W6", "RO5", "RS7"}, {"W6", "RO8", "RS3"}, {"W1", "RO5", "RS7"}}
	other     = []pattern.Tags{{"W6", "RO5", "RS7"}, {"W6", "RO2", "RS8"}, {"W6", "RO5", "RS7"}, {"W4", "RO5", "RS6"}, {"W1", "RO6", "RS3"}}
)

// Values: methods.md 4.2, R 4.2.2.
func TestCompareOfMethods(t *testing.T) {
	s, err := pattern.Compare(therapist, other, 2000, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(s.Cosine-0.863034) > 5e-7 || math.Abs(s.Spearman-0.633102) > 5e-7 {
		t.Errorf("got cosine %.6f and Spearman %.6f, want 0.863034 and 0.633102", s.Cosine, s.Spearman)
	}
	if s.A != 3 || s.B != 5 || s.Enough || len(s.Warnings) != 1 {
		t.Errorf("got %d and %d episodes, enough %t, warnings %q; want 3, 5, false and one warning", s.A, s.B, s.Enough, s.Warnings)
	}
	if want := exact(therapist, other, s.Cosine); math.Abs(s.Percentile-want) > 0.03 {
		t.Errorf("percentile: got %.3f, want %.3f over all shuffles", s.Percentile, want)
	}
}

// exact goes through every way to call len(a) of the episodes a's.
func exact(a, b []pattern.Tags, seen float64) float64 {
	all := append(append([]pattern.Tags{}, a...), b...)
	below, total := 0, 0
	for mask := range 1 << len(all) {
		var first, rest []pattern.Tags
		for i, e := range all {
			if mask>>i&1 == 1 {
				first = append(first, e)
			} else {
				rest = append(rest, e)
			}
		}
		if len(first) != len(a) {
			continue
		}
		total++
		if cosine(first, rest) <= seen+1e-12 {
			below++
		}
	}
	return float64(below) / float64(total)
}

func cosine(a, b []pattern.Tags) float64 {
	x, y := map[string]float64{}, map[string]float64{}
	for _, th := range pattern.Pervasiveness(a) {
		x[th.Name] = th.P
	}
	for _, th := range pattern.Pervasiveness(b) {
		y[th.Name] = th.P
	}
	var xy, xx, yy float64
	for k, v := range x {
		xy += v * y[k]
		xx += v * v
	}
	for _, v := range y {
		yy += v * v
	}
	return xy / math.Sqrt(xx*yy)
}

func TestPervasiveness(t *testing.T) {
	var episodes []pattern.Tags
	for i := range 9 {
		e := pattern.Tags{fmt.Sprintf("RO%d", i)}
		if i < 4 {
			e = append(e, "W6", "W6")
		}
		episodes = append(episodes, e)
	}
	got := pattern.Pervasiveness(episodes)[0]
	// 4 of 9: contract.md, analyze themes.
	if got.Name != "W6" || got.Count != 4 || got.Of != 9 || !got.Enough ||
		math.Abs(got.Range.Low-0.189) > 5e-4 || math.Abs(got.Range.High-0.733) > 5e-4 {
		t.Errorf("got %+v, want W6 in 4 of 9, 0.189 to 0.733", got)
	}
	if pattern.Pervasiveness(episodes[:7])[0].Enough {
		t.Error("7 episodes: got enough, want not")
	}
	if got := pattern.Pervasiveness(nil); len(got) != 0 {
		t.Errorf("no episodes: got %v", got)
	}
}

// draw makes between 1 and most episodes of a few themes.
func draw(t *rapid.T, name string, most int) []pattern.Tags {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pattern.Tags {
		return rapid.SliceOfN(rapid.SampledFrom([]string{"W1", "W6", "RO5", "RS7", "RS8"}), 1, 3).Draw(t, "themes")
	}), 1, most).Draw(t, name)
}

func TestCompareProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw(t, "a", 6), draw(t, "b", 6)
		s, err := pattern.Compare(a, b, 100, 4, 3)
		if err != nil {
			t.Fatal(err)
		}
		if want := cosine(a, b); math.Abs(s.Cosine-want) > 1e-12 {
			t.Errorf("cosine: got %v, want %v", s.Cosine, want)
		}
		r, err := pattern.Compare(b, a, 100, 4, 3)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(r.Cosine-s.Cosine) > 1e-12 || math.Abs(r.Spearman-s.Spearman) > 1e-12 {
			t.Errorf("the other way round: got %v, want %v", r, s)
		}
		again, err := pattern.Compare(a, b, 100, 4, 3)
		if err != nil {
			t.Fatal(err)
		}
		if again.Percentile != s.Percentile || s.Percentile < 0 || s.Percentile > 1 {
			t.Errorf("the same seed: got %v and %v", again.Percentile, s.Percentile)
		}
		if same, err := pattern.Compare(a, a, 100, 4, 3); err != nil || math.Abs(same.Cosine-1) > 1e-12 || same.Percentile != 1 {
			t.Errorf("with itself: got %+v, %v; want cosine and percentile 1", same, err)
		}
	})
}

func TestCompareRefuses(t *testing.T) {
	if _, err := pattern.Compare(nil, other, 2000, 4, 1); err == nil {
		t.Error("no episodes: got no error")
	}
	if _, err := pattern.Compare(therapist, other, 0, 4, 1); err == nil {
		t.Error("0 permutations: got no error")
	}
}

func TestChanged(t *testing.T) {
	var early, late []pattern.Tags
	for i := range 20 {
		e, l := pattern.Tags{"W6"}, pattern.Tags{"W6"}
		if i < 12 {
			e = append(e, "RS7")
		}
		if i < 4 {
			l = append(l, "RS7")
		}
		early, late = append(early, e), append(late, l)
	}
	got, err := pattern.Changed(early, late, "RS7", 4000, 1)
	if err != nil {
		t.Fatal(err)
	}
	// Normal approximation: -0.4 ± 1.96·√(.6·.4/20 + .2·.8/20).
	half := 1.96 * math.Sqrt(.24/20+.16/20)
	if math.Abs(got.Change+0.4) > 1e-12 || math.Abs(got.Range.Low+0.4+half) > 0.05 || math.Abs(got.Range.High+0.4-half) > 0.05 {
		t.Errorf("got %+v, want -0.4 ± %.3f", got, half)
	}
	if len(got.Warnings) != 0 {
		t.Errorf("got warnings %q, want none", got.Warnings)
	}
	if same, err := pattern.Changed(early, late[:5], "W6", 200, 1); err != nil || len(same.Warnings) != 2 {
		t.Errorf("few and constant: got %+v, %v; want two warnings", same, err)
	}
	if _, err := pattern.Changed(nil, late, "W6", 200, 1); err == nil {
		t.Error("no early episodes: got no error")
	}
	if _, err := pattern.Changed(early, late, "W6", 10, 1); err == nil {
		t.Error("10 draws: got no error")
	}
}
