package matching

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Shrinkage is λ = n/(n + (1−ICC)/ICC), the share (0 to 1) of a therapist's observed effect over n cases that is worth
// believing, where icc (0 to 1, both excluded) is the share of outcome variance between therapists. At ICC .05, λ is .44 for 15
// cases and reaches .5 at 19. It assumes cases are exchangeable within a therapist. Outside its ranges it is 0.
// (Empirical Bayes; ICC: Johns et al. 2019, doi:10.1016/j.cpr.2018.08.004, about .05 on average.)
func Shrinkage(n int, icc float64) float64 {
	if n <= 0 || !(icc > 0 && icc < 1) {
		return 0
	}
	return float64(n) / (float64(n) + (1-icc)/icc)
}

// Weights are how much each consideration counts. A set has a name that is kept with every proposal it made.
type Weights struct {
	Name        string
	Preference  float64 // what the client wishes for in a therapist
	Expertise   float64 // with what brings the client
	Schedule    float64 // times and place that suit both
	Wait        float64 // taken off for a wait of LongWait or more
	TrackRecord float64 // counts only with the therapist's consent and enough cases
	LongWait    float64 // weeks
	ICC         float64 // share of outcome variance between therapists, for Shrinkage
	EnoughTrust float64 // the Shrinkage below which a track record does not count
}

// DefaultWeights is a design choice, not an estimate: no published weights exist (methods 5).
func DefaultWeights() Weights {
	return Weights{
		Name: "attune-1", Preference: 0.4, Expertise: 0.35, Schedule: 0.25, Wait: 0.2,
		TrackRecord: 0, LongWait: 8, ICC: 0.05, EnoughTrust: 0.5,
	}
}

// Facts are what is known of one client with one therapist.
type Facts struct {
	Preference float64 // 0 none of the client's wishes met, 1 all
	Expertise  float64 // 0 to 1
	Schedule   float64 // share of the client's times that the therapist has free, 0 to 1
	WaitWeeks  float64 // until the first free hour, at least 0
	Effect     float64 // the therapist's observed effect with such concerns, −1 to 1, unshrunken
	Cases      int     // finished courses behind Effect
	Consent    bool    // the therapist agrees to the use of Effect
}

// Part is one consideration's share in a utility.
type Part struct {
	Name  string
	Value float64
	Words string // for the coordinator
}

// Utility is U = w₁·preference + w₂·expertise + w₃·schedule − w₄·wait + w₅·λ·effect, and what it is made of, the largest
// first. It carries no uncertainty: it orders therapists by stated considerations and predicts nothing.
type Utility struct {
	Value float64
	Parts []Part
}

// Weigh works out the utility of a pair. The track record counts nothing until its Shrinkage reaches EnoughTrust and the
// therapist has agreed. It refuses facts outside their ranges.
func Weigh(f Facts, w Weights) (Utility, error) {
	for _, x := range []float64{f.Preference, f.Expertise, f.Schedule} {
		if !(x >= 0 && x <= 1) {
			return Utility{}, fmt.Errorf("preference, expertise and schedule must be from 0 to 1, not %v", x)
		}
	}
	if !(f.WaitWeeks >= 0) || math.IsInf(f.WaitWeeks, 0) || !(math.Abs(f.Effect) <= 1) || f.Cases < 0 || !(w.LongWait > 0) {
		return Utility{}, fmt.Errorf("the wait must be at least 0 weeks, the effect from -1 to 1 and the cases at least 0")
	}
	parts := []Part{
		{"preference", w.Preference * f.Preference, fmt.Sprintf("meets %.0f %% of what the client wishes for", 100*f.Preference)},
		{"expertise", w.Expertise * f.Expertise, fmt.Sprintf("works with %.0f %% of what brings the client", 100*f.Expertise)},
		{"schedule", w.Schedule * f.Schedule, fmt.Sprintf("is free at %.0f %% of the client's times", 100*f.Schedule)},
		{"wait", -w.Wait * math.Min(f.WaitWeeks/w.LongWait, 1), fmt.Sprintf("has a first free hour in %.1f weeks", f.WaitWeeks)},
	}
	if trust := Shrinkage(f.Cases, w.ICC); f.Consent && trust >= w.EnoughTrust && w.TrackRecord != 0 {
		parts = append(parts, Part{"track record", w.TrackRecord * trust * f.Effect,
			fmt.Sprintf("%d finished courses with such concerns, of which %.0f %% is worth believing", f.Cases, 100*trust)})
	}
	u := Utility{Parts: parts}
	for _, p := range parts {
		u.Value += p.Value
	}
	slices.SortStableFunc(u.Parts, func(a, b Part) int { return cmp.Compare(math.Abs(b.Value), math.Abs(a.Value)) })
	return u, nil
}

// Hard are the facts that rule a pair out whatever its utility.
type Hard struct {
	Licensed, Language, Modality, Times, Payer, Room bool // must all be true
	Conflict, ClientSaidNo                           bool // must both be false
}

// Barriers names each hard fact that stands against a pair; none means that it may be made.
func (h Hard) Barriers() []string {
	var out []string
	for _, b := range []struct {
		stands bool
		words  string
	}{
		{!h.Licensed, "has no licence where the client lives"},
		{!h.Language, "does not speak a language the client asked for"},
		{!h.Modality, "does not offer this kind of therapy"},
		{!h.Times, "has no free time that suits the client"},
		{!h.Payer, "does not take the client's way of paying"},
		{!h.Room, "has no room for another client"},
		{h.Conflict, "has a conflict of interest"},
		{h.ClientSaidNo, "was declined by the client"},
	} {
		if b.stands {
			out = append(out, b.words)
		}
	}
	return out
}

// Choice is a therapist proposed to a coordinator.
type Choice struct {
	Therapist int // index into the utilities given
	Utility
}

// Top is the n best therapists for a single arrival, best first: those with room whose utility is at or above the floor. Equal
// utilities keep the order given. A nil utility is a pair that is ruled out.
func Top(utilities []*Utility, room []int, floor float64, n int) []Choice {
	var out []Choice
	for j, u := range utilities {
		if u != nil && j < len(room) && room[j] > 0 && u.Value >= floor {
			out = append(out, Choice{j, *u})
		}
	}
	slices.SortStableFunc(out, func(a, b Choice) int { return cmp.Compare(b.Value, a.Value) })
	return out[:min(max(n, 0), len(out))]
}
