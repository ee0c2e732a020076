package staff

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var todayPage = ui.Parse(pages, ui.Staff, "today.html")

func addToday(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/today", Name: "staff.today", Right: access.SeeCaseload, Auth: route.SignIn,
			Query: []route.Field{{Name: "day", Max: 10, Line: true}}, Do: today},
		route.Route{Method: http.MethodPost, Pattern: "/appointments/{appointment}/mark", Name: "staff.mark", Right: access.MarkHeld, Auth: route.SignIn,
			Objects: []route.Object{{Param: "appointment", Type: "appointment"}},
			Fields:  []route.Field{{Name: "state", Max: 10, Line: true}, {Name: "back", Max: 10, Line: true}}, Do: mark},
	)
}

type todayView struct {
	Title, Sentence    string
	Before, After      string // days, ISO
	IsToday            bool
	Week               string
	Safety             int
	Items              []todayItem
	Unmarked           []markView
	ToFinish           []linkView
	Owed               []linkView
	Repairs            []repairView
	Empty              ui.Empty
	MoreNotes, MoreOwe int
}

// todayItem is a line of the day: a session, or what is not one.
type todayItem struct {
	at     time.Time
	When   string
	Gap    string // where it is no session: what it is
	Href   string
	Action string
	Who    template.HTML
	About  string
	Badge  ui.Badge
	Text   string
	Next   bool
	Mark   *markView // an hour that has begun and of which nobody has said what became
	State  string    // "Missed"
}

type markView struct {
	Appointment schedule.AppointmentID
	Who         template.HTML
	When        string
	Back        string
}

type linkView struct {
	Href string
	Who  template.HTML
	When string
	Text string
}

type repairView struct {
	Href string
	Who  template.HTML
	Text string
}

func today(w http.ResponseWriter, v *route.Visit) error {
	date := dayIn(v, "day")
	t, err := caseload.Day(v.Context(), v.DB, v.By, date)
	if err != nil {
		return err
	}
	loc := v.Practice.Location()
	view := todayView{Title: date.Words(), Sentence: todaySentence(t), Before: date.AddDays(-1).String(), After: date.AddDays(1).String(),
		IsToday: date == civil.On(t.Now, loc), Week: date.Monday().String(),
		Empty: ui.Empty{Icon: "calendar", Title: "No sessions on this day."}}
	if view.IsToday {
		view.Empty.Title = "No sessions today."
	}
	view.Items = todayItems(v, t)
	for _, row := range t.Rows {
		if row.Thing.Kind == caseload.Safety {
			view.Safety++
		}
	}
	view.follow(v, t)
	f := frame(v, "Today")
	countNotes(&f, len(t.ToFinish))
	return v.Page(w, todayPage, f, view)
}

// countNotes shows beside Notes how many are to be finished.
func countNotes(f *ui.Frame, n int) {
	for i := range f.Nav {
		if f.Nav[i].Href == "/notes" {
			f.Nav[i].Count = n
		}
	}
}

// todaySentence counts the day and what comes first in it.
func todaySentence(t caseload.Today) string {
	care := 0
	for _, row := range t.Rows {
		if row.Thing.Kind == caseload.Rupture || row.Thing.Kind == caseload.Dip {
			care++
		}
	}
	if len(t.Rows) == 0 {
		return ""
	}
	sentence := upperFirst(countWords(len(t.Rows), "session", "sessions")) + "."
	switch care {
	case 0:
		return sentence
	case 1:
		return sentence + " One needs care in the relationship first."
	}
	return sentence + " " + upperFirst(countWords(care, "", "")) + " need care in the relationship first."
}

// countWords counts up to nine in words.
func countWords(n int, one, many string) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	count := fmt.Sprint(n)
	if n >= 0 && n < len(words) {
		count = words[n]
	}
	thing := many
	if n == 1 {
		thing = one
	}
	return strings.TrimSpace(count + " " + thing)
}

// todayItems puts sessions, time off and open times in order.
func todayItems(v *route.Visit, t caseload.Today) []todayItem {
	loc := v.Practice.Location()
	var items []todayItem
	next := true
	for _, row := range t.Rows {
		item := todayRow(v, t, row)
		if next && row.State == schedule.Booked && row.End.After(t.Now) {
			item.Next, item.Action, next = true, "Open brief", false
		}
		items = append(items, item)
	}
	for _, off := range t.Off {
		text := off.Reason
		if text == "" {
			text = "Not here"
		}
		items = append(items, todayItem{at: off.Start, When: bareClock(loc, off.Start), Gap: text + " until " + shortWhen(v, off.End)})
	}
	for _, slot := range t.Open {
		items = append(items, todayItem{at: slot.Start, When: bareClock(loc, slot.Start), Gap: "Open.",
			Href: "/calendar/new?at=" + slotCode(slot.Start), Action: "Use this time"})
	}
	slices.SortStableFunc(items, func(a, b todayItem) int { return a.at.Compare(b.at) })
	return items
}

func bareClock(loc *time.Location, at time.Time) string { return at.In(loc).Format("3:04") }

func todayRow(v *route.Visit, t caseload.Today, row caseload.Row) todayItem {
	session := ""
	switch {
	case row.Session == 1:
		session = "First session"
	case row.Session > 1:
		session = fmt.Sprintf("Session %d", row.Session)
	}
	item := todayItem{at: row.Start, When: bareClock(v.Practice.Location(), row.Start), Who: whoOf(v, row.Clients),
		About: dotted(togetherWords(row.Course.Modality), session, placeWords(row.Place)),
		Badge: badgeOf(row.Thing), Text: row.Thing.Text, Action: "Brief", Href: briefPath(row.CourseID, row.About.ID, len(row.Clients))}
	if len(row.Clients) > 1 && row.Thing.Kind != caseload.Steady && row.Thing.Kind != caseload.First {
		item.Text = firstNameOf(v, row.About) + ": " + item.Text
	}
	switch {
	case row.State == schedule.Missed:
		item.State = "Missed"
	case row.Note != "":
		item.Action = map[string]string{"missing": "Write note", "draft": "Finish note"}[row.Note]
		item.Href = sheetPath(row.CourseID, row.Appointment.Session)
	case row.State == schedule.Booked && row.Past(t.Now):
		item.Mark = &markView{Appointment: row.ID, Who: item.Who, Back: "today"}
	case row.State == schedule.Held:
		item.State = "Held, note signed"
	}
	return item
}

// badgeOf is how the one thing to know is marked.
func badgeOf(t caseload.Thing) ui.Badge {
	if t.Kind == caseload.Rupture {
		return ui.RuptureBadge(string(t.State))
	}
	return ui.SignalBadge(string(t.Kind))
}

// atTheSide is how many lines a list at the side shows; the rest is on its own page.
const atTheSide = 8

// follow fills what is beside the day: notes, check-ins and repairs.
func (view *todayView) follow(v *route.Visit, t caseload.Today) {
	loc := v.Practice.Location()
	for _, u := range t.Unmarked {
		view.Unmarked = append(view.Unmarked, markView{Appointment: u.ID, Who: whoOf(v, u.Clients), When: ui.DateShort(loc, u.Start) + ", " + ui.Clock(loc, u.Start), Back: "now"})
	}
	for _, f := range t.ToFinish[:min(len(t.ToFinish), atTheSide)] {
		text := "Write note"
		if f.NoteID != "" {
			text = "Sign note"
		}
		view.ToFinish = append(view.ToFinish, linkView{sheetPath(f.CourseID, f.SessionID), whoOf(v, f.Clients), ui.DateShort(loc, f.Start), text})
	}
	for _, o := range t.Owed[:min(len(t.Owed), atTheSide)] {
		view.Owed = append(view.Owed, linkView{"/appointments/" + o.AppointmentID + "/check-in/" + string(o.ClientID),
			oneOf(v, o.Client), ui.DateShort(loc, o.Start), "Your check-in"})
	}
	view.MoreNotes, view.MoreOwe = len(t.ToFinish)-len(view.ToFinish), len(t.Owed)-len(view.Owed)
	for _, r := range t.Repairs {
		text := repairWords(r.Rupture) + ", " + ui.Plural(r.Days, "day", "days") + "."
		if r.Next != nil {
			text += " Next: " + shortWhen(v, r.Next.Start) + "."
		}
		view.Repairs = append(view.Repairs, repairView{"/courses/" + string(r.CourseID) + "?client=" + string(r.ClientID), oneOf(v, r.Client), text})
	}
}

func repairWords(r rupture.Rupture) string {
	switch r.State {
	case rupture.Open:
		return "Open"
	case rupture.Named:
		return "Talked about"
	case rupture.SetAside:
		return "Set aside for now"
	}
	return "Possible, not yet named"
}

func mark(w http.ResponseWriter, v *route.Visit) error {
	a, err := schedule.Mark(v.Context(), v.DB, v.By, schedule.AppointmentID(v.PathValue("appointment")), schedule.State(v.Form.Text("state")))
	if err != nil {
		return err
	}
	switch v.Form.Text("back") {
	case "brief":
		return v.See(w, "/courses/"+string(a.CourseID)+"?said=marked")
	case "hour":
		return v.See(w, "/calendar/"+string(a.ID)+"?said=marked")
	case "now":
		return v.See(w, "/today?said=marked")
	}
	return v.See(w, "/today?day="+civil.On(a.Start, v.Practice.Location()).String()+"&said=marked")
}
