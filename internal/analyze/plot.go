package analyze

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"attune/internal/alliance"
)

// How much a drawing holds and how it is simulated.
const (
	plottedCourses = 24
	catchRuns      = 20_000 // standard error below 0.004
	longestPlotted = 40     // sessions of the curves
	usualCourse    = 20     // sessions of the curve by scatter
)

// The parts of a drawing of the detector.
const (
	drawWorth   = "worth"
	drawCourses = "courses"
)

// plotAlliance draws what a flag is worth under these parameters, and the courses with their usual range.
func plotAlliance(b *bytes.Buffer, answer allianceAnswer, part string) {
	d := &drawing{width: 720}
	var words []string
	if part != drawCourses {
		plotWorth(d, answer.Parameters)
		plotThresholds(d, answer.Parameters)
		plotScatter(d, answer.Parameters)
		words = append(words, "False alarms and catches of the episode detector by number of sessions, threshold and scatter")
	}
	if part != drawWorth {
		plotCourses(d, answer)
		words = append(words, "Courses of scores with their usual range, flags and drift")
	}
	d.write(b, strings.Join(words, "; "))
}

// plotWorth draws the chance of at least one flag by number of sessions: where nothing ever happened, and where something did.
func plotWorth(d *drawing, p alliance.Parameters) {
	area := d.panel("What a flag is worth: chance of at least one in a course, by its number of sessions", 220, 4, longestPlotted, 0, 1)
	alarms := alliance.FalseAlarms(p, longestPlotted)
	var n, steady, dip, step []float64
	for sessions := 4; sessions <= longestPlotted; sessions += 4 {
		middle := max(4, sessions/2)
		n = append(n, float64(sessions))
		steady = append(steady, alarms[sessions])
		dip = append(dip, alliance.Catches(p, sessions, alliance.Change{Session: middle, Size: -3}, catchRuns, 1))
		step = append(step, alliance.Catches(p, sessions, alliance.Change{Session: middle, Size: -2, Lasting: true}, catchRuns, 1))
	}
	area.line(n, steady, alarmColour, "")
	area.line(n, dip, mainColour, "6 3")
	area.line(n, step, inkColour, "2 3")
	d.key(alarmColour, "", "false alarm: the true level never changes")
	d.key(mainColour, "6 3", "catch: one session in the middle is 3 SD lower")
	d.key(inkColour, "2 3", "catch: from the middle on all sessions are 2 SD lower")
	d.caption(fmt.Sprintf("k %g, baseline of %d sessions, typical SD %g; simulated with normal error of that SD", p.K, p.MinBaseline, p.S0))
}

// plotThresholds draws false alarms for the usual choices of k, and for the one made where it is another.
func plotThresholds(d *drawing, p alliance.Parameters) {
	area := d.panel("False alarms by number of sessions, for other thresholds k", 150, 4, longestPlotted, 0, 1)
	type choice struct {
		k            float64
		colour, dash string
	}
	choices := []choice{{2, inkColour, "2 3"}, {2.5, alarmColour, ""}, {3, mainColour, "6 3"}}
	if p.K != 2 && p.K != 2.5 && p.K != 3 {
		choices = append(choices, choice{p.K, quietColour, "10 4"})
	}
	for _, c := range choices {
		other := p
		other.K = c.k
		alarms := alliance.FalseAlarms(other, longestPlotted)
		var n, chance []float64
		for sessions := 4; sessions <= longestPlotted; sessions++ {
			n, chance = append(n, float64(sessions)), append(chance, alarms[sessions])
		}
		area.line(n, chance, c.colour, c.dash)
		d.key(c.colour, c.dash, fmt.Sprintf("k %g: %.0f %% in %d sessions", c.k, 100*alarms[usualCourse], usualCourse))
	}
}

// plotScatter draws false alarms of clients whose own scatter is not the typical one.
func plotScatter(d *drawing, p alliance.Parameters) {
	title := fmt.Sprintf("False alarms in %d sessions, where a client's own SD is so many times the typical one", usualCourse)
	area := d.panel(title, 150, 0.4, 2, 0, 1)
	var scatter, chance []float64
	for tenth := 4; tenth <= 20; tenth++ {
		one := float64(tenth) / 10
		scatter = append(scatter, one)
		chance = append(chance, alliance.Catches(p, usualCourse, alliance.Change{Scatter: one}, catchRuns, 1))
	}
	area.line(scatter, chance, alarmColour, "")
	d.key(alarmColour, "", "false alarm: the true level never changes")
}

// plotCourses draws each course below the other, up to plottedCourses.
func plotCourses(d *drawing, answer allianceAnswer) {
	for i, course := range answer.Courses {
		if i == plottedCourses {
			d.caption(fmt.Sprintf("… and %d more courses", len(answer.Courses)-i))
			break
		}
		plotCourse(d, course, answer.Parameters)
	}
	d.caption("shaded: the client's usual range before each session, held still while an episode is open")
	d.caption("red square: so far below that it opens an episode; triangle: drift")
}

// plotCourse draws one course: its scores, the usual range before each session, and flags.
func plotCourse(d *drawing, course courseAnswer, p alliance.Parameters) {
	points := course.reading.Points
	if len(points) == 0 {
		return
	}
	low, high := math.Inf(1), math.Inf(-1)
	var x, y, ready, lower, upper []float64
	for _, point := range points {
		x, y = append(x, float64(point.Session)), append(y, point.Value)
		low, high = min(low, point.Value), max(high, point.Value)
		if point.Ready {
			usual := point.Baseline.Usual(p.K)
			ready, lower, upper = append(ready, float64(point.Session)), append(lower, usual.Low), append(upper, usual.High)
			low, high = min(low, usual.Low), max(high, usual.High)
		}
	}
	margin := max(0.05*(high-low), 1e-9*math.Abs(high))
	area := d.panel(courseTitle(course), 130, x[0], x[len(x)-1], low-margin, high+margin)
	if len(ready) > 0 {
		area.band(ready, lower, upper, bandColour)
	}
	area.line(x, y, mainColour, "")
	for i, point := range points {
		area.mark(x[i], y[i], course.markOf(point.Session))
	}
}

// courseTitle says in words what the drawing shows.
func courseTitle(course courseAnswer) string {
	words := []string{}
	for _, e := range course.Episodes {
		switch e.Status {
		case alliance.Returned:
			words = append(words, fmt.Sprintf("down at %d, back at %d", e.Start, *e.End))
		case alliance.ReturnedLate:
			words = append(words, fmt.Sprintf("down at %d, back late at %d", e.Start, *e.End))
		case alliance.Unrepaired:
			words = append(words, fmt.Sprintf("down at %d, not back in time", e.Start))
		default:
			words = append(words, fmt.Sprintf("down at %d, still open", e.Start))
		}
	}
	for _, drift := range course.Drift {
		words = append(words, fmt.Sprintf("drift at %d", drift.Session))
	}
	if len(words) == 0 {
		words = append(words, "no flag")
	}
	return fmt.Sprintf("%s: %s. Of courses of %d sessions, %.0f %% are flagged by chance", course.Course, strings.Join(words, ", "), course.N, 100*course.FalseAlarm)
}

// markOf is how a session is drawn: the first of an episode and a drift stand out.
func (c courseAnswer) markOf(session int) mark {
	for _, e := range c.Episodes {
		if e.Start == session {
			return square
		}
	}
	for _, d := range c.Drift {
		if d.Session == session {
			return triangle
		}
	}
	return circle
}
