package site

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/writing"
)

var outPage = ui.Parse(pages, ui.Public, "out.html")

func addOut(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: ui.OutPath, Name: "site.out", Right: access.ReadSite, Auth: route.None,
			Query: []route.Field{{Name: "to", Max: 2000, Line: true}}, Do: out},
		route.Route{Method: http.MethodPost, Pattern: "/prefs", Name: "site.prefs", Right: access.ReadSite, Auth: route.None, Apart: true,
			Fields: []route.Field{{Name: "back", Max: 500, Line: true}, {Name: "theme", Max: 10, Line: true}, {Name: "discreet", Max: 5, Line: true}},
			Do:     savePrefs},
	)
}

type outView struct{ To, Host string }

// out stands before an address outside of the site. It leads only where the practice's own texts do, and never by
// itself: it shows the address, and a link.
func out(w http.ResponseWriter, v *route.Visit) error {
	to := v.Form.Text("to")
	u, err := url.Parse(to)
	if err != nil || u.Host == "" {
		return fault.NotFound()
	}
	known, err := linked(v, to, u.Host)
	if err != nil {
		return err
	}
	if !known {
		return fault.NotFound()
	}
	f := frame(v, "", "")
	f.NoIndex, f.Canonical = true, ""
	return v.Page(w, outPage, f, outView{To: to, Host: u.Host})
}

// linked reports whether a text of the practice that anyone may read links to the address.
func linked(v *route.Visit, to, host string) (bool, error) {
	leads := func(markdown string) bool {
		return strings.Contains(markdown, host) && slices.Contains(ui.OutwardLinks(markdown), to)
	}
	for _, t := range allTexts {
		_, markdown, err := t.words(v.Practice)
		if err != nil || leads(markdown) {
			return err == nil, err
		}
	}
	all, err := writing.Published(v.Context(), v.DB, v.By, 0)
	return slices.ContainsFunc(all, func(a writing.Article) bool { return leads(a.Body) }), err
}

func savePrefs(w http.ResponseWriter, v *route.Visit) error {
	ui.SavePrefs(v.House.Secure).ServeHTTP(w, v.Request)
	return nil
}
