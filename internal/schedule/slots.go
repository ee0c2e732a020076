// Package schedule is when people meet: who is there when, what is taken, and what repeats.
package schedule

import (
	"cmp"
	"slices"
	"time"

	"attune/internal/civil"
	"attune/internal/fault"
)

// PlaceID names a room of the practice, or its video.
type PlaceID string

// Mode says who may book a time.
type Mode string

// The modes, most open first.
const (
	Bookable  Mode = "bookable" // by anyone who is offered it
	OnRequest Mode = "request"  // after the therapist agreed
	Hidden    Mode = "hidden"   // by the practice alone, and shown to nobody else
)

// Modes are all modes, most open first.
var Modes = []Mode{Bookable, OnRequest, Hidden}

// Rule is a part of every week in which a therapist is there, at the clock times of the practice. A rule for one day
// alone (ValidFrom and ValidUntil the same) is extra time.
type Rule struct {
	Weekday    time.Weekday
	From, To   civil.Time // until just before To
	Mode       Mode
	Place      PlaceID
	ValidFrom  civil.Date // first day; zero: since ever
	ValidUntil civil.Date // last day; zero: until further notice
}

// Validate returns what is wrong with the rule as faults that a person may read, if anything is.
func (r Rule) Validate() error {
	switch {
	case r.Weekday < time.Sunday || r.Weekday > time.Saturday:
		return fault.Invalid("weekday", "Choose a day of the week.")
	case !r.From.Valid() || !r.To.Valid() || r.From >= r.To:
		return fault.Invalid("to", "Choose an end that is after the beginning, on the same day.")
	case !slices.Contains(Modes, r.Mode):
		return fault.Invalid("mode", "Choose who may book this time.")
	case r.Place == "":
		return fault.Invalid("place", "Choose a room, or video.")
	case !r.ValidUntil.IsZero() && r.ValidUntil.Before(r.ValidFrom):
		return fault.Invalid("until", "Choose a last day that is not before the first.")
	}
	return nil
}

// Holds reports whether the rule counts on d.
func (r Rule) Holds(d civil.Date) bool {
	return d.Weekday() == r.Weekday && !d.Before(r.ValidFrom) && (r.ValidUntil.IsZero() || !d.After(r.ValidUntil))
}

// Interval is a stretch of time from Start until just before End.
type Interval struct{ Start, End time.Time }

// Overlaps reports whether two intervals share any time; those that only touch do not.
func (i Interval) Overlaps(other Interval) bool {
	return i.Start.Before(other.End) && other.Start.Before(i.End)
}

// Widened is i with a margin before and after it.
func (i Interval) Widened(margin time.Duration) Interval {
	return Interval{i.Start.Add(-margin), i.End.Add(margin)}
}

// Clashes reports whether i overlaps any of taken.
func (i Interval) Clashes(taken []Interval) bool {
	return slices.ContainsFunc(taken, i.Overlaps)
}

// DaySpan is the stretch of d between two clock times in loc, such as a holiday (midnight to civil.EndOfDay).
func DaySpan(d civil.Date, from, to civil.Time, loc *time.Location) Interval {
	start, _ := civil.In(d, from, loc)
	end, _ := civil.In(d, to, loc)
	return Interval{start, end}
}

// Availability is a therapist's time: the weeks as they should be, and what stands against them.
type Availability struct {
	Zone  *time.Location // of the practice, in which the rules are meant
	Rules []Rule
	Off   []Interval // time off, closed days
	Taken []Interval // appointments and holds, kept apart from slots by Wanted.Buffer
}

// Wanted is what free slots are looked for.
type Wanted struct {
	From, To time.Time     // slots begin at From or later, and before To
	Length   time.Duration // of a session
	Step     time.Duration // from one possible beginning to the next, in whole minutes; zero: Length
	Buffer   time.Duration // between a slot and what is taken
}

// Slot is a free time for a session.
type Slot struct {
	Interval
	Place PlaceID
	Mode  Mode
	Note  civil.Resolution // whether the clocks change just then
}

// Free is the free slots, of every mode, by their beginning and place. Slots begin every Step from a rule's From by
// the clock, so that they stay at their clock times all year, and lie within the rule. A time that the clocks skip is
// moved forward, unless a slot begins then anyway; of a time that they show twice the first is offered.
func (a Availability) Free(w Wanted) []Slot {
	var free []Slot
	for d := civil.On(w.From, a.Zone).AddDays(-1); !d.After(civil.On(w.To, a.Zone)); d = d.AddDays(1) {
		for _, rule := range a.Rules {
			if rule.Holds(d) {
				free = append(free, a.freeOn(d, rule, w)...)
			}
		}
	}
	slices.SortStableFunc(free, func(x, y Slot) int {
		return cmp.Or(x.Start.Compare(y.Start), cmp.Compare(x.Place, y.Place),
			slices.Index(Modes, x.Mode)-slices.Index(Modes, y.Mode), cmp.Compare(x.Note, y.Note))
	})
	return slices.CompactFunc(free, func(x, y Slot) bool { return x.Start.Equal(y.Start) && x.Place == y.Place })
}

// freeOn is the free slots of one rule on a day on which it holds.
func (a Availability) freeOn(d civil.Date, rule Rule, w Wanted) []Slot {
	var free []Slot
	end, _ := civil.In(d, rule.To, a.Zone)
	step := civil.Time(cmp.Or(w.Step, w.Length) / time.Minute)
	for clock := rule.From; w.Length > 0 && step > 0 && clock < rule.To; clock += step {
		start, note := civil.In(d, clock, a.Zone)
		slot := Slot{Interval{start, start.Add(w.Length)}, rule.Place, rule.Mode, note}
		if slot.End.After(end) || start.Before(w.From) || !start.Before(w.To) {
			continue
		}
		if slot.Clashes(a.Off) || slot.Widened(w.Buffer).Clashes(a.Taken) {
			continue
		}
		free = append(free, slot)
	}
	return free
}
