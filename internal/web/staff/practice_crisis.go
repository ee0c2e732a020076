package staff

import (
	"html/template"
	"net/http"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var crisisPage = ui.Parse(pages, ui.Staff, "practice_crisis.html")

var versionField = route.Field{Name: "version", Max: 20, Line: true}

func addCrisis(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/practice/crisis", Name: "staff.crisis", Right: access.ConfirmSettings, Auth: route.SignIn, Do: crisisText},
		route.Route{Method: http.MethodPost, Pattern: "/practice/crisis", Name: "staff.crisis.propose", Right: access.WriteSettings, Auth: route.SignIn,
			Fields: []route.Field{versionField, {Name: "crisis", Max: 20000}}, Do: proposeCrisis, Faulty: crisisText},
		route.Route{Method: http.MethodPost, Pattern: "/practice/crisis/decide", Name: "staff.crisis.decide", Right: access.ConfirmSettings, Auth: route.SignIn,
			Fields: []route.Field{versionField, {Name: "decide", Max: 10, Line: true}}, Do: decideCrisis, Faulty: crisisText},
	)
}

type crisisView struct {
	Faults  []fault.Fault
	Version int64
	Now     template.HTML // the text as it stands
	BuiltIn bool
	Pending *pendingText
	MayEdit bool
	Text    ui.Field
}

// pendingText is a proposed text that waits.
type pendingText struct {
	Text  template.HTML
	Empty bool // the built-in text again
	By    string
	At    time.Time
	Mine  bool
}

func crisisText(w http.ResponseWriter, v *route.Visit) error {
	builtIn, err := texts.Read(texts.Crisis)
	if err != nil {
		return err
	}
	p := v.Practice
	view := crisisView{Faults: v.Faults, Version: p.Version, BuiltIn: p.Crisis == "", MayEdit: access.Of(v.By, access.WriteSettings) != 0}
	now := p.Crisis
	if now == "" {
		now = builtIn.Body
	}
	view.Now = ui.ProseStraight(now)
	typed := now
	if v.Form.Has("crisis") {
		typed = v.Form.Raw("crisis")
	}
	view.Text = ui.Field{Name: "crisis", Type: "textarea", Rows: 16, Label: "New text", Value: typed, Error: ui.FaultIn(v.Faults, "crisis"),
		Hint: "Markdown. Name numbers that are answered at any hour, and say that messages here are not watched. Left empty, the built-in text is used.", Optional: true}
	if pending := p.CrisisPending; pending != nil {
		view.Pending = &pendingText{Text: ui.ProseStraight(pending.Text), Empty: pending.Text == "", At: pending.At, Mine: pending.By == v.By.ID, By: "Someone"}
		if s, err := practice.Colleague(v.Context(), v.DB, practice.StaffID(pending.By)); err == nil {
			view.Pending.By = s.Name
		}
	}
	return v.Page(w, crisisPage, frame(v, "Practice"), view)
}

// versionOf is the version of the settings that a form was made from; 0, which is none, where it is not a number.
func versionOf(v *route.Visit) int64 {
	n, _ := strconv.ParseInt(v.Form.Text("version"), 10, 64)
	return n
}

func proposeCrisis(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.ProposeCrisis(v.Context(), v.DB, v.By, versionOf(v), v.Form.Text("crisis")); err != nil {
		return err
	}
	err := letter.SecondWord(v.Context(), v.DB, v.By, "/practice/crisis", access.Owner, access.Supervisor, access.Coordinator)
	if err != nil {
		return err
	}
	return v.See(w, "/practice/crisis?said=proposed")
}

func decideCrisis(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.DecideCrisis(v.Context(), v.DB, v.By, versionOf(v), v.Form.Text("decide") == "yes"); err != nil {
		return err
	}
	return v.See(w, "/practice/crisis?said=saved")
}
