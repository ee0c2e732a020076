package staff

import (
	"html/template"
	"net/http"
	"strconv"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/caseload"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var ratePage = ui.Parse(pages, ui.Staff, "rate.html")

// rateField is how the names of all questions of the therapist's check-in begin.
const rateField = "asct-"

func addRate(g *route.Registry) {
	objects := []route.Object{{Param: "appointment", Type: "appointment"}, {Param: "client", Type: "client"}}
	pattern := "/appointments/{appointment}/check-in/{client}"
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: pattern, Name: "staff.rate", Right: access.RateSession, Auth: route.SignIn,
			Objects: objects, Do: rate},
		route.Route{Method: http.MethodPost, Pattern: pattern, Name: "staff.rate.send", Right: access.RateSession, Auth: route.SignIn,
			Objects: objects, Fields: []route.Field{{Name: rateField + "*", Max: 30, Line: true}}, Do: sendRate, Faulty: rate},
	)
}

type rateView struct {
	Faults       []fault.Fault
	Who          template.HTML
	Title        string
	Instructions string
	Closed       string // why nothing is asked
	Scales       []ui.Scale
	Choices      []ui.Choices
}

func rate(w http.ResponseWriter, v *route.Visit) error {
	asked, about, err := caseload.ToRate(v.Context(), v.DB, v.By, schedule.AppointmentID(v.PathValue("appointment")),
		practice.ClientID(v.PathValue("client")))
	if err != nil {
		return err
	}
	view := rateView{Faults: v.Faults, Who: oneOf(v, about), Title: "Your check-in, session " + strconv.Itoa(asked.Hour.Number),
		Instructions: asked.Form.Instructions}
	switch {
	case asked.Done:
		view.Closed = "You have answered this one. Thank you."
	case asked.Hour.State != string(schedule.Held):
		view.Closed = "This check-in opens when the session has been held."
	case asked.Hour.Ended:
		view.Closed = "This course has ended, so nothing is asked any more."
	default:
		view.ask(v, asked.Form)
	}
	return v.Page(w, ratePage, frame(v, "Today"), view)
}

// ask lists the questions: those that are scored as scales, the others as choices.
func (view *rateView) ask(v *route.Visit, form *measure.Instrument) {
	for _, item := range form.Items {
		var options []ui.Option
		for _, o := range item.Options {
			label := o.Value.String()
			if o.Label != nil {
				label = *o.Label
			}
			options = append(options, ui.Option{Value: o.Value.String(), Label: label})
		}
		options = ui.Pick(options, v.Form.Text(item.LinkID))
		if item.Counts() {
			view.Scales = append(view.Scales, ui.Scale{Name: item.LinkID, Legend: textOf(item), Answers: options, Error: ui.FaultIn(v.Faults, item.LinkID)})
			continue
		}
		view.Choices = append(view.Choices, ui.Choices{Name: item.LinkID, Legend: textOf(item), Options: options, Optional: item.Optional,
			Error: ui.FaultIn(v.Faults, item.LinkID)})
	}
}

// answersOf reads the therapist's answers. Which way it moved is asked only where something was off.
func answersOf(v *route.Visit) (measure.Answers, error) {
	library, err := measure.Instruments()
	if err != nil {
		return nil, err
	}
	form, _ := library.Instrument(alliance.Therapist.Instrument())
	answers := measure.Answers{}
	var faults fault.List
	for rest, sent := range v.Form.Begins(rateField) {
		item, ok := form.Item(rateField + rest)
		if !ok {
			return nil, fault.Invalid("", "This form sent something that it should not. Please load the page again.")
		}
		value, ok := item.Answer(sent)
		if !ok {
			faults.Add(item.LinkID, "Choose one of the answers shown.")
		}
		if value.Answered() {
			answers[item.LinkID] = value
		}
	}
	for _, item := range form.Items {
		if !form.Shown(item, answers, measure.Context{}) {
			delete(answers, item.LinkID)
		}
	}
	return answers, faults.Err()
}

func sendRate(w http.ResponseWriter, v *route.Visit) error {
	answers, err := answersOf(v)
	if err != nil {
		return err
	}
	_, err = rupture.Send(v.Context(), v.DB, v.By, rupture.CheckIn{AppointmentID: v.PathValue("appointment"),
		ClientID: practice.ClientID(v.PathValue("client")), Side: alliance.Therapist, Answers: answers})
	if err != nil {
		return err
	}
	return v.See(w, "/today?said=answered")
}
