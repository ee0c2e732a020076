// Package chart draws the figures of a record: the sentence they show, a drawing
// that needs neither color nor script, and a table that says the same.
package chart

import (
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
)

// The plane of every chart, in percent of the drawing, so that text keeps one size
// at any width.
const (
	left, right = 7.0, 97.0
	top, bottom = 14.0, 86.0
	markLine    = 6.0  // where marks of ruptures stand
	labelLine   = 98.0 // where sessions are named
	wordsTurn   = 70.0 // words right of this stand left of their mark
)

// Range is from Low to High; the zero Range is none.
type Range struct{ Low, High float64 }

func (r Range) none() bool { return r == Range{} }

// clip is the range as far as it lies between low and high.
func (r Range) clip(low, high float64) Range {
	return Range{math.Max(low, math.Min(high, r.Low)), math.Max(low, math.Min(high, r.High))}
}

// axis maps values to percent of the drawing.
type axis struct{ low, high, from, to float64 }

func (a axis) at(v float64) float64 {
	if a.high == a.low {
		return (a.from + a.to) / 2
	}
	return a.from + (a.to-a.from)*(v-a.low)/(a.high-a.low)
}

// drawing collects markup. Text goes in through esc only.
type drawing struct{ strings.Builder }

func (d *drawing) add(format string, values ...any) { fmt.Fprintf(d, format, values...) }

func esc(text string) string { return template.HTMLEscapeString(text) }

// pc is a percent coordinate to a tenth, which is finer than a pixel.
func pc(v float64) string { return num(v) + "%" }

// num is a number to a tenth, for people and for coordinates.
func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10+0, 'f', -1, 64) }

// points is a list for a polyline in the inner plane of 1000 by 1000.
func points(xs, ys []float64) string {
	list := make([]string, len(xs))
	for i := range xs {
		list[i] = num(xs[i]*10) + "," + num(ys[i]*10)
	}
	return strings.Join(list, " ")
}

// inner wraps lines, which are drawn in a plane that stretches with the page.
func (d *drawing) inner(shape string) {
	d.add(`<svg width="100%%" height="100%%" viewBox="0 0 1000 1000" preserveAspectRatio="none">%s</svg>`, shape)
}

// open begins the figure: the finding, and the drawing labelled by it.
func (d *drawing) open(id, finding string, height int) {
	d.add(`<figure class="stack tight"><figcaption id="%[1]s-finding">%[2]s</figcaption>`+
		`<svg class="chart" role="img" aria-labelledby="%[1]s-finding" width="100%%" height="%[3]d">`, esc(id), esc(finding), height)
}

// grid draws the lines of the values in ticks and names them.
func (d *drawing) grid(y axis, ticks []float64) {
	for _, tick := range ticks {
		d.add(`<line class="c-grid" x1="%s" x2="%s" y1="%[3]s" y2="%[3]s"/><text x="0" y="%[3]s" dy="4">%[4]s</text>`,
			pc(left), pc(right), pc(y.at(tick)), num(tick))
	}
}

// label is a name below the plane.
type label struct {
	at   float64
	text string
}

// labels names at most six places along the bottom, always the first.
func (d *drawing) labels(x axis, all []label) {
	step := (len(all) + 5) / 6
	for i := 0; i < len(all); i += step {
		d.add(`<text x="%s" y="%s" text-anchor="middle">%s</text>`, pc(x.at(all[i].at)), pc(labelLine), esc(all[i].text))
	}
}

// room is about how wide a word is, in percent of the narrowest drawing.
func room(word string) float64 { return float64(len(word)) * 3.2 }

// word sets a word beside a mark at x, on the side where there is room, unless it
// would begin before free. It returns where the next word may begin.
func (d *drawing) word(class string, x, y, free float64, text string) float64 {
	const gap = 7 // from the middle of the mark
	start, end, place := x-4, x+gap+room(text), `dx="16"`
	if x > wordsTurn {
		start, end, place = x-gap-room(text), x+4, `dx="-16" text-anchor="end"`
	}
	if start < free {
		return free
	}
	d.add(`<text class="%s" x="%s" y="%s" dy="4" %s>%s</text>`, class, pc(x), pc(y), place, esc(text))
	return end
}

// The marks of the thread, centred on their place (design reference, section 1).
const (
	tearPath = "M-11 0h6M5 0h6M-5 0l2-5M5 0l-2 5"
	mendPath = "M-11 0h22M-4-4v8M0-4v8M4-4v8"
	wavePath = "M-10 0c3-6 7-6 10 0s7 6 10 0"
	flagPath = "M-4 8V-8h9l-2 3 2 3H-4"
)

// mark draws a sign of the thread at x, y.
func (d *drawing) mark(class, path string, x, y float64) {
	d.add(`<svg x="%s" y="%s" overflow="visible"><path class="%s" d="%s"/></svg>`, pc(x), pc(y), class, path)
}

// table closes the drawing and says the same in rows, with a note on how to read it.
func (d *drawing) table(name, note string, heads []string, rows [][]string) template.HTML {
	d.add(`<details><summary>Table and key</summary>`)
	if note != "" {
		d.add(`<p class="tiny soft">%s</p>`, esc(note))
	}
	d.add(`<section class="scroll" tabindex="0" aria-label="%s"><table class="table"><thead><tr>`, esc(name))
	for _, head := range heads {
		d.add(`<th scope="col">%s</th>`, esc(head))
	}
	d.add(`</tr></thead><tbody>`)
	for _, row := range rows {
		d.add(`<tr><th scope="row">%s</th>`, esc(row[0]))
		for _, cell := range row[1:] {
			d.add(`<td>%s</td>`, esc(cell))
		}
		d.add(`</tr>`)
	}
	d.add(`</tbody></table></section></details></figure>`)
	return template.HTML(d.String())
}

// nothing is a figure without anything to draw yet.
func nothing(words string) template.HTML {
	return template.HTML(`<figure class="stack tight"><figcaption class="soft">` + esc(words) + `</figcaption></figure>`)
}
