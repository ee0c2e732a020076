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
func In(d Date, t Time, loc *time.Location) (time.Time, Resolution) {
	wall := time.Date(d.Year, d.Month, d.Day, 0, int(t), 0, 0, time.UTC)
	var found, shifted time.Time
	for at := wall.Add(-reach); ; {
		_, offset := at.In(loc).Zone()
		start, end := at.In(loc).ZoneBounds()
		moment := wall.Add(-time.Duration(offset) * time.Second).In(loc)
		switch ended := !end.IsZero() && !moment.Before(end); {
		case ended:
			shifted = moment
		case !start.IsZero() && moment.Before(start): // the period begins after the time
		case !found.IsZero():
			return found, FirstOfTwo
		default:
			found = moment
		}
		if end.IsZero() || end.After(wall.Add(reach)) {
			break
		}
		at = end
	}
	if found.IsZero() {
		return shifted, Shifted
	}
	return found, Exact
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
