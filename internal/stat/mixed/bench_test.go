package mixed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

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

// kinds of timetable: with the clients on the same times a fit adds them up by design.
var kinds = map[string]bool{"same-times": false, "own-times": true}

func BenchmarkGrowth(b *testing.B) {
	for _, clients := range []int{1000, 10_000, 100_000, 1_000_000} {
		for name, gaps := range kinds {
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

// BenchmarkAgainstLme4 fits 10,000 clients × 12 sessions, from rows in memory, and reports how many times longer R's lme4 takes
// on the same rows, at no worse a criterion.
func BenchmarkAgainstLme4(b *testing.B) {
	for name, gaps := range kinds {
		b.Run(name, func(b *testing.B) {
			rows := courses(2, 10_000, 12, gaps)
			seconds, criterion := lme4(b, rows)
			var f mixed.Fit
			var times []float64
			for b.Loop() {
				start := time.Now()
				f = fit(b, rows, mixed.Options{RandomSlope: true})
				times = append(times, time.Since(start).Seconds())
			}
			if f.Criterion > criterion+1e-6 {
				b.Errorf("criterion: got %.6f, lme4 has %.6f", f.Criterion, criterion)
			}
			slices.Sort(times)
			own := times[len(times)/2] // a median, as lme4's
			b.ReportMetric(seconds*1e3, "ms-lme4")
			b.ReportMetric(seconds/own, "times-faster")
		})
	}
}

func lme4(b *testing.B, rows []row) (seconds, criterion float64) {
	b.Helper()
	var text strings.Builder
	text.WriteString("client,time,score\n")
	for _, r := range rows {
		fmt.Fprintf(&text, "%s,%v,%v\n", r.client, r.Time, r.Score)
	}
	file := filepath.Join(b.TempDir(), "rows.csv")
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	first, second, _ := strings.Cut(strings.TrimSpace(run(b, "Rscript", "testdata/time.R", file)), ",")
	return number(b, first), number(b, second)
}
