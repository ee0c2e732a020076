package analyze_test

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"attune/internal/alliance"
	"attune/internal/analyze"
	"attune/internal/stat"
)

// million writes a CSV of 1,000,000 rows in courses of 20.
func million(header string, row func(b *strings.Builder, course, place int, x float64)) string {
	var b strings.Builder
	b.WriteString(header)
	r := stat.Seeded(1)
	for i := range 1_000_000 {
		row(&b, i/20, i%20+1, 7+r.NormFloat64())
	}
	return b.String()
}

func BenchmarkAllianceMillionScores(b *testing.B) {
	input := million("course,session,score\n", func(b *strings.Builder, course, session int, x float64) {
		fmt.Fprintf(b, "c%d,%d,%.1f\n", course, session, x)
	})
	flags := analyze.AllianceFlags{Nu0: 8, S0: 1, K: 2.5, Window: 3, MinBaseline: 3, Lambda: 0.3, DriftLimit: 2.7}
	for b.Loop() {
		if err := analyze.Alliance(strings.NewReader(input), io.Discard, flags); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadMillionScores is the detector and the chart alone, without reading and writing files.
func BenchmarkReadMillionScores(b *testing.B) {
	values := make([]float64, 20)
	series := make([]alliance.Score, 20)
	for b.Loop() {
		r := stat.Seeded(1)
		for range 50_000 {
			stat.Noise(r, 1, values)
			for i, x := range values {
				series[i] = alliance.Score{Session: i + 1, Value: x}
			}
			alliance.Read(series, alliance.Defaults())
			stat.Individuals(values, 3)
		}
	}
}

func BenchmarkChangeMillionPairs(b *testing.B) {
	input := million("id,pre,post\n", func(b *strings.Builder, course, place int, x float64) {
		fmt.Fprintf(b, "%d,%.1f,%.1f\n", course*20+place, x, x-1)
	})
	r, sd, cutoff := 0.8, 1.0, 6.0
	for b.Loop() {
		err := analyze.Change(strings.NewReader(input), io.Discard, analyze.ChangeFlags{R: &r, SD: &sd, Cutoff: &cutoff, Better: "lower"})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkReadMillionPairs is the reading alone that BenchmarkChangeMillionPairs is held against.
func BenchmarkReadMillionPairs(b *testing.B) {
	input := million("id,time,score\n", func(b *strings.Builder, course, place int, x float64) {
		fmt.Fprintf(b, "%d,%d,%.1f\n", course, place, x)
	})
	for b.Loop() {
		if err := analyze.Instability(strings.NewReader(input), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
