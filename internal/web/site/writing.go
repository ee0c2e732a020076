package site

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/writing"
)

var (
	writingPage = ui.Parse(pages, ui.Public, "writing.html")
	articlePage = ui.Parse(pages, ui.Public, "article.html")
)

func addWriting(g *route.Registry) {
	slug := []route.Object{{Param: "slug", Type: "article"}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/writing", Name: "site.writing", Right: access.ReadSite, Auth: route.None, Static: true, Do: listWriting},
		route.Route{Method: http.MethodGet, Pattern: "/writing/{slug}", Name: "site.article", Right: access.ReadSite, Auth: route.None, Objects: slug, Do: article},
		route.Route{Method: http.MethodPost, Pattern: "/writing/{slug}", Name: "site.reply.send", Right: access.LeaveReply, Auth: route.None, Objects: slug,
			Rate: route.Public, Apart: true, Do: sendReply, Faulty: article,
			Fields: append([]route.Field{{Name: "name", Max: writing.LongestName, Line: true}, {Name: "email", Max: 254, Line: true},
				{Name: "text", Max: writing.LongestReply}}, route.GuardFields...)},
	)
}

type articleCard struct {
	Href, Title, Summary, Author, Date, ISO string
	Minutes                                 int
}

func cardOf(v *route.Visit, a writing.Article, names map[practice.StaffID]string) articleCard {
	zone := v.Practice.Location()
	return articleCard{Href: articleHref(a), Title: a.Title, Summary: a.Summary, Author: names[a.AuthorID], Minutes: a.Minutes(),
		Date: ui.DateYear(zone, a.Published), ISO: a.Published.In(zone).Format("2006-01-02")}
}

func articleHref(a writing.Article) string { return "/writing/" + a.Slug }

// staffNames are the names of those who work here, and of those who did: an article keeps its author.
func staffNames(v *route.Visit) (map[practice.StaffID]string, error) {
	all, err := practice.Colleagues(v.Context(), v.DB)
	names := make(map[practice.StaffID]string, len(all))
	for _, s := range all {
		names[s.ID] = s.Name
	}
	return names, err
}

func listWriting(w http.ResponseWriter, v *route.Visit) error {
	all, err := writing.Published(v.Context(), v.DB, v.By, 0)
	if err != nil {
		return err
	}
	names, err := staffNames(v)
	if err != nil {
		return err
	}
	list := make([]articleCard, len(all))
	for i, a := range all {
		list[i] = cardOf(v, a, names)
	}
	return v.Page(w, writingPage, frame(v, "Writing", "Articles by the people who work here, about how people get close, come apart and find their way back."), list)
}

type replyView struct {
	Name, Date, ISO, Text string
	Badge                 string // "Author", or the practice's name for others who work here
}

type articleView struct {
	Article ui.Article
	Href    string
	Replies []replyView
	Held    bool // a reply was just left
	Faults  []fault.Fault
	Stamp   string
	Text    ui.Field
	Name    ui.Field
	Email   ui.Field
}

// article shows an article with its replies and the form to leave one; after a faulty reply, with what was typed.
func article(w http.ResponseWriter, v *route.Visit) error {
	a, below, err := writing.Read(v.Context(), v.DB, v.By, v.PathValue("slug"))
	if err != nil {
		return err
	}
	view := articleView{Href: articleHref(a), Held: v.Said() == "held", Faults: v.Faults,
		Text: ui.Field{Name: "text", Type: "textarea", Rows: 5, Label: "Your reply", Required: true, MaxLength: writing.LongestReply,
			Hint: "Please leave out details that could identify you or someone else. A person reads each reply before it appears."},
		Name:  ui.Field{Name: "name", Label: "Name", Autocomplete: "nickname", Required: true, Hint: "An initial is fine.", MaxLength: writing.LongestName},
		Email: ui.Field{Name: "email", Type: "email", Label: "Email", Autocomplete: "email", Required: true, Hint: "Only for the person who reads it.", MaxLength: 254}}
	for _, field := range []*ui.Field{&view.Text, &view.Name, &view.Email} {
		field.Value, field.Error = v.Form.Text(field.Name), ui.FaultIn(v.Faults, field.Name)
	}
	if view.Stamp, err = v.Stamp(); err != nil {
		return err
	}
	if view.Article, err = articleOf(v, a); err != nil {
		return err
	}
	for _, r := range below {
		view.Replies = append(view.Replies, replyOf(v, a, r))
	}
	f := frame(v, "Writing", a.Summary)
	f.Article, f.Flash = true, "" // the page itself says what became of a reply
	return v.Page(w, articlePage, f, view)
}

func articleOf(v *route.Visit, a writing.Article) (ui.Article, error) {
	author, err := practice.Colleague(v.Context(), v.DB, a.AuthorID)
	if err != nil {
		return ui.Article{}, err
	}
	all, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return ui.Article{}, err
	}
	card := cardOf(v, a, nil)
	shown := ui.Article{Title: a.Title, Author: author.Title(), Date: card.Date, ISO: card.ISO, Minutes: card.Minutes, Summary: a.Summary, Body: ui.Prose(a.Body)}
	for _, t := range all {
		if t.ID == a.AuthorID {
			shown.AuthorHref = therapistHref(t)
		}
	}
	return shown, nil
}

func replyOf(v *route.Visit, a writing.Article, r writing.Reply) replyView {
	zone := v.Practice.Location()
	view := replyView{Name: r.Name, Date: ui.DateYear(zone, r.At), ISO: r.At.In(zone).Format("2006-01-02"), Text: r.Text}
	switch r.StaffID {
	case "":
	case a.AuthorID:
		view.Badge = "Author"
	default:
		view.Badge = v.Practice.ShortName
	}
	return view
}

func sendReply(w http.ResponseWriter, v *route.Visit) error {
	said := writing.Said{Name: v.Form.Text("name"), Email: v.Form.Text("email"), Text: v.Form.Text("text")}
	if err := said.Validate(); err != nil {
		return err
	}
	to := articleHref(writing.Article{Slug: v.PathValue("slug")}) + "?said=held#replies"
	if v.Automatic() {
		return v.See(w, to)
	}
	return v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		if _, err := writing.LeaveReply(v.Context(), tx, v.By, v.PathValue("slug"), said); err != nil {
			return err
		}
		return v.See(w, to)
	})
}
