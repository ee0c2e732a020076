package measure_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"attune/internal/fault"
	"attune/internal/measure"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func library(t testing.TB) *measure.Library {
	t.Helper()
	lib, err := measure.Instruments()
	if err != nil {
		t.Fatal(err)
	}
	return lib
}

// ready is the instrument, filled with placeholder wording where it is a skeleton.
func ready(t testing.TB, id string) *measure.Instrument {
	t.Helper()
	ins, ok := library(t).Instrument(id)
	if !ok {
		t.Fatalf("there is no instrument %q", id)
	}
	if !ins.Skeleton() {
		return ins
	}
	filled, err := ins.Fill(wording(ins))
	if err != nil {
		t.Fatal(err)
	}
	return filled
}

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

// Every file's examples are worked by hand by its authors.
func TestExamples(t *testing.T) {
	count := 0
	for _, shipped := range library(t).All() {
		ins := ready(t, shipped.ID)
		for i, example := range ins.Examples {
			count++
			got, err := ins.Score(example.Answers, measure.Context{})
			if err != nil {
				t.Errorf("%s example %d: %v", ins.ID, i+1, err)
				continue
			}
			if diff := cmp.Diff(example, asExample(ins, example, got), cmpopts.EquateApprox(0, 1e-9), cmpopts.EquateEmpty(),
				cmp.Comparer(func(a, b measure.Value) bool { return a == b })); diff != "" {
				t.Errorf("%s example %d (-want +got):\n%s", ins.ID, i+1, diff)
			}
		}
	}
	if count < 60 {
		t.Errorf("%d examples were run, want all of at least 60", count)
	}
}

// asExample writes a result as the file's example would, as far as the example goes.
func asExample(ins *measure.Instrument, like measure.Example, got measure.Result) measure.Example {
	e := measure.Example{Answers: like.Answers, Note: like.Note, Score: score(got.Part), Subscales: map[string]*float64{}}
	for id, part := range got.Subscales {
		e.Subscales[id] = score(part)
	}
	if got.Band != "" {
		e.Band = &got.Band
	}
	if like.SubscaleBands != nil {
		e.SubscaleBands = map[string]string{}
		for id, part := range got.Subscales {
			e.SubscaleBands[id] = part.Band
		}
	}
	if like.Derived != nil {
		e.Derived = map[string]*float64{}
		for id, part := range got.Derived {
			e.Derived[id] = score(part)
		}
	}
	if like.Algorithms != nil {
		e.Algorithms = got.Algorithms
	}
	for _, rule := range ins.Safety(like.Answers, got) {
		e.Safety = append(e.Safety, rule.On()+":"+rule.Level)
	}
	return e
}

func score(p measure.Part) *float64 {
	if !p.Scored {
		return nil
	}
	return &p.Score
}

func all(ins *measure.Instrument, value float64) measure.Answers {
	answers := measure.Answers{}
	for _, item := range ins.Items {
		if item.Counts() {
			answers[item.LinkID] = measure.Number(value)
		}
	}
	return answers
}

func without(answers measure.Answers, linkIDs ...string) measure.Answers {
	for _, linkID := range linkIDs {
		delete(answers, linkID)
	}
	return answers
}

func TestScoreRules(t *testing.T) {
	phq9, gad7, dass, asc := ready(t, "phq-9"), ready(t, "gad-7"), ready(t, "dass-21"), ready(t, "asc-client")
	tests := []struct {
		name    string
		ins     *measure.Instrument
		answers measure.Answers
		scored  bool
		score   float64
		missing int
		band    string
	}{
		{"nothing answered is not 0", phq9, measure.Answers{}, false, 0, 9, ""},
		{"as many gaps as the rule bears: 7 × 9/7", phq9, without(all(phq9, 1), "phq9-1", "phq9-2"), true, 9, 2, "Mild"},
		{"one gap too many", phq9, without(all(phq9, 1), "phq9-1", "phq9-2", "phq9-3"), false, 0, 3, ""},
		{"a null answer is a gap", gad7, func() measure.Answers { a := all(gad7, 1); a["gad7-1"] = measure.Value{}; return a }(), true, 7, 1, "Mild"},
		{"a gap that is ignored adds nothing", ready(t, "phq-15"), without(all(ready(t, "phq-15"), 1), "phq15-4"), true, 14, 1, "Medium"},
		{"a form where gaps are ignored, with nothing answered", ready(t, "phq-15"), measure.Answers{}, false, 0, 15, ""},
		{"subscales only", dass, all(dass, 1), false, 0, 0, ""},
		{"an item that does not count changes nothing", asc, func() measure.Answers {
			a := all(asc, 4)
			a["asc-off"], a["asc-words"] = measure.Text("no"), measure.Text("thank you")
			return a
		}(), true, 10, 0, ""},
		{"gate answered no: the rest counts as 0", ready(t, "pc-ptsd-5"), measure.Answers{"pcptsd5-gate": measure.Number(0)}, true, 0, 0, "Below cut-off"},
		{"gate no, stale answers behind it", ready(t, "pc-ptsd-5"), measure.Answers{"pcptsd5-gate": measure.Number(0), "pcptsd5-1": measure.Number(1)}, true, 0, 0, "Below cut-off"},
		{"gate not answered", ready(t, "pc-ptsd-5"), measure.Answers{}, false, 0, 5, ""},
		{"a fraction between two bands", ready(t, "scs-sf"), func() measure.Answers {
			// Five of twelve items are 3 and seven 2 after reversal: 29/12 = 2.4167, above 2 and below 2.5.
			a := measure.Answers{}
			for i, item := range ready(t, "scs-sf").Items {
				x := 2.0
				if i < 5 {
					x = 3
				}
				if item.Reverse {
					x = 6 - x
				}
				a[item.LinkID] = measure.Number(x)
			}
			return a
		}(), true, 2.42, 0, "Low"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.ins.Score(tt.answers, measure.Context{})
			want := measure.Part{Scored: tt.scored, Score: tt.score, Missing: tt.missing, Band: tt.band}
			if diff := cmp.Diff(want, got.Part, cmpopts.EquateApprox(0, 1e-9)); err != nil || diff != "" {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestSubscaleProration(t *testing.T) {
	dass := ready(t, "dass-21")
	var depression []string
	for _, sub := range dass.Subscales {
		if sub.ID == "depression" {
			depression = sub.Items
		}
	}
	got, err := dass.Score(without(all(dass, 1), depression[0]), measure.Context{})
	if err != nil || got.Subscales["depression"] != (measure.Part{Scored: true, Score: 14, Missing: 1, Band: "Moderate"}) {
		t.Errorf("got %+v, %v; want 6 × 7/6 × 2 = 14 with one gap", got.Subscales["depression"], err)
	}
	got, _ = dass.Score(without(all(dass, 1), depression[0], depression[1]), measure.Context{})
	if got.Subscales["depression"].Scored || !got.Subscales["anxiety"].Scored {
		t.Errorf("got %+v, want depression alone not scored", got.Subscales)
	}
}

func TestDerivedNeedsAllSubscales(t *testing.T) {
	ipc := ready(t, "ipip-ipc")
	got, err := ipc.Score(without(all(ipc, 3), ipc.Items[0].LinkID), measure.Context{})
	if err != nil || got.Derived["dominance"].Scored && got.Derived["love"].Scored {
		t.Errorf("got %+v, %v; want an axis without one of its octants not scored", got.Derived, err)
	}
}

func TestAlgorithmUndecided(t *testing.T) {
	phq9 := ready(t, "phq-9")
	const id = "phq9_major_depressive_syndrome"
	tests := []struct {
		name         string
		answers      measure.Answers
		want, decide bool
	}{
		{"all high", all(phq9, 3), true, true},
		{"all low", all(phq9, 0), false, true},
		{"the ninth counts from 1", measure.Answers{"phq9-1": measure.Number(2), "phq9-2": measure.Number(2), "phq9-3": measure.Number(2),
			"phq9-4": measure.Number(2), "phq9-9": measure.Number(1)}, true, true},
		{"gaps could still make it", without(all(phq9, 1), "phq9-1", "phq9-2", "phq9-3", "phq9-4"), false, false},
		{"gaps could not make it", without(all(phq9, 1), "phq9-3"), false, true},
	}
	for _, tt := range tests {
		got, err := phq9.Score(tt.answers, measure.Context{})
		holds, decided := got.Algorithms[id]
		if err != nil || holds != tt.want || decided != tt.decide {
			t.Errorf("%s: holds %t, decided %t, error %v; want %t, %t", tt.name, holds, decided, err, tt.want, tt.decide)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	asc := ready(t, "asc-client")
	tests := []struct {
		name    string
		answers measure.Answers
		field   string
	}{
		{"a question the form does not ask", measure.Answers{"phq9-1": measure.Number(1)}, "phq9-1"},
		{"a value that no option has", measure.Answers{"asc-heard": measure.Number(5)}, "asc-heard"},
		{"a fraction", measure.Answers{"asc-heard": measure.Number(1.5)}, "asc-heard"},
		{"a number as a word", measure.Answers{"asc-heard": measure.Text("3")}, "asc-heard"},
		{"a number instead of words", measure.Answers{"asc-words": measure.Number(3)}, "asc-words"},
	}
	for _, tt := range tests {
		_, err := asc.Score(tt.answers, measure.Context{})
		if f, ok := fault.Of(err); !ok || f.Field != tt.field {
			t.Errorf("%s: error %v, want a fault at %s", tt.name, err, tt.field)
		}
	}
}

func TestShown(t *testing.T) {
	asc, gate := ready(t, "asc-client"), ready(t, "pc-ptsd-5")
	tests := []struct {
		name    string
		ins     *measure.Instrument
		item    string
		answers measure.Answers
		at      measure.Context
		want    bool
	}{
		{"no condition", asc, "asc-heard", nil, measure.Context{}, true},
		{"context holds", asc, "asc-better", nil, measure.Context{OpenRupture: true}, true},
		{"context does not hold", asc, "asc-better", nil, measure.Context{}, false},
		{"an answer among those", asc, "asc-wish", measure.Answers{"asc-off": measure.Text("unsure")}, measure.Context{}, true},
		{"another answer", asc, "asc-wish", measure.Answers{"asc-off": measure.Text("no")}, measure.Context{}, false},
		{"another answer, but the context", asc, "asc-wish", measure.Answers{"asc-off": measure.Text("no")}, measure.Context{OpenRupture: true}, true},
		{"equals", gate, "pcptsd5-3", measure.Answers{"pcptsd5-gate": measure.Number(1)}, measure.Context{}, true},
		{"does not equal", gate, "pcptsd5-3", measure.Answers{"pcptsd5-gate": measure.Number(0)}, measure.Context{}, false},
		{"not answered yet", gate, "pcptsd5-3", nil, measure.Context{}, false},
	}
	for _, tt := range tests {
		item, ok := tt.ins.Item(tt.item)
		if got := tt.ins.Shown(item, tt.answers, tt.at); !ok || got != tt.want {
			t.Errorf("%s: shown = %t, want %t", tt.name, got, tt.want)
		}
	}
}

func TestSafetyOnPartialAnswers(t *testing.T) {
	tests := []struct {
		name, id string
		answers  measure.Answers
		want     []string
	}{
		{"one answer of nine", "phq-9", measure.Answers{"phq9-9": measure.Number(1)}, []string{"phq9-9:prompt"}},
		{"two levels", "phq-9", measure.Answers{"phq9-9": measure.Number(2)}, []string{"phq9-9:prompt", "phq9-9:urgent"}},
		{"none", "phq-9", measure.Answers{"phq9-9": measure.Number(0), "phq9-1": measure.Number(3)}, nil},
		{"nothing answered", "phq-9", measure.Answers{}, nil},
		{"total not known yet", "audit-c", measure.Answers{"auditc-1": measure.Number(4), "auditc-2": measure.Number(4)}, nil},
		{"total known", "audit-c", measure.Answers{"auditc-1": measure.Number(4), "auditc-2": measure.Number(4), "auditc-3": measure.Number(0)}, []string{"total:review"}},
	}
	for _, tt := range tests {
		ins := ready(t, tt.id)
		result, err := ins.Score(tt.answers, measure.Context{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		var got []string
		for _, rule := range ins.Safety(tt.answers, result) {
			got = append(got, rule.On()+":"+rule.Level)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestSkeletonsRefuseUntilFilled(t *testing.T) {
	count := 0
	for _, ins := range library(t).All() {
		if !ins.Skeleton() {
			if !ins.Ready() {
				t.Errorf("%s is not ready", ins.ID)
			}
			continue
		}
		count++
		if _, err := ins.Score(ins.Examples[0].Answers, measure.Context{}); ins.Ready() || !errors.Is(err, measure.ErrNotFilled) {
			t.Errorf("%s: ready %t, error %v; want a refusal", ins.ID, ins.Ready(), err)
		}
		filled := ready(t, ins.ID)
		if !filled.Ready() || ins.Ready() || filled.Hash == ins.Hash {
			t.Errorf("%s: filled %t, the skeleton %t, hashes %s and %s", ins.ID, filled.Ready(), ins.Ready(), filled.Hash, ins.Hash)
		}
	}
	if count != 17 {
		t.Errorf("%d skeletons, want 17", count)
	}
}

func TestFillRefuses(t *testing.T) {
	ins, _ := library(t).Instrument("wai-sr")
	tests := map[string]func(*measure.Wording){
		"no permission":   func(w *measure.Wording) { w.Permission = " " },
		"a text missing":  func(w *measure.Wording) { delete(w.Items, "waisr-3") },
		"a label blank":   func(w *measure.Wording) { w.Options["waisr-3"][0] = " " },
		"a label missing": func(w *measure.Wording) { w.Options["waisr-3"] = w.Options["waisr-3"][1:] },
		"unknown item":    func(w *measure.Wording) { w.Items["waisr-13"] = "More" },
	}
	for name, spoil := range tests {
		w := wording(ins)
		spoil(&w)
		if _, err := ins.Fill(w); err == nil {
			t.Errorf("%s: filled nevertheless", name)
		}
	}
	if _, err := ready(t, "phq-9").Fill(wording(ready(t, "phq-9"))); err == nil {
		t.Error("a form with its wording was filled again")
	}
}

// Where a file says that its reliable change was computed, it follows from the file's own figures, as rounded there.
func TestComputedReliableChange(t *testing.T) {
	for _, ins := range library(t).All() {
		for _, rc := range append([]*measure.ReliableChange{&ins.ReliableChange}, subscaleChanges(ins)...) {
			if rc == nil || rc.RCI == nil || rc.SD == nil || rc.RCISource == nil || len(*rc.RCISource) < 12 || (*rc.RCISource)[:12] != "computed 95%" {
				continue
			}
			want := 1.96 * *rc.SD * math.Sqrt2 * math.Sqrt(1-*rc.Reliability)
			if math.Abs(*rc.RCI-want) > 0.051 {
				t.Errorf("%s: rci %v, computed %v", ins.ID, *rc.RCI, want)
			}
		}
	}
}

func subscaleChanges(ins *measure.Instrument) []*measure.ReliableChange {
	var changes []*measure.ReliableChange
	for _, sub := range ins.Subscales {
		changes = append(changes, sub.ReliableChange)
	}
	return changes
}

// Whatever is answered of whatever form: a total lies in its range, and gaps are counted.
func TestScoresStayInRange(t *testing.T) {
	lib := library(t)
	forms := map[string]*measure.Instrument{}
	var ids []string
	for _, ins := range lib.All() {
		forms[ins.ID] = ready(t, ins.ID)
		ids = append(ids, ins.ID)
	}
	rapid.Check(t, func(t *rapid.T) {
		ins := forms[rapid.SampledFrom(ids).Draw(t, "form")]
		answers := measure.Answers{}
		for _, item := range ins.Items {
			if item.Type == measure.TextType || rapid.IntRange(0, 9).Draw(t, "gap") == 0 {
				continue
			}
			answers[item.LinkID] = rapid.SampledFrom(item.Options).Draw(t, item.LinkID).Value
		}
		got, err := ins.Score(answers, measure.Context{})
		if err != nil {
			t.Fatal(err)
		}
		low, high := 0.0, 0.0
		if ins.Scoring.Range != nil {
			low, high = ins.Scoring.Range[0], ins.Scoring.Range[1]
		}
		if got.Score < low && got.Scored || got.Score > high {
			t.Fatalf("%s: score %v outside %v to %v", ins.ID, got.Score, low, high)
		}
		if got.Missing < 0 || got.Missing > len(ins.Items) || !got.Scored && got.Band != "" {
			t.Fatalf("%s: %+v", ins.ID, got.Part)
		}
	})
}
