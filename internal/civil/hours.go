package civil

import (
	"errors"
	"slices"
	"time"
)

// Span is a part of a day, from From until just before To.
type Span struct{ From, To Time }

// Hours are the open hours of a practice.
type Hours struct {
	Week   [7][]Span     // by time.Weekday, Sunday first; in order, apart from each other
	Closed map[Date]bool // holidays and other days without open hours
}

// Validate returns an error that says what is wrong with the spans of the week, if anything is.
func (h Hours) Validate() error {
	for _, spans := range h.Week {
		last := Midnight
		for _, s := range spans {
			if !s.From.Valid() || !s.To.Valid() || s.From >= s.To {
				return errors.New("open hours must end after they begin")
			}
			if s.From < last {
				return errors.New("open hours of one day must be in order and apart")
			}
			last = s.To
		}
	}
	return nil
}

// On is the spans in which the practice is open on d.
func (h Hours) On(d Date) []Span {
	if h.Closed[d] {
		return nil
	}
	return h.Week[d.Weekday()]
}

// Open reports whether the practice, in loc, is open at a moment.
func (h Hours) Open(at time.Time, loc *time.Location) bool {
	return slices.ContainsFunc(h.moments(On(at, loc), loc), func(s moments) bool {
		return !at.Before(s.from) && at.Before(s.to)
	})
}

// longest is how many days ahead due moments are looked for, so that hours without end or opening come to one.
const longest = 3660

// Add is the moment at which a practice in loc will have been open for working since start, and never a moment outside
// its hours: work that ends with a day is due at its closing, and none is due at start or the next opening. It is false
// when ten years of hours are not enough.
func (h Hours) Add(start time.Time, working time.Duration, loc *time.Location) (time.Time, bool) {
	first := On(start, loc)
	for n := range longest {
		for _, s := range h.moments(first.AddDays(n), loc) {
			if !s.to.After(start) {
				continue
			}
			if s.from.After(start) {
				start = s.from
			}
			if due := start.Add(working); !due.After(s.to) {
				return due.In(loc), true
			}
			working -= s.to.Sub(start)
			start = s.to
		}
	}
	return time.Time{}, false
}

// AddDays is the moment n working days (1 or more) after start. From within a day's hours, breaks included, that is the
// same clock time on the nth open day after it, or the next opening or else the closing of that day when it is not open
// then; from outside them it is the closing of the nth open day that begins after start. It is false when there is no
// such day within ten years.
func (h Hours) AddDays(start time.Time, n int, loc *time.Location) (time.Time, bool) {
	first, clock := Of(start, loc)
	amid := false
	for ahead := range longest {
		day := first.AddDays(ahead)
		spans := h.moments(day, loc)
		if len(spans) == 0 {
			continue
		}
		if closing := spans[len(spans)-1].to; !start.Before(spans[0].from) {
			amid = start.Before(closing)
			continue
		}
		if n--; n > 0 {
			continue
		}
		if amid {
			return within(spans, day, clock, loc), true
		}
		return spans[len(spans)-1].to, true
	}
	return time.Time{}, false
}

// within is the moment of clock on day if it is in spans, else the next opening, else the closing.
func within(spans []moments, day Date, clock Time, loc *time.Location) time.Time {
	due, _ := In(day, clock, loc)
	for _, s := range spans {
		if due.Before(s.from) {
			return s.from
		}
		if !due.After(s.to) {
			return due
		}
	}
	return spans[len(spans)-1].to
}

type moments struct{ from, to time.Time }

// moments are the spans of a day as moments; a span that the clocks skip is left out.
func (h Hours) moments(d Date, loc *time.Location) []moments {
	var spans []moments
	for _, s := range h.On(d) {
		from, _ := In(d, s.From, loc)
		to, _ := In(d, s.To, loc)
		if to.After(from) {
			spans = append(spans, moments{from, to})
		}
	}
	return spans
}
