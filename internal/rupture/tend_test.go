package rupture_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/db/dbtest"
	"attune/internal/fault"
	pt "attune/internal/practice/practicetest"
	"attune/internal/rupture"
)

func TestWhatIsSaidCarriesItsSession(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	at := dbtest.Start.Add(time.Hour)
	h.Hold(pt.OfRosa, at)
	id, err := rupture.Notice(ctx, h.DB, h.By(pt.Theo), pt.OfRosa, pt.Rosa, 0, rupture.Withdrawal, "A hurried end")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		h.Hold(pt.OfRosa, at.Add(time.Duration(i+1)*24*time.Hour))
	}
	for _, deed := range []func() error{
		func() error {
			return rupture.RecordTalk(ctx, h.DB, h.By(pt.Theo), id, rupture.Talk{Number: 3, Strategies: []string{"own"}})
		},
		func() error {
			return rupture.RecordTalk(ctx, h.DB, h.By(pt.Theo), id, rupture.Talk{Number: 99, Text: "Again"})
		},
		func() error {
			return rupture.ClientSays(ctx, h.DB, h.By(pt.Rosa), id, rupture.Say{Wish: rupture.NotYet})
		},
	} {
		if err := deed(); err != nil {
			t.Fatal(err)
		}
	}
	r, err := rupture.One(ctx, h.DB, h.By(pt.Theo), id)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, e := range r.Timeline {
		got[string(e.What)+" "+e.Text] = e.Number
	}
	for what, want := range map[string]int{"described A hurried end": 1, "attempt ": 3, "attempt Again": 5, "wish ": 5} {
		if got[what] != want {
			t.Errorf("%q happened in session %d, want %d", what, got[what], want)
		}
	}
	if r.State != rupture.SetAside || r.AskedFrom != 5+rupture.QuietSessions {
		t.Errorf("set aside it is %s and asked about from session %d, want three after the fifth", r.State, r.AskedFrom)
	}
	if _, err := rupture.One(ctx, h.DB, h.By(pt.Tess), id); err == nil {
		t.Error("Tess reads a rupture of Theo's course")
	}
	current, err := rupture.Current(ctx, h.DB, h.By(pt.Sami))
	if err != nil || len(current) != 1 {
		t.Errorf("the supervisor reads %d current ruptures (%v), want one", len(current), err)
	}
	_, err = rupture.Notice(ctx, h.DB, h.By(pt.Theo), pt.OfRosa, pt.Rosa, 0, rupture.Both, "")
	if f, _ := fault.Of(err); f.Kind != fault.KindConflict {
		t.Errorf("a second current one: %v, want a conflict", err)
	}
}
