// Package outcome is trajectories: what is expected, what changed reliably, and who is not on track.
package outcome

import (
	"errors"
	"fmt"
	"math"

	"attune/internal/measure"
)

// reliableRC is the |RC| beyond which a change is reliable: error alone exceeds it with 5 % chance.
const reliableRC = 1.96

// slack lets a difference of scores that is exactly on a threshold reach it, whatever its binary digits.
const slack = 1e-9

// Class is what a change comes to (Jacobson and Truax 1991).
type Class string

// The classes. Without a cut-off nobody is Recovered.
const (
	Recovered    Class = "recovered"    // reliably better, from the clinical to the functional side of the cut-off
	Improved     Class = "improved"     // reliably better, without crossing
	Unchanged    Class = "unchanged"    // no reliable change
	Deteriorated Class = "deteriorated" // reliably worse
)

// Classes are all classes, from best to worst.
var Classes = [...]Class{Recovered, Improved, Unchanged, Deteriorated}

// Better is the direction in which a score improves.
type Better int

// The directions.
const (
	Lower  Better = -1
	Higher Better = 1
)

// Cutoff separates the clinical from the functional side of a score.
type Cutoff struct {
	Value    float64
	Clinical measure.Comparator // a score to which this applies against Value is clinical
}

// Computed is a cut-off worked out from samples: a score exactly on it counts as functional.
func Computed(value float64, better Better) Cutoff {
	if better == Higher {
		return Cutoff{value, "<"}
	}
	return Cutoff{value, ">"}
}

// CutoffA is a = M ± 2s of the clinical sample, toward health. It assumes a roughly normal clinical sample.
func CutoffA(mean, sd float64, better Better) Cutoff {
	return Computed(mean+2*float64(better)*sd, better)
}

// CutoffB is b = M ∓ 2s of the functional sample, toward illness; s is the functional sample's own SD.
func CutoffB(normMean, normSD float64, better Better) Cutoff {
	return Computed(normMean-2*float64(better)*normSD, better)
}

// CutoffC is c = (s_clin·M_func + s_func·M_clin)/(s_clin + s_func), between both samples: the one to prefer where there are
// norms and the two distributions overlap.
func CutoffC(mean, sd, normMean, normSD float64, better Better) Cutoff {
	return Computed((sd*normMean+normSD*mean)/(sd+normSD), better)
}

// DifferenceSE is S_diff = √2·SE with SE = s₁√(1−r): the standard error of the difference of two scores of an unchanged person,
// in score units. It refuses an SD that is not above 0 and a reliability outside 0 to below 1.
func DifferenceSE(sd, reliability float64) (float64, error) {
	switch {
	case !(sd > 0) || math.IsInf(sd, 1):
		return 0, fmt.Errorf("the standard deviation must be above 0, got %v", sd)
	case !(reliability >= 0 && reliability < 1):
		return 0, fmt.Errorf("the reliability must be at least 0 and below 1, got %v", reliability)
	}
	return math.Sqrt2 * sd * math.Sqrt(1-reliability), nil
}

// Rule says when a change is reliable and when it crosses. Either SDiff or RCI is set.
type Rule struct {
	SDiff  float64 // reliable where |post − pre|/SDiff > 1.96
	RCI    float64 // where above 0: reliable where |post − pre| ≥ RCI, as an instrument's file states it
	Cutoff *Cutoff // nil: nothing to cross
	Better Better
}

// Change is one person's change.
type Change struct {
	RC    float64 // (post − pre)/S_diff, its sign that of the difference; NaN where the rule has no SDiff
	Class Class
}

// Change classes the step from pre to post (methods 3.1; Jacobson and Truax 1991, JCCP 59:12-19). It assumes normal
// measurement error of one size for all, and says nothing of why somebody changed; regression to the mean alone moves
// extreme first scores.
func (r Rule) Change(pre, post float64) Change {
	c := Change{RC: math.NaN(), Class: Unchanged}
	reliable := false
	if r.SDiff > 0 {
		c.RC = (post - pre) / r.SDiff
		reliable = math.Abs(c.RC) > reliableRC
	}
	if r.RCI > 0 {
		reliable = math.Abs(post-pre) >= r.RCI-slack
	}
	switch toward := (post - pre) * float64(r.Better); {
	case !reliable:
	case toward < 0:
		c.Class = Deteriorated
	case r.crosses(pre, post):
		c.Class = Recovered
	default:
		c.Class = Improved
	}
	return c
}

func (r Rule) crosses(pre, post float64) bool {
	if r.Cutoff == nil {
		return false
	}
	return r.Cutoff.clinical(pre) && !r.Cutoff.clinical(post)
}

func (c Cutoff) clinical(score float64) bool { return c.Clinical.Holds(score, c.Value) }

// ErrNoReliableChange is returned for a form of which no reliable change is known: show the change, make no claim.
var ErrNoReliableChange = errors.New("no reliable change is known for this form: show the change and make no claim")

// RuleOf is the rule that an instrument's own file states: its rci, its direction, and the cut-off that counts as a case
// (measure.Instrument.RecoveryCutoff) with the file's comparator. S_diff comes along where the file has SD and reliability.
func RuleOf(ins *measure.Instrument) (Rule, error) {
	rc := ins.ReliableChange
	if rc.RCI == nil {
		return Rule{}, ErrNoReliableChange
	}
	rule := Rule{RCI: *rc.RCI, Better: Lower}
	if ins.Direction == measure.HigherIsBetter {
		rule.Better = Higher
	}
	if rc.SD != nil && rc.Reliability != nil {
		sDiff, err := DifferenceSE(*rc.SD, *rc.Reliability)
		if err != nil {
			return Rule{}, fmt.Errorf("%s: %w", ins.ID, err)
		}
		rule.SDiff = sDiff
	}
	if cutoff, ok := ins.RecoveryCutoff(); ok {
		rule.Cutoff = &Cutoff{Value: cutoff.Value, Clinical: cutoff.Comparator}
	}
	return rule, nil
}
