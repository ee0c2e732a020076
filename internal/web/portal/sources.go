package portal

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/measure"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var sourcesPage = ui.Parse(pages, ui.Client, "sources.html")

func addSources(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/sources", Name: "portal.sources", Right: access.ReadSite, Auth: route.None, Do: sources})
}

type source struct{ Attribution, License string }

// sources says where the questions of the first forms come from: the notice that
// their licences ask for, on a page that every form links to.
func sources(w http.ResponseWriter, v *route.Visit) error {
	library, err := measure.Instruments()
	if err != nil {
		return err
	}
	var all []source
	for _, id := range measure.Intake {
		if form, ok := library.Instrument(id); ok {
			all = append(all, source{form.Attribution, form.Licence})
		}
	}
	return v.Page(w, sourcesPage, frame(v, ""), all)
}
