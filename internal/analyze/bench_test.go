package analyze_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"attune/internal/alliance"
	"attune/internal/analyze"
	"attune/internal/outcome"
	"attune/internal/stat"
	"attune/internal/stat/stattest"
)

// The invented practice of the benchmarks: a million scores in courses of twenty.
const (
	many   = 1_000_000
	course = 20
)

// million writes a file of a million rows.
func million(b *testing.B, header string, row func(text *strings.Builder, course, place int, x float64)) string {
	var text strings.Builder
	text.WriteString(header)
	r := stat.Seeded(1)
	for i := range many {
		row(&text, i/course, i%course+1, 7+r.NormFloat64())
	}
	return written(b, "million.csv", text.String())
}

// BenchmarkEpisodes is the detectors alone, on a million scores in memory.
func BenchmarkEpisodes(b *testing.B) {
	all := make([]alliance.Score, many)
	r := stat.Seeded(1)
	for i := range all {
		all[i] = alliance.Score{Session: i%course + 1, Value: 7 + r.NormFloat64()}
	}
	own := stattest.Median(b, func() {
		for one := range slices.Chunk(all, course) {
			alliance.Read(one, alliance.Defaults())
		}
	})
	stattest.Alone(b, own)
}

// BenchmarkCharts is the individuals chart and the partition alone, on a million scores in memory.
func BenchmarkCharts(b *testing.B) {
	all := make([]float64, many)
	stat.Noise(stat.Seeded(1), 1, all)
	own := stattest.Median(b, func() {
		for one := range slices.Chunk(all, course) {
			stat.Individuals(one, 3)
			stat.Partition(one)
		}
	})
	stattest.Alone(b, own)
}

// BenchmarkAllianceFile is the whole command, beside the reading of its file as CSV.
func BenchmarkAllianceFile(b *testing.B) {
	file := million(b, "course,session,score\n", func(text *strings.Builder, course, session int, x float64) {
		fmt.Fprintf(text, "c%d,%d,%.1f\n", course, session, x)
	})
	flags := analyze.AllianceFlags{Nu0: 8, S0: 1, K: 2.5, Window: 3, MinBaseline: 3, Lambda: 0.3, DriftLimit: 2.7}
	besideReading(b, file, func(in io.Reader) error { return analyze.Alliance(in, io.Discard, flags) })
}

// pairsFile is a million pairs of scores before and after.
func pairsFile(b *testing.B) string {
	return million(b, "id,pre,post\n", func(text *strings.Builder, one, place int, x float64) {
		fmt.Fprintf(text, "%d,%.1f,%.1f\n", one*course+place, x, x-1)
	})
}

// BenchmarkChangeFile is the whole command, beside the reading of its file as CSV.
func BenchmarkChangeFile(b *testing.B) {
	r, sd, cutoff := 0.8, 1.0, 6.0
	flags := analyze.ChangeFlags{R: &r, SD: &sd, Cutoff: &cutoff, Better: "lower"}
	besideReading(b, pairsFile(b), func(in io.Reader) error { return analyze.Change(in, io.Discard, flags) })
}

// BenchmarkChangeAlone is the arithmetic alone, beside the reading of the bytes of the file.
func BenchmarkChangeAlone(b *testing.B) {
	file := pairsFile(b)
	pre := make([]float64, many)
	stat.Noise(stat.Seeded(1), 1, pre)
	cutoff := outcome.Computed(-1, outcome.Lower)
	rule := outcome.Rule{SDiff: 0.6, Cutoff: &cutoff, Better: outcome.Lower}
	counts := map[outcome.Class]int{}
	stattest.InTurn(b, func() {
		for _, x := range pre {
			counts[rule.Change(x, x-1).Class]++
		}
	}, func() {
		if _, err := os.ReadFile(file); err != nil {
			b.Fatal(err)
		}
	})
}

// BenchmarkChangeAgainstPandas is the whole command beside Python's pandas and numpy on the same file.
func BenchmarkChangeAgainstPandas(b *testing.B) {
	file := pairsFile(b)
	out, err := exec.Command("/usr/bin/python3", "testdata/change.py", file).Output()
	if err != nil {
		b.Skipf("python3-pandas: %v", err)
	}
	theirs, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	if err != nil {
		b.Fatal(err)
	}
	r, sd, cutoff := 0.8, 1.0, 6.0
	flags := analyze.ChangeFlags{R: &r, SD: &sd, Cutoff: &cutoff, Better: "lower"}
	stattest.Beside(b, stattest.Median(b, func() { open(b, file, func(in io.Reader) error { return analyze.Change(in, io.Discard, flags) }) }), theirs)
}

// besideReading times the command beside the standard library's CSV reader on the same file, which parses no number.
func besideReading(b *testing.B, file string, command func(in io.Reader) error) {
	stattest.InTurn(b, func() { open(b, file, command) }, func() { open(b, file, readCSV) })
}

func open(b *testing.B, name string, use func(in io.Reader) error) {
	b.Helper()
	file, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	if err := use(file); err != nil {
		b.Fatal(err)
	}
}

func readCSV(in io.Reader) error {
	r := csv.NewReader(in)
	r.ReuseRecord = true
	for {
		if _, err := r.Read(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
