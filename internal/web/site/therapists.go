package site

import (
	"net/http"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/ask"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/writing"
)

var (
	therapistsPage = ui.Parse(pages, ui.Public, "therapists.html", "cards.html")
	therapistPage  = ui.Parse(pages, ui.Public, "therapist.html")
)

func addTherapists(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/therapists", Name: "site.therapists", Right: access.ReadSite, Auth: route.None,
			Query:  []route.Field{{Name: "focus", Max: 40, Line: true}, {Name: "for", Max: 40, Line: true}, {Name: "language", Max: 60, Line: true}},
			Static: true, Do: therapists},
		route.Route{Method: http.MethodGet, Pattern: "/therapists/{slug}", Name: "site.therapist", Right: access.ReadSite, Auth: route.None,
			Objects: []route.Object{{Param: "slug", Type: "therapist"}}, Static: true, Do: therapist},
	)
}

// modalities are the kinds of course with what visitors call them.
var modalities = []practice.Concern{{Code: "individual", Words: "One person"}, {Code: "couple", Words: "Couples"}, {Code: "family", Words: "Families"}}

type therapistCard struct {
	Href, Name, Title, Pronouns, Line, Times string
	Accepting                                bool
}

func cards(all []practice.Therapist) []therapistCard {
	list := make([]therapistCard, len(all))
	for i, t := range all {
		list[i] = therapistCard{Href: therapistHref(t), Name: t.Name, Title: t.Title(), Pronouns: t.Pronouns, Line: line(t.Profile),
			Times: t.Times, Accepting: t.Accepting}
	}
	return list
}

func therapistHref(t practice.Therapist) string { return "/therapists/" + t.Slug }

// line is one line in a therapist's own words: their quote, or the first sentence of what they say about their work.
func line(p practice.Profile) string {
	if p.Quote != "" {
		return p.Quote
	}
	about := strings.TrimSpace(p.About)
	if end := strings.IndexAny(about, ".?"); end > 0 {
		return about[:end+1]
	}
	return about
}

type therapistsView struct {
	Focus, For, Language ui.Field
	Narrowed             bool
	Therapists           []therapistCard
}

func therapists(w http.ResponseWriter, v *route.Visit) error {
	all, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	focus, modality, language := v.Form.Text("focus"), v.Form.Text("for"), v.Form.Text("language")
	view := therapistsView{Narrowed: focus+modality+language != "",
		Focus:    ui.Field{Name: "focus", Type: "select", Label: "What it is about", Value: focus, Options: choices(practice.Concerns)},
		For:      ui.Field{Name: "for", Type: "select", Label: "Who it is for", Value: modality, Options: choices(modalities)},
		Language: ui.Field{Name: "language", Type: "select", Label: "Language", Value: language, Options: choices(nil)}}
	for _, l := range ask.Languages(all) {
		view.Language.Options = append(view.Language.Options, ui.Option{Value: l, Label: l})
	}
	fits := slices.DeleteFunc(slices.Clone(all), func(t practice.Therapist) bool {
		return focus != "" && !slices.Contains(t.Focus, focus) || modality != "" && !slices.Contains(t.Modalities, modality) ||
			language != "" && !slices.Contains(t.Languages, language)
	})
	view.Therapists = cards(fits)
	f := frame(v, "Therapists", "Who works here: what they are at home with, how they were trained, and when they have time.")
	return v.Page(w, therapistsPage, f, view)
}

func choices(all []practice.Concern) []ui.Option {
	list := []ui.Option{{Value: "", Label: "Any"}}
	for _, c := range all {
		list = append(list, ui.Option{Value: c.Code, Label: c.Words})
	}
	return list
}

type therapistView struct {
	practice.Therapist
	First   string
	Facts   []ui.Fact
	Writing []articleCard
}

func therapist(w http.ResponseWriter, v *route.Visit) error {
	all, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(t practice.Therapist) bool { return t.Slug == v.PathValue("slug") })
	if i < 0 {
		return fault.NotFound()
	}
	view := therapistView{Therapist: all[i], First: firstName(all[i].Name), Facts: facts(all[i].Profile)}
	newest, err := writing.Published(v.Context(), v.DB, v.By, 0)
	if err != nil {
		return err
	}
	for _, a := range newest {
		if a.AuthorID == view.ID {
			view.Writing = append(view.Writing, cardOf(v, a, nil))
		}
	}
	return v.Page(w, therapistPage, frame(v, "Therapists", line(view.Profile)), view)
}

func facts(p practice.Profile) []ui.Fact {
	var all []ui.Fact
	add := func(name, is string) {
		if is != "" {
			all = append(all, ui.Fact{Name: name, Is: is})
		}
	}
	add("Works with", words(p.Modalities, modalities))
	add("At home with", words(p.Focus, practice.Concerns))
	add("Languages", strings.Join(p.Languages, ", "))
	add("Usual times", p.Times)
	add("Fees", p.Fees)
	add("Training", p.Training)
	add("License", p.License)
	return all
}

// words are the words of codes in a row; a code that is not in the list stands as it is.
func words(codes []string, list []practice.Concern) string {
	said := make([]string, len(codes))
	for i, code := range codes {
		said[i] = code
		for _, c := range list {
			if c.Code == code {
				said[i] = c.Words
			}
		}
	}
	return strings.Join(said, ", ")
}
