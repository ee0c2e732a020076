package staff

import (
	"html/template"
	"net/http"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	hourPage = ui.Parse(pages, ui.Staff, "hour.html", "slotfields.html")
	addPage  = ui.Parse(pages, ui.Staff, "add.html", "slotfields.html")
)

// slotLayout is how an address names a moment, in UTC.
const slotLayout = "2006-01-02T15:04Z"

func slotCode(at time.Time) string { return at.UTC().Format(slotLayout) }

func addHour(g *route.Registry) {
	object := []route.Object{{Param: "appointment", Type: "appointment"}}
	slot := []route.Field{{Name: "day", Max: 20, Line: true}, {Name: "time", Max: 20, Line: true}, {Name: "length", Max: 4, Line: true},
		{Name: "place", Max: 40, Line: true}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/calendar/new", Name: "staff.hour.new", Right: access.WriteTimes, Auth: route.SignIn, Do: newHour,
			Query: []route.Field{{Name: "of", Max: 40, Line: true}, {Name: "at", Max: 20, Line: true}, {Name: "course", Max: 40, Line: true}}},
		route.Route{Method: http.MethodPost, Pattern: "/calendar/new", Name: "staff.hour.add", Right: access.WriteTimes, Auth: route.SignIn,
			Do: addAnHour, Faulty: newHour, Fields: append([]route.Field{{Name: "of", Max: 40, Line: true}, {Name: "course", Max: 40, Line: true},
				{Name: "repeat", Max: 2, Line: true}, {Name: "until", Max: 20, Line: true}}, slot...)},
		route.Route{Method: http.MethodGet, Pattern: "/calendar/{appointment}", Name: "staff.hour", Right: access.ReadTimes, Auth: route.SignIn,
			Objects: object, Do: hour},
		route.Route{Method: http.MethodPost, Pattern: "/calendar/{appointment}/move", Name: "staff.hour.move", Right: access.WriteTimes,
			Auth: route.SignIn, Objects: object, Fields: slot, Do: moveHour, Faulty: hour},
		route.Route{Method: http.MethodPost, Pattern: "/calendar/{appointment}/cancel", Name: "staff.hour.cancel", Right: access.WriteTimes,
			Auth: route.SignIn, Objects: object, Fields: []route.Field{{Name: "later", Max: 3, Line: true}}, Do: cancelHour, Faulty: hour},
	)
}

// slotView are the fields of a time: a day, a clock time, a length and a place.
type slotView struct {
	Day, Time, Length, Place ui.Field
	Open                     []openView // free times, as links that fill the form
}

type openView struct{ Href, Words string }

// slotFields are the fields of a time, as it is or as it was typed.
func slotFields(v *route.Visit, start time.Time, minutes int, place schedule.PlaceID, places []schedule.Place) slotView {
	loc := v.Practice.Location()
	day, clock := "", ""
	if !start.IsZero() {
		date, at := civil.Of(start, loc)
		day, clock = date.String(), at.String()
	}
	length := strconv.Itoa(minutes)
	where := string(place)
	if len(v.Faults) > 0 && v.Form.Has("place") {
		day, clock, length, where = v.Form.Text("day"), v.Form.Text("time"), v.Form.Text("length"), v.Form.Text("place")
	}
	s := slotView{
		Day:    ui.Field{Name: "day", Label: "Day", Type: "date", Value: day, Required: true, Short: true, Error: ui.FaultIn(v.Faults, "day")},
		Time:   ui.Field{Name: "time", Label: "Begins at", Type: "time", Value: clock, Required: true, Short: true, Error: ui.FaultIn(v.Faults, "time")},
		Length: ui.Field{Name: "length", Label: "Minutes", Type: "number", Value: length, Min: "10", Max: "240", Required: true, Short: true, Error: ui.FaultIn(v.Faults, "length")},
		Place:  ui.Field{Name: "place", Label: "Where", Type: "select", Value: where, Error: ui.FaultIn(v.Faults, "place")},
	}
	for _, p := range places {
		s.Place.Options = append(s.Place.Options, ui.Option{Value: string(p.ID), Label: p.Name})
	}
	return s
}

// mostOpen is how many free times a form offers.
const mostOpen = 12

func openViews(v *route.Visit, open []schedule.Slot, path string) []openView {
	var all []openView
	loc := v.Practice.Location()
	for _, s := range open[:min(len(open), mostOpen)] {
		all = append(all, openView{path + slotCode(s.Start), civil.On(s.Start, loc).Short() + ", " + ui.Clock(loc, s.Start)})
	}
	return all
}

// wantedOf reads the fields of a time.
func wantedOf(f route.Form) (caseload.Wanted, error) {
	var faults fault.List
	w := caseload.Wanted{CourseID: practice.CourseID(f.Text("course")), PlaceID: schedule.PlaceID(f.Text("place"))}
	w.Every = 1
	var err error
	if w.Starts, err = civil.ParseDate(f.Text("day")); err != nil {
		faults.Add("day", "Choose a day.")
	}
	if w.At, err = civil.ParseTime(f.Text("time")); err != nil {
		faults.Add("time", "Enter a time like 2:30 pm.")
	}
	minutes, ok := f.Number("length")
	if !ok || minutes < 10 || minutes > 240 {
		faults.Add("length", "Enter a length from 10 to 240 minutes.")
	}
	w.Length = time.Duration(minutes) * time.Minute
	return w, faults.Err()
}

type addView struct {
	Faults []fault.Fault
	With   string
	Of     string
	Slot   slotView
	Course ui.Field
	Repeat ui.Choices
	Until  ui.Field
	None   bool // no course to add a session to
}

func newHour(w http.ResponseWriter, v *route.Visit) error {
	a, err := caseload.ToAdd(v.Context(), v.DB, v.By, practice.StaffID(v.Form.Text("of")))
	if err != nil {
		return err
	}
	at, err := time.Parse(slotLayout, v.Form.Text("at"))
	if err != nil {
		at = time.Time{} // an address that names no time: the form begins empty
	}
	var place schedule.PlaceID
	for _, s := range a.Open {
		if s.Start.Equal(at) {
			place = s.Place
		}
	}
	view := addView{Faults: v.Faults, Slot: slotFields(v, at, a.Minutes, place, a.Places), None: len(a.Courses) == 0}
	if string(a.Therapist.ID) != v.By.ID {
		view.With, view.Of = a.Therapist.Title(), string(a.Therapist.ID)
	}
	path := "/calendar/new?"
	if view.Of != "" {
		path += "of=" + view.Of + "&"
	}
	if course := v.Form.Text("course"); course != "" {
		path += "course=" + template.URLQueryEscaper(course) + "&"
	}
	view.Slot.Open = openViews(v, a.Open, path+"at=")
	view.Course = ui.Field{Name: "course", Label: "With", Type: "select", Value: v.Form.Text("course"), Error: ui.FaultIn(v.Faults, "course")}
	for _, e := range a.Courses {
		view.Course.Options = append(view.Course.Options, ui.Option{Value: string(e.Course.ID), Label: plainNames(v, e.Clients)})
	}
	view.Repeat = ui.Choices{Name: "repeat", Legend: "How often", Error: ui.FaultIn(v.Faults, "every"), Options: ui.Pick([]ui.Option{
		{Value: "0", Label: "Once"}, {Value: "1", Label: "Every week"}, {Value: "2", Label: "Every two weeks"}}, orText(v.Form.Text("repeat"), "0"))}
	view.Until = ui.Field{Name: "until", Label: "If it repeats: the last day", Type: "date", Value: v.Form.Text("until"), Short: true,
		Error: ui.FaultIn(v.Faults, "until")}
	return v.Page(w, addPage, frame(v, "Calendar"), view)
}

// plainNames are the names for a list to select from, where no markup can stand.
func plainNames(v *route.Visit, clients []practice.Client) string {
	discreet := ui.ReadPrefs(v.Request).Discreet
	names := ""
	for i, c := range clients {
		if i > 0 {
			names += " and "
		}
		if discreet {
			names += ui.Initials(c.Name)
		} else {
			names += c.Name
		}
	}
	return names
}

func orText(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func addAnHour(w http.ResponseWriter, v *route.Visit) error {
	wanted, err := wantedOf(v.Form)
	if err != nil {
		return err
	}
	if n, ok := v.Form.Number("repeat"); ok && n > 0 {
		wanted.Repeats, wanted.Every = true, n
		if wanted.Until, err = civil.ParseDate(v.Form.Text("until")); err != nil {
			return fault.Invalid("until", "Choose the last day of the series.")
		}
	}
	a, err := caseload.Book(v.Context(), v.DB, v.By, wanted)
	if err != nil {
		return err
	}
	return v.See(w, "/calendar/"+string(a.ID)+"?said=booked")
}

type hourView struct {
	Faults   []fault.Fault
	Who      template.HTML
	When     string
	Facts    []ui.Fact
	ID       schedule.AppointmentID
	CourseID practice.CourseID
	Brief    bool
	Changes  bool
	Series   bool
	Marks    []hourMark
	Slot     slotView
	Join     string // the video's address
	Late     bool   // too late for a client to change
}

type hourMark struct{ State, Label string }

func hour(w http.ResponseWriter, v *route.Visit) error {
	h, err := caseload.AnHour(v.Context(), v.DB, v.By, schedule.AppointmentID(v.PathValue("appointment")))
	if err != nil {
		return err
	}
	loc := v.Practice.Location()
	state := stateWords[h.State]
	if h.Late {
		state += ", late"
	}
	view := hourView{Faults: v.Faults, Who: whoOf(v, h.Clients), When: whenWords(v, h.Appointment), ID: h.ID, CourseID: h.CourseID, Brief: h.Brief,
		Changes: h.Changes && h.State == schedule.Booked, Series: h.SeriesID != "", Join: h.Place.Link,
		Facts: []ui.Fact{{Name: "When", Is: civil.WhenBetween(h.Start, h.End, loc)}, {Name: "Where", Is: h.Place.Name},
			{Name: "With", Is: h.Therapist.Title()}, {Name: "State", Is: state}},
		Late: !schedule.Changeable(v.Practice, h.Appointment, h.Now)}
	if h.Number > 0 {
		view.Facts = append(view.Facts, ui.Fact{Name: "Session", Is: strconv.Itoa(h.Number)})
	}
	view.marks(h)
	if view.Changes {
		start, place := h.Start, h.PlaceID
		view.Slot = slotFields(v, start, int(h.End.Sub(h.Start).Minutes()), place, h.Places)
	}
	return v.Page(w, hourPage, frame(v, "Calendar"), view)
}

// marks are what the therapist may still say of an hour that has begun.
func (view *hourView) marks(h caseload.Hour) {
	if !h.Marks || h.Start.After(h.Now) || h.State == schedule.Cancelled {
		return
	}
	for _, m := range []struct {
		state schedule.State
		label string
	}{{schedule.Held, "It was held"}, {schedule.Missed, "Missed"}, {schedule.Cancelled, "Canceled late"}, {schedule.Booked, "Take the mark back"}} {
		if m.state != h.State {
			view.Marks = append(view.Marks, hourMark{string(m.state), m.label})
		}
	}
}

func moveHour(w http.ResponseWriter, v *route.Visit) error {
	wanted, err := wantedOf(v.Form)
	if err != nil {
		return err
	}
	a, err := caseload.Move(v.Context(), v.DB, v.By, schedule.AppointmentID(v.PathValue("appointment")), wanted)
	if err != nil {
		return err
	}
	return v.See(w, "/calendar/"+string(a.ID)+"?said=moved")
}

func cancelHour(w http.ResponseWriter, v *route.Visit) error {
	a, err := caseload.CallOff(v.Context(), v.DB, v.By, schedule.AppointmentID(v.PathValue("appointment")), v.Form.Text("later") == "yes")
	if err != nil {
		return err
	}
	return v.See(w, "/calendar/"+string(a.ID)+"?said=cancelled")
}
