package ical_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"
	"attune/internal/ical"
	"attune/internal/schedule"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write the golden files anew")

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

// single is an appointment on Thursday, May 21, 10:00 to 10:50 am in Chicago.
func single(change func(*ical.Event)) ical.Event {
	e := ical.Event{
		UID:      "k7q2m4x9@calendar.example",
		Stamp:    time.Date(2026, 5, 14, 19, 14, 5, 0, time.UTC),
		Location: "1420 Alder Street, Suite 2; second floor",
		Start:    time.Date(2026, 5, 21, 15, 0, 0, 0, time.UTC),
		End:      time.Date(2026, 5, 21, 15, 50, 0, 0, time.UTC),
	}
	if change != nil {
		change(&e)
	}
	return e
}

// series is a weekly series with nothing else to tell.
func series(uid string, w schedule.Weekly) ical.Event {
	return single(func(e *ical.Event) {
		e.UID, e.Location, e.Start, e.End, e.Weekly = uid, "", time.Time{}, time.Time{}, &w
	})
}

// examples are the calendars of the golden files.
func examples(tb testing.TB) map[string]ical.Calendar {
	chicago := zone(tb, "America/Chicago")
	return map[string]ical.Calendar{
		"single": {Zone: chicago, Events: []ical.Event{single(nil)}},
		"cancel": {Method: ical.Cancel, Zone: chicago, Events: []ical.Event{single(func(e *ical.Event) {
			e.Cancelled, e.Sequence, e.Location = true, 2, ""
		})}},
		"folded": {Zone: zone(tb, "Europe/Berlin"), Events: []ical.Event{single(func(e *ical.Event) {
			e.Location = "Straße der Brüderlichkeit 1, Hinterhaus, 3. Stock; bei „Grün“ läuten \\ 東京都千代田区丸の内一丁目九番一号"
		})}},
		"feed": {Zone: chicago, Events: []ical.Event{
			single(nil),
			single(func(e *ical.Event) {
				e.UID, e.Title, e.Cancelled = "busy.2", ical.Busy, true
			}),
			single(func(e *ical.Event) { // 1:30 to 2:20 am of an autumn night, the second 1:30
				e.UID, e.Location = "night.3", ""
				e.Start, e.End = time.Date(2026, 11, 1, 7, 30, 0, 0, time.UTC), time.Date(2026, 11, 1, 8, 20, 0, 0, time.UTC)
			}),
			single(func(e *ical.Event) { // into the second 1:40 am of that night
				e.UID, e.Location = "night.4", ""
				e.Start, e.End = time.Date(2026, 11, 1, 5, 50, 0, 0, time.UTC), time.Date(2026, 11, 1, 7, 40, 0, 0, time.UTC)
			}),
		}},
		"series": {Zone: chicago, Events: []ical.Event{
			series("spring", schedule.Weekly{
				Starts: date(2026, 2, 22), At: 540, Length: 50 * time.Minute, Every: 1, Until: date(2026, 3, 22),
				Except: []civil.Date{date(2026, 3, 15)},
			}),
			series("autumn", schedule.Weekly{
				Starts: date(2026, 10, 18), At: 540, Length: 50 * time.Minute, Every: 2, Count: 3,
			}),
			series("gap", schedule.Weekly{Starts: date(2026, 3, 1), At: 150, Length: 50 * time.Minute, Every: 1, Count: 3}),
			series("overlap", schedule.Weekly{Starts: date(2026, 10, 25), At: 90, Length: time.Hour, Every: 1, Count: 3}),
		}},
		"list-of-changes": {Zone: chicago, Events: []ical.Event{single(func(e *ical.Event) { // the rules changed in 2007
			e.Start, e.End = time.Date(2006, 5, 18, 15, 0, 0, 0, time.UTC), time.Date(2006, 5, 18, 15, 50, 0, 0, time.UTC)
		})}},
		"utc": {Zone: time.UTC, Events: []ical.Event{single(nil)}},
	}
}

func written(tb testing.TB, c ical.Calendar) string {
	tb.Helper()
	var out bytes.Buffer
	if err := ical.Write(&out, c); err != nil {
		tb.Fatal(err)
	}
	return out.String()
}

func TestGolden(t *testing.T) {
	for name, c := range examples(t) {
		t.Run(name, func(t *testing.T) {
			got := written(t, c)
			path := filepath.Join("testdata", name+".ics")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", path, diff)
			}
			checkLines(t, got)
			checkRead(t, c, got)
		})
	}
}

// lines are all beginnings of lines that a calendar may have.
var lines = map[string]bool{
	"BEGIN": true, "END": true, "VERSION": true, "PRODID": true, "CALSCALE": true, "METHOD": true, "UID": true,
	"SEQUENCE": true, "DTSTAMP": true, "SUMMARY": true, "CLASS": true, "STATUS": true, "LOCATION": true, "DTSTART": true,
	"DTEND": true, "DURATION": true, "RRULE": true, "EXDATE": true, "RECURRENCE-ID": true, "RDATE": true, "TZID": true,
	"TZNAME": true, "TZOFFSETFROM": true, "TZOFFSETTO": true,
}

// checkLines wants CRLF, lines of at most 75 octets of whole letters, and only what a calendar may say.
func checkLines(t rapid.TB, text string) {
	t.Helper()
	if !strings.HasSuffix(text, "\r\n") {
		t.Fatalf("calendar does not end its last line: %q", text)
	}
	for _, line := range strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) > 75 || !utf8.ValidString(line) || strings.ContainsAny(line, "\r\n") {
			t.Errorf("line %q has %d octets", line, len(line))
		}
		if name := strings.FieldsFunc(line, func(r rune) bool { return r == ':' || r == ';' }); line[0] != ' ' && !lines[name[0]] {
			t.Errorf("line %q, which no calendar may have", line)
		}
	}
	for _, never := range []string{"BEGIN:VALARM", "ATTACH", "DESCRIPTION", "ORGANIZER", "URL"} {
		if strings.Contains(text, "\r\n"+never) {
			t.Errorf("calendar has %s", never)
		}
	}
}

// checkRead wants to read the calendar that was written as text.
func checkRead(t rapid.TB, c ical.Calendar, text string) {
	t.Helper()
	back, err := ical.Read(strings.NewReader(text))
	if err != nil {
		t.Fatalf("Read: %v\n%s", err, text)
	}
	if diff := cmp.Diff(c, back, cmp.Comparer(func(x, y *time.Location) bool { return x.String() == y.String() })); diff != "" {
		t.Fatalf("read back (-want +got):\n%s", diff)
	}
}

func TestWriteRefuses(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	of := func(change func(*ical.Event)) ical.Calendar {
		return ical.Calendar{Zone: chicago, Events: []ical.Event{single(change)}}
	}
	weekly := func(change func(*schedule.Weekly)) ical.Calendar {
		w := schedule.Weekly{Starts: date(2026, 3, 1), At: 540, Length: time.Hour, Every: 1}
		change(&w)
		return ical.Calendar{Zone: chicago, Events: []ical.Event{series("s", w)}}
	}
	tests := map[string]ical.Calendar{
		"no events":          {Zone: chicago},
		"no zone":            {Events: []ical.Event{single(nil)}},
		"the machine's zone": {Zone: time.Local, Events: []ical.Event{single(nil)}},
		"an offset":          {Zone: time.FixedZone("X:\r\nATTACH", 3600), Events: []ical.Event{single(nil)}},
		"no method":          {Zone: chicago, Method: 7, Events: []ical.Event{single(nil)}},
		"cancels nothing":    {Zone: chicago, Method: ical.Cancel, Events: []ical.Event{single(nil)}},
		"one UID twice":      {Zone: chicago, Events: []ical.Event{single(nil), single(nil)}},
		"no UID":             of(func(e *ical.Event) { e.UID = "" }),
		"a line in the UID":  of(func(e *ical.Event) { e.UID = "a\r\nATTACH:x" }),
		"a name in the UID":  of(func(e *ical.Event) { e.UID = "Ana Ruiz" }),
		"no title":           of(func(e *ical.Event) { e.Title = 9 }),
		"sequence":           of(func(e *ical.Event) { e.Sequence = -1 }),
		"no stamp":           of(func(e *ical.Event) { e.Stamp = time.Time{} }),
		"no start":           of(func(e *ical.Event) { e.Start = time.Time{} }),
		"ends before":        of(func(e *ical.Event) { e.End = e.Start }),
		"part of a second":   of(func(e *ical.Event) { e.Start = e.Start.Add(1) }),
		"LF":                 of(func(e *ical.Event) { e.Location = "here\nBEGIN:VALARM" }),
		"CR":                 of(func(e *ical.Event) { e.Location = "here\rBEGIN:VALARM" }),
		"line separator":     of(func(e *ical.Event) { e.Location = "here\u2028BEGIN:VALARM" }),
		"next line":          of(func(e *ical.Event) { e.Location = "here\u0085BEGIN:VALARM" }),
		"NUL":                of(func(e *ical.Event) { e.Location = "here\x00" }),
		"right to left":      of(func(e *ical.Event) { e.Location = "here\u202e" }),
		"not text":           of(func(e *ical.Event) { e.Location = "here\xff" }),
		"long":               of(func(e *ical.Event) { e.Location = strings.Repeat("ä", 201) }),
		"start and series":   of(func(e *ical.Event) { e.Weekly = &schedule.Weekly{} }),
		"no length":          weekly(func(w *schedule.Weekly) { w.Length = 0 }),
		"not that weekday":   weekly(func(w *schedule.Weekly) { w.Except = []civil.Date{date(2026, 3, 2)} }),
		"before the series":  weekly(func(w *schedule.Weekly) { w.Except = []civil.Date{date(2026, 2, 22)} }),
		"out of order": weekly(func(w *schedule.Weekly) {
			w.Except = []civil.Date{date(2026, 3, 15), date(2026, 3, 8)}
		}),
		"too many":         weekly(func(w *schedule.Weekly) { w.Count = 1001 }),
		"too late":         weekly(func(w *schedule.Weekly) { w.Until = date(2201, 1, 1) }),
		"starts in a gap":  weekly(func(w *schedule.Weekly) { w.Starts, w.At = date(2026, 3, 8), 150 }),
		"starts ambiguous": weekly(func(w *schedule.Weekly) { w.Starts, w.At = date(2026, 11, 1), 90 }),
	}
	for name, c := range tests {
		var out bytes.Buffer
		if err := ical.Write(&out, c); err == nil || out.Len() > 0 {
			t.Errorf("%s: Write gave error %v and wrote %q", name, err, out.String())
		}
	}
}

func TestReadRefuses(t *testing.T) {
	good := written(t, examples(t)["series"])
	tests := map[string]func(string) string{
		"nothing":          func(string) string { return "" },
		"LF alone":         func(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") },
		"no last line end": func(s string) string { return strings.TrimSuffix(s, "\r\n") },
		"cut short":        func(s string) string { return s[:len(s)/2] },
		"two calendars":    func(s string) string { return s + s },
		"another title":    func(s string) string { return strings.Replace(s, "Y:Appointment", "Y:Therapy", 1) },
		"another method":   func(s string) string { return strings.Replace(s, "PUBLISH", "REQUEST", 1) },
		"another zone":     func(s string) string { return strings.ReplaceAll(s, "America/Chicago", "Mars/Base") },
		"an alarm": func(s string) string {
			return strings.Replace(s, "END:VEVENT", "BEGIN:VALARM\r\nACTION:AUDIO\r\nEND:VALARM\r\nEND:VEVENT", 1)
		},
		"an attachment": func(s string) string {
			return strings.Replace(s, "END:VEVENT", "ATTACH:https://example.org/\r\nEND:VEVENT", 1)
		},
		"every second":     func(s string) string { return strings.Replace(s, "FREQ=WEEKLY", "FREQ=SECONDLY", 1) },
		"no colon":         func(s string) string { return strings.Replace(s, "CLASS:PRIVATE", "CLASS;A=B", 1) },
		"unended quote":    func(s string) string { return strings.Replace(s, "CLASS:PRIVATE", "CLASS;A=\"B:", 1) },
		"a moved override": func(s string) string { return strings.Replace(s, "20260308T083000Z", "20260308T093000Z", 1) },
		"deep":             func(string) string { return strings.Repeat("BEGIN:VCALENDAR\r\n", 100_000) },
		"long":             func(s string) string { return s + strings.Repeat("X", 17<<20) + "\r\n" },
	}
	for name, change := range tests {
		bad := change(good)
		if bad == good {
			t.Errorf("%s: nothing was changed", name)
		}
		if c, err := ical.Read(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: Read gave %+v, want an error", name, c)
		}
	}
}

// TestReadProperty writes calendars of every zone and shape, and reads them back.
func TestReadProperty(t *testing.T) {
	names := civiltest.ZoneNames(t)
	civiltest.Check(t, func(t *rapid.T) {
		loc, err := civil.Zone(civiltest.SampledFrom(names).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		c := ical.Calendar{Method: ical.Method(civiltest.IntRange(0, 1).Draw(t, "method")), Zone: loc}
		for n := range civiltest.IntRange(1, 3).Draw(t, "events") {
			c.Events = append(c.Events, drawEvent(t, c, string(rune('a'+n))))
		}
		var out bytes.Buffer
		if err := ical.Write(&out, c); err != nil {
			if strings.Contains(err.Error(), "while the clocks change") {
				return
			}
			t.Fatal(err)
		}
		checkLines(t, out.String())
		checkRead(t, c, out.String())
	})
}

func drawEvent(t *rapid.T, c ical.Calendar, uid string) ical.Event {
	e := single(func(e *ical.Event) {
		e.UID = uid
		e.Title = ical.Title(civiltest.IntRange(0, 1).Draw(t, "title"))
		e.Sequence = civiltest.IntRange(0, 99).Draw(t, "sequence")
		e.Cancelled = c.Method == ical.Cancel || rapid.Bool().Draw(t, "cancelled")
		letters := civiltest.IntRange(0, 200).Draw(t, "letters")
		e.Location = rapid.StringOfN(civiltest.SampledFrom([]rune(`abcäß 東京😀,;:\"'=-n`)), letters, letters, -1).
			Draw(t, "location")
	})
	if !rapid.Bool().Draw(t, "weekly") {
		start := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
		e.Start = start.Add(time.Duration(civiltest.IntRange(0, 26*365*24*4).Draw(t, "start")) * 15 * time.Minute).In(c.Zone)
		e.End = e.Start.Add(time.Duration(civiltest.IntRange(1, 180).Draw(t, "minutes")) * time.Minute)
		return e
	}
	w := drawWeekly(t)
	e.Start, e.End, e.Weekly = time.Time{}, time.Time{}, &w
	return e
}

func drawWeekly(t *rapid.T) schedule.Weekly {
	w := schedule.Weekly{
		Starts: date(2015, 1, 1).AddDays(civiltest.IntRange(0, 25*365).Draw(t, "starts")),
		At:     civil.Time(civiltest.IntRange(0, 95).Draw(t, "at") * 15),
		Length: time.Duration(civiltest.IntRange(1, 120).Draw(t, "length")) * time.Minute,
		Every:  civiltest.IntRange(1, 4).Draw(t, "every"),
	}
	switch civiltest.IntRange(0, 2).Draw(t, "end") {
	case 1:
		w.Count = civiltest.IntRange(1, 120).Draw(t, "count")
	case 2:
		w.Until = w.Starts.AddDays(civiltest.IntRange(0, 800).Draw(t, "until"))
	}
	for n := range civiltest.IntRange(0, 3).Draw(t, "exceptions") {
		w.Except = append(w.Except, w.Starts.AddDays(7*w.Every*(2*n+1)))
	}
	return w
}

func FuzzRead(f *testing.F) {
	for _, c := range examples(f) {
		f.Add(written(f, c))
	}
	f.Add("BEGIN:VCALENDAR\r\nA;B=c\r\nEND:VCALENDAR\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ical.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		checkRead(t, c, written(t, c))
	})
}

func FuzzWrite(f *testing.F) {
	f.Add("k7q2m4x9@calendar.example", "1420 Alder Street, Suite 2", int64(1_779_375_600), 50, uint8(0))
	f.Add("a", "x\r\nBEGIN:VALARM", int64(0), 1, uint8(1))
	f.Fuzz(func(t *testing.T, uid, location string, start int64, minutes int, title uint8) {
		c := ical.Calendar{Zone: zone(t, "America/Chicago"), Events: []ical.Event{single(func(e *ical.Event) {
			e.UID, e.Location, e.Title = uid, location, ical.Title(title)
			e.Start = time.Unix(start, 0)
			e.End = e.Start.Add(time.Duration(minutes) * time.Minute)
		})}}
		var out bytes.Buffer
		if ical.Write(&out, c) != nil {
			return
		}
		checkLines(t, out.String())
		checkRead(t, c, out.String())
	})
}
