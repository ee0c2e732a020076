package site

import (
	"html/template"
	"net/http"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var textPage = ui.Parse(pages, ui.Public, "texts.html")

// text is one of the practice's pages that are words only: the practice's own where it has some, else what it began with.
type text struct {
	path, name, current, description string
	built                            texts.PageName
	own                              func(practice.Practice) string
	asks                             bool // it ends with the way to an appointment
}

var allTexts = []text{
	{"/how-we-work", "site.how", "How we work", "What relational therapy is here: what we look at, what a session is like, and what we know and do not know.",
		texts.HowWeWork, func(p practice.Practice) string { return p.HowWeWork }, true},
	{"/fees", "site.fees", "Fees", "What sessions cost, the sliding scale, insurance, and what happens when something comes up.",
		texts.Fees, func(p practice.Practice) string { return p.Fees }, true},
	{"/privacy", "site.privacy", "", "What this site keeps, and what it does not: no trackers, nothing from third parties.",
		texts.Privacy, func(p practice.Practice) string { return p.Privacy }, false},
	{"/younger", "site.younger", "", "", texts.Minors, func(p practice.Practice) string { return p.Minors }, false},
}

func addTexts(g *route.Registry) {
	for _, t := range allTexts {
		g.Add(route.Route{Method: http.MethodGet, Pattern: t.path, Name: t.name, Right: access.ReadSite, Auth: route.None,
			Static: t.path != youngerPath, Do: t.show})
	}
}

type textView struct {
	Title string
	Body  template.HTML
	Asks  bool
}

func (t text) show(w http.ResponseWriter, v *route.Visit) error {
	title, markdown, err := t.words(v.Practice)
	if err != nil {
		return err
	}
	f := frame(v, t.current, t.description)
	if t.path == youngerPath {
		f = quiet(v)
	}
	return v.Page(w, textPage, f, textView{title, ui.Prose(markdown), t.asks})
}

func (t text) words(p practice.Practice) (title, markdown string, err error) {
	page, err := texts.Read(t.built)
	return page.Title, orElse(t.own(p), page.Body), err
}
