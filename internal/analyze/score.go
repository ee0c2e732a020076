package analyze

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"

	"attune/internal/fault"
	"attune/internal/measure"
)

// ScoreFlags name the form.
type ScoreFlags struct {
	Instrument string `name:"instrument" required:"" help:"Id of the instrument, such as phq-9."`
}

type scoreAnswer struct {
	Instrument    string              `json:"instrument"`
	Version       string              `json:"version"`
	Score         *float64            `json:"score"`
	Scored        bool                `json:"scored"`
	Missing       int                 `json:"missing"`
	Band          *string             `json:"band"`
	Subscales     map[string]*float64 `json:"subscales"`
	SubscaleBands map[string]string   `json:"subscale_bands,omitempty"`
	Derived       map[string]*float64 `json:"derived,omitempty"`
	Algorithms    map[string]bool     `json:"algorithms,omitempty"` // provisional, for clinicians only
	Safety        []safetyAnswer      `json:"safety"`
}

type safetyAnswer struct {
	Item  string `json:"item"`
	Level string `json:"level"`
}

// Score reads one form's answers, a JSON object of raw values by link id, and answers what they come to and which safety
// rules fired.
func Score(in io.Reader, out io.Writer, flags ScoreFlags) error {
	lib, err := measure.Instruments()
	if err != nil {
		return err
	}
	ins, ok := lib.Instrument(flags.Instrument)
	if !ok {
		return badFlag("instrument", fmt.Sprintf("%q is not known", shorten(flags.Instrument)))
	}
	return ScoreForm(in, out, ins)
}

// ScoreForm is Score for a form at hand, such as a skeleton that a practice filled.
func ScoreForm(in io.Reader, out io.Writer, ins *measure.Instrument) error {
	data, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	var answers measure.Answers
	if err := decodeJSON(data, &answers); err != nil {
		return err
	}
	if answers == nil {
		return &BadInput{Line: 1, Problem: "answers are an object of values by link id"}
	}
	result, err := ins.Score(answers, measure.Context{})
	if errors.Is(err, measure.ErrNotFilled) {
		return badFlag("instrument", ins.ID+": "+err.Error())
	}
	if f, ok := fault.Of(err); ok {
		place := bytes.Index(data, []byte(strconv.Quote(f.Field)))
		return jsonAt(data, int64(place), f.Error())
	}
	if err != nil {
		return err
	}
	return writeJSON(out, scoreOf(ins, answers, result))
}

func scoreOf(ins *measure.Instrument, answers measure.Answers, result measure.Result) scoreAnswer {
	a := scoreAnswer{
		Instrument: ins.ID, Version: ins.Version, Score: scoreIn(result.Part), Scored: result.Scored, Missing: result.Missing,
		Subscales: map[string]*float64{}, SubscaleBands: map[string]string{}, Derived: map[string]*float64{},
		Algorithms: result.Algorithms, Safety: []safetyAnswer{},
	}
	if result.Band != "" {
		a.Band = &result.Band
	}
	for id, part := range result.Subscales {
		a.Subscales[id] = scoreIn(part)
		if part.Band != "" {
			a.SubscaleBands[id] = part.Band
		}
	}
	for id, part := range result.Derived {
		a.Derived[id] = scoreIn(part)
	}
	for _, rule := range ins.Safety(answers, result) {
		a.Safety = append(a.Safety, safetyAnswer{rule.On(), rule.Level})
	}
	return a
}

func scoreIn(p measure.Part) *float64 {
	if !p.Scored {
		return nil
	}
	return &p.Score
}
