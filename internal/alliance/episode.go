// Package alliance is how client and therapist each see their work together, and where the views part.
package alliance

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"attune/internal/stat"
)

// Detector and DetectorVersion are stored with every episode, so that an old flag can be read by the rule that raised it.
const (
	Detector        = "d6-episode"
	DetectorVersion = "1"
)

// Score is a client's check-in of one session: higher is better, in the units of the instrument (Attune's own: 0 to 10).
type Score struct {
	Session int // its number in the course; gaps are allowed
	Value   float64
}

// Parameters of the episode algorithm and of the drift detector (methods 1.4 to 1.6). They are design choices, not published
// thresholds, and are stored with what they found.
type Parameters struct {
	Nu0         float64 `json:"nu0"`          // ν₀: how many sessions the typical SD counts for, above 0
	S0          float64 `json:"s0"`           // s₀: typical within-client SD, in score units, above 0
	K           float64 `json:"k"`            // red at z ≤ −K; amber at z ≤ −min(2, K)
	Window      int     `json:"window"`       // W: sessions after the start within which a return is `returned`, at least 1
	MinBaseline int     `json:"min_baseline"` // sessions before the first z, at least 3
	MinDrop     float64 `json:"min_drop"`     // least drop below the mean, in score units, that amber and red need; at least 0
	Lambda      float64 `json:"lambda"`       // λ of the EWMA, above 0, at most 1
	DriftLimit  float64 `json:"drift_limit"`  // drift at an EWMA this many SDs below its start, above 0
}

// Defaults are the shipped parameters for a 0 to 10 check-in. S0 of 1.0 is a documented default; see Recalibrate.
func Defaults() Parameters {
	return Parameters{Nu0: 8, S0: 1, K: 2.5, Window: 3, MinBaseline: 3, MinDrop: 0, Lambda: 0.3, DriftLimit: 2.7}
}

// slack lets a drop that is exactly MinDrop reach it, whatever its binary digits.
const slack = 1e-9

// amberZ is where amber begins, unless red begins sooner.
const amberZ = 2

// Check says which parameter cannot be used, by the name of its flag, or is nil.
func (p Parameters) Check() error {
	positive := func(x float64) bool { return x > 0 && !math.IsInf(x, 1) }
	switch {
	case !positive(p.Nu0):
		return fmt.Errorf("nu0 must be above 0, got %v", p.Nu0)
	case !positive(p.S0):
		return fmt.Errorf("s0 must be above 0, got %v", p.S0)
	case !positive(p.K):
		return fmt.Errorf("k must be above 0, got %v", p.K)
	case p.Window < 1:
		return fmt.Errorf("window must be at least 1, got %d", p.Window)
	case p.MinBaseline < 3:
		return fmt.Errorf("min-baseline must be at least 3, got %d", p.MinBaseline)
	case !(p.MinDrop >= 0) || math.IsInf(p.MinDrop, 1):
		return fmt.Errorf("min-drop must be at least 0, got %v", p.MinDrop)
	case !positive(p.Lambda) || p.Lambda > 1:
		return fmt.Errorf("lambda must be above 0 and at most 1, got %v", p.Lambda)
	case !positive(p.DriftLimit):
		return fmt.Errorf("drift-limit must be above 0, got %v", p.DriftLimit)
	}
	return nil
}

// Level is how far a session lies below the client's own baseline.
type Level int

// The levels: red opens an episode, amber is only shown.
const (
	Calm Level = iota
	Amber
	Red
)

func (l Level) String() string { return [...]string{"calm", "amber", "red"}[l] }

// Status is what the numbers did after an episode opened. None of them is `repaired`: only the client's word is.
type Status string

// The statuses. An episode that the series ends before its window is over is Open (censored), never Unrepaired.
const (
	Open         Status = "open"
	Returned     Status = "returned"
	ReturnedLate Status = "returned_late"
	Unrepaired   Status = "unrepaired"
)

// Baseline is what was usual for the client before a session, and during an episode what was usual before it opened.
type Baseline struct {
	Mean float64 // of the baseline sessions
	S    float64 // shrunken SD: √((ν₀s₀² + (m−1)·var)/(ν₀ + m − 1))
	SE   float64 // of a new session around Mean: S·√(1 + 1/m)
	M    int     // sessions in the baseline
}

// Usual is the range a session falls in unless z is beyond ±limit: Mean ± limit × SE, not cut to the ends of the scale.
func (b Baseline) Usual(limit float64) stat.Interval {
	return stat.Interval{Low: b.Mean - limit*b.SE, High: b.Mean + limit*b.SE}
}

// Point is one session as the detector saw it, using that session and those before it only.
type Point struct {
	Session  int
	Value    float64
	Ready    bool     // the baseline was full; where it was not, Baseline, Z and Level are zero
	Baseline Baseline // frozen while an episode is open
	Z        float64  // (Value − Mean)/SE
	Level    Level
}

// Episode is a drop that opened at Start and what the numbers did then.
type Episode struct {
	Start  int // session number of the first red
	End    int // session number of the return; meaningful where Closed
	Status Status
	Mu, S  float64 // frozen mean and SD
	Nadir  float64 // lowest value from Start up to, not including, End
	Depth  float64 // Mu − Nadir, above 0
	Length int     // sessions from Start up to, not including, End
}

// Closed reports whether the score came back; such an episode never changes as the course goes on.
func (e Episode) Closed() bool { return e.Status == Returned || e.Status == ReturnedLate }

// Reading is what the detectors found in a course.
type Reading struct {
	Points   []Point
	Episodes []Episode
	Drifts   []Drift
}

// Read runs the episode algorithm (methods 1.5, D6) and the drift detector (D4) over one course, in the order of session
// numbers, which must differ.
//
//	z_t = (x_t − x̄_b) / √(s²(1 + 1/m)),  s² = (ν₀s₀² + (m−1)·var(b)) / (ν₀ + m − 1),  m ≥ MinBaseline
//
// Red (z ≤ −K and a drop of at least MinDrop) opens an episode and freezes the baseline until the first x ≥ μ − s, through
// Unrepaired too; the closing session joins the baseline, those inside the episode never do. Windows count sessions in order.
// Nothing uses a later session, so a longer series never rewrites a closed episode. It assumes about independent, normal
// error around a level that holds until it drops; by chance alone some steady courses show an episode: see FalseAlarms.
// It panics on parameters that Check refuses.
func Read(series []Score, p Parameters) Reading {
	if err := p.Check(); err != nil {
		panic("alliance: " + err.Error())
	}
	sorted := series
	if !slices.IsSortedFunc(series, bySession) {
		sorted = slices.SortedFunc(slices.Values(series), bySession)
	}
	w := watch{p: p}
	points := make([]Point, len(sorted))
	for i, score := range sorted {
		points[i] = w.see(score)
	}
	return Reading{Points: points, Episodes: w.episodes, Drifts: drifts(sorted, p)}
}

func bySession(a, b Score) int { return cmp.Compare(a.Session, b.Session) }

// watch is the state of the algorithm between two sessions.
type watch struct {
	p        Parameters
	usual    stat.Running
	frozen   Baseline // while the last episode is open
	open     bool
	episodes []Episode
}

func (w *watch) see(score Score) Point {
	point := Point{Session: score.Session, Value: score.Value}
	if w.usual.N() < w.p.MinBaseline {
		w.usual.Add(score.Value)
		return point
	}
	point.Ready = true
	point.Baseline = w.frozen
	if !w.open {
		point.Baseline = baseline(w.usual, w.p)
	}
	drop := point.Baseline.Mean - score.Value
	point.Z = -drop / point.Baseline.SE
	point.Level = level(point.Z, drop, w.p)
	switch {
	case w.open:
		w.follow(score)
	case point.Level == Red:
		w.begin(score, point.Baseline)
	default:
		w.usual.Add(score.Value)
	}
	return point
}

// baseline shrinks the SD of the sessions so far toward the typical one.
func baseline(usual stat.Running, p Parameters) Baseline {
	m := float64(usual.N())
	variance := (p.Nu0*p.S0*p.S0 + usual.SumOfSquares()) / (p.Nu0 + m - 1)
	return Baseline{
		Mean: usual.Mean(),
		S:    math.Sqrt(variance),
		SE:   math.Sqrt(variance * (1 + 1/m)),
		M:    usual.N(),
	}
}

func level(z, drop float64, p Parameters) Level {
	switch {
	case drop < p.MinDrop-slack:
		return Calm
	case z <= -p.K:
		return Red
	case z <= -min(amberZ, p.K):
		return Amber
	}
	return Calm
}

func (w *watch) begin(score Score, frozen Baseline) {
	w.open, w.frozen = true, frozen
	w.episodes = append(w.episodes, Episode{
		Start: score.Session, Status: Open, Mu: frozen.Mean, S: frozen.S,
		Nadir: score.Value, Depth: frozen.Mean - score.Value, Length: 1,
	})
}

// follow takes a session of an open episode: it either ends the episode or lengthens it.
func (w *watch) follow(score Score) {
	e := &w.episodes[len(w.episodes)-1]
	if score.Value >= e.Mu-e.S {
		e.End, e.Status = score.Session, Returned
		if e.Length > w.p.Window {
			e.Status = ReturnedLate
		}
		w.open = false
		w.usual.Add(score.Value)
		return
	}
	e.Length++
	if e.Length > w.p.Window {
		e.Status = Unrepaired
	}
	e.Nadir = min(e.Nadir, score.Value)
	e.Depth = e.Mu - e.Nadir
}
