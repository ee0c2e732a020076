package analyze

import (
	"fmt"
	"io"

	"attune/internal/matching"
)

type matchProblem struct {
	Therapists []struct {
		ID       string `json:"id"`
		Capacity *int   `json:"capacity"`
	} `json:"therapists"`
	Clients []struct {
		ID string `json:"id"`
	} `json:"clients"`
	Utility [][]*float64 `json:"utility"` // [client][therapist], null where the two may not meet
	Floor   *float64     `json:"floor"`
}

type matchAnswer struct {
	Total      float64          `json:"total"`
	Assignment []pairAnswer     `json:"assignment"`
	Unassigned []unplacedAnswer `json:"unassigned"`
}

type pairAnswer struct {
	Client    string  `json:"client"`
	Therapist string  `json:"therapist"`
	Utility   float64 `json:"utility"`
}

type unplacedAnswer struct {
	Client string       `json:"client"`
	Why    matching.Why `json:"why"`
}

// Match reads a batch of clients and therapists with their utilities and answers the plan that places the most clients and,
// of those, has the highest total; clients in the order given. The plan is a proposal: people decide.
func Match(in io.Reader, out io.Writer) error {
	m, err := readMatch(in)
	if err != nil {
		return err
	}
	plan, err := matching.Assign(m.problem())
	if err != nil {
		return &BadInput{Problem: err.Error()}
	}
	answer := matchAnswer{Total: plan.Total, Assignment: []pairAnswer{}, Unassigned: []unplacedAnswer{}}
	for i, j := range plan.Therapist {
		if j == matching.Unplaced {
			answer.Unassigned = append(answer.Unassigned, unplacedAnswer{m.Clients[i].ID, plan.Why[i]})
			continue
		}
		answer.Assignment = append(answer.Assignment, pairAnswer{m.Clients[i].ID, m.Therapists[j].ID, *m.Utility[i][j]})
	}
	return writeJSON(out, answer)
}

func readMatch(in io.Reader) (matchProblem, error) {
	var m matchProblem
	if err := readJSON(in, &m); err != nil {
		return m, err
	}
	at := func(problem, place string, args ...any) error {
		return &BadInput{Column: fmt.Sprintf(place, args...), Problem: problem}
	}
	seen := map[string]bool{}
	for i, t := range m.Therapists {
		switch {
		case t.ID == "" || seen[t.ID]:
			return m, at("is empty or there twice: give each therapist an id", "therapists[%d].id", i)
		case t.Capacity == nil || *t.Capacity < 0:
			return m, at("must be a whole number of at least 0", "therapists[%d].capacity", i)
		}
		seen[t.ID] = true
	}
	clear(seen)
	for i, c := range m.Clients {
		if c.ID == "" || seen[c.ID] {
			return m, at("is empty or there twice: give each client an id", "clients[%d].id", i)
		}
		seen[c.ID] = true
	}
	if len(m.Utility) != len(m.Clients) {
		return m, at(fmt.Sprintf("has %d rows for %d clients", len(m.Utility), len(m.Clients)), "utility")
	}
	for i, row := range m.Utility {
		if len(row) != len(m.Therapists) {
			return m, at(fmt.Sprintf("has %d numbers for %d therapists", len(row), len(m.Therapists)), "utility[%d]", i)
		}
	}
	return m, nil
}

func (m matchProblem) problem() matching.Problem {
	p := matching.Problem{Floor: matching.NoFloor}
	if m.Floor != nil {
		p.Floor = *m.Floor
	}
	for _, t := range m.Therapists {
		p.Capacity = append(p.Capacity, *t.Capacity)
	}
	for _, row := range m.Utility {
		line := make([]float64, len(row))
		for j, u := range row {
			line[j] = matching.Forbidden
			if u != nil {
				line[j] = *u
			}
		}
		p.Utility = append(p.Utility, line)
	}
	return p
}
