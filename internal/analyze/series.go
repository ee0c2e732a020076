package analyze

import (
	"fmt"
	"io"
	"math"

	"attune/internal/stat"
)

// fewRatings is below how many values a spread is hardly known.
const fewRatings = 5

type seriesAnswer[T any] struct {
	Series []T `json:"series"`
}

// each reads id,time,value rows under the given column names, and answers for each series by name, in order of time.
func each[T any](in io.Reader, out io.Writer, columns [3]string, one func(s *group[float64, float64]) T) error {
	t := newTable(in, columns[:]...)
	var all groups[float64, float64]
	for t.next() {
		all.add(t, 1, t.id(0), t.number(1), t.number(2))
	}
	if err := t.err(); err != nil {
		return err
	}
	answer := seriesAnswer[T]{Series: []T{}}
	for _, s := range all.sorted() {
		answer.Series = append(answer.Series, one(s))
	}
	return writeJSON(out, answer)
}

type instabilityAnswer struct {
	ID       string   `json:"id"`
	Mean     float64  `json:"mean"`
	ISD      number   `json:"isd"`
	RMSSD    number   `json:"rmssd"`
	Warnings []string `json:"warnings,omitempty"`
}

// Instability reads id,time,score and answers mean, individual SD and RMSSD of each id. Times give the order only.
func Instability(in io.Reader, out io.Writer) error {
	return each(in, out, [3]string{"id", "time", "score"}, func(s *group[float64, float64]) instabilityAnswer {
		x := s.values()
		a := instabilityAnswer{ID: s.id, Mean: stat.Mean(x), ISD: number(stat.SD(x)), RMSSD: number(stat.RMSSD(x))}
		if len(x) < fewRatings {
			a.Warnings = append(a.Warnings, fmt.Sprintf("%d ratings: fewer than %d hardly tell instability", len(x), fewRatings))
		}
		return a
	})
}

// ChartFlags are how wide the limits are.
type ChartFlags struct {
	Limits float64 `name:"limits" default:"3" help:"Limits at so many sigma from the centre."`
}

type chartAnswer struct {
	ID              string   `json:"id"`
	Centre          float64  `json:"centre"`
	MeanMovingRange number   `json:"mean_moving_range"`
	Sigma           number   `json:"sigma"`
	Lower           number   `json:"lower"`
	Upper           number   `json:"upper"`
	Outside         numbers  `json:"outside"` // times
	Warnings        []string `json:"warnings,omitempty"`
}

// Chart reads series,time,value and answers the individuals chart of each series; points outside are named by their time.
func Chart(in io.Reader, out io.Writer, flags ChartFlags) error {
	if !(flags.Limits > 0) || math.IsInf(flags.Limits, 1) {
		return badFlag("limits", "must be above 0")
	}
	return each(in, out, [3]string{"series", "time", "value"}, func(s *group[float64, float64]) chartAnswer {
		x := s.values()
		c, ok := stat.Individuals(x, flags.Limits)
		a := chartAnswer{ID: s.id, Outside: numbers{}}
		if !ok {
			none := number(math.NaN())
			a.Centre, a.MeanMovingRange, a.Sigma, a.Lower, a.Upper = stat.Mean(x), none, none, none, none
			a.Warnings = append(a.Warnings, "one value has no moving range: there are no limits")
			return a
		}
		a.Centre, a.MeanMovingRange, a.Sigma = c.Centre, number(c.MeanMovingRange), number(c.Sigma)
		a.Lower, a.Upper = number(c.Lower), number(c.Upper)
		for _, place := range c.Outside {
			a.Outside = append(a.Outside, s.rows[place].key)
		}
		if len(x) < fewRatings {
			a.Warnings = append(a.Warnings, fmt.Sprintf("%d values: limits from fewer than %d are hardly known", len(x), fewRatings))
		}
		if c.Sigma == 0 {
			a.Warnings = append(a.Warnings, "the series is flat: a ceiling or a habit of answering looks like this too")
		}
		return a
	})
}

type partitionAnswer struct {
	ID       string   `json:"id"`
	K        *int     `json:"k"` // values before the break
	RSS0     float64  `json:"rss0"`
	RSS1     number   `json:"rss1"`
	BIC0     number   `json:"bic0"`
	BIC1     number   `json:"bic1"`
	Warnings []string `json:"warnings,omitempty"`
}

// Partition reads series,time,value and answers the best single break of each series; k counts the values before it.
// A break is worth it where bic1 is below bic0. A BIC that a perfect fit makes infinite is null.
func Partition(in io.Reader, out io.Writer) error {
	return each(in, out, [3]string{"series", "time", "value"}, func(s *group[float64, float64]) partitionAnswer {
		x := s.values()
		b := stat.Partition(x)
		a := partitionAnswer{ID: s.id, RSS0: b.RSS0, RSS1: number(b.RSS1), BIC0: number(b.BIC0), BIC1: number(b.BIC1)}
		switch {
		case b.K > 0:
			a.K = &b.K
		case stat.Flat(x):
			a.Warnings = append(a.Warnings, "the series is flat: there is no break to find")
		default:
			a.Warnings = append(a.Warnings, "fewer than 4 values: a break needs 2 on each side")
		}
		if b.K > 0 && b.RSS1 == 0 {
			a.Warnings = append(a.Warnings, "two flat stretches fit exactly: the criterion has no finite value")
		}
		return a
	})
}
