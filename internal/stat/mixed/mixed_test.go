package mixed_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/internal/stat/mixed"
)

// same compares two fits of what should be one answer, to a relative 1e-9 beside the scale of the estimates.
func same(t fataler, what string, got, want mixed.Fit) {
	t.Helper()
	root := math.Sqrt
	pairs := [][2]float64{
		{got.Criterion, want.Criterion}, {got.Residual, want.Residual},
		{root(got.VarIntercept), root(want.VarIntercept)}, {root(got.VarSlope), root(want.VarSlope)},
	}
	for i := range want.Fixed {
		pairs = append(pairs, [2]float64{got.Fixed[i], want.Fixed[i]}, [2]float64{got.SE[i], want.SE[i]})
	}
	for i, p := range pairs {
		if !(math.Abs(p[0]-p[1]) <= 1e-9*(1+math.Abs(p[1]))) {
			t.Errorf("%s, value %d: got %.15g, want %.15g", what, i, p[0], p[1])
		}
	}
	if got.Singular != want.Singular {
		t.Errorf("%s: got singular %t, want %t", what, got.Singular, want.Singular)
	}
}

// drawn makes a random set that is not on a boundary by design, and its options.
func drawn(t *rapid.T) set {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7))
	model := rapid.SampledFrom([]string{"s", "sm", "sx", "", "mx"}).Draw(t, "model")
	return invent(rng, model, 8+rng.IntN(30), 3+2*rng.Float64(), 0.5+rng.Float64(), 0.3, 2)
}

func TestOrderChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		f, err := summary(t, s.rows).Fit(s.options())
		if err != nil {
			t.Fatal(err)
		}
		mixedUp := slices.Clone(s.rows)
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "order"), 8))
		rng.Shuffle(len(mixedUp), func(i, j int) { mixedUp[i], mixedUp[j] = mixedUp[j], mixedUp[i] })
		g, err := summary(t, mixedUp).Fit(s.options())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "shuffled rows", g, f)
	})
}

func TestShardsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		f, err := summary(t, s.rows).Fit(s.options())
		if err != nil {
			t.Fatal(err)
		}
		shards := rapid.IntRange(2, 5).Draw(t, "shards")
		parts := make([][]row, shards)
		for _, r := range s.rows {
			at := int(r.client[len(r.client)-1]) % shards
			parts[at] = append(parts[at], r)
		}
		all := summary(t, nil)
		all.Covariates = len(s.rows[0].Covariates)
		all.CrossX, all.CrossXY = make([]float64, all.Covariates*all.Covariates), make([]float64, all.Covariates)
		for _, p := range parts {
			if len(p) == 0 {
				continue
			}
			part := travel(t, summary(t, p))
			if err := all.Merge(part); err != nil {
				t.Fatal(err)
			}
		}
		g, err := all.Fit(s.options())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "merged shards", g, f)
	})
}

// travel sends a summary through JSON, as from one practice to another.
func travel(t *rapid.T, s mixed.Summary) mixed.Summary {
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	var out mixed.Summary
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	if err := out.Validate(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSameTimesMergeIntoOneDesign(t *testing.T) {
	rows := courses(3, 200, 8, false)
	s := data(t, rows).Summary()
	if len(s.Designs) != 1 || s.Alone() != 0 {
		t.Errorf("got %d designs, %d alone; want 1 and 0", len(s.Designs), s.Alone())
	}
	a, b := data(t, rows[:800]).Summary(), data(t, rows[800:]).Summary()
	if err := a.Merge(b); err != nil {
		t.Fatal(err)
	}
	if len(a.Designs) != 1 {
		t.Errorf("after a merge: got %d designs, want 1", len(a.Designs))
	}
	got, err := a.Fit(mixed.Options{RandomSlope: true})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "merged", got, fit(t, rows, mixed.Options{RandomSlope: true}))
}

// TestUnits changes the units of score and time and expects the estimates to follow.
func TestUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawn(t)
		f, err := summary(t, s.rows).Fit(s.options())
		if err != nil {
			t.Fatal(err)
		}
		by := math.Exp(rapid.Float64Range(-5, 5).Draw(t, "by"))
		shift := rapid.Float64Range(-1000, 1000).Draw(t, "shift")
		speed := math.Exp(rapid.Float64Range(-5, 5).Draw(t, "speed"))
		moved := slices.Clone(s.rows)
		for i := range moved {
			moved[i].Score = by*moved[i].Score + shift
			moved[i].Time *= speed
		}
		g, err := summary(t, moved).Fit(s.options())
		if err != nil {
			t.Fatal(err)
		}
		close := func(what string, got, want float64) {
			if !(math.Abs(got-want) <= 1e-6*math.Abs(want)+1e-7) {
				t.Errorf("%s: got %.12g, want %.12g", what, got, want)
			}
		}
		close("intercept", (g.Fixed[0]-shift)/by, f.Fixed[0])
		close("slope", g.Fixed[1]/by*speed, f.Fixed[1])
		close("SE of slope", g.SE[1]/by*speed, f.SE[1])
		close("residual", g.Residual/by/by, f.Residual)
		close("var intercept", g.VarIntercept/by/by, f.VarIntercept)
		close("var slope", g.VarSlope/by/by*speed*speed, f.VarSlope)
	})
}

func summary(t fataler, rows []row) mixed.Summary {
	covariates := 0
	if len(rows) > 0 {
		covariates = len(rows[0].Covariates)
	}
	d := mixed.NewData(covariates)
	for _, r := range rows {
		if err := d.Add(r.client, r.Row); err != nil {
			t.Fatal(err)
		}
	}
	return d.Summary()
}

func TestBoundary(t *testing.T) {
	exactPairs := func(spread, slope func(i int) float64) []row {
		var rows []row
		for i := range 12 {
			for k := range 6 {
				noise := []float64{1, -1, -1, 1, 1, -1}[k] * float64(1+i%2)
				y := 10 + spread(i) + slope(i)*float64(k) + noise
				rows = append(rows, row{fmt.Sprint(i), mixed.Row{Time: float64(k), Score: y}})
			}
		}
		return rows
	}
	zero := func(int) float64 { return 0 }
	level := func(i int) float64 { return float64(i) - 5.5 }
	cases := []struct {
		name string
		rows []row
		o    mixed.Options
	}{
		{"no variance between clients", exactPairs(zero, zero), mixed.Options{}},
		{"no variance at all", exactPairs(zero, zero), mixed.Options{RandomSlope: true}},
		{"no variance of slopes", exactPairs(level, zero), mixed.Options{RandomSlope: true}},
		{"no variance of intercepts", exactPairs(zero, level), mixed.Options{RandomSlope: true, ML: true}},
		{"correlation 1", exactPairs(level, level), mixed.Options{RandomSlope: true}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f := fit(t, c.rows, c.o)
			if !f.Singular || !f.Converged || len(f.Warnings) == 0 {
				t.Errorf("got singular %t, converged %t, warnings %q; want a marked boundary", f.Singular, f.Converged, f.Warnings)
			}
			if corr, ok := f.Corr(); ok && math.Abs(corr) != 1 {
				t.Errorf("correlation on the boundary: got %v, want -1 or 1", corr)
			}
			for _, x := range []float64{f.Criterion, f.Residual, f.VarIntercept, f.VarSlope, f.Covariance, f.SE[0], f.SE[1]} {
				if math.IsNaN(x) || math.IsInf(x, 0) {
					t.Errorf("got %v among the estimates %+v", x, f)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	line := func(clients, k int, y func(i, k int) float64) []row {
		var rows []row
		for i := range clients {
			for k := range k {
				rows = append(rows, row{fmt.Sprint(i), mixed.Row{Time: float64(k), Score: y(i, k)}})
			}
		}
		return rows
	}
	noise := func(i, k int) float64 { return float64((i*7 + k*k*5) % 11) }
	sameTime := line(5, 3, noise)
	for i := range sameTime {
		sameTime[i].Time = 2
	}
	twin := line(5, 4, noise)
	for i := range twin {
		twin[i].Covariates = []float64{3 - 2*twin[i].Time}
	}
	constant := line(5, 4, noise)
	for i := range constant {
		constant[i].Covariates = []float64{4}
	}
	cases := map[string][]row{
		"nobody":              nil,
		"two clients":         line(2, 5, noise),
		"one row each":        line(9, 1, noise),
		"two rows each":       line(9, 2, noise),
		"one time":            sameTime,
		"exact lines":         line(6, 4, func(i, k int) float64 { return float64(i + 2*k) }),
		"constant scores":     line(6, 4, func(i, k int) float64 { return 7 }),
		"covariate like time": twin,
		"covariate constant":  constant,
	}
	for name, rows := range cases {
		t.Run(name, func(t *testing.T) {
			f, err := data(t, rows).Summary().Fit(mixed.Options{RandomSlope: true})
			var little *mixed.TooLittle
			if !errors.As(err, &little) || little.Reason == "" {
				t.Errorf("got %+v, error %v; want a refusal in words", f, err)
			}
		})
	}
	d := mixed.NewData(0)
	if err := d.Add("a", mixed.Row{Time: math.Inf(1)}); !errors.Is(err, mixed.ErrNotFinite) {
		t.Errorf("infinite time: got %v, want %v", err, mixed.ErrNotFinite)
	}
	if err := d.Add("a", mixed.Row{Covariates: []float64{1}}); err == nil {
		t.Error("a covariate too many: got no error")
	}
}

// TestFarOrigin has times and scores far from zero, where plain sums of squares would lose all digits.
func TestFarOrigin(t *testing.T) {
	s := invent(rand.New(rand.NewPCG(5, 5)), "s", 40, 4, 1, 0.3, 2)
	want := fit(t, s.rows, s.options())
	far := slices.Clone(s.rows)
	for i := range far {
		far[i].Score += 1e7
		far[i].Time += 2e5
	}
	got := fit(t, far, s.options())
	near(t, "criterion", got.Criterion, want.Criterion, 1e-5)
	near(t, "slope", got.Fixed[1], want.Fixed[1], 1e-6)
	near(t, "residual", got.Residual, want.Residual, 1e-5)
	near(t, "var slope", got.VarSlope, want.VarSlope, 1e-5)
}

func TestSummaryValidate(t *testing.T) {
	good := data(t, sleepstudy(t)).Summary()
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	bad := map[string]func(*mixed.Summary){
		"rows":        func(s *mixed.Summary) { s.Rows++ },
		"clients":     func(s *mixed.Summary) { s.Clients-- },
		"negative":    func(s *mixed.Summary) { s.Residual = -1 },
		"not finite":  func(s *mixed.Summary) { s.Designs[0].Mean = math.NaN() },
		"covariates":  func(s *mixed.Summary) { s.Covariates = 1 },
		"huge counts": func(s *mixed.Summary) { s.Designs[0].N = math.MaxInt },
	}
	for name, spoil := range bad {
		s := good
		s.Designs = slices.Clone(good.Designs)
		spoil(&s)
		if err := s.Validate(); err == nil {
			t.Errorf("%s: got no error", name)
		}
		if _, err := s.Fit(mixed.Options{}); err == nil {
			t.Errorf("%s: got a fit", name)
		}
	}
	if err := good.Merge(mixed.Summary{Covariates: 2}); err == nil {
		t.Error("merge of another model: got no error")
	}
}

// fataler is what *testing.T and *rapid.T have in common here.
type fataler interface {
	Helper()
	Errorf(format string, args ...any)
	Fatal(args ...any)
}
