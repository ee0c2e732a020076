package civil_test

import (
	"encoding/json"
	"testing"

	"attune/internal/civil"
	"attune/internal/civil/civiltest"

	"pgregory.net/rapid"
)

func TestParseDate(t *testing.T) {
	tests := []struct{ in, want string }{
		{"2026-05-21", "2026-05-21"},
		{" 5/21/2026 ", "2026-05-21"},
		{"05/01/2026", "2026-05-01"},
		{"May 21, 2026", "2026-05-21"},
		{"may 21 2026", "2026-05-21"},
		{"Sept. 1, 2026", ""},
		{"Sep. 1, 2026", "2026-09-01"},
		{"Thursday, May 21, 2026", "2026-05-21"},
		{"Thu May 21 2026", "2026-05-21"},
		{"Friday, May 21, 2026", ""},
		{"2028-02-29", "2028-02-29"},
		{"2026-02-29", ""},
		{"2026-13-01", ""},
		{"0000-01-01", ""},
		{"5/21/26", ""},
		{"21.5.2026", ""},
		{"2026-5-21", ""},
		{"٢٠٢٦-٠٥-٢١", ""},
		{"+026-05-21", ""},
		{"May 21", ""},
		{"", ""},
	}
	for _, test := range tests {
		d, err := civil.ParseDate(test.in)
		if got := d.String(); got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("ParseDate(%q) = %q, %v, want %q", test.in, got, err, test.want)
		}
	}
}

func TestDateWords(t *testing.T) {
	d := date(2026, 5, 21)
	for _, test := range []struct{ got, want string }{
		{d.String(), "2026-05-21"},
		{d.Words(), "Thursday, May 21"},
		{d.WordsYear(), "Thursday, May 21, 2026"},
		{d.Short(), "Thu, May 21"},
		{d.MonthDay(), "May 21"},
		{d.MonthDayYear(), "May 21, 2026"},
		{d.From(d), "today"},
		{d.AddDays(1).From(d), "tomorrow"},
		{d.AddDays(-1).From(d), "yesterday"},
		{d.AddDays(7).From(d), "Thursday, May 28"},
		{date(2027, 1, 1).From(date(2026, 12, 31)), "tomorrow"},
		{date(2027, 1, 2).From(date(2026, 12, 31)), "Saturday, January 2, 2027"},
		{d.Monday().String(), "2026-05-18"},
		{date(2026, 5, 24).Monday().String(), "2026-05-18"},
		{civil.Date{}.String(), ""},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestDateArithmetic(t *testing.T) {
	leap := date(2028, 2, 29)
	for _, test := range []struct{ got, want civil.Date }{
		{leap.AddDays(1), date(2028, 3, 1)},
		{leap.AddDays(-29), date(2028, 1, 31)},
		{leap.AddMonths(12), date(2029, 2, 28)},
		{leap.AddMonths(-48), date(2024, 2, 29)},
		{date(2026, 1, 31).AddMonths(1), date(2026, 2, 28)},
		{date(2026, 11, 30).AddMonths(3), date(2027, 2, 28)},
	} {
		if test.got != test.want {
			t.Errorf("got %s, want %s", test.got, test.want)
		}
	}
	for _, test := range []struct {
		born, on civil.Date
		want     int
	}{
		{date(2008, 5, 21), date(2026, 5, 20), 17},
		{date(2008, 5, 21), date(2026, 5, 21), 18},
		{date(2008, 2, 29), date(2026, 2, 28), 17},
		{date(2008, 2, 29), date(2026, 3, 1), 18},
	} {
		if got := test.born.YearsUntil(test.on); got != test.want {
			t.Errorf("%s.YearsUntil(%s) = %d, want %d", test.born, test.on, got, test.want)
		}
	}
}

func TestDateProperty(t *testing.T) {
	civiltest.Check(t, func(t *rapid.T) {
		d := dates().Draw(t, "date")
		n := civiltest.IntRange(-5000, 5000).Draw(t, "days")
		later := d.AddDays(n)
		if got := d.DaysUntil(later); got != n {
			t.Fatalf("%s.DaysUntil(%s) = %d, want %d", d, later, got, n)
		}
		if got, want := int(later.Weekday()), ((int(d.Weekday())+n)%7+7)%7; got != want {
			t.Fatalf("weekday %d days after %s = %d, want %d", n, d, got, want)
		}
		if got, want := d.Before(later), d.String() < later.String(); got != want {
			t.Fatalf("%s.Before(%s) = %t, want %t", d, later, got, want)
		}
		if monday := d.Monday(); monday.After(d) || monday.DaysUntil(d) > 6 || monday.Weekday() != 1 {
			t.Fatalf("%s.Monday() = %s", d, monday)
		}
		for _, written := range []string{d.String(), d.WordsYear(), d.MonthDayYear()} {
			if back, err := civil.ParseDate(written); err != nil || back != d {
				t.Fatalf("ParseDate(%q) = %s, %v, want %s", written, back, err, d)
			}
		}
	})
}

func TestText(t *testing.T) {
	type day struct {
		Date civil.Date
		Time civil.Time
		None civil.Date
	}
	want := day{Date: date(2026, 5, 21), Time: civil.Clock(14, 30)}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(text); got != `{"Date":"2026-05-21","Time":"14:30","None":""}` {
		t.Errorf("Marshal = %s", got)
	}
	var back day
	if err := json.Unmarshal(text, &back); err != nil || back != want {
		t.Errorf("Unmarshal = %+v, %v, want %+v", back, err, want)
	}
	for _, bad := range []string{`{"Date":"May"}`, `{"Time":"25:00"}`} {
		if err := json.Unmarshal([]byte(bad), &back); err == nil {
			t.Errorf("Unmarshal(%s) gave no error", bad)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	for _, seed := range []string{"2026-05-21", "5/21/2026", "Thursday, May 21, 2026", "2026-02-29", "//", "é-é-"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := civil.ParseDate(s)
		if err != nil {
			if !d.IsZero() {
				t.Fatalf("ParseDate(%q) = %s and an error", s, d)
			}
			return
		}
		if !d.Valid() {
			t.Fatalf("ParseDate(%q) = %s, which is no day", s, d)
		}
		if back, err := civil.ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("ParseDate(%q) = %s, %v, want %s", d, back, err, d)
		}
	})
}
