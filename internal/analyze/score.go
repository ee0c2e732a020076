package analyze

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"attune/internal/fault"
	"attune/internal/measure"
)

// ScoreFlags name the form.
type ScoreFlags struct {
	Instrument string `name:"instrument" required:"" help:"Id of the instrument, such as phq-9."`
	Form       string `name:"form" placeholder:"FILE" help:"The practice's own wording of a skeleton (JSON: permission, items, options)."`
}

type scoreAnswer struct {
	Instrument    string              `json:"instrument"`
	Version       string              `json:"version"`
	Score         *float64            `json:"score"`
	Scored        bool                `json:"scored"`
	Missing       int                 `json:"missing"`
	Band          *string             `json:"band"`                 // in lower case
	BandLabel     *string             `json:"band_label,omitempty"` // as the instrument's file has it
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
	if flags.Form != "" {
		if ins, err = filled(ins, flags.Form); err != nil {
			return err
		}
	}
	return ScoreForm(in, out, ins)
}

// filled is the skeleton with the wording of a file.
func filled(ins *measure.Instrument, name string) (*measure.Instrument, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, noFile(err)
	}
	defer file.Close()
	var wording measure.Wording
	if err := inFile(name, readJSON(file, &wording)); err != nil {
		return nil, err
	}
	whole, err := ins.Fill(wording)
	if err != nil {
		return nil, badFlag("form", name+": "+err.Error())
	}
	return whole, nil
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
		return badFlag("instrument", ins.ID+": "+err.Error()+", then give it with --form")
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
		band := strings.ToLower(result.Band)
		a.Band, a.BandLabel = &band, &result.Band
	}
	for id, part := range result.Subscales {
		a.Subscales[id] = scoreIn(part)
		if part.Band != "" {
			a.SubscaleBands[id] = strings.ToLower(part.Band)
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
