package analyze

import (
	"io"
	"maps"
	"slices"
	"strings"

	"attune/internal/relation"
)

type networkAnswer struct {
	Egos []egoAnswer `json:"egos"`
}

type egoAnswer struct {
	Ego           string   `json:"ego"`
	Size          int      `json:"size"`
	Ties          int      `json:"ties"`
	Density       *float64 `json:"density"`
	EffectiveSize *float64 `json:"effective_size"`
	Constraint    *float64 `json:"constraint"`
	Components    int      `json:"components"`
	Warnings      []string `json:"warnings,omitempty"`
}

// Network reads ego,alter_a,alter_b,weight and answers the measures of each ego's map, by name. An empty alter_b ties
// the ego to alter_a.
func Network(in io.Reader, out io.Writer) error {
	egos, err := readTies(in)
	if err != nil {
		return err
	}
	answer := networkAnswer{Egos: []egoAnswer{}}
	for _, ego := range sortedKeys(egos) {
		n, err := relation.Measure(egos[ego])
		if err != nil {
			return &BadInput{Problem: "ego " + ego + ": " + err.Error()}
		}
		answer.Egos = append(answer.Egos,
			egoAnswer{ego, n.Size, n.Ties, n.Density, n.EffectiveSize, n.Constraint, n.Components, n.Warnings})
	}
	return writeJSON(out, answer)
}

// readTies gives the ties of each ego. A tie that is there twice is refused, in whichever direction.
func readTies(in io.Reader) (map[string][]relation.Tie, error) {
	t := newTable(in, "ego", "alter_a", "alter_b", "weight")
	egos := map[string][]relation.Tie{}
	type pair struct{ ego, a, b string }
	seen := map[pair]bool{}
	for t.next() {
		ego, a, b, weight := t.id(0), t.id(1), t.text(2), t.number(3)
		if b == ego {
			b = ""
		}
		switch {
		case a == ego:
			t.fail(1, "is the ego: name the other person here, and leave alter_b empty")
		case a == b:
			t.fail(2, "%q cannot be tied to itself", shorten(a))
		case !(weight > 0):
			t.fail(3, "%v is not above 0: leave a tie out that is not there", weight)
		case seen[pair{ego, min(a, b), max(a, b)}]:
			t.fail(1, "this tie is there twice: keep one")
		}
		if t.err() != nil {
			break
		}
		ego, a, b = strings.Clone(ego), strings.Clone(a), strings.Clone(b)
		seen[pair{ego, min(a, b), max(a, b)}] = true
		egos[ego] = append(egos[ego], relation.Tie{A: a, B: b, Weight: weight})
	}
	return egos, t.err()
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
