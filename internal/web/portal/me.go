package portal

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var mePage = ui.Parse(pages, ui.Client, "me.html")

func addMe(g *route.Registry) {
	line := func(name string, most int) route.Field { return route.Field{Name: name, Max: most, Line: true} }
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/me", Name: "portal.me", Right: access.ReadAbout, Auth: route.SignIn, Clients: true, Do: aboutMe},
		route.Route{Method: http.MethodPost, Pattern: "/me", Name: "portal.me.change", Right: access.ProposeAbout, Auth: route.SignIn,
			Fields: []route.Field{line("name", 120), line("pronouns", 60), line("email", 254), line("phone", 40), line("mail", 3), line("call", 3),
				line("voicemail", 3), line("when", 300), line("practice_name", 3), line("emergency_name", 120), line("emergency_tie", 60), line("emergency_phone", 40)},
			Do: changeMe, Faulty: aboutMe},
		route.Route{Method: http.MethodPost, Pattern: "/me/looked", Name: "portal.me.looked", Right: access.ReadOwnAudit, Auth: route.SignIn, Do: askLooked, Faulty: aboutMe},
	)
}

type meView struct {
	Details   []ui.Field
	Contact   []ui.Check
	When      ui.Field
	Emergency []ui.Field
	Proposed  bool
	Mail      bool // e-mail is safe for them
	Papers    []paper
	Times     []myTime
	Faults    []fault.Fault
}

type myTime struct {
	Href, When, State string
}

func aboutMe(w http.ResponseWriter, v *route.Visit) error {
	me, err := practice.OneClient(v.Context(), v.DB, v.By, access.ReadAbout, practice.ClientID(v.By.ID))
	if err != nil {
		return err
	}
	view := meView{Proposed: me.Proposed != nil, Mail: me.Contact.Mail && me.Email != "", Faults: v.Faults}
	about := wanted(me.About)
	if v.Mutates() && v.Form.Has("name") {
		about = aboutOf(v.Form)
	}
	view.fields(about, v.Faults)
	p, err := papers(v, "/forms")
	if err != nil {
		return err
	}
	view.Papers = p.list()
	if view.Times, err = myTimes(v); err != nil {
		return err
	}
	return v.Page(w, mePage, frame(v, "Me"), view)
}

// wanted is what the client last wanted to be written of them, taken over or not.
func wanted(about practice.About) practice.About {
	if p := about.Proposed; p != nil {
		about.Name, about.Pronouns, about.Email, about.Phone = p.Name, p.Pronouns, p.Email, p.Phone
	}
	return about
}

func (view *meView) fields(a practice.About, faults []fault.Fault) {
	field := func(name, label, value, kind, complete string) ui.Field {
		return ui.Field{Name: name, Label: label, Value: value, Type: kind, Autocomplete: complete, Error: ui.FaultIn(faults, name)}
	}
	view.Details = []ui.Field{field("name", "Name", a.Name, "text", "name"), field("pronouns", "Pronouns", a.Pronouns, "text", "off"),
		field("email", "Email", a.Email, "email", "email"), field("phone", "Phone", a.Phone, "tel", "tel")}
	view.Details[0].Required = true
	view.Contact = []ui.Check{
		{Name: "mail", Label: "Writing me an email is safe", Checked: a.Contact.Mail},
		{Name: "call", Label: "Calling me is safe", Checked: a.Contact.Call},
		{Name: "voicemail", Label: "Leaving a voicemail is safe", Checked: a.Contact.Voicemail},
		{Name: "practice_name", Label: "Messages may carry the full name of the practice", Checked: a.Contact.PracticeName,
			Hint: "Otherwise they carry a short name that does not say what it is."},
	}
	view.When = field("when", "When is a good time?", a.Contact.When, "text", "off")
	view.Emergency = []ui.Field{field("emergency_name", "Name", a.Emergency.Name, "text", "off"),
		field("emergency_tie", "Who they are to you", a.Emergency.Tie, "text", "off"), field("emergency_phone", "Phone", a.Emergency.Phone, "tel", "off")}
}

func aboutOf(f route.Form) practice.About {
	return practice.About{Name: f.Text("name"), Pronouns: f.Text("pronouns"), Email: f.Text("email"), Phone: f.Text("phone"),
		Contact: practice.SafeContact{Mail: f.Has("mail"), Call: f.Has("call"), Voicemail: f.Has("voicemail"), When: f.Text("when"),
			PracticeName: f.Has("practice_name")},
		Emergency: practice.Emergency{Name: f.Text("emergency_name"), Tie: f.Text("emergency_tie"), Phone: f.Text("emergency_phone")}}
}

// mostTimes is how many past appointments are listed.
const mostTimes = 12

func myTimes(v *route.Visit) ([]myTime, error) {
	now := v.DB.Now()
	all, err := schedule.Between(v.Context(), v.DB, v.By, access.ReadTimes, "", now.AddDate(0, -6, 0), now.AddDate(1, 0, 0))
	if err != nil {
		return nil, err
	}
	var coming, past []myTime
	for _, a := range all {
		one := myTime{Href: "/appointments/" + string(a.ID), When: civil.WhenBetween(a.Start, a.End, v.Practice.Location()), State: stateWords(a.State)}
		if a.End.After(now) {
			coming = append(coming, one)
		} else {
			past = append([]myTime{one}, past...)
		}
	}
	return append(coming, past[:min(len(past), mostTimes)]...), nil
}

func stateWords(s schedule.State) string {
	switch s {
	case schedule.Held:
		return "Took place"
	case schedule.Missed:
		return "We missed you"
	case schedule.Cancelled:
		return "Canceled"
	}
	return "Booked"
}

func changeMe(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.ProposeAbout(v.Context(), v.DB, v.By, aboutOf(v.Form)); err != nil {
		return err
	}
	return v.See(w, "/me?said=saved")
}

func askLooked(w http.ResponseWriter, v *route.Visit) error {
	if err := intake.SendRecord(v.Context(), v.DB, v.By); err != nil {
		return err
	}
	return v.See(w, "/me?said=sent")
}
