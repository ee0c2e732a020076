package matching_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/internal/matching"
)

var no = matching.Forbidden

// Vectors: methods.md 5, R 4.2.2 with clue and lpSolve.
func TestAssign(t *testing.T) {
	three := [][]float64{{5, 3, 2}, {1, 5, 4}, {4, 2, 4}}
	costs := make([][]float64, 3)
	for i, row := range three {
		for _, c := range row {
			costs[i] = append(costs[i], -c)
		}
	}
	practice := [][]float64{{.90, .60, .50}, {.85, .80, .30}, {.80, .70, .65}, {.40, .75, .70}, {.95, no, .20}}
	cases := []struct {
		name  string
		p     matching.Problem
		want  []int
		total float64
		why   []matching.Why
	}{
		{"least cost", matching.Problem{Capacity: []int{1, 1, 1}, Utility: costs, Floor: no}, []int{2, 0, 1}, -5, nil},
		{"greatest value", matching.Problem{Capacity: []int{1, 1, 1}, Utility: three, Floor: no}, []int{0, 1, 2}, 14, nil},
		{"capacities", matching.Problem{Capacity: []int{2, 2, 1}, Utility: practice, Floor: no}, []int{0, 1, 2, 1, 0}, 4.05, nil},
		{"more placed before more total", matching.Problem{Capacity: []int{1, 1}, Utility: [][]float64{{100, 1}, {1, no}}, Floor: no}, []int{1, 0}, 2, nil},
		{"the floor is allowed", matching.Problem{Capacity: []int{1}, Utility: [][]float64{{0.5}}, Floor: 0.5}, []int{0}, 0.5, nil},
		{"reasons", matching.Problem{Capacity: []int{1, 0}, Utility: [][]float64{{0.9, no}, {0.8, 0.7}, {no, no}, {0.1, no}, {no, 0.9}}, Floor: 0.2},
			[]int{0, -1, -1, -1, -1}, 0.9, []matching.Why{"", "no room", "forbidden", "below floor", "no room"}},
		{"nobody", matching.Problem{Capacity: []int{1}, Utility: nil, Floor: no}, nil, 0, nil},
		{"no therapist", matching.Problem{Utility: [][]float64{{}}, Floor: no}, []int{-1}, 0, []matching.Why{"forbidden"}},
		{"negative utilities", matching.Problem{Capacity: []int{1, 1}, Utility: [][]float64{{-5, -1}, {-5, -4}}, Floor: no}, []int{1, 0}, -6, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := matching.Assign(c.p)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.Therapist, c.want) || math.Abs(got.Total-c.total) > 1e-12 {
				t.Errorf("got %v with total %v, want %v with %v", got.Therapist, got.Total, c.want, c.total)
			}
			if c.why != nil && !slices.Equal(got.Why, c.why) {
				t.Errorf("why: got %q, want %q", got.Why, c.why)
			}
		})
	}
}

func TestAssignRefuses(t *testing.T) {
	for name, p := range map[string]matching.Problem{
		"negative capacity": {Capacity: []int{-1}, Utility: [][]float64{{1}}},
		"short row":         {Capacity: []int{1, 1}, Utility: [][]float64{{1}}},
		"NaN":               {Capacity: []int{1}, Utility: [][]float64{{math.NaN()}}},
		"infinite":          {Capacity: []int{1}, Utility: [][]float64{{math.Inf(1)}}},
		"too large":         {Capacity: []int{1}, Utility: [][]float64{{1e200}}},
		"floor":             {Capacity: []int{1}, Utility: [][]float64{{1}}, Floor: math.NaN()},
	} {
		if got, err := matching.Assign(p); err == nil {
			t.Errorf("%s: got %+v, want an error", name, got)
		}
	}
}

// drawn is a small problem with forbidden pairs, and often with equal utilities.
func drawn(t *rapid.T) matching.Problem {
	n, m := rapid.IntRange(0, 6).Draw(t, "clients"), rapid.IntRange(1, 4).Draw(t, "therapists")
	p := matching.Problem{Floor: no}
	for range m {
		p.Capacity = append(p.Capacity, rapid.IntRange(0, 3).Draw(t, "capacity"))
	}
	for range n {
		var row []float64
		for range m {
			u := float64(rapid.IntRange(-3, 9).Draw(t, "utility"))
			switch rapid.IntRange(0, 4).Draw(t, "kind") {
			case 0:
				u = no
			case 1:
				u += rapid.Float64Range(0, 1).Draw(t, "part")
			}
			row = append(row, u)
		}
		p.Utility = append(p.Utility, row)
	}
	if rapid.Bool().Draw(t, "has floor") {
		p.Floor = 0
	}
	return p
}

// every tries all plans and returns the most placed, then the highest total.
func every(p matching.Problem, i int, room []int) (placed int, total float64) {
	if i == len(p.Utility) {
		return 0, 0
	}
	placed, total = every(p, i+1, room)
	for j, u := range p.Utility[i] {
		if u == no || u < p.Floor || room[j] == 0 {
			continue
		}
		room[j]--
		n, sum := every(p, i+1, room)
		room[j]++
		if n+1 > placed || n+1 == placed && sum+u > total {
			placed, total = n+1, sum+u
		}
	}
	return placed, total
}

func TestAssignIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawn(t)
		got, err := matching.Assign(p)
		if err != nil {
			t.Fatal(err)
		}
		checkPlan(t, p, got)
		placed, total := every(p, 0, slices.Clone(p.Capacity))
		if got.Placed != placed || math.Abs(got.Total-total) > 1e-9 {
			t.Errorf("got %d placed with %v, want %d with %v (%+v)", got.Placed, got.Total, placed, total, p)
		}
	})
}

type errorer interface {
	Helper()
	Errorf(format string, args ...any)
}

// checkPlan finds a plan that breaks a rule of the problem.
func checkPlan(t errorer, p matching.Problem, got matching.Plan) {
	t.Helper()
	room := slices.Clone(p.Capacity)
	placed, total := 0, 0.0
	for i, j := range got.Therapist {
		if (j == matching.Unplaced) != (got.Why[i] != "") {
			t.Errorf("client %d: therapist %d with reason %q", i, j, got.Why[i])
		}
		if j == matching.Unplaced {
			continue
		}
		placed++
		total += p.Utility[i][j]
		if room[j]--; room[j] < 0 || p.Utility[i][j] == no || p.Utility[i][j] < p.Floor {
			t.Errorf("client %d may not be with therapist %d", i, j)
		}
	}
	if placed != got.Placed || math.Abs(total-got.Total) > 1e-9*(1+math.Abs(total)) {
		t.Errorf("counted %d placed with %v, the plan says %d with %v", placed, total, got.Placed, got.Total)
	}
}

// greedy serves clients as they come.
func greedy(p matching.Problem) (placed int, total float64) {
	room := slices.Clone(p.Capacity)
	for _, row := range p.Utility {
		best := -1
		for j, u := range row {
			if u != no && u >= p.Floor && room[j] > 0 && (best < 0 || u > row[best]) {
				best = j
			}
		}
		if best >= 0 {
			room[best]--
			placed++
			total += row[best]
		}
	}
	return placed, total
}

// practice invents a large problem with n clients and m therapists, some pairs forbidden.
func practice(seed uint64, n, m int, forbidden float64) matching.Problem {
	rng := rand.New(rand.NewPCG(seed, 9))
	p := matching.Problem{Floor: no}
	for range m {
		p.Capacity = append(p.Capacity, 5+rng.IntN(4))
	}
	for range n {
		row := make([]float64, m)
		for j := range row {
			row[j] = rng.Float64()
			if rng.Float64() < forbidden {
				row[j] = no
			}
		}
		p.Utility = append(p.Utility, row)
	}
	return p
}

func TestAssignBeatsGreedyAndIgnoresOrder(t *testing.T) {
	for seed := range uint64(6) {
		p := practice(seed, 300, 40, 0.2)
		got, err := matching.Assign(p)
		if err != nil {
			t.Fatal(err)
		}
		checkPlan(t, p, got)
		placed, total := greedy(p)
		if got.Placed < placed || got.Placed == placed && got.Total < total {
			t.Errorf("seed %d: got %d with %v, greedy has %d with %v", seed, got.Placed, got.Total, placed, total)
		}
		rng := rand.New(rand.NewPCG(seed, 10))
		rng.Shuffle(len(p.Utility), func(i, j int) { p.Utility[i], p.Utility[j] = p.Utility[j], p.Utility[i] })
		again, err := matching.Assign(p)
		if err != nil {
			t.Fatal(err)
		}
		if again.Placed != got.Placed || math.Abs(again.Total-got.Total) > 1e-9 {
			t.Errorf("seed %d, shuffled: got %d with %v, want %d with %v", seed, again.Placed, again.Total, got.Placed, got.Total)
		}
	}
}

func TestFirstComeGreedyOfMethods(t *testing.T) {
	p := matching.Problem{Capacity: []int{2, 2, 1}, Floor: no, Utility: [][]float64{
		{.90, .60, .50}, {.85, .80, .30}, {.80, .70, .65}, {.40, .75, .70}, {.95, no, .20}}}
	if placed, total := greedy(p); placed != 5 || math.Abs(total-3.40) > 1e-12 {
		t.Errorf("greedy: got %d with %v, want 5 with 3.40", placed, total)
	}
}

func BenchmarkAssign(b *testing.B) {
	for _, size := range [][2]int{{200, 30}, {1000, 150}, {2000, 300}} {
		b.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(b *testing.B) {
			p := practice(1, size[0], size[1], 0.1)
			for b.Loop() {
				if _, err := matching.Assign(p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
