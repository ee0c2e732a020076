package staff

import (
	"net/http"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var inboxPage = ui.Parse(pages, ui.Staff, "inbox.html")

func addInbox(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/inbox", Name: "staff.inbox", Right: access.ReadInquiry, Auth: route.SignIn,
		Query: []route.Field{{Name: "show", Max: 20, Line: true}}, Do: inbox})
}

// inboxShows are the filters of the inbox, with the states that each shows.
var inboxShows = []struct {
	Code, Label string
	States      []intake.State
}{
	{"", "To answer", []intake.State{intake.New}},
	{"offered", "Waiting for them", []intake.State{intake.Offered}},
	{"waiting", "Wait list", []intake.State{intake.Waiting}},
	{"booked", "Booked", []intake.State{intake.Booked}},
	{"past", "Ended", []intake.State{intake.Referred, intake.Closed}},
}

type inboxView struct {
	Sentence string
	MayAdd   bool
	Tabs     ui.Tabs
	Rows     []inboxRow
	Empty    ui.Empty
}

type inboxRow struct {
	ID       intake.ID
	Name     string
	Pronouns string
	CameIn   string
	Brings   string
	Suits    string
	Badge    ui.Badge
	Due      string
	Action   string
	Href     string
}

func inbox(w http.ResponseWriter, v *route.Visit) error {
	show := inboxShows[0]
	for _, s := range inboxShows {
		if s.Code == v.Form.Text("show") {
			show = s
		}
	}
	all, err := intake.Inbox(v.Context(), v.DB, v.By, show.States...)
	if err != nil {
		return err
	}
	counts, err := intake.Count(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	now := v.DB.Now()
	view := inboxView{Sentence: inboxSentence(all, counts, now), MayAdd: access.Of(v.By, access.WriteInquiry) != 0,
		Empty: ui.Empty{Icon: "inbox", Title: "Everyone has heard back."}}
	if show.Code != "" {
		view.Empty.Title = "Nobody here just now."
	}
	for _, s := range inboxShows {
		n := 0
		for _, state := range s.States {
			n += counts[state]
		}
		href := "/inbox"
		if s.Code != "" {
			href += "?show=" + s.Code
		}
		view.Tabs.Items = append(view.Tabs.Items, ui.Tab{Href: href, Label: s.Label, Count: n, Current: s.Code == show.Code})
	}
	view.Tabs.Label = "Filter inquiries"
	for _, i := range all {
		view.Rows = append(view.Rows, inboxRowOf(v, i, now))
	}
	return v.Page(w, inboxPage, frame(v, "Inquiries"), view)
}

// inboxSentence says how it stands: who waits, and who has waited too long.
func inboxSentence(all []intake.Inquiry, counts map[intake.State]int, now time.Time) string {
	waiting := counts[intake.New]
	if waiting == 0 {
		return "Everyone has heard back."
	}
	late := 0
	for _, i := range all {
		if i.State == intake.New && i.Clock(now) == intake.Late {
			late++
		}
	}
	sentence := ui.Plural(waiting, "person waits", "people wait") + " for a reply."
	if late > 0 {
		sentence += " " + ui.Plural(late, "reply is", "replies are") + " overdue."
	}
	return sentence
}

func inboxRowOf(v *route.Visit, i intake.Inquiry, now time.Time) inboxRow {
	loc := v.Practice.Location()
	row := inboxRow{ID: i.ID, Name: i.Name, Pronouns: i.Pronouns, CameIn: ago(i.Received, now, loc), Brings: bringsWords(i.Request),
		Suits: suitsWords(i.Request), Due: v.Practice.Words(i.Due), Action: "Open", Href: "/inquiries/" + string(i.ID)}
	if i.State == intake.New && access.Of(v.By, access.WriteInquiry) != 0 {
		row.Action = "Match"
	}
	row.Badge = inquiryBadge(i, now, loc)
	return row
}

func inquiryBadge(i intake.Inquiry, now time.Time, loc *time.Location) ui.Badge {
	switch i.State {
	case intake.Offered:
		return ui.Badge{Icon: "message", Text: "Waiting for them"}
	case intake.Waiting:
		return ui.Badge{Tone: "info", Icon: "clock", Text: "Wait list"}
	case intake.Booked:
		return ui.Badge{Tone: "steady", Icon: "check", Text: "Booked"}
	case intake.Referred:
		return ui.Badge{Icon: "arrow", Text: "Referred"}
	case intake.Closed:
		return ui.Badge{Icon: "dash", Text: "Ended"}
	}
	switch i.Clock(now) {
	case intake.Late:
		return ui.Badge{Tone: "danger", Icon: "alert", Text: "Reply overdue"}
	case intake.Soon:
		return ui.Badge{Tone: "strain", Icon: "clock", Text: "Reply due soon"}
	}
	if civil.On(i.Due, loc) == civil.On(now, loc) {
		return ui.Badge{Tone: "strain", Icon: "clock", Text: "Reply due today"}
	}
	return ui.Badge{Tone: "info", Icon: "plus", Text: "New"}
}

// ago says when something came in, as people would.
func ago(at, now time.Time, loc *time.Location) string {
	switch d := now.Sub(at); {
	case d < time.Hour:
		return ui.Plural(max(1, int(d.Minutes())), "minute", "minutes") + " ago"
	case civil.On(at, loc) == civil.On(now, loc):
		return ui.Plural(int(d.Hours()), "hour", "hours") + " ago"
	case civil.On(at, loc) == civil.On(now, loc).AddDays(-1):
		return "Yesterday"
	}
	return ui.DateShort(loc, at)
}

func bringsWords(r intake.Request) string {
	if r.InWords != "" {
		return shorten(r.InWords, 90)
	}
	var words []string
	for _, code := range r.Brings {
		words = append(words, practice.ConcernWords(code))
	}
	return strings.Join(words, ", ")
}

func suitsWords(r intake.Request) string {
	var words []string
	if len(r.Times) > 0 {
		words = append(words, timesWords(r.Times))
	}
	if r.Modality() != "individual" {
		words = append(words, r.Modality())
	}
	if r.Where != "" && r.Where != "either" {
		words = append(words, strings.ToLower(intake.Words(intake.Wheres, r.Where)))
	}
	if r.Language != "" {
		words = append(words, r.Language)
	}
	if r.Sliding {
		words = append(words, "sliding scale")
	}
	return strings.Join(words, " · ")
}

// shorten cuts a text at a word, at most n characters long.
func shorten(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	runes := []rune(text)
	if len(runes) <= n {
		return text
	}
	cut := string(runes[:n])
	if i := strings.LastIndex(cut, " "); i > 0 {
		cut = cut[:i]
	}
	return cut + " …"
}
