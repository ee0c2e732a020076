package mixed_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"attune/internal/stat/mixed"
	"attune/internal/stat/stattest"
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

// BenchmarkGrowth fits ever more clients and reports the memory that is held for them besides the rows themselves.
func BenchmarkGrowth(b *testing.B) {
	for _, clients := range []int{1000, 10_000, 100_000, 1_000_000} {
		for name, gaps := range kinds {
			b.Run(fmt.Sprintf("%s/%d", name, clients), func(b *testing.B) { grow(b, courses(1, clients, 12, gaps)) })
		}
	}
	b.Run("four-times-the-sessions/100000", func(b *testing.B) { grow(b, courses(1, 100_000, 48, true)) })
}

func grow(b *testing.B, rows []row) {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := data(b, rows)
	s := d.Summary()
	runtime.GC()
	runtime.ReadMemStats(&after)
	megabytes := float64(after.HeapAlloc-before.HeapAlloc) / 1e6
	runtime.KeepAlive(s)
	runtime.KeepAlive(d)
	own := stattest.Median(b, func() { fit(b, rows, mixed.Options{RandomSlope: true}) })
	stattest.Alone(b, own)
	b.ReportMetric(own*1e9/float64(len(rows)), "ns/row")
	b.ReportMetric(megabytes, "MB")
}

// BenchmarkAgainstLme4 fits 10,000 clients × 12 sessions, from rows in memory, and reports how many times longer R's lme4 takes
// on the same rows, at no worse a criterion.
func BenchmarkAgainstLme4(b *testing.B) {
	for name, gaps := range kinds {
		b.Run(name, func(b *testing.B) {
			rows := courses(2, 10_000, 12, gaps)
			theirs := numbers(b, run(b, "Rscript", "testdata/time.R", rowsFile(b, rows)))
			var f mixed.Fit
			own := stattest.Median(b, func() { f = fit(b, rows, mixed.Options{RandomSlope: true}) })
			if f.Criterion > theirs[1]+1e-6 {
				b.Errorf("criterion: got %.6f, lme4 has %.6f", f.Criterion, theirs[1])
			}
			stattest.Beside(b, own, theirs[0])
		})
	}
}

// BenchmarkAgainstStatsmodels is the same beside Python's statsmodels, on 500 clients: 10,000 would take it about a minute.
func BenchmarkAgainstStatsmodels(b *testing.B) {
	rows := courses(2, 500, 12, true)
	theirs := numbers(b, run(b, debianPython, "testdata/time.py", rowsFile(b, rows)))
	var f mixed.Fit
	own := stattest.Median(b, func() { f = fit(b, rows, mixed.Options{RandomSlope: true}) })
	for i, want := range []float64{f.Fixed[0], f.Fixed[1], f.Residual} {
		if math.Abs(theirs[1+i]-want) > 1e-3*math.Abs(want) {
			b.Errorf("estimate %d: got %v, statsmodels has %v", i, want, theirs[1+i])
		}
	}
	stattest.Beside(b, own, theirs[0])
}

// debianPython is where Debian puts the Python that its statsmodels package belongs to.
const debianPython = "/usr/bin/python3"

func rowsFile(b *testing.B, rows []row) string {
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
	return file
}

func numbers(b *testing.B, line string) []float64 {
	var all []float64
	for field := range strings.SplitSeq(strings.TrimSpace(line), ",") {
		all = append(all, number(b, field))
	}
	return all
}
