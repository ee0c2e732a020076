package matching

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"attune/internal/stat"
)

// Arrival is one client's way to a therapist, for the audit.
type Arrival struct {
	Group    string  // of a characteristic that ought to make no difference
	WaitDays float64 // until placed, or until today
	Placed   bool    // false: still waiting
	Fit      float64 // utility of the match; only where Placed
}

// SmallestGroup is the size below which a group's numbers are not shown.
const SmallestGroup = 10

// GroupAudit compares one group with everybody else.
type GroupAudit struct {
	Group      string
	N          int
	Hidden     bool     // fewer than SmallestGroup in the group or outside it: nothing below is given
	MedianWait *float64 // days, Kaplan-Meier, so that those still waiting count; nil while more than half wait
	MeanWait   float64  // days within the horizon: the area under the Kaplan-Meier curve
	WaitMore   float64  // MeanWait minus that of the others, with its 95 % interval
	WaitRange  stat.Interval
	Placed     int
	MeanFit    float64 // of those placed
	FitMore    float64 // MeanFit minus that of the others, with its 95 % interval (Welch)
	FitRange   stat.Interval
	Warnings   []string
}

// Audit compares wait and fit between groups, in order of name. Waits are compared as mean days waited within the horizon
// (restricted mean, Royston & Parmar 2013, doi:10.1186/1471-2288-13-152), fits as means.
//
// It assumes arrivals are independent and those still waiting are like those placed. Differences are not adjusted for
// what the groups asked for. With many groups one interval in twenty leaves out 0 by chance; that is said in Warnings.
// It refuses waits that are not finite or negative, and a horizon that is not above 0.
func Audit(arrivals []Arrival, horizonDays float64) ([]GroupAudit, error) {
	if !(horizonDays > 0) || math.IsInf(horizonDays, 0) {
		return nil, fmt.Errorf("the horizon must be above 0 days, not %v", horizonDays)
	}
	groups := map[string]bool{}
	for _, a := range arrivals {
		if !(a.WaitDays >= 0) || math.IsInf(a.WaitDays, 0) || math.IsNaN(a.Fit) || math.IsInf(a.Fit, 0) {
			return nil, fmt.Errorf("a wait of %v days with a fit of %v cannot be", a.WaitDays, a.Fit)
		}
		groups[a.Group] = true
	}
	var out []GroupAudit
	for group := range groups {
		var own, others []Arrival
		for _, a := range arrivals {
			if a.Group == group {
				own = append(own, a)
			} else {
				others = append(others, a)
			}
		}
		audit, err := compare(group, own, others, horizonDays)
		if err != nil {
			return nil, err
		}
		if len(groups) > 2 && !audit.Hidden {
			audit.Warnings = append(audit.Warnings,
				fmt.Sprintf("%d groups are compared: about one interval in twenty leaves out 0 by chance", len(groups)))
		}
		out = append(out, audit)
	}
	slices.SortFunc(out, func(a, b GroupAudit) int { return cmp.Compare(a.Group, b.Group) })
	return out, nil
}

func compare(group string, own, others []Arrival, horizon float64) (GroupAudit, error) {
	a := GroupAudit{Group: group, N: len(own), Warnings: []string{}}
	if len(own) < SmallestGroup || len(others) < SmallestGroup {
		a.Hidden = true
		a.Warnings = append(a.Warnings, fmt.Sprintf("fewer than %d people: not shown", SmallestGroup))
		return a, nil
	}
	mine, err := waited(own, horizon)
	if err != nil {
		return a, err
	}
	theirs, err := waited(others, horizon)
	if err != nil {
		return a, err
	}
	if mine.hasMedian {
		a.MedianWait = &mine.median
	}
	a.MeanWait, a.WaitMore = mine.mean, mine.mean-theirs.mean
	half := stat.Normal95 * math.Sqrt(mine.variance+theirs.variance)
	a.WaitRange = stat.Interval{Low: a.WaitMore - half, High: a.WaitMore + half}
	a.fits(own, others)
	return a, nil
}

// fits compares mean fits after Welch 1947.
func (a *GroupAudit) fits(own, others []Arrival) {
	n1, m1, v1 := fits(own)
	n2, m2, v2 := fits(others)
	a.Placed, a.MeanFit = int(n1), m1
	if n1 < 2 || n2 < 2 {
		a.Warnings = append(a.Warnings, "too few are placed to compare the fit")
		return
	}
	a.FitMore = m1 - m2
	a.FitRange = stat.Interval{Low: a.FitMore, High: a.FitMore}
	s1, s2 := v1/n1, v2/n2
	if s1+s2 == 0 {
		return
	}
	df := (s1 + s2) * (s1 + s2) / (s1*s1/(n1-1) + s2*s2/(n2-1))
	half := stat.TCritical(0.05, int(math.Max(df, 1))) * math.Sqrt(s1+s2)
	a.FitRange = stat.Interval{Low: a.FitMore - half, High: a.FitMore + half}
}

func fits(arrivals []Arrival) (n, mean, variance float64) {
	var squares float64
	for _, a := range arrivals {
		if a.Placed {
			n++
			d := a.Fit - mean
			mean += d / n
			squares += d * (a.Fit - mean)
		}
	}
	return n, mean, squares / math.Max(n-1, 1)
}

// waits is the restricted mean of a Kaplan-Meier curve with its variance Σ (area to the right)²·d/(r(r−d)).
type waits struct {
	mean, variance, median float64
	hasMedian              bool
}

func waited(arrivals []Arrival, horizon float64) (waits, error) {
	list := make([]stat.Wait, len(arrivals))
	for i, a := range arrivals {
		list[i] = stat.Wait{Time: a.WaitDays, Happened: a.Placed}
	}
	steps, err := stat.KaplanMeier(list)
	if err != nil {
		return waits{}, err
	}
	var w waits
	w.median, w.hasMedian = stat.MedianWait(steps)
	right, next := 0.0, horizon
	for i := len(steps) - 1; i >= 0; i-- {
		s := steps[i]
		if s.Time >= horizon {
			continue
		}
		right += s.Survival * (next - s.Time)
		next = s.Time
		if d, r := float64(s.Events), float64(s.AtRisk); r > d {
			w.variance += right * right * d / (r * (r - d))
		}
	}
	w.mean = right + next
	return w, nil
}
