package alliance_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/alliance"
	"attune/internal/db/dbtest"
	"attune/internal/measure"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/rupture"
)

func TestCheckInsOfManyCourses(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	alone := h.Hold(pt.OfRosa, dbtest.Start.Add(time.Hour))
	pair := h.Hold(pt.OfPair, dbtest.Start.Add(3*time.Hour))
	send := func(who string, about practice.ClientID, appointment string, side alliance.Side, answers measure.Answers) {
		t.Helper()
		_, err := rupture.Send(ctx, h.DB, h.By(who), rupture.CheckIn{AppointmentID: appointment, ClientID: about, Side: side, Answers: answers})
		if err != nil {
			t.Fatal(err)
		}
	}
	owed := func() int {
		t.Helper()
		all, err := alliance.OwedBy(ctx, h.DB, h.By(pt.Theo), dbtest.Start)
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if got := owed(); got != 3 {
		t.Errorf("Theo owes %d check-ins, want three: one about each client", got)
	}
	heard := measure.Answers{"asc-heard": measure.Number(3)}
	send(pt.Rosa, pt.Rosa, string(alone.ID), alliance.Client, heard)
	send(pt.Ines, pt.Ines, string(pair.ID), alliance.Client, heard)
	send(pt.Theo, pt.Rosa, string(alone.ID), alliance.Therapist, measure.Answers{"asct-heard": measure.Number(2)})
	if got := owed(); got != 2 {
		t.Errorf("after answering one Theo owes %d, want two", got)
	}
	courses := []practice.CourseID{pt.OfRosa, pt.OfPair, pt.OfNell}
	for who, want := range map[string]map[alliance.Dyad]int{
		pt.Theo: {{CourseID: pt.OfRosa, ClientID: pt.Rosa}: 2, {CourseID: pt.OfPair, ClientID: pt.Ines}: 1},
		pt.Rosa: {{CourseID: pt.OfRosa, ClientID: pt.Rosa}: 1},
		pt.Paul: {},
		pt.Tess: {},
	} {
		found, err := alliance.CheckInsOf(ctx, h.DB, h.By(who), courses)
		if err != nil {
			t.Fatal(err)
		}
		if len(found) != len(want) {
			t.Errorf("%s reads the check-ins of %d clients, want %d", who, len(found), len(want))
		}
		for dyad, n := range want {
			if len(found[dyad]) != n {
				t.Errorf("%s reads %d check-ins of %s, want %d", who, len(found[dyad]), dyad.ClientID, n)
			}
		}
	}
}
