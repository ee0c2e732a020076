package staff

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	hostsPage    = ui.Parse(pages, ui.Staff, "settings_hosts.html")
	placesPage   = ui.Parse(pages, ui.Staff, "settings_places.html")
	consentsPage = ui.Parse(pages, ui.Staff, "settings_consents.html")
	consentPage  = ui.Parse(pages, ui.Staff, "settings_consent.html")
)

func settingsGet(pattern, name string, do route.Handler) route.Route {
	return route.Route{Method: http.MethodGet, Pattern: pattern, Name: name, Right: access.ReadSettings, Auth: route.SignIn, Do: do}
}

func settingsPost(pattern, name string, do, faulty route.Handler, fields ...route.Field) route.Route {
	return route.Route{Method: http.MethodPost, Pattern: pattern, Name: name, Right: access.WriteSettings, Auth: route.SignIn, Do: do, Faulty: faulty, Fields: fields}
}

func addHosts(g *route.Registry) {
	host := route.Field{Name: "host", Max: 253, Line: true}
	for _, r := range []route.Route{
		settingsGet("/practice/settings/hosts", "staff.hosts", hosts),
		settingsPost("/practice/settings/hosts", "staff.hosts.add", addHost, hosts, host),
		settingsPost("/practice/settings/hosts/drop", "staff.hosts.drop", dropHost, hosts, host),
	} {
		r.StepUp = true // whoever sets the host names decides where links in messages lead
		g.Add(r)
	}
}

type hostsView struct {
	Faults []fault.Fault
	Hosts  []string
	Host   ui.Field
}

func hosts(w http.ResponseWriter, v *route.Visit) error {
	all, err := practice.Hosts(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	return v.Page(w, hostsPage, frame(v, "Practice"), hostsView{v.Faults, all, ui.Field{Name: "host", Label: "Another host name",
		Hint: "Such as www.example.org. It has to point to this program first.", Value: v.Form.Text("host"), Error: ui.FaultIn(v.Faults, "host"), Required: true}})
}

func addHost(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.AddHost(v.Context(), v.DB, v.By, v.Form.Text("host")); err != nil {
		return err
	}
	return v.See(w, "/practice/settings/hosts?said=added")
}

func dropHost(w http.ResponseWriter, v *route.Visit) error {
	if err := practice.DropHost(v.Context(), v.DB, v.By, v.Form.Text("host"), v.Host); err != nil {
		return err
	}
	return v.See(w, "/practice/settings/hosts?said=removed")
}

func addPlaces(g *route.Registry) {
	look := settingsGet("/practice/settings/places", "staff.places", places)
	look.Query = []route.Field{{Name: "place", Max: 64, Line: true}}
	g.Add(look,
		settingsPost("/practice/settings/places", "staff.places.keep", keepPlace, places,
			route.Field{Name: "place", Max: 64, Line: true}, route.Field{Name: "place_name", Line: true}, route.Field{Name: "place_kind", Max: 10, Line: true},
			route.Field{Name: "place_directions", Max: 1000}, route.Field{Name: "place_link", Max: 500, Line: true}, route.Field{Name: "place_active", Max: 5, Line: true}),
	)
}

type placesView struct {
	Faults []fault.Fault
	Places []schedule.Place
	Edit   bool // one that is there already is being changed
	ID     string
	Fields []ui.Field
	Kind   ui.Choices
	Active ui.Check
}

// places lists the rooms and video rooms, with a form for a new one or for the one that is asked for.
func places(w http.ResponseWriter, v *route.Visit) error {
	all, err := schedule.Places(v.Context(), v.DB)
	if err != nil {
		return err
	}
	p := schedule.Place{Kind: "room", Active: true}
	for _, one := range all {
		if string(one.ID) == v.Form.Text("place") {
			p = one
		}
	}
	if v.Mutates() {
		p.Name, p.Kind, p.Directions, p.Link = v.Form.Text("place_name"), v.Form.Text("place_kind"), v.Form.Text("place_directions"), v.Form.Text("place_link")
		p.Active = v.Form.Has("place_active")
	}
	view := placesView{Faults: v.Faults, Places: all, Edit: p.ID != "", ID: string(p.ID)}
	view.Kind = ui.Choices{Name: "place_kind", Legend: "What it is", Required: true, Error: ui.FaultIn(v.Faults, "place_kind"),
		Options: ui.Pick([]ui.Option{{Value: "room", Label: "A room, for one session at a time"}, {Value: "video", Label: "Video"}}, p.Kind)}
	view.Fields = []ui.Field{
		{Name: "place_name", Label: "Name", Hint: "Such as Room 2.", Value: p.Name, Error: ui.FaultIn(v.Faults, "place_name"), Required: true},
		{Name: "place_directions", Type: "textarea", Rows: 2, Label: "How to find it", Hint: "Clients read it with their appointment.", Value: p.Directions, Optional: true},
		{Name: "place_link", Label: "Link to the video room", Hint: "Begins with https://. Clients read it with their appointment.", Value: p.Link,
			Error: ui.FaultIn(v.Faults, "place_link"), Optional: true},
	}
	view.Active = ui.Check{Name: "place_active", Label: "It can be used for new appointments", Checked: p.Active}
	return v.Page(w, placesPage, frame(v, "Practice"), view)
}

func keepPlace(w http.ResponseWriter, v *route.Visit) error {
	p := schedule.Place{Kind: v.Form.Text("place_kind"), Active: v.Form.Has("place_active"),
		Way: schedule.Way{Name: v.Form.Text("place_name"), Directions: v.Form.Text("place_directions"), Link: v.Form.Text("place_link")}}
	if id := v.Form.Text("place"); id != "" {
		known, err := schedule.OnePlace(v.Context(), v.DB, schedule.PlaceID(id))
		if err != nil {
			return err
		}
		p.ID = known.ID
	}
	if _, err := schedule.KeepPlace(v.Context(), v.DB, v.By, p); err != nil {
		return err
	}
	return v.See(w, "/practice/settings/places?said=saved")
}

func addConsents(g *route.Registry) {
	one := settingsGet("/practice/settings/consents/{consent}", "staff.consent", consentText)
	publish := settingsPost("/practice/settings/consents/{consent}", "staff.consent.publish", publishConsent, consentText,
		route.Field{Name: "title", Line: true}, route.Field{Name: "body", Max: 40000})
	one.Objects = []route.Object{{Param: "consent", Type: "consent text"}}
	publish.Objects, publish.Body = one.Objects, 256<<10
	g.Add(settingsGet("/practice/settings/consents", "staff.consents", consentTexts), one, publish)
}

func consentTexts(w http.ResponseWriter, v *route.Visit) error {
	all, err := practice.Texts(v.Context(), v.DB)
	if err != nil {
		return err
	}
	return v.Page(w, consentsPage, frame(v, "Practice"), all)
}

type consentView struct {
	Faults      []fault.Fault
	Text        practice.ConsentText
	Title, Body ui.Field
}

// namedText is the newest version of the text that the path names.
func namedText(v *route.Visit) (practice.ConsentText, error) {
	return practice.NewestText(v.Context(), v.DB, v.PathValue("consent"))
}

func consentText(w http.ResponseWriter, v *route.Visit) error {
	text, err := namedText(v)
	if err != nil {
		return err
	}
	view := consentView{Faults: v.Faults, Text: text,
		Title: ui.Field{Name: "title", Label: "Title", Value: text.Title, Error: ui.FaultIn(v.Faults, "title"), Required: true},
		Body: ui.Field{Name: "body", Type: "textarea", Rows: 24, Label: "Text", Hint: "Markdown.", Value: text.Body, Error: ui.FaultIn(v.Faults, "body"),
			Required: true}}
	if v.Mutates() {
		view.Title.Value, view.Body.Value = v.Form.Text("title"), v.Form.Text("body")
	}
	return v.Page(w, consentPage, frame(v, "Practice"), view)
}

func publishConsent(w http.ResponseWriter, v *route.Visit) error {
	text, err := namedText(v)
	if err != nil {
		return err
	}
	text.Title, text.Body = v.Form.Text("title"), v.Form.Text("body")
	if err := practice.PublishText(v.Context(), v.DB, v.By, text); err != nil {
		return err
	}
	return v.See(w, "/practice/settings/consents?said=published")
}
