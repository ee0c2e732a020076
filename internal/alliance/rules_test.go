package alliance_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"attune/internal/alliance"
	"attune/internal/stat"

	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s = %.10g, want %.10g", what, got, want)
	}
}

// Methods 1.4, D1.
func TestReliableDrop(t *testing.T) {
	for z, want := range map[float64]float64{1.96: 0.8765, 1.645: 0.7357, 1.28: 0.5724} {
		got, err := alliance.ReliableDrop(1, 0.9, z)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "RC", got, want, 5e-5)
	}
	for _, bad := range [][3]float64{{0, .9, 1.96}, {1, 1, 1.96}, {1, -.1, 1.96}, {1, .9, 0}, {math.NaN(), .9, 1.96}, {1, math.NaN(), 1.96}} {
		if _, err := alliance.ReliableDrop(bad[0], bad[1], bad[2]); err == nil {
			t.Errorf("%v was taken", bad)
		}
	}
}

func TestDrops(t *testing.T) {
	got := alliance.Drops([]float64{8, 8.2, 8.1, 6.4, 6.9, 8.0, 7.0}, 1)
	if want := []int{3, 6}; !slices.Equal(got, want) {
		t.Errorf("drops at %v, want %v", got, want)
	}
}

func TestStricter(t *testing.T) {
	sigma, got := alliance.Stricter([]float64{8, 8.2, 8.1, 6.4, 6.9}, 1)
	near(t, "σ*, that of the sample", sigma, 1, 0)
	near(t, "below the peak of 8.2", got[3].BelowPeak, 1.8, 1e-12)
	near(t, "below the mean before", got[3].BelowMean, 8.1-6.4, 1e-12)
	near(t, "after a rise", got[4].BelowPeak, 0, 0)
	sigma, got = alliance.Stricter([]float64{2, 9, 1}, 1)
	near(t, "σ*, the client's own", sigma, math.Sqrt(19), 1e-12)
	near(t, "below the peak in own SDs", got[2].BelowPeak, 8/math.Sqrt(19), 1e-12)
	if sigma, got := alliance.Stricter([]float64{8}, 0.5); sigma != 0.5 || got[0] != (alliance.Strict{}) {
		t.Errorf("one session: %v, %+v", sigma, got)
	}
}

func TestAtCeiling(t *testing.T) {
	tests := []struct {
		name   string
		scores []float64
		at     bool
	}{
		{"all at the top", []float64{10, 10, 10, 10}, true},
		{"three in four", []float64{10, 10, 9.5, 10}, true},
		{"half", []float64{10, 9, 10, 9}, false},
		{"too few sessions", []float64{10, 10, 10}, false},
		{"flat below the top", []float64{8, 8, 8, 8, 8}, false},
		{"none", nil, false},
	}
	for _, tt := range tests {
		if got := alliance.AtCeiling(tt.scores, 10); got.Reached != tt.at || got.Range.Low > got.Share || got.Range.High < got.Share {
			t.Errorf("%s: %+v, want %t", tt.name, got, tt.at)
		}
	}
}

func pairs(client, therapist []float64) []alliance.Pair {
	all := make([]alliance.Pair, len(client))
	for i := range client {
		all[i] = alliance.Pair{Session: i + 1, Client: client[i], Therapist: therapist[i]}
	}
	return all
}

// Methods 1.7. The standard errors are those of R's lm(I(T - mean(C)) ~ I(C - mean(C))).
func TestAgree(t *testing.T) {
	a := alliance.Agree(pairs([]float64{8, 7, 9, 6, 8}, []float64{7, 6.5, 8, 6.5, 7}))
	near(t, "b₀", a.Bias, -0.6, 1e-12)
	near(t, "b₁", a.Tracking, 0.480769, 5e-7)
	near(t, "SE of b₀", a.BiasSE, 0.140967354, 5e-9)
	near(t, "SE of b₁", a.TrackingSE, 0.138229863, 5e-9)
	if a.N != 5 || !a.Tracks {
		t.Errorf("%+v", a)
	}
}

func TestAgreeWithoutTruth(t *testing.T) {
	a := alliance.Agree(pairs([]float64{8, 8, 8}, []float64{7, 6, 8}))
	if a.Tracks || a.Bias != -1 || !math.IsNaN(a.TrackingSE) {
		t.Errorf("a client who never varies: %+v", a)
	}
	if a := alliance.Agree(nil); a.N != 0 || a.Tracks || a.Bias != 0 {
		t.Errorf("no pairs: %+v", a)
	}
}

// Shifting the scale of both changes neither bias nor tracking; shifting the therapist's alone adds to the bias.
func TestAgreeShifts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		client := rapid.SliceOfN(rapid.Float64Range(0, 10), 3, 20).Draw(t, "client")
		client[0], client[1] = 1, 9
		therapist := rapid.SliceOfN(rapid.Float64Range(0, 10), len(client), len(client)).Draw(t, "therapist")
		before := alliance.Agree(pairs(client, therapist))
		for i := range client {
			client[i] += 3
			therapist[i] += 5
		}
		after := alliance.Agree(pairs(client, therapist))
		if math.Abs(after.Bias-before.Bias-2) > 1e-9 || math.Abs(after.Tracking-before.Tracking) > 1e-9 {
			t.Fatalf("%+v became %+v", before, after)
		}
	})
}

func TestAgreeAcross(t *testing.T) {
	r := stat.Seeded(11)
	var dyads [][]alliance.Pair
	for range 400 {
		bias, tracking := -0.5+0.4*r.NormFloat64(), 0.6+0.2*r.NormFloat64()
		client, therapist := make([]float64, 12), make([]float64, 12)
		stat.Noise(r, 1, client)
		mean := stat.Mean(client)
		for i := range client {
			therapist[i] = mean + bias + tracking*(client[i]-mean) + 0.5*r.NormFloat64()
		}
		dyads = append(dyads, pairs(client, therapist))
	}
	got, err := alliance.AgreeAcross(dyads)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "bias", got.Bias, -0.5, 0.08)
	near(t, "its SD", got.BiasSD, 0.4, 0.06)
	near(t, "tracking", got.Tracking, 0.6, 0.05)
	near(t, "its SD", got.TrackingSD, 0.2, 0.04)
	if got.Dyads != 400 || len(got.Warnings) != 0 {
		t.Errorf("%+v", got)
	}
	if _, err := alliance.AgreeAcross(dyads[:9]); !errors.Is(err, alliance.ErrFewDyads) {
		t.Errorf("nine dyads: %v", err)
	}
	flat := slices.Repeat([][]alliance.Pair{pairs([]float64{8, 8}, []float64{7, 7})}, 12)
	if _, err := alliance.AgreeAcross(flat); err == nil {
		t.Error("ratings that never vary were fitted")
	}
}

func TestRecalibrate(t *testing.T) {
	r := stat.Seeded(5)
	var courses [][]alliance.Score
	for i := range 200 {
		values := make([]float64, 12)
		stat.Noise(r, 0.7, values)
		for j := range values {
			values[j] += 5 + float64(i%5) + 0.1*float64(j) // clients differ, and change slowly
		}
		courses = append(courses, course(values...))
	}
	got, err := alliance.Recalibrate(courses)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "s₀", got.S0, 0.7, 3*got.SE+0.01)
	if got.SE < 0.005 || got.SE > 0.03 || got.Courses != 200 || len(got.Warnings) != 0 {
		t.Errorf("%+v", got)
	}
	steady, short := course(8, 8, 8, 8), course(8, 7, 8)
	tests := []struct {
		name    string
		courses [][]alliance.Score
		ok      bool
		warned  int
	}{
		{"29 courses", courses[:29], false, 0},
		{"30 courses, one too short", append(slices.Clone(courses[:29]), short), false, 0},
		{"all flat", slices.Repeat([][]alliance.Score{steady}, 40), false, 0},
		{"many flat", append(slices.Repeat([][]alliance.Score{steady}, 20), courses[:20]...), true, 1},
	}
	for _, tt := range tests {
		got, err := alliance.Recalibrate(tt.courses)
		if (err == nil) != tt.ok || len(got.Warnings) != tt.warned {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
}
