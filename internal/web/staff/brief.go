package staff

import (
	"fmt"
	"html/template"
	"net/http"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var briefPage = ui.Parse(pages, ui.Staff, "brief.html", "sheetform.html")

func addBrief(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/courses/{course}", Name: "staff.brief", Right: access.ReadCourse, Auth: route.SignIn,
		Objects: []route.Object{{Param: "course", Type: "course"}}, Do: brief,
		Query: []route.Field{{Name: "client", Max: 40, Line: true}, {Name: "session", Max: 40, Line: true}, {Name: "view", Max: 10, Line: true}}})
}

// briefPath leads to the brief; with the participant where there are several.
func briefPath(course practice.CourseID, client practice.ClientID, participants int) string {
	path := "/courses/" + string(course)
	if participants > 1 && client != "" {
		path += "?client=" + string(client)
	}
	return path
}

// sheetPath leads to the note of a session, beside its brief.
func sheetPath(course practice.CourseID, session schedule.SessionID) string {
	return "/courses/" + string(course) + "?session=" + string(session) + "#note"
}

type briefView struct {
	Who        template.HTML // all who take part
	Client     template.HTML // whose side is shown
	ClientID   practice.ClientID
	CourseID   practice.CourseID
	About      string // under the heading
	Tabs       *ui.Tabs
	Writes     bool
	Ended      string
	Mark       *markView
	Headline   string
	Tone, Icon string
	Lead       string
	Wish       string
	Moves      []move
	Evidence   []string
	Risks      int
	Alliance   template.HTML
	Badge      ui.Badge
	Both       bool
	BothHref   string
	Sides      sidesView
	Measures   []measureView
	Last       *lastView
	Here       string
	Goals      []string
	Forms      []ui.Fact // consents and forms: done or not
	Kin        []ui.Fact
	Events     []ui.TimelineItem
	Rupture    *tendView
	Notice     *noticeView
	Sheet      *sheetView
}

type sidesView struct {
	Session   int
	Rows      []said
	Words     string
	Therapist string // whose answers stand in the last column
}

type measureView struct {
	Name  string
	Score string
	Band  string
	When  string
	Fired []string
}

type lastView struct {
	Href, When, Text string
}

// tendView are the forms with which a therapist tends the current rupture.
type tendView struct {
	ID         rupture.ID
	Strategies ui.Choices
	Sessions   ui.Field
	Kinds      ui.Choices
	Over       bool // set aside or such: nothing to propose
}

type noticeView struct{ Kinds ui.Choices }

func brief(w http.ResponseWriter, v *route.Visit) error {
	b, err := caseload.ABrief(v.Context(), v.DB, v.By, practice.CourseID(v.PathValue("course")),
		practice.ClientID(v.Form.Text("client")), schedule.SessionID(v.Form.Text("session")))
	if err != nil {
		return err
	}
	return v.Page(w, briefPage, frame(v, "Clients"), briefViewOf(v, b))
}

func briefViewOf(v *route.Visit, b caseload.Brief) briefView {
	both := v.Form.Text("view") == "both"
	view := briefView{Who: whoOf(v, b.Clients), Client: oneOf(v, b.Client), ClientID: b.Client.ID, CourseID: b.Course.ID,
		About: briefAbout(v, b), Writes: b.Writes && b.Course.State == "active", Headline: headline(b, b.Therapist.Name),
		Risks: len(b.Risks), Alliance: allianceChart(b, both).Draw(), Both: both, Here: b.Course.Here, Goals: b.Course.Goals,
		Forms: formFacts(b), Kin: kinFacts(b.Client.Emergency), Events: events(v, b)}
	view.lead(b)
	view.tabs(v, b, both)
	view.Sides.Session, view.Sides.Rows, view.Sides.Words = bothSides(b)
	view.Sides.Therapist = "You"
	if !b.Writes {
		view.Sides.Therapist = b.Therapist.Name
	}
	view.measures(v, b)
	if b.Last != nil {
		view.Last = &lastView{"/notes/" + string(b.Last.ID), ui.DateShort(v.Practice.Location(), b.Last.Start), b.Last.Text()}
	}
	if b.Course.State == "ended" {
		view.Ended = ui.DateYear(v.Practice.Location(), b.Course.Ended)
	}
	if b.Unmarked && b.Writes {
		view.Mark = &markView{Appointment: b.Hour.ID, Who: view.Who, When: whenWords(v, *b.Hour), Back: "brief"}
	}
	view.tend(b)
	if b.Sheet != nil {
		s := sheetViewOf(v, *b.Sheet, b.Clients)
		view.Sheet = &s
	}
	return view
}

// briefAbout is the line under the name.
func briefAbout(v *route.Visit, b caseload.Brief) string {
	session, when := "", ""
	if b.Hour != nil {
		session = fmt.Sprintf("Session %d", b.Held+1)
		when = whenWords(v, *b.Hour)
		if b.Place.Name != "" {
			when += ", " + b.Place.Name
		}
	} else if b.Held > 0 {
		session = ui.Plural(b.Held, "session", "sessions")
	}
	pronouns := ""
	if len(b.Clients) == 1 {
		pronouns = b.Client.Pronouns
	}
	return dotted(pronouns, togetherWords(b.Course.Modality), session, when)
}

// lead fills the first card: the one thing to know.
func (view *briefView) lead(b caseload.Brief) {
	badge := badgeOf(b.Thing)
	view.Tone, view.Icon, view.Lead = badge.Tone, badge.Icon, b.Thing.Text
	if b.Thing.Kind == caseload.Steady {
		view.Lead = "Nothing is open between you."
	}
	r := b.Current()
	if r == nil {
		return
	}
	view.Evidence = evidence(r.Seen)
	view.Moves = moves(*r)
	view.Wish = wishOf(r.Wish)
	if b.Thing.Kind == caseload.Safety {
		view.Lead += " There is also a rupture to tend: see below."
	}
}

func (view *briefView) tabs(v *route.Visit, b caseload.Brief, both bool) {
	base := "/courses/" + string(b.Course.ID) + "?client=" + string(b.Client.ID)
	view.BothHref = base + "&view=both#alliance-card"
	if both {
		view.BothHref = base + "#alliance-card"
	}
	points := b.Reading.Points
	if n := len(points); n > 0 && points[n-1].Ready {
		view.Badge = ui.Badge{Tone: "steady", Icon: "even", Text: "In usual range"}
		if points[n-1].Value < points[n-1].Baseline.Usual(b.Settings.K).Low {
			view.Badge = ui.Badge{Tone: "rupture", Icon: "dip", Text: "Below usual range"}
		}
	}
	if len(b.Clients) < 2 {
		return
	}
	view.Tabs = &ui.Tabs{Label: "Whose side"}
	for _, c := range b.Clients {
		view.Tabs.Items = append(view.Tabs.Items, ui.Tab{Href: "/courses/" + string(b.Course.ID) + "?client=" + string(c.ID),
			Label: firstNameOf(v, c), Current: c.ID == b.Client.ID})
	}
}

// measures shows the scores of the first forms; their bands are not descriptions of a person.
func (view *briefView) measures(v *route.Visit, b caseload.Brief) {
	loc := v.Practice.Location()
	for _, s := range b.Measures {
		if s.State != "done" && !s.Total.Scored {
			continue
		}
		m := measureView{Name: s.Form.ShortTitle, Score: "Not scored", Band: s.Total.Band}
		if s.Total.Scored {
			m.Score = trim(s.Total.Score)
			if top := s.Form.Scoring.Range; len(top) == 2 {
				m.Score += " of " + trim(top[1])
			}
		}
		if !s.Saved.IsZero() {
			m.When = ui.DateShort(loc, s.Saved)
		}
		if s.State != "done" {
			m.When += ", not handed in yet"
		}
		for _, rule := range s.Fired {
			m.Fired = append(m.Fired, rule.Reason)
		}
		view.Measures = append(view.Measures, m)
	}
}

// formFacts say which consents and first forms are done.
func formFacts(b caseload.Brief) []ui.Fact {
	var facts []ui.Fact
	optional, signed := 0, 0
	for _, c := range b.Consents {
		if !c.Text.Required {
			optional++
			if c.Signed() {
				signed++
			}
			continue
		}
		is := "Not signed"
		switch {
		case c.Signed():
			is = "Signed"
		case !c.WithdrawnAt.IsZero():
			is = "Withdrawn"
		}
		facts = append(facts, ui.Fact{Name: c.Text.Title, Is: is})
	}
	if optional > 0 {
		facts = append(facts, ui.Fact{Name: "Optional consents", Is: fmt.Sprintf("%d of %d", signed, optional)})
	}
	done := 0
	for _, s := range b.Measures {
		if s.State == "done" {
			done++
		}
	}
	asked := "Not asked"
	if len(b.Measures) > 0 {
		asked = fmt.Sprintf("%d of %d answered", done, len(b.Measures))
	}
	return append(facts, ui.Fact{Name: "First forms", Is: asked})
}

// tend prepares the forms about what is between the two.
func (view *briefView) tend(b caseload.Brief) {
	if !view.Writes {
		return
	}
	r := b.Current()
	if r == nil {
		view.Notice = &noticeView{Kinds: ui.Choices{Name: "kind", Legend: "Which way did it move?", Options: ui.Pick(kinds, string(rupture.Unknown))}}
		return
	}
	t := &tendView{ID: r.ID, Over: r.State == rupture.SetAside}
	t.Kinds = ui.Choices{Name: "kind", Legend: "Which way did it move?", Options: ui.Pick(kinds, string(r.Kind))}
	t.Strategies = ui.Choices{Name: "strategies", Legend: "What was tried?", Hint: "A memory aid, not a rating.", Multiple: true, Options: strategyOptions()}
	t.Sessions = ui.Field{Name: "number", Label: "In which session?", Type: "select", Short: true}
	for n := max(b.Held, r.Start); n >= r.Start; n-- {
		t.Sessions.Options = append(t.Sessions.Options, ui.Option{Value: fmt.Sprint(n), Label: fmt.Sprintf("Session %d", n)})
	}
	view.Rupture = t
}
