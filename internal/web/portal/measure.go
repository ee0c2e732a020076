package portal

import (
	"errors"
	"net/http"
	"slices"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var measurePage = ui.Parse(pages, ui.Client, "measure.html", "crisis.html")

// asked is what the names of the fields of a questionnaire begin with.
const asked = "q."

func addMeasureOn(g *route.Registry, at way) {
	fields := []route.Field{{Name: asked + "*", Max: 2000}, {Name: "anyway", Max: 3}}
	save := about(at.post("/save/{response}", ".save", access.AnswerIntake, saveAnswers, notSaved, fields...), "response", "response")
	save.Success = []int{http.StatusNoContent}
	page := about(at.get("/questions/{response}", ".questions", access.ReadIntake, measureOn(at)), "response", "response")
	page.Query = []route.Field{{Name: "open", Max: 3, Line: true}}
	g.Add(
		page,
		about(at.post("/questions/{response}", ".finish", access.AnswerIntake, finishOn(at), measureOn(at), fields...), "response", "response"),
		save,
	)
}

type measureView struct {
	Action       string
	Autosave     string
	Title        string
	Part, Of     int
	Instructions string
	Stem         string
	Questions    []question
	Done         bool
	Gaps         int // how many questions are open, where someone wanted to finish
	First        string
	All, Next    string
	Faults       []fault.Fault
}

// question is one item, with crisis help below it where an answer may call for it.
type question struct {
	ui.Choices
	Words  *ui.Field // of an item that is answered in words
	Crisis string    // the id of the help
}

func measureOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		p, err := papers(v, at.base(v))
		if err != nil {
			return err
		}
		i := slices.IndexFunc(p.forms, func(r measure.Response) bool { return string(r.ID) == v.PathValue("response") })
		if i < 0 {
			return fault.NotFound()
		}
		r := p.forms[i]
		action := p.base + "/questions/" + string(r.ID)
		view := measureView{Action: action, Autosave: p.base + "/save/" + string(r.ID), Title: "How you have been", Part: i + 1, Of: len(p.forms),
			Instructions: r.Form.Instructions, Done: r.State == "done", All: p.base, Next: p.after(action), Faults: atFields(v.Faults)}
		if r.Form.Stem != nil {
			view.Stem = *r.Form.Stem
		}
		for _, item := range r.Form.Items {
			view.Questions = append(view.Questions, questionOf(r.Form, item, typed(v, item, r.Answers), v.Faults))
		}
		if open := r.Open(); v.Form.Text("open") != "" && !view.Done && len(open) > 0 {
			view.Gaps, view.First = len(open), asked+open[0]
		}
		return v.Page(w, measurePage, frame(v, ""), view)
	}
}

// atFields are the faults with the names of the fields that they stand beside.
func atFields(faults []fault.Fault) []fault.Fault {
	all := slices.Clone(faults)
	for i := range all {
		if all[i].Field != "" {
			all[i].Field = asked + all[i].Field
		}
	}
	return all
}

// typed is the answer to show: what was just sent, else what is kept.
func typed(v *route.Visit, item measure.Item, kept measure.Answers) string {
	if v.Mutates() {
		return v.Form.Text(asked + item.LinkID)
	}
	return kept[item.LinkID].String()
}

func questionOf(form *measure.Instrument, item measure.Item, answer string, faults []fault.Fault) question {
	name := asked + item.LinkID
	text := ""
	if item.Text != nil {
		text = *item.Text
	}
	if item.Type == measure.TextType {
		return question{Words: &ui.Field{Name: name, Label: text, Type: "textarea", Value: answer, Autocomplete: "off", MaxLength: 2000,
			Optional: item.Optional, Error: ui.FaultIn(faults, item.LinkID)}}
	}
	q := question{Choices: ui.Choices{Name: name, Legend: text, Optional: item.Optional, Error: ui.FaultIn(faults, item.LinkID)}}
	for _, o := range item.Options {
		option := ui.Option{Value: o.Value.String(), Checked: o.Value.String() == answer}
		if o.Label != nil {
			option.Label = *o.Label
		}
		if len(form.Safety(measure.Answers{item.LinkID: o.Value}, measure.Result{})) > 0 {
			q.Crisis = "crisis-" + item.LinkID
			option.Reveals = q.Crisis
		}
		q.Options = append(q.Options, option)
	}
	return q
}

// answers reads the fields of a questionnaire that were sent. An empty one takes an answer back.
func answers(v *route.Visit, form *measure.Instrument) (measure.Answers, error) {
	given := measure.Answers{}
	var faults fault.List
	for linkID, field := range v.Form.Begins(asked) {
		item, known := form.Item(linkID)
		value, ok := item.Answer(field)
		if !known || !ok {
			faults.Add(linkID, "Choose one of the answers shown.")
		}
		given[linkID] = value
	}
	return given, faults.Err()
}

func ownResponse(v *route.Visit) (measure.Response, error) {
	all, err := measure.Own(v.Context(), v.DB, v.By)
	if err != nil {
		return measure.Response{}, err
	}
	i := slices.IndexFunc(all, func(r measure.Response) bool { return string(r.ID) == v.PathValue("response") })
	if i < 0 {
		return measure.Response{}, fault.NotFound()
	}
	return all[i], nil
}

func saveAnswers(w http.ResponseWriter, v *route.Visit) error {
	r, err := ownResponse(v)
	if err != nil {
		return err
	}
	given, err := answers(v, r.Form)
	if err != nil {
		return err
	}
	if err := measure.Save(v.Context(), v.DB, v.By, r.ID, given); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// notSaved says in a plain sentence why an answer was not kept, for the script to show.
func notSaved(w http.ResponseWriter, v *route.Visit) error {
	if len(v.Faults) == 0 {
		return errors.New("an autosave failed without a fault")
	}
	status := http.StatusUnprocessableEntity
	if v.Faults[0].Kind == fault.KindConflict {
		status = http.StatusConflict
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte(v.Faults[0].Sentence))
	return err
}

func finishOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		r, err := ownResponse(v)
		if err != nil {
			return err
		}
		given, err := answers(v, r.Form)
		if err != nil {
			return err
		}
		finished, err := measure.Finish(v.Context(), v.DB, v.By, r.ID, given, v.Form.Has("anyway"))
		if err != nil {
			return err
		}
		action := at.base(v) + "/questions/" + string(r.ID)
		if !finished {
			return v.See(w, action+"?open=yes")
		}
		p, err := papers(v, at.base(v))
		if err != nil {
			return err
		}
		if p.calls() {
			return v.See(w, p.base) // the list says first where there is help
		}
		return v.See(w, p.after(action)+"?said=answered")
	}
}
