package chart

import (
	"html/template"
	"math"
	"sort"
	"strconv"
)

// Alliance is how connected the sessions of a course felt, 0 to 10, against the
// client's own usual range.
type Alliance struct {
	ID      string // unique on the page
	Finding string // what the chart shows, in a sentence; names the ringed points and how often chance alone makes one
	Client  []AlliancePoint
	// Therapist is the other side's view, drawn hollow; shown on request only.
	Therapist []AlliancePoint
	Ruptures  []RuptureSpan
	Note      string // how the range is made
}

// AlliancePoint is one session's check-in.
type AlliancePoint struct {
	Session int
	Score   float64 // 0 to 10
	Usual   Range   // at this session; none before the baseline is full
	Below   bool    // under the usual range: ringed
}

// RuptureSpan is a rupture from the session where it was noticed to the one where
// it ended, or to the latest.
type RuptureSpan struct {
	From, To int
	State    string // as the domain names it: open, named, repaired...
}

// word is the span's state as the chart writes it.
func (r RuptureSpan) word() string {
	switch r.State {
	case "named":
		return "talked about"
	case "set_aside":
		return "set aside"
	}
	return r.State
}

// Draw makes the figure.
func (a Alliance) Draw() template.HTML {
	if len(a.Client) == 0 && len(a.Therapist) == 0 {
		return nothing("No check-ins yet. Ask in the room.")
	}
	sessions := a.sessions()
	x := axis{float64(sessions[0]), float64(sessions[len(sessions)-1]), left, right}
	y := axis{0, 10, bottom, top}
	var d drawing
	d.open(a.ID, a.Finding, 170)
	a.spans(&d, x, half(sessions, x))
	a.bands(&d, x, y, half(sessions, x))
	d.grid(y, []float64{0, 5, 10})
	a.series(&d, x, y)
	a.marks(&d, x)
	var names []label
	for _, s := range sessions {
		names = append(names, label{float64(s), strconv.Itoa(s)})
	}
	d.labels(x, names)
	d.add(`</svg>`)
	a.key(&d)
	heads, rows := a.rows(sessions)
	return d.table("Alliance by session", a.Note, heads, rows)
}

// sessions are the numbers of all sessions shown, in order, at least one.
func (a Alliance) sessions() []int {
	seen := map[int]bool{}
	for _, side := range [][]AlliancePoint{a.Client, a.Therapist} {
		for _, p := range side {
			seen[p.Session] = true
		}
	}
	var numbers []int
	for s := range seen {
		numbers = append(numbers, s)
	}
	sort.Ints(numbers)
	return numbers
}

// half is half the room that one session has along the bottom, in percent.
func half(sessions []int, x axis) float64 {
	n := sessions[len(sessions)-1] - sessions[0]
	if n == 0 {
		return 3
	}
	return (x.to - x.from) / float64(n) / 2
}

// bands draws the usual range, a step for each session that has one, and its limits.
func (a Alliance) bands(d *drawing, x, y axis, half float64) {
	var run []AlliancePoint
	flush := func() {
		if len(run) == 0 {
			return
		}
		var xs, lows, highs []float64
		for i, p := range run {
			usual := p.Usual.clip(y.low, y.high)
			from, to := x.at(float64(p.Session))-half, x.at(float64(p.Session))+half
			if i > 0 {
				from = xs[len(xs)-1] // sessions without a check-in belong to the one before
			}
			xs = append(xs, math.Max(from, x.from-2), math.Min(to, x.to+2))
			lows = append(lows, y.at(usual.Low), y.at(usual.Low))
			highs = append(highs, y.at(usual.High), y.at(usual.High))
		}
		d.inner(`<polygon class="c-band" points="` + points(xs, lows) + " " + points(reversed(xs), reversed(highs)) + `"/>` +
			`<polyline class="c-limit" points="` + points(xs, lows) + `"/><polyline class="c-limit" points="` + points(xs, highs) + `"/>`)
		run = nil
	}
	for _, p := range a.Client {
		if p.Usual.none() {
			flush()
			continue
		}
		run = append(run, p)
	}
	flush()
}

func reversed(list []float64) []float64 {
	back := make([]float64, len(list))
	for i, v := range list {
		back[len(list)-1-i] = v
	}
	return back
}

// spans tints the time of each rupture.
func (a Alliance) spans(d *drawing, x axis, half float64) {
	for _, r := range a.Ruptures {
		from := math.Max(x.at(float64(r.From))-half, left-2)
		to := math.Min(x.at(float64(r.To))+half, right+2)
		if to > from {
			d.add(`<rect class="c-apart" x="%s" width="%s" y="9%%" height="77%%"/>`, pc(from), pc(to-from))
		}
	}
}

// series draws both sides: the client filled, the therapist hollow.
func (a Alliance) series(d *drawing, x, y axis) {
	for _, side := range []struct {
		points []AlliancePoint
		class  string
	}{{a.Therapist, "c-line c-other"}, {a.Client, "c-line"}} {
		if len(side.points) == 0 {
			continue
		}
		var xs, ys []float64
		for _, p := range side.points {
			xs, ys = append(xs, x.at(float64(p.Session))), append(ys, y.at(p.Score))
		}
		d.inner(`<polyline class="` + side.class + `" points="` + points(xs, ys) + `"/>`)
	}
	for _, p := range a.Therapist {
		d.add(`<rect class="c-away" x="%s" y="%s" width="8" height="8" transform="translate(-4 -4)"/>`, pc(x.at(float64(p.Session))), pc(y.at(p.Score)))
	}
	for _, p := range a.Client {
		class, radius := "c-dot", "3.5"
		if p.Below {
			class, radius = "c-out", "5"
		}
		d.add(`<circle class="%s" cx="%s" cy="%s" r="%s"/>`, class, pc(x.at(float64(p.Session))), pc(y.at(p.Score)), radius)
	}
}

// marks writes the state of each rupture above it; a word only where it has room.
func (a Alliance) marks(d *drawing, x axis) {
	free := 0.0
	for _, r := range a.Ruptures {
		at := (x.at(float64(r.From)) + x.at(float64(r.To))) / 2
		mark, text, path := "c-tear", "t-tear", tearPath
		if r.State == "repaired" {
			mark, text, path = "c-mend", "t-mend", mendPath
			at = x.at(float64(r.To))
		}
		d.mark(mark, path, at, markLine)
		free = d.word(text, at, markLine, free, r.word())
	}
}

// key says which side is which, when both are shown.
func (a Alliance) key(d *drawing) {
	if len(a.Therapist) == 0 {
		return
	}
	d.add(`<ul class="key"><li><svg aria-hidden="true"><circle class="c-dot" cx="14" cy="8" r="3.5"/></svg> client</li>` +
		`<li><svg aria-hidden="true"><rect class="c-away" x="10" y="4" width="8" height="8"/></svg> therapist</li></ul>`)
}

// rows is the chart as a table.
func (a Alliance) rows(sessions []int) (heads []string, rows [][]string) {
	heads = []string{"Session", "Score", "Usual range"}
	if len(a.Therapist) > 0 {
		heads = append(heads, "Therapist")
	}
	if len(a.Ruptures) > 0 {
		heads = append(heads, "Rupture")
	}
	client, therapist := bySession(a.Client), bySession(a.Therapist)
	for _, s := range sessions {
		row := []string{strconv.Itoa(s), "No check-in", "Too early"}
		if p, ok := client[s]; ok {
			row[1] = num(p.Score)
			if p.Below {
				row[1] += ", below"
			}
			if !p.Usual.none() {
				usual := p.Usual.clip(0, 10)
				row[2] = num(usual.Low) + " to " + num(usual.High)
			}
		} else {
			row[2] = ""
		}
		if len(a.Therapist) > 0 {
			view := ""
			if p, ok := therapist[s]; ok {
				view = num(p.Score)
			}
			row = append(row, view)
		}
		if len(a.Ruptures) > 0 {
			row = append(row, a.state(s))
		}
		rows = append(rows, row)
	}
	return heads, rows
}

// state is the word for the rupture that session s lies in, if any.
func (a Alliance) state(s int) string {
	for _, r := range a.Ruptures {
		if s >= r.From && s <= r.To {
			return r.word()
		}
	}
	return ""
}

func bySession(side []AlliancePoint) map[int]AlliancePoint {
	found := map[int]AlliancePoint{}
	for _, p := range side {
		found[p.Session] = p
	}
	return found
}
