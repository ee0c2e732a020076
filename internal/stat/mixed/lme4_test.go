package mixed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/stat/mixed"
)

// set is one invented data set and the model to fit: letters s (random slope), m (maximum likelihood), x (a covariate).
type set struct {
	model string
	rows  []row
}

func (s set) options() mixed.Options {
	return mixed.Options{RandomSlope: strings.Contains(s.model, "s"), ML: strings.Contains(s.model, "m")}
}

// invent makes an unbalanced set: clients differ in their number of sessions and in their times, some come once.
func invent(rng *rand.Rand, model string, clients int, sd0, sd1, corr, sdResidual float64) set {
	s := set{model: model}
	for i := range clients {
		z0 := rng.NormFloat64()
		z1 := corr*z0 + math.Sqrt(1-corr*corr)*rng.NormFloat64()
		x := rng.NormFloat64()
		for k := range 1 + rng.IntN(14) {
			t := math.Log(float64(k + 1))
			if i%2 == 0 {
				t = float64(k) + rng.Float64()
			}
			y := 20 - 1.5*t + 0.7*x + sd0*z0 + sd1*z1*t + sdResidual*rng.NormFloat64()
			r := row{fmt.Sprintf("c%d", i), mixed.Row{Time: t, Score: y}}
			if strings.Contains(model, "x") {
				r.Covariates = []float64{x}
				if i%3 == 0 {
					r.Covariates[0] += rng.NormFloat64() // some covariates change within the client
				}
			}
			s.rows = append(s.rows, r)
		}
	}
	return s
}

func sets() []set {
	rng := rand.New(rand.NewPCG(20, 4))
	models := []string{"s", "sm", "", "m", "sx", "smx", "x", "s", "sm", "sx"}
	var out []set
	for i := range 20 {
		sd := math.Exp(2*rng.Float64() - 1)
		out = append(out, invent(rng, models[i%len(models)], 12+rng.IntN(120), 4*sd, 0.3+1.2*rng.Float64(),
			1.4*rng.Float64()-0.7, 2+2*rng.Float64()))
	}
	return out
}

// run starts another program, or skips the test where it is not installed; with CI=true nothing is skipped.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatalf("%s is not installed: %v", name, err)
		}
		t.Skipf("%s is not installed", name)
	}
	cmd := exec.Command(path, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		missing := strings.Contains(stderr.String(), "there is no package called") || strings.Contains(stderr.String(), "ModuleNotFoundError")
		if missing && os.Getenv("CI") != "true" {
			t.Skipf("%s: %s", name, stderr.String())
		}
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return string(out)
}

func writeSets(t *testing.T, sets []set) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("set,client,time,score,x,model\n")
	for i, s := range sets {
		for _, r := range s.rows {
			x := 0.0
			if len(r.Covariates) > 0 {
				x = r.Covariates[0]
			}
			fmt.Fprintf(&b, "%d,%s,%v,%v,%v,model%s\n", i, r.client, r.Time, r.Score, x, strings.ToUpper(s.model))
		}
	}
	path := filepath.Join(t.TempDir(), "sets.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestAgainstLme4 compares with R's lme4 on 20 random unbalanced sets: estimates to 1e-4 relative, criterion to 1e-6.
func TestAgainstLme4(t *testing.T) {
	sets := sets()
	out := run(t, "Rscript", "testdata/lme4.R", writeSets(t, sets))
	lines := strings.Fields(out)
	if len(lines) != len(sets) {
		t.Fatalf("lme4 answered %d sets, want %d:\n%s", len(lines), len(sets), out)
	}
	for i, s := range sets {
		t.Run(fmt.Sprintf("%d-%s", i, s.model), func(t *testing.T) {
			var want []float64
			for _, f := range strings.Split(lines[i], ",") {
				want = append(want, number(t, f))
			}
			agree(t, s, want[1:])
		})
	}
}

func agree(t *testing.T, s set, want []float64) {
	t.Helper()
	d := data(t, s.rows)
	f, err := d.Summary().Fit(s.options())
	if err != nil {
		t.Fatal(err)
	}
	effects, err := d.Effects(f.Params)
	if err != nil {
		t.Fatal(err)
	}
	singular := want[len(want)-1] == 1
	if !f.Converged || f.Singular != singular {
		t.Errorf("got converged %t, singular %t; want true, %t", f.Converged, f.Singular, singular)
	}
	near(t, "criterion", f.Criterion, want[0], 1e-6)
	fixed, se := append(f.Fixed, 0)[:3], append(f.SE, 0)[:3]
	got := []float64{
		f.VarIntercept, f.Covariance, f.VarSlope, f.Residual, f.AIC, f.BIC, effects[0].Intercept, effects[0].Slope,
		fixed[0], fixed[1], fixed[2], se[0], se[1], se[2],
	}
	names := []string{
		"var intercept", "covariance", "var slope", "residual", "AIC", "BIC", "first client's intercept", "first client's slope",
		"intercept", "slope", "covariate", "SE intercept", "SE slope", "SE covariate",
	}
	for j, name := range names {
		near(t, name, got[j], want[j+1], 1e-4*math.Abs(want[j+1])+1e-9)
	}
}

// TestNeverWorseThanLme4 takes small, noisy sets, about half of them on a boundary, where searches get stuck: the criterion
// must be as low as lme4's or lower.
func TestNeverWorseThanLme4(t *testing.T) {
	rng := rand.New(rand.NewPCG(99, 1))
	var hard []set
	for i := range 60 {
		model := []string{"s", "sm", "sx", "smx", "", "mx"}[i%6]
		hard = append(hard, invent(rng, model, 5+rng.IntN(25), 2*rng.Float64(), 0.5*rng.Float64(), 2*rng.Float64()-1, 1+4*rng.Float64()))
	}
	lines := strings.Fields(run(t, "Rscript", "testdata/lme4.R", writeSets(t, hard)))
	if len(lines) != len(hard) {
		t.Fatalf("lme4 answered %d sets, want %d", len(lines), len(hard))
	}
	for i, s := range hard {
		criterion := number(t, strings.Split(lines[i], ",")[1])
		f := fit(t, s.rows, s.options())
		if !f.Converged || !(f.Criterion <= criterion+1e-6) {
			t.Errorf("set %d (%s): got %.8f, converged %t; lme4 has %.8f", i, s.model, f.Criterion, f.Converged, criterion)
		}
	}
}
