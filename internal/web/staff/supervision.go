package staff

import (
	"html/template"
	"net/http"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var supervisionPage = ui.Parse(pages, ui.Staff, "supervision.html")

func addSupervision(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/supervision", Name: "staff.supervision", Right: access.SeeSupervised, Auth: route.SignIn,
		Do: supervision})
}

type supervisionView struct {
	Sentence   string
	Risks      int
	Therapists []supervisedView
	Empty      ui.Empty
}

type supervisedView struct {
	Name    string
	ID      string
	Courses string
	Week    string
	Items   []supervisedItem
}

type supervisedItem struct {
	Who   template.HTML
	Href  string
	Badge ui.Badge
	Text  string
	Risks int
}

func supervision(w http.ResponseWriter, v *route.Visit) error {
	all, err := caseload.Supervision(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	view := supervisionView{Empty: ui.Empty{Icon: "people", Title: "Nobody is supervised by you yet.", Text: "The owner says who supervises whom."}}
	open := 0
	for _, s := range all {
		one := supervisedView{Name: s.Therapist.Title(), ID: string(s.Therapist.ID), Courses: ui.Plural(s.Courses, "course", "courses"),
			Week: "/week?of=" + string(s.Therapist.ID)}
		for _, item := range s.Items {
			row := supervisedItem{Who: oneOf(v, item.Client), Href: "/courses/" + string(item.Course.ID) + "?client=" + string(item.Client.ID), Risks: len(item.Risks)}
			view.Risks += row.Risks
			if item.Bond != nil {
				open++
				row.Badge = ui.RuptureBadge(string(item.Bond.State))
				row.Text = dotted(ui.Plural(item.Days, "day", "days"), caseload.WishWords(item.Bond.Wish))
			}
			one.Items = append(one.Items, row)
		}
		view.Therapists = append(view.Therapists, one)
	}
	view.Sentence = upperFirst(countWords(open, "rupture", "ruptures")) + " between clients and those you supervise. A rupture is no failure: what matters is the way on."
	return v.Page(w, supervisionPage, frame(v, "Supervision"), view)
}
