package schedule_test

import (
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"
	"attune/internal/schedule"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestOccurrences(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	sundays := func(starts civil.Date, at civil.Time) schedule.Weekly {
		return schedule.Weekly{Starts: starts, At: at, Length: 50 * time.Minute, Every: 1, Count: 3}
	}
	other := sundays(date(2026, 2, 22), 540)
	other.Every = 2
	until := schedule.Weekly{
		Starts: date(2026, 5, 5), At: 540, Length: time.Hour, Every: 1, Until: date(2026, 5, 26),
		Except: []civil.Date{date(2026, 5, 12)},
	}
	tests := []struct {
		name   string
		series schedule.Weekly
		want   []string
	}{
		{"9:00 over spring", sundays(date(2026, 3, 1), 540),
			[]string{"Mar 1 09:00 -0600", "Mar 8 09:00 -0500", "Mar 15 09:00 -0500"}},
		{"9:00 over autumn", sundays(date(2026, 10, 25), 540),
			[]string{"Oct 25 09:00 -0500", "Nov 1 09:00 -0600", "Nov 8 09:00 -0600"}},
		{"2:30 over spring", sundays(date(2026, 3, 1), 150),
			[]string{"Mar 1 02:30 -0600", "Mar 8 03:30 -0500 shifted", "Mar 15 02:30 -0500"}},
		{"1:30 over autumn", sundays(date(2026, 10, 25), 90),
			[]string{"Oct 25 01:30 -0500", "Nov 1 01:30 -0500 first", "Nov 8 01:30 -0600"}},
		{"every other week", other, []string{"Feb 22 09:00 -0600", "Mar 8 09:00 -0500", "Mar 22 09:00 -0500"}},
		{"until a day, except one", until, []string{"May 5 09:00 -0500", "May 19 09:00 -0500", "May 26 09:00 -0500"}},
		{"from a leap day", schedule.Weekly{Starts: date(2028, 2, 29), At: 540, Length: time.Hour, Every: 52, Count: 3},
			[]string{"Feb 29 09:00 -0600", "Feb 27 09:00 -0600", "Feb 26 09:00 -0600"}},
	}
	notes := map[civil.Resolution]string{civil.Shifted: " shifted", civil.FirstOfTwo: " first"}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := test.series.Validate(); err != nil {
				t.Fatal(err)
			}
			from := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
			var got []string
			for _, o := range test.series.Occurrences(from, from.AddDate(20, 0, 0), chicago) {
				got = append(got, o.Start.Format("Jan 2 15:04 -0700")+notes[o.Note])
				if length := o.End.Sub(o.Start); length != test.series.Length {
					t.Errorf("%s lasts %s, want %s", o.Date, length, test.series.Length)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("occurrences (-want +got):\n%s", diff)
			}
		})
	}
}

// TestTwoZones lets a client in Phoenix, whose clocks do not change, see a Chicago series move by an hour.
func TestTwoZones(t *testing.T) {
	chicago, phoenix := zone(t, "America/Chicago"), zone(t, "America/Phoenix")
	series := schedule.Weekly{Starts: date(2026, 3, 3), At: 600, Length: time.Hour, Every: 1, Count: 2}
	from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var got []string
	for _, o := range series.Occurrences(from, from.AddDate(1, 0, 0), chicago) {
		got = append(got, civil.When(o.Start, phoenix))
	}
	want := []string{"Tuesday, March 3, 9:00 am", "Tuesday, March 10, 8:00 am"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("in Phoenix (-want +got):\n%s", diff)
	}
}

func TestWeeklyValidate(t *testing.T) {
	good := schedule.Weekly{Starts: date(2026, 5, 5), At: 540, Length: 50 * time.Minute, Every: 1}
	for _, test := range []struct {
		field  string
		change func(*schedule.Weekly)
	}{
		{"", func(*schedule.Weekly) {}},
		{"starts", func(w *schedule.Weekly) { w.Starts = civil.Date{} }},
		{"at", func(w *schedule.Weekly) { w.At = civil.EndOfDay }},
		{"length", func(w *schedule.Weekly) { w.Length = 0 }},
		{"length", func(w *schedule.Weekly) { w.Length = 90 * time.Second }},
		{"every", func(w *schedule.Weekly) { w.Every = 0 }},
		{"until", func(w *schedule.Weekly) { w.Until = date(2026, 5, 4) }},
		{"count", func(w *schedule.Weekly) { w.Count = -1 }},
		{"count", func(w *schedule.Weekly) { w.Count, w.Until = 1, date(2026, 5, 5) }},
	} {
		series := good
		test.change(&series)
		checkFault(t, series.Validate(), test.field)
	}
}

// TestOccurrencesProperty lists series in any zone, whole and in two parts, and wants the clock to show their time at
// each occurrence, or a note that says why not.
func TestOccurrencesProperty(t *testing.T) {
	zones := civiltest.Zones(t)
	civiltest.Check(t, func(t *rapid.T) {
		loc := civiltest.SampledFrom(zones).Draw(t, "zone")
		series := schedule.Weekly{
			Starts: date(2015, 1, 1).AddDays(civiltest.IntRange(0, 25*365).Draw(t, "starts")),
			At:     civil.Time(civiltest.IntRange(0, 1439).Draw(t, "at")),
			Length: 50 * time.Minute,
			Every:  civiltest.IntRange(1, 5).Draw(t, "every"),
			Count:  civiltest.IntRange(1, 60).Draw(t, "count"),
		}
		from := time.Date(2014, 12, 1, 0, 0, 0, 0, time.UTC)
		to := from.AddDate(40, 0, 0)
		all := series.Occurrences(from, to, loc)
		if len(all) != series.Count {
			t.Fatalf("got %d occurrences, want %d", len(all), series.Count)
		}
		for n, o := range all {
			if want := series.Starts.AddDays(7 * series.Every * n); o.Date != want {
				t.Fatalf("occurrence %d is on %s, want %s", n, o.Date, want)
			}
			d, clock := civil.Of(o.Start, loc)
			if kept := d == o.Date && clock == series.At; kept == (o.Note == civil.Shifted) {
				t.Fatalf("occurrence on %s is at %s, note %d", o.Date, o.Start, o.Note)
			}
		}
		cut := all[civiltest.IntRange(0, len(all)-1).Draw(t, "cut")].Start
		parts := append(series.Occurrences(from, cut, loc), series.Occurrences(cut, to, loc)...)
		if !cmp.Equal(all, parts) {
			t.Fatalf("in two parts: %v, whole: %v", parts, all)
		}
	})
}

// TestOccurrencesAtEveryTransition lets a series fall on each change of each zone's clocks from 2015 to 2040.
func TestOccurrencesAtEveryTransition(t *testing.T) {
	for _, loc := range civiltest.Zones(t) {
		for _, change := range civiltest.Transitions(loc, 2015, 2040) {
			want := civil.Shifted
			wall := change.At.Add(change.Before)
			if change.After < change.Before {
				want, wall = civil.FirstOfTwo, change.At.Add(change.After)
			}
			d, clock := civil.Of(wall, time.UTC)
			series := schedule.Weekly{Starts: d.AddDays(-28), At: clock, Length: time.Hour, Every: 4, Count: 3}
			all := series.Occurrences(change.At.AddDate(0, 0, -60), change.At.AddDate(0, 0, 60), loc)
			at := wall.Add(-change.Before)
			if len(all) != 3 || all[1].Note != want || !all[1].Start.Equal(at) {
				t.Errorf("%s: occurrences around %s are %v, want %s, %d", loc, change.At, all, at, want)
			}
		}
	}
}
