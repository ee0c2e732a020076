// Package ical writes appointments as calendars (RFC 5545) that say nothing about what is met for, and reads them back.
package ical

import (
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"

	"attune/internal/civil"
	"attune/internal/schedule"
)

// MediaType is what a calendar is served as.
const MediaType = "text/calendar; charset=utf-8"

// Method says what a calendar asks of its reader.
type Method int

// The methods that are written.
const (
	Publish Method = iota // here are appointments
	Cancel                // these appointments are cancelled
)

var methods = []string{"PUBLISH", "CANCEL"}

// Title is all that a calendar says about what an event is. There is no way to say more.
type Title int

// The titles there are.
const (
	Appointment Title = iota
	Busy
)

var titles = []string{"Appointment", "Busy"}

// Calendar is appointments and the zone in which they are agreed.
type Calendar struct {
	Method Method
	Zone   *time.Location // of the IANA database
	Events []Event        // at least one
}

// Event is an appointment, or a series of them.
type Event struct {
	UID       string    // random and lasting: 1 to 200 letters, digits, and . _ @ -
	Sequence  int       // how often it was changed: 0 at first
	Stamp     time.Time // when it was last changed
	Cancelled bool      // always so under Cancel
	Title     Title
	Location  string           // a street address or "", and nobody's name; at most 200 letters
	Start     time.Time        // in whole seconds
	End       time.Time        // after Start
	Weekly    *schedule.Weekly // in place of Start and End
}

// The bounds of what is written and read, far beyond what is needed.
const (
	mostEvents  = 20_000
	mostLetters = 200
	mostTimes   = 1000 // of a series: its Count, its exceptions
	firstYear   = 1970
	lastYear    = 2200
)

var uidForm = regexp.MustCompile(`^[A-Za-z0-9._@-]{1,200}$`)

// Validate returns what of the calendar cannot be written, if anything.
func (c Calendar) Validate() error {
	if c.Method < 0 || int(c.Method) >= len(methods) {
		return errors.New("calendar: no such method")
	}
	if c.Zone == nil {
		return errors.New("calendar: no zone")
	}
	if _, err := civil.Zone(c.Zone.String()); err != nil {
		return fmt.Errorf("calendar: %w", err)
	}
	if len(c.Events) == 0 || len(c.Events) > mostEvents {
		return fmt.Errorf("calendar: %d events, want 1 to %d", len(c.Events), mostEvents)
	}
	seen := make(map[string]bool)
	for n, e := range c.Events {
		if err := c.validate(e); err != nil {
			return fmt.Errorf("calendar: event %d: %w", n, err)
		}
		if seen[e.UID] {
			return fmt.Errorf("calendar: event %d: UID given twice", n)
		}
		seen[e.UID] = true
	}
	return nil
}

func (c Calendar) validate(e Event) error {
	switch {
	case !uidForm.MatchString(e.UID):
		return errors.New("UID not of the form it must have")
	case e.Sequence < 0:
		return errors.New("sequence below zero")
	case !writable(e.Stamp):
		return errors.New("stamp not in whole seconds of a year that is written")
	case e.Title < 0 || int(e.Title) >= len(titles):
		return errors.New("no such title")
	case c.Method == Cancel && !e.Cancelled:
		return errors.New("not cancelled, but the calendar cancels")
	case e.Weekly != nil:
		if !e.Start.IsZero() || !e.End.IsZero() {
			return errors.New("both a series and a start or end")
		}
		return errors.Join(plain(e.Location), c.validateWeekly(*e.Weekly))
	case !writable(e.Start) || !writable(e.End) || !e.End.After(e.Start):
		return errors.New("start and end not in whole seconds, in order, of years that are written")
	}
	return plain(e.Location)
}

func (c Calendar) validateWeekly(w schedule.Weekly) error {
	if err := w.Validate(); err != nil {
		return err
	}
	if w.Count > mostTimes || len(w.Except) > mostTimes {
		return fmt.Errorf("series of more than %d times or exceptions", mostTimes)
	}
	if w.Starts.Year < firstYear || c.lastDay(w).Year > lastYear {
		return errors.New("series in a year that is not written")
	}
	if _, how := civil.In(w.Starts, w.At, c.Zone); how != civil.Exact {
		return errors.New("series begins while the clocks change, which readers of calendars disagree about")
	}
	for n, d := range w.Except {
		days := w.Starts.DaysUntil(d)
		if !d.Valid() || days < 0 || days%(7*w.Every) != 0 || n > 0 && !d.After(w.Except[n-1]) {
			return errors.New("exceptions are not days of the series in order")
		}
	}
	return nil
}

// writable reports whether a moment can be written exactly.
func writable(at time.Time) bool {
	year := at.UTC().Year()
	return at.Nanosecond() == 0 && year >= firstYear && year <= lastYear
}

// plain returns an error when s could be read as more than one short line of text.
func plain(s string) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > mostLetters {
		return errors.New("location longer than 200 letters, or not text")
	}
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return errors.New("location with line breaks or other control characters")
		}
	}
	return nil
}
