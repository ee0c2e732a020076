package alliance_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"attune/internal/alliance"
	"attune/internal/stat"
)

const (
	runs     = 5000
	sessions = 20
)

// The "no change" column of methods 1.6, within ±.02 over 5,000 seeded runs: courses of 20 sessions, σ = 1, s₀ = 1.
func TestSimulatedFalseAlarms(t *testing.T) {
	ownMean := func(below float64) func(x []float64) bool {
		return func(x []float64) bool {
			mean, sd := stat.Mean(x), stat.SD(x)
			for _, v := range x {
				if v < mean-below*sd {
					return true
				}
			}
			return false
		}
	}
	episode := func(k float64) func(x []float64) bool {
		p := alliance.Defaults()
		p.K = k
		return func(x []float64) bool { return len(alliance.Read(course(x...), p).Episodes) > 0 }
	}
	tests := []struct {
		name string
		flag func(x []float64) bool
		want float64
	}{
		{"reliable drop 1.96", func(x []float64) bool { return len(alliance.Drops(x, 1.96*math.Sqrt2)) > 0 }, .389},
		{"own mean − 1.5 SD", ownMean(1.5), .866},
		{"own mean − 2 SD", ownMean(2), .346},
		{"individuals chart 3σ̂, below", func(x []float64) bool {
			c, _ := stat.Individuals(x, 3)
			for _, i := range c.Outside {
				if x[i] < c.Lower {
					return true
				}
			}
			return false
		}, .025},
		{"EWMA λ .3, 2.7", func(x []float64) bool { return len(alliance.Read(course(x...), alliance.Defaults()).Drifts) > 0 }, .017},
		{"episode k = 2", episode(2), .390},
		{"episode k = 2.5", episode(2.5), .128},
		{"episode k = 3", episode(3), .040},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x := make([]float64, sessions)
			got := stat.Chance(stat.Seeded(uint64(i)), runs, func(r *rand.Rand) bool {
				stat.Noise(r, 1, x)
				return tt.flag(x)
			})
			if math.Abs(got-tt.want) > .02 {
				t.Errorf("%.3f of courses flagged, want %.3f ± .02", got, tt.want)
			}
		})
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
