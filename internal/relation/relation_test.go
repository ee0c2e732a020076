package relation_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/internal/relation"
	"attune/internal/stat/mixed"
)

// Values: methods.md 4.4, networkx 3.6.1 and by hand.
func TestMeasureOfMethods(t *testing.T) {
	ties := []relation.Tie{{"A", "", 1}, {"B", "", 1}, {"C", "", 1}, {"D", "", 1}, {"A", "B", 1}, {"B", "C", 1}}
	n, err := relation.Measure(ties)
	if err != nil {
		t.Fatal(err)
	}
	if n.Size != 4 || n.Ties != 2 || n.Components != 2 || len(n.Warnings) != 0 {
		t.Errorf("got %+v, want size 4, 2 ties, 2 components", n)
	}
	for what, pair := range map[string][2]float64{
		"density": {*n.Density, 1.0 / 3}, "effective size": {*n.EffectiveSize, 3}, "constraint": {*n.Constraint, 0.5347222},
	} {
		if math.Abs(pair[0]-pair[1]) > 5e-8 {
			t.Errorf("%s: got %.9f, want %.9f", what, pair[0], pair[1])
		}
	}
}

func TestMeasureFew(t *testing.T) {
	one, err := relation.Measure([]relation.Tie{{"A", "", 2}})
	if err != nil {
		t.Fatal(err)
	}
	if one.Density != nil || *one.EffectiveSize != 1 || *one.Constraint != 1 || one.Components != 1 {
		t.Errorf("one person: got %+v", one)
	}
	nobody, err := relation.Measure(nil)
	if err != nil || nobody.Size != 0 || nobody.Constraint != nil || nobody.Components != 0 {
		t.Errorf("nobody: got %+v, %v", nobody, err)
	}
	apart, err := relation.Measure([]relation.Tie{{"A", "", 1}, {"A", "X", 1}})
	if err != nil || apart.Size != 1 || apart.Ties != 0 || len(apart.Warnings) != 1 {
		t.Errorf("someone not tied to the ego: got %+v, %v; want a warning", apart, err)
	}
}

func TestMeasureRefuses(t *testing.T) {
	for name, ties := range map[string][]relation.Tie{
		"oneself":     {{"A", "A", 1}},
		"nobody":      {{"", "", 1}},
		"twice":       {{"A", "B", 1}, {"B", "A", 1}},
		"zero weight": {{"A", "", 0}},
		"NaN":         {{"A", "", math.NaN()}},
	} {
		if n, err := relation.Measure(ties); err == nil {
			t.Errorf("%s: got %+v, want an error", name, n)
		}
	}
}

// invented makes a map of up to 9 people with random weights.
func invented(rng *rand.Rand) []relation.Tie {
	n := 1 + rng.IntN(9)
	var ties []relation.Tie
	for i := range n {
		ties = append(ties, relation.Tie{A: fmt.Sprint("p", i), Weight: 0.5 + 3*rng.Float64()})
		for j := range i {
			if rng.IntN(3) == 0 {
				ties = append(ties, relation.Tie{A: fmt.Sprint("p", i), B: fmt.Sprint("p", j), Weight: 0.5 + rng.Float64()})
			}
		}
	}
	return ties
}

func TestMeasureProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		ties := invented(rng)
		want, err := relation.Measure(ties)
		if err != nil {
			t.Fatal(err)
		}
		turned := slices.Clone(ties)
		rng.Shuffle(len(turned), func(i, j int) { turned[i], turned[j] = turned[j], turned[i] })
		for i := range turned {
			turned[i].Weight *= 7
			if turned[i].B != "" {
				turned[i].A, turned[i].B = turned[i].B, turned[i].A
			}
		}
		got, err := relation.Measure(turned)
		if err != nil {
			t.Fatal(err)
		}
		if got.Size != want.Size || got.Ties != want.Ties || got.Components != want.Components ||
			math.Abs(*got.Constraint-*want.Constraint) > 1e-12 {
			t.Errorf("order, direction and unit: got %+v, want %+v", got, want)
		}
	})
}

func TestAssociate(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	var waves []relation.Wave
	for i := range 150 {
		level, slope, start := rng.NormFloat64(), -1.2+0.4*rng.NormFloat64(), rng.NormFloat64()
		xs := make([]float64, 6+rng.IntN(8))
		mean := 0.0
		for k := range xs {
			xs[k] = level + rng.NormFloat64()
			mean += xs[k] / float64(len(xs))
		}
		for _, x := range xs {
			y := 10 + start - 0.5*mean + slope*(x-mean) + rng.NormFloat64()
			waves = append(waves, relation.Wave{Person: fmt.Sprint(i), Quality: x, Symptoms: y})
		}
	}
	a, err := relation.Associate(waves)
	if err != nil {
		t.Fatal(err)
	}
	if a.Within.Range.Low > -1.2 || a.Within.Range.High < -1.2 || a.Between.Range.Low > -0.5 || a.Between.Range.High < -0.5 {
		t.Errorf("got within %+v, between %+v; want -1.2 and -0.5 inside", a.Within, a.Between)
	}
	if math.Abs(a.SlopeSD-0.4) > 0.15 || !a.Converged || a.Persons != 150 {
		t.Errorf("got %+v, want a slope SD of about 0.4 over 150 persons", a)
	}
	var little *mixed.TooLittle
	if _, err := relation.Associate(waves[:8]); !errors.As(err, &little) {
		t.Errorf("one person: got %v, want a refusal", err)
	}
}

func TestBetweenShare(t *testing.T) {
	// By hand: means 1, 2 and 6, grand mean 3, MSB = 2·(4+1+9)/2 = 14, MSW = (0.5+0.5+0.5)/3 = 0.5, n₀ = 2.
	ratings := []relation.Rating{{"a", 0.5}, {"a", 1.5}, {"b", 1.5}, {"b", 2.5}, {"c", 5.5}, {"c", 6.5}}
	s, err := relation.BetweenShare(ratings)
	if err != nil {
		t.Fatal(err)
	}
	if want := 6.75 / 7.25; math.Abs(s.Share-want) > 1e-12 {
		t.Errorf("share: got %v, want %v", s.Share, want)
	}
	if !(s.Range.Low < s.Share && s.Share < s.Range.High) || len(s.Warnings) != 1 {
		t.Errorf("got range %+v, warnings %q", s.Range, s.Warnings)
	}
	same, err := relation.BetweenShare([]relation.Rating{{"a", 1}, {"a", 3}, {"b", 1}, {"b", 3}, {"b", 2}})
	if err != nil || same.Share != 0 {
		t.Errorf("no difference between relationships: got %+v, %v; want 0", same, err)
	}
	still, err := relation.BetweenShare([]relation.Rating{{"a", 1}, {"a", 1}, {"b", 3}, {"b", 3}})
	if err != nil || still.Share != 1 || len(still.Warnings) != 1 {
		t.Errorf("no change within: got %+v, %v; want 1 with a warning", still, err)
	}
	for _, bad := range [][]relation.Rating{nil, ratings[:4:4][:3], {{"a", 1}, {"a", 1}, {"b", 1}, {"b", 1}}} {
		if _, err := relation.BetweenShare(bad); !errors.Is(err, relation.ErrTooFewRatings) {
			t.Errorf("%v: got %v, want %v", bad, err, relation.ErrTooFewRatings)
		}
	}
}
