package ui

import "html/template"

// Badge is a state in a word or two, with its mark: part "badge".
type Badge struct {
	Tone string // "steady", "strain", "rupture", "info", "danger", or "" for neutral
	Icon string
	Text string
}

// RuptureBadge is the badge of a rupture's state, in the words of the domain
// (possible, open, named, repaired, set_aside, passed, ended). A state it does not
// know is shown as it is.
func RuptureBadge(state string) Badge {
	switch state {
	case "possible":
		return Badge{"rupture", "dip", "Possible rupture"}
	case "open":
		return Badge{"rupture", "tear", "Rupture open"}
	case "named":
		return Badge{"rupture", "message", "Talked about"}
	case "repaired":
		return Badge{"steady", "mend", "Repaired"}
	case "set_aside":
		return Badge{"", "clock", "Set aside for now"}
	case "passed":
		return Badge{"steady", "even", "Passed"}
	case "ended":
		return Badge{"", "dash", "Ended"}
	}
	return Badge{Icon: "info", Text: state}
}

// SignalBadge is the badge of the one thing to know about a session: steady,
// strain, dip, off_track, no_checkin, milestone, new, waiting, safety.
func SignalBadge(kind string) Badge {
	switch kind {
	case "steady":
		return Badge{"steady", "even", "Steady"}
	case "strain":
		return Badge{"strain", "wave", "Strain"}
	case "dip":
		return Badge{"rupture", "dip", "Alliance dip"}
	case "off_track":
		return Badge{"strain", "off", "Not on track"}
	case "no_checkin":
		return Badge{"info", "info", "No check-in"}
	case "milestone":
		return Badge{"steady", "flag", "Milestone"}
	case "new":
		return Badge{"info", "plus", "New"}
	case "waiting":
		return Badge{"", "clock", "Waiting"}
	case "safety":
		return Badge{"danger", "alert", "Safety"}
	}
	return Badge{Icon: "info", Text: kind}
}

// Note is something to know before going on: part "note". Where it needs more than
// text, a page writes its own <div class="note TONE">.
type Note struct {
	Tone  string // as of a Badge
	Icon  string // "info" when empty
	Title string // may be empty
	Text  []string
	Href  string // a way on, may be empty
	Link  string // the words of that way
}

// CardHead is the heading of a <section class="card" aria-labelledby="ID">, with a
// link or an aside beside it: part "card-head".
type CardHead struct {
	ID    string
	Title string
	Href  string
	Link  string
	Aside string // soft words, such as "3 open"
}

// Table is rows under headings: part "table". On phones it becomes labelled rows.
type Table struct {
	Caption string
	Hidden  bool // the caption is only for screen readers
	Columns []Column
	Rows    [][]Cell // the first cell of each heads its row
}

// Column is the heading of a column; End sets its numbers to the right.
type Column struct {
	Label string
	End   bool
}

// Cell is what stands in a row. Name and Badge win over Text.
type Cell struct {
	Text  string
	Href  string        // makes a link of it
	Name  template.HTML // from Prefs.Name
	Badge Badge
}

// Step is one step on a way: part "steps" takes Steps.
type Step struct {
	Title   string
	Text    string
	Done    bool
	Current bool
}

// Steps is a way with its steps: part "steps".
type Steps struct {
	Across bool // side by side where there is room; then Text is not shown
	Items  []Step
}

// TimelineItem is a moment on the thread; a []TimelineItem, newest first, is part
// "timeline".
type TimelineItem struct {
	Icon  string
	Title string
	When  string
	Text  string
	Apart bool // a rupture lies between this moment and the one below it
	Href  string
	Link  string
}

// DayRow is a session in the day list, with the one thing to know; a []DayRow is
// part "day".
type DayRow struct {
	When   string        // "10:00"
	Who    template.HTML // from Prefs.Name
	About  string        // "Session 15 · Room 2"
	Badge  Badge
	Text   string
	Next   bool // this is the session to open now: its button is the filled one
	Href   string
	Action string // "Open brief"
	Gap    bool   // no session: only When, Text and perhaps a link
}

// Empty is what stands where there is nothing yet: part "empty".
type Empty struct {
	Icon   string
	Title  string
	Text   string
	Href   string
	Action string
}

// Tabs are views of one thing, each at its own address: part "tabs".
type Tabs struct {
	Label string // what they are views of
	Items []Tab
}

// Tab is one view.
type Tab struct {
	Href    string
	Label   string
	Count   int // 0 shows nothing
	Current bool
}

// Stat is a figure with what it means; a []Stat is part "stats".
type Stat struct {
	Label  string
	Figure string // "74%", or "Hidden" below five people
	Text   string
}

// Fact is a name and what it is; a []Fact is part "facts".
type Fact struct {
	Name string
	Is   string
}

// Article is a text with its author, as readers see it and as its author previews it: part "article".
type Article struct {
	Title      string
	Author     string
	AuthorHref string // of the author's page; may be empty
	Date       string // "May 4, 2026"; empty while it is a draft
	ISO        string // the date for machines
	Minutes    int    // how long it takes to read
	Summary    string
	Body       template.HTML // from Prose
}
