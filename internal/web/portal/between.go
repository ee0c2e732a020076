package portal

import (
	"fmt"
	"html/template"
	"net/http"
	"strconv"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/rupture"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/web/ui/chart"
)

var betweenPage = ui.Parse(pages, ui.Client, "between.html")

func addBetween(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/between", Name: "portal.between", Right: access.ReadRupture, Auth: route.SignIn, Clients: true, Do: between},
		route.Route{Method: http.MethodPost, Pattern: "/between/{rupture}", Name: "portal.between.say", Right: access.SayRupture, Auth: route.SignIn, Clients: true,
			Objects: []route.Object{{Param: "rupture", Type: "rupture"}},
			Fields:  []route.Field{{Name: "better", Max: 20, Line: true}, {Name: "wish", Max: 20, Line: true}, {Name: "text", Max: 4000}},
			Do:      sayBetween, Faulty: between},
	)
}

type betweenView struct {
	Bonds  []betweenBond
	Faults []fault.Fault
}

type betweenBond struct {
	First  string
	Thread template.HTML // where there is something to draw
	All    []betweenOne
}

// betweenOne is one strain as the client told it.
type betweenOne struct {
	Title  string
	When   string
	Badge  ui.Badge
	Text   string
	Events []ui.TimelineItem
	Action string // empty once it is over
	Better ui.Choices
	Wish   ui.Choices
	Words  ui.Field
}

func between(w http.ResponseWriter, v *route.Visit) error {
	all, err := bonds(v)
	if err != nil {
		return err
	}
	view := betweenView{Faults: v.Faults}
	for i, b := range all {
		one := betweenBond{First: b.first}
		if len(b.ruptures) > 0 {
			one.Thread = threadOf(b, "thread-"+strconv.Itoa(i))
		}
		for _, r := range b.ruptures {
			told, err := strainOf(v, b, r)
			if err != nil {
				return err
			}
			one.All = append(one.All, told)
		}
		view.Bonds = append(view.Bonds, one)
	}
	return v.Page(w, betweenPage, frame(v, "Between us"), view)
}

// threadOf draws the course as the two threads: torn where something was open,
// stitched where the client said that it is better.
func threadOf(b bond, id string) template.HTML {
	t := chart.Thread{ID: id, First: 1, Last: 1}
	for _, a := range b.times {
		t.Last = max(t.Last, a.Number)
	}
	repaired := 0
	for _, r := range b.ruptures {
		t.Marks = append(t.Marks, chart.ThreadMark{Session: r.Start, Kind: markKind(r), Words: "Something felt off"})
		t.Last = max(t.Last, r.Start)
		if r.State == rupture.Repaired {
			repaired++
			end := lastNumber(r)
			t.Last = max(t.Last, end)
			t.Marks = append(t.Marks, chart.ThreadMark{Session: end, Kind: "repaired", Words: "You said it is better"})
		}
	}
	t.Finding = threadFinding(len(b.ruptures), repaired)
	return t.Draw()
}

// markKind is how the beginning is drawn: torn where somebody said that something
// was off and it was not over by itself, else a wave.
func markKind(r rupture.Rupture) string {
	if r.State == rupture.Open || r.State == rupture.Named || r.State == rupture.Repaired || r.State == rupture.SetAside {
		return "rupture"
	}
	return "strain"
}

func lastNumber(r rupture.Rupture) int {
	last := r.Start
	for _, e := range r.Timeline {
		last = max(last, e.Number)
	}
	return last
}

func threadFinding(all, repaired int) string {
	times := "Once"
	if all > 1 {
		times = sentence(number(all)) + " times"
	}
	switch {
	case repaired == 0:
		return times + " something felt off."
	case repaired == all:
		return times + " something felt off, and it was mended."
	}
	return times + " something felt off; " + number(repaired) + " of them mended."
}

// standingWords say how a rupture stands, as its client may read it.
func standingWords(r rupture.Rupture, first string) (ui.Badge, string) {
	switch r.State {
	case rupture.Possible:
		if r.NoticedBy == rupture.ByNumbers {
			return ui.Badge{Tone: "rupture", Icon: "wave", Text: "Perhaps something"}, fmt.Sprintf(
				"After session %d your answers were different from your earlier ones. You did not say that anything was off. Only you know whether there was something.", r.Start)
		}
		return ui.Badge{Tone: "rupture", Icon: "wave", Text: "Perhaps something"}, fmt.Sprintf("After session %d one of you was not sure whether something was off.", r.Start)
	case rupture.Open:
		return ui.Badge{Tone: "rupture", Icon: "tear", Text: "Open"}, fmt.Sprintf("Something has felt off since session %d, and you have not talked about it yet.", r.Start)
	case rupture.Named:
		return ui.Badge{Tone: "rupture", Icon: "message", Text: "Talked about"}, "You have talked about it. Whether it is better is yours to say."
	case rupture.SetAside:
		return ui.Badge{Icon: "clock", Text: "Set aside for now"}, "You said not yet. " + first + " does not raise it. You can, at any time."
	case rupture.Repaired:
		return ui.Badge{Tone: "steady", Icon: "mend", Text: "Repaired"}, "You said it is better."
	case rupture.Passed:
		return ui.Badge{Tone: "steady", Icon: "even", Text: "Passed"}, "Nobody said more about it, and it passed."
	}
	return ui.Badge{Icon: "dash", Text: "Ended"}, "Your work together ended before it was settled."
}

func strainOf(v *route.Visit, b bond, r rupture.Rupture) (betweenOne, error) {
	one := betweenOne{Title: "Session " + strconv.Itoa(r.Start), When: ui.DateLong(v.Practice.Location(), r.Opened)}
	one.Badge, one.Text = standingWords(r, b.first)
	for i := len(r.Timeline) - 1; i >= 0; i-- {
		if item, told := eventOf(v, r.Timeline[i], b.first); told {
			one.Events = append(one.Events, item)
		}
	}
	if !r.State.Current() {
		return one, nil
	}
	one.Action = "/between/" + string(r.ID)
	return one, one.ask(v, b)
}

// ask puts the questions of the check-in about what is open, in its words.
func (one *betweenOne) ask(v *route.Visit, b bond) error {
	library, err := measure.Instruments()
	if err != nil {
		return err
	}
	form, _ := library.Instrument("asc-client")
	item, _ := form.Item("asc-better")
	one.Better = ui.Choices{Name: "better", Legend: "How is it now?", Optional: true, Error: ui.FaultIn(v.Faults, "better")}
	for _, o := range item.Options {
		one.Better.Options = append(one.Better.Options, ui.Option{Value: o.Value.String(), Label: *o.Label, Checked: v.Form.Text("better") == o.Value.String()})
	}
	one.Wish = ui.Choices{Name: "wish", Legend: "What would you like to happen with it?", Optional: true, Error: ui.FaultIn(v.Faults, "wish"),
		Options: ui.Pick(wishes(b.first), v.Form.Text("wish"))}
	one.Words = ui.Field{Name: "text", Label: "Anything you would like to say about it", Type: "textarea", Optional: true, Autocomplete: "off", MaxLength: 4000,
		Hint: b.first + " reads it, and whoever supervises " + b.first + " can. Nobody who comes with you does.", Value: v.Form.Text("text")}
	return nil
}

// happened are the things that read the same whoever they are by.
var happened = map[rupture.What]ui.TimelineItem{
	rupture.TalkedOf:   {Icon: "message", Title: "It was talked about"},
	rupture.BetterNow:  {Icon: "mend", Title: "You said it is better"},
	rupture.PartlyNow:  {Icon: "wave", Title: "You said it is partly better"},
	rupture.SameNow:    {Icon: "wave", Title: "You said it is the same"},
	rupture.WorseNow:   {Icon: "tear", Title: "You said it is worse"},
	rupture.UnknownNow: {Icon: "info", Title: "You said you don’t see a difficult moment"},
	rupture.Faded:      {Icon: "even", Title: "It passed"},
	rupture.CourseEnd:  {Icon: "dash", Title: "Your work together ended"},
	rupture.TookBack:   {Icon: "message", Title: "You took it up again"},
}

// eventOf is one thing that happened, as the client may read it: their own words
// and how it stands, never the other side's words or numbers.
func eventOf(v *route.Visit, e rupture.Event, first string) (ui.TimelineItem, bool) {
	item, told := happened[e.What]
	mine := e.By == rupture.ByClient
	switch e.What {
	case rupture.Noticed:
		item, told = ui.TimelineItem{Icon: "wave", Title: "One of you noticed that something was off"}, true
		if mine {
			item.Title = "You noticed that something was off"
		}
		if e.By == rupture.ByNumbers {
			item.Title = "Your answers were different from before"
		}
	case rupture.WasOpened:
		item, told = ui.TimelineItem{Icon: "tear", Title: "It was open between you", Apart: true}, true
		if mine {
			item.Title = "You said you had not talked about it yet"
		}
	case rupture.Wished:
		item, told = ui.TimelineItem{Icon: "hand", Title: "You said what you would like", Text: wishSaid(e.Words.Wish, first)}, true
	case rupture.Told:
		item, told = ui.TimelineItem{Icon: "pen", Title: "You wrote", Text: e.Words.Text}, mine
	}
	item.When = ui.DateLong(v.Practice.Location(), e.At)
	return item, told
}

func sayBetween(w http.ResponseWriter, v *route.Visit) error {
	wish, err := wishOf(v.Form.Text("wish"))
	if err != nil {
		return err
	}
	better := rupture.What(v.Form.Text("better"))
	switch better {
	case "", rupture.BetterNow, rupture.PartlyNow, rupture.SameNow, rupture.WorseNow, rupture.UnknownNow:
	default:
		return fault.Invalid("better", "Choose one of the answers shown.")
	}
	say := rupture.Say{Better: better, Wish: wish, Text: v.Form.Text("text")}
	if err := rupture.ClientSays(v.Context(), v.DB, v.By, rupture.ID(v.PathValue("rupture")), say); err != nil {
		return err
	}
	return v.See(w, "/between?said=saved")
}
