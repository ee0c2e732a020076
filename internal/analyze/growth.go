package analyze

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"attune/internal/stat/mixed"
)

// ModelFlags choose the mixed model.
type ModelFlags struct {
	Time   string `name:"time" enum:"log,linear" default:"log" help:"Courses are straight over ln(time), from time 1 on, or over time itself."`
	Random string `name:"random" enum:"slope,intercept" default:"slope" help:"What differs between clients: intercept and slope, or the intercept alone."`
	Method string `name:"method" enum:"reml,ml" default:"reml" help:"Restricted or full maximum likelihood."`
}

func (f ModelFlags) options() mixed.Options {
	return mixed.Options{RandomSlope: f.Random == "slope", ML: f.Method == "ml"}
}

// GrowthFlags are the model, and what to do with it.
type GrowthFlags struct {
	ModelFlags
	Covariates []string `name:"covariates" placeholder:"a,b" help:"Further columns of numbers that the expected score depends on."`
	Partial    bool     `name:"partial" xor:"part" help:"Write the sufficient statistics of these clients instead of a fit: no ids, no rows."`
	Merge      bool     `name:"merge" xor:"part" help:"Fit the files that --partial wrote, all together."`
	Plot       string   `name:"plot" placeholder:"FILE.svg" help:"Draw the expected course with its 80 % band, and clients' own courses."`
}

type growthAnswer struct {
	N             int                `json:"n"`
	Clients       int                `json:"clients"`
	Time          string             `json:"time"`
	Method        string             `json:"method"`
	Fixed         map[string]float64 `json:"fixed"`
	SE            map[string]float64 `json:"se"`
	Random        randomAnswer       `json:"random"`
	ResidualVar   float64            `json:"residual_var"`
	Criterion     float64            `json:"criterion"`
	LogLik        float64            `json:"loglik"`
	AIC           float64            `json:"aic"`
	BIC           float64            `json:"bic"`
	Converged     bool               `json:"converged"`
	Singular      bool               `json:"singular"`
	ClientEffects []effectAnswer     `json:"client_effects,omitempty"`
	Warnings      []string           `json:"warnings"`
}

// randomAnswer has nulls where the model has no slopes, or a variance of zero leaves no correlation.
type randomAnswer struct {
	VarIntercept float64 `json:"var_intercept"`
	VarSlope     number  `json:"var_slope"`
	Corr         number  `json:"corr"`
}

type effectAnswer struct {
	Client      string  `json:"client"`
	Intercept   float64 `json:"intercept"`
	Slope       float64 `json:"slope"`
	InterceptSD float64 `json:"intercept_sd"`
	SlopeSD     float64 `json:"slope_sd"`
}

// partialKind names the form of the file, so that a later form is not read as this one.
const partialKind = "attune-growth-partial-1"

type partialAnswer struct {
	Kind       string        `json:"kind"`
	Time       string        `json:"time"`
	Covariates []string      `json:"covariates"`
	Statistics mixed.Summary `json:"statistics"`
	Warnings   []string      `json:"warnings"`
}

// Growth reads client,time,score and the covariates' columns, and answers a fit of the mixed model with empirical Bayes estimates
// of every client, or with Partial the statistics that such a fit needs.
//
// Memory grows with clients for whole times below 64; other times are kept, at 8 bytes a row, to find duplicates.
func Growth(in io.Reader, out io.Writer, flags GrowthFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	rows, err := readGrowth(in, flags)
	if err != nil {
		return err
	}
	if flags.Partial {
		return writeJSON(out, partialOf(rows.data.Summary(), flags))
	}
	summary := rows.data.Summary()
	fit, err := summary.Fit(flags.options())
	if err != nil {
		return tooLittle(err)
	}
	effects, err := rows.data.Effects(fit.Params)
	if err != nil {
		return tooLittle(err)
	}
	slices.SortFunc(effects, func(a, b mixed.Effect) int { return cmp.Compare(a.Client, b.Client) })
	answer := growthOf(fit, flags)
	for _, e := range effects {
		answer.ClientEffects = append(answer.ClientEffects, effectAnswer(e))
	}
	if flags.Plot != "" {
		draw := func(b *bytes.Buffer) {
			plotGrowth(b, growthPlot{fit, summary, effects, rows.low, rows.high, flags.Time})
		}
		if err := plotFile(flags.Plot, draw); err != nil {
			return err
		}
	}
	return writeJSON(out, answer)
}

func (f GrowthFlags) check() error {
	for i, name := range f.Covariates {
		if slices.Contains([]string{"", "client", "time", "score", "intercept", "slope"}, name) || slices.Contains(f.Covariates[:i], name) {
			return badFlag("covariates", fmt.Sprintf("names %q, which is taken: rename the column", name))
		}
	}
	if f.Plot != "" && (f.Partial || f.Merge) {
		return badFlag("plot", "needs the rows themselves: leave out --partial and --merge")
	}
	return nil
}

// growthRows is what was read: sums, and the range of times as the model sees them.
type growthRows struct {
	data      *mixed.Data
	low, high float64
}

func readGrowth(in io.Reader, flags GrowthFlags) (growthRows, error) {
	t := newTable(in, append([]string{"client", "time", "score"}, flags.Covariates...)...)
	rows := growthRows{mixed.NewData(len(flags.Covariates)), math.Inf(1), math.Inf(-1)}
	var times timesSeen
	covariates := make([]float64, len(flags.Covariates))
	for t.next() {
		client, time, score := t.id(0), t.number(1), t.number(2)
		for i := range covariates {
			covariates[i] = t.number(3 + i)
		}
		at := modelTime(t, time, flags.Time)
		if !times.first(client, time) {
			t.fail(1, "%v of %q is there twice: keep one", time, shorten(client))
		}
		if t.err() != nil {
			break
		}
		rows.low, rows.high = min(rows.low, at), max(rows.high, at)
		if err := rows.data.Add(client, mixed.Row{Time: at, Score: score, Covariates: covariates}); err != nil {
			return rows, err
		}
	}
	return rows, t.err()
}

// modelTime is the time as the model sees it. Column 1 of the table is to blame where there is none.
func modelTime(t *table, time float64, scale string) float64 {
	if scale == "linear" {
		return time
	}
	if time < 1 {
		t.fail(1, "%v is below 1: --time log counts from 1, or use --time linear", time)
		return 0
	}
	return math.Log(time)
}

func partialOf(s mixed.Summary, flags GrowthFlags) partialAnswer {
	p := partialAnswer{partialKind, flags.Time, list(flags.Covariates), s, []string{}}
	if alone := s.Alone(); alone > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d clients with fewer than 3 rows share their times with nobody: their scores can be worked out from this file", alone))
	}
	return p
}

// GrowthMerge fits the files that --partial wrote together; the answer is that of one fit over all their clients, who must be
// different people, without client effects.
func GrowthMerge(files []string, out io.Writer, flags GrowthFlags) error {
	if err := flags.check(); err != nil {
		return err
	}
	if len(files) == 0 {
		return badFlag("merge", "needs the files that --partial wrote")
	}
	var all mixed.Summary
	for i, name := range files {
		p, err := readPartial(name, flags)
		if err != nil {
			return err
		}
		if i == 0 {
			all = p.Statistics
			continue
		}
		if err := all.Merge(p.Statistics); err != nil {
			return &BadInput{Problem: name + ": " + err.Error()}
		}
	}
	fit, err := all.Fit(flags.options())
	if err != nil {
		return tooLittle(err)
	}
	return writeJSON(out, growthOf(fit, flags))
}

func readPartial(name string, flags GrowthFlags) (partialAnswer, error) {
	file, err := os.Open(name)
	if err != nil {
		return partialAnswer{}, noFile(err)
	}
	defer file.Close()
	p, err := parsePartial(file)
	if err := inFile(name, err); err != nil {
		return p, err
	}
	if p.Time != flags.Time {
		return p, badFlag("time", fmt.Sprintf("%s does not suit %s, which was made with --time %s", flags.Time, name, p.Time))
	}
	if !slices.Equal(p.Covariates, list(flags.Covariates)) {
		return p, badFlag("covariates", fmt.Sprintf("%q do not suit %s, which was made with %q", flags.Covariates, name, p.Covariates))
	}
	return p, nil
}

func parsePartial(in io.Reader) (partialAnswer, error) {
	var p partialAnswer
	if err := readJSON(in, &p); err != nil {
		return p, err
	}
	if p.Kind != partialKind {
		return p, &BadInput{Line: 1, Problem: fmt.Sprintf("this is not a file that --partial wrote: its kind is %q, not %q", shorten(p.Kind), partialKind)}
	}
	if err := p.Statistics.Validate(); err != nil || p.Statistics.Covariates != len(p.Covariates) {
		return p, &BadInput{Line: 1, Problem: "the statistics cannot come from scores: make the file again"}
	}
	return p, nil
}

func growthOf(fit mixed.Fit, flags GrowthFlags) growthAnswer {
	a := growthAnswer{
		N: fit.Rows, Clients: fit.Clients, Time: flags.Time, Method: flags.Method,
		Fixed: map[string]float64{}, SE: map[string]float64{},
		Random:      randomAnswer{fit.VarIntercept, number(math.NaN()), number(math.NaN())},
		ResidualVar: fit.Residual, Criterion: fit.Criterion, LogLik: fit.LogLik, AIC: fit.AIC, BIC: fit.BIC,
		Converged: fit.Converged, Singular: fit.Singular, Warnings: fit.Warnings,
	}
	for i, name := range append([]string{"intercept", "slope"}, flags.Covariates...) {
		a.Fixed[name], a.SE[name] = fit.Fixed[i], fit.SE[i]
	}
	if fit.RandomSlope {
		a.Random.VarSlope = number(fit.VarSlope)
		if corr, ok := fit.Corr(); ok {
			a.Random.Corr = number(corr)
		}
	}
	return a
}

// tooLittle turns the model's refusal into this package's, for its exit code.
func tooLittle(err error) error {
	var little *mixed.TooLittle
	if errors.As(err, &little) {
		return &TooLittle{Problem: little.Reason}
	}
	return &BadInput{Problem: err.Error()}
}
