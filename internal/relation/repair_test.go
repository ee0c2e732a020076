package relation_test

import (
	"math"
	"testing"

	"attune/internal/relation"
)

// By hand: of four strains with a partner, S falls to 3/4 at day 1 and, one being censored at day 2, to 3/8 at day 4.
func TestRepairs(t *testing.T) {
	got, err := relation.Repairs([]relation.Strain{
		{Relationship: "partner", Days: 4, Repaired: true},
		{Relationship: "mother", Days: 30, Avoided: true},
		{Relationship: "partner", Days: 2},
		{Relationship: "partner", Days: 1, Repaired: true, Avoided: true},
		{Relationship: "partner", Days: 9},
	})
	if err != nil || len(got) != 2 || got[0].Relationship != "mother" {
		t.Fatalf("got %+v, %v", got, err)
	}
	mother, partner := got[0], got[1]
	if mother.Half || mother.Repaired != 0 || len(mother.Curve) != 0 || mother.AvoidedShare != 1 || len(mother.Warnings) != 1 {
		t.Errorf("mother: %+v", mother)
	}
	if partner.Share != 0.5 || partner.AvoidedShare != 0.25 || !partner.Half || partner.MedianDays != 4 || len(partner.Curve) != 2 {
		t.Fatalf("partner: %+v", partner)
	}
	for i, want := range []float64{0.75, 0.375} {
		if s := partner.Curve[i].Survival; math.Abs(s-want) > 1e-12 {
			t.Errorf("still waiting after step %d: got %v, want %v", i+1, s, want)
		}
	}
	// Wilson, 2 of 4: 0.150 to 0.850.
	if r := partner.Range; math.Abs(r.Low-0.15004) > 1e-4 || math.Abs(r.High-0.84996) > 1e-4 {
		t.Errorf("range of the share: %+v", r)
	}
	if _, err := relation.Repairs([]relation.Strain{{Days: -1}}); err == nil {
		t.Error("a repair before its strain was taken")
	}
	if got, err := relation.Repairs(nil); err != nil || got != nil {
		t.Errorf("no strains: %v, %v", got, err)
	}
}
