package matching_test

import (
	"encoding/json"
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"attune/internal/matching"
	"attune/internal/stat/stattest"
)

// debianPython is where Debian puts the Python that its scipy package belongs to.
const debianPython = "/usr/bin/python3"

// python runs a program with numbers on its standard input, or skips where scipy is not installed; not with CI=true.
func python(t testing.TB, program string, in, out any) {
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

// problem is a matching.Problem as JSON has it, with null where a pair is forbidden.
type problem struct {
	Capacity []int        `json:"capacity"`
	Utility  [][]*float64 `json:"utility"`
}

func forPython(p matching.Problem) problem {
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
	return q
}

// TestAgainstScipy compares with scipy.optimize.linear_sum_assignment on the matrix with a column for each place.
func TestAgainstScipy(t *testing.T) {
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
		in = append(in, forPython(p))
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

// BenchmarkAgainstScipy places 2,000 clients with 300 therapists and reports how many times longer scipy takes on the matrix
// with a column for each place, which it is given ready made.
func BenchmarkAgainstScipy(b *testing.B) {
	p := practice(1, 2000, 300, 0.1)
	var theirs struct {
		Seconds, Total float64
		Placed         int
	}
	python(b, "testdata/time.py", forPython(p), &theirs)
	var plan matching.Plan
	own := stattest.Median(b, func() {
		var err error
		if plan, err = matching.Assign(p); err != nil {
			b.Fatal(err)
		}
	})
	if plan.Placed != theirs.Placed || math.Abs(plan.Total-theirs.Total) > 1e-6 {
		b.Errorf("got %d placed with %v, scipy has %d with %v", plan.Placed, plan.Total, theirs.Placed, theirs.Total)
	}
	stattest.Beside(b, own, theirs.Seconds)
}
