// Package stattest times the methods beside other programs, for benchmarks.
package stattest

import (
	"slices"
	"testing"
)

// Time is how many seconds of processor time f takes, that of the garbage collector included. Unlike the clock on the wall it
// hardly changes with what else the machine does.
func Time(f func()) float64 {
	start := processor()
	f()
	return processor() - start
}

// Median runs f as often as the benchmark wants and gives the median of its times, in seconds.
func Median(b *testing.B, f func()) float64 {
	b.Helper()
	var times []float64
	for b.Loop() {
		times = append(times, Time(f))
	}
	return middle(times)
}

// InTurn times two things in turn and reports them as Beside does.
func InTurn(b *testing.B, own, other func()) {
	b.Helper()
	var owns, others []float64
	for b.Loop() {
		others = append(others, Time(other))
		owns = append(owns, Time(own))
	}
	Beside(b, middle(owns), middle(others))
}

func middle(times []float64) float64 {
	slices.Sort(times)
	return times[len(times)/2]
}

// Alone reports a time, in seconds, as attune-ms.
func Alone(b *testing.B, own float64) {
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(own*1e3, "attune-ms")
}

// Beside reports two times, in seconds, as attune-ms and theirs-ms, and how many times longer the other took.
func Beside(b *testing.B, own, theirs float64) {
	Alone(b, own)
	b.ReportMetric(theirs*1e3, "theirs-ms")
	b.ReportMetric(theirs/own, "ratio")
}
