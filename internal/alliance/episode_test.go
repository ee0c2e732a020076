package alliance_test

import (
	"math"
	"slices"
	"testing"

	"attune/internal/alliance"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// vectors are those of methods 1.6, computed there with independent reference software (R 4.2.2).
var vectors = []struct {
	name     string
	values   []float64
	z        []float64 // from session 4
	episodes []alliance.Episode
	digits   float64 // of episodes, as far as they are printed
}{
	{
		"A", []float64{8.0, 8.2, 8.1, 6.4, 6.9, 8.0, 8.3, 8.4, 8.2, 8.5},
		[]float64{-2.7339, -1.9298, -0.1608, 0.3914, 0.5157, 0.0641, 0.6624},
		[]alliance.Episode{{Start: 4, End: 6, Status: alliance.Returned, Mu: 8.1, S: 0.538516, Nadir: 6.4, Depth: 1.7, Length: 2}}, 1e-6,
	},
	{"B", []float64{8, 8, 8, 8, 8, 8}, []float64{0, 0, 0}, nil, 0},
	{
		"C", []float64{7.5, 7.8, 7.6, 5.2, 5.0, 5.1, 4.8},
		[]float64{-3.8953, -4.2155, -4.0554, -4.5357},
		[]alliance.Episode{{Start: 4, Status: alliance.Unrepaired, Mu: 22.9 / 3, S: 0.540987, Nadir: 4.8, Depth: 8.5 / 3, Length: 4}}, 1e-6,
	},
	{"D", []float64{9, 8.6, 8.3, 7.9, 7.5, 7.2, 6.8}, []float64{-1.1358, -1.5000, -1.6256, -1.8807}, nil, 0},
}

func vectorParameters() alliance.Parameters {
	p := alliance.Defaults()
	p.S0 = 0.6
	return p
}

func course(values ...float64) []alliance.Score {
	series := make([]alliance.Score, len(values))
	for i, v := range values {
		series[i] = alliance.Score{Session: i + 1, Value: v}
	}
	return series
}

func TestReadVectors(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			got := alliance.Read(course(v.values...), vectorParameters())
			for i, p := range got.Points {
				if p.Ready != (i >= 3) {
					t.Errorf("session %d: ready = %t", p.Session, p.Ready)
				}
				if i >= 3 && math.Abs(p.Z-v.z[i-3]) > 5e-5 {
					t.Errorf("session %d: z = %.6f, want %.4f", p.Session, p.Z, v.z[i-3])
				}
			}
			if diff := cmp.Diff(v.episodes, got.Episodes, cmpopts.EquateApprox(0, v.digits), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("episodes (-want +got):\n%s", diff)
			}
		})
	}
}

// The z of the vectors to more digits than methods 1.6 prints: worked by hand from the formula of D6.
func TestReadZ(t *testing.T) {
	tests := []struct {
		name    string
		values  []float64
		session int
		want    float64
	}{
		{"A4", vectors[0].values, 4, -1.7 / math.Sqrt(2.9/10*4/3)},
		{"A5 frozen", vectors[0].values, 5, -1.2 / math.Sqrt(2.9/10*4/3)},
		{"A7 baseline 8 8.2 8.1 8", vectors[0].values, 7, (8.3 - 8.075) / math.Sqrt((2.88+0.0275)/11*1.25)},
		{"C4", vectors[2].values, 4, (5.2 - 22.9/3) / math.Sqrt((2.88+0.14/3)/10*4/3)},
	}
	for _, tt := range tests {
		got := alliance.Read(course(tt.values...), vectorParameters()).Points[tt.session-1].Z
		if math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("%s: z = %.10f, want %.10f", tt.name, got, tt.want)
		}
	}
}

func TestReadEpisodes(t *testing.T) {
	steady := []float64{8, 8.2, 8.1}
	after := func(values ...float64) []float64 { return append(slices.Clone(steady), values...) }
	tests := []struct {
		name    string
		values  []float64
		minDrop float64
		want    []alliance.Status
		end     []int
	}{
		{"too short for a baseline", []float64{8, 2}, 0, nil, nil},
		{"series ends inside the window", after(5, 5, 5), 0, []alliance.Status{alliance.Open}, []int{0}},
		{"return on the last session of the window", after(5, 5, 5, 8), 0, []alliance.Status{alliance.Returned}, []int{7}},
		{"return after the window", after(5, 5, 5, 5, 8), 0, []alliance.Status{alliance.ReturnedLate}, []int{8}},
		{"no return by start + 3", after(5, 5, 5, 5), 0, []alliance.Status{alliance.Unrepaired}, []int{0}},
		{"two episodes", after(5, 8, 8, 5, 8), 0, []alliance.Status{alliance.Returned, alliance.Returned}, []int{5, 8}},
		{"drop smaller than what matters", after(6.4, 8), 2, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := vectorParameters()
			p.MinDrop = tt.minDrop
			var status []alliance.Status
			var end []int
			for _, e := range alliance.Read(course(tt.values...), p).Episodes {
				status, end = append(status, e.Status), append(end, e.End)
			}
			if !slices.Equal(status, tt.want) || !slices.Equal(end, tt.end) {
				t.Errorf("got %v ending %v, want %v ending %v", status, end, tt.want, tt.end)
			}
		})
	}
}

func TestReadGapsAndOrder(t *testing.T) {
	series := []alliance.Score{{9, 8}, {1, 8}, {4, 8.2}, {6, 8.1}, {12, 6.4}, {8, 6.4}}
	got := alliance.Read(series, vectorParameters())
	want := alliance.Read(course(8, 8.2, 8.1, 6.4, 8, 6.4), vectorParameters())
	if len(got.Episodes) != 2 || got.Episodes[0].Start != 8 || got.Episodes[0].End != 9 || got.Episodes[1].Start != 12 {
		t.Fatalf("episodes %+v, want 8 to 9 and from 12: session numbers as given", got.Episodes)
	}
	for i := range got.Points {
		if got.Points[i].Z != want.Points[i].Z {
			t.Errorf("place %d: z = %v, want %v as without gaps", i, got.Points[i].Z, want.Points[i].Z)
		}
	}
	if series[0].Session != 9 {
		t.Error("the caller's series was put in another order")
	}
}

func TestReadLevels(t *testing.T) {
	// With mean 8.1 and SE 0.621825 amber begins below 6.856 and red below 6.545.
	for value, want := range map[float64]alliance.Level{7: alliance.Calm, 6.8: alliance.Amber, 6.5: alliance.Red} {
		got := alliance.Read(course(8, 8.2, 8.1, value), vectorParameters()).Points[3].Level
		if got != want {
			t.Errorf("%.1f is %s, want %s", value, got, want)
		}
	}
}

func TestDriftAfterASlowDecline(t *testing.T) {
	values := []float64{9, 9, 9, 9, 8.4, 8.1, 7.8, 7.5, 7.2, 7, 9, 9, 9, 9, 9, 9}
	got := alliance.Read(course(values...), vectorParameters()).Drifts
	if len(got) != 1 || got[0].Detector != "ewma" || got[0].Value >= -2.7 {
		t.Fatalf("drifts %+v, want one row at the crossing", got)
	}
	// By hand: s² = 8·0.36/11; e falls by 0.18, 0.396, 0.6372, 0.89604: past the limit at session 8.
	variance := 8 * 0.36 / 11 * (0.3/1.7*(1-math.Pow(0.7, 8)) + 0.25)
	if want := -0.89604 / math.Sqrt(variance); got[0].Session != 8 || math.Abs(got[0].Value-want) > 1e-9 {
		t.Errorf("drift %+v, want session 8 with %.9f", got[0], want)
	}
}

func TestParametersCheck(t *testing.T) {
	spoil := map[string]func(*alliance.Parameters){
		"nu0":          func(p *alliance.Parameters) { p.Nu0 = 0 },
		"s0":           func(p *alliance.Parameters) { p.S0 = math.NaN() },
		"k":            func(p *alliance.Parameters) { p.K = math.Inf(1) },
		"window":       func(p *alliance.Parameters) { p.Window = 0 },
		"min-baseline": func(p *alliance.Parameters) { p.MinBaseline = 2 },
		"min-drop":     func(p *alliance.Parameters) { p.MinDrop = -1 },
		"lambda":       func(p *alliance.Parameters) { p.Lambda = 1.5 },
		"drift-limit":  func(p *alliance.Parameters) { p.DriftLimit = 0 },
	}
	if err := alliance.Defaults().Check(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	for name, change := range spoil {
		p := alliance.Defaults()
		change(&p)
		if p.Check() == nil {
			t.Errorf("a useless %s passed", name)
		}
	}
}

func series(t *rapid.T) []alliance.Score {
	values := rapid.SliceOfN(rapid.Float64Range(0, 10), 0, 40).Draw(t, "values")
	return course(values...)
}

// No look-ahead: what was seen stays as it was, and an episode that is closed is never written again.
func TestLongerSeriesRewritesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := series(t)
		n := rapid.IntRange(0, len(all)).Draw(t, "n")
		short, long := alliance.Read(all[:n], vectorParameters()), alliance.Read(all, vectorParameters())
		if diff := cmp.Diff(short.Points, long.Points[:n], cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("points changed:\n%s", diff)
		}
		if diff := cmp.Diff(short.Drifts, long.Drifts[:min(len(short.Drifts), len(long.Drifts))], cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("drifts changed:\n%s", diff)
		}
		for i, e := range short.Episodes {
			if e.Closed() && e != long.Episodes[i] {
				t.Fatalf("closed episode %+v became %+v", e, long.Episodes[i])
			}
			if e.Status == alliance.Unrepaired && long.Episodes[i].Status != alliance.Unrepaired && long.Episodes[i].Status != alliance.ReturnedLate {
				t.Fatalf("unrepaired became %s", long.Episodes[i].Status)
			}
		}
	})
}

func TestOrderAndScaleOfScores(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := series(t)
		want := alliance.Read(all, vectorParameters())
		if got := alliance.Read(rapid.Permutation(all).Draw(t, "order"), vectorParameters()); !cmp.Equal(got, want) {
			t.Fatalf("another order of rows gave another reading:\n%s", cmp.Diff(want, got))
		}
		// Twice the scores with twice s₀: the same z, and everything in score units doubled. Doubling is exact.
		p := vectorParameters()
		p.S0 *= 2
		doubled := slices.Clone(all)
		for i := range doubled {
			doubled[i].Value *= 2
		}
		got := alliance.Read(doubled, p)
		for i := range want.Points {
			if got.Points[i].Z != want.Points[i].Z || got.Points[i].Baseline.SE != 2*want.Points[i].Baseline.SE {
				t.Fatalf("session %d: %+v, want the z of %+v", i+1, got.Points[i], want.Points[i])
			}
		}
		for i, e := range want.Episodes {
			if d := got.Episodes[i]; d.Depth != 2*e.Depth || d.Nadir != 2*e.Nadir || d.Status != e.Status || d.Length != e.Length {
				t.Fatalf("episode %+v, want %+v with depth doubled", d, e)
			}
		}
	})
}
