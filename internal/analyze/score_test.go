package analyze_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"attune/internal/measure"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestScore(t *testing.T) {
	phq9 := `{"phq9-1":2,"phq9-2":2,"phq9-3":2,"phq9-4":1,"phq9-5":1,"phq9-6":1,"phq9-7":1,"phq9-8":0,"phq9-9":1}`
	answers(t, `{"instrument":"phq-9","version":"1.0.0","score":11,"scored":true,"missing":0,"band":"moderate","band_label":"Moderate","subscales":{},
		"algorithms":{"phq9_major_depressive_syndrome":false},"safety":[{"item":"phq9-9","level":"prompt"}]}`,
		phq9, "score", "--instrument", "phq-9")
	answers(t, `{"instrument":"phq-9","version":"1.0.0","score":null,"scored":false,"missing":8,"band":null,"subscales":{},
		"safety":[{"item":"phq9-9","level":"prompt"},{"item":"phq9-9","level":"urgent"}]}`,
		`{"phq9-9":3}`, "score", "--instrument", "phq-9")
}

// TestScoreExamples gives every example of every instrument to the command; a skeleton's with a wording made up for it.
func TestScoreExamples(t *testing.T) {
	lib, err := measure.Instruments()
	if err != nil {
		t.Fatal(err)
	}
	for _, ins := range lib.All() {
		args := []string{"score", "--instrument", ins.ID}
		if ins.Skeleton() {
			args = append(args, "--form", written(t, "wording.json", encoded(t, wording(ins))))
		}
		for _, example := range ins.Examples {
			var got scored
			if err := json.Unmarshal([]byte(answer(t, encoded(t, example.Answers), args...)), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(expected(example), got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s, %v (-want +got):\n%s", ins.ID, example.Answers, diff)
			}
		}
	}
}

// scored is what an example and an answer both tell.
type scored struct {
	Score     *float64            `json:"score"`
	Scored    bool                `json:"scored"`
	Band      *string             `json:"band"`
	BandLabel *string             `json:"band_label"`
	Subscales map[string]*float64 `json:"subscales"`
	Safety    []struct{ Item, Level string }
}

func expected(e measure.Example) scored {
	s := scored{Score: e.Score, Scored: e.Score != nil, BandLabel: e.Band, Subscales: e.Subscales}
	if e.Band != nil {
		lower := strings.ToLower(*e.Band)
		s.Band = &lower
	}
	for _, rule := range e.Safety {
		item, level, _ := strings.Cut(rule, ":")
		s.Safety = append(s.Safety, struct{ Item, Level string }{item, level})
	}
	return s
}

// wording makes up a text for every question and answer of a skeleton.
func wording(ins *measure.Instrument) measure.Wording {
	w := measure.Wording{Permission: "granted by the publisher to the practice until 2030", Items: map[string]string{}, Options: map[string][]string{}}
	for _, item := range ins.Items {
		w.Items[item.LinkID] = "Question " + item.LinkID
		for _, option := range item.Options {
			w.Options[item.LinkID] = append(w.Options[item.LinkID], "Answer "+option.Value.String())
		}
	}
	return w
}

func encoded(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestScoreFormRefuses(t *testing.T) {
	lib, err := measure.Instruments()
	if err != nil {
		t.Fatal(err)
	}
	skeleton, _ := lib.Instrument("csi-4")
	whole := wording(skeleton)
	without := func(change func(w *measure.Wording)) string {
		w := whole
		w.Items = maps.Clone(whole.Items)
		change(&w)
		return encoded(t, w)
	}
	first := slices.Sorted(maps.Keys(whole.Items))[0]
	tests := []struct{ name, form, wording, want string }{
		{"no permission", "csi-4", without(func(w *measure.Wording) { w.Permission = "" }), "the permission is missing"},
		{"no text", "csi-4", without(func(w *measure.Wording) { w.Items[first] = " " }), first + " has no text"},
		{"another form's question", "csi-4", without(func(w *measure.Wording) { w.Items["x"] = "?" }), `no item "x"`},
		{"no skeleton", "phq-9", encoded(t, whole), "only skeletons are filled"},
		{"no JSON", "csi-4", "{", "line 1"},
		{"an unknown field", "csi-4", `{"licence":"mine"}`, "unknown field"},
	}
	for _, tt := range tests {
		name := written(t, "wording.json", tt.wording)
		out, err := run(t, "{}", "score", "--instrument", tt.form, "--form", name)
		if exitCode(err) != 2 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), name) || out != "" {
			t.Errorf("%s: error %v, want one that names the file and says %s; output %q", tt.name, err, tt.want, out)
		}
	}
	if _, err := run(t, "{}", "score", "--instrument", "csi-4", "--form", "/no/such/file"); exitCode(err) != 2 {
		t.Errorf("a missing file: %v", err)
	}
}

// TestJSONFlag has every command take --json, as every other of the program does.
func TestJSONFlag(t *testing.T) {
	for command, input := range map[string]string{
		"analyze alliance": vectorA, "analyze network": "ego,alter_a,alter_b,weight\n", "analyze growth": sleepLater(t),
		"match": `{"therapists":[],"clients":[],"utility":[]}`, "score --instrument phq-9": `{"phq9-9":1}`,
	} {
		args := strings.Fields(command)
		if want, got := answer(t, input, args...), answer(t, input, append(args, "--json")...); got != want {
			t.Errorf("%s: with --json %s, without %s", command, got, want)
		}
	}
}
