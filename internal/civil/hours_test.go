package civil_test

import (
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"

	"pgregory.net/rapid"
)

// office is open on weekdays from 9 to 12 and 1 to 5, on Friday until 1 without a break, and closed on Memorial Day.
func office() civil.Hours {
	hours := civil.Hours{Closed: map[civil.Date]bool{date(2026, 5, 25): true}}
	for _, day := range civil.Weekdays[:4] {
		hours.Week[day] = []civil.Span{
			{From: civil.Clock(9, 0), To: civil.Clock(12, 0)}, {From: civil.Clock(13, 0), To: civil.Clock(17, 0)},
		}
	}
	hours.Week[time.Friday] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(13, 0)}}
	return hours
}

// clockAt reads "2026-05-22 15:00" in loc.
func clockAt(tb testing.TB, s string, loc *time.Location) time.Time {
	tb.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, loc)
	if err != nil {
		tb.Fatal(err)
	}
	return at
}

func TestHoursAdd(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	always := civil.Hours{}
	for day := range always.Week {
		always.Week[day] = []civil.Span{{From: civil.Midnight, To: civil.EndOfDay}}
	}
	tests := []struct {
		name    string
		hours   civil.Hours
		start   string
		working time.Duration
		want    string
	}{
		{"within a span", office(), "2026-05-19 09:30", 2 * time.Hour, "2026-05-19 11:30"},
		{"over a break", office(), "2026-05-19 11:30", 2 * time.Hour, "2026-05-19 14:30"},
		{"ends at closing", office(), "2026-05-19 13:00", 4 * time.Hour, "2026-05-19 17:00"},
		{"from a break", office(), "2026-05-19 12:15", time.Hour, "2026-05-19 14:00"},
		{"over night", office(), "2026-05-19 16:00", 7 * time.Hour, "2026-05-20 16:00"},
		{"over weekend and holiday", office(), "2026-05-22 12:00", 2 * time.Hour, "2026-05-26 10:00"},
		{"from a holiday", office(), "2026-05-25 10:00", time.Hour, "2026-05-26 10:00"},
		{"no work", office(), "2026-05-19 10:00", 0, "2026-05-19 10:00"},
		{"no work while closed", office(), "2026-05-23 10:00", 0, "2026-05-26 09:00"},
		{"over the change in spring", always, "2026-03-07 12:00", 24 * time.Hour, "2026-03-08 13:00"},
		{"over the change in autumn", always, "2026-10-31 12:00", 24 * time.Hour, "2026-11-01 11:00"},
		{"weekend with the change", office(), "2026-03-06 12:00", 2 * time.Hour, "2026-03-09 10:00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			due, ok := test.hours.Add(clockAt(t, test.start, chicago), test.working, chicago)
			if want := clockAt(t, test.want, chicago); !ok || !due.Equal(want) {
				t.Errorf("Add(%s, %s) = %s, %t, want %s", test.start, test.working, due, ok, want)
			}
		})
	}
	if due, ok := (civil.Hours{}).Add(clockAt(t, "2026-05-19 10:00", chicago), time.Hour, chicago); ok {
		t.Errorf("Add without hours = %s, want none", due)
	}
}

func TestHoursAddDays(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	tests := []struct {
		name, start string
		n           int
		want        string
	}{
		{"open", "2026-05-19 10:00", 1, "2026-05-20 10:00"},
		{"short day next", "2026-05-21 16:00", 1, "2026-05-22 13:00"},
		{"break next", "2026-05-22 12:30", 1, "2026-05-26 13:00"},
		{"from a break", "2026-05-19 12:30", 1, "2026-05-20 13:00"},
		{"before opening", "2026-05-19 08:59", 1, "2026-05-19 17:00"},
		{"after closing", "2026-05-19 17:00", 1, "2026-05-20 17:00"},
		{"after a short day", "2026-05-22 14:00", 1, "2026-05-26 17:00"},
		{"over weekend and holiday", "2026-05-22 10:00", 1, "2026-05-26 10:00"},
		{"on the weekend", "2026-05-23 10:00", 1, "2026-05-26 17:00"},
		{"two days", "2026-05-21 10:00", 2, "2026-05-26 10:00"},
		{"over the change in spring", "2026-03-05 10:00", 2, "2026-03-09 10:00"},
		{"over the change in autumn", "2026-10-30 10:00", 1, "2026-11-02 10:00"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			due, ok := office().AddDays(clockAt(t, test.start, chicago), test.n, chicago)
			if want := clockAt(t, test.want, chicago); !ok || !due.Equal(want) {
				t.Errorf("AddDays(%s, %d) = %s, %t, want %s", test.start, test.n, due, ok, want)
			}
		})
	}
	if due, ok := (civil.Hours{}).AddDays(clockAt(t, "2026-05-19 10:00", chicago), 1, chicago); ok {
		t.Errorf("AddDays without hours = %s, want none", due)
	}
}

func TestHoursOpen(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	for at, want := range map[string]bool{
		"2026-05-19 08:59": false, "2026-05-19 09:00": true, "2026-05-19 11:59": true, "2026-05-19 12:00": false,
		"2026-05-19 16:59": true, "2026-05-19 17:00": false, "2026-05-23 10:00": false, "2026-05-25 10:00": false,
	} {
		if got := office().Open(clockAt(t, at, chicago), chicago); got != want {
			t.Errorf("Open(%s) = %t, want %t", at, got, want)
		}
	}
}

func TestHoursValidate(t *testing.T) {
	span := func(from, to civil.Time) civil.Span { return civil.Span{From: from, To: to} }
	for _, test := range []struct {
		name  string
		spans []civil.Span
		ok    bool
	}{
		{"none", nil, true},
		{"touching", []civil.Span{span(540, 720), span(720, 1440)}, true},
		{"overlapping", []civil.Span{span(540, 720), span(719, 1020)}, false},
		{"out of order", []civil.Span{span(780, 1020), span(540, 720)}, false},
		{"empty", []civil.Span{span(540, 540)}, false},
		{"beyond the day", []civil.Span{span(540, 1441)}, false},
	} {
		err := civil.Hours{Week: [7][]civil.Span{2: test.spans}}.Validate()
		if (err == nil) != test.ok {
			t.Errorf("%s: Validate = %v, want ok %t", test.name, err, test.ok)
		}
	}
}

// weeks draws hours on a grid of a quarter hour, by day, with at least one open day.
func weeks() *rapid.Generator[civil.Hours] {
	return rapid.Custom(func(t *rapid.T) civil.Hours {
		hours := civil.Hours{Closed: make(map[civil.Date]bool)}
		for day := range hours.Week {
			from := civiltest.IntRange(24, 40).Draw(t, "from")
			for range civiltest.IntRange(0, 2).Draw(t, "spans") {
				to := from + civiltest.IntRange(1, 20).Draw(t, "length")
				hours.Week[day] = append(hours.Week[day],
					civil.Span{From: civil.Time(from * 15), To: civil.Time(to * 15)})
				from = to + civiltest.IntRange(0, 6).Draw(t, "break")
			}
		}
		if hours.Week[time.Tuesday] == nil {
			hours.Week[time.Tuesday] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(17, 0)}}
		}
		for range civiltest.IntRange(0, 3).Draw(t, "holidays") {
			hours.Closed[dates().Draw(t, "holiday")] = true
		}
		return hours
	})
}

func TestHoursProperty(t *testing.T) {
	var zones []*time.Location
	for _, name := range []string{"America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"} {
		zones = append(zones, zone(t, name))
	}
	civiltest.Check(t, func(t *rapid.T) {
		loc := civiltest.SampledFrom(zones).Draw(t, "zone")
		hours := weeks().Draw(t, "hours")
		if err := hours.Validate(); err != nil {
			t.Fatal(err)
		}
		start, _ := civil.In(dates().Draw(t, "date"), times().Draw(t, "time"), loc)
		a := time.Duration(civiltest.IntRange(1, 2400).Draw(t, "a")) * time.Minute
		b := time.Duration(civiltest.IntRange(0, 600).Draw(t, "b")) * time.Minute
		atOnce, _ := hours.Add(start, a+b, loc)
		first, _ := hours.Add(start, a, loc)
		if b > 0 {
			if inTwo, _ := hours.Add(first, b, loc); !inTwo.Equal(atOnce) {
				t.Fatalf("Add(%s, %s then %s) = %s, at once %s", start, a, b, inTwo, atOnce)
			}
		}
		if first.Before(start.Add(a)) || atOnce.Before(first) {
			t.Fatalf("Add(%s, %s) = %s, with %s more %s", start, a, first, b, atOnce)
		}
		if !hours.Open(first.Add(-time.Minute), loc) {
			t.Fatalf("Add(%s, %s) = %s, which does not end open time", start, a, first)
		}
		checkDays(t, hours, start, b, loc)
	})
}

// checkDays wants later starts to be due no earlier, and due moments to end or be open time.
func checkDays(t *rapid.T, hours civil.Hours, start time.Time, later time.Duration, loc *time.Location) {
	n := civiltest.IntRange(1, 5).Draw(t, "days")
	due, ok := hours.AddDays(start, n, loc)
	if !ok || !due.After(start) || !hours.Open(due, loc) && !hours.Open(due.Add(-time.Minute), loc) {
		t.Fatalf("AddDays(%s, %d) = %s, %t", start, n, due, ok)
	}
	if next, _ := hours.AddDays(start.Add(later), n, loc); next.Before(due) {
		t.Fatalf("AddDays(%s, %d) = %s, but from %s later %s", start, n, due, later, next)
	}
	if next, _ := hours.AddDays(start, n+1, loc); !next.After(due) {
		t.Fatalf("AddDays(%s, %d) = %s, but one day more %s", start, n, due, next)
	}
}

// TestHoursCounted counts working time a quarter hour at a time.
func TestHoursCounted(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	starts := []string{"2026-03-06 08:00", "2026-10-30 12:30", "2026-05-22 12:00", "2026-12-31 17:00"}
	for _, s := range starts {
		start := clockAt(t, s, chicago)
		working := time.Duration(0)
		for at := start; at.Sub(start) < 20*24*time.Hour; at = at.Add(15 * time.Minute) {
			if !office().Open(at, chicago) {
				continue
			}
			working += 15 * time.Minute
			due, ok := office().Add(start, working, chicago)
			if want := at.Add(15 * time.Minute); !ok || !due.Equal(want) {
				t.Fatalf("Add(%s, %s) = %s, %t, want %s", s, working, due, ok, want)
			}
		}
	}
}
