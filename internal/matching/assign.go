// Package matching proposes which therapist could work well with which client, says why, and leaves the decision to people.
package matching

import (
	"errors"
	"fmt"
	"math"
)

// Problem is a batch of clients to be placed with therapists.
type Problem struct {
	Capacity []int       // free places of each therapist, at least 0
	Utility  [][]float64 // [client][therapist], any unit, higher is better; Forbidden where the two may not meet
	Floor    float64     // a pair below it is never made; a utility equal to it is allowed. NoFloor for none
}

// Forbidden marks a pair that a hard filter rules out, and NoFloor a problem without a floor.
var (
	Forbidden = math.Inf(-1)
	NoFloor   = math.Inf(-1)
)

// Why a client stays unplaced.
type Why string

// The reasons, from the firmest: no therapist may see the client; some may, but none fits well enough; all who fit are full.
const (
	OnlyForbidden Why = "forbidden"
	BelowFloor    Why = "below floor"
	NoRoom        Why = "no room"
)

// Unplaced stands for the therapist of a client who got none.
const Unplaced = -1

// Plan is an optimal assignment.
type Plan struct {
	Therapist []int // of each client, or Unplaced
	Why       []Why // of each client who is unplaced; empty for the others
	Placed    int
	Total     float64 // sum of the utilities of the pairs made
}

const largest = 1e150 // beyond it sums of utilities could overflow

// Assign solves the transportation problem: one therapist for each client, no therapist beyond capacity, as many clients placed
// as possible, and among those plans one with the highest total utility (methods 5, algorithm 3).
//
// Shortest augmenting paths with dual prices, client by client (Jonker & Volgenant 1987, Computing 38:325; here a
// therapist with c places is one node, not c columns). Staying unplaced costs more than any exchange of therapists can
// gain, so that it is chosen only where no place can be freed. Exact up to rounding: differences in total below about
// 1e-13 of the range of utilities, times the number of therapists, are ties. Work: at most clients² × therapists.
//
// It refuses negative capacities, rows of another length, NaN, +Inf and utilities beyond ±1e150.
func Assign(p Problem) (Plan, error) {
	if err := p.validate(); err != nil {
		return Plan{}, err
	}
	s := newSearch(p)
	for i := range p.Utility {
		s.place(i)
	}
	plan := Plan{Therapist: s.therapist, Why: make([]Why, len(p.Utility))}
	for i, j := range s.therapist {
		if j == Unplaced {
			plan.Why[i] = p.why(i)
			continue
		}
		plan.Placed++
		plan.Total += p.Utility[i][j]
	}
	return plan, nil
}

func (p Problem) validate() error {
	if math.IsNaN(p.Floor) || math.IsInf(p.Floor, 1) {
		return errors.New("the floor must be a number")
	}
	for j, c := range p.Capacity {
		if c < 0 {
			return fmt.Errorf("therapist %d has a capacity of %d: it cannot be below 0", j+1, c)
		}
	}
	for i, row := range p.Utility {
		if len(row) != len(p.Capacity) {
			return fmt.Errorf("client %d has %d utilities, but there are %d therapists", i+1, len(row), len(p.Capacity))
		}
		for j, u := range row {
			if math.IsNaN(u) || u > largest || u < -largest && u != Forbidden {
				return fmt.Errorf("the utility of client %d with therapist %d is %v: it must be a number within ±1e150", i+1, j+1, u)
			}
		}
	}
	return nil
}

func (p Problem) allowed(i, j int) bool {
	return p.Utility[i][j] != Forbidden && p.Utility[i][j] >= p.Floor
}

func (p Problem) why(i int) Why {
	why := OnlyForbidden
	for j, u := range p.Utility[i] {
		if p.allowed(i, j) {
			return NoRoom
		}
		if u != Forbidden {
			why = BelowFloor
		}
	}
	return why
}

// search holds costs (0 best, 1 worst), prices and the plan so far. Prices keep every reduced cost
// cost − client price − therapist price at or above 0, and at 0 for the pairs of the plan.
type search struct {
	therapists int
	cost       []float64 // clients × therapists, +Inf where not allowed
	unplaced   float64   // the cost of staying unplaced
	client     []float64 // prices
	price      []float64
	room       []int
	members    [][]int
	therapist  []int

	distance []float64 // of each therapist from the client being placed
	from     []int     // the client on the way there
	left     []int     // therapists not yet reached for good
	reached  []int
}

func newSearch(p Problem) *search {
	n, m := len(p.Utility), len(p.Capacity)
	s := &search{
		therapists: m, cost: make([]float64, n*m), client: make([]float64, n), price: make([]float64, m),
		room: make([]int, m), members: make([][]int, m), therapist: make([]int, n),
		distance: make([]float64, m), from: make([]int, m), left: make([]int, m), reached: make([]int, 0, m),
	}
	copy(s.room, p.Capacity)
	low, high := math.Inf(1), math.Inf(-1)
	for i := range n {
		s.therapist[i] = Unplaced
		for j := range m {
			if p.allowed(i, j) {
				low, high = math.Min(low, p.Utility[i][j]), math.Max(high, p.Utility[i][j])
			}
		}
	}
	spread := high - low
	if !(spread > 0) {
		spread = 1
	}
	for i := range n {
		for j := range m {
			s.cost[i*m+j] = math.Inf(1)
			if p.allowed(i, j) && p.Capacity[j] > 0 {
				s.cost[i*m+j] = (high - p.Utility[i][j]) / spread
			}
		}
	}
	// An exchange changes at most one pair per therapist, each by at most 1.
	s.unplaced = float64(2*m + 2)
	return s
}

// place finds the cheapest chain of moves that makes room for client i (Dijkstra over therapists), or leaves one unplaced.
func (s *search) place(i int) {
	for j := range s.left {
		s.left[j] = j
		s.distance[j] = math.Inf(1)
	}
	left := s.left
	s.reached = s.reached[:0]
	out, outDistance := i, s.unplaced-s.client[i] // who would stay unplaced, and how far that is
	s.relax(i, 0, left)
	var end int
	var total float64
	for {
		at := s.nearest(left)
		if at < 0 || s.distance[left[at]] >= outDistance {
			end, total = Unplaced, outDistance
			break
		}
		j := left[at]
		if s.room[j] > 0 {
			end, total = j, s.distance[j]
			break
		}
		left[at] = left[len(left)-1]
		left = left[:len(left)-1]
		s.reached = append(s.reached, j)
		for _, k := range s.members[j] {
			if d := s.distance[j] + s.unplaced - s.client[k]; d < outDistance {
				out, outDistance = k, d
			}
			s.relax(k, s.distance[j], left)
		}
	}
	s.reprice(i, total)
	s.move(i, end, out)
}

// relax improves the distances of the therapists left by way of client k, who is reached at distance d.
func (s *search) relax(k int, d float64, left []int) {
	row := s.cost[k*s.therapists : (k+1)*s.therapists]
	base := d - s.client[k]
	for _, j := range left {
		if r := base + row[j] - s.price[j]; r < s.distance[j] {
			s.distance[j], s.from[j] = r, k
		}
	}
}

// nearest is the place in left of the therapist at the least distance, one with room before others; -1 where none is in reach.
func (s *search) nearest(left []int) int {
	at, least := -1, math.Inf(1)
	for i, j := range left {
		d := s.distance[j]
		if d < least || d == least && at >= 0 && s.room[j] > 0 && s.room[left[at]] == 0 {
			at, least = i, d
		}
	}
	return at
}

// reprice restores prices after a search that ended at distance total.
func (s *search) reprice(i int, total float64) {
	s.client[i] += total
	for _, j := range s.reached {
		gain := total - s.distance[j]
		s.price[j] -= gain
		for _, k := range s.members[j] {
			s.client[k] += gain
		}
	}
}

// move carries the chain out, from its end back to client i: each client on the way takes the place before.
// Where it ends without a therapist, out gives up theirs.
func (s *search) move(i, end, out int) {
	j := end
	if end == Unplaced {
		if out == i {
			return
		}
		j = s.therapist[out]
		s.leave(out, j)
	}
	for {
		k := s.from[j]
		before := s.therapist[k]
		if k != i {
			s.leave(k, before)
		}
		s.members[j] = append(s.members[j], k)
		s.room[j]--
		s.therapist[k] = j
		if k == i {
			return
		}
		j = before
	}
}

func (s *search) leave(k, j int) {
	list := s.members[j]
	for at, member := range list {
		if member == k {
			list[at] = list[len(list)-1]
			s.members[j] = list[:len(list)-1]
			break
		}
	}
	s.room[j]++
	s.therapist[k] = Unplaced
}
