package staff

import (
	"net/http"
	"strconv"
	"strings"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var profilePage = ui.Parse(pages, ui.Staff, "people_profile.html")

var profileFields = []route.Field{{Name: "slug", Max: 60, Line: true}, {Name: "published", Max: 5, Line: true}, {Name: "accepting", Max: 5, Line: true},
	{Name: "capacity", Max: 3, Line: true}, {Name: "about", Max: 5000}, {Name: "quote", Max: 300}, {Name: "focus", Max: 20, Many: true, Line: true},
	{Name: "modalities", Max: 20, Many: true, Line: true}, {Name: "languages", Max: 200, Line: true}, {Name: "training", Max: 1000},
	{Name: "license", Max: 200, Line: true}, {Name: "identity", Max: 500}, {Name: "fees", Max: 300, Line: true}, {Name: "times", Max: 300, Line: true}}

func addProfile(g *route.Registry) {
	staff := []route.Object{{Param: "staff", Type: "staff"}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/profile", Name: "staff.profile", Right: access.WriteProfile, Auth: route.SignIn, Do: profile},
		route.Route{Method: http.MethodPost, Pattern: "/profile", Name: "staff.profile.save", Right: access.WriteProfile, Auth: route.SignIn,
			Fields: profileFields, Do: saveProfile, Faulty: profile},
		route.Route{Method: http.MethodGet, Pattern: "/people/{staff}/profile", Name: "staff.person.profile", Right: access.WriteProfile,
			Auth: route.SignIn, Objects: staff, Do: profile},
		route.Route{Method: http.MethodPost, Pattern: "/people/{staff}/profile", Name: "staff.person.profile.save", Right: access.WriteProfile,
			Auth: route.SignIn, Objects: staff, Fields: profileFields, Do: saveProfile, Faulty: profile},
	)
}

type profileView struct {
	Faults               []fault.Fault
	Action               string
	Name                 string
	Public               string // the path of the page; empty while it is not shown
	About, Quote         ui.Field
	Focus, Modalities    ui.Choices
	Fields               []ui.Field
	Slug, Capacity       ui.Field
	Published, Accepting ui.Check
}

// profileOf is the therapist whose profile the path names: the actor's own where it names none. Who may not change it
// is told that there is none.
func profileOf(v *route.Visit) (practice.Therapist, error) {
	id := practice.StaffID(v.PathValue("staff"))
	if id == "" {
		id = practice.StaffID(v.By.ID)
	}
	if string(id) != v.By.ID && access.Of(v.By, access.WriteProfile)&access.Everyone == 0 {
		return practice.Therapist{}, fault.NotFound()
	}
	return practice.OneTherapist(v.Context(), v.DB, id)
}

func profile(w http.ResponseWriter, v *route.Visit) error {
	t, err := profileOf(v)
	if err != nil {
		return err
	}
	view := profileView{Faults: v.Faults, Action: v.URL.Path, Name: t.Title()}
	if t.Published {
		view.Public = "/therapists/" + t.Slug
	}
	if v.Mutates() {
		t = typedProfile(v, t)
	}
	view.fill(t)
	return v.Page(w, profilePage, frame(v, ""), view)
}

func (view *profileView) fill(t practice.Therapist) {
	view.About = ui.Field{Name: "about", Type: "textarea", Rows: 10, Label: "About the work", Hint: "A few paragraphs, in the first person.", Value: t.About}
	view.Quote = ui.Field{Name: "quote", Type: "textarea", Rows: 2, Label: "One sentence", Hint: "Beside the name in the directory.", Value: t.Quote}
	view.Focus = ui.Choices{Name: "focus", Legend: "Focus", Multiple: true, Layout: "chips", Options: ui.Pick(concernOptions(practice.Concerns), t.Focus...),
		Hint: "What they know most about. The match reads it."}
	view.Modalities = ui.Choices{Name: "modalities", Legend: "Works with", Multiple: true, Layout: "chips", Required: true,
		Options: ui.Pick(concernOptions(practice.Modalities), t.Modalities...)}
	view.Fields = []ui.Field{
		{Name: "languages", Label: "Languages", Hint: "With commas between them. The match reads it.", Value: strings.Join(t.Languages, ", ")},
		{Name: "training", Type: "textarea", Rows: 3, Label: "Training", Value: t.Training, Optional: true},
		{Name: "license", Label: "License", Value: t.License, Optional: true},
		{Name: "identity", Type: "textarea", Rows: 2, Label: "Who they are, in their own words", Value: t.Identity, Optional: true},
		{Name: "fees", Label: "Fees", Value: t.Fees, Optional: true},
		{Name: "times", Label: "Times", Hint: "When they usually work, in words.", Value: t.Times, Optional: true},
	}
	view.Slug = ui.Field{Name: "slug", Label: "Address of the page", Hint: "/therapists/ and then this: small letters, digits and hyphens.", Value: t.Slug, Required: true}
	view.Capacity = ui.Field{Name: "capacity", Label: "How many courses at most", InputMode: "numeric", Short: true, Value: strconv.Itoa(t.Capacity), Required: true}
	view.Published = ui.Check{Name: "published", Label: "Show the page on the public site", Checked: t.Published}
	view.Accepting = ui.Check{Name: "accepting", Label: "Takes new clients", Checked: t.Accepting}
	for _, field := range []*ui.Field{&view.About, &view.Slug, &view.Capacity} {
		field.Error = ui.FaultIn(view.Faults, field.Name)
	}
	view.Focus.Error, view.Modalities.Error = ui.FaultIn(view.Faults, "focus"), ui.FaultIn(view.Faults, "modalities")
}

func concernOptions(all []practice.Concern) []ui.Option {
	var options []ui.Option
	for _, c := range all {
		options = append(options, ui.Option{Value: c.Code, Label: c.Words})
	}
	return options
}

// typedProfile is t with what the form sent.
func typedProfile(v *route.Visit, t practice.Therapist) practice.Therapist {
	f := v.Form
	t.Slug, t.Published, t.Accepting = f.Text("slug"), f.Has("published"), f.Has("accepting")
	var ok bool
	if t.Capacity, ok = f.Number("capacity"); !ok {
		t.Capacity = -1
	}
	t.Profile = practice.Profile{About: f.Text("about"), Quote: f.Text("quote"), Focus: f.All("focus"), Modalities: f.All("modalities"),
		Training: f.Text("training"), License: f.Text("license"), Identity: f.Text("identity"), Fees: f.Text("fees"), Times: f.Text("times")}
	for language := range strings.SplitSeq(f.Text("languages"), ",") {
		if language = strings.TrimSpace(language); language != "" {
			t.Languages = append(t.Languages, language)
		}
	}
	return t
}

func saveProfile(w http.ResponseWriter, v *route.Visit) error {
	t, err := profileOf(v)
	if err != nil {
		return err
	}
	if err := practice.KeepProfile(v.Context(), v.DB, v.By, typedProfile(v, t)); err != nil {
		return err
	}
	return v.See(w, v.URL.Path+"?said=saved")
}
