package staff

import (
	"net/http"
	"strconv"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var clientPage = ui.Parse(pages, ui.Staff, "client.html")

func addClient(g *route.Registry) {
	object := []route.Object{{Param: "client", Type: "client"}}
	about := []route.Field{{Name: "version", Max: 20, Line: true}, {Name: "name", Line: true}, {Name: "pronouns", Max: 60, Line: true},
		{Name: "email", Line: true}, {Name: "phone", Max: 40, Line: true}, {Name: "safe", Max: 20, Many: true, Line: true}, {Name: "when", Max: 300},
		{Name: "kin_name", Line: true}, {Name: "kin_tie", Max: 60, Line: true}, {Name: "kin_phone", Max: 40, Line: true}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/clients/{client}", Name: "staff.client", Right: access.ReadAbout, Auth: route.SignIn,
			Objects: object, Do: client},
		route.Route{Method: http.MethodPost, Pattern: "/clients/{client}", Name: "staff.client.change", Right: access.WriteAbout, Auth: route.SignIn,
			Objects: object, Fields: about, Do: changeClient, Faulty: client},
		route.Route{Method: http.MethodPost, Pattern: "/clients/{client}/proposal", Name: "staff.client.proposal", Right: access.WriteAbout,
			Auth: route.SignIn, Objects: object, Do: decideProposal,
			Fields: []route.Field{{Name: "version", Max: 20, Line: true}, {Name: "answer", Max: 10, Line: true}}},
	)
}

type clientView struct {
	caseload.Person
	Safe     []string // how to reach them safely, in words
	Facts    []ui.Fact
	Kin      []ui.Fact
	Proposal []ui.Fact
	Coming   []timeView
	Past     []timeView
	MayWrite bool
	Faults   []fault.Fault
	Typed    bool // the form comes back with faults
	Fields   []ui.Field
	Ways     ui.Choices
}

type timeView struct {
	Href, When, Where, State string
}

func client(w http.ResponseWriter, v *route.Visit) error {
	p, err := caseload.APerson(v.Context(), v.DB, v.By, practice.ClientID(v.PathValue("client")))
	if err != nil {
		return err
	}
	view := clientView{Person: p, Safe: safeWords(p.Contact), Facts: aboutFacts(p.About), Kin: kinFacts(p.Emergency),
		MayWrite: access.Of(v.By, access.WriteAbout) != 0, Faults: v.Faults, Typed: len(v.Faults) > 0}
	if p.Proposed != nil {
		view.Proposal = aboutFacts(*p.Proposed)
	}
	for _, a := range p.Coming {
		view.Coming = append(view.Coming, timeViewOf(v, p, a))
	}
	for _, a := range p.Past {
		view.Past = append(view.Past, timeViewOf(v, p, a))
	}
	view.form(v)
	return v.Page(w, clientPage, frame(v, "Clients"), view)
}

// safeWords say in plain words how a person may be reached.
func safeWords(c practice.SafeContact) []string {
	var words []string
	say := func(yes bool, may, mayNot string) {
		if yes {
			words = append(words, may)
		} else {
			words = append(words, mayNot)
		}
	}
	say(c.Mail, "Messages by email are safe.", "Do not send email.")
	say(c.Call, "Calls are safe.", "Do not call.")
	if c.Call {
		say(c.Voicemail, "Leaving a voicemail is safe.", "Do not leave a voicemail.")
	}
	if c.When != "" {
		words = append(words, "In their words: “"+c.When+"”")
	}
	say(c.PracticeName, "Messages may name the practice in full.", "Messages carry the short name only.")
	return words
}

func aboutFacts(a practice.About) []ui.Fact {
	var facts []ui.Fact
	for _, f := range []ui.Fact{{Name: "Name", Is: a.Name}, {Name: "Pronouns", Is: a.Pronouns}, {Name: "Email", Is: a.Email}, {Name: "Phone", Is: a.Phone}} {
		if f.Is != "" {
			facts = append(facts, f)
		}
	}
	return facts
}

func kinFacts(e practice.Emergency) []ui.Fact {
	if e == (practice.Emergency{}) {
		return nil
	}
	return []ui.Fact{{Name: "Name", Is: e.Name}, {Name: "Who they are", Is: e.Tie}, {Name: "Phone", Is: e.Phone}}
}

var stateWords = map[schedule.State]string{schedule.Booked: "Booked", schedule.Held: "Held", schedule.Missed: "Missed", schedule.Cancelled: "Canceled"}

func timeViewOf(v *route.Visit, p caseload.Person, a schedule.Appointment) timeView {
	loc := v.Practice.Location()
	state := stateWords[a.State]
	if a.Late {
		state += ", late"
	}
	return timeView{"/calendar/" + string(a.ID), ui.DateYear(loc, a.Start) + ", " + ui.Span(loc, a.Start, a.End), placeWords(p.Places[a.PlaceID]), state}
}

// form is the coordinator's, with what was typed where it comes back.
func (view *clientView) form(v *route.Visit) {
	if !view.MayWrite {
		return
	}
	a := view.About
	if view.Typed {
		a = typedAbout(v.Form)
	}
	field := func(name, label, value string, more func(*ui.Field)) {
		f := ui.Field{Name: name, Label: label, Value: value, Autocomplete: "off", Error: ui.FaultIn(v.Faults, name)}
		if more != nil {
			more(&f)
		}
		view.Fields = append(view.Fields, f)
	}
	field("name", "Name", a.Name, func(f *ui.Field) { f.Required = true })
	field("pronouns", "Pronouns", a.Pronouns, func(f *ui.Field) { f.Optional = true })
	field("email", "Email", a.Email, func(f *ui.Field) { f.Type = "email" })
	field("phone", "Phone", a.Phone, func(f *ui.Field) { f.Type = "tel" })
	field("when", "How and when it is safe to reach them", a.Contact.When, func(f *ui.Field) { f.Type, f.Rows, f.Optional = "textarea", 2, true })
	field("kin_name", "Emergency contact: name", a.Emergency.Name, nil)
	field("kin_tie", "Who they are to the client", a.Emergency.Tie, nil)
	field("kin_phone", "Their phone", a.Emergency.Phone, func(f *ui.Field) { f.Type = "tel" })
	var ways []string
	for code, on := range map[string]bool{"mail": a.Contact.Mail, "call": a.Contact.Call, "voicemail": a.Contact.Voicemail, "name": a.Contact.PracticeName} {
		if on {
			ways = append(ways, code)
		}
	}
	view.Ways = ui.Choices{Name: "safe", Legend: "What is safe for them", Multiple: true, Options: ui.Pick([]ui.Option{
		{Value: "mail", Label: "Messages by email"}, {Value: "call", Label: "Phone calls"}, {Value: "voicemail", Label: "Voicemail"},
		{Value: "name", Label: "The practice's full name in messages"}}, ways...)}
}

func typedAbout(f route.Form) practice.About {
	a := practice.About{Name: f.Text("name"), Pronouns: f.Text("pronouns"), Email: f.Text("email"), Phone: f.Text("phone"),
		Emergency: practice.Emergency{Name: f.Text("kin_name"), Tie: f.Text("kin_tie"), Phone: f.Text("kin_phone")}}
	a.Contact.When = f.Text("when")
	for _, way := range f.All("safe") {
		switch way {
		case "mail":
			a.Contact.Mail = true
		case "call":
			a.Contact.Call = true
		case "voicemail":
			a.Contact.Voicemail = true
		case "name":
			a.Contact.PracticeName = true
		}
	}
	return a
}

func versionSent(f route.Form) int64 {
	n, err := strconv.ParseInt(f.Text("version"), 10, 64)
	if err != nil {
		return -1 // no version that there is: the verb says that things have changed
	}
	return n
}

func changeClient(w http.ResponseWriter, v *route.Visit) error {
	id := practice.ClientID(v.PathValue("client"))
	if err := practice.ChangeAbout(v.Context(), v.DB, v.By, id, versionSent(v.Form), typedAbout(v.Form)); err != nil {
		return err
	}
	return v.See(w, "/clients/"+string(id)+"?said=saved")
}

func decideProposal(w http.ResponseWriter, v *route.Visit) error {
	id := practice.ClientID(v.PathValue("client"))
	if err := practice.DecideProposal(v.Context(), v.DB, v.By, id, versionSent(v.Form), v.Form.Text("answer") == "accept"); err != nil {
		return err
	}
	return v.See(w, "/clients/"+string(id)+"?said=saved")
}
