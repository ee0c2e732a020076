package schedule_test

import (
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"
	"attune/internal/fault"
	"attune/internal/schedule"

	"github.com/google/go-cmp/cmp"
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

// span reads "2026-05-19 09:00" and "09:50" in loc.
func span(tb testing.TB, start, end string, loc *time.Location) schedule.Interval {
	tb.Helper()
	from, err := time.ParseInLocation("2006-01-02 15:04", start, loc)
	if err != nil {
		tb.Fatal(err)
	}
	to, err := time.ParseInLocation("2006-01-02 15:04", start[:11]+end, loc)
	if err != nil {
		tb.Fatal(err)
	}
	return schedule.Interval{Start: from, End: to}
}

// starts is the beginnings of slots as "Tue 09:00 -0500".
func starts(slots []schedule.Slot) []string {
	var all []string
	for _, slot := range slots {
		all = append(all, slot.Start.Format("Mon 15:04 -0700"))
	}
	return all
}

func TestFree(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	morning := schedule.Rule{
		Weekday: time.Tuesday, From: civil.Clock(9, 0), To: civil.Clock(12, 0), Mode: schedule.Bookable, Place: "room-2",
	}
	with := func(change func(*schedule.Rule)) schedule.Rule {
		rule := morning
		change(&rule)
		return rule
	}
	tests := []struct {
		name  string
		rules []schedule.Rule
		off   []schedule.Interval
		taken []schedule.Interval
		want  []string
	}{
		{"a morning", []schedule.Rule{morning}, nil, nil,
			[]string{"Tue 09:00 -0500", "Tue 10:00 -0500", "Tue 11:00 -0500"}},
		{"a session must fit", []schedule.Rule{with(func(r *schedule.Rule) { r.To = civil.Clock(10, 49) })}, nil, nil,
			[]string{"Tue 09:00 -0500"}},
		{"taken, with the buffer", []schedule.Rule{morning}, nil,
			[]schedule.Interval{span(t, "2026-05-19 10:55", "11:00", chicago)}, []string{"Tue 09:00 -0500"}},
		{"taken, touching the buffer", []schedule.Rule{morning}, nil,
			[]schedule.Interval{span(t, "2026-05-19 10:00", "10:50", chicago)},
			[]string{"Tue 09:00 -0500", "Tue 11:00 -0500"}},
		{"time off needs no buffer", []schedule.Rule{morning},
			[]schedule.Interval{span(t, "2026-05-19 09:50", "11:00", chicago)}, nil,
			[]string{"Tue 09:00 -0500", "Tue 11:00 -0500"}},
		{"a closed day", []schedule.Rule{morning},
			[]schedule.Interval{schedule.DaySpan(date(2026, 5, 19), civil.Midnight, civil.EndOfDay, chicago)}, nil, nil},
		{"another day's rule", []schedule.Rule{with(func(r *schedule.Rule) { r.Weekday = time.Saturday })}, nil, nil, nil},
		{"not yet valid", []schedule.Rule{with(func(r *schedule.Rule) { r.ValidFrom = date(2026, 5, 20) })}, nil, nil, nil},
		{"no longer valid", []schedule.Rule{with(func(r *schedule.Rule) { r.ValidUntil = date(2026, 5, 18) })}, nil, nil,
			nil},
		{"extra time", []schedule.Rule{morning, with(func(r *schedule.Rule) {
			r.From, r.To = civil.Clock(18, 0), civil.Clock(19, 0)
			r.ValidFrom, r.ValidUntil = date(2026, 5, 19), date(2026, 5, 19)
		})}, nil, nil, []string{"Tue 09:00 -0500", "Tue 10:00 -0500", "Tue 11:00 -0500", "Tue 18:00 -0500"}},
		{"until midnight", []schedule.Rule{with(func(r *schedule.Rule) {
			r.From, r.To = civil.Clock(22, 0), civil.EndOfDay
		})}, nil, nil, []string{"Tue 22:00 -0500", "Tue 23:00 -0500"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, rule := range test.rules {
				if err := rule.Validate(); err != nil {
					t.Fatal(err)
				}
			}
			av := schedule.Availability{Zone: chicago, Rules: test.rules, Off: test.off, Taken: test.taken}
			got := starts(av.Free(schedule.Wanted{
				From: time.Date(2026, 5, 18, 5, 0, 0, 0, time.UTC), To: time.Date(2026, 5, 23, 5, 0, 0, 0, time.UTC),
				Length: 50 * time.Minute, Step: time.Hour, Buffer: 10 * time.Minute,
			}))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("free slots (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFreeTwice wants one slot for each beginning and place, of the most open mode.
func TestFreeTwice(t *testing.T) {
	rule := schedule.Rule{Weekday: time.Tuesday, From: 540, To: 600, Mode: schedule.Hidden, Place: "room-2"}
	again, video := rule, rule
	again.Mode, video.Place = schedule.OnRequest, "video"
	av := schedule.Availability{Zone: time.UTC, Rules: []schedule.Rule{rule, again, video}}
	from := time.Date(2026, 5, 19, 0, 0, 0, 0, time.UTC)
	got := av.Free(schedule.Wanted{From: from, To: from.AddDate(0, 0, 1), Length: time.Hour})
	nine := schedule.Interval{Start: from.Add(9 * time.Hour), End: from.Add(10 * time.Hour)}
	want := []schedule.Slot{
		{Interval: nine, Place: "room-2", Mode: schedule.OnRequest},
		{Interval: nine, Place: "video", Mode: schedule.Hidden},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("free slots (-want +got):\n%s", diff)
	}
	for _, nothing := range []schedule.Wanted{{}, {From: from, To: from.AddDate(0, 0, 1)}, {From: from, To: from, Length: 1}} {
		if got := av.Free(nothing); len(got) > 0 {
			t.Errorf("Free(%+v) = %v, want none", nothing, got)
		}
	}
}

// TestFreeOverClockChanges looks at the Sundays of 2026 on which the clocks of Chicago change, and those before.
func TestFreeOverClockChanges(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	rule := func(from, to civil.Time) []schedule.Rule {
		return []schedule.Rule{{Weekday: time.Sunday, From: from, To: to, Mode: schedule.Bookable, Place: "video"}}
	}
	tests := []struct {
		name  string
		rules []schedule.Rule
		day   civil.Date
		want  []string
	}{
		{"week before spring", rule(540, 660), date(2026, 3, 1), []string{"Sun 09:00 -0600", "Sun 10:00 -0600"}},
		{"spring", rule(540, 660), date(2026, 3, 8), []string{"Sun 09:00 -0500", "Sun 10:00 -0500"}},
		{"week before autumn", rule(540, 660), date(2026, 10, 25), []string{"Sun 09:00 -0500", "Sun 10:00 -0500"}},
		{"autumn", rule(540, 660), date(2026, 11, 1), []string{"Sun 09:00 -0600", "Sun 10:00 -0600"}},
		{"night in spring", rule(60, 300), date(2026, 3, 8),
			[]string{"Sun 01:00 -0600", "Sun 03:00 -0500", "Sun 04:00 -0500"}},
		{"night in autumn", rule(0, 240), date(2026, 11, 1),
			[]string{"Sun 00:00 -0500", "Sun 01:00 -0500", "Sun 02:00 -0600", "Sun 03:00 -0600"}},
		{"2:30 in spring", rule(150, 210), date(2026, 3, 8), nil},
		{"2:30 to 5 in spring", rule(150, 300), date(2026, 3, 8), []string{"Sun 03:30 -0500"}},
		{"1:30 in autumn", rule(90, 240), date(2026, 11, 1), []string{"Sun 01:30 -0500", "Sun 02:30 -0600"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			day := schedule.DaySpan(test.day, civil.Midnight, civil.EndOfDay, chicago)
			slots := schedule.Availability{Zone: chicago, Rules: test.rules}.Free(schedule.Wanted{
				From: day.Start, To: day.End, Length: 50 * time.Minute, Step: time.Hour,
			})
			if got := starts(slots); !cmp.Equal(got, test.want) {
				t.Errorf("free slots = %q, want %q", got, test.want)
			}
		})
	}
}

func TestFreeNotes(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	for _, test := range []struct {
		day  civil.Date
		from civil.Time
		want civil.Resolution
	}{
		{date(2026, 3, 8), 150, civil.Shifted},
		{date(2026, 11, 1), 90, civil.FirstOfTwo},
		{date(2026, 11, 1), 540, civil.Exact},
	} {
		rule := schedule.Rule{Weekday: time.Sunday, From: test.from, To: test.from + 120, Mode: schedule.Bookable, Place: "x"}
		day := schedule.DaySpan(test.day, civil.Midnight, civil.EndOfDay, chicago)
		slots := schedule.Availability{Zone: chicago, Rules: []schedule.Rule{rule}}.Free(schedule.Wanted{
			From: day.Start, To: day.End, Length: 50 * time.Minute, Step: 2 * time.Hour,
		})
		if len(slots) == 0 || slots[0].Note != test.want {
			t.Errorf("%s %s: slots = %+v, want note %d", test.day, test.from, slots, test.want)
		}
	}
}

func TestRuleValidate(t *testing.T) {
	good := schedule.Rule{Weekday: time.Tuesday, From: 540, To: 600, Mode: schedule.Bookable, Place: "room-2"}
	for _, test := range []struct {
		field  string
		change func(*schedule.Rule)
	}{
		{"", func(*schedule.Rule) {}},
		{"weekday", func(r *schedule.Rule) { r.Weekday = 7 }},
		{"to", func(r *schedule.Rule) { r.To = r.From }},
		{"to", func(r *schedule.Rule) { r.To = civil.EndOfDay + 1 }},
		{"mode", func(r *schedule.Rule) { r.Mode = "open" }},
		{"place", func(r *schedule.Rule) { r.Place = "" }},
		{"until", func(r *schedule.Rule) { r.ValidFrom, r.ValidUntil = date(2026, 5, 2), date(2026, 5, 1) }},
	} {
		rule := good
		test.change(&rule)
		checkFault(t, rule.Validate(), test.field)
	}
}

// checkFault wants err to be a fault in field, or none when field is empty.
func checkFault(t *testing.T, err error, field string) {
	t.Helper()
	if found, ok := fault.Of(err); found.Field != field || ok != (field != "") {
		t.Errorf("Validate = %v, want a fault in %q", err, field)
	}
}

func intervals() *rapid.Generator[schedule.Interval] {
	return rapid.Custom(func(t *rapid.T) schedule.Interval {
		start := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC).
			Add(time.Duration(civiltest.IntRange(0, 21*24*12).Draw(t, "start")) * 5 * time.Minute)
		return schedule.Interval{
			Start: start, End: start.Add(time.Duration(civiltest.IntRange(1, 60).Draw(t, "length")) * 5 * time.Minute),
		}
	})
}

func TestOverlapsProperty(t *testing.T) {
	civiltest.Check(t, func(t *rapid.T) {
		a, b := intervals().Draw(t, "a"), intervals().Draw(t, "b")
		shared := false
		for at := a.Start; at.Before(a.End); at = at.Add(5 * time.Minute) {
			shared = shared || !at.Before(b.Start) && at.Before(b.End)
		}
		if a.Overlaps(b) != shared || b.Overlaps(a) != shared {
			t.Fatalf("%v and %v: Overlaps = %t, %t, want %t", a, b, a.Overlaps(b), b.Overlaps(a), shared)
		}
		if touching := (schedule.Interval{Start: a.End, End: a.End.Add(time.Hour)}); a.Overlaps(touching) {
			t.Fatalf("%v overlaps %v, which it only touches", a, touching)
		}
	})
}

// TestFreeProperty draws weeks and what is taken around a clock change in any zone, and wants every free slot to lie in
// a rule by the clock and apart from what is taken, and every slot left out to have had a reason.
func TestFreeProperty(t *testing.T) {
	zones := civiltest.Zones(t)
	civiltest.Check(t, func(t *rapid.T) {
		av := schedule.Availability{
			Zone:  civiltest.SampledFrom(zones).Draw(t, "zone"),
			Off:   rapid.SliceOfN(intervals(), 0, 2).Draw(t, "off"),
			Taken: rapid.SliceOfN(intervals(), 0, 5).Draw(t, "taken"),
			Rules: []schedule.Rule{{
				Weekday: time.Weekday(civiltest.IntRange(0, 6).Draw(t, "weekday")), Mode: schedule.Bookable, Place: "room-1",
				From: civil.Time(civiltest.IntRange(0, 40).Draw(t, "from") * 30), To: civil.EndOfDay,
			}},
		}
		wanted := schedule.Wanted{
			From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 5, 0, 0, 0, 0, time.UTC),
			Length: 50 * time.Minute, Step: time.Hour, Buffer: 10 * time.Minute,
		}
		checkFree(t, av, wanted)
	})
}

func checkFree(t *rapid.T, av schedule.Availability, w schedule.Wanted) {
	rule := av.Rules[0]
	offered := make(map[int64]bool)
	for _, slot := range av.Free(w) {
		offered[slot.Start.Unix()] = true
		d, clock := civil.Of(slot.Start, av.Zone)
		if slot.Note != civil.Shifted && (!rule.Holds(d) || clock < rule.From || (clock-rule.From)%60 != 0) {
			t.Fatalf("slot %v is not in the rule", slot)
		}
		if slot.Clashes(av.Off) || slot.Widened(w.Buffer).Clashes(av.Taken) || slot.End.Sub(slot.Start) != w.Length {
			t.Fatalf("slot %v is not free", slot)
		}
	}
	for at := w.From; at.Before(w.To); at = at.Add(30 * time.Minute) {
		d, clock := civil.Of(at, av.Zone)
		first, how := civil.In(d, clock, av.Zone)
		if how != civil.Exact || !first.Equal(at) || !rule.Holds(d) || clock < rule.From || (clock-rule.From)%60 != 0 {
			continue
		}
		slot := schedule.Interval{Start: at, End: at.Add(w.Length)}
		end, _ := civil.In(d, rule.To, av.Zone)
		reason := slot.End.After(end) || slot.Clashes(av.Off) || slot.Widened(w.Buffer).Clashes(av.Taken)
		if offered[at.Unix()] == reason {
			t.Fatalf("slot %s in %s: offered %t, though a reason against it is %t", at, av.Zone, !reason, reason)
		}
	}
}
