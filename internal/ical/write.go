package ical

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"attune/internal/civil"
	"attune/internal/schedule"

	"github.com/emersion/go-ical"
)

const (
	localForm = "20060102T150405"
	utcForm   = "20060102T150405Z"
	// product does not say whose program wrote the calendar, since that tells what the appointment is for.
	product = "-//Calendar//EN"
)

// Write writes the calendar with CRLF, lines folded at 75 octets, and its zone's rules. It writes nothing of a calendar
// that is not valid.
func Write(w io.Writer, c Calendar) error {
	if err := c.Validate(); err != nil {
		return err
	}
	out := ical.NewCalendar()
	set(out.Component, ical.PropVersion, "2.0")
	set(out.Component, ical.PropProductID, product)
	set(out.Component, ical.PropCalendarScale, "GREGORIAN")
	set(out.Component, ical.PropMethod, methods[c.Method])
	if c.Zone.String() != "UTC" {
		first, last := c.years()
		out.Children = append(out.Children, timezone(c.Zone, first, last))
	}
	for _, e := range c.Events {
		out.Children = append(out.Children, c.components(e)...)
	}
	var unfolded bytes.Buffer
	if err := ical.NewEncoder(&unfolded).Encode(out); err != nil {
		return fmt.Errorf("encode calendar: %w", err)
	}
	_, err := w.Write(fold(unfolded.Bytes()))
	return err
}

// horizon is how many years beyond their beginning series without end are written exactly.
const horizon = 10

// years are the first and last year in which an event of the calendar is.
func (c Calendar) years() (first, last int) {
	first = lastYear
	for _, e := range c.Events {
		start, end := e.Start.In(c.Zone).Year(), e.End.In(c.Zone).Year()
		if e.Weekly != nil {
			start = e.Weekly.Starts.Year
			end = c.lastDay(*e.Weekly).Year
		}
		first, last = min(first, start), max(last, end)
	}
	return first, last
}

// lastDay is the last day that a series is written exactly for.
func (c Calendar) lastDay(w schedule.Weekly) civil.Date {
	switch {
	case !w.Until.IsZero():
		return w.Until
	case w.Count > 0:
		return w.Starts.AddDays(7 * w.Every * (w.Count - 1))
	default:
		return w.Starts.AddMonths(12 * horizon)
	}
}

// components are the event, and for a series those of its occurrences that the clocks disturb, each said in UTC:
// readers of calendars take such times differently.
func (c Calendar) components(e Event) []*ical.Component {
	event := c.component(e)
	if e.Weekly == nil {
		c.setMoments(event, e.Start, e.End)
		return []*ical.Component{event}
	}
	w := *e.Weekly
	start, _ := civil.In(w.Starts, w.At, c.Zone)
	event.Props.Set(c.local(ical.PropDateTimeStart, start))
	set(event, ical.PropDuration, fmt.Sprintf("PT%dM", w.Length/time.Minute))
	set(event, ical.PropRecurrenceRule, c.rule(w))
	for _, d := range w.Except {
		event.Props.Add(c.wall(ical.PropExceptionDates, d, w.At))
	}
	all := []*ical.Component{event}
	for _, o := range c.disturbed(w) {
		moved := c.component(e)
		moved.Props.Set(c.wall(ical.PropRecurrenceID, o.Date, w.At))
		set(moved, ical.PropDateTimeStart, o.Start.UTC().Format(utcForm))
		set(moved, ical.PropDateTimeEnd, o.End.UTC().Format(utcForm))
		all = append(all, moved)
	}
	return all
}

// disturbed are the occurrences of a series during clock changes.
func (c Calendar) disturbed(w schedule.Weekly) []schedule.Occurrence {
	from, _ := civil.In(w.Starts, civil.Midnight, c.Zone)
	to, _ := civil.In(c.lastDay(w).AddDays(2), civil.Midnight, c.Zone)
	var all []schedule.Occurrence
	for _, o := range w.Occurrences(from, to, c.Zone) {
		if o.Note != civil.Exact {
			all = append(all, o)
		}
	}
	return all
}

// rule is the series as a recurrence rule. A last day becomes that day's last second, for readers that compare moments.
func (c Calendar) rule(w schedule.Weekly) string {
	rule := "FREQ=WEEKLY;INTERVAL=" + strconv.Itoa(w.Every)
	if w.Count > 0 {
		rule += ";COUNT=" + strconv.Itoa(w.Count)
	}
	if !w.Until.IsZero() {
		rule += ";UNTIL=" + c.endOf(w.Until).Format(utcForm)
	}
	return rule
}

// endOf is the last second of d, in UTC.
func (c Calendar) endOf(d civil.Date) time.Time {
	midnight, _ := civil.In(d, civil.EndOfDay, c.Zone)
	return midnight.Add(-time.Second).UTC()
}

// component is an event without its times. Each value is ours or checked by Validate; there is no alarm, attachment,
// link or description.
func (c Calendar) component(e Event) *ical.Component {
	event := ical.NewComponent(ical.CompEvent)
	set(event, ical.PropUID, e.UID)
	set(event, ical.PropSequence, strconv.Itoa(e.Sequence))
	set(event, ical.PropDateTimeStamp, e.Stamp.UTC().Format(utcForm))
	set(event, ical.PropSummary, titles[e.Title])
	set(event, ical.PropClass, "PRIVATE")
	set(event, ical.PropStatus, "CONFIRMED")
	if e.Cancelled {
		set(event, ical.PropStatus, "CANCELLED")
	}
	if e.Location != "" {
		event.Props.SetText(ical.PropLocation, e.Location)
	}
	return event
}

// setMoments writes start and end in the zone of the calendar, or both in UTC when the clocks show one of them twice.
func (c Calendar) setMoments(event *ical.Component, start, end time.Time) {
	if c.Zone.String() == "UTC" || !c.unambiguous(start) || !c.unambiguous(end) {
		set(event, ical.PropDateTimeStart, start.UTC().Format(utcForm))
		set(event, ical.PropDateTimeEnd, end.UTC().Format(utcForm))
		return
	}
	event.Props.Set(c.local(ical.PropDateTimeStart, start))
	event.Props.Set(c.local(ical.PropDateTimeEnd, end))
}

func (c Calendar) unambiguous(at time.Time) bool {
	d, clock := civil.Of(at, c.Zone)
	_, how := civil.In(d, clock, c.Zone)
	return how == civil.Exact
}

// local is a moment as a property in the zone of the calendar.
func (c Calendar) local(name string, at time.Time) *ical.Prop {
	if c.Zone.String() == "UTC" {
		return prop(name, at.UTC().Format(utcForm))
	}
	p := prop(name, at.In(c.Zone).Format(localForm))
	p.Params.Set(ical.ParamTimezoneID, c.Zone.String())
	return p
}

// wall is a date and clock time as a property in the zone of the calendar, whether or not the clocks ever show it.
func (c Calendar) wall(name string, d civil.Date, clock civil.Time) *ical.Prop {
	value := fmt.Sprintf("%04d%02d%02dT%02d%02d00", d.Year, d.Month, d.Day, clock/60, clock%60)
	if c.Zone.String() == "UTC" {
		return prop(name, value+"Z")
	}
	p := prop(name, value)
	p.Params.Set(ical.ParamTimezoneID, c.Zone.String())
	return p
}

func prop(name, value string) *ical.Prop {
	p := ical.NewProp(name)
	p.Value = value
	return p
}

func set(c *ical.Component, name, value string) { c.Props.Set(prop(name, value)) }

// width is how many octets of a line stand before its CRLF at most (RFC 5545, 3.1).
const width = 75

// fold breaks lines that are too long, between letters, as readers that do not join octets first need it.
func fold(unfolded []byte) []byte {
	var out bytes.Buffer
	for line := range strings.SplitAfterSeq(string(unfolded), "\r\n") {
		line, ended := strings.CutSuffix(line, "\r\n")
		for room := width; len(line) > room; room = width - 1 {
			cut := room
			for !utf8.RuneStart(line[cut]) {
				cut--
			}
			out.WriteString(line[:cut] + "\r\n ")
			line = line[cut:]
		}
		out.WriteString(line)
		if ended {
			out.WriteString("\r\n")
		}
	}
	return out.Bytes()
}
