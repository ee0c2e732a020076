package outcome_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"attune/internal/outcome"
)

// finished invents courses that follow model A: 5 + 0.7·first − 2·ln(s), with clients' own levels and slopes.
func finished(seed uint64, n int) []outcome.Course {
	rng := rand.New(rand.NewPCG(seed, 2))
	var out []outcome.Course
	for i := range n {
		first := 18 + 4*rng.NormFloat64()
		c := outcome.Course{ID: fmt.Sprint("c", i), Points: []outcome.Point{{Session: 1, Score: first}}}
		u0, u1 := 2*rng.NormFloat64(), 0.8*rng.NormFloat64()
		for s := 2; s <= 3+rng.IntN(12); s++ {
			x := math.Log(float64(s))
			c.Points = append(c.Points, outcome.Point{Session: s, Score: 5 + 0.7*first - 2*x + u0 + u1*x + 1.5*rng.NormFloat64()})
		}
		out = append(out, c)
	}
	return out
}

func growth(t *testing.T, n int) outcome.Growth {
	t.Helper()
	g, err := outcome.FitGrowth(finished(1, n))
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestFitGrowth(t *testing.T) {
	g := growth(t, 800)
	for i, want := range []float64{5, -2, 0.7} {
		if math.Abs(g.Fixed[i]-want) > 4*g.SE[i] {
			t.Errorf("fixed effect %d: got %.3f (SE %.3f), want %.3f", i, g.Fixed[i], g.SE[i], want)
		}
	}
	if math.Abs(g.VarIntercept-4) > 1.2 || math.Abs(g.Residual-2.25) > 0.2 || g.Courses != 800 {
		t.Errorf("got variances %.2f and %.2f over %d courses, want about 4 and 2.25 over 800", g.VarIntercept, g.Residual, g.Courses)
	}
}

func TestFitGrowthRefuses(t *testing.T) {
	var few *outcome.TooFew
	if _, err := outcome.FitGrowth(finished(1, 49)); !errors.As(err, &few) || few.Finished != 49 || few.Needed != 50 {
		t.Errorf("49 courses: got %v, want a refusal", err)
	}
	for name, points := range map[string][]outcome.Point{
		"session 0":  {{Session: 0, Score: 1}},
		"twice":      {{Session: 2, Score: 1}, {Session: 2, Score: 3}},
		"not finite": {{Session: 2, Score: math.NaN()}},
	} {
		if _, err := outcome.FitGrowth([]outcome.Course{{ID: "x", Points: points}}); err == nil || errors.As(err, &few) {
			t.Errorf("%s: got %v, want an error about the session", name, err)
		}
	}
}

// TestCoverage expects the central 80 % to hold about 80 % of new clients' scores, and 5 % beyond the limit.
func TestCoverage(t *testing.T) {
	g := growth(t, 1500)
	rule := outcome.DefaultTrackRule(outcome.Lower)
	inside, beyond, total := 0, 0, 0
	for _, c := range finished(77, 1500) {
		last := c.Points[len(c.Points)-1]
		b, err := g.Expect(c, len(c.Points)-1, last.Session, rule)
		if err != nil {
			t.Fatal(err)
		}
		total++
		if last.Score >= b.Low && last.Score <= b.High {
			inside++
		}
		if last.Score > b.Limit {
			beyond++
		}
	}
	if share := float64(inside) / float64(total); math.Abs(share-0.8) > 0.035 {
		t.Errorf("inside the band: got %.3f, want 0.8", share)
	}
	if share := float64(beyond) / float64(total); math.Abs(share-0.05) > 0.02 {
		t.Errorf("beyond the limit: got %.3f, want 0.05", share)
	}
}

func TestOnTrack(t *testing.T) {
	g := growth(t, 400)
	for _, better := range []outcome.Better{outcome.Lower, outcome.Higher} {
		rule := outcome.DefaultTrackRule(better)
		c := outcome.Course{ID: "x", Points: []outcome.Point{{Session: 1, Score: 18}}}
		for s := 2; s <= 6; s++ {
			b, err := g.Expect(c, 1, s, rule)
			if err != nil {
				t.Fatal(err)
			}
			worse := -float64(better)
			z := []float64{0, 1.4, 1.4, -3, 2}[s-2] // expected, worse, worse again, far better, beyond
			c.Points = append(c.Points, outcome.Point{Session: s, Score: b.Mean + worse*z*b.SD})
		}
		got, err := g.OnTrack(c, rule)
		if err != nil {
			t.Fatal(err)
		}
		want := []outcome.Track{{}, {Worse: true}, {Worse: true, Signal: true}, {}, {Worse: true, Beyond: true, Signal: true}}
		for i, w := range want {
			if got[i].Worse != w.Worse || got[i].Beyond != w.Beyond || got[i].Signal != w.Signal {
				t.Errorf("better %d, session %d: got %+v, want %+v", better, got[i].Session, got[i], w)
			}
		}
	}
}

func TestExpectRefuses(t *testing.T) {
	g := growth(t, 60)
	rule := outcome.DefaultTrackRule(outcome.Lower)
	c := outcome.Course{ID: "x", Points: []outcome.Point{{Session: 2, Score: 18}, {Session: 3, Score: 17}}}
	bad := rule
	bad.Central = 1
	for name, call := range map[string]func() error{
		"nothing known":    func() error { _, err := g.Expect(c, 0, 5, rule); return err },
		"too much known":   func() error { _, err := g.Expect(c, 3, 5, rule); return err },
		"the first itself": func() error { _, err := g.Expect(c, 1, 2, rule); return err },
		"a bad rule":       func() error { _, err := g.Expect(c, 1, 5, bad); return err },
		"a bad rule later": func() error { _, err := g.OnTrack(c, bad); return err },
	} {
		if err := call(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestWayFor(t *testing.T) {
	for n, want := range map[int]outcome.Way{
		0: outcome.ReliableChangeOnly, 49: outcome.ReliableChangeOnly, 50: outcome.ByGrowth, 299: outcome.ByGrowth, 300: outcome.ByNeighbours,
	} {
		if got, words := outcome.WayFor(n); got != want || words == "" {
			t.Errorf("%d courses: got %q (%q), want %q", n, got, words, want)
		}
	}
}

func TestNeighbours(t *testing.T) {
	courses := finished(5, 320)
	var all []outcome.Intake
	for i, c := range courses {
		all = append(all, outcome.Intake{Course: c, Variables: []float64{c.Points[0].Score, 1000 * float64(i%5), 7}})
	}
	self := all[17]
	near, err := outcome.Neighbours(all, self.Variables)
	if err != nil {
		t.Fatal(err)
	}
	if len(near) != outcome.Nearest || near[0].ID != self.ID || near[0].Distance != 0 {
		t.Fatalf("got %d neighbours, the first %s at %v; want %d, itself at 0", len(near), near[0].ID, near[0].Distance, outcome.Nearest)
	}
	for i := 1; i < len(near); i++ {
		if near[i].Distance < near[i-1].Distance {
			t.Errorf("neighbour %d is nearer than the one before", i)
		}
	}
	band, fit, err := outcome.ExpectByNeighbours(near, outcome.Course{ID: "new"}, 4, outcome.DefaultTrackRule(outcome.Lower))
	if err != nil {
		t.Fatal(err)
	}
	first := self.Points[0].Score
	if math.Abs(band.Mean-(5+0.7*first-2*math.Log(4))) > 3 || !(band.Low < band.Mean && band.Mean < band.High && band.High < band.Limit) {
		t.Errorf("got %+v for a first score of %.1f", band, first)
	}
	if len(fit.Warnings) == 0 {
		t.Error("got no warning about so few courses")
	}
	var few *outcome.TooFew
	if _, err := outcome.Neighbours(all[:299], self.Variables); !errors.As(err, &few) {
		t.Errorf("299 courses: got %v, want a refusal", err)
	}
	for _, v := range [][]float64{nil, {1}, {1, math.NaN(), 7}} {
		if _, err := outcome.Neighbours(all, v); err == nil {
			t.Errorf("variables %v: got no error", v)
		}
	}
}

// TestSignalsByChance keeps the figure of docs/methods.md: of 100 clients who did as expected, 13 had a signal.
func TestSignalsByChance(t *testing.T) {
	g := growth(t, 1500)
	rule := outcome.DefaultTrackRule(outcome.Lower)
	const clients = 3000
	signals := 0
	for _, c := range finished(77, clients) {
		track, err := g.OnTrack(c, rule)
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(track, func(s outcome.Track) bool { return s.Signal }) {
			signals++
		}
	}
	if share := float64(signals) / clients; math.Abs(share-0.13) > 0.02 {
		t.Errorf("%.3f of courses have a signal, want about 0.13", share)
	}
}
