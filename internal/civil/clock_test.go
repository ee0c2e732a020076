package civil_test

import (
	"strings"
	"testing"
	"time"

	"attune/internal/civil"
)

func TestParseTime(t *testing.T) {
	tests := []struct{ in, want string }{
		{"14:30", "14:30"},
		{"9:05", "09:05"},
		{"14:30:00", "14:30"},
		{"2:30 pm", "14:30"},
		{"2:30PM", "14:30"},
		{"2 p.m.", "14:00"},
		{"12 am", "00:00"},
		{"12:15 pm", "12:15"},
		{"noon", "12:00"},
		{"24:00", "24:00"},
		{"24:01", ""},
		{"0:30 am", ""},
		{"13 pm", ""},
		{"9", ""},
		{"9:5", ""},
		{"9:60", ""},
		{"14:30:15", ""},
		{"-1:00", ""},
		{"pm", ""},
		{"", ""},
	}
	for _, test := range tests {
		got, err := civil.ParseTime(test.in)
		if (err == nil) != (test.want != "") || err == nil && got.String() != test.want {
			t.Errorf("ParseTime(%q) = %s, %v, want %q", test.in, got, err, test.want)
		}
	}
}

func TestTimeWords(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{civil.Midnight.Words(), "12:00 am"},
		{civil.Clock(10, 0).Words(), "10:00 am"},
		{civil.Clock(12, 0).Words(), "12:00 pm"},
		{civil.Clock(23, 59).Words(), "11:59 pm"},
		{civil.EndOfDay.Words(), "12:00 am"},
		{civil.Between(civil.Clock(10, 0), civil.Clock(10, 50)), "10:00 to 10:50 am"},
		{civil.Between(civil.Clock(11, 30), civil.Clock(12, 20)), "11:30 am to 12:20 pm"},
		{civil.Between(civil.Clock(12, 0), civil.Clock(12, 50)), "12:00 to 12:50 pm"},
		{civil.Between(civil.Clock(23, 30), civil.Clock(0, 20)), "11:30 pm to 12:20 am"},
		{civil.Between(civil.Midnight, civil.EndOfDay), "all day"},
		{civil.Between(civil.Clock(9, 0), civil.EndOfDay), "9:00 am to 12:00 am"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestEveryMinute(t *testing.T) {
	for m := civil.Midnight; m < civil.EndOfDay; m++ {
		for _, written := range []string{m.String(), m.Words(), strings.ToUpper(m.Words())} {
			if back, err := civil.ParseTime(written); err != nil || back != m {
				t.Errorf("ParseTime(%q) = %s, %v, want %s", written, back, err, m)
			}
		}
	}
}

func TestParseWeekday(t *testing.T) {
	for _, day := range civil.Weekdays {
		for _, written := range []string{day.String(), strings.ToLower(day.String()), civil.ShortDay(day)} {
			if got, ok := civil.ParseWeekday(written); !ok || got != day {
				t.Errorf("ParseWeekday(%q) = %s, %t, want %s", written, got, ok, day)
			}
		}
	}
	for _, bad := range []string{"", "Th", "Thurs", "Days"} {
		if got, ok := civil.ParseWeekday(bad); ok {
			t.Errorf("ParseWeekday(%q) = %s, want none", bad, got)
		}
	}
	if got := civil.SinceMonday(time.Sunday); got != 6 {
		t.Errorf("SinceMonday(Sunday) = %d, want 6", got)
	}
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"14:30", "2:30 pm", "noon", "24:00", "::", "12 p.m"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		clock, err := civil.ParseTime(s)
		if err != nil {
			return
		}
		if !clock.Valid() {
			t.Fatalf("ParseTime(%q) = %s, which is no time", s, clock)
		}
		if back, err := civil.ParseTime(clock.String()); err != nil || back != clock {
			t.Fatalf("ParseTime(%q) = %s, %v, want %s", clock, back, err, clock)
		}
	})
}
