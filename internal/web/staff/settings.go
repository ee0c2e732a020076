package staff

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	settingsPage = ui.Parse(pages, ui.Staff, "settings.html")
	sectionPage  = ui.Parse(pages, ui.Staff, "settings_section.html")
)

// section is a part of the settings with a page and a form of its own.
type section struct {
	Code, Title string
	About       string // who sees it, or what it is for
	Fresh       bool   // needs a fresh proof: who changes it could read the practice's mail
	Settings    []setting
}

// setting is one box of a section: how it is shown, and what it does to the practice.
type setting struct {
	ui.Field
	Most int // characters that the form takes
	Get  func(practice.Practice) string
	// Set takes what was typed; a sentence says what is wrong with it.
	Set func(*practice.Practice, string) (sentence string)
}

func addSettings(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/practice/settings", Name: "staff.settings", Right: access.ReadSettings, Auth: route.SignIn, Do: settings})
	for _, s := range sections {
		fields := []route.Field{versionField}
		for _, one := range s.Settings {
			fields = append(fields, route.Field{Name: one.Name, Max: one.Most, Line: one.Type != "textarea"})
		}
		g.Add(
			route.Route{Method: http.MethodGet, Pattern: s.path(), Name: "staff.settings." + s.Code, Right: access.ReadSettings, Auth: route.SignIn,
				StepUp: s.Fresh, Do: s.show},
			route.Route{Method: http.MethodPost, Pattern: s.path(), Name: "staff.settings." + s.Code + ".save", Right: access.WriteSettings,
				Auth: route.SignIn, StepUp: s.Fresh, Body: 256 << 10, Fields: fields, Do: s.save, Faulty: s.show},
		)
	}
	addMailTest(g)
	addHosts(g)
	addPlaces(g)
	addConsents(g)
}

func (s section) path() string { return "/practice/settings/" + s.Code }

type settingsView struct{ Rows []settingsRow }

// settingsRow leads to one section.
type settingsRow struct{ Title, About, Href string }

func settings(w http.ResponseWriter, v *route.Visit) error {
	var view settingsView
	for _, s := range sections {
		view.Rows = append(view.Rows, settingsRow{s.Title, s.About, s.path()})
	}
	view.Rows = append(view.Rows,
		settingsRow{"Crisis text", "The page for when it is urgent. It takes two people to change it.", "/practice/crisis"},
		settingsRow{"Rooms and video", "Where people meet.", "/practice/settings/places"},
		settingsRow{"Texts to sign", "What clients read and sign before the work begins.", "/practice/settings/consents"},
		settingsRow{"Host names", "The names under which this practice is found.", "/practice/settings/hosts"})
	return v.Page(w, settingsPage, frame(v, "Practice"), view)
}

type sectionView struct {
	Faults  []fault.Fault
	Title   string
	About   string
	Action  string
	Version int64
	Fields  []ui.Field
	Mail    bool // a test message may be asked for
}

func (s section) show(w http.ResponseWriter, v *route.Visit) error {
	view := sectionView{Faults: v.Faults, Title: s.Title, About: s.About, Action: s.path(), Version: v.Practice.Version, Mail: s.Code == "mail"}
	for _, one := range s.Settings {
		field := one.Field
		field.Value, field.Error, field.MaxLength = one.Get(v.Practice), ui.FaultIn(v.Faults, one.Name), one.Most
		if v.Mutates() && field.Type != "password" {
			field.Value = v.Form.Text(one.Name)
		}
		view.Fields = append(view.Fields, field)
	}
	return v.Page(w, sectionPage, frame(v, "Practice"), view)
}

func (s section) save(w http.ResponseWriter, v *route.Visit) error {
	p, err := practice.Read(v.Context(), v.DB)
	if err != nil {
		return err
	}
	p.Version = versionOf(v)
	var faults fault.List
	for _, one := range s.Settings {
		text := v.Form.Text(one.Name)
		if one.Type == "password" {
			text = v.Form.Raw(one.Name)
		}
		if sentence := one.Set(&p, text); sentence != "" {
			faults.Add(one.Name, sentence)
		}
	}
	if err := faults.Err(); err != nil {
		return err
	}
	if err := practice.Save(v.Context(), v.DB, v.By, p); err != nil {
		return err
	}
	return v.See(w, s.path()+"?said=saved")
}

// line is a setting of one line of text.
func line(name, label, hint string, of func(*practice.Settings) *string) setting {
	return setting{Field: ui.Field{Name: name, Label: label, Hint: hint}, Most: 200,
		Get: func(p practice.Practice) string { return *of(&p.Settings) },
		Set: func(p *practice.Practice, text string) string { *of(&p.Settings) = text; return "" }}
}

// prose is a setting of a long text, in Markdown.
func prose(name, label, hint string, of func(*practice.Settings) *string) setting {
	s := line(name, label, hint, of)
	s.Type, s.Rows, s.Most = "textarea", 18, 20000
	return s
}

// needed marks a setting that must not be empty.
func needed(s setting) setting { s.Required = true; return s }
