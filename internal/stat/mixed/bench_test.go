package mixed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attune/internal/stat/mixed"
)

// courses invents clients with k sessions each; without gaps all share their times, with gaps each misses some.
func courses(seed uint64, clients, k int, gaps bool) []row {
	rng := rand.New(rand.NewPCG(seed, 1))
	rows := make([]row, 0, clients*k)
	for i := range clients {
		id := fmt.Sprintf("c%07d", i)
		u0, u1 := 4*rng.NormFloat64(), 1.5*rng.NormFloat64()
		for s := 1; s <= k; s++ {
			at := float64(s)
			if gaps {
				at += rng.Float64()
			}
			x := math.Log(at)
			rows = append(rows, row{id, mixed.Row{Time: x, Score: 18 - 2*x + u0 + u1*x + 3*rng.NormFloat64()}})
		}
	}
	return rows
}

func BenchmarkGrowth(b *testing.B) {
	for _, clients := range []int{1000, 10_000, 100_000, 1_000_000} {
		for name, gaps := range map[string]bool{"same-times": false, "own-times": true} {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) {
				rows := courses(1, clients, 12, gaps)
				b.ReportAllocs()
				for b.Loop() {
					fit(b, rows, mixed.Options{RandomSlope: true})
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
			})
		}
	}
}
