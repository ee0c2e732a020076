package measure_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/measure"
)

func TestLibrary(t *testing.T) {
	lib := library(t)
	if got := len(lib.All()); got != 36 {
		t.Errorf("%d instruments, want 16 with wording, 17 skeletons and 3 check-ins", got)
	}
	phq9, ok := lib.Instrument("phq-9")
	if !ok || phq9.Title == "" || len(phq9.Hash) != 64 {
		t.Errorf("phq-9: found %t, title %q, hash %q", ok, phq9.Title, phq9.Hash)
	}
	if _, ok := lib.Instrument("phq"); ok {
		t.Error(`there is an instrument "phq"`)
	}
}

func TestRecoveryCutoff(t *testing.T) {
	tests := []struct {
		id    string
		value float64
		ok    bool
	}{{"gad-7", 8, true}, {"phq-9", 10, true}, {"phq-4", 0, false}, {"asc-client", 0, false}}
	for _, tt := range tests {
		got, ok := ready(t, tt.id).RecoveryCutoff()
		if ok != tt.ok || got.Value != tt.value {
			t.Errorf("%s: %v, %t; want %v, %t", tt.id, got.Value, ok, tt.value, tt.ok)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	file, err := os.ReadFile(filepath.Join("instruments", "phq-9.json"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, old, new string
		want           string // part of the error
	}{
		{"a field that is not known", `"id": "phq-9"`, `"id": "phq-9", "colour": "blue"`, "colour"},
		{"something after the end", "", "{}", "after the end"},
		{"another schema", `"schema_version": "1"`, `"schema_version": "2"`, "schema_version"},
		{"a direction that is none", `"higher_is_worse"`, `"sideways"`, "direction"},
		{"two items of one id", `"phq9-2",
      "text"`, `"phq9-1",
      "text"`, "phq9-1"},
		{"an item without text", `"Feeling down, depressed, or hopeless"`, `null`, "phq9-2"},
		{"a scored option that is a word", `"value": 3,
      "label": "Nearly every day"`, `"value": "three",
      "label": "Nearly every day"`, "not a number"},
		{"an option twice", `"value": 3,
      "label": "Nearly every day"`, `"value": 2,
      "label": "Nearly every day"`, "option 4"},
		{"a range that the items do not give", "0,\n      27", "0,\n      28", "range"},
		{"a method that is none", `"method": "sum"`, `"method": "median"`, "method"},
		{"a missing rule that is none", `"type": "prorate"`, `"type": "guess"`, "missing_rule"},
		{"more gaps than items", `"max_missing": 2`, `"max_missing": 9`, "max_missing"},
		{"bands in disorder", `"min": 5`, `"min": 4`, "band 2"},
		{"a comparator that is none", `"comparator": ">=",
    "meaning"`, `"comparator": "=>",
    "meaning"`, "comparator"},
		{"an algorithm over no item", `"phq9-9": 1`, `"phq9-10": 1`, "phq9-10"},
		{"a safety level that is none", `"level": "urgent"`, `"level": "panic"`, "level"},
		{"a safety rule on no item", `"item": "phq9-9",
      "comparator": ">=",
      "value": 2`, `"item": "phq9-10",
      "comparator": ">=",
      "value": 2`, "safety rule 2"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed := strings.Replace(string(file), tt.old, tt.new, 1)
			if tt.old == "" {
				changed = string(file) + tt.new
			}
			if changed == string(file) {
				t.Fatal("the file does not hold what the test changes")
			}
			if _, err := measure.Parse([]byte(changed)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %q", err, tt.want)
			}
		})
	}
}

// FuzzParse reads any bytes as an instrument file: what is accepted can be asked and scored.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"*.json", "local/*.json", "skeletons/*.json"} {
		names, err := filepath.Glob(filepath.Join("instruments", pattern))
		if err != nil || len(names) == 0 {
			f.Fatal(pattern, err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		ins, err := measure.Parse(data)
		if err != nil || !ins.Ready() {
			return
		}
		answers := measure.Answers{}
		for _, item := range ins.Items {
			if len(item.Options) > 0 {
				answers[item.LinkID] = item.Options[0].Value
			}
		}
		result, err := ins.Score(answers, measure.Context{OpenRupture: true})
		if err != nil {
			t.Fatalf("the form's own options are refused: %v", err)
		}
		if result.Missing != 0 {
			t.Fatalf("everything was answered, and %d are missing", result.Missing)
		}
		ins.Safety(answers, result)
	})
}

// FuzzAnswers reads any bytes as a client's answers: nothing panics, and what is read is written back as the same.
func FuzzAnswers(f *testing.F) {
	f.Add([]byte(`{"phq9-1":2,"phq9-9":1,"phq9-difficulty":null}`))
	f.Add([]byte(`{"phq9-1":"2"}`))
	f.Add([]byte(`{"phq9-1":1e309}`))
	f.Add([]byte(`{"phq9-1":[1]}`))
	phq9 := ready(f, "phq-9")
	f.Fuzz(func(t *testing.T, data []byte) {
		var answers measure.Answers
		if json.Unmarshal(data, &answers) != nil {
			return
		}
		result, err := phq9.Score(answers, measure.Context{})
		if err != nil && result.Scored {
			t.Fatal("refused and scored")
		}
		phq9.Safety(answers, result)
		written, err := json.Marshal(answers)
		if err != nil {
			t.Fatal(err)
		}
		var again measure.Answers
		if err := json.Unmarshal(written, &again); err != nil {
			t.Fatal(err)
		}
		if twice, _ := json.Marshal(again); !bytes.Equal(written, twice) {
			t.Fatalf("%s became %s", written, twice)
		}
	})
}
