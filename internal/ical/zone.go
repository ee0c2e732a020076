package ical

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/emersion/go-ical"
)

// onset is the beginning of a period in which a zone keeps one offset.
type onset struct {
	wall time.Time // what the clocks showed just before, as if in UTC
	observance
}

// observance is what begins at an onset.
type observance struct {
	name     string // "CDT"
	from, to int    // offsets in seconds, east of UTC positive
	daylight bool
}

// timezone writes the rules of loc for the years first to last: as yearly rules where the clocks change on such a day
// in each of these years and the ten after them, else as a list of dates.
func timezone(loc *time.Location, first, last int) *ical.Component {
	zone := ical.NewComponent(ical.CompTimezone)
	set(zone, ical.PropTimezoneID, loc.String())
	last = max(last, first+horizon) + 1
	all := onsets(loc, first-1, last)
	if len(all) > 1 && all[1].wall.Year() < first {
		all = all[1:]
	}
	groups := make(map[observance][]time.Time)
	var order []observance
	for _, o := range all {
		if groups[o.observance] == nil {
			order = append(order, o.observance)
		}
		groups[o.observance] = append(groups[o.observance], o.wall)
	}
	for _, o := range order {
		zone.Children = append(zone.Children, o.component(groups[o], last))
	}
	return zone
}

const day = 24 * time.Hour // in UTC

// onsets are the beginnings of periods from the first day of the year from to the end of the year until, the first
// standing for whatever holds when they begin. It compares midnights, as no zone changes and changes back within a day.
func onsets(loc *time.Location, from, until int) []onset {
	at := time.Date(from, time.January, 1, 0, 0, 0, 0, time.UTC)
	name, offset := at.In(loc).Zone()
	all := []onset{{at.Add(time.Duration(offset) * time.Second), observance{name, offset, offset, at.In(loc).IsDST()}}}
	for ; at.Year() <= until; at = at.Add(day) {
		next := at.Add(day)
		name, after := next.In(loc).Zone()
		if after == offset {
			continue
		}
		seconds := sort.Search(int(day/time.Second), func(s int) bool {
			_, got := at.Add(time.Duration(s) * time.Second).In(loc).Zone()
			return got != offset
		})
		moment := at.Add(time.Duration(seconds) * time.Second)
		all = append(all, onset{
			moment.Add(time.Duration(offset) * time.Second),
			observance{name, offset, after, moment.In(loc).IsDST()},
		})
		offset = after
	}
	return all
}

// component is an observance with its beginnings.
func (o observance) component(walls []time.Time, last int) *ical.Component {
	kind := ical.CompTimezoneStandard
	if o.daylight {
		kind = ical.CompTimezoneDaylight
	}
	c := ical.NewComponent(kind)
	set(c, ical.PropTimezoneName, o.name)
	set(c, ical.PropTimezoneOffsetFrom, offsetText(o.from))
	set(c, ical.PropTimezoneOffsetTo, offsetText(o.to))
	set(c, ical.PropDateTimeStart, walls[0].Format(localForm))
	if rule := yearly(walls, last); rule != "" {
		set(c, ical.PropRecurrenceRule, rule)
		return c
	}
	var dates []string
	for _, wall := range walls[1:] {
		dates = append(dates, wall.Format(localForm))
	}
	if dates != nil {
		set(c, ical.PropRecurrenceDates, strings.Join(dates, ","))
	}
	return c
}

// yearly is the rule "the nth, or the last, such weekday of the month" if walls follow it in every year until last,
// else "".
func yearly(walls []time.Time, last int) string {
	first := walls[0]
	if len(walls) < horizon || walls[len(walls)-1].Year() != last || len(walls) != last-first.Year()+1 {
		return ""
	}
	nth, isLast := true, true
	for n, wall := range walls {
		sameTime := wall.Format("15:04:05") == first.Format("15:04:05") && wall.Weekday() == first.Weekday()
		if wall.Year() != first.Year()+n || wall.Month() != first.Month() || !sameTime {
			return ""
		}
		nth = nth && (wall.Day()-1)/7 == (first.Day()-1)/7
		isLast = isLast && wall.AddDate(0, 0, 7).Month() != wall.Month()
	}
	week := (first.Day()-1)/7 + 1
	switch {
	case isLast:
		week = -1
	case !nth:
		return ""
	}
	day := strings.ToUpper(first.Weekday().String()[:2])
	return fmt.Sprintf("FREQ=YEARLY;BYMONTH=%d;BYDAY=%d%s", first.Month(), week, day)
}

// offsetText is an offset in seconds as "-0600".
func offsetText(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	text := fmt.Sprintf("%c%02d%02d", sign, seconds/3600, seconds/60%60)
	if seconds%60 != 0 {
		text += fmt.Sprintf("%02d", seconds%60)
	}
	return text
}
