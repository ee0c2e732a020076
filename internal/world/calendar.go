package world

import (
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/world/content"
)

// helper is a therapist of the demonstration, with a calendar of what is planned.
type helper struct {
	content.Therapist
	id       practice.StaffID
	by       access.Actor
	slots    []slot     // in which courses may begin
	standing []standing // what is taken every week or two
	once     []single
	off      []span
	today    []civil.Time // when today's sessions begin
	left     int          // courses with something left to do
}

// slot is a time of the week in which a therapist is there.
type slot struct {
	day   time.Weekday
	at    civil.Time
	until civil.Time // the end of the rule it lies in
	place schedule.PlaceID
	video bool
}

// standing is a slot that a course has taken from one day to another.
type standing struct {
	slot
	minutes  int
	from, to civil.Date
}

// single is a time taken once.
type single struct {
	date    civil.Date
	at      civil.Time
	minutes int
}

// span is a number of days, both ends included.
type span struct{ from, to civil.Date }

func (s span) holds(d civil.Date) bool { return !d.Before(s.from) && !d.After(s.to) }

// pause is the time after a session that stays empty, in minutes.
const pause = 10

func clash(at civil.Time, minutes int, other civil.Time, otherMinutes int) bool {
	return at < other+civil.Time(otherMinutes+pause) && other < at+civil.Time(minutes+pause)
}

// fits reports whether a course could have the slot from one day to another.
func (h *helper) fits(s slot, minutes int, from, to civil.Date) bool {
	if s.at+civil.Time(minutes) > s.until {
		return false
	}
	return !slices.ContainsFunc(h.standing, func(o standing) bool {
		return o.day == s.day && clash(s.at, minutes, o.at, o.minutes) && !o.from.After(to) && !from.After(o.to)
	})
}

// away reports whether the therapist is off on a day.
func (h *helper) away(d civil.Date) bool {
	return slices.ContainsFunc(h.off, func(s span) bool { return s.holds(d) })
}

// slotAt is the therapist's slot at that very time of the week.
func (h *helper) slotAt(day time.Weekday, at civil.Time) (slot, bool) {
	i := slices.IndexFunc(h.slots, func(s slot) bool { return s.day == day && s.at == at })
	if i < 0 {
		return slot{}, false
	}
	return h.slots[i], true
}

// slotsOf are the times at which sessions can begin by the therapist's own weekly rules.
func slotsOf(t content.Therapist, places map[string]schedule.PlaceID) []slot {
	var all []slot
	for _, rule := range t.Times {
		if rule.Mode != string(schedule.Bookable) {
			continue
		}
		for at := rule.From; at+50 <= rule.To; at += 60 {
			all = append(all, slot{time.Weekday(rule.Day), at, rule.To, places[rule.Room], rule.Room == ""})
		}
	}
	return all
}

// The hours in which a session of today may begin, however late or early someone looks at the demonstration.
const (
	earliest = 7 * 60
	latest   = 21 * 60
)

// hoursAround chooses n times of a day for sessions: some that are over at now, the nearest ones, and the others to
// come. Late in the evening and early in the morning all of them lie on one side.
func hoursAround(now civil.Time, n int) (over, coming []civil.Time) {
	for at := civil.Time(earliest); at <= latest; at += 60 {
		switch {
		case at+60 <= now:
			over = append(over, at)
		case at > now+5:
			coming = append(coming, at)
		}
	}
	if len(coming) == 0 && now < civil.Clock(22, 50) {
		coming = append(coming, (now/60+1)*60)
	}
	past := min(len(over), max(2, n-len(coming)))
	over = over[len(over)-min(past, n):]
	return over, coming[:min(len(coming), n-len(over))]
}
