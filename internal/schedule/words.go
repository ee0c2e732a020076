package schedule

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/civil"
	"attune/internal/fault"
)

// Part is a part of a day, as people say when they could come.
type Part string

// The parts of a day.
const (
	Morning   Part = "morning"   // begins before noon
	Afternoon Part = "afternoon" // from noon until just before 5 pm
	Evening   Part = "evening"   // from 5 pm
)

// Parts are all parts of a day, in order.
var Parts = []Part{Morning, Afternoon, Evening}

// PartOf is the part of the day in which a session that begins at t is.
func PartOf(t civil.Time) Part {
	switch {
	case t < civil.Clock(12, 0):
		return Morning
	case t < civil.Clock(17, 0):
		return Afternoon
	default:
		return Evening
	}
}

// Wish is a time of the week that would suit somebody.
type Wish struct {
	Day  time.Weekday
	Part Part
}

// Wishes are all that a form offers, Monday morning to Sunday evening.
func Wishes() []Wish {
	var all []Wish
	for _, day := range civil.Weekdays {
		for _, part := range Parts {
			all = append(all, Wish{day, part})
		}
	}
	return all
}

// ParseWish reads a wish as a form sends it: "tue-evening".
func ParseWish(s string) (Wish, error) {
	for _, wish := range Wishes() {
		if wish.String() == s {
			return wish, nil
		}
	}
	return Wish{}, fault.Invalid("times", "Choose times from the list.")
}

// String is the wish as a form sends it: "tue-evening".
func (w Wish) String() string {
	return strings.ToLower(civil.ShortDay(w.Day)) + "-" + string(w.Part)
}

// Words is the wish as people say it: "Tuesday evening".
func (w Wish) Words() string { return w.Day.String() + " " + string(w.Part) }

// WishOf is the wish that a session met which begins at a moment in loc.
func WishOf(at time.Time, loc *time.Location) Wish {
	d, clock := civil.Of(at, loc)
	return Wish{d.Weekday(), PartOf(clock)}
}

// Met is those of wishes, in their order, that some of slots would meet; clock times are those of loc.
func Met(wishes []Wish, slots []Slot, loc *time.Location) []Wish {
	offered := make(map[Wish]bool)
	for _, slot := range slots {
		offered[WishOf(slot.Start, loc)] = true
	}
	return slices.DeleteFunc(slices.Clone(wishes), func(w Wish) bool { return !offered[w] })
}

// Words is the series as people say it: "Tuesdays, 9:00 to 9:50 am", "Every 2 weeks on Tuesday, 9:00 to 9:50 am".
func (w Weekly) Words() string {
	end := (w.At + civil.Time(w.Length/time.Minute)) % civil.EndOfDay
	times := civil.Between(w.At, end)
	if w.Every == 1 {
		return fmt.Sprintf("%ss, %s", w.Starts.Weekday(), times)
	}
	return fmt.Sprintf("Every %d weeks on %s, %s", w.Every, w.Starts.Weekday(), times)
}

// WishesWords are wishes in the order of the week, each once, as people say them:
// "Friday morning; Tuesday and Thursday evening".
func WishesWords(wishes []Wish) string {
	days := map[Part][]string{}
	for _, w := range Wishes() {
		if slices.Contains(wishes, w) {
			days[w.Part] = append(days[w.Part], w.Day.String())
		}
	}
	var words []string
	for _, part := range Parts {
		switch n := len(days[part]); {
		case n == 1:
			words = append(words, days[part][0]+" "+string(part))
		case n > 1:
			words = append(words, strings.Join(days[part][:n-1], ", ")+" and "+days[part][n-1]+" "+string(part))
		}
	}
	return strings.Join(words, "; ")
}
