package staff

import (
	"net/http"
	"time"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var hoursPage = ui.Parse(pages, ui.Staff, "hours.html")

func addHours(g *route.Registry) {
	of := route.Field{Name: "of", Max: 40, Line: true}
	field := func(name string) route.Field { return route.Field{Name: name, Max: 40, Line: true} }
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/hours", Name: "staff.hours", Right: access.ReadHours, Auth: route.SignIn, Do: hours,
			Query: []route.Field{of}},
		route.Route{Method: http.MethodPost, Pattern: "/hours/rules", Name: "staff.hours.add", Right: access.WriteHours, Auth: route.SignIn,
			Do: addRule, Faulty: hours,
			Fields: []route.Field{of, field("weekday"), field("from"), field("to"), field("mode"), field("place"), field("since"), field("until")}},
		route.Route{Method: http.MethodPost, Pattern: "/hours/rules/{rule}/drop", Name: "staff.hours.drop", Right: access.WriteHours, Auth: route.SignIn,
			Objects: []route.Object{{Param: "rule", Type: "rule"}}, Fields: []route.Field{of}, Do: dropRule},
		route.Route{Method: http.MethodPost, Pattern: "/hours/off", Name: "staff.off.add", Right: access.WriteHours, Auth: route.SignIn,
			Do: takeOff, Faulty: hours,
			Fields: []route.Field{of, field("off_from"), field("off_from_time"), field("off_until"), field("off_until_time"), {Name: "reason", Max: 100, Line: true}}},
		route.Route{Method: http.MethodPost, Pattern: "/hours/off/{off}/back", Name: "staff.off.remove", Right: access.WriteHours, Auth: route.SignIn,
			Objects: []route.Object{{Param: "off", Type: "time_off"}}, Fields: []route.Field{of}, Do: comeBack},
	)
}

type hoursView struct {
	Faults  []fault.Fault
	Name    string
	Of      practice.StaffID
	Others  *ui.Field
	Changes bool
	Rules   []ruleView
	Off     []offView
	Rule    []ui.Field
	TimeOff []ui.Field
}

type ruleView struct {
	ID                     schedule.RuleID
	Day, Times, Mode, Note string
}

type offView struct{ ID, When, Reason string }

var modeWords = map[schedule.Mode]string{schedule.Bookable: "Anyone may be offered it", schedule.OnRequest: "On request", schedule.Hidden: "Not offered"}

func hours(w http.ResponseWriter, v *route.Visit) error {
	h, err := caseload.HoursOf(v.Context(), v.DB, v.By, practice.StaffID(v.Form.Text("of")))
	if err != nil {
		return err
	}
	view := hoursView{Faults: v.Faults, Name: h.Therapist.Title(), Of: h.Therapist.ID, Changes: h.Changes}
	if len(h.Others) > 1 {
		view.Others = &ui.Field{Name: "of", Label: "Whose hours", Type: "select", Value: string(h.Therapist.ID)}
		for _, t := range h.Others {
			view.Others.Options = append(view.Others.Options, ui.Option{Value: string(t.ID), Label: t.Name})
		}
	}
	for _, k := range h.Rules {
		view.Rules = append(view.Rules, ruleViewOf(k, h.Places))
	}
	loc := v.Practice.Location()
	for _, off := range h.Off {
		view.Off = append(view.Off, offView{off.ID, offWords(off, loc), off.Reason})
	}
	view.forms(v, h)
	return v.Page(w, hoursPage, frame(v, "Calendar"), view)
}

func ruleViewOf(k schedule.KeptRule, places []schedule.Place) ruleView {
	r := ruleView{ID: k.ID, Day: k.Weekday.String() + "s", Times: civil.Between(k.From, k.To), Mode: modeWords[k.Mode]}
	for _, p := range places {
		if p.ID == k.Place {
			r.Times += ", " + p.Name
		}
	}
	if !k.ValidFrom.IsZero() {
		r.Note = "from " + k.ValidFrom.MonthDayYear()
	}
	if !k.ValidUntil.IsZero() {
		r.Note = dotted(r.Note, "until "+k.ValidUntil.MonthDayYear())
	}
	return r
}

// offWords is when someone is not there; whole days without their midnights.
func offWords(off schedule.TimeOff, loc *time.Location) string {
	first, from := civil.Of(off.Start, loc)
	last, to := civil.Of(off.End, loc)
	if to == civil.Midnight {
		last, to = last.AddDays(-1), civil.EndOfDay
	}
	begins, ends := first.Words(), last.Words()
	if from != civil.Midnight {
		begins += ", " + from.Words()
	}
	if to != civil.EndOfDay {
		ends += ", " + to.Words()
	}
	if begins == ends {
		return begins
	}
	if first == last {
		return first.Words() + ", " + civil.Between(from, to)
	}
	return begins + " to " + ends
}

// forms are those for a weekly rule and for time off, with what was typed.
func (view *hoursView) forms(v *route.Visit, h caseload.Hours) {
	field := func(name, label, kind string, options ...ui.Option) ui.Field {
		return ui.Field{Name: name, Label: label, Type: kind, Value: v.Form.Text(name), Short: true, Options: options, Error: ui.FaultIn(v.Faults, name)}
	}
	var days, modes, places []ui.Option
	for _, day := range civil.Weekdays {
		days = append(days, ui.Option{Value: day.String(), Label: day.String()})
	}
	for _, mode := range schedule.Modes {
		modes = append(modes, ui.Option{Value: string(mode), Label: modeWords[mode]})
	}
	for _, p := range h.Places {
		places = append(places, ui.Option{Value: string(p.ID), Label: p.Name})
	}
	since := field("since", "First day", "date")
	since.Optional = true
	until := field("until", "Last day", "date")
	until.Optional = true
	view.Rule = []ui.Field{field("weekday", "Day of the week", "select", days...), field("from", "From", "time"), field("to", "To", "time"),
		field("place", "Where", "select", places...), field("mode", "Who may book it", "select", modes...), since, until}
	reason := field("reason", "What for", "")
	reason.Optional, reason.Short, reason.Hint = true, false, "Colleagues read it. Clients do not."
	view.TimeOff = []ui.Field{field("off_from", "First day", "date"), field("off_from_time", "From (empty: the whole day)", "time"),
		field("off_until", "Last day", "date"), field("off_until_time", "To (empty: the whole day)", "time"), reason}
}

func seeHours(w http.ResponseWriter, v *route.Visit, said string) error {
	path := "/hours?said=" + said
	if of := v.Form.Text("of"); of != "" {
		path += "&of=" + of
	}
	return v.See(w, path)
}

func addRule(w http.ResponseWriter, v *route.Visit) error {
	rule, err := ruleOf(v.Form)
	if err != nil {
		return err
	}
	if _, err := schedule.AddRule(v.Context(), v.DB, v.By, practice.StaffID(v.Form.Text("of")), rule); err != nil {
		return err
	}
	return seeHours(w, v, "added")
}

func ruleOf(f route.Form) (schedule.Rule, error) {
	var faults fault.List
	rule := schedule.Rule{Mode: schedule.Mode(f.Text("mode")), Place: schedule.PlaceID(f.Text("place"))}
	var ok bool
	if rule.Weekday, ok = civil.ParseWeekday(f.Text("weekday")); !ok {
		faults.Add("weekday", "Choose a day of the week.")
	}
	rule.From = clockOf(f, "from", &faults)
	rule.To = clockOf(f, "to", &faults)
	rule.ValidFrom = dateOf(f, "since", true, &faults)
	rule.ValidUntil = dateOf(f, "until", true, &faults)
	return rule, faults.Err()
}

func clockOf(f route.Form, name string, faults *fault.List) civil.Time {
	at, err := civil.ParseTime(f.Text(name))
	if err != nil {
		faults.Add(name, "Enter a time like 9:00 am.")
	}
	return at
}

func dateOf(f route.Form, name string, optional bool, faults *fault.List) civil.Date {
	if optional && f.Text(name) == "" {
		return civil.Date{}
	}
	date, err := civil.ParseDate(f.Text(name))
	if err != nil {
		faults.Add(name, "Choose a day.")
	}
	return date
}

func dropRule(w http.ResponseWriter, v *route.Visit) error {
	err := schedule.DropRule(v.Context(), v.DB, v.By, practice.StaffID(v.Form.Text("of")), schedule.RuleID(v.PathValue("rule")))
	if err != nil {
		return err
	}
	return seeHours(w, v, "removed")
}

func takeOff(w http.ResponseWriter, v *route.Visit) error {
	off, err := offOf(v.Form, v.Practice.Location())
	if err != nil {
		return err
	}
	off.TherapistID = practice.StaffID(v.Form.Text("of"))
	if err := schedule.TakeOff(v.Context(), v.DB, v.By, off); err != nil {
		return err
	}
	return seeHours(w, v, "added")
}

// offOf reads a time off; days without a time are whole ones.
func offOf(f route.Form, loc *time.Location) (schedule.TimeOff, error) {
	var faults fault.List
	first, last := dateOf(f, "off_from", false, &faults), dateOf(f, "off_until", false, &faults)
	from, to := civil.Midnight, civil.EndOfDay
	if f.Text("off_from_time") != "" {
		from = clockOf(f, "off_from_time", &faults)
	}
	if f.Text("off_until_time") != "" {
		to = clockOf(f, "off_until_time", &faults)
	}
	if err := faults.Err(); err != nil {
		return schedule.TimeOff{}, err
	}
	start, _ := civil.In(first, from, loc)
	end, _ := civil.In(last, to, loc)
	if !end.After(start) {
		return schedule.TimeOff{}, fault.Invalid("off_until", "The end must come after the start.")
	}
	return schedule.TimeOff{Start: start, End: end, Reason: f.Text("reason")}, nil
}

func comeBack(w http.ResponseWriter, v *route.Visit) error {
	if err := schedule.ComeBack(v.Context(), v.DB, v.By, v.PathValue("off")); err != nil {
		return err
	}
	return seeHours(w, v, "removed")
}
