// Package relation is the people in a client's life: what they are to the client over time, and the map of them.
package relation

import (
	"fmt"
	"math"
)

// Tie joins two people of one client's map, in no direction. An empty B is a tie of the client (the ego) with A.
type Tie struct {
	A, B   string
	Weight float64 // strength, above 0, in one unit throughout
}

// Network describes the map of one client. Where a measure has no meaning for so few people it is nil.
// It describes what was drawn and carries no sampling uncertainty.
type Network struct {
	Size          int      // people tied to the ego
	Ties          int      // ties among them
	Density       *float64 // 2t/(n(n−1)), 0 to 1; from 2 people
	EffectiveSize *float64 // n − 2t/n, people less what is redundant among them; from 1
	Constraint    *float64 // Σ_j (p_ej + Σ_q p_eq·p_qj)², higher where contacts are few and joined to each other; from 1
	Components    int      // groups that hang together without the ego
	Warnings      []string
}

// graph numbers the people; 0 is the ego.
type graph struct {
	number map[string]int
	ties   []map[int]float64
}

func (g *graph) person(name string) int {
	i, ok := g.number[name]
	if !ok {
		i = len(g.ties)
		g.number[name] = i
		g.ties = append(g.ties, map[int]float64{})
	}
	return i
}

// Measure works out size, density, effective size, Burt's constraint and the components without the ego, with
// p_ij = w_ij/Σ_k w_ik. Density and effective size count ties; only the constraint uses their weights. (Burt 1992,
// Structural Holes; Borgatti 1997 for effective size. The formulas are those of methods 4.4, as in networkx.)
//
// A person who is tied to others on the map but not to the ego is not counted as an alter; such ties still take their share
// of the others' strength, and a warning says so. It refuses ties to oneself, ties given twice and weights not above 0.
func Measure(ties []Tie) (Network, error) {
	g, err := draw(ties)
	if err != nil {
		return Network{}, err
	}
	n := Network{Size: len(g.ties[0]), Warnings: []string{}}
	for i := 1; i < len(g.ties); i++ {
		if _, alter := g.ties[0][i]; !alter {
			n.Warnings = append(n.Warnings, "someone on the map is not tied to its owner and is not counted")
			break
		}
	}
	for i := range g.ties[0] {
		for j := range g.ties[i] {
			if _, alter := g.ties[0][j]; alter && i < j {
				n.Ties++
			}
		}
	}
	size, t := float64(n.Size), float64(n.Ties)
	if n.Size >= 2 {
		density := 2 * t / (size * (size - 1))
		n.Density = &density
	}
	if n.Size >= 1 {
		effective, constraint := size-2*t/size, g.constraint()
		n.EffectiveSize, n.Constraint = &effective, &constraint
	}
	n.Components = g.components()
	return n, nil
}

func draw(ties []Tie) (*graph, error) {
	g := &graph{number: map[string]int{}, ties: []map[int]float64{{}}}
	for _, t := range ties {
		if !(t.Weight > 0) || math.IsInf(t.Weight, 0) {
			return nil, fmt.Errorf("the tie of %q and %q has a weight of %v: it must be a number above 0", t.A, t.B, t.Weight)
		}
		if t.A == "" || t.A == t.B {
			return nil, fmt.Errorf("%q cannot be tied to %q", t.A, t.B)
		}
		i, j := g.person(t.A), 0
		if t.B != "" {
			j = g.person(t.B)
		}
		if _, twice := g.ties[i][j]; twice {
			return nil, fmt.Errorf("the tie of %q and %q is given twice", t.A, t.B)
		}
		g.ties[i][j], g.ties[j][i] = t.Weight, t.Weight
	}
	return g, nil
}

// constraint sums over alters in the order of their names' first mention, so that equal maps give equal bits.
func (g *graph) constraint() float64 {
	strength := make([]float64, len(g.ties))
	for i := range g.ties {
		for j := range len(g.ties) {
			strength[i] += g.ties[i][j]
		}
	}
	sum := 0.0
	for j := 1; j < len(g.ties); j++ {
		direct, alter := g.ties[0][j]
		if !alter {
			continue
		}
		p := direct / strength[0]
		for q := 1; q < len(g.ties); q++ {
			if q != j {
				p += g.ties[0][q] / strength[0] * g.ties[q][j] / strength[q]
			}
		}
		sum += p * p
	}
	return sum
}

func (g *graph) components() int {
	seen := make([]bool, len(g.ties))
	count := 0
	for start := range g.ties[0] {
		if seen[start] {
			continue
		}
		count++
		for queue := []int{start}; len(queue) > 0; {
			i := queue[len(queue)-1]
			queue = queue[:len(queue)-1]
			if seen[i] {
				continue
			}
			seen[i] = true
			for j := range g.ties[i] {
				if _, alter := g.ties[0][j]; alter {
					queue = append(queue, j)
				}
			}
		}
	}
	return count
}
