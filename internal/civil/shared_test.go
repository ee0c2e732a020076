package civil_test

import (
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"

	"pgregory.net/rapid"
)

func zone(tb testing.TB, name string) *time.Location {
	tb.Helper()
	loc, err := civil.Zone(name)
	if err != nil {
		tb.Fatal(err)
	}
	return loc
}

func date(year int, month time.Month, day int) civil.Date {
	return civil.Date{Year: year, Month: month, Day: day}
}

// dates draws days of the years 2015 to 2040.
func dates() *rapid.Generator[civil.Date] {
	return rapid.Map(civiltest.IntRange(0, 26*365), func(n int) civil.Date {
		return date(2015, time.January, 1).AddDays(n)
	})
}

func times() *rapid.Generator[civil.Time] {
	return rapid.Map(civiltest.IntRange(0, int(civil.EndOfDay)), func(n int) civil.Time { return civil.Time(n) })
}
