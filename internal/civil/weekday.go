package civil

import (
	"strings"
	"time"
)

// Weekdays are the days of the week in the order in which pages list them, Monday first.
var Weekdays = [7]time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

// SinceMonday is the number of days from Monday to w, 0 to 6.
func SinceMonday(w time.Weekday) int { return (int(w) + 6) % 7 }

// ShortDay is the first three letters of w: "Thu".
func ShortDay(w time.Weekday) string { return w.String()[:3] }

// ParseWeekday reads the name of a day of the week, in full or its first three letters, in any case.
func ParseWeekday(s string) (time.Weekday, bool) {
	s = strings.TrimSuffix(strings.TrimSpace(s), ".")
	for _, w := range Weekdays {
		if strings.EqualFold(s, w.String()) || strings.EqualFold(s, ShortDay(w)) {
			return w, true
		}
	}
	return 0, false
}
