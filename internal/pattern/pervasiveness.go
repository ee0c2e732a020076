// Package pattern is what repeats across relationships: episodes, and the wishes and responses in them.
package pattern

import (
	"cmp"
	"slices"

	"attune/internal/stat"
)

// Tags are the themes found in one relationship episode, such as W6 or RO5. A theme counts once in an episode.
type Tags []string

// EnoughEpisodes is the number of episodes below which a pervasiveness is not worth saying (methods 4.1).
const EnoughEpisodes = 8

// Theme is how pervasive a theme is over a set of episodes.
type Theme struct {
	Name   string
	Count  int           // episodes that contain it
	Of     int           // episodes
	P      float64       // Count/Of, 0 to 1
	Range  stat.Interval // 95 % (Wilson)
	Enough bool          // Of is at least EnoughEpisodes
}

// Pervasiveness counts each theme over the episodes, the most frequent first and equals by name: (episodes that contain it) ÷ (all
// episodes), with a Wilson 95 % interval. The interval takes episodes as independent tellings; those of one session are not
// quite. No episodes give no themes.
func Pervasiveness(episodes []Tags) []Theme {
	counts := map[string]int{}
	for _, e := range episodes {
		for name := range once(e) {
			counts[name]++
		}
	}
	out := make([]Theme, 0, len(counts))
	for name, count := range counts {
		out = append(out, Theme{
			Name: name, Count: count, Of: len(episodes), P: float64(count) / float64(len(episodes)),
			Range: stat.Wilson(count, len(episodes), stat.Normal95), Enough: len(episodes) >= EnoughEpisodes,
		})
	}
	slices.SortFunc(out, func(a, b Theme) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	return out
}

func once(e Tags) map[string]bool {
	set := make(map[string]bool, len(e))
	for _, name := range e {
		set[name] = true
	}
	return set
}
