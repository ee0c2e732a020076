package ical_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"
	"attune/internal/ical"
	"attune/internal/schedule"

	goical "github.com/emersion/go-ical"
	"github.com/google/go-cmp/cmp"
	"github.com/teambition/rrule-go"
	"pgregory.net/rapid"
)

// The second parser: go-ical's decoder with rrule-go, which share nothing with Read and Write but the encoder.

func decoded(t rapid.TB, text string) *goical.Calendar {
	t.Helper()
	c, err := goical.NewDecoder(strings.NewReader(text)).Decode()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// instants are the beginnings of all events of a calendar before a moment, in Unix seconds by UID, as the second parser
// has them: an occurrence with an event of its own is where that says.
func instants(t rapid.TB, text string, before time.Time) map[string][]int64 {
	t.Helper()
	all := make(map[string][]int64)
	for _, event := range decoded(t, text).Events() {
		uid, err := event.Props.Text(goical.PropUID)
		if err != nil {
			t.Fatal(err)
		}
		start, err := event.DateTimeStart(time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		set, err := event.RecurrenceSet(time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		if moved := event.Props.Get(goical.PropRecurrenceID); moved != nil {
			at, err := moved.DateTime(time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			if !at.Before(before) {
				continue
			}
			n := slices.Index(all[uid], at.Unix())
			if n < 0 {
				t.Fatalf("event %s replaces an occurrence at %s that there is not", uid, at)
			}
			all[uid] = slices.Delete(all[uid], n, n+1)
		}
		if set == nil {
			all[uid] = append(all[uid], start.Unix())
			continue
		}
		for _, at := range set.Between(start, before, true) {
			all[uid] = append(all[uid], at.Unix())
		}
	}
	for _, at := range all {
		slices.Sort(at)
	}
	return all
}

// expected is what instants should be.
func expected(c ical.Calendar, before time.Time) map[string][]int64 {
	all := make(map[string][]int64)
	for _, e := range c.Events {
		if e.Weekly == nil {
			all[e.UID] = []int64{e.Start.Unix()}
			continue
		}
		for _, o := range e.Weekly.Occurrences(time.Unix(0, 0), before, c.Zone) {
			all[e.UID] = append(all[e.UID], o.Start.Unix())
		}
	}
	return all
}

func TestSecondParser(t *testing.T) {
	for name, c := range examples(t) {
		t.Run(name, func(t *testing.T) {
			before := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
			if diff := cmp.Diff(expected(c, before), instants(t, written(t, c), before)); diff != "" {
				t.Errorf("instants (-ours +second):\n%s", diff)
			}
		})
	}
}

// sound are the zones in which rrule-go can be trusted: it takes days on which the clocks skip midnight for the day
// before.
func sound(t *testing.T) []*time.Location {
	t.Helper()
	var zones []*time.Location
	for _, loc := range civiltest.Zones(t) {
		skipsMidnight := slices.ContainsFunc(civiltest.Transitions(loc, 2015, 2040), func(c civiltest.Transition) bool {
			_, clock := civil.Of(c.At.Add(c.Before), time.UTC)
			return c.After > c.Before && (clock == civil.Midnight || clock+civil.Time((c.After-c.Before)/time.Minute) > civil.EndOfDay)
		})
		if skipsMidnight {
			continue
		}
		named, err := civil.Zone(loc.String())
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, named)
	}
	if len(zones) < 250 {
		t.Errorf("%d zones to try, want at least 250", len(zones))
	}
	return zones
}

// TestSecondParserAtEveryTransition lets a series fall on the first and last minute of each change of each zone's clocks
// from 2015 to 2040.
func TestSecondParserAtEveryTransition(t *testing.T) {
	for _, loc := range sound(t) {
		c := ical.Calendar{Zone: loc}
		for n, change := range civiltest.Transitions(loc, 2015, 2040) {
			from, until := change.At.Add(change.Before), change.At.Add(change.After)
			if from.After(until) {
				from, until = until, from
			}
			for side, wall := range []time.Time{from, until.Add(-time.Minute)} {
				d, clock := civil.Of(wall, time.UTC)
				c.Events = append(c.Events, series(strconv.Itoa(n)+"."+strconv.Itoa(side),
					schedule.Weekly{Starts: d.AddDays(-7), At: clock, Length: time.Hour, Every: 1, Count: 3}))
			}
		}
		if len(c.Events) == 0 {
			continue
		}
		before := time.Date(2042, 1, 1, 0, 0, 0, 0, time.UTC)
		if diff := cmp.Diff(expected(c, before), instants(t, written(t, c), before)); diff != "" {
			t.Errorf("%s: instants (-ours +second):\n%s", loc, diff)
		}
	}
}

func TestSecondParserProperty(t *testing.T) {
	zones := sound(t)
	civiltest.Check(t, func(t *rapid.T) {
		loc := civiltest.SampledFrom(zones).Draw(t, "zone")
		w := drawWeekly(t)
		if _, how := civil.In(w.Starts, w.At, loc); how != civil.Exact {
			return
		}
		c := ical.Calendar{Zone: loc, Events: []ical.Event{series("s", w)}}
		var out strings.Builder
		if err := ical.Write(&out, c); err != nil {
			t.Fatal(err)
		}
		before, _ := civil.In(w.Starts.AddDays(3*365), civil.Midnight, loc)
		if diff := cmp.Diff(expected(c, before), instants(t, out.String(), before)); diff != "" {
			t.Fatalf("instants (-ours +second):\n%s\n%s", diff, out.String())
		}
	})
}

// TestTimezones works out the offset of every zone, around each change of its clocks from 2015 to 2040, from nothing but
// the rules that are written into a calendar.
func TestTimezones(t *testing.T) {
	for _, loc := range civiltest.Zones(t) {
		if loc.String() == "UTC" || strings.HasPrefix(loc.String(), "Etc/") && len(civiltest.Transitions(loc, 2015, 2015)) == 0 {
			continue
		}
		named, err := civil.Zone(loc.String())
		if err != nil {
			t.Fatal(err)
		}
		events := []ical.Event{
			single(func(e *ical.Event) {
				e.UID, e.Start, e.End = "first", time.Date(2015, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2015, 1, 2, 1, 0, 0, 0, time.UTC)
			}),
			single(func(e *ical.Event) {
				e.UID, e.Start, e.End = "last", time.Date(2040, 12, 30, 0, 0, 0, 0, time.UTC), time.Date(2040, 12, 30, 1, 0, 0, 0, time.UTC)
			}),
		}
		rules := observances(t, written(t, ical.Calendar{Zone: named, Events: events}))
		checkOffset(t, rules, loc, time.Date(2015, 1, 2, 0, 0, 0, 0, time.UTC))
		for _, change := range civiltest.Transitions(loc, 2015, 2040) {
			for _, off := range []time.Duration{-24 * time.Hour, -time.Second, 0, 24 * time.Hour} {
				checkOffset(t, rules, loc, change.At.Add(off))
			}
		}
	}
}

// turn is a moment from which an offset holds.
type turn struct {
	at     time.Time
	offset time.Duration
}

// observances are the turns of the one zone that a calendar describes, in order.
func observances(t *testing.T, text string) []turn {
	t.Helper()
	var turns []turn
	for _, zone := range decoded(t, text).Children {
		if zone.Name != goical.CompTimezone {
			continue
		}
		for _, o := range zone.Children {
			from := parseOffset(t, o.Props.Get(goical.PropTimezoneOffsetFrom).Value)
			to := parseOffset(t, o.Props.Get(goical.PropTimezoneOffsetTo).Value)
			for _, wall := range walls(t, o) {
				turns = append(turns, turn{wall.Add(-from), to})
			}
		}
	}
	slices.SortFunc(turns, func(x, y turn) int { return x.at.Compare(y.at) })
	return turns
}

// walls are the beginnings of an observance, as its clocks show them.
func walls(t *testing.T, o *goical.Component) []time.Time {
	t.Helper()
	start, err := time.Parse("20060102T150405", o.Props.Get(goical.PropDateTimeStart).Value)
	if err != nil {
		t.Fatal(err)
	}
	option, err := o.Props.RecurrenceRule()
	if err != nil {
		t.Fatal(err)
	}
	if option != nil {
		option.Dtstart = start
		rule, err := rrule.NewRRule(*option)
		if err != nil {
			t.Fatal(err)
		}
		return rule.Between(start, time.Date(2042, 1, 1, 0, 0, 0, 0, time.UTC), true)
	}
	all := []time.Time{start}
	if dates := o.Props.Get(goical.PropRecurrenceDates); dates != nil {
		for _, date := range strings.Split(dates.Value, ",") {
			at, err := time.Parse("20060102T150405", date)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, at)
		}
	}
	return all
}

func parseOffset(t *testing.T, s string) time.Duration {
	t.Helper()
	at, err := time.Parse("-0700", s)
	if err != nil {
		t.Fatal(err)
	}
	_, seconds := at.Zone()
	return time.Duration(seconds) * time.Second
}

func checkOffset(t *testing.T, turns []turn, loc *time.Location, at time.Time) {
	t.Helper()
	_, seconds := at.In(loc).Zone()
	want, got := time.Duration(seconds)*time.Second, 99*time.Hour
	for _, turn := range turns {
		if !turn.at.After(at) {
			got = turn.offset
		}
	}
	if got != want {
		t.Errorf("%s at %s: written offset %s, want %s", loc, at, got, want)
	}
}
