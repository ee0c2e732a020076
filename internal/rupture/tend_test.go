package rupture_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"attune/internal/audit"
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

// TestOnlyListedWords wants nothing to be kept that the forms do not offer, whatever a form sends.
func TestOnlyListedWords(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	h.Hold(pt.OfRosa, dbtest.Start.Add(time.Hour))
	theo, rosa := h.By(pt.Theo), h.By(pt.Rosa)
	id, err := rupture.Notice(ctx, h.DB, theo, pt.OfRosa, pt.Rosa, 0, "", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, field string
		deed        func() error
	}{
		{"the end of the course as an answer", "better", func() error {
			return rupture.ClientSays(ctx, h.DB, rosa, id, rupture.Say{Better: rupture.CourseEnd})
		}},
		{"an unknown wish", "wish", func() error {
			return rupture.ClientSays(ctx, h.DB, rosa, id, rupture.Say{Wish: "now"})
		}},
		{"nothing", "better", func() error {
			return rupture.ClientSays(ctx, h.DB, rosa, id, rupture.Say{Text: "  "})
		}},
		{"a talk of an unknown kind", "kind", func() error {
			return rupture.RecordTalk(ctx, h.DB, theo, id, rupture.Talk{Kind: "sideways", Text: "We talked."})
		}},
		{"a talk with an unknown strategy", "strategies", func() error {
			return rupture.RecordTalk(ctx, h.DB, theo, id, rupture.Talk{Strategies: []string{"magic"}})
		}},
		{"a description of no kind", "kind", func() error {
			return rupture.Describe(ctx, h.DB, theo, id, "", "A hurried end")
		}},
		{"a new one of an unknown kind", "kind", func() error {
			_, err := rupture.Notice(ctx, h.DB, theo, pt.OfPair, pt.Ines, 0, "sideways", "")
			return err
		}},
	} {
		err := test.deed()
		if found := fault.Invalids(err); len(found) != 1 || found[0].Field != test.field {
			t.Errorf("%s: got %v, want a fault in %q", test.name, err, test.field)
		}
	}
	r, err := rupture.One(ctx, h.DB, theo, id)
	if err != nil || len(r.Timeline) != 3 || r.State != rupture.Open {
		t.Errorf("afterwards: got %s with %d events (%v), want open with the three of its beginning", r.State, len(r.Timeline), err)
	}
}

// TestBeginningAndEndAreRecorded wants each of them in the log under the rupture that it is about.
func TestBeginningAndEndAreRecorded(t *testing.T) {
	s := begin(t, pt.OfRosa)
	s.hold()
	s.open()
	first := s.all(rosa)[0].ID
	s.answer("better")
	s.hold()
	s.open()
	second := s.all(rosa)[0].ID
	if err := rupture.EndAll(context.Background(), s.DB, s.By(pt.Theo), pt.OfRosa); err != nil {
		t.Fatal(err)
	}
	s.stands(rosa, rupture.Ended)
	log, err := audit.OfPractice(context.Background(), s.DB, s.By(pt.Olga), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, l := range log {
		if l.Type == "rupture" && l.ClientID == rosa {
			got[string(l.Deed)+" "+l.Object]++
		}
	}
	want := map[string]int{
		string(audit.Noticed) + " " + string(first): 1, string(audit.Repaired) + " " + string(first): 1,
		string(audit.Noticed) + " " + string(second): 1, string(audit.Tended) + " " + string(second): 1,
	}
	if !maps.Equal(got, want) {
		t.Errorf("the log has %v, want %v", got, want)
	}
}
