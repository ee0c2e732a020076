package stat_test

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"attune/internal/stat"
)

// TestAgainstSurvival compares Kaplan-Meier curves with R's survival package; not skipped with CI=true.
func TestAgainstSurvival(t *testing.T) {
	random := stat.Seeded(11)
	var sets [][]stat.Wait
	var text strings.Builder
	text.WriteString("set,time,happened\n")
	for set := range 12 {
		var waits []stat.Wait
		for range 5 + random.IntN(80) {
			// Whole days, so that events and censorings tie.
			w := stat.Wait{Time: 1 + float64(random.IntN(30)), Happened: random.IntN(3) > 0}
			waits = append(waits, w)
			fmt.Fprintf(&text, "%d,%v,%t\n", set, w.Time, w.Happened)
		}
		sets = append(sets, waits)
	}
	want := survfit(t, strings.NewReplacer("true", "1", "false", "0").Replace(text.String()))
	at := 0
	for set, waits := range sets {
		steps, err := stat.KaplanMeier(waits)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range steps {
			if at >= len(want) {
				t.Fatal("R has fewer steps")
			}
			got := []float64{float64(set), s.Time, float64(s.AtRisk), float64(s.Events), s.Survival, s.SE, s.Range.Low, s.Range.High}
			for i, w := range want[at] {
				if math.Abs(got[i]-w) > 1e-9 {
					t.Errorf("set %d, time %v, value %d: got %v, R has %v", set, s.Time, i, got[i], w)
				}
			}
			at++
		}
	}
	if at != len(want) {
		t.Errorf("got %d steps, R has %d", at, len(want))
	}
}

func survfit(t *testing.T, text string) [][]float64 {
	t.Helper()
	r, err := exec.LookPath("Rscript")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("R is not installed")
	}
	file := filepath.Join(t.TempDir(), "waits.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(r, "testdata/kaplanmeier.R", file)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if strings.Contains(stderr.String(), "there is no package called") && os.Getenv("CI") != "true" {
			t.Skip("R's survival package is not installed")
		}
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var rows [][]float64
	for _, line := range strings.Fields(string(out)) {
		var row []float64
		for _, f := range strings.Split(line, ",") {
			x, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Fatal(err)
			}
			row = append(row, x)
		}
		rows = append(rows, row)
	}
	return rows
}
