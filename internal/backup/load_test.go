package backup_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/backup"
	pt "attune/internal/practice/practicetest"
)

// While someone books and cancels without a pause, every backup is of one moment: an appointment and its claim are in
// it together or not at all.
func TestBackupsUnderLoadAreOfOneMoment(t *testing.T) {
	h, v := lived(t), newVault(t)
	busy, stop := context.WithCancel(ctx)
	written := make(chan int)
	go func() {
		n := 0
		for busy.Err() == nil {
			start := h.Clock.Now().Add(time.Duration(1000+n) * time.Hour)
			h.Book(pt.OfNell, start)
			n++
		}
		written <- n
	}()
	var made []backup.Made
	for range 6 {
		m, err := backup.Create(ctx, h.DB, v.Plan)
		if err != nil {
			t.Error(err)
		}
		made = append(made, m)
		h.Clock.Advance(time.Second)
	}
	stop()
	if n := <-written; n < 6 || made[5].Rows == made[0].Rows {
		t.Fatalf("only %d appointments were booked meanwhile", n)
	}
	for _, m := range made {
		there := emptyAt(t, h.Clock.Now())
		if _, err := backup.Restore(ctx, there, backup.Source{File: m.File, Identities: v.both()}); err != nil {
			t.Fatal(err)
		}
		mustBeWell(t, there.For("north"))
		if err := there.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
