package alliance

import "attune/internal/stat"

// driftStart is how many sessions the EWMA starts from.
const driftStart = 4

// Drift is a slow decline: shown as drift, never as a rupture.
type Drift struct {
	Session  int     // at which the limit was newly crossed
	Detector string  // "ewma"
	Value    float64 // (e_t − e_0)/√var, below −DriftLimit
}

// drifts is D4: from the mean e_0 of the first four sessions on, e_t = λx_t + (1−λ)e_{t−1}, and a drift for each session
// at which (e_t − e_0)/√var newly falls below −DriftLimit, where var = σ²[λ/(2−λ)·(1−(1−λ)^{2(t−4)}) + 1/4] and σ² is the
// shrunken variance of D6 over those four. t counts sessions in order. Fewer than five sessions show none.
func drifts(series []Score, p Parameters) []Drift {
	if len(series) <= driftStart {
		return nil
	}
	var first stat.Running
	for _, score := range series[:driftStart] {
		first.Add(score.Value)
	}
	start := baseline(first, p)
	average := stat.EWMA{Lambda: p.Lambda, Start: start.Mean, StartVariance: 1.0 / driftStart}
	var found []Drift
	beyond := false
	for _, score := range series[driftStart:] {
		value := average.Add(score.Value, start.S)
		if value < -p.DriftLimit && !beyond {
			found = append(found, Drift{Session: score.Session, Detector: "ewma", Value: value})
		}
		beyond = value < -p.DriftLimit
	}
	return found
}
