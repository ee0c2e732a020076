package analyze

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"

	"attune/internal/measure"
	"attune/internal/outcome"
	"attune/internal/stat"
)

// fewCases is below how many first scores an SD or a cut-off from them is uncertain.
const fewCases = 30

// ChangeFlags say when a change is reliable and what it must cross. A nil pointer is a flag that was not given.
type ChangeFlags struct {
	SD         *float64 `name:"sd" help:"SD of the measure in the clinical sample; without it that of the pre scores."`
	R          *float64 `name:"r" help:"Reliability of the measure, 0 to below 1."`
	Cutoff     *float64 `name:"cutoff" help:"Cut-off between clinical and functional."`
	Method     string   `name:"method" enum:",a,b,c" default:"" help:"Cut-off a (from the pre scores), b (from the norm) or c (between)."`
	NormMean   *float64 `name:"norm-mean" help:"Mean of the functional sample, for b and c."`
	NormSD     *float64 `name:"norm-sd" help:"SD of the functional sample, for b and c."`
	Better     string   `name:"better" enum:",lower,higher" default:"" help:"The direction in which a score improves."`
	Instrument string   `name:"instrument" help:"Take reliable change, cut-off and direction from this instrument's file."`
}

type changeAnswer struct {
	SDiff    number                `json:"s_diff"`
	Cutoff   number                `json:"cutoff"`
	Counts   map[outcome.Class]int `json:"counts"`
	Warnings []string              `json:"warnings,omitempty"`

	rows    *pairs
	changes []outcome.Change
}

// write puts the answer out. Rows are written one by one, since there may be a million.
func (a changeAnswer) write(out io.Writer) error {
	head, err := json.Marshal(a)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(out, 1<<16)
	w.Write(head[:len(head)-1]) // an error stays with the writer until Flush
	w.WriteString(`,"rows":[`)
	var text []byte
	for i, change := range a.changes {
		text = text[:0]
		if i > 0 {
			text = append(text, ',')
		}
		text = append(text, `{"id":`...)
		text = appendText(text, string(a.rows.id(i)))
		text = append(text, `,"rc":`...)
		text = appendNumber(text, change.RC)
		text = append(text, `,"class":`...)
		text = appendText(text, string(change.Class))
		w.Write(append(text, '}'))
	}
	w.WriteString("]}\n")
	return w.Flush()
}

// Change reads id,pre,post and answers reliable change index and class of each row, in the order of the file, and counts.
func Change(in io.Reader, out io.Writer, flags ChangeFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	rows, err := readChanges(in)
	if err != nil {
		return err
	}
	answer := changeAnswer{Counts: map[outcome.Class]int{}, rows: rows, changes: make([]outcome.Change, len(rows.pre))}
	rule, err := flags.rule(rows, &answer)
	if err != nil {
		return err
	}
	answer.SDiff, answer.Cutoff = number(math.NaN()), number(math.NaN())
	if rule.SDiff > 0 {
		answer.SDiff = number(rule.SDiff)
	}
	if rule.Cutoff != nil {
		answer.Cutoff = number(rule.Cutoff.Value)
	}
	for _, class := range outcome.Classes {
		answer.Counts[class] = 0
	}
	for i, pre := range rows.pre {
		answer.changes[i] = rule.Change(pre, rows.post[i])
		answer.Counts[answer.changes[i].Class]++
	}
	return answer.write(out)
}

func readChanges(in io.Reader) (*pairs, error) {
	t := newTable(in, "id", "pre", "post")
	rows := new(pairs)
	for t.next() {
		id, pre, post := t.id(0), t.number(1), t.number(2)
		if t.err() == nil && !rows.add(id, pre, post) {
			t.fail(0, "%q is there twice: keep one", shorten(id))
		}
	}
	return rows, t.err()
}

// check refuses flags that do not go together, before any row is read.
func (f ChangeFlags) check() error {
	for _, one := range []struct {
		name  string
		value *float64
	}{{"sd", f.SD}, {"r", f.R}, {"cutoff", f.Cutoff}, {"norm-mean", f.NormMean}, {"norm-sd", f.NormSD}} {
		if one.value != nil && (math.IsNaN(*one.value) || math.IsInf(*one.value, 0)) {
			return badFlag(one.name, "must be a finite number")
		}
	}
	if f.Instrument != "" {
		if f.SD != nil || f.R != nil || f.Cutoff != nil || f.Method != "" || f.NormMean != nil || f.NormSD != nil || f.Better != "" {
			return badFlag("instrument", "brings everything with it: leave the other flags out")
		}
		return nil
	}
	normed := f.Method == "b" || f.Method == "c"
	switch {
	case f.Better == "":
		return badFlag("better", "is needed: lower or higher")
	case f.R == nil || !(*f.R >= 0 && *f.R < 1):
		return badFlag("r", "is needed: a reliability of at least 0 and below 1")
	case f.SD != nil && !(*f.SD > 0):
		return badFlag("sd", "must be above 0")
	case f.Cutoff != nil && f.Method != "":
		return badFlag("cutoff", "and --method exclude each other: give one")
	case normed && (f.NormMean == nil || f.NormSD == nil || !(*f.NormSD > 0)):
		return badFlag("method", f.Method+" needs --norm-mean and a --norm-sd above 0")
	case !normed && (f.NormMean != nil || f.NormSD != nil):
		return badFlag("norm-mean", "and --norm-sd go with --method b or c")
	}
	return nil
}

// rule works out what the flags leave to the pre scores.
func (f ChangeFlags) rule(rows *pairs, answer *changeAnswer) (outcome.Rule, error) {
	if f.Instrument != "" {
		return instrumentRule(f.Instrument)
	}
	mean, preSD := stat.Mean(rows.pre), stat.SD(rows.pre)
	sampled := f.SD == nil || f.Method == "a" || f.Method == "c"
	if sampled && !(preSD > 0) {
		return outcome.Rule{}, &TooLittle{"The pre scores are too few or all the same: give --sd and --cutoff."}
	}
	if sampled && len(rows.pre) < fewCases {
		answer.Warnings = append(answer.Warnings, fmt.Sprintf("the SD or the cut-off comes from %d pre scores: below %d it is uncertain", len(rows.pre), fewCases))
	}
	sd := preSD
	if f.SD != nil {
		sd = *f.SD
	}
	sDiff, err := outcome.DifferenceSE(sd, *f.R)
	if err != nil {
		return outcome.Rule{}, err
	}
	rule := outcome.Rule{SDiff: sDiff, Better: direction(f.Better)}
	if f.Cutoff == nil && f.Method == "" {
		answer.Warnings = append(answer.Warnings, "no cut-off: nobody can be recovered")
		return rule, nil
	}
	cutoff := f.cutoff(mean, preSD, rule.Better)
	rule.Cutoff = &cutoff
	return rule, nil
}

// cutoff is the one given, or worked out from the pre scores and the norm.
func (f ChangeFlags) cutoff(mean, preSD float64, better outcome.Better) outcome.Cutoff {
	switch {
	case f.Cutoff != nil:
		return outcome.Computed(*f.Cutoff, better)
	case f.Method == "a":
		return outcome.CutoffA(mean, preSD, better)
	case f.Method == "b":
		return outcome.CutoffB(*f.NormMean, *f.NormSD, better)
	}
	return outcome.CutoffC(mean, preSD, *f.NormMean, *f.NormSD, better)
}

func instrumentRule(id string) (outcome.Rule, error) {
	lib, err := measure.Instruments()
	if err != nil {
		return outcome.Rule{}, err
	}
	ins, ok := lib.Instrument(id)
	if !ok {
		return outcome.Rule{}, badFlag("instrument", fmt.Sprintf("%q is not known", shorten(id)))
	}
	rule, err := outcome.RuleOf(ins)
	if errors.Is(err, outcome.ErrNoReliableChange) {
		return outcome.Rule{}, badFlag("instrument", id+": "+err.Error())
	}
	return rule, err
}
