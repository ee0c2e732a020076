package analyze_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"attune/internal/analyze"
	"attune/internal/measure"
)

func TestBadCSV(t *testing.T) {
	const head = "course,session,score\n"
	tests := []struct {
		name, input string
		want        string // the error's beginning
	}{
		{"nothing at all", "", "line 1: the input is empty"},
		{"an unknown column", "course,session,score,mood\n", `line 1, column "mood": is not known`},
		{"a missing column", "course,session\n", "line 1, column score: is missing"},
		{"a column twice", "course,session,score,score\n", `line 1, column "score": is there twice`},
		{"an empty id", head + "a,1,8\n,2,8\n", "line 3, column course: is empty"},
		{"a blank id", head + "  ,2,8\n", "line 2, column course: is empty"},
		{"an id that is not text", head + "\xff,2,8\n", "line 2, column course: is not UTF-8"},
		{"a session that is no integer", head + "a,1.5,8\n", `line 2, column session: "1.5" is not a whole number`},
		{"a score that is no number", head + "a,1,high\n", `line 2, column score: "high" is not a number`},
		{"an empty score", head + "a,1,\n", `line 2, column score: "" is not a number`},
		{"NaN", head + "a,1,NaN\n", `line 2, column score: "NaN" is not a finite number`},
		{"infinity", head + "a,1,-inf\n", `line 2, column score: "-inf" is not a finite number`},
		{"too large", head + "a,1,1e999\n", `line 2, column score: "1e999" is too large`},
		{"hexadecimal", head + "a,1,0x10\n", `line 2, column score: "0x10" is not a number`},
		{"a session twice", head + "a,1,8\na,2,8\na,1,7\n", `line 4, column session: 1 of "a" is there twice`},
		{"a session twice in a row", head + "a,1,8\na,1,7\n", `line 3, column session: 1 of "a" is there twice`},
		{"too few fields", head + "a,1,8\na,2\n", "line 3: the row does not have as many fields"},
		{"a stray quote", head + "a,1,8\"\n", "line 2: a quote"},
		{"after a field over two lines", head + "\"a\nb\",1,8\nc,1,x\n", `line 4, column score: "x"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := run(t, tt.input, "analyze", "alliance")
			if exitCode(err) != 2 || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %v, want one that begins with %s", err, tt.want)
			}
			if out != "" {
				t.Errorf("an answer was written: %s", out)
			}
		})
	}
}

func TestBadKeysOfOtherCommands(t *testing.T) {
	tests := []struct{ command, input, want string }{
		{"agreement", "dyad,session,client,therapist\nd,1,8,7\nd,1,8,7\n", "line 3, column session"},
		{"gains --cutoff 7", "client,session,score\nc,1,8\nc,1,8\n", "line 3, column session"},
		{"instability", "id,time,score\nc,1.50,8\nc,1.5,8\n", "line 3, column time"},
		{"chart", "series,time,value\nc,-0,8\nc,0,8\n", "line 3, column time"},
		{"partition", "series,time,value\nc,2,8\nc,1,8\nc,2,8\n", "line 4, column time"},
		{"change --r 0.8 --sd 5 --better lower", "id,pre,post\nc,2,8\nc,1,8\n", "line 3, column id"},
	}
	for _, tt := range tests {
		_, err := run(t, tt.input, append([]string{"analyze"}, strings.Fields(tt.command)...)...)
		if exitCode(err) != 2 || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want one at %s", tt.command, err, tt.want)
		}
	}
}

// TestChangeFindsIDsThereTwice gives ids in rising, falling and mixed order, and wants the one that is there twice found wherever
// it stands.
func TestChangeFindsIDsThereTwice(t *testing.T) {
	const n = 3000
	orders := map[string]func(i int) int{
		"rising": func(i int) int { return i }, "falling": func(i int) int { return n - i }, "mixed": func(i int) int { return i * 7919 % 10_007 },
	}
	args := strings.Fields("analyze change --r 0.8 --sd 5 --better lower")
	for name, id := range orders {
		var text strings.Builder
		text.WriteString("id,pre,post\n")
		for i := range n {
			fmt.Fprintf(&text, "%d,1,2\n", id(i))
		}
		if got := answer(t, text.String(), args...); !strings.Contains(got, `"unchanged":3000`) {
			t.Errorf("%s: %.200s", name, got)
		}
		for _, again := range []int{0, n / 2, n - 1} {
			twice := fmt.Sprintf("%s%d,1,2\n", text.String(), id(again))
			want := fmt.Sprintf("line %d, column id: %q is there twice", n+2, fmt.Sprint(id(again)))
			if _, err := run(t, twice, args...); exitCode(err) != 2 || !strings.HasPrefix(err.Error(), want) {
				t.Errorf("%s, %d again: %v, want %s", name, id(again), err, want)
			}
		}
	}
}

func TestBadFlags(t *testing.T) {
	const head = "course,session,score\n"
	const rows = "id,pre,post\n1,2,3\n2,3,4\n"
	tests := []struct {
		args, input string
		code        int
	}{
		{"alliance --s0 0", head, 2},
		{"alliance --k NaN", head, 2},
		{"alliance --min-baseline 2", head, 2},
		{"alliance --plot /no/such/folder/out.svg", head, 2},
		{"chart --limits=-1", "series,time,value\n", 2},
		{"gains --cutoff 0", "client,session,score\n", 2},
		{"change --r 0.8", rows, 2},
		{"change --better lower", rows, 2},
		{"change --r 1 --better lower", rows, 2},
		{"change --r 0.8 --better lower --cutoff 3 --method a", rows, 2},
		{"change --r 0.8 --better lower --method b", rows, 2},
		{"change --r 0.8 --better lower --norm-mean 5", rows, 2},
		{"change --r 0.8 --better lower --cutoff Inf", rows, 2},
		{"change --instrument phq-9 --r 0.8", rows, 2},
		{"change --instrument asc-client", rows, 2},
		{"change --instrument nothing", rows, 2},
		{"change --r 0.8 --better lower", "id,pre,post\n1,2,3\n", 1},
		{"change --r 0.8 --better lower --method a --sd 3", "id,pre,post\n1,2,3\n2,2,3\n", 1},
	}
	for _, tt := range tests {
		if _, err := run(t, tt.input, append([]string{"analyze"}, strings.Fields(tt.args)...)...); exitCode(err) != tt.code {
			t.Errorf("%s: %v, want exit code %d", tt.args, err, tt.code)
		}
	}
}

func TestBadAnswers(t *testing.T) {
	tests := []struct{ name, form, input, want string }{
		{"nothing", "phq-9", " ", "line 1: the input is empty"},
		{"no object", "phq-9", "null", "line 1: answers are an object"},
		{"cut off", "phq-9", `{"phq9-1":2,`, "line 1"},
		{"no JSON", "phq-9", "{\n  phq9-1: 2}", "line 2"},
		{"a key twice", "phq-9", "{\"phq9-1\":2,\n\"phq9-1\":3}", `line 2, column 9: "phq9-1" is there twice`},
		{"more after the end", "phq-9", "{}{}", "line 1"},
		{"an unknown question", "phq-9", "{\"phq9-1\":2,\n \"gad7-1\":3}", "line 2, column 2: gad7-1"},
		{"no such answer", "phq-9", `{"phq9-1":4}`, "line 1, column 2: phq9-1: Choose"},
		{"a list", "phq-9", `{"phq9-1":[2]}`, "line 1"},
		{"too large", "phq-9", `{"phq9-1":1e999}`, "line 1"},
		{"an unknown form", "phq", `{}`, `--instrument "phq" is not known`},
		{"a skeleton", "wai-sr", `{}`, "--instrument wai-sr: this form has no wording yet"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := run(t, tt.input, "score", "--instrument", tt.form)
			if exitCode(err) != 2 || !strings.HasPrefix(err.Error(), tt.want) || out != "" {
				t.Errorf("error %v, want one that begins with %s; output %q", err, tt.want, out)
			}
		})
	}
}

// checkAnswer wants whole JSON and no error, or no output and an error that the contract knows.
func checkAnswer(t *testing.T, name string, out []byte, err error) {
	t.Helper()
	var bad *analyze.BadInput
	var little *analyze.TooLittle
	switch {
	case err == nil && !json.Valid(out):
		t.Fatalf("%s: not JSON: %s", name, out)
	case err != nil && len(out) > 0:
		t.Fatalf("%s: %v, and yet an answer: %s", name, err, out)
	case err != nil && !errors.As(err, &bad) && !errors.As(err, &little):
		t.Fatalf("%s: an error that the contract does not know: %v", name, err)
	}
}

// FuzzCSV gives any bytes to every command that reads CSV.
func FuzzCSV(f *testing.F) {
	f.Add([]byte(vectorA))
	f.Add([]byte("dyad,session,client,therapist\nd,1,8,7\nd,2,7,6.5\n"))
	f.Add([]byte("id,pre,post\n1,80,106\n2,70,75\n"))
	f.Add([]byte("client,session,score\nx,1,20\nx,2,21\nx,3,9\nx,4,9\n"))
	f.Add([]byte("id,time,score\np,1,5\np,2.5,1e300\np,3,-1e300\n"))
	f.Add([]byte("series,time,value\n\"a\nb\",1,5\np,2.5,1e308\np,3,-1e308\np,4,1\np,5,1\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, sd := 0.8, 5.0
		change := analyze.ChangeFlags{R: &r, SD: &sd, Better: "lower"}
		defaults := analyze.AllianceFlags{Nu0: 8, S0: 1, K: 2.5, Window: 3, MinBaseline: 3, Lambda: 0.3, DriftLimit: 2.7}
		for name, command := range map[string]func(out *bytes.Buffer) error{
			"alliance":  func(out *bytes.Buffer) error { return analyze.Alliance(bytes.NewReader(data), out, defaults) },
			"agreement": func(out *bytes.Buffer) error { return analyze.Agreement(bytes.NewReader(data), out) },
			"change":    func(out *bytes.Buffer) error { return analyze.Change(bytes.NewReader(data), out, change) },
			"gains": func(out *bytes.Buffer) error {
				return analyze.Gains(bytes.NewReader(data), out, analyze.GainsFlags{Cutoff: 5})
			},
			"instability": func(out *bytes.Buffer) error { return analyze.Instability(bytes.NewReader(data), out) },
			"chart": func(out *bytes.Buffer) error {
				return analyze.Chart(bytes.NewReader(data), out, analyze.ChartFlags{Limits: 3})
			},
			"partition": func(out *bytes.Buffer) error { return analyze.Partition(bytes.NewReader(data), out) },
		} {
			var out bytes.Buffer
			err := command(&out)
			checkAnswer(t, name, out.Bytes(), err)
		}
	})
}

// FuzzScore gives any bytes as a form's answers.
func FuzzScore(f *testing.F) {
	f.Add([]byte(`{"phq9-1":2,"phq9-9":1}`))
	f.Add([]byte(`{"phq9-1":null,"phq9-2":"2","a":{"b":[1,{"c":2}]}}`))
	lib, err := measure.Instruments()
	if err != nil {
		f.Fatal(err)
	}
	phq9, _ := lib.Instrument("phq-9")
	f.Fuzz(func(t *testing.T, data []byte) {
		var out bytes.Buffer
		err := analyze.ScoreForm(bytes.NewReader(data), &out, phq9)
		checkAnswer(t, "score", out.Bytes(), err)
	})
}
