package world

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/world/content"
)

// part is what a course shows on its therapist's page of today.
type part int

// The parts. Every therapist has one course of each but other and past.
const (
	other part = iota
	steady
	quiet  // no check-in for a while
	risky  // an answer that asks for a person
	dipped // a check-in below the usual range
	torn   // a rupture that somebody noticed
	newcomer
	past // a course that has ended
)

// story is one course of therapy: what is planned of it, and what has become of that.
type story struct {
	helper   *helper
	part     part
	modality string
	people   []*person
	concern  content.Concern
	goals    []string
	weeks    int // from one session to the next
	slots    []slot
	minutes  int
	starts   civil.Date
	ends     civil.Date // zero: it goes on
	hours    []*hour    // in the order in which they are
	asked    bool       // it began with a request to the practice
	ending   practice.Ending
	dice     *rand.Rand
	course   practice.CourseID
}

// fate is what becomes of an hour.
type fate int

// The fates. An hour of which nobody has said what became is unmarked.
const (
	coming fate = iota
	held
	missed
	cancelled
	late
	unmarked
)

// hour is one time of a course.
type hour struct {
	slot    int        // of the story; -1 for a time of its own
	planned civil.Date // by the slot
	date    civil.Date
	at      civil.Time
	minutes int
	place   schedule.PlaceID
	moved   bool
	fate    fate
	number  int // of the session, where it is held
	start   time.Time
	end     time.Time
	booked  schedule.Appointment
	session schedule.SessionID
	paper   paper
}

// paper is how far the note of a session has come.
type paper int

// The notes: nearly all are signed.
const (
	signed paper = iota
	begun
	none
)

// person is someone who takes part.
type person struct {
	about    practice.About
	id       practice.ClientID
	bond     bond
	diligent float64 // how often they answer a check-in
	strains  []strain
	silent   int // no check-in from this session on; 0: none is left out
	risk     bool
	handled  bool // the risk was dealt with
	severity float64
}

// bond is how connected somebody feels, as a model of it: it grows towards a ceiling, and varies.
type bond struct {
	start, ceiling, pace, noise float64
	items                       [5]float64 // how one question is answered apart from the others
}

func newBond(dice *rand.Rand) bond {
	b := bond{start: 6.2 + 1.2*dice.Float64(), ceiling: 8 + 1.2*dice.Float64(), pace: 6 + 10*dice.Float64(), noise: 0.25 + 0.15*dice.Float64()}
	for i := range b.items {
		b.items[i] = 0.18 * dice.NormFloat64()
	}
	return b
}

// level is what the bond is at a session without any strain, 0 to 10.
func (b bond) level(number int) float64 {
	return b.ceiling - (b.ceiling-b.start)*math.Exp(-float64(number-1)/b.pace)
}

// strain is a difficult moment: who notices it, what they say, and how it goes on.
type strain struct {
	at     int // number of the session
	depth  float64
	by     rupture.Side // numbers: nobody says anything
	off    string       // "unsure", "not_talked" or "talked"
	kind   rupture.Kind
	wish   rupture.Wish
	said   string // the client's words
	seen   string // the therapist's
	talks  []int  // sessions after it in which it is talked about; 0 is the session itself
	better map[int]rupture.What
	wishes map[int]rupture.Wish // said later
}

// mended is how many sessions after its start the strain no longer weighs.
func (s strain) mended() int {
	if s.by == rupture.ByNumbers {
		return 1
	}
	last := 1
	for after := range s.better {
		last = max(last, after)
	}
	return last
}

// weight is how much of the strain is felt some sessions after it.
func (s strain) weight(after int) float64 {
	switch {
	case after < 0 || after > s.mended():
		return 0
	case after == 0:
		return s.depth
	case s.better[after] == rupture.BetterNow || s.by == rupture.ByNumbers:
		return 0
	case slices.Contains(s.talks, after):
		return 0.3 * s.depth
	}
	return 0.5 * s.depth
}

// felt is what the client feels at a session, 0 to 10.
func (p *person) felt(number int, dice *rand.Rand) float64 {
	level := p.bond.level(number) + max(-0.45, min(0.45, p.bond.noise*dice.NormFloat64()))
	for _, s := range p.strains {
		level -= s.weight(number - s.at)
	}
	return max(0, min(10, level))
}

// strainAt is the strain that begins at a session, or the one that a session comes some sessions after.
func (p *person) strainAt(number int) (s strain, after int, found bool) {
	for _, s := range slices.Backward(p.strains) {
		if after := number - s.at; after >= 0 && after <= max(s.mended(), 3) {
			return s, after, true
		}
	}
	return strain{}, 0, false
}

// must reports whether the story needs the client's check-in of a session.
func (p *person) must(number int) bool {
	s, after, found := p.strainAt(number)
	if !found {
		return false
	}
	return after == 0 && s.by != rupture.ByTherapist || s.better[after] != "" || s.by == rupture.ByNumbers && after <= 3
}

// lastHeld is the number of the newest session before a day; 0 where there is none.
func (s *story) lastHeld(before civil.Date) int {
	last := 0
	for _, h := range s.hours {
		if h.fate == held && h.date.Before(before) {
			last = h.number
		}
	}
	return last
}
