package staff

import (
	"html/template"
	"net/http"
	"strings"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	endingPage = ui.Parse(pages, ui.Staff, "ending.html")
	goalsPage  = ui.Parse(pages, ui.Staff, "goals.html")
)

func addEnding(g *route.Registry) {
	object := []route.Object{{Param: "course", Type: "course"}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/courses/{course}/end", Name: "staff.ending", Right: access.WriteCourse, Auth: route.SignIn,
			Objects: object, Do: ending},
		route.Route{Method: http.MethodPost, Pattern: "/courses/{course}/end", Name: "staff.ending.send", Right: access.WriteCourse, Auth: route.SignIn,
			Objects: object, Fields: []route.Field{{Name: "how", Max: 20, Line: true}, {Name: "words", Max: 4000}}, Do: endCourse, Faulty: ending},
		route.Route{Method: http.MethodGet, Pattern: "/courses/{course}/goals", Name: "staff.goals", Right: access.WriteCourse, Auth: route.SignIn,
			Objects: object, Do: goals},
		route.Route{Method: http.MethodPost, Pattern: "/courses/{course}/goals", Name: "staff.goals.keep", Right: access.WriteCourse, Auth: route.SignIn,
			Objects: object, Fields: []route.Field{{Name: "here", Max: 2000}, {Name: "goals", Max: 4000}}, Do: keepGoals, Faulty: goals},
	)
}

type endingView struct {
	Faults   []fault.Fault
	Who      template.HTML
	CourseID practice.CourseID
	Coming   int
	Torn     bool
	How      ui.Choices
	Words    ui.Field
	Over     bool
}

func ending(w http.ResponseWriter, v *route.Visit) error {
	c, err := caseload.ACourse(v.Context(), v.DB, v.By, practice.CourseID(v.PathValue("course")))
	if err != nil {
		return err
	}
	view := endingView{Faults: v.Faults, Who: whoOf(v, c.Clients), CourseID: c.Course.ID, Coming: c.Coming, Torn: c.Torn, Over: c.Course.State == "ended",
		How:   ui.Choices{Name: "how", Legend: "How did it end?", Required: true, Error: ui.FaultIn(v.Faults, "how")},
		Words: ui.Field{Name: "words", Type: "textarea", Label: "In a few words", Optional: true, Value: v.Form.Text("words"), MaxLength: 4000, Hint: "You, your supervisor and the client may read it.", Error: ui.FaultIn(v.Faults, "words")}}
	for _, way := range practice.EndingWays {
		view.How.Options = append(view.How.Options, ui.Option{Value: way.Code, Label: way.Words, Checked: way.Code == v.Form.Text("how")})
	}
	return v.Page(w, endingPage, frame(v, "Clients"), view)
}

func endCourse(w http.ResponseWriter, v *route.Visit) error {
	id := practice.CourseID(v.PathValue("course"))
	err := caseload.EndCourse(v.Context(), v.DB, v.By, id, practice.Ending{How: v.Form.Text("how"), Words: v.Form.Text("words")})
	if err != nil {
		return err
	}
	return v.See(w, "/courses/"+string(id)+"?said=ended")
}

type goalsView struct {
	Faults      []fault.Fault
	Who         template.HTML
	CourseID    practice.CourseID
	Here, Goals ui.Field
}

func goals(w http.ResponseWriter, v *route.Visit) error {
	c, err := caseload.ACourse(v.Context(), v.DB, v.By, practice.CourseID(v.PathValue("course")))
	if err != nil {
		return err
	}
	here, list := c.Course.Here, strings.Join(c.Course.Goals, "\n")
	if len(v.Faults) > 0 {
		here, list = v.Form.Text("here"), v.Form.Text("goals")
	}
	view := goalsView{Faults: v.Faults, Who: whoOf(v, c.Clients), CourseID: c.Course.ID,
		Here:  ui.Field{Name: "here", Type: "textarea", Label: "What brought them", Value: here, MaxLength: 2000, Error: ui.FaultIn(v.Faults, "here")},
		Goals: ui.Field{Name: "goals", Type: "textarea", Rows: 6, Label: "Goals, one on each line", Value: list, MaxLength: 4000, Error: ui.FaultIn(v.Faults, "goals")}}
	return v.Page(w, goalsPage, frame(v, "Clients"), view)
}

func keepGoals(w http.ResponseWriter, v *route.Visit) error {
	id := practice.CourseID(v.PathValue("course"))
	aims := practice.Aims{Here: v.Form.Text("here")}
	for line := range strings.SplitSeq(v.Form.Text("goals"), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			aims.Goals = append(aims.Goals, line)
		}
	}
	if err := practice.KeepAims(v.Context(), v.DB, v.By, id, aims); err != nil {
		return err
	}
	return v.See(w, "/courses/"+string(id)+"?said=saved")
}
