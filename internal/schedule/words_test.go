package schedule_test

import (
	"testing"
	"time"

	"attune/internal/schedule"

	"github.com/google/go-cmp/cmp"
)

func TestWishes(t *testing.T) {
	all := schedule.Wishes()
	if len(all) != 21 || all[0].Words() != "Monday morning" || all[20].Words() != "Sunday evening" {
		t.Errorf("Wishes = %v", all)
	}
	for _, wish := range all {
		if back, err := schedule.ParseWish(wish.String()); err != nil || back != wish {
			t.Errorf("ParseWish(%q) = %v, %v, want %v", wish, back, err, wish)
		}
	}
	if got := (schedule.Wish{Day: time.Tuesday, Part: schedule.Evening}).String(); got != "tue-evening" {
		t.Errorf("String = %q, want tue-evening", got)
	}
	for _, bad := range []string{"", "tue", "tue-x", "Tue-evening", "tue-e", "tue-evening "} {
		if wish, err := schedule.ParseWish(bad); err == nil {
			t.Errorf("ParseWish(%q) = %v, want an error", bad, wish)
		}
	}
}

func TestMet(t *testing.T) {
	chicago := zone(t, "America/Chicago")
	slots := []schedule.Slot{
		{Interval: span(t, "2026-05-19 17:00", "17:50", chicago)},
		{Interval: span(t, "2026-05-21 11:59", "12:50", chicago)},
		{Interval: span(t, "2026-05-22 16:59", "17:50", chicago)},
	}
	wishes := []schedule.Wish{
		{Day: time.Thursday, Part: schedule.Evening}, {Day: time.Tuesday, Part: schedule.Evening},
		{Day: time.Thursday, Part: schedule.Morning}, {Day: time.Friday, Part: schedule.Afternoon},
	}
	if diff := cmp.Diff(wishes[1:], schedule.Met(wishes, slots, chicago)); diff != "" {
		t.Errorf("met (-want +got):\n%s", diff)
	}
	if got := schedule.WishOf(slots[0].Start, zone(t, "America/Los_Angeles")).Words(); got != "Tuesday afternoon" {
		t.Errorf("in Los Angeles = %q, want Tuesday afternoon", got)
	}
}

func TestWeeklyWords(t *testing.T) {
	weekly := schedule.Weekly{Starts: date(2026, 5, 19), At: 540, Length: 50 * time.Minute, Every: 1}
	fortnightly := weekly
	fortnightly.Every, fortnightly.At = 2, 23*60+10
	for _, test := range []struct{ got, want string }{
		{weekly.Words(), "Tuesdays, 9:00 to 9:50 am"},
		{fortnightly.Words(), "Every 2 weeks on Tuesday, 11:10 pm to 12:00 am"},
	} {
		if test.got != test.want {
			t.Errorf("got %q, want %q", test.got, test.want)
		}
	}
}

func TestWishesWords(t *testing.T) {
	tuesday, thursday := schedule.Wish{Day: time.Tuesday, Part: schedule.Evening}, schedule.Wish{Day: time.Thursday, Part: schedule.Evening}
	friday := schedule.Wish{Day: time.Friday, Part: schedule.Morning}
	for _, c := range []struct {
		wishes []schedule.Wish
		want   string
	}{
		{nil, ""},
		{[]schedule.Wish{tuesday, tuesday}, "Tuesday evening"},
		{[]schedule.Wish{thursday, friday, tuesday}, "Friday morning; Tuesday and Thursday evening"},
	} {
		if got := schedule.WishesWords(c.wishes); got != c.want {
			t.Errorf("WishesWords(%v) = %q, want %q", c.wishes, got, c.want)
		}
	}
}
