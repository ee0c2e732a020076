package staff

import (
	"net/http"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	peoplePage = ui.Parse(pages, ui.Staff, "people.html")
	hirePage   = ui.Parse(pages, ui.Staff, "people_hire.html")
	personPage = ui.Parse(pages, ui.Staff, "people_person.html")
)

// What the forms about a colleague send.
var personFields = []route.Field{{Name: "name", Line: true}, {Name: "pronouns", Max: 60, Line: true}, {Name: "credentials", Max: 60, Line: true},
	{Name: "phone", Max: 60, Line: true}, {Name: "roles", Max: 20, Many: true, Line: true}, {Name: "duty", Max: 5, Line: true}}

func addPeople(g *route.Registry) {
	email := route.Field{Name: "email", Max: 254, Line: true}
	add := func(method, pattern, name string, do, faulty route.Handler, fields ...route.Field) {
		r := route.Route{Method: method, Pattern: pattern, Name: name, Right: access.WriteStaff, Auth: route.SignIn, StepUp: pattern != "/people",
			Do: do, Faulty: faulty, Fields: fields}
		for _, param := range []string{"staff", "tie"} {
			if strings.Contains(pattern, "{"+param+"}") {
				r.Objects = append(r.Objects, route.Object{Param: param, Type: map[string]string{"staff": "staff", "tie": "supervision"}[param]})
			}
		}
		g.Add(r)
	}
	add(http.MethodGet, "/people", "staff.people", people, nil)
	add(http.MethodGet, "/people/invite", "staff.people.invite", hireForm, nil)
	add(http.MethodPost, "/people/invite", "staff.people.invite.send", hire, hireForm, append([]route.Field{email}, personFields...)...)
	add(http.MethodGet, "/people/{staff}", "staff.person", person, nil)
	add(http.MethodPost, "/people/{staff}", "staff.person.save", savePerson, person, personFields...)
	add(http.MethodPost, "/people/{staff}/invite", "staff.person.invite", inviteAgain, person, email)
	add(http.MethodPost, "/people/{staff}/disable", "staff.person.disable", shutOut, person)
	add(http.MethodPost, "/people/{staff}/enable", "staff.person.enable", letBackIn, person)
	add(http.MethodPost, "/people/{staff}/sign-out", "staff.person.sign_out", signOutPerson, nil)
	add(http.MethodPost, "/people/{staff}/supervision", "staff.person.supervise", supervise, person,
		route.Field{Name: "supervisor", Max: 64, Line: true}, route.Field{Name: "therapist", Max: 64, Line: true})
	add(http.MethodPost, "/people/{staff}/supervision/{tie}/end", "staff.person.supervise.end", endSupervision, nil)
	addProfile(g)
	addLost(g)
}

type peopleView struct{ Rows []personRow }

type personRow struct {
	practice.Staff
	Roles string
	Badge ui.Badge
}

func people(w http.ResponseWriter, v *route.Visit) error {
	all, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return err
	}
	var view peopleView
	for _, s := range all {
		view.Rows = append(view.Rows, personRow{s, rolesWords(s.Roles), stateBadge(s.State)})
	}
	return v.Page(w, peoplePage, frame(v, "People"), view)
}

func rolesWords(roles []access.Role) string {
	words := ""
	for _, role := range access.StaffRoles {
		if slices.Contains(roles, role) {
			if words != "" {
				words += ", "
			}
			words += sentenceCase(string(role))
		}
	}
	return words
}

func stateBadge(state string) ui.Badge {
	switch state {
	case "invited":
		return ui.Badge{Tone: "info", Icon: "clock", Text: "Invited"}
	case "disabled":
		return ui.Badge{Icon: "dash", Text: "Cannot sign in"}
	}
	return ui.Badge{Tone: "steady", Icon: "check", Text: "Active"}
}

// personForm asks for who someone on the staff is and what they do here.
type personForm struct {
	Fields []ui.Field
	Roles  ui.Choices
	Duty   ui.Check
}

// roleOptions are the roles with what each may see and do.
var roleOptions = []ui.Option{
	{Value: "therapist", Label: "Therapist", Hint: "reads and writes the records of their own clients"},
	{Value: "coordinator", Label: "Coordinator", Hint: "answers inquiries and keeps the calendar; reads no records"},
	{Value: "supervisor", Label: "Supervisor", Hint: "reads the records of those whom they supervise"},
	{Value: "owner", Label: "Owner", Hint: "settings, people, and figures; reads no records"},
}

func personFormOf(s practice.Staff, faults []fault.Fault) personForm {
	var roles []string
	for _, role := range s.Roles {
		roles = append(roles, string(role))
	}
	return personForm{
		Fields: []ui.Field{
			{Name: "name", Label: "Name", Value: s.Name, Error: ui.FaultIn(faults, "name"), Required: true},
			{Name: "pronouns", Label: "Pronouns", Value: s.Pronouns, Optional: true},
			{Name: "credentials", Label: "Letters after the name", Hint: "Such as PsyD. Shown wherever the name is.", Value: s.Credentials, Optional: true},
			{Name: "phone", Type: "tel", Label: "Phone", Hint: "Colleagues see it.", Value: s.Phone, Optional: true},
		},
		Roles: ui.Choices{Name: "roles", Legend: "What they do here", Multiple: true, Required: true, Error: ui.FaultIn(faults, "roles"),
			Options: ui.Pick(roleOptions, roles...)},
		Duty: ui.Check{Name: "duty", Label: "On duty for people without a therapist", Checked: s.Duty,
			Hint: "Told when someone without a therapist answers that they are at risk."},
	}
}

// typedPerson is what a form about a colleague sent.
func typedPerson(v *route.Visit) practice.Staff {
	s := practice.Staff{Duty: v.Form.Has("duty"), Person: practice.Person{Name: v.Form.Text("name"), Pronouns: v.Form.Text("pronouns"),
		Credentials: v.Form.Text("credentials"), Phone: v.Form.Text("phone"), Email: v.Form.Text("email")}}
	for _, role := range v.Form.All("roles") {
		s.Roles = append(s.Roles, access.Role(role))
	}
	return s
}

type hireView struct {
	Faults []fault.Fault
	Person personForm
	Email  ui.Field
}

func hireForm(w http.ResponseWriter, v *route.Visit) error {
	s := typedPerson(v)
	return v.Page(w, hirePage, frame(v, "People"), hireView{v.Faults, personFormOf(s, v.Faults), emailBox(s.Email, v.Faults)})
}

func emailBox(value string, faults []fault.Fault) ui.Field {
	return ui.Field{Name: "email", Type: "email", Label: "Email", Hint: "The invitation goes there, and they sign in with it.", Value: value,
		Error: ui.FaultIn(faults, "email"), Required: true}
}

func hire(w http.ResponseWriter, v *route.Visit) error {
	s, err := practice.Hire(v.Context(), v.DB, v.By, typedPerson(v))
	if err != nil {
		return err
	}
	if err := letter.Invitation(v.Context(), v.DB, s); err != nil {
		return err
	}
	return v.See(w, "/people?said=invited")
}

type personView struct {
	Faults     []fault.Fault
	Staff      practice.Staff
	Badge      ui.Badge
	Me         bool
	Person     personForm
	Email      ui.Field
	Therapist  bool
	Supervises []tieRow // whom they supervise
	By         []tieRow // who supervises them
	Add        *ui.Field
	AddBy      *ui.Field
}

// tieRow is one supervision, seen from one side.
type tieRow struct{ ID, Name string }

func person(w http.ResponseWriter, v *route.Visit) error {
	all, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(s practice.Staff) bool { return string(s.ID) == v.PathValue("staff") })
	if i < 0 {
		return fault.NotFound()
	}
	s := all[i]
	shown := s
	if v.Mutates() && v.Form.Has("name") {
		shown = typedPerson(v)
	}
	view := personView{Faults: v.Faults, Staff: s, Badge: stateBadge(s.State), Me: string(s.ID) == v.By.ID, Person: personFormOf(shown, v.Faults),
		Email: emailBox(s.Email, v.Faults), Therapist: s.HasAny(access.Therapist)}
	ties, err := practice.Ties(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	view.tie(ties, all)
	return v.Page(w, personPage, frame(v, "People"), view)
}

// tie fills in who supervises whom, and who else could.
func (view *personView) tie(ties []practice.Tie, all []practice.Staff) {
	s := view.Staff
	name := func(id practice.StaffID) string {
		for _, one := range all {
			if one.ID == id {
				return one.Name
			}
		}
		return ""
	}
	for _, t := range ties {
		switch s.ID {
		case t.Supervisor:
			view.Supervises = append(view.Supervises, tieRow{t.ID, name(t.Therapist)})
		case t.Therapist:
			view.By = append(view.By, tieRow{t.ID, name(t.Supervisor)})
		}
	}
	tied := func(id practice.StaffID) bool {
		return slices.ContainsFunc(ties, func(t practice.Tie) bool {
			return t.Supervisor == s.ID && t.Therapist == id || t.Therapist == s.ID && t.Supervisor == id
		})
	}
	free := slices.DeleteFunc(slices.Clone(all), func(one practice.Staff) bool { return one.ID == s.ID || one.State == "disabled" || tied(one.ID) })
	if s.HasAny(access.Supervisor) {
		view.Add = choiceOf(free, access.Therapist, "therapist", "Another therapist to supervise", view.Faults)
	}
	if s.HasAny(access.Therapist) {
		view.AddBy = choiceOf(free, access.Supervisor, "supervisor", "Another supervisor", view.Faults)
	}
}

// choiceOf asks for one of those who have the role; nil where there is none.
func choiceOf(all []practice.Staff, role access.Role, field, label string, faults []fault.Fault) *ui.Field {
	var options []ui.Option
	for _, one := range all {
		if one.HasAny(role) {
			options = append(options, ui.Option{Value: string(one.ID), Label: one.Name})
		}
	}
	if len(options) == 0 {
		return nil
	}
	return &ui.Field{Name: field, Type: "select", Label: label, Options: options, Short: true, Error: ui.FaultIn(faults, field)}
}

func personPath(v *route.Visit) string { return "/people/" + v.PathValue("staff") }

func savePerson(w http.ResponseWriter, v *route.Visit) error {
	s := typedPerson(v)
	s.ID = practice.StaffID(v.PathValue("staff"))
	if err := practice.Reassign(v.Context(), v.DB, v.By, s); err != nil {
		return err
	}
	return v.See(w, personPath(v)+"?said=saved")
}

func inviteAgain(w http.ResponseWriter, v *route.Visit) error {
	s, err := practice.InviteAgain(v.Context(), v.DB, v.By, practice.StaffID(v.PathValue("staff")), v.Form.Text("email"))
	if err != nil {
		return err
	}
	if err := letter.Invitation(v.Context(), v.DB, s); err != nil {
		return err
	}
	return v.See(w, personPath(v)+"?said=invited")
}

func shutOut(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.ShutOut(v.Context(), v.DB, v.By, practice.StaffID(v.PathValue("staff"))); err != nil {
		return err
	}
	return v.See(w, personPath(v)+"?said=disabled")
}

func letBackIn(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.LetBackIn(v.Context(), v.DB, v.By, practice.StaffID(v.PathValue("staff"))); err != nil {
		return err
	}
	return v.See(w, personPath(v)+"?said=enabled")
}

// signOutPerson ends every sign-in of a colleague; they may sign in again.
func signOutPerson(w http.ResponseWriter, v *route.Visit) error {
	if err := auth.EndAll(v.Context(), v.DB, v.By, v.PathValue("staff")); err != nil {
		return err
	}
	return v.See(w, personPath(v)+"?said=saved")
}

func supervise(w http.ResponseWriter, v *route.Visit) error {
	supervisor, therapist := practice.StaffID(v.Form.Text("supervisor")), practice.StaffID(v.Form.Text("therapist"))
	if supervisor == "" {
		supervisor = practice.StaffID(v.PathValue("staff"))
	} else if therapist == "" {
		therapist = practice.StaffID(v.PathValue("staff"))
	}
	if err := practice.Supervise(v.Context(), v.DB, v.By, supervisor, therapist); err != nil {
		return err
	}
	return v.See(w, personPath(v)+"?said=saved")
}

func endSupervision(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.EndSupervision(v.Context(), v.DB, v.By, v.PathValue("tie")); err != nil {
		return err
	}
	return v.See(w, personPath(v)+"?said=saved")
}
