package backup_test

import (
	"strings"
	"testing"
	"time"

	"attune/internal/backup"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	pt "attune/internal/practice/practicetest"
	"attune/internal/schedule"
)

func TestDaySheet(t *testing.T) {
	h := pt.New(t)
	tomorrow := dbtest.Start.Add(30 * time.Hour) // 9 in the morning in Chicago
	h.Book(pt.OfRosa, tomorrow)
	h.Book(pt.OfPair, tomorrow.Add(time.Hour))
	h.Book(pt.OfNell, tomorrow.Add(24*time.Hour))
	off := h.Book(pt.OfPair, tomorrow.Add(2*time.Hour))
	if _, err := schedule.Cancel(ctx, h.DB, h.By(pt.Cora), off.ID); err != nil {
		t.Fatal(err)
	}
	var day civil.Date
	err := h.DB.View(ctx, func(tx *db.DB) (err error) { day, err = backup.Tomorrow(ctx, tx); return err })
	if err != nil || day.String() != "2027-01-12" {
		t.Fatalf("Tomorrow: got %v, %v", day, err)
	}
	var page strings.Builder
	n, err := backup.DaySheet(ctx, h.DB, day, &page)
	if err != nil || n != 2 {
		t.Fatalf("got %d, %v", n, err)
	}
	for _, want := range []string{"Tuesday, January 12, 2027", "Theo Lindqvist", "09:00 to 09:50", "Rosa Vance", "Ines Marchetti and Paul Marchetti", "Room 2",
		"312-555-0111, no voicemail"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page has no %q", want)
		}
	}
	for _, not := range []string{"Nell Carver", "Tess Adeyemi", "11:00"} {
		if strings.Contains(page.String(), not) {
			t.Errorf("the page has %q", not)
		}
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM audit_leaf WHERE object_type = 'day sheet'`); n != 1 {
		t.Errorf("got %d entries in the log, want 1", n)
	}
	if n, err := backup.DaySheet(ctx, h.DB, day.AddDays(20), &page); n != 0 || err != nil || !strings.Contains(page.String(), "Nothing is booked") {
		t.Errorf("on an empty day: got %d, %v", n, err)
	}
}
