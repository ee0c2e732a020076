package analyze

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"attune/internal/stat/mixed"
)

// ExpectFlags say of whom, from what and for when.
type ExpectFlags struct {
	ModelFlags
	Params string  `name:"params" placeholder:"FILE" help:"What analyze growth printed; without it the model is fitted on all other clients."`
	For    string  `name:"for" required:"" placeholder:"CLIENT" help:"The client."`
	Upto   int     `name:"upto" required:"" placeholder:"K" help:"How many of the client's first rows are known; 0 for none."`
	At     float64 `name:"at" required:"" placeholder:"T" help:"The time to predict, in the unit of the file."`
}

type expectAnswer struct {
	Client   string   `json:"client"`
	Upto     int      `json:"upto"`
	At       float64  `json:"at"`
	Mean     float64  `json:"mean"`
	SD       float64  `json:"sd"`
	Low80    float64  `json:"low80"`
	High80   float64  `json:"high80"`
	Warnings []string `json:"warnings"`
}

// z80 is the normal quantile that holds the central 80 %.
const z80 = 1.2815515655446004

// Expect reads client,time,score and answers the distribution of one client's score at a time, given the first rows. The SD is that of
// a single score with the parameters held fixed.
func Expect(in io.Reader, out io.Writer, flags ExpectFlags) error {
	var params mixed.Params
	warnings := []string{}
	if flags.Params != "" {
		known, err := readParams(flags.Params)
		if err != nil {
			return err
		}
		params, flags.Time, warnings = known.params(), known.Time, list(known.Warnings)
	}
	own, others, err := flags.rows(in)
	if err != nil {
		return err
	}
	if flags.Upto < 0 || flags.Upto > len(own) {
		return badFlag("upto", fmt.Sprintf("is %d, but client %q has %d rows", flags.Upto, shorten(flags.For), len(own)))
	}
	if flags.Params == "" {
		fit, err := others.Summary().Fit(flags.options())
		if err != nil {
			return tooLittle(err)
		}
		params, warnings = fit.Params, fit.Warnings
	}
	at, err := flags.at()
	if err != nil {
		return err
	}
	p, err := params.Predict(own[:flags.Upto], mixed.Row{Time: at})
	if err != nil {
		return &BadInput{Problem: err.Error()}
	}
	low, high := p.Interval(z80)
	return writeJSON(out, expectAnswer{flags.For, flags.Upto, flags.At, p.Mean, p.SD, low, high, warnings})
}

func (f ExpectFlags) at() (float64, error) {
	switch {
	case math.IsNaN(f.At) || math.IsInf(f.At, 0):
		return 0, badFlag("at", "must be a finite number")
	case f.Time == "linear":
		return f.At, nil
	case f.At < 1:
		return 0, badFlag("at", fmt.Sprintf("is %v: --time log counts from 1", f.At))
	}
	return math.Log(f.At), nil
}

// rows gives the client's own rows in order of time, and the sums of all others.
func (f ExpectFlags) rows(in io.Reader) (own []mixed.Row, others *mixed.Data, err error) {
	t := newTable(in, "client", "time", "score")
	others = mixed.NewData(0)
	var times timesSeen
	for t.next() {
		client, time, score := t.id(0), t.number(1), t.number(2)
		row := mixed.Row{Time: modelTime(t, time, f.Time), Score: score}
		if !times.first(client, time) {
			t.fail(1, "%v of %q is there twice: keep one", time, shorten(client))
		}
		if t.err() != nil {
			break
		}
		if client == f.For {
			own = append(own, row)
			continue
		}
		if err := others.Add(client, row); err != nil {
			return nil, nil, err
		}
	}
	slices.SortFunc(own, func(a, b mixed.Row) int { return cmp.Compare(a.Time, b.Time) })
	return own, others, t.err()
}

func readParams(name string) (growthAnswer, error) {
	file, err := os.Open(name)
	if err != nil {
		return growthAnswer{}, noFile(err)
	}
	defer file.Close()
	a, err := parseParams(file)
	return a, inFile(name, err)
}

// parseParams reads what analyze growth printed, and refuses what it cannot have printed.
func parseParams(in io.Reader) (growthAnswer, error) {
	var a growthAnswer
	if err := readJSON(in, &a); err != nil {
		return a, err
	}
	if a.Time != "log" && a.Time != "linear" {
		return a, badFlag("params", fmt.Sprintf("has time %q: it must be what analyze growth printed", shorten(a.Time)))
	}
	_, intercept := a.Fixed["intercept"]
	_, slope := a.Fixed["slope"]
	if !intercept || !slope || len(a.Fixed) != 2 {
		return a, badFlag("params", "must have an intercept and a slope, and no covariates: expect has no values for them")
	}
	if corr := float64(a.Random.Corr); !(math.Abs(corr) <= 1) {
		return a, badFlag("params", fmt.Sprintf("has a correlation of %v", corr))
	}
	if err := a.params().Validate(); err != nil {
		return a, badFlag("params", "cannot be used: "+err.Error())
	}
	return a, nil
}

// params are the estimates in the form that predicts. Nulls were read as 0.
func (a growthAnswer) params() mixed.Params {
	v0, v1 := a.Random.VarIntercept, float64(a.Random.VarSlope)
	return mixed.Params{
		Fixed: []float64{a.Fixed["intercept"], a.Fixed["slope"]}, VarIntercept: v0, VarSlope: v1,
		Covariance: float64(a.Random.Corr) * math.Sqrt(v0) * math.Sqrt(v1), Residual: a.ResidualVar,
	}
}
