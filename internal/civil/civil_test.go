package civil_test

import (
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"

	"pgregory.net/rapid"
)

func TestIn(t *testing.T) {
	tests := []struct {
		name string
		zone string
		date civil.Date
		time civil.Time
		want string // RFC 3339
		how  civil.Resolution
		note string
	}{
		{"plain", "America/Chicago", date(2026, 5, 21), 600, "2026-05-21T10:00:00-05:00", civil.Exact, ""},
		{"before the gap", "America/Chicago", date(2026, 3, 8), 119, "2026-03-08T01:59:00-06:00", civil.Exact, ""},
		{"gap begins", "America/Chicago", date(2026, 3, 8), 120, "2026-03-08T03:00:00-05:00", civil.Shifted,
			"The clocks go forward just then, so this is at 3:00 am."},
		{"in the gap", "America/Chicago", date(2026, 3, 8), 150, "2026-03-08T03:30:00-05:00", civil.Shifted,
			"The clocks go forward just then, so this is at 3:30 am."},
		{"gap ends", "America/Chicago", date(2026, 3, 8), 180, "2026-03-08T03:00:00-05:00", civil.Exact, ""},
		{"before the overlap", "America/Chicago", date(2026, 11, 1), 59, "2026-11-01T00:59:00-05:00", civil.Exact, ""},
		{"overlap begins", "America/Chicago", date(2026, 11, 1), 60, "2026-11-01T01:00:00-05:00", civil.FirstOfTwo,
			"The clocks go back just then, so 1:00 am comes twice; this is the first."},
		{"in the overlap", "America/Chicago", date(2026, 11, 1), 90, "2026-11-01T01:30:00-05:00", civil.FirstOfTwo,
			"The clocks go back just then, so 1:30 am comes twice; this is the first."},
		{"overlap ends", "America/Chicago", date(2026, 11, 1), 120, "2026-11-01T02:00:00-06:00", civil.Exact, ""},
		{"end of the day", "America/Chicago", date(2026, 10, 31), civil.EndOfDay, "2026-11-01T00:00:00-05:00",
			civil.Exact, ""},
		{"half an hour's gap", "Australia/Lord_Howe", date(2026, 10, 4), 135, "2026-10-04T02:45:00+11:00", civil.Shifted,
			"The clocks go forward just then, so this is at 2:45 am."},
		{"midnight skipped", "Africa/Cairo", date(2026, 4, 24), 0, "2026-04-24T01:00:00+03:00", civil.Shifted,
			"The clocks go forward just then, so this is at 1:00 am."},
		{"a whole day skipped", "Pacific/Apia", date(2011, 12, 30), 600, "2011-12-31T10:00:00+14:00", civil.Shifted,
			"The clocks go forward just then, so this is at 10:00 am."},
		{"leap day", "Europe/Berlin", date(2028, 2, 29), 600, "2028-02-29T10:00:00+01:00", civil.Exact, ""},
		{"last day of a leap year", "America/Chicago", date(2040, 12, 31), 600, "2040-12-31T10:00:00-06:00", civil.Exact, ""},
		{"local mean time", "America/Chicago", date(1850, 1, 1), 600, "1850-01-01T10:00:00-05:50", civil.Exact, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			at, how := civil.In(test.date, test.time, zone(t, test.zone))
			if got := at.Format(time.RFC3339); got != test.want || how != test.how {
				t.Errorf("In(%s, %s, %s) = %s, %d, want %s, %d",
					test.date, test.time, test.zone, got, how, test.want, test.how)
			}
			if note := how.Words(at); note != test.note {
				t.Errorf("Words = %q, want %q", note, test.note)
			}
		})
	}
}

// TestInAtEveryTransition tries the minutes around every change of every zone's clocks from 2015 to 2040.
func TestInAtEveryTransition(t *testing.T) {
	transitions := 0
	for _, loc := range civiltest.Zones(t) {
		for _, change := range civiltest.Transitions(loc, 2015, 2040) {
			transitions++
			wallBefore, wallAfter := change.At.Add(change.Before), change.At.Add(change.After)
			how, from, until := civil.Shifted, wallBefore, wallAfter
			if change.After < change.Before {
				how, from, until = civil.FirstOfTwo, wallAfter, wallBefore
			}
			half := until.Sub(from) / 2
			checkIn(t, loc, from.Add(-time.Minute), -change.Before, civil.Exact)
			checkIn(t, loc, from, -change.Before, how)
			checkIn(t, loc, from.Add(half.Truncate(time.Minute)), -change.Before, how)
			checkIn(t, loc, until.Add(-time.Minute), -change.Before, how)
			checkIn(t, loc, until, -change.After, civil.Exact)
		}
	}
	if transitions < 5000 {
		t.Errorf("tried %d transitions, want at least 5000", transitions)
	}
	t.Logf("%d transitions", transitions)
}

// checkIn resolves the clock time that wall shows, and wants the moment that is offset from wall as read in UTC.
func checkIn(t *testing.T, loc *time.Location, wall time.Time, offset time.Duration, how civil.Resolution) {
	t.Helper()
	d, clock := civil.Of(wall, time.UTC)
	at, got := civil.In(d, clock, loc)
	if want := wall.Add(offset); !at.Equal(want) || got != how {
		t.Errorf("%s: In(%s, %s) = %s, %d, want %s, %d", loc, d, clock, at.UTC(), got, want.UTC(), how)
	}
}

// TestInProperty compares In with a search through every quarter hour's offset around the time.
func TestInProperty(t *testing.T) {
	zones := civiltest.Zones(t)
	civiltest.Check(t, func(t *rapid.T) {
		loc := civiltest.SampledFrom(zones).Draw(t, "zone")
		d, clock := dates().Draw(t, "date"), times().Draw(t, "time")
		at, how := civil.In(d, clock, loc)
		want, wantHow := search(d, clock, loc)
		if !at.Equal(want) || how != wantHow {
			t.Fatalf("In = %s, %d, want %s, %d", at, how, want, wantHow)
		}
	})
}

func search(d civil.Date, clock civil.Time, loc *time.Location) (time.Time, civil.Resolution) {
	wall := time.Date(d.Year, d.Month, d.Day, 0, int(clock), 0, 0, time.UTC)
	least, hits := 24*3600, map[int64]bool{}
	var first time.Time
	for step := -17 * 4; step <= 17*4; step++ {
		_, offset := wall.Add(time.Duration(step) * 15 * time.Minute).In(loc).Zone()
		least = min(least, offset)
		at := wall.Add(-time.Duration(offset) * time.Second)
		if _, got := at.In(loc).Zone(); got == offset {
			hits[at.Unix()] = true
			if first.IsZero() || at.Before(first) {
				first = at
			}
		}
	}
	switch len(hits) {
	case 0:
		return wall.Add(-time.Duration(least) * time.Second), civil.Shifted
	case 1:
		return first, civil.Exact
	default:
		return first, civil.FirstOfTwo
	}
}

// TestMomentProperty takes moments to local time and back, and lets two zones agree on the moment.
func TestMomentProperty(t *testing.T) {
	zones := civiltest.Zones(t)
	start := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	civiltest.Check(t, func(t *rapid.T) {
		here, there := civiltest.SampledFrom(zones).Draw(t, "here"), civiltest.SampledFrom(zones).Draw(t, "there")
		at := start.Add(time.Duration(civiltest.IntRange(0, 26*365*24*60).Draw(t, "minute")) * time.Minute)
		for _, loc := range []*time.Location{here, there} {
			d, clock := civil.Of(at, loc)
			back, how := civil.In(d, clock, loc)
			if how == civil.Shifted || how == civil.Exact && !back.Equal(at) || back.After(at) {
				t.Fatalf("%s in %s is %s %s, and back is %s, %d", at, loc, d, clock, back.UTC(), how)
			}
		}
	})
}

func TestZones(t *testing.T) {
	for _, name := range civiltest.ZoneNames(t) {
		if _, err := civil.Zone(name); err != nil {
			t.Errorf("Zone(%q): %v", name, err)
		}
	}
	for _, name := range []string{"", "Local", "local", "America/Nowhere", "../etc/passwd", "/etc/localtime"} {
		if loc, err := civil.Zone(name); err == nil {
			t.Errorf("Zone(%q) = %s, want an error", name, loc)
		}
	}
	for _, us := range civil.USZones {
		zone(t, us.Name)
	}
	for name, want := range map[string]string{
		"America/Chicago": "Central time", "Europe/Berlin": "Berlin time", "America/Sao_Paulo": "Sao Paulo time",
		"America/Indiana/Indianapolis": "Indianapolis time",
	} {
		if got := civil.ZoneWords(name); got != want {
			t.Errorf("ZoneWords(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestWhen(t *testing.T) {
	chicago, denver := zone(t, "America/Chicago"), zone(t, "America/Denver")
	from := time.Date(2026, 5, 21, 15, 0, 0, 0, time.UTC)
	for _, test := range []struct{ got, want string }{
		{civil.When(from, chicago), "Thursday, May 21, 10:00 am"},
		{civil.When(from, denver), "Thursday, May 21, 9:00 am"},
		{civil.WhenBetween(from, from.Add(50*time.Minute), chicago), "Thursday, May 21, 10:00 to 10:50 am"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}
