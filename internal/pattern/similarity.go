package pattern

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"attune/internal/stat"
)

// DefaultPermutations and DefaultEpisodes are the published design of the similarity test (methods 4.2).
const (
	DefaultPermutations = 2000
	DefaultEpisodes     = 4 // in each relationship, for a similarity to be shown
)

// Similarity is how alike two relationships are in their themes.
type Similarity struct {
	A, B       int     // episodes of each
	Cosine     float64 // of the two vectors of pervasiveness over the union of their themes, 0 to 1
	Spearman   float64 // rank correlation of the same vectors, −1 to 1; 0 where one is constant
	Percentile float64 // share of shuffles with a cosine at or below the one seen, 0 to 1
	Enough     bool    // both have the least number of episodes
	Warnings   []string
}

// Compare works out the cosine of two relationships' themes, and how it stands among shuffles in which the episodes
// keep their themes but lose their relationship (methods 4.2). A high cosine is common by chance where episodes are few;
// a low percentile says that the two differ more than chance would make them, a middling one that they are as alike as
// if they were one. It says nothing of why. The same seed gives the same percentile for episodes in the same order; its standard error is at most
// 0.5/√permutations. It assumes episodes are exchangeable within a relationship.
//
// It refuses a relationship without any theme, and no permutations; few of them carry a warning.
func Compare(a, b []Tags, permutations, least int, seed uint64) (Similarity, error) {
	if permutations < 1 {
		return Similarity{}, fmt.Errorf("%d permutations cannot give a percentile: use 2000", permutations)
	}
	pool := number(append(slices.Clone(a), b...))
	t := newTally(pool.themes)
	seen, spearman := t.cosine(pool.episodes, len(a))
	if math.IsNaN(seen) {
		return Similarity{}, errors.New("both relationships need episodes with themes")
	}
	s := Similarity{A: len(a), B: len(b), Cosine: seen, Spearman: spearman, Enough: len(a) >= least && len(b) >= least, Warnings: []string{}}
	s.Percentile = t.atOrBelow(pool.episodes, len(a), seen, permutations, stat.Seeded(seed))
	if !s.Enough {
		s.Warnings = append(s.Warnings, fmt.Sprintf("fewer than %d episodes in one of them: do not show it", least))
	}
	if permutations < 1000 {
		s.Warnings = append(s.Warnings, "few permutations: the percentile is rough")
	}
	return s, nil
}

// pool is the episodes of two relationships, a's before b's, with their themes numbered by name.
type pool struct {
	themes   int
	episodes [][]int
}

func number(episodes []Tags) pool {
	numbers := map[string]int{}
	var names []string
	for _, e := range episodes {
		for _, name := range e {
			if _, ok := numbers[name]; !ok {
				numbers[name] = 0
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	for i, name := range names {
		numbers[name] = i
	}
	p := pool{themes: len(names)}
	for _, e := range episodes {
		var list []int
		for name := range once(e) {
			list = append(list, numbers[name])
		}
		slices.Sort(list)
		p.episodes = append(p.episodes, list)
	}
	return p
}

// tally counts themes in the first and the other episodes.
type tally struct{ first, other []int }

func newTally(themes int) *tally { return &tally{make([]int, themes), make([]int, themes)} }

func (t *tally) count(episodes [][]int, first int) {
	clear(t.first)
	clear(t.other)
	for i, e := range episodes {
		side := t.other
		if i < first {
			side = t.first
		}
		for _, theme := range e {
			side[theme]++
		}
	}
}

// cosine of the counts, which is that of the pervasiveness, and their rank correlation; NaN where one has no theme.
func (t *tally) cosine(episodes [][]int, first int) (cosine, spearman float64) {
	t.count(episodes, first)
	return t.angle(), rankCorrelation(t.first, t.other)
}

func (t *tally) angle() float64 {
	var dot, aa, bb int
	for i, a := range t.first {
		b := t.other[i]
		dot, aa, bb = dot+a*b, aa+a*a, bb+b*b
	}
	if aa == 0 || bb == 0 {
		return math.NaN()
	}
	return float64(dot) / math.Sqrt(float64(aa)*float64(bb))
}

// atOrBelow is the share of shuffles whose cosine is no greater than seen; one without themes on a side counts as 0.
func (t *tally) atOrBelow(episodes [][]int, first int, seen float64, permutations int, random *rand.Rand) float64 {
	shuffled := slices.Clone(episodes)
	hits := 0
	for range permutations {
		random.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		t.count(shuffled, first)
		if c := t.angle(); math.IsNaN(c) || c <= seen+1e-12 {
			hits++
		}
	}
	return float64(hits) / float64(permutations)
}

// rankCorrelation is Spearman's ρ with mean ranks for ties.
func rankCorrelation(a, b []int) float64 {
	x, y := ranks(a), ranks(b)
	mx, my := stat.Mean(x), stat.Mean(y)
	var xy, xx, yy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

func ranks(a []int) []float64 {
	order := make([]int, len(a))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(a[i], a[j]) })
	out := make([]float64, len(a))
	for i := 0; i < len(order); {
		j := i
		for j < len(order) && a[order[j]] == a[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			out[order[k]] = float64(i+j+1) / 2
		}
		i = j
	}
	return out
}
