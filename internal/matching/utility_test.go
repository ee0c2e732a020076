package matching_test

import (
	"math"
	"strings"
	"testing"

	"attune/internal/matching"
)

// Values: methods.md 5.
func TestShrinkage(t *testing.T) {
	for n, want := range map[int]float64{5: .21, 15: .44, 19: .5, 30: .61, 60: .76, 100: .84, 0: 0, -3: 0} {
		if got := matching.Shrinkage(n, 0.05); math.Abs(got-want) > 0.005 {
			t.Errorf("%d cases: got %.4f, want %.2f", n, got, want)
		}
	}
	for _, icc := range []float64{0, 1, -1, math.NaN()} {
		if got := matching.Shrinkage(30, icc); got != 0 {
			t.Errorf("ICC %v: got %v, want 0", icc, got)
		}
	}
}

func TestWeigh(t *testing.T) {
	w := matching.DefaultWeights()
	w.TrackRecord = 0.5
	base := matching.Facts{Preference: 1, Expertise: 0.5, Schedule: 0.2, WaitWeeks: 4, Effect: 0.4, Cases: 30, Consent: true}
	plain := 0.4 + 0.35*0.5 + 0.25*0.2 - 0.2*0.5
	cases := []struct {
		name  string
		alter func(*matching.Facts)
		want  float64
	}{
		{"with track record", func(*matching.Facts) {}, plain + 0.5*30.0/49*0.4},
		{"without consent", func(f *matching.Facts) { f.Consent = false }, plain},
		{"too few cases", func(f *matching.Facts) { f.Cases = 18 }, plain},
		{"a long wait counts once", func(f *matching.Facts) { f.WaitWeeks = 80; f.Cases = 0 }, plain - 0.1},
	}
	for _, c := range cases {
		f := base
		c.alter(&f)
		u, err := matching.Weigh(f, w)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(u.Value-c.want) > 1e-12 {
			t.Errorf("%s: got %v, want %v", c.name, u.Value, c.want)
		}
		if u.Parts[0].Name != "preference" || !strings.Contains(u.Parts[0].Words, "100 %") {
			t.Errorf("%s: got the first reason %+v, want the preference", c.name, u.Parts[0])
		}
	}
	for _, f := range []matching.Facts{{Preference: 1.1}, {Expertise: math.NaN()}, {WaitWeeks: -1}, {Effect: 2}, {Cases: -1}} {
		if _, err := matching.Weigh(f, w); err == nil {
			t.Errorf("%+v: got no error", f)
		}
	}
}

func TestBarriers(t *testing.T) {
	open := matching.Hard{Licensed: true, Language: true, Modality: true, Times: true, Payer: true, Room: true}
	if got := open.Barriers(); len(got) != 0 {
		t.Errorf("open pair: got %q, want none", got)
	}
	open.Language, open.ClientSaidNo = false, true
	if got := open.Barriers(); len(got) != 2 {
		t.Errorf("got %q, want two barriers", got)
	}
	if got := (matching.Hard{Conflict: true, ClientSaidNo: true}).Barriers(); len(got) != 8 {
		t.Errorf("got %d barriers, want all 8", len(got))
	}
}

func TestTop(t *testing.T) {
	u := func(v float64) *matching.Utility { return &matching.Utility{Value: v} }
	got := matching.Top([]*matching.Utility{u(.5), nil, u(.9), u(.9), u(.1), u(.95)}, []int{1, 1, 1, 2, 1, 0}, 0.3, 3)
	want := []int{2, 3, 0}
	if len(got) != len(want) {
		t.Fatalf("got %d choices, want %d", len(got), len(want))
	}
	for i, c := range got {
		if c.Therapist != want[i] {
			t.Errorf("choice %d: got therapist %d, want %d", i, c.Therapist, want[i])
		}
	}
}

func TestAudit(t *testing.T) {
	var arrivals []matching.Arrival
	for i := range 40 {
		a := matching.Arrival{Group: "a", WaitDays: float64(10 + i%5), Placed: true, Fit: 0.8 + 0.01*float64(i%3)}
		if i%2 == 1 {
			a.Group, a.WaitDays, a.Fit = "b", a.WaitDays+20, a.Fit-0.3
			a.Placed = i%4 == 1
		}
		arrivals = append(arrivals, a)
	}
	arrivals = append(arrivals, matching.Arrival{Group: "few", WaitDays: 3, Placed: true})
	got, err := matching.Audit(arrivals, 90)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].Group != "a" || !got[2].Hidden || got[2].MeanWait != 0 {
		t.Fatalf("got %+v, want a, b and a hidden group", got)
	}
	a, b := got[0], got[1]
	if a.MedianWait == nil || *a.MedianWait != 12 || math.Abs(a.MeanWait-12) > 1e-9 {
		t.Errorf("a: got median %v, mean %v; want 12", a.MedianWait, a.MeanWait)
	}
	if !(b.WaitRange.Low > 0) || !(a.WaitRange.High < 0) || !(a.FitRange.Low > 0) {
		t.Errorf("got wait %+v and %+v, fit %+v; want b to wait longer and a to fit better", a.WaitRange, b.WaitRange, a.FitRange)
	}
	if b.Placed != 10 || len(b.Warnings) == 0 {
		t.Errorf("b: got %d placed, warnings %q", b.Placed, b.Warnings)
	}
	for _, bad := range []matching.Arrival{{WaitDays: -1}, {WaitDays: math.NaN()}, {Fit: math.Inf(1)}} {
		if _, err := matching.Audit([]matching.Arrival{bad}, 90); err == nil {
			t.Errorf("%+v: got no error", bad)
		}
	}
	if _, err := matching.Audit(nil, 0); err == nil {
		t.Error("no horizon: got no error")
	}
}
