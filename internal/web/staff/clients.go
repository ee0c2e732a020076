package staff

import (
	"html/template"
	"net/http"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var clientsPage = ui.Parse(pages, ui.Staff, "clients.html")

func addClients(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/clients", Name: "staff.clients", Right: access.FindClient, Auth: route.SignIn,
			Query: []route.Field{{Name: "all", Max: 3, Line: true}}, Do: clients},
		route.Route{Method: http.MethodGet, Pattern: "/find", Name: "staff.find", Right: access.FindClient, Auth: route.SignIn,
			Query: []route.Field{{Name: "q", Max: 100, Line: true}}, Do: find},
	)
}

type clientsView struct {
	Title    string
	Sentence string
	Query    string
	Searched bool
	Tabs     *ui.Tabs
	Bonds    bool
	Rows     []clientRow
	Empty    ui.Empty
}

type clientRow struct {
	Who   template.HTML
	Href  string
	About string
	Badge ui.Badge
	With  string
	Last  string
	Next  string
}

func clients(w http.ResponseWriter, v *route.Visit) error {
	everyone := access.Of(v.By, access.FindClient)&access.Everyone != 0
	own := v.By.Is(access.Therapist)
	if everyone && (!own || v.Form.Text("all") == "yes") {
		return allClients(w, v, own)
	}
	if !own {
		return v.See(w, "/supervision")
	}
	entries, err := caseload.Own(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	view := clientsView{Title: "My caseload", Bonds: true, Empty: ui.Empty{Icon: "people", Title: "No clients yet."}}
	if everyone {
		view.Tabs = clientTabs(false)
	}
	torn := 0
	for _, e := range entries {
		row := entryRow(v, e)
		row.Href = "/courses/" + string(e.Course.ID)
		row.Badge = ui.SignalBadge("steady")
		if e.Bond != nil {
			torn++
			row.Badge = ui.RuptureBadge(string(e.Bond.State))
			row.Href += "?client=" + string(e.Bond.ClientID)
		} else if e.Held == 0 {
			row.Badge = ui.SignalBadge("new")
		}
		view.Rows = append(view.Rows, row)
	}
	view.Sentence = ui.Plural(len(entries), "course", "courses") + ", " + countWords(torn, "", "") + " with a rupture to tend."
	return v.Page(w, clientsPage, frame(v, "Clients"), view)
}

func clientTabs(all bool) *ui.Tabs {
	return &ui.Tabs{Label: "Whose clients", Items: []ui.Tab{
		{Href: "/clients", Label: "My caseload", Current: !all},
		{Href: "/clients?all=yes", Label: "The whole practice", Current: all}}}
}

// allClients is the list for those who keep the practice's times: no clinical marks.
func allClients(w http.ResponseWriter, v *route.Visit, own bool) error {
	entries, more, err := caseload.All(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	view := clientsView{Title: "Clients", Sentence: ui.Plural(len(entries), "course", "courses") + ".",
		Empty: ui.Empty{Icon: "people", Title: "No clients yet."}}
	if more {
		view.Sentence = "The newest courses. Find anyone else by name."
	}
	if own {
		view.Tabs = clientTabs(true)
	}
	for _, e := range entries {
		row := entryRow(v, e)
		if len(e.Clients) > 0 {
			row.Href = "/clients/" + string(e.Clients[0].ID)
		}
		view.Rows = append(view.Rows, row)
	}
	return v.Page(w, clientsPage, frame(v, "Clients"), view)
}

func entryRow(v *route.Visit, e caseload.Entry) clientRow {
	loc := v.Practice.Location()
	row := clientRow{Who: whoOf(v, e.Clients), With: e.Therapist, About: togetherWords(e.Course.Modality)}
	if e.Course.State == "ended" {
		row.About = dotted(row.About, "Ended "+ui.DateYear(loc, e.Course.Ended))
	}
	if e.Held > 0 {
		row.Last = ui.Plural(e.Held, "session", "sessions") + ", last " + ui.DateShort(loc, e.Standing.Last)
	}
	if e.Next != nil {
		row.Next = shortWhen(v, e.Next.Start)
	}
	return row
}

func find(w http.ResponseWriter, v *route.Visit) error {
	view := clientsView{Title: "Find a client", Query: v.Form.Text("q"), Searched: true}
	view.Empty = ui.Empty{Icon: "search", Title: "Type the beginning of a name."}
	if view.Query != "" {
		found, err := practice.FindClients(v.Context(), v.DB, v.By, view.Query)
		if err != nil {
			return err
		}
		view.Empty = ui.Empty{Icon: "search", Title: "Nobody by that name.", Text: "Two letters or more of any part of the name are enough."}
		for _, c := range found {
			row := clientRow{Who: oneOf(v, c), Href: "/clients/" + string(c.ID)}
			if c.State == "former" {
				row.About = "Former client"
			}
			view.Rows = append(view.Rows, row)
		}
	}
	return v.Page(w, clientsPage, frame(v, "Clients"), view)
}
