package analyze

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"attune/internal/pattern"
)

// ThemesFlags are the design of the similarity test.
type ThemesFlags struct {
	Permutations int    `name:"permutations" default:"2000" help:"Shuffles of the relationship labels."`
	Seed         uint64 `name:"seed" default:"1" help:"The same seed gives the same percentiles."`
	MinEpisodes  int    `name:"min-episodes" default:"4" help:"Episodes that each relationship needs for a similarity to be shown."`
}

type themesAnswer struct {
	Themes     []themeAnswer      `json:"themes"`
	Similarity []similarityAnswer `json:"similarity"`
	Warnings   []string           `json:"warnings,omitempty"`
}

type themeAnswer struct {
	Relationship string  `json:"relationship"`
	Theme        string  `json:"theme"`
	Count        int     `json:"count"`
	Of           int     `json:"of"`
	P            float64 `json:"p"`
	Low          float64 `json:"low"`
	High         float64 `json:"high"`
}

type similarityAnswer struct {
	A          string   `json:"a"`
	B          string   `json:"b"`
	NA         int      `json:"n_a"`
	NB         int      `json:"n_b"`
	Cosine     float64  `json:"cosine"`
	Percentile float64  `json:"percentile"`
	Enough     bool     `json:"enough"`
	Warnings   []string `json:"warnings,omitempty"`
}

// Themes reads relationship,episode,theme, one row for each theme of an episode, and answers how pervasive each theme is in
// each relationship and how alike each two relationships are.
func Themes(in io.Reader, out io.Writer, flags ThemesFlags) error {
	if flags.Permutations < 1 || flags.MinEpisodes < 1 {
		return badFlag("permutations", "and --min-episodes must be at least 1")
	}
	relationships, err := readThemes(in)
	if err != nil {
		return err
	}
	answer := themesAnswer{Themes: []themeAnswer{}, Similarity: []similarityAnswer{}}
	few := false
	for i, b := range relationships {
		for _, t := range pattern.Pervasiveness(b.episodes) {
			few = few || !t.Enough
			answer.Themes = append(answer.Themes, themeAnswer{b.name, t.Name, t.Count, t.Of, t.P, t.Range.Low, t.Range.High})
		}
		for _, a := range relationships[:i] {
			s, err := pattern.Compare(a.episodes, b.episodes, flags.Permutations, flags.MinEpisodes, flags.Seed)
			if err != nil {
				return err
			}
			answer.Similarity = append(answer.Similarity,
				similarityAnswer{a.name, b.name, s.A, s.B, s.Cosine, s.Percentile, s.Enough, s.Warnings})
		}
	}
	slices.SortStableFunc(answer.Similarity, func(x, y similarityAnswer) int {
		return cmp.Or(cmp.Compare(x.A, y.A), cmp.Compare(x.B, y.B))
	})
	if few {
		answer.Warnings = append(answer.Warnings, "some relationships have fewer than 8 episodes: say nothing of their themes")
	}
	return writeJSON(out, answer)
}

type relationshipEpisodes struct {
	name     string
	episodes []pattern.Tags
}

// readThemes gives relationships, and the episodes and themes in them, in order of name.
func readThemes(in io.Reader) ([]relationshipEpisodes, error) {
	t := newTable(in, "relationship", "episode", "theme")
	all := map[string]map[string]pattern.Tags{}
	for t.next() {
		relationship, episode, theme := t.id(0), t.id(1), t.id(2)
		if slices.Contains(all[relationship][episode], theme) {
			t.fail(2, "%q is there twice in this episode: keep one", shorten(theme))
		}
		if t.err() != nil {
			break
		}
		if all[relationship] == nil {
			all[strings.Clone(relationship)] = map[string]pattern.Tags{}
		}
		all[relationship][strings.Clone(episode)] = append(all[relationship][episode], strings.Clone(theme))
	}
	var out []relationshipEpisodes
	for _, name := range sortedKeys(all) {
		r := relationshipEpisodes{name: name}
		for _, episode := range sortedKeys(all[name]) {
			tags := all[name][episode]
			slices.Sort(tags)
			r.episodes = append(r.episodes, tags)
		}
		out = append(out, r)
	}
	return out, t.err()
}
