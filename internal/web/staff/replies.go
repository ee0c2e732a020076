package staff

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/writing"
)

var repliesPage = ui.Parse(pages, ui.Staff, "replies.html")

func addReplies(g *route.Registry) {
	one := []route.Object{{Param: "reply", Type: "reply"}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/replies", Name: "staff.replies", Right: access.Moderate, Auth: route.SignIn,
			Query: []route.Field{{Name: "show", Max: 20, Line: true}}, Do: showReplies},
		route.Route{Method: http.MethodPost, Pattern: "/replies/{reply}/publish", Name: "staff.reply.publish", Right: access.Moderate, Auth: route.SignIn,
			Objects: one, Do: publishReply},
		route.Route{Method: http.MethodPost, Pattern: "/replies/{reply}/refuse", Name: "staff.reply.refuse", Right: access.Moderate, Auth: route.SignIn,
			Objects: one, Do: refuseReply},
	)
}

// replyShows are the views of the list, with the state that each shows.
var replyShows = []struct {
	state writing.ReplyState
	label string
	empty string
}{
	{writing.Held, "To read", "Everything has been read."},
	{writing.Appears, "On the site", "No reply is on the site yet."},
	{writing.Declined, "Not published", "Nothing was turned down lately."},
}

type repliesView struct {
	Tabs     ui.Tabs
	Empty    ui.Empty
	Replies  []replyRow
	KeptDays int
}

type replyRow struct {
	ID                        writing.ReplyID
	Name, Email, When, Text   string
	Staff                     bool // written by someone who works here
	Article, ArticleHref      string
	MayPublish, MayRefuse     bool
	PublishLabel, RefuseLabel string
}

func showReplies(w http.ResponseWriter, v *route.Visit) error {
	chosen := replyShows[0]
	for _, s := range replyShows {
		if string(s.state) == v.Form.Text("show") {
			chosen = s
		}
	}
	all, err := writing.Replies(v.Context(), v.DB, v.By, chosen.state)
	if err != nil {
		return err
	}
	written, err := writing.Articles(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	byID := map[writing.ID]writing.Article{}
	for _, a := range written {
		byID[a.ID] = a
	}
	view := repliesView{Empty: ui.Empty{Icon: "check", Title: chosen.empty}, KeptDays: int(writing.KeptFor.Hours() / 24), Tabs: ui.Tabs{Label: "Replies by what was decided"}}
	for _, s := range replyShows {
		tab := ui.Tab{Href: "/replies?show=" + string(s.state), Label: s.label, Current: s.state == chosen.state}
		if tab.Current && s.state == writing.Held {
			tab.Count = len(all)
		}
		view.Tabs.Items = append(view.Tabs.Items, tab)
	}
	for _, r := range all {
		view.Replies = append(view.Replies, rowOf(v, r, byID[r.ArticleID]))
	}
	return v.Page(w, repliesPage, frame(v, "Replies"), view)
}

func rowOf(v *route.Visit, r writing.Reply, a writing.Article) replyRow {
	zone := v.Practice.Location()
	row := replyRow{ID: r.ID, Name: r.Name, Email: r.Email, Text: r.Text, Staff: r.StaffID != "", Article: a.Title, ArticleHref: "/articles/" + string(a.ID),
		When:       ui.DateYear(zone, r.At) + ", " + ui.Clock(zone, r.At),
		MayPublish: r.State != writing.Appears, MayRefuse: r.State != writing.Declined, PublishLabel: "Publish", RefuseLabel: "Don’t publish"}
	switch r.State {
	case writing.Appears:
		row.RefuseLabel = "Take it from the site"
	case writing.Declined:
		row.PublishLabel = "Publish after all"
	}
	return row
}

func publishReply(w http.ResponseWriter, v *route.Visit) error {
	if err := writing.PublishReply(v.Context(), v.DB, v.By, writing.ReplyID(v.PathValue("reply"))); err != nil {
		return err
	}
	return v.See(w, "/replies?said=published")
}

func refuseReply(w http.ResponseWriter, v *route.Visit) error {
	if err := writing.RefuseReply(v.Context(), v.DB, v.By, writing.ReplyID(v.PathValue("reply"))); err != nil {
		return err
	}
	return v.See(w, "/replies?said=marked")
}
