package analyze

import (
	"bytes"
	"fmt"
	"math"

	"attune/internal/alliance"
)

// How much a drawing holds and how it is simulated.
const (
	plottedCourses = 24
	catchRuns      = 4000 // standard error below 0.008
	longestPlotted = 40   // sessions of the curves
)

// plotAlliance draws what a flag is worth under these parameters, and below it the courses with their usual range.
func plotAlliance(b *bytes.Buffer, answer allianceAnswer) {
	d := &drawing{width: 720}
	plotWorth(d, answer.Parameters)
	d.caption("below, each course: shaded, the client's usual range before each session; red square, flagged")
	for i, course := range answer.Courses {
		if i == plottedCourses {
			d.caption(fmt.Sprintf("… and %d more courses", len(answer.Courses)-i))
			break
		}
		plotCourse(d, course, answer.Parameters)
	}
	d.write(b, "False alarms and catches of the episode detector by number of sessions, and courses with their usual range")
}

// plotWorth draws the chance of at least one flag by number of sessions: where nothing ever happened, and where something did.
func plotWorth(d *drawing, p alliance.Parameters) {
	area := d.panel("Chance of at least one flag in a course, by its number of sessions", 220, 4, longestPlotted, 0, 1)
	alarms := alliance.FalseAlarms(p, longestPlotted)
	var n, steady, dip, step []float64
	for sessions := 4; sessions <= longestPlotted; sessions += 2 {
		middle := max(4, sessions/2)
		n = append(n, float64(sessions))
		steady = append(steady, alarms[sessions])
		dip = append(dip, alliance.Catches(p, sessions, alliance.Change{Session: middle, Size: -3}, catchRuns, 1))
		step = append(step, alliance.Catches(p, sessions, alliance.Change{Session: middle, Size: -2, Lasting: true}, catchRuns, 1))
	}
	area.line(n, steady, alarmColour, "")
	area.line(n, dip, mainColour, "6 3")
	area.line(n, step, inkColour, "2 3")
	d.caption("full red line: false alarms, the true level never changes")
	d.caption("dashed blue: one session in the middle is 3 SD lower; dotted black: from the middle on all are 2 SD lower")
	d.caption(fmt.Sprintf("k %g, baseline of %d, typical SD %g; simulated with normal error of that SD", p.K, p.MinBaseline, p.S0))
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
	title := fmt.Sprintf("%s: chance of a false alarm in %d sessions %.0f %%", course.Course, course.N, 100*course.FalseAlarm)
	area := d.panel(title, 130, x[0], x[len(x)-1], low-margin, high+margin)
	if len(ready) > 0 {
		area.band(ready, lower, upper, bandColour)
	}
	area.line(x, y, mainColour, "")
	for _, point := range points {
		colour := mainColour
		if point.Level == alliance.Red {
			colour = alarmColour
		}
		area.dot(float64(point.Session), point.Value, colour, point.Level == alliance.Red)
	}
}
