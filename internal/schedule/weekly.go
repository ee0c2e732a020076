package schedule

import (
	"slices"
	"time"

	"attune/internal/civil"
	"attune/internal/fault"
)

// Weekly is a series that keeps its day of the week and its clock time, whatever the clocks do.
type Weekly struct {
	Starts civil.Date // the first day; its day of the week is that of the series
	At     civil.Time
	Length time.Duration // whole minutes, at most a day
	Every  int           // weeks from one to the next, 1 to 52
	Until  civil.Date    // no occurrence after this day; zero: no such day
	Count  int           // no more occurrences than this, with those on Except; zero: no such limit
	Except []civil.Date  // days on which it does not take place
}

// Occurrence is one time of a series.
type Occurrence struct {
	Interval
	Date civil.Date       // the day that it stands for, even if the clocks move it beyond midnight
	Note civil.Resolution // whether the clocks change just then
}

// Validate returns what is wrong with the series as a fault that a person may read, if anything is.
func (w Weekly) Validate() error {
	switch {
	case !w.Starts.Valid():
		return fault.Invalid("starts", "Choose the day of the first session.")
	case !w.At.Valid() || w.At == civil.EndOfDay:
		return fault.Invalid("at", "Choose a time of the day.")
	case w.Length < time.Minute || w.Length > 24*time.Hour || w.Length%time.Minute != 0:
		return fault.Invalid("length", "Choose a length from one minute to a day.")
	case w.Every < 1 || w.Every > 52:
		return fault.Invalid("every", "Choose a number of weeks from 1 to 52.")
	case !w.Until.IsZero() && (!w.Until.Valid() || w.Until.Before(w.Starts)):
		return fault.Invalid("until", "Choose a last day that is not before the first session.")
	case w.Count < 0 || w.Count > 0 && !w.Until.IsZero():
		return fault.Invalid("count", "Choose either a last day or a number of sessions.")
	}
	return nil
}

// Occurrences is those that begin at from or later and before to, in loc, in order. The series must be valid.
func (w Weekly) Occurrences(from, to time.Time, loc *time.Location) []Occurrence {
	var all []Occurrence
	days := 7 * w.Every
	// A day early, as the clocks may move an occurrence beyond midnight.
	skipped := max(0, w.Starts.DaysUntil(civil.On(from, loc).AddDays(-1))/days)
	for n := skipped; w.Count == 0 || n < w.Count; n++ {
		day := w.Starts.AddDays(n * days)
		start, note := civil.In(day, w.At, loc)
		if !start.Before(to) || !w.Until.IsZero() && day.After(w.Until) {
			break
		}
		if start.Before(from) || slices.Contains(w.Except, day) {
			continue
		}
		all = append(all, Occurrence{Interval{start, start.Add(w.Length)}, day, note})
	}
	return all
}
