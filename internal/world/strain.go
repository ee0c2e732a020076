package world

import (
	"math/rand/v2"
	"strings"

	"attune/internal/rupture"
	"attune/internal/world/content"
)

// theme is one way in which a strain may go.
type theme int

// The themes: those that are over, and those that are still between two people. Together they reach every state.
const (
	mended     theme = iota // said, talked about, better: repaired
	mendedLate              // first set aside, then talked about, better: repaired
	mendedOnce              // talked about in the very session, better: repaired
	faded                   // seen by the numbers alone, back in range: passed
	unknown                 // the client does not see one, twice: passed
	openWish                // open, and the client wishes that it is brought up
	openBoth                // open, noticed by both
	openSeen                // open, noticed by the therapist alone
	named                   // talked about, and not yet better
	aside                   // set aside
	unsure                  // possible, because somebody was unsure
	low                     // possible, by the numbers, in the last session
	lowOnce                 // possible, by the numbers, back in range since
)

// begun is how many sessions before the newest one a strain begins that is still there, or how long one takes that
// is over.
func (t theme) begun() int {
	switch t {
	case mended:
		return 4
	case mendedLate:
		return 5
	case faded, unknown:
		return 4
	case mendedOnce, openBoth, named:
		return 2
	case openWish, openSeen, lowOnce:
		return 1
	}
	return 0
}

// teller finds words for strains.
type teller struct {
	words  content.Words
	dice   *rand.Rand
	couple bool // more than one person takes part
}

// suits reports whether words are about as many people as take part.
func (t teller) suits(text string) bool {
	several := strings.Contains(text, "ne of them") || strings.Contains(text, "one partner") || strings.Contains(text, "oth of them")
	return t.couple || !several
}

func (t teller) kind() rupture.Kind {
	return []rupture.Kind{rupture.Withdrawal, rupture.Withdrawal, rupture.Confrontation, rupture.Both}[t.dice.IntN(4)]
}

// seen is what someone noticed, in their words.
func (t teller) seen(kind rupture.Kind, by string) string {
	var fitting []string
	for _, r := range t.words.Ruptures {
		if r.NoticedBy == by && (r.Kind == string(kind) || kind == rupture.Unknown) && t.suits(r.Text) {
			fitting = append(fitting, r.Text)
		}
	}
	return pick(t.dice, fitting)
}

// said is what a client adds to a check-in.
func (t teller) said(tone string) string {
	var fitting []string
	for _, c := range t.words.CheckIns {
		if c.Tone == tone {
			fitting = append(fitting, c.Text)
		}
	}
	return pick(t.dice, fitting)
}

func pick(dice *rand.Rand, from []string) string {
	if len(from) == 0 {
		return ""
	}
	return from[dice.IntN(len(from))]
}

// repair is an attempt, in the therapist's words.
func (t teller) repair() content.Repair {
	for {
		if r := t.words.Repairs[t.dice.IntN(len(t.words.Repairs))]; t.suits(r.Text) {
			return r
		}
	}
}

// strain tells one of a theme that begins at a session.
func (t teller) strain(how theme, at int) strain {
	s := strain{at: at, depth: 3.4 + 0.8*t.dice.Float64(), by: rupture.ByClient, off: "not_talked", kind: t.kind(), wish: rupture.RaiseIt}
	if how == mended || how == named {
		s.wish = []rupture.Wish{rupture.RaiseIt, rupture.IWill, rupture.Nothing}[t.dice.IntN(3)]
	}
	s.said, s.seen = t.seen(s.kind, "client"), t.seen(s.kind, "therapist")
	switch how {
	case mended:
		s.talks, s.better = []int{1, 2}, map[int]rupture.What{1: rupture.SameNow, 2: rupture.PartlyNow, 3: rupture.BetterNow}
	case mendedLate:
		s.wish, s.talks = rupture.NotYet, []int{3}
		s.better = map[int]rupture.What{3: rupture.PartlyNow, 4: rupture.BetterNow}
		s.wishes = map[int]rupture.Wish{3: rupture.RaiseIt}
	case mendedOnce:
		s.off, s.wish, s.talks, s.better = "talked", rupture.Nothing, []int{0}, map[int]rupture.What{1: rupture.BetterNow}
	case faded, low, lowOnce:
		s = strain{at: at, depth: 4.2 + 0.6*t.dice.Float64(), by: rupture.ByNumbers, said: t.said("strain")}
	case unknown:
		s.by, s.off, s.depth, s.said = rupture.ByTherapist, "unsure", 0.8, ""
		s.better = map[int]rupture.What{1: rupture.UnknownNow, 2: rupture.UnknownNow}
	case openWish:
		s.better = map[int]rupture.What{1: rupture.SameNow}
	case openBoth:
		s.by, s.better = rupture.ByBoth, map[int]rupture.What{1: rupture.SameNow, 2: rupture.PartlyNow}
		s.wish = rupture.IWill
	case openSeen:
		s.by, s.depth = rupture.ByTherapist, 1.2
	case named:
		s.talks, s.better = []int{1}, map[int]rupture.What{1: rupture.SameNow, 2: rupture.PartlyNow}
	case aside:
		s.wish = rupture.NotYet
	case unsure:
		s.off, s.kind, s.wish, s.depth = "unsure", rupture.Unknown, "", 1.8
		s.said, s.seen = t.seen(rupture.Unknown, "client"), ""
	}
	return s
}

// past plans strains that are over before a session, some weeks apart.
func (t teller) past(before int) []strain {
	var all []strain
	for at := 5 + t.dice.IntN(4); at+6 <= before; at += 9 + t.dice.IntN(9) {
		how := []theme{mended, mended, mended, mendedLate, mendedOnce, faded, unknown}[t.dice.IntN(7)]
		all = append(all, t.strain(how, at))
	}
	return all
}
