package stat

import (
	"fmt"
	"math"
	"sort"
)

// Wait is how long something took: until it happened, or until watching ended first.
type Wait struct {
	Time     float64 // in any unit of time, at least 0
	Happened bool    // false: censored, still waiting when last seen
}

// Step is the Kaplan-Meier curve from its time on.
type Step struct {
	Time     float64
	AtRisk   int     // still waiting just before Time
	Events   int     // that happened at Time
	Survival float64 // chance of still waiting after Time, 0 to 1
	SE       float64 // Greenwood's standard error of Survival
	Range    Interval
}

// KaplanMeier estimates the chance of still waiting, S(t) = Π_{t_j ≤ t} (1 − d_j/r_j), one step for each time at which
// something happened. The range is the 95 % interval on the log-minus-log scale, which stays within 0 and 1; where the curve
// is 0 it is not defined and the range is 0 to 0. It assumes that those no longer watched are like those who are.
// Times that are negative or not finite are refused. No waits, or none that ended, give no steps.
// (Kaplan and Meier 1958, JASA 53:457-481; Kalbfleisch and Prentice 1980.)
func KaplanMeier(waits []Wait) ([]Step, error) {
	sorted := append([]Wait(nil), waits...)
	for _, w := range sorted {
		if !(w.Time >= 0) || math.IsInf(w.Time, 0) {
			return nil, fmt.Errorf("a waiting time of %v is not a finite number of at least 0", w.Time)
		}
	}
	sort.Slice(sorted, func(i, j int) bool { return sorted[i].Time < sorted[j].Time })
	var steps []Step
	survival, greenwood := 1.0, 0.0
	for i := 0; i < len(sorted); {
		step := Step{Time: sorted[i].Time, AtRisk: len(sorted) - i}
		for ; i < len(sorted) && sorted[i].Time == step.Time; i++ {
			if sorted[i].Happened {
				step.Events++
			}
		}
		if step.Events == 0 {
			continue
		}
		events, atRisk := float64(step.Events), float64(step.AtRisk)
		survival *= 1 - events/atRisk
		greenwood += events / (atRisk * (atRisk - events))
		step.Survival = survival
		if survival > 0 {
			step.SE = survival * math.Sqrt(greenwood)
			step.Range = logLogRange(survival, greenwood)
		}
		steps = append(steps, step)
	}
	return steps, nil
}

// logLogRange is the 95 % interval S^exp(±1.96·√V / ln S) for a survival S strictly between 0 and 1.
func logLogRange(survival, greenwood float64) Interval {
	spread := math.Exp(Normal95 * math.Sqrt(greenwood) / math.Log(survival))
	return Interval{math.Pow(survival, 1/spread), math.Pow(survival, spread)}
}

// MedianWait is the first time at which at most half are still waiting; ok is false while more than half are.
func MedianWait(steps []Step) (median float64, ok bool) {
	for _, s := range steps {
		if s.Survival <= 0.5 {
			return s.Time, true
		}
	}
	return 0, false
}
