// Package civil holds local dates and times: the days, clock times and opening hours people speak of, and the one
// rule by which they become moments.
package civil

import (
	"fmt"
	"time"
)

// Resolution tells how a local time met the clock changes of its zone.
type Resolution int

// The three ways a local time can meet the clock.
const (
	Exact      Resolution = iota // the time exists once
	Shifted                      // the clocks skip the time; it was moved forward by what they skip
	FirstOfTwo                   // the clocks show the time twice; the first was taken
)

// Words says in one sentence what happened to a time that became at; "" when it is Exact. At must be in the zone that
// it is shown in.
func (r Resolution) Words(at time.Time) string {
	_, clock := Of(at, at.Location())
	switch r {
	case Shifted:
		return fmt.Sprintf("The clocks go forward just then, so this is at %s.", clock.Words())
	case FirstOfTwo:
		return fmt.Sprintf("The clocks go back just then, so %s comes twice; this is the first.", clock.Words())
	default:
		return ""
	}
}

// reach is wider than any offset from UTC that a zone has ever had (the widest is 15 h 57 min).
const reach = 17 * time.Hour

// In is the moment at which the clocks of loc show t on d. A time that they skip in spring is moved forward by what is
// skipped (02:30 becomes 03:30); of a time that they show twice in autumn the first is taken. The moment is in loc.
// Offsets are taken to change at most once in a day and a half, as they do in all zones from 2015 to 2040.
func In(d Date, t Time, loc *time.Location) (time.Time, Resolution) {
	wall := time.Date(d.Year, d.Month, d.Day, 0, int(t), 0, 0, time.UTC)
	// Not Time.ZoneBounds: on December 31 of a leap year it gives an end that has passed.
	before, after := offset(wall.Add(-reach), loc), offset(wall.Add(reach), loc)
	early, late := wall.Add(-before).In(loc), wall.Add(-after).In(loc)
	existsEarly, existsLate := offset(early, loc) == before, offset(late, loc) == after
	switch {
	case before == after:
		return early, Exact
	case existsEarly && existsLate:
		return early, FirstOfTwo
	case existsLate:
		return late, Exact
	case existsEarly:
		return early, Exact
	default:
		return early, Shifted
	}
}

// offset is how far the clocks of loc are ahead of UTC at a moment.
func offset(at time.Time, loc *time.Location) time.Duration {
	_, seconds := at.In(loc).Zone()
	return time.Duration(seconds) * time.Second
}

// Of is the date and the clock time, in whole minutes, that at shows in loc.
func Of(at time.Time, loc *time.Location) (Date, Time) {
	local := at.In(loc)
	return Date{local.Year(), local.Month(), local.Day()}, Time(local.Hour()*60 + local.Minute())
}

// On is the date that at falls on in loc.
func On(at time.Time, loc *time.Location) Date {
	d, _ := Of(at, loc)
	return d
}

// When is the date and time of at in loc as "Thursday, May 21, 10:00 am".
func When(at time.Time, loc *time.Location) string {
	d, t := Of(at, loc)
	return d.Words() + ", " + t.Words()
}

// WhenBetween is the date and times of a span of moments as "Thursday, May 21, 10:00 to 10:50 am".
func WhenBetween(from, to time.Time, loc *time.Location) string {
	d, start := Of(from, loc)
	_, end := Of(to, loc)
	return d.Words() + ", " + Between(start, end)
}
