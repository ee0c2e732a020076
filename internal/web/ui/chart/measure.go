package chart

import (
	"html/template"
	"math"
)

// Measure is the score of a questionnaire over a course, over its full range, with
// what was to be expected from the start.
type Measure struct {
	ID        string // unique on the page
	Finding   string // what the chart shows, in a sentence
	Name      string // of the measure, for the table: "PHQ-9 by session"
	Along     string // what the points are named by: "Session", "Week"
	Low, High float64
	Points    []MeasurePoint // in order
	Expected  []Expectation  // in order; may be empty or reach beyond the points
	Note      string         // which way is better, and where the band comes from
}

// MeasurePoint is one score.
type MeasurePoint struct {
	At    float64 // place along the bottom, such as the session's number
	Label string  // its name there
	Score float64
}

// Expectation is where the central 80 % of people with this start are expected to be.
type Expectation struct {
	At float64
	Range
}

// Draw makes the figure.
func (m Measure) Draw() template.HTML {
	if len(m.Points) == 0 {
		return nothing("No answers yet.")
	}
	x, y := m.axes()
	var d drawing
	d.open(m.ID, m.Finding, 170)
	m.band(&d, x, y)
	d.grid(y, ticks(m.Low, m.High))
	m.line(&d, x, y)
	var names []label
	for _, p := range m.Points {
		names = append(names, label{p.At, p.Label})
	}
	d.labels(x, names)
	d.add(`</svg>`)
	heads, rows := m.rows()
	return d.table(m.Name, m.Note, heads, rows)
}

func (m Measure) axes() (x, y axis) {
	first, last := m.Points[0].At, m.Points[len(m.Points)-1].At
	if n := len(m.Expected); n > 0 {
		first, last = math.Min(first, m.Expected[0].At), math.Max(last, m.Expected[n-1].At)
	}
	return axis{first, last, left, right}, axis{m.Low, m.High, bottom, top}
}

func (m Measure) band(d *drawing, x, y axis) {
	if len(m.Expected) < 2 {
		return
	}
	var xs, lows, highs []float64
	for _, e := range m.Expected {
		r := e.clip(m.Low, m.High)
		xs, lows, highs = append(xs, x.at(e.At)), append(lows, y.at(r.Low)), append(highs, y.at(r.High))
	}
	d.inner(`<polygon class="c-band" points="` + points(xs, lows) + " " + points(reversed(xs), reversed(highs)) + `"/>`)
}

// line draws the scores and prints the first and the last.
func (m Measure) line(d *drawing, x, y axis) {
	var xs, ys []float64
	for _, p := range m.Points {
		xs, ys = append(xs, x.at(p.At)), append(ys, y.at(p.Score))
	}
	d.inner(`<polyline class="c-line" points="` + points(xs, ys) + `"/>`)
	for i := range xs {
		d.add(`<circle class="c-dot" cx="%s" cy="%s" r="3.5"/>`, pc(xs[i]), pc(ys[i]))
	}
	last := len(xs) - 1
	d.add(`<text class="strong" x="%s" y="%s" dx="2" dy="-10">%s</text>`, pc(xs[0]), pc(ys[0]), num(m.Points[0].Score))
	if last > 0 {
		d.add(`<text class="strong" x="%s" y="%s" dy="-10" text-anchor="middle">%s</text>`, pc(xs[last]), pc(ys[last]), num(m.Points[last].Score))
	}
}

// rows is the chart as a table.
func (m Measure) rows() (heads []string, rows [][]string) {
	heads = []string{m.Along, "Score"}
	if len(m.Expected) > 0 {
		heads = append(heads, "Expected")
	}
	for _, p := range m.Points {
		row := []string{p.Label, num(p.Score)}
		if len(m.Expected) > 0 {
			words := ""
			for _, e := range m.Expected {
				if e.At == p.At {
					r := e.clip(m.Low, m.High)
					words = num(r.Low) + " to " + num(r.High)
				}
			}
			row = append(row, words)
		}
		rows = append(rows, row)
	}
	return heads, rows
}

// ticks are two to four round values from low to high.
func ticks(low, high float64) []float64 {
	step := 1.0
	for _, next := range []float64{1, 2, 5, 10, 20, 25, 50, 100} {
		step = next
		if (high-low)/step < 4 {
			break
		}
	}
	var all []float64
	for v := math.Ceil(low/step) * step; v <= high; v += step {
		all = append(all, v)
	}
	return all
}
