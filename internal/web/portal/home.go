package portal

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/web/ui/chart"
)

var homePage = ui.Parse(pages, ui.Client, "home.html", "hour.html")

func addHome(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/home", Name: "portal.home", Right: access.SeeHome, Auth: route.SignIn, Do: home})
}

// bond is one course of the client's own, with what they said in it.
type bond struct {
	course   practice.Course
	first    string // name of the therapist
	checkIns []alliance.CheckIn
	ruptures []rupture.Rupture
	times    []schedule.Appointment
}

// bonds are the client's own courses, newest first. Reading them is recorded.
func bonds(v *route.Visit) ([]bond, error) {
	var all []bond
	err := v.DB.InTx(v.Context(), func(tx *db.DB) error {
		all = nil
		courses, err := practice.Courses(v.Context(), tx, v.By, access.ReadTimes, practice.ClientID(v.By.ID))
		if err != nil {
			return err
		}
		for _, k := range courses {
			b := bond{course: k}
			if err := b.read(v, tx); err != nil {
				return err
			}
			all = append(all, b)
		}
		return seen(v, tx, access.ReadCheckIn, "own check-ins")
	})
	return all, err
}

func (b *bond) read(v *route.Visit, tx *db.DB) error {
	ctx, me := v.Context(), practice.ClientID(v.By.ID)
	therapist, err := practice.Colleague(ctx, tx, b.course.TherapistID)
	if err != nil {
		return err
	}
	b.first = firstName(therapist.Name)
	if b.checkIns, err = alliance.CheckIns(ctx, tx, v.By, b.course.ID, me); err != nil {
		return err
	}
	if b.ruptures, err = rupture.Ruptures(ctx, tx, v.By, b.course.ID, me); err != nil {
		return err
	}
	b.times, err = schedule.OfCourse(ctx, tx, v.By, access.ReadTimes, b.course.ID)
	return err
}

// current is what is between the two, or nil.
func (b bond) current() *rupture.Rupture {
	for i, r := range b.ruptures {
		if r.State.Current() {
			return &b.ruptures[i]
		}
	}
	return nil
}

// waiting are the appointments whose check-in waits for an answer: one of today that
// has not ended, and the newest that was held, within two weeks.
func (b bond) waiting(now time.Time, loc *time.Location) []schedule.Appointment {
	if b.course.State != "active" {
		return nil
	}
	var all []schedule.Appointment
	for _, a := range slices.Backward(b.times) {
		if a.State == schedule.Held {
			if now.Sub(a.End) < intake.CheckInFor && !b.answered(a.ID, alliance.Client) {
				all = append(all, a)
			}
			break
		}
		today := civil.On(a.Start, loc) == civil.On(now, loc)
		if a.State == schedule.Booked && now.Before(a.End) && today && !b.answered(a.ID, alliance.Before) {
			all = append(all, a)
		}
	}
	return all
}

func (b bond) answered(id schedule.AppointmentID, side alliance.Side) bool {
	return slices.ContainsFunc(b.checkIns, func(c alliance.CheckIn) bool { return c.AppointmentID == string(id) && c.Side == side })
}

type homeView struct {
	Greeting string
	Name     string
	Next     *nextView
	Ask      string // whom to call where nothing is booked
	Link     string
	Waiting  []waitingView
	Forms    int
	Bonds    []bondView
}

type nextView struct {
	hour
	Href   string
	Bring  []string
	Change bool
}

type waitingView struct {
	Href, Title, Text string
}

// bondView is one course as the client's home shows it.
type bondView struct {
	Title string
	Chart template.HTML
	Open  *openView
}

// openView is what is open between the two, in short.
type openView struct {
	Badge ui.Badge
	Text  string
}

func home(w http.ResponseWriter, v *route.Visit) error {
	me, err := practice.OneClient(v.Context(), v.DB, v.By, access.ReadAbout, practice.ClientID(v.By.ID))
	if err != nil {
		return err
	}
	all, err := bonds(v)
	if err != nil {
		return err
	}
	p, err := papers(v, "/forms")
	if err != nil {
		return err
	}
	view := homeView{Greeting: greeting(v.DB.Now(), v.Practice.Location()), Name: firstName(me.Name), Ask: v.Practice.Phone,
		Link: v.Practice.PhoneLink(), Forms: p.open()}
	if view.Next, err = nextOf(v, all); err != nil {
		return err
	}
	for i, b := range all {
		for _, a := range b.waiting(v.DB.Now(), v.Practice.Location()) {
			view.Waiting = append(view.Waiting, waitingOf(v, b, a))
		}
		if b.course.State == "active" || len(b.checkIns) > 0 {
			view.Bonds = append(view.Bonds, bondOf(b, i, len(all)))
		}
	}
	return v.Page(w, homePage, frame(v, "Home"), view)
}

func greeting(now time.Time, loc *time.Location) string {
	_, clock := civil.Of(now, loc)
	switch {
	case clock < civil.Clock(12, 0):
		return "Good morning"
	case clock < civil.Clock(17, 0):
		return "Good afternoon"
	}
	return "Good evening"
}

// nextOf is the client's next appointment of all courses, with what they said
// about bringing something to it.
func nextOf(v *route.Visit, all []bond) (*nextView, error) {
	a, err := schedule.Next(v.Context(), v.DB, v.By, access.ReadTimes, "")
	if err != nil || a == nil {
		return nil, err
	}
	next := &nextView{Href: "/appointments/" + string(a.ID), Change: schedule.Changeable(v.Practice, *a, v.DB.Now())}
	if next.hour, err = hourOf(v.Context(), v.DB, v.Practice, a.Stretch); err != nil {
		return nil, err
	}
	for _, b := range all {
		if r := b.current(); r != nil && b.course.ID == a.CourseID {
			next.Bring = bring(*r, b.first)
		}
	}
	return next, nil
}

func bring(r rupture.Rupture, first string) []string {
	switch r.Wish {
	case rupture.IWill:
		return []string{"You wanted to bring up yourself what felt off."}
	case rupture.RaiseIt:
		return []string{"You asked " + first + " to bring up what felt off. You don’t have to begin."}
	}
	return nil
}

func waitingOf(v *route.Visit, b bond, a schedule.Appointment) waitingView {
	view := waitingView{Href: "/check-in/" + string(a.ID), Text: "Under a minute. You may skip it."}
	day := civil.On(a.Start, v.Practice.Location())
	switch {
	case a.State == schedule.Booked:
		view.Title, view.Text = "Before today’s session with "+b.first, "One tap."
	case day == civil.On(v.DB.Now(), v.Practice.Location()):
		view.Title = "How was today with " + b.first + "?"
	default:
		view.Title = "How was " + day.Words() + " with " + b.first + "?"
	}
	return view
}

func bondOf(b bond, i, of int) bondView {
	view := bondView{Title: "My check-ins", Chart: ownChart(b, "mine-"+strconv.Itoa(i))}
	if of > 1 {
		view.Title = "My check-ins with " + b.first
		if b.course.Modality != "individual" {
			view.Title += ", when we come together"
		}
	}
	if r := b.current(); r != nil {
		badge, text := standingWords(*r, b.first)
		view.Open = &openView{badge, text}
	}
	return view
}

// ownChart draws the client's own scores and nothing else: no norms, no range, no flags.
func ownChart(b bond, id string) template.HTML {
	m := chart.Measure{ID: id, Name: "My check-ins by session", Along: "Session", Low: 0, High: 10,
		Note: "Your answers to the five first questions after each session, from 0 (not at all) to 10 (fully). There is no right number."}
	for _, s := range alliance.Series(b.checkIns, alliance.Client) {
		m.Points = append(m.Points, chart.MeasurePoint{At: float64(s.Session), Label: strconv.Itoa(s.Session), Score: s.Value})
	}
	m.Finding = ownFinding(m.Points)
	return m.Draw()
}

// ownFinding says in a sentence what the last check-in was like beside the one before.
func ownFinding(points []chart.MeasurePoint) string {
	if len(points) < 2 {
		return "How connected your sessions felt to you."
	}
	last, before := points[len(points)-1].Score, points[len(points)-2].Score
	switch {
	case last > before+0.5:
		return "The last session felt more connected to you than the one before."
	case last < before-0.5:
		return "The last session felt less connected to you than the one before."
	}
	return "The last two sessions felt about the same to you."
}
