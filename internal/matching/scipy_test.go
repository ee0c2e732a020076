package matching_test

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"attune/internal/matching"
)

// debianPython is where Debian puts the Python that its scipy package belongs to.
const debianPython = "/usr/bin/python3"

// python runs a program with numbers on its standard input, or skips where scipy is not installed; not with CI=true.
func python(t *testing.T, program string, in, out any) {
	t.Helper()
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(debianPython, program)
	cmd.Stdin = strings.NewReader(string(data))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	answer, err := cmd.Output()
	if err != nil {
		missing := strings.Contains(stderr.String(), "ModuleNotFoundError") || stderr.Len() == 0
		if missing && os.Getenv("CI") != "true" {
			t.Skipf("python3 with its modules is not installed: %v", err)
		}
		t.Fatalf("%s: %v\n%s", program, err, stderr.String())
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatal(err)
	}
}

// TestAgainstScipy compares with scipy.optimize.linear_sum_assignment on the matrix with a column for each place.
func TestAgainstScipy(t *testing.T) {
	type problem struct {
		Capacity []int        `json:"capacity"`
		Utility  [][]*float64 `json:"utility"`
	}
	var in []problem
	var ours []matching.Plan
	for seed := range uint64(12) {
		forbidden := []float64{0, 0.2, 0.7, 0.95}[seed%4]
		p := practice(seed+50, 60+int(seed)*20, 20, forbidden) // from spare room to far too little
		plan, err := matching.Assign(p)
		if err != nil {
			t.Fatal(err)
		}
		ours = append(ours, plan)
		q := problem{Capacity: p.Capacity}
		for _, row := range p.Utility {
			line := make([]*float64, len(row))
			for j := range row {
				if row[j] != no {
					line[j] = &row[j]
				}
			}
			q.Utility = append(q.Utility, line)
		}
		in = append(in, q)
	}
	var theirs []struct {
		Placed int     `json:"placed"`
		Total  float64 `json:"total"`
	}
	python(t, "testdata/assign.py", in, &theirs)
	for i, want := range theirs {
		if ours[i].Placed != want.Placed || math.Abs(ours[i].Total-want.Total) > 1e-9 {
			t.Errorf("problem %d: got %d placed with %v, scipy has %d with %v", i, ours[i].Placed, ours[i].Total, want.Placed, want.Total)
		}
	}
}
