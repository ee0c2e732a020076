package schedule_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/db/dbtest"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/schedule"
)

func TestStandings(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	at := dbtest.Start.Add(time.Hour)
	h.Hold(pt.OfRosa, at)
	last := h.Hold(pt.OfRosa, at.Add(24*time.Hour))
	over := h.Book(pt.OfPair, h.Clock.Now())
	h.Clock.Advance(2 * time.Hour)
	next := h.Book(pt.OfRosa, h.Clock.Now().Add(time.Hour))
	h.Book(pt.OfRosa, h.Clock.Now().Add(24*time.Hour))
	all := []practice.CourseID{pt.OfRosa, pt.OfPair, pt.OfNell}
	found, err := schedule.Standings(ctx, h.DB, h.By(pt.Theo), access.ReadTimes, all)
	if err != nil {
		t.Fatal(err)
	}
	rosa := found[pt.OfRosa]
	if rosa.Held != 2 || !rosa.Last.Equal(last.Start) || rosa.Next == nil || rosa.Next.ID != next.ID {
		t.Errorf("Rosa's course: %+v, want two sessions and the next hour", rosa)
	}
	if pair := found[pt.OfPair]; pair.Held != 0 || pair.Next != nil {
		t.Errorf("the couple's course: %+v, want nothing held and nothing to come", pair)
	}
	unmarked, err := schedule.Unmarked(ctx, h.DB, h.By(pt.Theo), pt.Theo)
	if err != nil || len(unmarked) != 1 || unmarked[0].ID != over.ID {
		t.Errorf("unmarked: %v (%v), want the couple's hour that is over", unmarked, err)
	}
	mine, err := schedule.OfClient(ctx, h.DB, h.By(pt.Rosa), access.ReadTimes, pt.Rosa)
	if err != nil || len(mine) != 4 {
		t.Errorf("Rosa's times: %d (%v), want four", len(mine), err)
	}
	if theirs, err := schedule.OfClient(ctx, h.DB, h.By(pt.Rosa), access.ReadTimes, pt.Ines); err != nil || len(theirs) != 0 {
		t.Errorf("Rosa reads %d times of Ines (%v), want none", len(theirs), err)
	}
}
