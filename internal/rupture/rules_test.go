package rupture_test

import (
	"slices"
	"testing"

	"attune/internal/rupture"
)

// The table "From check-in to rupture" of product.md, row by row.
func TestReview(t *testing.T) {
	possible := &rupture.Standing{State: rupture.Possible, NoticedBy: rupture.ByNumbers, Kind: rupture.Unknown, Start: 4, AskedFrom: 5}
	open := &rupture.Standing{State: rupture.Open, NoticedBy: rupture.ByClient, Kind: rupture.Unknown, Start: 4, AskedFrom: 5}
	named := &rupture.Standing{State: rupture.Named, NoticedBy: rupture.ByClient, Kind: rupture.Unknown, Start: 4, AskedFrom: 5}
	aside := &rupture.Standing{State: rupture.SetAside, NoticedBy: rupture.ByClient, Kind: rupture.Unknown, Start: 4, AskedFrom: 8, Wish: rupture.NotYet}
	with := func(s *rupture.Standing, change func(*rupture.Standing)) *rupture.Standing {
		changed := *s
		change(&changed)
		return &changed
	}
	client := func(h rupture.Heard) rupture.Heard {
		h.By, h.Number, h.Scored = rupture.ByClient, 6, true
		return h
	}
	therapist := func(h rupture.Heard) rupture.Heard { h.By, h.Number = rupture.ByTherapist, 6; return h }

	for _, c := range []struct {
		name     string
		now      *rupture.Standing
		heard    rupture.Heard
		wantNow  rupture.State // of the earlier one; "" for none
		wantNew  rupture.State // of a new one; "" for none
		happened []rupture.What
	}{
		{"nothing at all", nil, client(rupture.Heard{Off: "no", InRange: true}), "", "", nil},
		{"red, nobody said anything", nil, client(rupture.Heard{Off: "no", Red: true}), "", rupture.Possible, []rupture.What{rupture.Noticed}},
		{"client is not sure", nil, client(rupture.Heard{Off: "unsure", InRange: true}), "", rupture.Possible, []rupture.What{rupture.Noticed}},
		{"therapist is not sure", nil, therapist(rupture.Heard{Off: "unsure"}), "", rupture.Possible, []rupture.What{rupture.Noticed}},
		{"client: not talked about", nil, client(rupture.Heard{Off: "not_talked"}), "", rupture.Open, []rupture.What{rupture.Noticed, rupture.WasOpened}},
		{"therapist: not talked about", nil, therapist(rupture.Heard{Off: "not_talked"}), "", rupture.Open, []rupture.What{rupture.Noticed, rupture.WasOpened}},
		{"client: talked about", nil, client(rupture.Heard{Off: "talked"}), "", rupture.Named, []rupture.What{rupture.Noticed, rupture.TalkedOf}},
		{"not talked about, and not yet", nil, client(rupture.Heard{Off: "not_talked", Wish: rupture.NotYet}), "", rupture.SetAside,
			[]rupture.What{rupture.Noticed, rupture.WasOpened, rupture.Wished}},
		{"not talked about, nothing needed", nil, client(rupture.Heard{Off: "not_talked", Wish: rupture.Nothing}), "", rupture.Open,
			[]rupture.What{rupture.Noticed, rupture.WasOpened, rupture.Wished}},

		{"possible, then not talked about", possible, client(rupture.Heard{Off: "not_talked"}), rupture.Open, "", []rupture.What{rupture.WasOpened}},
		{"possible, then talked about", possible, client(rupture.Heard{Off: "talked"}), rupture.Named, "", []rupture.What{rupture.TalkedOf}},
		{"open, then talked about", open, client(rupture.Heard{Off: "talked"}), rupture.Named, "", []rupture.What{rupture.TalkedOf}},
		{"open, then therapist: talked about", open, therapist(rupture.Heard{Off: "talked"}), rupture.Named, "", []rupture.What{rupture.TalkedOf}},
		{"open stays open when unsure", open, client(rupture.Heard{Off: "unsure"}), rupture.Open, "", nil},
		{"named, then client: not yet talked about", named, client(rupture.Heard{Off: "not_talked"}), rupture.Open, "", []rupture.What{rupture.WasOpened}},
		{"named, then therapist: not talked about", named, therapist(rupture.Heard{Off: "not_talked"}), rupture.Named, "", nil},
		{"open, wish not yet", open, client(rupture.Heard{Off: "no", Wish: rupture.NotYet}), rupture.SetAside, "", []rupture.What{rupture.Wished}},
		{"set aside is not the therapist's to open", aside, therapist(rupture.Heard{Off: "not_talked"}), rupture.SetAside, "", nil},
		{"set aside, opened by the client", aside, client(rupture.Heard{Off: "not_talked"}), rupture.Open, "", []rupture.What{rupture.WasOpened}},
		{"set aside, now please bring it up", aside, client(rupture.Heard{Off: "no", Wish: rupture.RaiseIt}), rupture.Open, "",
			[]rupture.What{rupture.Wished, rupture.TookBack}},

		{"better: repaired", named, client(rupture.Heard{Off: "no", Better: rupture.BetterNow}), rupture.Repaired, "", []rupture.What{rupture.BetterNow}},
		{"better repairs a possible one too", possible, client(rupture.Heard{Better: rupture.BetterNow}), rupture.Repaired, "", []rupture.What{rupture.BetterNow}},
		{"partly better: stays", named, client(rupture.Heard{Better: rupture.PartlyNow}), rupture.Named, "", []rupture.What{rupture.PartlyNow}},
		{"the same: stays", open, client(rupture.Heard{Better: rupture.SameNow}), rupture.Open, "", []rupture.What{rupture.SameNow}},
		{"worse: stays", open, client(rupture.Heard{Better: rupture.WorseNow}), rupture.Open, "", []rupture.What{rupture.WorseNow}},
		{"therapist's better is nobody's word", open, therapist(rupture.Heard{Better: rupture.BetterNow}), rupture.Open, "", nil},
		{"does not see one, once", possible, client(rupture.Heard{Better: rupture.UnknownNow, InRange: true}), rupture.Possible, "", []rupture.What{rupture.UnknownNow}},
		{"does not see one, twice, in range", with(possible, func(s *rupture.Standing) { s.Unknowns = 1 }),
			client(rupture.Heard{Better: rupture.UnknownNow, InRange: true}), rupture.Passed, "", []rupture.What{rupture.UnknownNow, rupture.Faded}},
		{"does not see one, twice, still low", with(possible, func(s *rupture.Standing) { s.Unknowns = 1 }),
			client(rupture.Heard{Better: rupture.UnknownNow}), rupture.Possible, "", []rupture.What{rupture.UnknownNow}},
		{"third quiet check-in in range: passed", with(possible, func(s *rupture.Standing) { s.Quiet = 2 }),
			client(rupture.Heard{Off: "no", InRange: true}), rupture.Passed, "", []rupture.What{rupture.Faded}},
		{"an open one does not pass by itself", with(open, func(s *rupture.Standing) { s.Quiet = 9 }),
			client(rupture.Heard{Off: "no", InRange: true}), rupture.Open, "", nil},
		{"better, and something new", named, client(rupture.Heard{Better: rupture.BetterNow, Off: "not_talked", Wish: rupture.RaiseIt}),
			rupture.Repaired, rupture.Open, []rupture.What{rupture.BetterNow}},
		{"red again while one is current", open, client(rupture.Heard{Off: "no", Red: true}), rupture.Open, "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := rupture.Standing{}
			if c.now != nil {
				before = *c.now
			}
			out := rupture.Review(c.now, c.heard)
			if got := state(out.Now); got != c.wantNow {
				t.Errorf("earlier: got %q, want %q", got, c.wantNow)
			}
			if got := state(out.New); got != c.wantNew {
				t.Errorf("new: got %q, want %q", got, c.wantNew)
			}
			happened := out.Happened
			if c.now == nil {
				happened = out.Begun
			}
			if !slices.Equal(happened, c.happened) {
				t.Errorf("happened: got %q, want %q", happened, c.happened)
			}
			if c.now != nil && *c.now != before {
				t.Errorf("Review changed what it was given: got %+v, want %+v", *c.now, before)
			}
		})
	}
}

func state(s *rupture.Standing) rupture.State {
	if s == nil {
		return ""
	}
	return s.State
}

func TestSetAsideIsAskedAgainAfterThreeSessions(t *testing.T) {
	out := rupture.Review(nil, rupture.Heard{By: rupture.ByClient, Number: 5, Off: "not_talked", Wish: rupture.NotYet})
	for number, want := range map[int]bool{6: false, 7: false, 8: true, 9: true} {
		if got := out.New.Asks(number); got != want {
			t.Errorf("Asks(%d): got %v, want %v", number, got, want)
		}
	}
}

func TestThreeQuietCheckInsInARow(t *testing.T) {
	now := &rupture.Standing{State: rupture.Possible, NoticedBy: rupture.ByNumbers, Start: 4}
	for i, h := range []struct {
		heard rupture.Heard
		want  rupture.State
	}{
		{rupture.Heard{InRange: false}, rupture.Possible},
		{rupture.Heard{InRange: true}, rupture.Possible},
		{rupture.Heard{InRange: true, Better: rupture.SameNow}, rupture.Possible}, // said more: the count begins again
		{rupture.Heard{InRange: true}, rupture.Possible},
		{rupture.Heard{InRange: true}, rupture.Possible},
		{rupture.Heard{InRange: true}, rupture.Passed},
	} {
		h.heard.By, h.heard.Number, h.heard.Scored = rupture.ByClient, 5+i, true
		now = rupture.Review(now, h.heard).Now
		if now.State != h.want {
			t.Fatalf("check-in %d: got %s, want %s", i, now.State, h.want)
		}
	}
}
