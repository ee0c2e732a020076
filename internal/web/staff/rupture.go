package staff

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var tendPage = ui.Parse(pages, ui.Staff, "tend.html")

func addRupture(g *route.Registry) {
	object := []route.Object{{Param: "rupture", Type: "rupture"}}
	text := route.Field{Name: "text", Max: 4000}
	kind := route.Field{Name: "kind", Max: 20, Line: true}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/ruptures/{rupture}", Name: "staff.rupture", Right: access.ReadRupture, Auth: route.SignIn,
			Objects: object, Success: []int{http.StatusSeeOther}, Do: ruptureOf},
		route.Route{Method: http.MethodPost, Pattern: "/ruptures/{rupture}/talk", Name: "staff.rupture.talk", Right: access.TendRupture,
			Auth: route.SignIn, Objects: object, Do: talk, Faulty: tendAgain,
			Fields: []route.Field{{Name: "number", Max: 6, Line: true}, {Name: "strategies", Max: 30, Many: true, Line: true}, text}},
		route.Route{Method: http.MethodPost, Pattern: "/ruptures/{rupture}/describe", Name: "staff.rupture.describe", Right: access.TendRupture,
			Auth: route.SignIn, Objects: object, Fields: []route.Field{kind, text}, Do: describe, Faulty: tendAgain},
		route.Route{Method: http.MethodPost, Pattern: "/ruptures/{rupture}/propose", Name: "staff.rupture.propose", Right: access.TendRupture,
			Auth: route.SignIn, Objects: object, Do: propose},
		route.Route{Method: http.MethodPost, Pattern: "/courses/{course}/notice/{client}", Name: "staff.rupture.notice", Right: access.TendRupture,
			Auth: route.SignIn, Objects: []route.Object{{Param: "course", Type: "course"}, {Param: "client", Type: "client"}},
			Fields: []route.Field{kind, text}, Do: notice, Faulty: tendAgain},
	)
}

// ruptureOf leads to the brief in which a rupture stands.
func ruptureOf(w http.ResponseWriter, v *route.Visit) error {
	if !v.By.Staff() {
		return fault.NotFound()
	}
	r, err := rupture.One(v.Context(), v.DB, v.By, rupture.ID(v.PathValue("rupture")))
	if err != nil {
		return err
	}
	path := "/courses/" + string(r.CourseID) + "?client=" + string(r.ClientID)
	if said := v.Said(); said != "" {
		path += "&said=" + said
	}
	return v.See(w, path)
}

func talk(w http.ResponseWriter, v *route.Visit) error {
	id := rupture.ID(v.PathValue("rupture"))
	number, _ := v.Form.Number("number") // none is the latest
	err := rupture.RecordTalk(v.Context(), v.DB, v.By, id,
		rupture.Talk{Number: number, Strategies: v.Form.All("strategies"), Text: v.Form.Text("text")})
	if err != nil {
		return err
	}
	return v.See(w, "/ruptures/"+string(id)+"?said=saved")
}

func describe(w http.ResponseWriter, v *route.Visit) error {
	id := rupture.ID(v.PathValue("rupture"))
	err := rupture.Describe(v.Context(), v.DB, v.By, id, rupture.Kind(v.Form.Text("kind")), v.Form.Text("text"))
	if err != nil {
		return err
	}
	return v.See(w, "/ruptures/"+string(id)+"?said=saved")
}

func propose(w http.ResponseWriter, v *route.Visit) error {
	id := rupture.ID(v.PathValue("rupture"))
	if err := rupture.Propose(v.Context(), v.DB, v.By, id); err != nil {
		return err
	}
	return v.See(w, "/ruptures/"+string(id)+"?said=saved")
}

func notice(w http.ResponseWriter, v *route.Visit) error {
	id, err := rupture.Notice(v.Context(), v.DB, v.By, practice.CourseID(v.PathValue("course")), practice.ClientID(v.PathValue("client")),
		0, rupture.Kind(v.Form.Text("kind")), v.Form.Text("text"))
	if err != nil {
		return err
	}
	return v.See(w, "/ruptures/"+string(id)+"?said=saved")
}

type tendAgainView struct {
	Faults     []fault.Fault
	Action     string
	Number     string
	Strategies *ui.Choices
	Kinds      *ui.Choices
	Text       ui.Field
}

// tendAgain shows a form about a rupture again, with what was typed.
func tendAgain(w http.ResponseWriter, v *route.Visit) error {
	view := tendAgainView{Faults: v.Faults, Action: v.URL.Path, Number: v.Form.Text("number"), Text: ui.Field{Name: "text", Type: "textarea",
		Label: "What happened", Value: v.Form.Text("text"), MaxLength: 4000, Rows: 5, Error: ui.FaultIn(v.Faults, "text"),
		Hint: "You and your supervisor read it."}}
	if v.Route.Name == "staff.rupture.talk" {
		view.Strategies = &ui.Choices{Name: "strategies", Legend: "What was tried?", Multiple: true,
			Options: ui.Pick(strategyOptions(), v.Form.All("strategies")...), Error: ui.FaultIn(v.Faults, "strategies")}
	} else {
		view.Kinds = &ui.Choices{Name: "kind", Legend: "Which way did it move?", Options: ui.Pick(kinds, v.Form.Text("kind")),
			Error: ui.FaultIn(v.Faults, "kind")}
	}
	return v.Page(w, tendPage, frame(v, "Clients"), view)
}

func strategyOptions() []ui.Option {
	var options []ui.Option
	for _, s := range rupture.Strategies {
		options = append(options, ui.Option{Value: s.Code, Label: s.Words})
	}
	return options
}
