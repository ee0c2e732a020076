package measure

import (
	"errors"
	"math"
)

// ErrNotFilled refuses to score a skeleton whose wording the practice has not filled.
var ErrNotFilled = errors.New("this form has no wording yet: fill it from the practice's own licensed copy and record the permission")

// Part is a total or a subscale.
type Part struct {
	Scored  bool    // false: to be shown as "not scored", never as 0
	Score   float64 // where Scored, in the units of the form
	Missing int     // gaps among its items
	Band    string  // where Scored; empty where the form has no bands
}

// Result is what a form's answers come to.
type Result struct {
	Part                       // the total; never scored where the form has subscales only
	Subscales  map[string]Part // by subscale id
	Derived    map[string]Part // by id; scored where all its subscales are
	Algorithms map[string]bool // by id, provisional and for clinicians only; absent while gaps leave it undecided
}

// Score works out total, subscales, bands, derived scores and algorithms from raw answers, by the rules of
// instruments/README.md. Items that do not count never enter; an item whose condition is answered and not met counts as 0
// and as answered; reversed items enter as lowest + highest option − raw. A sum is prorated as sum × items / answered.
// Where more is missing than the form's rule bears, or nothing is answered, Scored is false. Scores carry no
// standard error here: the form's ReliableChange holds what is known of it.
// It refuses ErrNotFilled, and answers that Check refuses. (Sources: each file's `source`.)
func (ins *Instrument) Score(answers Answers, at Context) (Result, error) {
	if !ins.Ready() {
		return Result{}, ErrNotFilled
	}
	if err := ins.Check(answers); err != nil {
		return Result{}, err
	}
	s := sheet{}
	var counting []string
	for _, item := range ins.Items {
		s[item.LinkID] = item.entry(answers, at)
		if item.Counts() {
			counting = append(counting, item.LinkID)
		}
	}
	result := Result{Part: Part{Missing: s.missing(counting)}, Subscales: map[string]Part{}, Derived: map[string]Part{}, Algorithms: map[string]bool{}}
	if ins.Scoring.Method != MethodNone {
		result.Part = s.part(counting, ins.Scoring, ins.Bands)
	}
	for _, sub := range ins.Subscales {
		rule := Scoring{Method: sub.Method, Multiplier: sub.Multiplier, Decimals: ins.Scoring.Decimals, MissingRule: ins.Scoring.MissingRule}
		if sub.MissingRule != nil {
			rule.MissingRule = *sub.MissingRule
		}
		result.Subscales[sub.ID] = s.part(sub.Items, rule, sub.Bands)
	}
	for _, derived := range ins.Derived {
		result.Derived[derived.ID] = derived.score(result.Subscales)
	}
	for _, algorithm := range ins.Algorithms {
		if holds, decided := s.holds(algorithm); decided {
			result.Algorithms[algorithm.ID] = holds
		}
	}
	return result, nil
}

// sheet is a form's items with their answers turned into numbers.
type sheet map[string]entry

type entry struct {
	answered    bool
	raw, scored float64
}

func (i Item) entry(answers Answers, at Context) entry {
	if met, known := i.EnableWhen.state(answers, at); known && !met {
		return entry{answered: true}
	}
	raw, ok := answers[i.LinkID].Number()
	if !ok {
		return entry{}
	}
	e := entry{answered: true, raw: raw, scored: raw}
	if i.Reverse {
		low, high := i.ends()
		e.scored = low + high - raw
	}
	return e
}

// ends are the lowest and highest number among the options.
func (i Item) ends() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, option := range i.Options {
		if x, ok := option.Value.Number(); ok {
			low, high = min(low, x), max(high, x)
		}
	}
	return low, high
}

func (s sheet) missing(items []string) int {
	n := 0
	for _, linkID := range items {
		if !s[linkID].answered {
			n++
		}
	}
	return n
}

func (s sheet) part(items []string, rule Scoring, bands []Band) Part {
	p := Part{Missing: s.missing(items)}
	answered := len(items) - p.Missing
	if answered == 0 {
		return p
	}
	var sum float64
	for _, linkID := range items {
		sum += s[linkID].scored
	}
	switch rule.MissingRule.Type {
	case Prorate:
		if p.Missing > rule.MissingRule.MaxMissing {
			return p
		}
	case Ignore:
		answered = len(items)
	default:
		if p.Missing > 0 {
			return p
		}
	}
	p.Scored, p.Score = true, rule.score(sum, answered, len(items))
	p.Band = bandOf(p.Score, bands)
	return p
}

// score turns a sum over the answered items into a score over all of them. Products come before the division, so that
// halves are exact and are rounded up as the rule says.
func (r Scoring) score(sum float64, answered, items int) float64 {
	var score float64
	switch {
	case r.Method == MethodMean:
		decimals := 2
		if r.Decimals != nil {
			decimals = *r.Decimals
		}
		scale := math.Pow10(decimals)
		score = math.Floor(sum*scale/float64(answered)+0.5) / scale
	case answered == items:
		score = sum
	default:
		score = sum * float64(items) / float64(answered)
		if r.MissingRule.Rounding == HalfUp {
			score = math.Floor(score + 0.5)
		}
	}
	if r.Multiplier != 0 {
		score *= r.Multiplier
	}
	return score
}

func bandOf(score float64, bands []Band) string {
	label := ""
	for _, band := range bands {
		if band.Min <= score {
			label = band.Label
		}
	}
	return label
}

func (d Derived) score(subscales map[string]Part) Part {
	p := Part{Scored: true}
	for _, id := range sortedKeys(d.Weights) {
		sub := subscales[id]
		p.Scored = p.Scored && sub.Scored
		p.Missing += sub.Missing
		p.Score += d.Weights[id] * sub.Score
	}
	if !p.Scored {
		p.Score = 0
	}
	return p
}

// holds tells whether every row of the algorithm holds, and whether the gaps leave that open.
func (s sheet) holds(a Algorithm) (holds, decided bool) {
	holds, possible := true, true
	for _, row := range a.AllOf {
		met, open := 0, 0
		for _, linkID := range row.Items {
			least := row.MinValue
			if own, ok := row.ItemMinValue[linkID]; ok {
				least = own
			}
			switch e := s[linkID]; {
			case !e.answered:
				open++
			case e.raw >= least:
				met++
			}
		}
		holds = holds && met >= row.AtLeast
		possible = possible && met+open >= row.AtLeast
	}
	return holds, holds || !possible
}
