package civil

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the calendar, without time or zone. The zero Date is no day. Dates compare with ==.
type Date struct {
	Year  int // 1 to 9999
	Month time.Month
	Day   int // 1 to 31
}

var errDate = errors.New("write the date like 5/21/2026 or 2026-05-21")

// ParseDate reads a date as machines and people write it: 2026-05-21, 5/21/2026, May 21, 2026, with or without a
// weekday in front, which must then be the right one. A year has four digits.
func ParseDate(s string) (Date, error) {
	s = strings.TrimSpace(s)
	var d Date
	var ok bool
	switch {
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		d, ok = dateFromParts(s[:4], s[5:7], s[8:])
	case strings.Count(s, "/") == 2:
		part := strings.Split(s, "/")
		d, ok = dateFromParts(part[2], part[0], part[1])
	default:
		d, ok = dateFromWords(s)
	}
	if !ok || !d.Valid() {
		return Date{}, errDate
	}
	return d, nil
}

func dateFromParts(year, month, day string) (Date, bool) {
	y, okY := digits(year, 4, 4)
	m, okM := digits(month, 1, 2)
	d, okD := digits(day, 1, 2)
	return Date{y, time.Month(m), d}, okY && okM && okD
}

// dateFromWords reads "May 21, 2026" and "Thursday, May 21, 2026".
func dateFromWords(s string) (Date, bool) {
	word := strings.Fields(strings.ReplaceAll(s, ",", " "))
	weekday, named := time.Weekday(0), false
	if len(word) == 4 {
		if weekday, named = ParseWeekday(word[0]); !named {
			return Date{}, false
		}
		word = word[1:]
	}
	if len(word) != 3 {
		return Date{}, false
	}
	month, okM := parseMonth(word[0])
	day, okD := digits(word[1], 1, 2)
	year, okY := digits(word[2], 4, 4)
	d := Date{year, month, day}
	if !okM || !okD || !okY || named && d.Weekday() != weekday {
		return Date{}, false
	}
	return d, true
}

func parseMonth(s string) (time.Month, bool) {
	s = strings.TrimSuffix(s, ".")
	for m := time.January; m <= time.December; m++ {
		if strings.EqualFold(s, m.String()) || strings.EqualFold(s, m.String()[:3]) {
			return m, true
		}
	}
	return 0, false
}

// digits reads a number of least to most ASCII digits.
func digits(s string, least, most int) (int, bool) {
	if len(s) < least || len(s) > most || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}

// Valid reports whether d is a day that exists, in the years 1 to 9999.
func (d Date) Valid() bool {
	return d.Year >= 1 && d.Year <= 9999 && d.utc().Day() == d.Day && d.utc().Month() == d.Month
}

// IsZero reports whether d is no day.
func (d Date) IsZero() bool { return d == Date{} }

// utc is the midnight of d in UTC, for arithmetic on days, which have 24 hours there.
func (d Date) utc() time.Time {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)
}

// AddDays is the day n days after d, or before it when n is negative.
func (d Date) AddDays(n int) Date {
	return On(d.utc().AddDate(0, 0, n), time.UTC)
}

// AddMonths is the same day of the month n months after d, or the last day of that month when it has no such day.
func (d Date) AddMonths(n int) Date {
	first := time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return Date{first.Year(), first.Month(), min(d.Day, last)}
}

// DaysUntil is the number of days from d to later, negative when later is before d.
func (d Date) DaysUntil(later Date) int {
	return int(later.utc().Sub(d.utc()) / (24 * time.Hour))
}

// YearsUntil is the number of whole years from d to later, as an age is counted; someone born on February 29 is a
// year older on March 1 of a common year. It is negative when later is before d.
func (d Date) YearsUntil(later Date) int {
	years := later.Year - d.Year
	if later.Month < d.Month || later.Month == d.Month && later.Day < d.Day {
		years--
	}
	return years
}

// Compare is -1 when d is before other, 0 when they are the same day, and +1 when d is after it.
func (d Date) Compare(other Date) int { return d.utc().Compare(other.utc()) }

// Before reports whether d comes before other.
func (d Date) Before(other Date) bool { return d.Compare(other) < 0 }

// After reports whether d comes after other.
func (d Date) After(other Date) bool { return d.Compare(other) > 0 }

// Weekday is the day of the week of d.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Monday is the first day of the week that d is in.
func (d Date) Monday() Date { return d.AddDays(-SinceMonday(d.Weekday())) }

// String is d as 2026-05-21, as it is stored and as date fields want it; "" for no day.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// Words is d as "Thursday, May 21".
func (d Date) Words() string { return d.Weekday().String() + ", " + d.MonthDay() }

// WordsYear is d as "Thursday, May 21, 2026".
func (d Date) WordsYear() string { return d.Words() + ", " + strconv.Itoa(d.Year) }

// Short is d as "Thu, May 21".
func (d Date) Short() string { return ShortDay(d.Weekday()) + ", " + d.MonthDay() }

// MonthDay is d as "May 21".
func (d Date) MonthDay() string { return d.Month.String() + " " + strconv.Itoa(d.Day) }

// MonthDayYear is d as "May 21, 2026".
func (d Date) MonthDayYear() string { return d.MonthDay() + ", " + strconv.Itoa(d.Year) }

// From is d as one would say it on today: "today", "tomorrow", "yesterday", or "Thursday, May 21", with the year when
// it is not today's.
func (d Date) From(today Date) string {
	switch today.DaysUntil(d) {
	case -1:
		return "yesterday"
	case 0:
		return "today"
	case 1:
		return "tomorrow"
	}
	if d.Year != today.Year {
		return d.WordsYear()
	}
	return d.Words()
}

// MarshalText writes d as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
