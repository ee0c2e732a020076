package survival_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/internal/stat/survival"
)

// invented makes person-sessions with a falling hazard and two covariates, at odd units.
func invented(seed uint64, clients int) []survival.Row {
	rng := rand.New(rand.NewPCG(seed, 3))
	var rows []survival.Row
	for range clients {
		x1 := 100 + 15*rng.NormFloat64()
		for s := 1; s <= 12; s++ {
			x2 := 0.0
			if rng.IntN(4) == 0 {
				x2 = 1
			}
			eta := -2.6 - 0.08*float64(s) + 0.03*(x1-100) + 0.9*x2
			r := survival.Row{Session: s, Ended: rng.Float64() < 1/(1+math.Exp(-eta)), Covariates: []float64{x1, x2}}
			rows = append(rows, r)
			if r.Ended {
				break
			}
		}
	}
	return rows
}

func close(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s: got %.12g, want %.12g", what, got, want)
	}
}

// Without covariates the estimate is the share of sessions at which courses ended, by hand.
func TestFitWithoutCovariates(t *testing.T) {
	var rows []survival.Row
	for i := range 40 {
		rows = append(rows, survival.Row{Session: 1 + i%4, Ended: i%8 == 0 || i == 5 || i == 3})
	}
	m, err := survival.Fit(rows, []int{1, 3})
	if err != nil {
		t.Fatal(err)
	}
	h1, h3 := 6.0/20, 1.0/20
	close(t, "α of sessions 1 and 2", m.Alpha[0], math.Log(h1/(1-h1)), 1e-9)
	close(t, "α from session 3", m.Alpha[1], math.Log(h3/(1-h3)), 1e-9)
	close(t, "SE", m.AlphaSE[0], math.Sqrt(1/(20*h1*(1-h1))), 1e-9)
	h, err := m.Hazard(9, nil)
	if err != nil {
		t.Fatal(err)
	}
	close(t, "hazard at session 9", h, h3, 1e-9)
	if !m.Converged || m.Ends != 7 || len(m.Warnings) != 1 {
		t.Errorf("got converged %t, %d ends, warnings %q", m.Converged, m.Ends, m.Warnings)
	}
}

// TestAgainstGlm compares with R's glm; not skipped with CI=true.
func TestAgainstGlm(t *testing.T) {
	periods := []int{1, 4, 8}
	for seed := range uint64(5) {
		rows := invented(seed, 300)
		m, err := survival.Fit(rows, periods)
		if err != nil {
			t.Fatal(err)
		}
		want := glm(t, rows, periods)
		got := slices.Concat(m.Alpha, m.Beta, m.AlphaSE, m.BetaSE, []float64{m.LogLik})
		if len(got) != len(want) {
			t.Fatalf("R answered %d numbers, want %d", len(want), len(got))
		}
		for i := range want {
			close(t, fmt.Sprintf("set %d, value %d", seed, i), got[i], want[i], 1e-6*(1+math.Abs(want[i])))
		}
		if !m.Converged || len(m.Warnings) > 0 {
			t.Errorf("set %d: got converged %t, warnings %q", seed, m.Converged, m.Warnings)
		}
	}
}

func glm(t *testing.T, rows []survival.Row, periods []int) []float64 {
	t.Helper()
	path, err := exec.LookPath("Rscript")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("R is not installed")
	}
	var b strings.Builder
	b.WriteString("ended,period,x1,x2\n")
	for _, r := range rows {
		period, ended := 0, 0
		for i, first := range periods {
			if r.Session >= first {
				period = i
			}
		}
		if r.Ended {
			ended = 1
		}
		fmt.Fprintf(&b, "%d,%d,%v,%v\n", ended, period, r.Covariates[0], r.Covariates[1])
	}
	file := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(path, "testdata/glm.R", file).Output()
	if err != nil {
		t.Fatal(err)
	}
	var want []float64
	for _, f := range strings.Fields(string(out)) {
		x, err := strconv.ParseFloat(f, 64)
		if err != nil {
			t.Fatal(err)
		}
		want = append(want, x)
	}
	return want
}

func TestFitRefuses(t *testing.T) {
	rows := invented(9, 100)
	constant, separated, twin := slices.Clone(rows), slices.Clone(rows), slices.Clone(rows)
	for i, r := range rows {
		constant[i].Covariates = []float64{3}
		separated[i].Covariates = []float64{0}
		if r.Ended {
			separated[i].Covariates = []float64{1 + r.Covariates[1]}
		}
		twin[i].Covariates = []float64{r.Covariates[1], 2 - 3*r.Covariates[1]}
	}
	for name, c := range map[string]struct {
		rows    []survival.Row
		periods []int
	}{
		"no rows":             {nil, []int{1}},
		"a period of nothing": {rows, []int{1, 40}},
		"constant covariate":  {constant, []int{1}},
		"separation":          {separated, []int{1}},
		"collinear":           {twin, []int{1}},
	} {
		m, err := survival.Fit(c.rows, c.periods)
		var little *survival.TooLittle
		if !errors.As(err, &little) || little.Reason == "" {
			t.Errorf("%s: got %+v, %v; want a refusal in words", name, m, err)
		}
	}
	for name, c := range map[string]struct {
		rows    []survival.Row
		periods []int
	}{
		"no periods":       {rows, nil},
		"periods disorder": {rows, []int{1, 5, 5}},
		"session 0":        {[]survival.Row{{Session: 0}}, []int{1}},
		"ragged":           {[]survival.Row{{Session: 1}, {Session: 1, Covariates: []float64{1}}}, []int{1}},
		"not a number":     {[]survival.Row{{Session: 1, Covariates: []float64{math.NaN()}}}, []int{1}},
	} {
		if _, err := survival.Fit(c.rows, c.periods); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}

func TestFitProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		rows := invented(seed, 120)
		m, err := survival.Fit(rows, []int{1, 6})
		if err != nil {
			t.Skip(err)
		}
		scale := math.Exp(rapid.Float64Range(-4, 4).Draw(t, "scale"))
		moved := slices.Clone(rows)
		rng := rand.New(rand.NewPCG(seed, 4))
		rng.Shuffle(len(moved), func(i, j int) { moved[i], moved[j] = moved[j], moved[i] })
		for i, r := range moved {
			moved[i].Covariates = []float64{r.Covariates[0]*scale + 5, r.Covariates[1]}
		}
		n, err := survival.Fit(moved, []int{1, 6})
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(n.Beta[0]*scale-m.Beta[0]) > 1e-7 || math.Abs(n.LogLik-m.LogLik) > 1e-7 {
			t.Errorf("order and unit: got %v (%v), want %v (%v)", n.Beta[0]*scale, n.LogLik, m.Beta[0], m.LogLik)
		}
	})
}

func TestCalibrate(t *testing.T) {
	m, err := survival.Fit(invented(1, 3000), []int{1, 4, 8})
	if err != nil {
		t.Fatal(err)
	}
	later := invented(2, 3000)
	c, err := survival.Calibrate(m, later, 10)
	if err != nil {
		t.Fatal(err)
	}
	sessions := 0
	for i, b := range c.Bins {
		sessions += b.Sessions
		if i > 0 && b.Predicted < c.Bins[i-1].Predicted {
			t.Errorf("bin %d is predicted lower than the one before", i)
		}
	}
	if sessions != len(later) || c.Outside > 3 || math.Abs(c.Expected-float64(c.Ended)) > 0.1*c.Expected {
		t.Errorf("got %d of %d sessions, %d bins outside, %.0f expected and %d seen", sessions, len(later), c.Outside, c.Expected, c.Ended)
	}
	if _, err := survival.Calibrate(m, later[:3], 10); err == nil {
		t.Error("fewer sessions than bins: got no error")
	}
	few, err := survival.Calibrate(m, later[:200], 10)
	if err != nil || len(few.Warnings) == 0 {
		t.Errorf("few ends: got warnings %q, %v", few.Warnings, err)
	}
}
