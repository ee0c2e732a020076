// Package rupture keeps a strain in the bond between client and therapist: its
// start, its kind, the ways into repair that were tried, and its end.
package rupture

// State is what people said about a rupture. Numbers open one as possible and
// never end one by themselves.
type State string

// The states of product.md. Only the client's word makes one repaired.
const (
	Possible State = "possible"
	Open     State = "open"
	Named    State = "named"
	SetAside State = "set_aside"
	Repaired State = "repaired"
	Passed   State = "passed"
	Ended    State = "ended"
)

// Current reports whether a rupture in this state is still between two people.
// Of one course and person at most one is.
func (s State) Current() bool {
	return s == Possible || s == Open || s == Named || s == SetAside
}

// Side is who said or noticed something.
type Side string

// The sides. The numbers are the detector of methods 1.5.
const (
	ByClient    Side = "client"
	ByTherapist Side = "therapist"
	ByBoth      Side = "both"
	ByNumbers   Side = "numbers"
)

// Kind is which way a rupture moves.
type Kind string

// The kinds, after Safran and Muran: away from the other, or against them.
const (
	Withdrawal    Kind = "withdrawal"
	Confrontation Kind = "confrontation"
	Both          Kind = "both"
	Unknown       Kind = "unknown"
)

// Wish is what the client would like to happen with it.
type Wish string

// The wishes, as in asc-client.
const (
	RaiseIt Wish = "raise_it"
	IWill   Wish = "i_will"
	NotYet  Wish = "not_yet"
	Nothing Wish = "nothing"
)

// Answers are what the client may answer to how it is now; Wishes what they may
// wish; Kinds which ways it may move.
var (
	Answers = []What{BetterNow, PartlyNow, SameNow, WorseNow, UnknownNow}
	Wishes  = []Wish{RaiseIt, IWill, NotYet, Nothing}
	Kinds   = []Kind{Withdrawal, Confrontation, Both, Unknown}
)

// What is one thing that happened to a rupture.
type What string

// What may happen to a rupture, as its timeline tells it.
const (
	Noticed    What = "noticed"   // somebody, or the numbers, noticed a strain
	WasOpened  What = "opened"    // somebody said that it is there and not talked about
	TalkedOf   What = "named"     // it was talked about
	Attempt    What = "attempt"   // the therapist recorded what was tried
	Wished     What = "wish"      // the client's wish
	BetterNow  What = "better"    // the client's answers to "how is it now"
	PartlyNow  What = "partly"    //
	SameNow    What = "same"      //
	WorseNow   What = "worse"     //
	UnknownNow What = "unknown"   // the client does not see one
	Faded      What = "passed"    // nobody said more, and the score is back
	CourseEnd  What = "ended"     // the course ended first
	TookBack   What = "reopened"  // the client opened one that was set aside
	Proposal   What = "proposed"  // the therapist thinks that it is repaired, and asks
	Told       What = "told"      // somebody's words about it
	Described  What = "described" // kind and what happened, as the therapist saw it
)

// QuietSessions is after how many check-ins in range, with nobody saying more,
// a possible rupture passes; and after how many sessions one that was set aside
// is asked about again.
const QuietSessions = 3

// Standing is how a rupture stands between two people: all that the rules need.
type Standing struct {
	State     State
	Kind      Kind
	NoticedBy Side
	Wish      Wish
	Start     int // number of the session in which it was noticed
	AskedFrom int // number of the first session that asks about it
	Unknowns  int // how often in a row the client answered that they do not see one
	Quiet     int // check-ins in range in a row with nothing said
}

// Heard is what one check-in said.
type Heard struct {
	By     Side // ByClient or ByTherapist
	Number int  // of the session
	// Off answers "Did anything feel off between us?": "no", "talked",
	// "not_talked", "unsure", or "" where it was not answered.
	Off string
	// Better answers "The difficult moment from before: how is it now?".
	Better What
	Wish   Wish
	Kind   Kind
	// Red: the detector opened an episode at this very session.
	Red bool
	// Scored: there is a score, and so a word of the numbers at all.
	Scored bool
	// InRange: the detector has no episode open at this session.
	InRange bool
}

// Outcome is what a check-in changes.
type Outcome struct {
	// Now is the earlier rupture as it stands afterwards; nil where there was none.
	Now *Standing
	// New is a rupture that begins; nil where none does. Where there was an
	// earlier one, that one is over.
	New *Standing
	// What happened, in order: to the earlier one, and to the new one.
	Happened, Begun []What
}

// Asks reports whether the check-in of a session asks about the rupture: there
// is one, and it was not set aside until later.
func (s *Standing) Asks(number int) bool {
	return s != nil && s.State.Current() && (s.State != SetAside || number >= s.AskedFrom)
}

// Review applies the table "From check-in to rupture" of product.md to one
// check-in. It is pure: now is how things stood, nil where nothing was between
// the two.
func Review(now *Standing, h Heard) Outcome {
	var out Outcome
	if now != nil && now.State.Current() {
		standing := *now
		out.Now = &standing
		out.hearAnswer(h)
	}
	if out.Now != nil && out.Now.State.Current() {
		out.hearMore(h)
		return out
	}
	out.begin(h)
	return out
}

// hearAnswer takes the client's answer about the earlier strain.
func (out *Outcome) hearAnswer(h Heard) {
	if h.By != ByClient || h.Better == "" {
		return
	}
	s := out.Now
	out.Happened = append(out.Happened, h.Better)
	switch h.Better {
	case BetterNow:
		s.State = Repaired
	case UnknownNow:
		s.Unknowns++
		if s.Unknowns >= 2 && h.InRange {
			s.State = Passed
			out.Happened = append(out.Happened, Faded)
		}
	default:
		s.Unknowns = 0
	}
}

// hearMore takes what else was said while a strain is there.
func (out *Outcome) hearMore(h Heard) {
	s := out.Now
	said := h.off() || h.Wish != "" || h.Better != "" && h.Better != UnknownNow
	if h.off() {
		s.NoticedBy = alsoBy(s.NoticedBy, h.By)
		s.Kind = alsoKind(s.Kind, h.Kind)
	}
	switch {
	case h.Off == "talked":
		if s.State != Named {
			s.State = Named
			out.Happened = append(out.Happened, TalkedOf)
		}
	case h.Off == "not_talked" && s.opens(h.By):
		s.State = Open
		out.Happened = append(out.Happened, WasOpened)
	case h.Off == "unsure" && s.State == Possible:
		out.Happened = append(out.Happened, Noticed)
	}
	out.hearWish(s, h, &out.Happened)
	if h.By != ByClient {
		return
	}
	s.countQuiet(h, said)
	if s.State == Possible && s.Quiet >= QuietSessions {
		s.State = Passed
		out.Happened = append(out.Happened, Faded)
	}
}

// opens reports whether "yes, and we haven't yet" opens it: a therapist does not
// raise what the client set aside, nor unsay that it was talked about.
func (s *Standing) opens(by Side) bool {
	if by == ByClient {
		return s.State != Open
	}
	return s.State == Possible
}

func (out *Outcome) hearWish(s *Standing, h Heard, happened *[]What) {
	if h.By != ByClient || h.Wish == "" {
		return
	}
	s.Wish = h.Wish
	*happened = append(*happened, Wished)
	switch {
	case h.Wish == NotYet:
		s.State, s.AskedFrom = SetAside, h.Number+QuietSessions
	case s.State == SetAside && (h.Wish == RaiseIt || h.Wish == IWill):
		s.State = Open
		*happened = append(*happened, TookBack)
	}
}

func (s *Standing) countQuiet(h Heard, said bool) {
	switch {
	case said:
		s.Quiet = 0
	case h.Scored && h.InRange:
		s.Quiet++
	case h.Scored:
		s.Quiet = 0
	}
}

// begin opens a rupture where somebody or the numbers say so.
func (out *Outcome) begin(h Heard) {
	s := &Standing{NoticedBy: h.By, Kind: h.Kind, Start: h.Number, AskedFrom: h.Number + 1}
	if s.Kind == "" {
		s.Kind = Unknown
	}
	begun := []What{Noticed}
	switch {
	case h.Off == "talked":
		s.State = Named
		begun = append(begun, TalkedOf)
	case h.Off == "not_talked":
		s.State = Open
		begun = append(begun, WasOpened)
	case h.Off == "unsure":
		s.State = Possible
	case h.Red:
		s.State, s.NoticedBy = Possible, ByNumbers
	default:
		return
	}
	out.New, out.Begun = s, begun
	wish := h
	if s.NoticedBy == ByNumbers || out.Now != nil && h.Off == "" {
		wish.Wish = ""
	}
	out.hearWish(s, wish, &out.Begun)
}

func (h Heard) off() bool { return h.Off == "talked" || h.Off == "not_talked" || h.Off == "unsure" }

func alsoBy(before, now Side) Side {
	switch {
	case before == ByNumbers || before == now:
		return now
	default:
		return ByBoth
	}
}

func alsoKind(before, now Kind) Kind {
	switch {
	case now == "" || now == Unknown || before == now:
		return before
	case before == Unknown || before == "":
		return now
	default:
		return Both
	}
}

// Talked is the therapist's record that it was talked about.
func (s Standing) Talked() (Standing, []What) {
	if s.State == Named {
		return s, []What{Attempt}
	}
	s.State = Named
	return s, []What{TalkedOf, Attempt}
}

// End is what the end of a course makes of a current rupture.
func (s Standing) End() Standing {
	s.State = Ended
	return s
}
