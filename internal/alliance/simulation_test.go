package alliance_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"attune/internal/alliance"
	"attune/internal/stat"
)

const (
	runs     = 5000
	sessions = 20
)

// detectors are those of the table of methods 1.6, with its figures: the share of courses of 20 sessions that each flags
// where nothing changes, where session 10 is 3σ lower, and where all from session 10 on are 2σ lower; σ = 1, s₀ = 1.
func detectors() []detector {
	return []detector{
		{"reliable drop 1.96", func(x []float64) bool { return len(alliance.Drops(x, 1.96*math.Sqrt2)) > 0 }, .389, .726, .564},
		{"own mean − 1.5 SD", belowOwnMean(1.5), .866, .979, .801},
		{"own mean − 2 SD", belowOwnMean(2), .346, .792, .203},
		{"individuals chart 3σ̂, below", belowChart, .025, .233, .144},
		{"EWMA λ .3, 2.7", func(x []float64) bool { return len(alliance.Read(course(x...), alliance.Defaults()).Drifts) > 0 }, .017, .097, .810},
		{"episode k = 2", episode(2), .390, .853, .945},
		{"episode k = 2.5", episode(2.5), .128, .672, .676},
		{"episode k = 3", episode(3), .040, .468, .340},
	}
}

type detector struct {
	name                string
	flags               func(x []float64) bool
	noChange, dip, step float64
}

func belowOwnMean(by float64) func(x []float64) bool {
	return func(x []float64) bool {
		mean, sd := stat.Mean(x), stat.SD(x)
		return slices.ContainsFunc(x, func(v float64) bool { return v < mean-by*sd })
	}
}

func belowChart(x []float64) bool {
	c, _ := stat.Individuals(x, 3)
	return slices.ContainsFunc(c.Outside, func(i int) bool { return x[i] < c.Lower })
}

func episode(k float64) func(x []float64) bool {
	p := alliance.Defaults()
	p.K = k
	return func(x []float64) bool { return len(alliance.Read(course(x...), p).Episodes) > 0 }
}

// The whole table of methods 1.6 over 5,000 seeded runs: the column without a change within ±.02, the others, of which the
// episode algorithm's come from 6,000 runs, within ±.025.
func TestSimulatedTable(t *testing.T) {
	for i, d := range detectors() {
		t.Run(d.name, func(t *testing.T) {
			for what, c := range map[string]struct {
				want, within float64
				change       func(x []float64)
			}{
				"no change": {d.noChange, .02, func([]float64) {}},
				"dip of 3σ": {d.dip, .025, func(x []float64) { x[9] -= 3 }},
				"step −2σ":  {d.step, .025, func(x []float64) { lower(x[9:], 2) }},
			} {
				got := flagged(uint64(i), sessions, c.change, d.flags)
				if math.Abs(got-c.want) > c.within {
					t.Errorf("%s: %.3f of courses flagged, want %.3f ± %.3f", what, got, c.want, c.within)
				}
			}
		})
	}
}

func lower(x []float64, by float64) {
	for i := range x {
		x[i] -= by
	}
}

// flagged is the share of courses of n sessions for which the rule holds, after a change was made to each.
func flagged(seed uint64, n int, change func([]float64), rule func([]float64) bool) float64 {
	x := make([]float64, n)
	return stat.Chance(stat.Seeded(seed), runs, func(r *rand.Rand) bool {
		stat.Noise(r, 1, x)
		change(x)
		return rule(x)
	})
}

// Methods 1.3, traps 1 and 2: what noise alone makes of the reliable drop, by course length, and how often such a drop is back
// within half a reliable change unit of the score before it in the 3 sessions that follow.
func TestTrapsOfReliableDrops(t *testing.T) {
	rc := 1.96 * math.Sqrt2
	for n, want := range map[int]float64{6: .12, 10: .21, 20: .39, 30: .53} {
		got := flagged(7, n, func([]float64) {}, func(x []float64) bool { return len(alliance.Drops(x, rc)) > 0 })
		if math.Abs(got-want) > .02 {
			t.Errorf("%d sessions: %.3f of courses show a drop, want %.2f", n, got, want)
		}
	}
	drops, back := 0, 0
	flagged(8, sessions, func([]float64) {}, func(x []float64) bool {
		for _, i := range alliance.Drops(x, rc) {
			if i+3 < len(x) {
				drops++
				if slices.Max(x[i+1:i+4]) >= x[i-1]-rc/2 {
					back++
				}
			}
		}
		return false
	})
	if share := float64(back) / float64(drops); share < .59 || share > .71 {
		t.Errorf("%.3f of %d drops came back by chance, want .61 to .69", share, drops)
	}
}

// The other columns of methods 1.6 for the episode algorithm, each from 6,000 runs there: within four standard errors of both.
func TestSimulatedCatches(t *testing.T) {
	for _, tt := range []struct{ k, dip, step float64 }{{2, .853, .945}, {2.5, .672, .676}, {3, .468, .340}} {
		p := alliance.Defaults()
		p.K = tt.k
		dip := alliance.Catches(p, sessions, alliance.Change{Session: 10, Size: -3}, runs, 1)
		step := alliance.Catches(p, sessions, alliance.Change{Session: 10, Size: -2, Lasting: true}, runs, 1)
		if math.Abs(dip-tt.dip) > .04 || math.Abs(step-tt.step) > .04 {
			t.Errorf("k = %g: dip %.3f and step %.3f, want %.3f and %.3f", tt.k, dip, step, tt.dip, tt.step)
		}
	}
}

// Methods 1.6: what a wrong s₀ does at k = 2.5 in 20 sessions.
func TestWrongTypicalSD(t *testing.T) {
	for scatter, want := range map[float64]float64{0.6: .009, 1: .128, 1.5: .35} {
		got := alliance.Catches(alliance.Defaults(), sessions, alliance.Change{Scatter: scatter}, runs, 3)
		if math.Abs(got-want) > .02 {
			t.Errorf("true SD %v s₀: %.3f of courses flagged, want %.3f", scatter, got, want)
		}
	}
}

func TestFalseAlarmTable(t *testing.T) {
	p := alliance.Defaults()
	table := alliance.FalseAlarms(p, 60)
	simulated := alliance.SimulateFalseAlarms(p, 60, 40_000, 99)
	for n := range table {
		if math.Abs(table[n]-simulated[n]) > .01 {
			t.Errorf("%d sessions: table %.4f, simulated %.4f", n, table[n], simulated[n])
		}
		if n > 0 && table[n] < table[n-1] || n < 4 && table[n] != 0 {
			t.Errorf("%d sessions: %.4f after %.4f", n, table[n], table[n-1])
		}
	}
}

func TestFalseAlarmParameters(t *testing.T) {
	p := alliance.Defaults()
	twenty := func(change func(*alliance.Parameters)) float64 {
		p := p
		change(&p)
		return alliance.FalseAlarms(p, 20)[20]
	}
	usual := twenty(func(*alliance.Parameters) {})
	if got := twenty(func(p *alliance.Parameters) { p.S0 = 0.6; p.Window = 5; p.Lambda = 0.2 }); got != usual {
		t.Errorf("%v with another s₀, window and λ, want the same %v", got, usual)
	}
	if got := twenty(func(p *alliance.Parameters) { p.MinDrop = 2.9 }); got >= usual-.01 {
		t.Errorf("%v with a least drop, want clearly fewer than %v", got, usual)
	}
	if got := twenty(func(p *alliance.Parameters) { p.K = 2 }); math.Abs(got-.39) > .012 {
		t.Errorf("%v at k = 2, want .390", got)
	}
	if got := len(alliance.FalseAlarms(p, 100_000)); got != alliance.LongestSimulated+1 {
		t.Errorf("%d chances for an endless course, want up to %d sessions", got, alliance.LongestSimulated)
	}
	if a, b := alliance.SimulateFalseAlarms(p, 20, 100, 5), alliance.SimulateFalseAlarms(p, 20, 100, 5); a[20] != b[20] {
		t.Errorf("one seed gave %v and %v", a[20], b[20])
	}
}
