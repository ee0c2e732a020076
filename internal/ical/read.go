package ical

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/internal/civil"
	"attune/internal/schedule"

	"github.com/emersion/go-ical"
)

// mostOctets is how long a calendar Read reads at most.
const mostOctets = 16 << 20

var (
	// lineForm is a content line as Write writes it, unfolded. Lines of other forms crash the decoder.
	lineForm     = regexp.MustCompile(`^[A-Z-]{1,20}(;[A-Z]{1,20}=[A-Za-z0-9/_+-]{1,60})?:[^\x00-\x1f\x7f]*$`)
	durationForm = regexp.MustCompile(`^PT([0-9]{1,4})M$`)
	ruleForm     = regexp.MustCompile(
		`^FREQ=WEEKLY;INTERVAL=([0-9]{1,2})(?:;COUNT=([0-9]{1,4}))?(?:;UNTIL=([0-9]{8}T[0-9]{6}Z))?$`)
)

var errMore = errors.New("calendar: says more than is read here")

// Read reads a calendar that Write wrote. Any other is an error, even when it only says more; of the zone only the name
// is read.
func Read(r io.Reader) (Calendar, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostOctets+1))
	if err != nil {
		return Calendar{}, fmt.Errorf("read calendar: %w", err)
	}
	in, err := decode(string(text))
	if err != nil {
		return Calendar{}, err
	}
	c := Calendar{Method: Method(slices.Index(methods, value(in.Component, ical.PropMethod))), Zone: time.UTC}
	events := in.Children
	if len(events) > 0 && events[0].Name == ical.CompTimezone {
		if c.Zone, err = civil.Zone(value(events[0], ical.PropTimezoneID)); err != nil {
			return Calendar{}, fmt.Errorf("calendar: %w", err)
		}
		events = events[1:]
	}
	for _, event := range events {
		if event.Props.Get(ical.PropRecurrenceID) != nil {
			continue
		}
		e, err := c.event(event)
		if err != nil {
			return Calendar{}, err
		}
		c.Events = append(c.Events, e)
	}
	if err := c.Validate(); err != nil {
		return Calendar{}, err
	}
	if !c.says(events) {
		return Calendar{}, errMore
	}
	return c, nil
}

// says reports whether the calendar would be written as just these events.
func (c Calendar) says(events []*ical.Component) bool {
	var all []*ical.Component
	for _, e := range c.Events {
		all = append(all, c.components(e)...)
	}
	return slices.EqualFunc(all, events, func(x, y *ical.Component) bool {
		return x.Name == y.Name && len(x.Children)+len(y.Children) == 0 && reflect.DeepEqual(x.Props, y.Props)
	})
}

// decode unfolds the text and gives it to the decoder, if its lines are of the form that they must have.
func decode(text string) (*ical.Calendar, error) {
	if len(text) > mostOctets || !strings.HasSuffix(text, "\r\n") {
		return nil, errors.New("calendar: too long, or its last line does not end")
	}
	text = strings.ReplaceAll(text, "\r\n ", "")
	depth := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if !lineForm.MatchString(line) {
			return nil, errors.New("calendar: a line is not of the form it must have")
		}
		if strings.HasPrefix(line, "BEGIN:") {
			depth++
		}
		if depth > 3 {
			return nil, errMore
		}
		if strings.HasPrefix(line, "END:") {
			depth--
		}
	}
	decoder := ical.NewDecoder(strings.NewReader(text))
	in, err := decoder.Decode()
	if err != nil {
		return nil, fmt.Errorf("decode calendar: %w", err)
	}
	if _, err := decoder.Decode(); !errors.Is(err, io.EOF) {
		return nil, errMore
	}
	return in, nil
}

// value is the one value of a property, or "".
func value(c *ical.Component, name string) string {
	if all := c.Props.Values(name); len(all) == 1 {
		return all[0].Value
	}
	return ""
}

func (c Calendar) event(in *ical.Component) (Event, error) {
	if in.Name != ical.CompEvent {
		return Event{}, errMore
	}
	e := Event{
		UID:       value(in, ical.PropUID),
		Cancelled: value(in, ical.PropStatus) == "CANCELLED",
		Title:     Title(slices.Index(titles, value(in, ical.PropSummary))),
	}
	var errs [3]error
	e.Sequence, errs[0] = strconv.Atoi(value(in, ical.PropSequence))
	e.Stamp, errs[1] = time.Parse(utcForm, value(in, ical.PropDateTimeStamp))
	e.Location, errs[2] = in.Props.Text(ical.PropLocation)
	if err := errors.Join(errs[:]...); err != nil {
		return Event{}, fmt.Errorf("calendar: %w", err)
	}
	if in.Props.Get(ical.PropRecurrenceRule) != nil {
		w, err := c.weekly(in)
		e.Weekly = &w
		return e, err
	}
	var err error
	if e.Start, err = c.moment(value(in, ical.PropDateTimeStart)); err != nil {
		return Event{}, err
	}
	e.End, err = c.moment(value(in, ical.PropDateTimeEnd))
	return e, err
}

// moment reads a time in UTC or, without Z, in the zone of the calendar, to the second.
func (c Calendar) moment(s string) (time.Time, error) {
	if at, err := time.Parse(utcForm, s); err == nil {
		return at.In(c.Zone), nil
	}
	wall, err := time.Parse(localForm, s)
	if err != nil {
		return time.Time{}, errors.New("calendar: a time is not of the form it must have")
	}
	d, clock := civil.Of(wall, time.UTC)
	at, _ := civil.In(d, clock, c.Zone)
	return at.Add(time.Duration(wall.Second()) * time.Second), nil
}

func (c Calendar) weekly(in *ical.Component) (schedule.Weekly, error) {
	rule := ruleForm.FindStringSubmatch(value(in, ical.PropRecurrenceRule))
	length := durationForm.FindStringSubmatch(value(in, ical.PropDuration))
	start, err := c.moment(value(in, ical.PropDateTimeStart))
	if rule == nil || length == nil || err != nil {
		return schedule.Weekly{}, errMore
	}
	var w schedule.Weekly
	w.Starts, w.At = civil.Of(start, c.Zone)
	// The forms leave these nothing but short numbers, or none for a missing count.
	minutes, _ := strconv.Atoi(length[1])
	w.Length = time.Duration(minutes) * time.Minute
	w.Every, _ = strconv.Atoi(rule[1])
	w.Count, _ = strconv.Atoi(rule[2])
	if rule[3] != "" {
		until, err := c.moment(rule[3])
		if err != nil {
			return schedule.Weekly{}, err
		}
		w.Until = civil.On(until, c.Zone)
	}
	for _, except := range in.Props.Values(ical.PropExceptionDates) {
		wall, err := time.Parse(localForm, strings.TrimSuffix(except.Value, "Z"))
		if err != nil {
			return schedule.Weekly{}, errMore
		}
		w.Except = append(w.Except, civil.On(wall, time.UTC))
	}
	return w, nil
}
