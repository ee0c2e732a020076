package alliance

import (
	"fmt"
	"math"
	"slices"

	"attune/internal/stat"
)

// What a practice needs before its own s₀ replaces the default.
const (
	calibrationCourses  = 30
	calibrationSessions = 4 // of a course that counts
)

// Calibration is a practice's own typical within-client SD.
type Calibration struct {
	S0       float64 // in score units, above 0
	SE       float64 // by leaving out one course at a time (jackknife), in score units
	Courses  int     // that counted
	Flat     int     // of them, courses whose scores never differed
	Warnings []string
}

// Recalibrate estimates s₀ from the practice's own courses: s₀² = Σ_i Σ_t (x_t − x_{t−1})² / (2 Σ_i (n_i − 1)), the pooled mean
// square of successive differences, halved. Slow change within a course hardly enters it, as it would an SD; single dips do,
// which makes the detector a little more careful. It assumes sessions independent around a slow course.
// It refuses fewer than 30 courses of at least 4 sessions (methods 1.6), and courses that are all flat. (von Neumann et al.
// 1941, Ann Math Stat 12:153-162, for the mean square successive difference.)
func Recalibrate(courses [][]Score) (Calibration, error) {
	var c Calibration
	var squares, steps []float64 // of each course that counts
	for _, course := range courses {
		if len(course) < calibrationSessions {
			continue
		}
		values := Values(course)
		if stat.Flat(values) {
			c.Flat++
		}
		squares = append(squares, stat.SuccessiveSquares(values))
		steps = append(steps, float64(len(values)-1))
	}
	c.Courses = len(squares)
	if c.Courses < calibrationCourses {
		return Calibration{}, fmt.Errorf("%d courses of at least %d sessions are too few to calibrate on: %d are needed",
			c.Courses, calibrationSessions, calibrationCourses)
	}
	if c.Flat == c.Courses {
		return Calibration{}, fmt.Errorf("in none of %d courses did a score ever change: there is nothing to calibrate on", c.Courses)
	}
	c.S0, c.SE = pooled(squares, steps)
	if 3*c.Flat > c.Courses {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%d of %d courses never changed: a ceiling makes s₀ too small and false alarms more frequent", c.Flat, c.Courses))
	}
	return c, nil
}

// pooled is √(Σ squares / 2Σ steps) and its jackknife standard error over courses.
func pooled(squares, steps []float64) (s0, se float64) {
	var square, step float64
	for i := range squares {
		square += squares[i]
		step += steps[i]
	}
	without := make([]float64, len(squares))
	for i := range squares {
		without[i] = math.Sqrt(max(0, square-squares[i]) / (2 * (step - steps[i])))
	}
	n := float64(len(squares))
	return math.Sqrt(square / (2 * step)), math.Sqrt((n - 1) / n * stat.SumOfSquares(without))
}

// Values are the scores of a course in order of session.
func Values(series []Score) []float64 {
	sorted := slices.Clone(series)
	slices.SortFunc(sorted, bySession)
	values := make([]float64, len(sorted))
	for i, score := range sorted {
		values[i] = score.Value
	}
	return values
}
