package staff

import (
	"html/template"
	"net/http"
	"strings"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var safetyPage = ui.Parse(pages, ui.Staff, "safety.html")

func addSafety(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/safety", Name: "staff.safety", Right: access.HandleRisk, Auth: route.SignIn, Do: safety},
		route.Route{Method: http.MethodPost, Pattern: "/safety/{task}", Name: "staff.safety.handle", Right: access.HandleRisk, Auth: route.SignIn,
			Objects: []route.Object{{Param: "task", Type: "risk_task"}}, Fields: []route.Field{{Name: "words", Max: 4000}}, Do: handleRisk, Faulty: safety},
	)
}

type safetyView struct {
	Faults []fault.Fault
	Tasks  []riskView
	Empty  ui.Empty
}

type riskView struct {
	ID                               measure.RiskTaskID
	ClientID                         practice.ClientID
	Who                              template.HTML
	When, Question, Answer, Level    string
	Reason, Action, Earlier, Contact string
	Safe                             []string
	Typed, Error                     string
}

var levelWords = map[string]string{measure.Urgent: "Now", measure.Prompt: "Today", measure.Review: "At the next contact", measure.Process: "In the work"}

// forProgram is how a questionnaire begins where it says what the program has to do, which is done by now.
const forProgram = "Show the supportive safety page"

// actionWords say what a person does about an answer.
func actionWords(t measure.RiskTask) string {
	if strings.HasPrefix(t.Action, forProgram) {
		return "Speak with them as soon as you can. Ask about thoughts, plans and means, and what keeps them safe. A total score says nothing about this."
	}
	return t.Action
}

// safety lists the answers that ask for a person, the most pressing first, with
// how to reach each safely.
func safety(w http.ResponseWriter, v *route.Visit) error {
	tasks, err := measure.RiskTasks(v.Context(), v.DB, v.By, "")
	if err != nil {
		return err
	}
	view := safetyView{Faults: v.Faults, Empty: ui.Empty{Icon: "check", Title: "No answer waits for a person."}}
	for _, t := range tasks {
		r := riskView{ID: t.ID, ClientID: t.Client.ID, Who: oneOf(v, t.Client), When: momentWords(v, t.Raised), Question: t.Question, Answer: t.Answer,
			Level: levelWords[t.Level], Reason: t.Reason, Action: actionWords(t), Earlier: t.Earlier, Safe: safeWords(t.Client.Contact),
			Contact: dotted(t.Client.Phone, t.Client.Email)}
		if string(t.ID) == v.PathValue("task") {
			r.Typed, r.Error = v.Form.Text("words"), ui.FaultIn(v.Faults, "words")
		}
		view.Tasks = append(view.Tasks, r)
	}
	return v.Page(w, safetyPage, frame(v, ""), view)
}

func handleRisk(w http.ResponseWriter, v *route.Visit) error {
	if err := measure.Handle(v.Context(), v.DB, v.By, measure.RiskTaskID(v.PathValue("task")), v.Form.Text("words")); err != nil {
		return err
	}
	return v.See(w, "/safety?said=saved")
}
