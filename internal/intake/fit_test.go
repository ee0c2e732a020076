package intake_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/schedule"
)

var chicago = func() *time.Location {
	loc, err := civil.Zone("America/Chicago")
	if err != nil {
		panic(err)
	}
	return loc
}()

// tuesday is Tuesday, March 10, 2026, at the given hour in Chicago.
func tuesday(hour int) time.Time { return time.Date(2026, 3, 10, hour, 0, 0, 0, chicago) }

func slot(at time.Time, mode schedule.Mode) schedule.Slot {
	return schedule.Slot{Interval: schedule.Interval{Start: at, End: at.Add(50 * time.Minute)}, Place: "room1", Mode: mode}
}

func candidate(id string, change func(*intake.Candidate)) intake.Candidate {
	c := intake.Candidate{Therapist: practice.Therapist{Staff: practice.Staff{ID: practice.StaffID(id), Person: practice.Person{Name: "Name " + id}},
		Accepting: true, Capacity: 20, Profile: practice.Profile{License: "IL-1", Focus: []string{"loss"}, Modalities: []string{"individual"},
			Languages: []string{"English"}}}, Courses: 10, Free: []schedule.Slot{slot(tuesday(18), schedule.Bookable)}}
	if change != nil {
		change(&c)
	}
	return c
}

func ids(fits []intake.Fit) string {
	var all []string
	for _, f := range fits {
		all = append(all, string(f.Therapist.ID))
	}
	return strings.Join(all, " ")
}

func TestFitsOrder(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, chicago)
	request := intake.Request{Brings: []string{"loss", "anxiety"}, Times: []string{"tue-evening"}}
	for _, c := range []struct {
		name    string
		request intake.Request
		all     []intake.Candidate
		want    string
	}{
		{"who works with more of it comes first", request, []intake.Candidate{
			candidate("a", nil), candidate("b", func(c *intake.Candidate) { c.Focus = []string{"loss", "anxiety"} })}, "b a"},
		{"who is open when it suits comes first", request, []intake.Candidate{
			candidate("a", func(c *intake.Candidate) { c.Free = []schedule.Slot{slot(tuesday(9), schedule.Bookable)} }), candidate("b", nil)}, "b a"},
		{"who has more room comes first when all else is equal", request, []intake.Candidate{
			candidate("a", func(c *intake.Candidate) { c.Courses = 15 }), candidate("b", func(c *intake.Candidate) { c.Courses = 3 })}, "b a"},
		{"the person they have in mind comes first", intake.Request{Therapist: "b"}, []intake.Candidate{candidate("a", nil), candidate("b", nil)}, "b a"},
		{"equal ones by id, so that the order is the same every time", request, []intake.Candidate{candidate("b", nil), candidate("a", nil)}, "a b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			fits, _, err := intake.Fits(c.request, c.all, chicago, now)
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(fits); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			slices.Reverse(c.all)
			again, _, err := intake.Fits(c.request, c.all, chicago, now)
			if err != nil || ids(again) != c.want {
				t.Errorf("in another order: got %q (%v), want %q", ids(again), err, c.want)
			}
		})
	}
}

func TestFitsHardFilters(t *testing.T) {
	now := time.Date(2026, 3, 9, 12, 0, 0, 0, chicago)
	for name, c := range map[string]struct {
		request intake.Request
		change  func(*intake.Candidate)
		barred  string
	}{
		"takes no one":       {intake.Request{}, func(c *intake.Candidate) { c.Accepting = false }, "Takes no new clients just now"},
		"no license":         {intake.Request{}, func(c *intake.Candidate) { c.License = "" }, "No license on record"},
		"full":               {intake.Request{}, func(c *intake.Candidate) { c.Courses = 20 }, "All 20 places are taken"},
		"no couples":         {intake.Request{For: "couple"}, nil, "Does not work with couples"},
		"language":           {intake.Request{Language: "Spanish"}, nil, "Does not work in Spanish"},
		"only on request":    {intake.Request{}, func(c *intake.Candidate) { c.Free[0].Mode = schedule.OnRequest }, "No open time in the next four weeks"},
		"hidden hours":       {intake.Request{}, func(c *intake.Candidate) { c.Free[0].Mode = schedule.Hidden }, "No open time in the next four weeks"},
		"nothing in person":  {intake.Request{Where: "room"}, func(c *intake.Candidate) { c.Free = nil }, "No open time in the next four weeks in person"},
		"nothing stands out": {intake.Request{}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			fits, barred, err := intake.Fits(c.request, []intake.Candidate{candidate("a", c.change)}, chicago, now)
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(barred) == 1 {
				got = barred[0].Barred
			}
			if got != c.barred || len(fits)+len(barred) != 1 {
				t.Errorf("got %q, want %q", got, c.barred)
			}
		})
	}
}
