package civil

import (
	"errors"
	"fmt"
	"strings"
)

// Time is a clock time in minutes since midnight, 0 to 1440. EndOfDay, which only ends a span, is 1440.
type Time int

// The ends of a day.
const (
	Midnight Time = 0
	EndOfDay Time = 24 * 60
)

var errTime = errors.New("write the time like 2:30 pm or 14:30")

// Clock is the time at hour (0 to 24) and minute (0 to 59).
func Clock(hour, minute int) Time { return Time(hour*60 + minute) }

// ParseTime reads a time as machines and people write it: 14:30, 14:30:00, 24:00, 2:30 pm, 2 p.m., noon. A lone hour
// needs am or pm.
func ParseTime(s string) (Time, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "noon" {
		return Clock(12, 0), nil
	}
	clock, half := cutHalf(s)
	parts := strings.Split(clock, ":")
	if len(parts) > 3 || len(parts) == 3 && parts[2] != "00" || len(parts) == 1 && half == "" {
		return 0, errTime
	}
	hour, ok := digits(parts[0], 1, 2)
	minute := 0
	if len(parts) > 1 && ok {
		minute, ok = digits(parts[1], 2, 2)
	}
	if !ok || minute > 59 {
		return 0, errTime
	}
	if half != "" {
		if hour < 1 || hour > 12 {
			return 0, errTime
		}
		hour %= 12
		if half == "p" {
			hour += 12
		}
	}
	if t := Clock(hour, minute); t <= EndOfDay {
		return t, nil
	}
	return 0, errTime
}

// cutHalf takes am or pm, however dotted, from the end of s; half is "a", "p" or "".
func cutHalf(s string) (clock, half string) {
	for _, end := range []string{"am", "a.m.", "a.m", "pm", "p.m.", "p.m"} {
		if clock, found := strings.CutSuffix(s, end); found {
			return strings.TrimSpace(clock), end[:1]
		}
	}
	return s, ""
}

// Valid reports whether t is a time from midnight to EndOfDay.
func (t Time) Valid() bool { return t >= Midnight && t <= EndOfDay }

// String is t as 14:30, as it is stored and as time fields want it.
func (t Time) String() string { return fmt.Sprintf("%02d:%02d", int(t)/60, int(t)%60) }

// Words is t as "2:30 pm".
func (t Time) Words() string { return t.bare() + " " + t.half() }

// bare is t as "2:30".
func (t Time) bare() string { return fmt.Sprintf("%d:%02d", (int(t)/60+11)%12+1, int(t)%60) }

func (t Time) half() string {
	if t >= Clock(12, 0) && t < EndOfDay {
		return "pm"
	}
	return "am"
}

// Between is a span of times as "10:00 to 10:50 am" or "11:30 am to 12:20 pm".
func Between(from, to Time) string {
	if from == Midnight && to == EndOfDay {
		return "all day"
	}
	if from.half() == to.half() && from < to && to < EndOfDay {
		return from.bare() + " to " + to.Words()
	}
	return from.Words() + " to " + to.Words()
}

// MarshalText writes t as String does.
func (t Time) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (t *Time) UnmarshalText(text []byte) error {
	parsed, err := ParseTime(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}
