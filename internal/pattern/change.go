package pattern

import (
	"errors"
	"fmt"
	"slices"

	"attune/internal/stat"
)

// Change is how much more or less pervasive a theme became.
type Change struct {
	Theme       string
	Early, Late float64       // pervasiveness, 0 to 1
	Change      float64       // Late − Early, −1 to 1
	Range       stat.Interval // 95 %, bootstrap percentiles
	Warnings    []string
}

// Changed compares a theme in early and late episodes: p_late − p_early, with a percentile bootstrap interval from draws
// resamples of the episodes of each set (Efron & Tibshirani 1993, chapter 13). The same seed gives the same interval.
//
// It assumes episodes are exchangeable within early and within late. It refuses an empty set and fewer than 200 draws.
// With fewer than 8 episodes in a set, or a theme in all or none of one, the interval is too narrow, and a warning says so.
func Changed(early, late []Tags, theme string, draws int, seed uint64) (Change, error) {
	if len(early) == 0 || len(late) == 0 {
		return Change{}, errors.New("a change needs early and late episodes")
	}
	if draws < 200 {
		return Change{}, fmt.Errorf("%d draws are too few for an interval: use at least 200", draws)
	}
	before, after := contains(early, theme), contains(late, theme)
	c := Change{Theme: theme, Early: share(before), Late: share(after), Warnings: []string{}}
	c.Change = c.Late - c.Early
	random := stat.Seeded(seed)
	resample := func(x []bool) float64 {
		hits := 0
		for range x {
			if x[random.IntN(len(x))] {
				hits++
			}
		}
		return float64(hits) / float64(len(x))
	}
	differences := make([]float64, draws)
	for i := range differences {
		differences[i] = resample(after) - resample(before)
	}
	slices.Sort(differences)
	tail := draws / 40
	c.Range = stat.Interval{Low: differences[tail], High: differences[draws-1-tail]}
	if len(early) < EnoughEpisodes || len(late) < EnoughEpisodes {
		c.Warnings = append(c.Warnings, fmt.Sprintf("fewer than %d episodes in a set: the interval is too narrow", EnoughEpisodes))
	}
	for _, p := range []float64{c.Early, c.Late} {
		if p == 0 || p == 1 {
			c.Warnings = append(c.Warnings, "the theme is in all or none of the episodes of a set: resampling cannot show how sure that is")
			break
		}
	}
	return c, nil
}

func contains(episodes []Tags, theme string) []bool {
	out := make([]bool, len(episodes))
	for i, e := range episodes {
		out[i] = slices.Contains(e, theme)
	}
	return out
}

func share(x []bool) float64 {
	hits := 0
	for _, v := range x {
		if v {
			hits++
		}
	}
	return float64(hits) / float64(len(x))
}
