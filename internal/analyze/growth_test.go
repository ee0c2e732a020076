package analyze_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/analyze"
)

// sleepstudy is R's lme4::sleepstudy under the column names of the command.
func sleepstudy(t testing.TB) string {
	t.Helper()
	data, err := os.ReadFile("../stat/mixed/testdata/sleepstudy.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, rows, _ := strings.Cut(string(data), "\n")
	return "client,time,score\n" + rows
}

// at follows a path of keys and list places through an answer.
func at(t *testing.T, text string, path ...any) any {
	t.Helper()
	v := parsed(t, text)
	for _, step := range path {
		switch step := step.(type) {
		case string:
			v = v.(map[string]any)[step]
		case int:
			v = v.([]any)[step]
		}
	}
	return v
}

func near(t *testing.T, text string, want, within float64, path ...any) {
	t.Helper()
	if got, ok := at(t, text, path...).(float64); !ok || math.Abs(got-want) > within {
		t.Errorf("%v: got %v, want %v", path, at(t, text, path...), want)
	}
}

// written puts text into a file of its own.
func written(t testing.TB, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// answer runs a command that must succeed.
func answer(t *testing.T, input string, args ...string) string {
	t.Helper()
	out, err := run(t, input, args...)
	if err != nil {
		t.Fatalf("%q: %v", args, err)
	}
	return out
}

// Values: methods.md 3.3 and the example of contract.md; see package mixed for the digits.
func TestGrowthOfSleepstudy(t *testing.T) {
	out := answer(t, sleepstudy(t), "analyze", "growth", "--time", "linear")
	near(t, out, 180, 0, "n")
	near(t, out, 18, 0, "clients")
	near(t, out, 251.405105, 1e-6, "fixed", "intercept")
	near(t, out, 10.467286, 1e-6, "fixed", "slope")
	near(t, out, 6.8246, 1e-4, "se", "intercept")
	near(t, out, 612.10016, 612e-4, "random", "var_intercept")
	near(t, out, 35.07171, 35e-4, "random", "var_slope")
	near(t, out, 0.06555, 1e-5, "random", "corr")
	near(t, out, 654.94001, 654e-4, "residual_var")
	near(t, out, 1743.6283, 5e-5, "criterion")
	near(t, out, -871.81414, 5e-6, "loglik")
	near(t, out, 2.258551, 1e-4, "client_effects", 0, "intercept")
	near(t, out, 9.198976, 1e-4, "client_effects", 0, "slope")
	if got := at(t, out, "singular"); got != false {
		t.Errorf("singular: got %v", got)
	}
	ml := answer(t, sleepstudy(t), "analyze", "growth", "--time", "linear", "--method", "ml")
	near(t, ml, -875.96967, 5e-6, "loglik")
	near(t, ml, 1763.9393, 5e-5, "aic")
	near(t, ml, 1783.0971, 5e-5, "bic")
	flat := answer(t, sleepstudy(t), "analyze", "growth", "--time", "linear", "--random", "intercept")
	near(t, flat, 1378.1785, 1e-3, "random", "var_intercept")
	near(t, flat, 1786.4651, 5e-5, "criterion")
	if got := at(t, flat, "random", "corr"); got != nil {
		t.Errorf("corr without slopes: got %v, want null", got)
	}
}

// Values: methods.md 3.3.
func TestExpectOf308(t *testing.T) {
	params := written(t, "fit.json", answer(t, sleepstudy(t), "analyze", "growth", "--time", "linear"))
	for upto, want := range map[int][2]float64{0: {345.6107, 65.4273}, 1: {344.5934, 62.4148}, 3: {328.2315, 53.7427}, 10: {430.66, 29.0678}} {
		out := answer(t, sleepstudy(t), "analyze", "expect", "--params", params, "--for", "308", "--upto", fmt.Sprint(upto), "--at", "9")
		near(t, out, want[0], 1e-4, "mean")
		near(t, out, want[1], 1e-3, "sd")
	}
	out := answer(t, sleepstudy(t), "analyze", "expect", "--params", params, "--for", "308", "--upto", "3", "--at", "9")
	near(t, out, 259.4, 0.05, "low80")
	near(t, out, 397.1, 0.05, "high80")

	// Without --params the client's own rows must not be in the fit.
	var others strings.Builder
	for line := range strings.Lines(sleepstudy(t)) {
		if !strings.HasPrefix(line, "308,") {
			others.WriteString(line)
		}
	}
	without := written(t, "others.json", answer(t, others.String(), "analyze", "growth", "--time", "linear"))
	want := answer(t, sleepstudy(t), "analyze", "expect", "--params", without, "--for", "308", "--upto", "3", "--at", "9")
	answers(t, want, sleepstudy(t), "analyze", "expect", "--time", "linear", "--for", "308", "--upto", "3", "--at", "9")
}

func TestGrowthMergesPartials(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	header := "client,time,score,severity\n"
	parts := []string{header, header, header}
	all := header
	for i := range 60 {
		u := 3 * rng.NormFloat64()
		severity := rng.NormFloat64()
		for s := 1; s <= 2+rng.IntN(9); s++ {
			line := fmt.Sprintf("c%d,%d,%v,%v\n", i, s, 20+u+severity-2*math.Log(float64(s))+rng.NormFloat64(), severity)
			parts[i%3] += line
			all += line
		}
	}
	args := []string{"analyze", "growth", "--covariates", "severity"}
	var files []string
	for i, p := range parts {
		partial := answer(t, p, append(args, "--partial")...)
		if strings.Contains(partial, `"c1"`) {
			t.Errorf("partial %d holds an id", i)
		}
		files = append(files, written(t, fmt.Sprint(i, ".json"), partial))
	}
	merged := answer(t, "", append(append(args, "--merge"), files...)...)
	one := answer(t, all, args...)
	for _, path := range [][]any{
		{"fixed", "intercept"}, {"fixed", "slope"}, {"fixed", "severity"}, {"se", "severity"}, {"random", "var_intercept"},
		{"random", "var_slope"}, {"residual_var"}, {"criterion"}, {"loglik"},
	} {
		want := at(t, one, path...).(float64)
		near(t, merged, want, 1e-9*(1+math.Abs(want)), path...)
	}
	if got := at(t, merged, "client_effects"); got != nil {
		t.Errorf("client effects of a merge: got %v", got)
	}

	for name, bad := range map[string][]string{
		"other covariates": append([]string{"analyze", "growth", "--merge"}, files...),
		"other time":       append(append(args, "--time", "linear", "--merge"), files...),
		"no files":         append(args, "--merge"),
		"a missing file":   append(args, "--merge", files[0]+".missing"),
		"not a partial":    append(args, "--merge", written(t, "fit.json", one)),
		"spoiled":          append(args, "--merge", written(t, "bad.json", strings.Replace(answer(t, parts[0], append(args, "--partial")...), `"rows":`, `"rows":9`, 1))),
	} {
		if out, err := run(t, "", bad...); exitCode(err) != 2 {
			t.Errorf("%s: got %s, %v; want exit code 2", name, out, err)
		}
	}
}

func TestGrowthPartialSaysWhoCanBeReadBack(t *testing.T) {
	out := answer(t, "client,time,score\na,1,3\nb,1.5,4\nb,7.25,5\nc,1,2\n", "analyze", "growth", "--partial")
	if got, ok := at(t, out, "warnings").([]any); !ok || len(got) != 1 || !strings.HasPrefix(got[0].(string), "1 clients") {
		t.Errorf("got warnings %v, want one about b", got)
	}
}

func TestGrowthIgnoresOrder(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSpace(sleepstudy(t)), "\n")
	header, body := lines[0], lines[1:]
	body[len(body)-1] += "\n"
	want := answer(t, sleepstudy(t), "analyze", "growth", "--time", "linear")
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(body), func(i, j int) { body[i], body[j] = body[j], body[i] })
	answers(t, want, header+strings.Join(body, ""), "analyze", "growth", "--time", "linear")
}

func TestGrowthPlot(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.svg")
	answer(t, sleepstudy(t), "analyze", "growth", "--time", "linear", "--plot", name)
	svg, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(string(svg), `stroke-dasharray="1 3" points`); got != 18 || !strings.HasPrefix(string(svg), "<svg") {
		t.Errorf("got %d clients drawn, want 18", got)
	}
}

func TestGrowthRefuses(t *testing.T) {
	ok := "client,time,score\na,1,3\na,2,4\n"
	for name, c := range map[string]struct {
		code  int
		input string
		args  string
		want  string
	}{
		"too few":            {1, ok, "growth", "at least 3 clients"},
		"too few, others":    {1, ok, "expect --for a --upto 1 --at 2", "at least 3 clients"},
		"duplicate":          {2, ok + "a,2,9\n", "growth", "line 4, column time"},
		"duplicate fraction": {2, ok + "a,2.5,9\na,70,1\na,2.5,9\n", "growth", "line 6, column time"},
		"time below 1":       {2, ok + "a,0.5,9\n", "growth", "line 4, column time"},
		"not a number":       {2, ok + "a,3,x\n", "growth", "line 4, column score"},
		"no covariate":       {2, ok, "growth --covariates x", "line 1, column x"},
		"taken name":         {2, ok, "growth --covariates slope", "--covariates"},
		"plot of a partial":  {2, ok, "growth --partial --plot x.svg", "--plot"},
		"two files":          {2, ok, "growth a b", "one file"},
		"too many known":     {2, ok, "expect --for a --upto 3 --at 2", "--upto"},
		"at below 1":         {2, sleepLater(t), "expect --for 308 --upto 1 --at 0", "--at"},
		"no params":          {2, ok, "expect --params /nonexistent --for a --upto 1 --at 2", "cannot be read"},
		"duplicate, expect":  {2, ok + "a,2,9\n", "expect --for a --upto 1 --at 2", "line 4, column time"},
	} {
		out, err := run(t, c.input, append([]string{"analyze"}, strings.Fields(c.args)...)...)
		if exitCode(err) != c.code || err == nil || !strings.Contains(err.Error(), c.want) || out != "" {
			t.Errorf("%s: got %q, %v; want exit code %d and %q", name, out, err, c.code, c.want)
		}
	}
}

// sleepLater is sleepstudy with days counted from 1.
func sleepLater(t *testing.T) string {
	var b strings.Builder
	for line := range strings.Lines(sleepstudy(t)) {
		f := strings.SplitN(line, ",", 3)
		if day, ok := map[string]int{"0": 1, "1": 2, "2": 3, "3": 4, "4": 5, "5": 6, "6": 7, "7": 8, "8": 9, "9": 10}[f[1]]; ok {
			f[1] = fmt.Sprint(day)
		}
		b.WriteString(strings.Join(f, ","))
	}
	return b.String()
}

func TestThemes(t *testing.T) {
	var b strings.Builder
	b.WriteString("relationship,episode,theme\n")
	for name, episodes := range map[string][]string{
		"therapist": {"W6 RO5 RS7", "W6 RO8 RS3", "W1 RO5 RS7"},
		"partner":   {"W6 RO5 RS7", "W6 RO2 RS8", "W6 RO5 RS7", "W4 RO5 RS6", "W1 RO6 RS3"},
	} {
		for i, e := range episodes {
			for _, theme := range strings.Fields(e) {
				fmt.Fprintf(&b, "%s,%d,%s\n", name, i, theme)
			}
		}
	}
	out := answer(t, b.String(), "analyze", "themes")
	// methods.md 4.2.
	near(t, out, 0.863034, 5e-7, "similarity", 0, "cosine")
	near(t, out, 5, 0, "similarity", 0, "n_a")
	near(t, out, 3, 0, "similarity", 0, "n_b")
	if at(t, out, "similarity", 0, "a") != "partner" || at(t, out, "similarity", 0, "enough") != false {
		t.Errorf("got %v, want partner first and not enough", at(t, out, "similarity", 0))
	}
	near(t, out, 0.6, 1e-12, "themes", 0, "p")
	if again := answer(t, b.String(), "analyze", "themes"); again != out {
		t.Error("the same seed gives another answer")
	}
	if _, err := run(t, "relationship,episode,theme\na,1,W6\na,1,W6\n", "analyze", "themes"); exitCode(err) != 2 {
		t.Errorf("a theme twice: got %v, want exit code 2", err)
	}
	if _, err := run(t, b.String(), "analyze", "themes", "--permutations", "0"); exitCode(err) != 2 {
		t.Errorf("no permutations: got %v, want exit code 2", err)
	}
}

func TestNetwork(t *testing.T) {
	header := "ego,alter_a,alter_b,weight\n"
	// methods.md 4.4 and contract.md.
	answers(t, `{"egos":[{"ego":"E","size":4,"ties":2,"density":0.333333333,"effective_size":3,"constraint":0.534722222,"components":2}]}`,
		header+"E,A,,1\nE,B,,1\nE,C,,1\nE,D,,1\nE,A,B,1\nE,B,C,1\n", "analyze", "network")
	answers(t, `{"egos":[{"ego":"a","size":1,"ties":0,"density":null,"effective_size":1,"constraint":1,"components":1},
		{"ego":"b","size":1,"ties":0,"density":null,"effective_size":1,"constraint":1,"components":1}]}`,
		header+"b,x,,2\na,y,,1\n", "analyze", "network")
	for _, bad := range []string{"E,A,A,1\n", "E,E,,1\n", "E,A,,0\n", "E,A,B,1\nE,B,A,1\n", "E,A,,1\nE,A,E,1\n", ",A,,1\n", "E,,A,1\n", "E,A,,x\n"} {
		if out, err := run(t, header+bad, "analyze", "network"); exitCode(err) != 2 {
			t.Errorf("%q: got %s, %v; want exit code 2", bad, out, err)
		}
	}
}

const people = `"therapists":[{"id":"t1","capacity":2},{"id":"t2","capacity":2},{"id":"t3","capacity":1}],
	"clients":[{"id":"c1"},{"id":"c2"},{"id":"c3"},{"id":"c4"},{"id":"c5"}]`

func TestMatch(t *testing.T) {
	out := answer(t, `{`+people+`,"utility":[[0.9,0.6,0.5],[0.85,0.8,0.3],[0.8,0.7,0.65],[0.4,0.75,0.7],[0.95,null,0.2]]}`, "match")
	// methods.md 5.
	near(t, out, 4.05, 1e-12, "total")
	for i, want := range []string{"t1", "t2", "t3", "t2", "t1"} {
		if got := at(t, out, "assignment", i, "therapist"); got != want {
			t.Errorf("client %d: got %v, want %s", i+1, got, want)
		}
	}
	out = answer(t, `{"therapists":[{"id":"t","capacity":1}],"clients":[{"id":"a"},{"id":"b"},{"id":"c"},{"id":"d"}],
		"utility":[[0.5],[0.6],[0.1],[null]],"floor":0.5}`, "match")
	for i, want := range []string{"no room", "below floor", "forbidden"} {
		if got := at(t, out, "unassigned", i, "why"); got != want {
			t.Errorf("unassigned %d: got %v, want %s", i, got, want)
		}
	}
	for name, bad := range map[string]string{
		"no json":        `{`,
		"unknown":        `{"x":1}`,
		"ragged":         `{"therapists":[{"id":"t","capacity":1}],"clients":[{"id":"a"}],"utility":[[1,2]]}`,
		"rows":           `{"therapists":[{"id":"t","capacity":1}],"clients":[{"id":"a"}],"utility":[]}`,
		"same id":        `{"therapists":[{"id":"t","capacity":1},{"id":"t","capacity":1}],"clients":[],"utility":[]}`,
		"same client":    `{"therapists":[],"clients":[{"id":"a"},{"id":"a"}],"utility":[[],[]]}`,
		"no capacity":    `{"therapists":[{"id":"t"}],"clients":[],"utility":[]}`,
		"half a place":   `{"therapists":[{"id":"t","capacity":1.5}],"clients":[],"utility":[]}`,
		"huge utilities": `{"therapists":[{"id":"t","capacity":1}],"clients":[{"id":"a"}],"utility":[[1e300]]}`,
	} {
		if out, err := run(t, bad, "match"); exitCode(err) != 2 || out != "" {
			t.Errorf("%s: got %s, %v; want exit code 2", name, out, err)
		}
	}
}

// FuzzCourses gives any bytes to the commands that fit and predict, and to those of relationships.
func FuzzCourses(f *testing.F) {
	f.Add([]byte(sleepstudy(f)))
	f.Add([]byte("client,time,score\na,1,1\na,2,3\nb,1,2\nb,2,5\nc,1,3\nc,2,3\nc,3,9\n"))
	f.Add([]byte("client,time,score\na,1,1e308\na,2,-1e308\nb,1,2\nb,2,5\nc,1,3\nc,1e300,3\nc,3,9\n"))
	f.Add([]byte("relationship,episode,theme\na,1,W6\nb,1,W6\nb,2,RO1\n"))
	f.Add([]byte("ego,alter_a,alter_b,weight\nE,A,,1\nE,B,,1e300\nE,A,B,1e-300\n"))
	model := analyze.ModelFlags{Time: "linear", Random: "slope", Method: "reml"}
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, command := range map[string]func(out *bytes.Buffer) error{
			"growth": func(out *bytes.Buffer) error {
				return analyze.Growth(bytes.NewReader(data), out, analyze.GrowthFlags{ModelFlags: model})
			},
			"partial": func(out *bytes.Buffer) error {
				return analyze.Growth(bytes.NewReader(data), out, analyze.GrowthFlags{ModelFlags: model, Partial: true})
			},
			"expect": func(out *bytes.Buffer) error {
				return analyze.Expect(bytes.NewReader(data), out, analyze.ExpectFlags{ModelFlags: model, For: "a", Upto: 1, At: 3})
			},
			"themes": func(out *bytes.Buffer) error {
				return analyze.Themes(bytes.NewReader(data), out, analyze.ThemesFlags{Permutations: 20, MinEpisodes: 4})
			},
			"network": func(out *bytes.Buffer) error { return analyze.Network(bytes.NewReader(data), out) },
		} {
			var out bytes.Buffer
			err := command(&out)
			checkAnswer(t, name, out.Bytes(), err)
		}
	})
}

// FuzzJSON gives any bytes as a problem to match, as partial statistics, as parameters and as a form's wording.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{` + people + `,"utility":[[0.9,0.6,0.5],[0.85,0.8,0.3],[0.8,0.7,0.65],[0.4,0.75,0.7],[0.95,null,0.2]],"floor":0.3}`))
	for _, args := range [][]string{{"--partial"}, {}} {
		out, err := run(f, sleepstudy(f), append([]string{"analyze", "growth", "--time", "linear"}, args...)...)
		if err != nil {
			f.Fatal(err)
		}
		if !json.Valid([]byte(out)) {
			f.Fatal(out)
		}
		f.Add([]byte(out))
	}
	f.Add([]byte(`{"permission":"ours","items":{"csi4-1":"?"},"options":{"":["a"]}}`))
	model := analyze.ModelFlags{Time: "linear", Random: "slope", Method: "reml"}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		name := filepath.Join(dir, "in.json")
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
		for what, command := range map[string]func(out *bytes.Buffer) error{
			"match": func(out *bytes.Buffer) error { return analyze.Match(bytes.NewReader(data), out) },
			"merge": func(out *bytes.Buffer) error {
				return analyze.GrowthMerge([]string{name}, out, analyze.GrowthFlags{ModelFlags: model})
			},
			"expect": func(out *bytes.Buffer) error {
				rows := strings.NewReader("client,time,score\na,1,4\na,2,5\n")
				return analyze.Expect(rows, out, analyze.ExpectFlags{ModelFlags: model, Params: name, For: "a", Upto: 2, At: 3})
			},
			"form": func(out *bytes.Buffer) error {
				return analyze.Score(strings.NewReader("{}"), out, analyze.ScoreFlags{Instrument: "csi-4", Form: name})
			},
		} {
			var out bytes.Buffer
			err := command(&out)
			checkAnswer(t, what, out.Bytes(), err)
		}
	})
}
