package staff

import (
	"cmp"
	"net/http"
	"strconv"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/writing"
)

var (
	articlesPage       = ui.Parse(pages, ui.Staff, "articles.html")
	articleEditPage    = ui.Parse(pages, ui.Staff, "articles_edit.html")
	articlePreviewPage = ui.Parse(pages, ui.Public, "articles_preview.html")
)

var articleFields = []route.Field{
	{Name: "title", Max: writing.LongestTitle, Line: true},
	{Name: "summary", Max: writing.LongestSummary, Line: true},
	{Name: "body", Max: writing.LongestBody},
	{Name: "article", Max: 64, Line: true}, // of a preview
	{Name: "version", Max: 20, Line: true},
	{Name: "then", Max: 10, Line: true},
	{Name: "author", Max: 64, Line: true}, // of a new article, for those who write for others
}

// articleBody is how many bytes the form of an article may have: its longest text in UTF-8, encoded.
const articleBody = 512 << 10

func addWriting(g *route.Registry) {
	one := []route.Object{{Param: "article", Type: "article"}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/articles", Name: "staff.articles", Right: access.ReadArticles, Auth: route.SignIn, Do: articles},
		route.Route{Method: http.MethodGet, Pattern: "/articles/new", Name: "staff.article.new", Right: access.WriteArticle, Auth: route.SignIn, Do: newArticle},
		route.Route{Method: http.MethodPost, Pattern: "/articles", Name: "staff.article.begin", Right: access.WriteArticle, Auth: route.SignIn,
			Fields: articleFields, Body: articleBody, Do: beginArticle, Faulty: newArticle},
		route.Route{Method: http.MethodPost, Pattern: "/articles/preview", Name: "staff.article.preview", Right: access.WriteArticle, Auth: route.SignIn,
			Fields: articleFields, Body: articleBody, Apart: true, Success: []int{http.StatusOK}, Do: previewArticle},
		route.Route{Method: http.MethodGet, Pattern: "/articles/{article}", Name: "staff.article", Right: access.WriteArticle, Auth: route.SignIn, Objects: one, Do: editArticle},
		route.Route{Method: http.MethodPost, Pattern: "/articles/{article}", Name: "staff.article.save", Right: access.WriteArticle, Auth: route.SignIn,
			Objects: one, Fields: articleFields, Body: articleBody, Do: saveArticle, Faulty: editArticle},
	)
	addReplies(g)
}

type articlesView struct {
	Rows     []articleRow
	MayWrite bool
}

type articleRow struct {
	Title, Author, When string
	Badge               ui.Badge
	Href                string // to change it; empty where the person may not
	Page                string // where readers see it; empty for a draft
}

func articles(w http.ResponseWriter, v *route.Visit) error {
	all, err := writing.Articles(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	staff, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return err
	}
	names := map[practice.StaffID]string{}
	for _, s := range staff {
		names[s.ID] = s.Name
	}
	rows := make([]articleRow, len(all))
	for i, a := range all {
		rows[i] = articleRow{Title: a.Title, Author: names[a.AuthorID], When: "Changed " + ui.DateYear(v.Practice.Location(), a.Changed), Badge: articleBadge(a)}
		if writing.MayChange(v.By, a) {
			rows[i].Href = "/articles/" + string(a.ID)
		}
		if !a.Draft {
			rows[i].Page = "/writing/" + a.Slug
		}
	}
	return v.Page(w, articlesPage, frame(v, "Writing"), articlesView{rows, access.Of(v.By, access.WriteArticle) != 0})
}

func articleBadge(a writing.Article) ui.Badge {
	if a.Draft {
		return ui.Badge{Icon: "pen", Text: "Draft"}
	}
	return ui.Badge{Tone: "steady", Icon: "check", Text: "Published"}
}

type articleEditView struct {
	Faults               []fault.Fault
	Action               string // where the form is sent
	ID                   writing.ID
	Version              string
	Draft, New           bool
	Badge                ui.Badge
	Page                 string // where readers see it
	Title, Summary, Body ui.Field
	Author               ui.Field // without options there is nothing to choose
}

func editView(v *route.Visit, a writing.Article) articleEditView {
	view := articleEditView{Faults: v.Faults, Action: "/articles", New: a.ID == "", ID: a.ID, Draft: a.Draft, Badge: articleBadge(a),
		Version: cmp.Or(v.Form.Text("version"), strconv.FormatInt(a.Version, 10)),
		Title:   ui.Field{Name: "title", Label: "Title", Required: true, MaxLength: writing.LongestTitle, Value: a.Title},
		Summary: ui.Field{Name: "summary", Type: "textarea", Rows: 2, Label: "In a sentence", Required: true, MaxLength: writing.LongestSummary, Value: a.Summary,
			Hint: "It stands under the title, in lists and in search engines."},
		Body: ui.Field{Name: "body", Type: "textarea", Rows: 24, Label: "Text", Required: true, MaxLength: writing.LongestBody, Value: a.Body,
			Hint: "Markdown: an empty line begins a paragraph, ## a heading, - a list, *emphasis*, [words](https://example.org) a link. No client, not even a disguised one, without their consent."},
	}
	if !view.New {
		view.Action += "/" + string(a.ID)
		if !a.Draft {
			view.Page = "/writing/" + a.Slug
		}
	}
	for _, field := range []*ui.Field{&view.Title, &view.Summary, &view.Body} {
		if v.Mutates() {
			field.Value = v.Form.Text(field.Name)
		}
		field.Error = ui.FaultIn(v.Faults, field.Name)
	}
	return view
}

func newArticle(w http.ResponseWriter, v *route.Visit) error {
	view := editView(v, writing.Article{Draft: true})
	if access.Of(v.By, access.EditArticles) != 0 {
		staff, err := practice.Colleagues(v.Context(), v.DB)
		if err != nil {
			return err
		}
		view.Author = ui.Field{Name: "author", Type: "select", Label: "Written by", Value: cmp.Or(v.Form.Text("author"), v.By.ID)}
		for _, s := range staff {
			view.Author.Options = append(view.Author.Options, ui.Option{Value: string(s.ID), Label: s.Title()})
		}
	}
	return v.Page(w, articleEditPage, frame(v, "Writing"), view)
}

func editArticle(w http.ResponseWriter, v *route.Visit) error {
	a, err := writing.One(v.Context(), v.DB, v.By, writing.ID(v.PathValue("article")))
	if err != nil {
		return err
	}
	if !writing.MayChange(v.By, a) {
		return fault.NotFound()
	}
	return v.Page(w, articleEditPage, frame(v, "Writing"), editView(v, a))
}

func articleWords(f route.Form) writing.Words {
	return writing.Words{Title: f.Text("title"), Summary: f.Text("summary"), Body: f.Text("body")}
}

func beginArticle(w http.ResponseWriter, v *route.Visit) error {
	a, err := begunArticle(v)
	if err != nil {
		return err
	}
	return proceed(w, v, a.ID, a.Version)
}

func begunArticle(v *route.Visit) (writing.Article, error) {
	if author := v.Form.Text("author"); author != "" && author != v.By.ID {
		return writing.BeginFor(v.Context(), v.DB, v.By, practice.StaffID(author), articleWords(v.Form))
	}
	return writing.Begin(v.Context(), v.DB, v.By, articleWords(v.Form))
}

func saveArticle(w http.ResponseWriter, v *route.Visit) error {
	id := writing.ID(v.PathValue("article"))
	version, ok := v.Form.Number("version")
	if !ok {
		return fault.Invalid("", "This form is missing a part. Please load the page again.")
	}
	if err := writing.Edit(v.Context(), v.DB, v.By, id, int64(version), articleWords(v.Form)); err != nil {
		return err
	}
	return proceed(w, v, id, int64(version)+1)
}

// proceed does what the pressed button says should follow upon saving.
func proceed(w http.ResponseWriter, v *route.Visit, id writing.ID, version int64) error {
	said := "saved"
	var err error
	switch v.Form.Text("then") {
	case "publish":
		said, err = "published", writing.Publish(v.Context(), v.DB, v.By, id, version)
	case "unpublish":
		said, err = "removed", writing.Unpublish(v.Context(), v.DB, v.By, id, version)
	}
	if err != nil {
		return err
	}
	return v.See(w, "/articles/"+string(id)+"?said="+said)
}

// previewArticle shows what was typed as readers would see it, and keeps nothing.
func previewArticle(w http.ResponseWriter, v *route.Visit) error {
	words := articleWords(v.Form)
	by := practice.StaffID(cmp.Or(v.Form.Text("author"), v.By.ID))
	shown := ui.Article{Title: words.Title, Minutes: words.Minutes(), Summary: words.Summary, Body: ui.Prose(words.Body)}
	if id := writing.ID(v.Form.Text("article")); id != "" {
		a, err := writing.One(v.Context(), v.DB, v.By, id)
		if err != nil {
			return err
		}
		if by = a.AuthorID; !a.Published.IsZero() {
			zone := v.Practice.Location()
			shown.Date, shown.ISO = ui.DateYear(zone, a.Published), a.Published.In(zone).Format("2006-01-02")
		}
	}
	author, err := practice.Colleague(v.Context(), v.DB, by)
	if err != nil {
		return err
	}
	shown.Author = author.Title()
	f := v.Frame()
	f.Nav, f.NoIndex = ui.SiteNav("Writing"), true
	return v.Page(w, articlePreviewPage, f, shown)
}
