package analyze_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/analyze"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// run is the command line: it parses the arguments and runs the command on the input.
func run(t testing.TB, input string, args ...string) (string, error) {
	t.Helper()
	var out strings.Builder
	var root struct {
		Analyze analyze.Cmd      `cmd:""`
		Match   analyze.MatchCmd `cmd:""`
		Score   analyze.ScoreCmd `cmd:""`
	}
	parser, err := kong.New(&root, kong.Bind(&analyze.Streams{In: strings.NewReader(input), Out: &out}))
	if err != nil {
		t.Fatal(err)
	}
	ctx, err := parser.Parse(args)
	if err != nil {
		return "", err
	}
	err = ctx.Run()
	return out.String(), err
}

// answers runs the command and wants its answer to be the wanted JSON, numbers within 1e-6.
func answers(t *testing.T, want, input string, args ...string) {
	t.Helper()
	got, err := run(t, input, args...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(parsed(t, want), parsed(t, got), cmpopts.EquateApprox(0, 1e-6)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", strings.Join(args, " "), diff)
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// rows writes a CSV of one series.
func rows(header, id string, values ...string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	for i, v := range values {
		b.WriteString(id + "," + string(rune('1'+i)) + "," + v + "\n")
	}
	return b.String()
}

const vectorA = "course,session,score\nA,1,8.0\nA,2,8.2\nA,3,8.1\nA,4,6.4\nA,5,6.9\nA,6,8.0\nA,7,8.3\nA,8,8.4\nA,9,8.2\nA,10,8.5\n"

func TestAlliance(t *testing.T) {
	args := strings.Fields("analyze alliance --nu0 8 --s0 0.6 --k 2.5 --window 3 --min-baseline 3 --min-drop 0 --lambda 0.3 --drift-limit 2.7")
	want := `{"parameters":{"nu0":8,"s0":0.6,"k":2.5,"window":3,"min_baseline":3,"min_drop":0,"lambda":0.3,"drift_limit":2.7},
		"courses":[{"course":"A","n":10,"z":[null,null,null,-2.733887,-1.929803,-0.160817,0.391439,0.515697,0.064099,0.662378],
		"episodes":[{"start":4,"end":6,"status":"returned","mu":8.1,"s":0.538516,"nadir":6.4,"depth":1.7,"length":2}],
		"drift":[],"false_alarm":0.0563,"warnings":[]}]}`
	answers(t, want, vectorA, args...)
	shuffled := "score,course,session\n8.5,A,10\n8.2,A,2\n8.0,A,1\n6.4,A,4\n8.1,A,3\n6.9,A,5\n8.0,A,6\n8.3,A,7\n8.2,A,9\n8.4,A,8\n"
	answers(t, want, shuffled, args...)
}

func TestAllianceDefaultsAndMarks(t *testing.T) {
	input := "course,session,score\r\nb,3,8\r\nb,1,8\r\nb,2,8\r\nb,9,8\r\na,1,7\r\n"
	answers(t, `{"parameters":{"nu0":8,"s0":1,"k":2.5,"window":3,"min_baseline":3,"min_drop":0,"lambda":0.3,"drift_limit":2.7},
		"courses":[
		{"course":"a","n":1,"z":[null],"episodes":[],"drift":[],"false_alarm":0,"warnings":["only 1 sessions: nothing can be seen before session 4"]},
		{"course":"b","n":4,"z":[null,null,null,0],"episodes":[],"drift":[],"false_alarm":0.0074,
		 "warnings":["4 of 4 scores are the course's highest: at a ceiling the number cannot show how the bond is"]}]}`,
		input, "analyze", "alliance")
	open := rows("course,session,score", "c", "7.5", "7.8", "7.6", "2", "2")
	got, err := run(t, open, "analyze", "alliance")
	if err != nil || !strings.Contains(got, `"start":4,"end":null,"status":"open"`) {
		t.Errorf("an open episode: %s, %v", got, err)
	}
}

// Sixty courses whose scores wobble by ±0.5 from session to session: s₀ = 1/√2.
func TestAllianceCalibrates(t *testing.T) {
	var b strings.Builder
	b.WriteString("course,session,score\n")
	for c := range 60 {
		for session := 1; session <= 6; session++ {
			fmt.Fprintf(&b, "%d,%d,%v\n", c, session, 7.5+0.5*math.Pow(-1, float64(session)))
		}
	}
	got := answer(t, b.String(), "analyze", "alliance")
	near(t, got, math.Sqrt(0.5), 1e-12, "calibration", "s0")
	near(t, got, 0, 1e-12, "calibration", "se")
	near(t, got, 60, 0, "calibration", "courses")
}

func TestAlliancePlot(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out.svg")
	input := strings.ReplaceAll(vectorA, "A,", "a<&\x01b,")
	if _, err := run(t, input, "analyze", "alliance", "--s0", "0.6", "--plot", name); err != nil {
		t.Fatal(err)
	}
	drawing, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<svg ", "</svg>", "a&lt;&amp; b", "false alarm", "<title>"} {
		if !strings.Contains(string(drawing), want) {
			t.Errorf("the drawing lacks %q", want)
		}
	}
	if strings.Contains(string(drawing), "NaN") || strings.Contains(string(drawing), "Inf") {
		t.Error("the drawing holds what is no number")
	}
	if info, _ := os.Stat(name); info.Mode().Perm() != 0o600 {
		t.Errorf("the drawing may be read by %v", info.Mode())
	}
}

func TestAgreement(t *testing.T) {
	input := "dyad,session,client,therapist\nd,1,8,7\nd,2,7,6.5\nd,3,9,8\nd,4,6,6.5\nd,5,8,7\ne,1,8,7\ne,2,8,6\n"
	answers(t, `{"dyads":[
		{"dyad":"d","n":5,"bias":-0.6,"tracking":0.480769,"bias_se":0.140967,"tracking_se":0.138230,"warnings":["fewer than 8 pairs: do not show tracking"]},
		{"dyad":"e","n":2,"bias":-1.5,"tracking":null,"bias_se":null,"tracking_se":null,"warnings":["fewer than 8 pairs: do not show tracking","the client's ratings never vary: there is no tracking to see"]}],
		"over_all":null}`, input, "analyze", "agreement")
}

func TestAgreementOverAll(t *testing.T) {
	var b strings.Builder
	b.WriteString("dyad,session,client,therapist\n")
	for dyad := range 12 {
		for session := range 6 {
			client := 6 + math.Sin(float64(7*dyad+3*session))
			therapist := client - 0.3 + 0.1*float64(dyad%4) + 0.2*math.Sin(float64(5*dyad+11*session))
			cell, _ := json.Marshal([]float64{client, therapist})
			b.WriteString("d" + string(rune('a'+dyad)) + "," + string(rune('1'+session)) + "," + strings.Trim(string(cell), "[]") + "\n")
		}
	}
	got, err := run(t, b.String(), "analyze", "agreement")
	if err != nil {
		t.Fatal(err)
	}
	over := parsed(t, got).(map[string]any)["over_all"].(map[string]any)
	if over["dyads"] != 12.0 || math.Abs(over["bias"].(float64)+0.15) > 0.1 || math.Abs(over["tracking"].(float64)-1) > 0.2 {
		t.Errorf("over all: %v", over)
	}
}

func TestChange(t *testing.T) {
	input := "id,pre,post\n1,80,106\n2,80,100\n3,80,85\n4,80,60\n5,106,130\n"
	answers(t, `{"s_diff":7.479205,"cutoff":105.2347,"counts":{"recovered":1,"improved":2,"unchanged":1,"deteriorated":1},"rows":[
		{"id":"1","rc":3.476306,"class":"recovered"},{"id":"2","rc":2.674081,"class":"improved"},{"id":"3","rc":0.668520,"class":"unchanged"},
		{"id":"4","rc":-2.674081,"class":"deteriorated"},{"id":"5","rc":3.208898,"class":"improved"}]}`,
		input, strings.Fields("analyze change --sd 11.82566 --r 0.8 --cutoff 105.2347 --better higher")...)
}

func TestChangeCutoffs(t *testing.T) {
	input := "id,pre,post\na,32.5,47.5\nb,40,40\nc,47.5,62.5\n" // mean 40, SD 7.5
	for method, want := range map[string]float64{"a": 55, "b": 45, "c": 50} {
		args := strings.Fields("analyze change --r 0.8 --better higher --method " + method)
		if method != "a" {
			args = append(args, "--norm-mean", "60", "--norm-sd", "7.5")
		}
		got, err := run(t, input, args...)
		if err != nil {
			t.Fatal(err)
		}
		answer := parsed(t, got).(map[string]any)
		if answer["cutoff"] != want || math.Abs(answer["s_diff"].(float64)-4.743416) > 5e-7 {
			t.Errorf("method %s: %s", method, got)
		}
	}
}

func TestChangeByInstrument(t *testing.T) {
	got, err := run(t, "id,pre,post\n1,16,9\n2,16,11\n", "analyze", "change", "--instrument", "phq-9")
	if err != nil || !strings.Contains(got, `"class":"recovered"},{"id":"2"`) || !strings.Contains(got, `"unchanged":1`) {
		t.Errorf("%s, %v", got, err)
	}
}

func TestGains(t *testing.T) {
	input := "client,session,score\n"
	for i, v := range []string{"20", "21", "20", "9", "10", "9"} {
		input += "x," + string(rune('1'+i)) + "," + v + "\n"
	}
	for i, v := range []string{"10", "9", "10", "18", "18", "18"} {
		input += "y," + string(rune('1'+i)) + "," + v + "\n"
	}
	input += "z,1,5\n"
	answers(t, `{"cases":3,"gains":[{"client":"x","session":3,"magnitude":11,"reversal":false}],
		"losses":[{"client":"y","session":3,"magnitude":8}],"share_with_gain":0.3333333,"share_low":0.061492,"share_high":0.792340,
		"warnings":["some clients have fewer than 4 sessions: they cannot show a sudden gain, and lower the share"]}`,
		input, "analyze", "gains", "--cutoff", "7")
}

func TestSeries(t *testing.T) {
	a := rows("series,time,value", "A", "8.0", "8.2", "8.1", "6.4", "6.9", "8.0", "8.3", "8.4", "8.2") + "A,10,8.5\n"
	answers(t, `{"series":[{"id":"A","centre":7.9,"mean_moving_range":0.5,"sigma":0.4432624,"lower":7.0134752,"upper":8.7865248,"outside":[4,5]}]}`,
		a, "analyze", "chart", "--limits", "2")
	answers(t, `{"series":[{"id":"p","mean":4.625,"isd":1.505941,"rmssd":2.645751}]}`,
		rows("id,time,score", "p", "5", "4", "6", "3", "6", "5", "2", "6"), "analyze", "instability")
	answers(t, `{"series":[{"id":"C","k":3,"rss0":11.7971429,"rss1":0.1341667,"bic0":27.410590,"bic1":-0.033298}]}`,
		rows("series,time,value", "C", "7.5", "7.8", "7.6", "5.2", "5.0", "5.1", "4.8"), "analyze", "partition")
	answers(t, `{"series":[{"id":"flat","k":null,"rss0":0,"rss1":0,"bic0":null,"bic1":null,"warnings":["the series is flat: there is no break to find"]}]}`,
		rows("series,time,value", "flat", "8", "8", "8", "8"), "analyze", "partition")
	answers(t, `{"series":[{"id":"one","centre":8,"mean_moving_range":null,"sigma":null,"lower":null,"upper":null,"outside":[],
		"warnings":["one value has no moving range: there are no limits"]}]}`, rows("series,time,value", "one", "8"), "analyze", "chart")
	answers(t, `{"series":[]}`, "id,time,score\n", "analyze", "instability")
}

func TestSourceFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.csv")
	if err := os.WriteFile(name, []byte("\ufeff"+vectorA), 0o600); err != nil {
		t.Fatal(err)
	}
	fromFile, err := run(t, "", "analyze", "alliance", name)
	if err != nil {
		t.Fatal(err)
	}
	if fromInput, err := run(t, vectorA, "analyze", "alliance", "-"); err != nil || fromInput != fromFile {
		t.Errorf("a file and standard input differ: %v", err)
	}
	if _, err := run(t, "", "analyze", "alliance", name+".missing"); exitCode(err) != 2 {
		t.Errorf("a missing file: %v", err)
	}
}

// exitCode is what the program would end with.
func exitCode(err error) int {
	var coded interface{ ExitCode() int }
	switch {
	case err == nil:
		return 0
	case errors.As(err, &coded):
		return coded.ExitCode()
	}
	return -1
}
