package chart

import (
	"html/template"
	"sort"
	"strconv"
)

// Thread is a relationship over a course, as the two threads of the design: side by
// side while it holds, apart from a rupture to its repair.
type Thread struct {
	ID          string // unique on the page
	Finding     string // what the chart shows, in a sentence
	First, Last int    // sessions
	Marks       []ThreadMark
}

// ThreadMark is something that happened at a session.
type ThreadMark struct {
	Session int
	Kind    string // "rupture", "repaired", "strain" or "milestone"
	Words   string // what happened, for the table
}

const (
	threadLine = 45.0 // where the threads run, in percent of the height
	threadGap  = 3    // pixels from each thread to the middle
)

// Draw makes the figure.
func (t Thread) Draw() template.HTML {
	if t.Last < t.First {
		return nothing("No sessions yet.")
	}
	marks := append([]ThreadMark(nil), t.Marks...)
	sort.SliceStable(marks, func(i, j int) bool { return marks[i].Session < marks[j].Session })
	x := axis{float64(t.First), float64(t.Last), left, right}
	var d drawing
	d.open(t.ID, t.Finding, 96)
	t.threads(&d, x, marks)
	t.marks(&d, x, marks)
	d.add(`</svg>`)
	rows := make([][]string, 0, len(marks))
	for _, m := range marks {
		rows = append(rows, []string{strconv.Itoa(m.Session), m.Kind, m.Words})
	}
	return d.table("Ruptures and repairs by session", "", []string{"Session", "What", "In words"}, rows)
}

// marks draws what happened, with its session and its word where they have room.
func (t Thread) marks(d *drawing, x axis, marks []ThreadMark) {
	freeWord, freeNumber := -room("milestone"), 0.0
	for _, m := range marks {
		at := x.at(float64(m.Session))
		class, text, path := look(m.Kind)
		d.add(`<rect class="c-hole" x="%s" y="%s" width="28" height="14" transform="translate(-14 -7)"/>`, pc(at), pc(threadLine))
		d.mark(class, path, at, threadLine)
		if at-3 >= freeNumber {
			d.add(`<text x="%s" y="%s" text-anchor="middle">%d</text>`, pc(at), pc(labelLine-8), m.Session)
			freeNumber = at + 4
		}
		if half := room(m.Kind) / 2; at-half >= freeWord {
			d.add(`<text class="%s" x="%s" y="12%%" dy="4" text-anchor="middle">%s</text>`, text, pc(at), esc(m.Kind))
			freeWord = at + half
		}
	}
}

// look is how a kind of mark is drawn.
func look(kind string) (class, text, path string) {
	switch kind {
	case "rupture":
		return "c-tear", "t-tear", tearPath
	case "repaired":
		return "c-mend", "t-mend", mendPath
	case "milestone":
		return "c-mend", "t-mend", flagPath
	}
	return "c-wave", "strong", wavePath
}

// threads draws the two threads where they hold, and one dotted where they do not.
func (t Thread) threads(d *drawing, x axis, marks []ThreadMark) {
	from, torn := left, false
	until := func(to float64) {
		if to <= from {
			return
		}
		if torn {
			d.add(`<line class="c-torn" x1="%s" x2="%s" y1="%[3]s" y2="%[3]s"/>`, pc(from), pc(to), pc(threadLine))
		} else {
			d.add(`<g class="c-thread"><line x1="%[1]s" x2="%[2]s" y1="%[3]s" y2="%[3]s" transform="translate(0 -%[4]d)"/>`+
				`<line x1="%[1]s" x2="%[2]s" y1="%[3]s" y2="%[3]s" transform="translate(0 %[4]d)"/></g>`, pc(from), pc(to), pc(threadLine), threadGap)
		}
		from = to
	}
	for _, m := range marks {
		if m.Kind == "rupture" || m.Kind == "repaired" {
			until(x.at(float64(m.Session)))
			torn = m.Kind == "rupture"
		}
	}
	until(right)
}
