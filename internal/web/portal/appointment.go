package portal

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/ical"
	"attune/internal/intake"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	appointmentPage = ui.Parse(pages, ui.Client, "appointment.html", "hour.html")
	changePage      = ui.Parse(pages, ui.Client, "change.html", "hour.html")
)

func addAppointments(g *route.Registry) {
	link, mine := byLink("/time/{token}", "portal.time"), signedIn("/appointments/{appointment}", "portal.appointment", "appointment")
	for _, at := range []way{link, mine} {
		g.Add(at.get("", "", access.ReadTimes, appointmentOn(at)))
		addAppointmentOn(g, at, access.ReadTimes, access.WriteTimes)
	}
}

// addAppointmentOn declares what can be done with an appointment on one of the ways to it.
func addAppointmentOn(g *route.Registry, at way, read, write access.Right) {
	g.Add(
		at.get("/event.ics", ".calendar", read, calendarOn(at)),
		at.get("/change", ".change", write, changeOn(at)),
		at.post("/change", ".move", write, moveOn(at), changeOn(at), route.Field{Name: "time", Max: 64, Line: true}),
		at.post("/cancel", ".cancel", write, cancelOn(at), appointmentOn(at)),
	)
}

type appointmentView struct {
	hour
	Base       string
	Title      string
	State      string // "coming", "now", "past", "cancelled" or "missed"
	Changeable bool
	Until      string // until when it can be changed by oneself
	Phone      string
	Link       string
	Faults     []fault.Fault
}

func appointmentOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		by, id, err := at.traveller(v)
		if err != nil {
			return err
		}
		a, err := schedule.OneAppointment(v.Context(), v.DB, by, access.ReadTimes, id)
		if err != nil {
			return err
		}
		view := appointmentView{Base: at.base(v), Phone: v.Practice.Phone, Link: v.Practice.PhoneLink(), Faults: v.Faults}
		if view.hour, err = hourOf(v.Context(), v.DB, v.Practice, a.Stretch); err != nil {
			return err
		}
		view.Changeable = schedule.Changeable(v.Practice, a, v.DB.Now())
		view.Until = v.Practice.Words(a.Start.Add(-time.Duration(v.Practice.CutoffHours) * time.Hour))
		view.stand(a, v.DB.Now())
		return v.Page(w, appointmentPage, frame(v, ""), view)
	}
}

func (view *appointmentView) stand(a schedule.Appointment, now time.Time) {
	view.State, view.Title = "coming", "Your appointment"
	switch {
	case a.State == schedule.Cancelled:
		view.State, view.Title = "cancelled", "This time is canceled"
	case a.State == schedule.Missed:
		view.State, view.Title = "missed", "We missed you"
	case a.State == schedule.Held || !now.Before(a.End):
		view.State, view.Title = "past", "This time has passed"
	case !now.Before(a.Start):
		view.State, view.Title = "now", "Your appointment is now"
	}
}

type changeView struct {
	hour
	Base  string
	Where string // of all the times, where it is one place
	Days  []day
	Error string
	Phone string
	Link  string
}

func changeOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		by, id, err := at.traveller(v)
		if err != nil {
			return err
		}
		a, err := schedule.OneAppointment(v.Context(), v.DB, by, access.WriteTimes, id)
		if err != nil {
			return err
		}
		open, err := intake.OpenTimes(v.Context(), v.DB, by, id)
		if err != nil {
			return err
		}
		view := changeView{Base: at.base(v), Phone: v.Practice.Phone, Link: v.Practice.PhoneLink()}
		if len(v.Faults) > 0 {
			view.Error = v.Faults[0].Sentence
		}
		if view.hour, err = hourOf(v.Context(), v.DB, v.Practice, a.Stretch); err != nil {
			return err
		}
		places, err := placeNames(v)
		if err != nil {
			return err
		}
		view.Days = openDays(v, open[:min(len(open), mostOpen)], places, v.Form.Text("time"))
		view.Where = samePlace(view.Days)
		return v.Page(w, changePage, frame(v, ""), view)
	}
}

// mostOpen is how many other times are shown at once: about two weeks of a full week.
const mostOpen = 48

func placeNames(v *route.Visit) (map[schedule.PlaceID]string, error) {
	all, err := schedule.Places(v.Context(), v.DB)
	names := map[schedule.PlaceID]string{}
	for _, p := range all {
		names[p.ID] = p.Name
	}
	return names, err
}

// slotValue is a slot as a form holds it: when it begins, and where.
func slotValue(s schedule.Slot) string {
	return strconv.FormatInt(s.Start.Unix(), 10) + " " + string(s.Place)
}

func slotOf(value string) (time.Time, schedule.PlaceID, error) {
	seconds, place, _ := strings.Cut(value, " ")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return time.Time{}, "", fault.Invalid("time", "Choose one of the times.")
	}
	return time.Unix(unix, 0).UTC(), schedule.PlaceID(place), nil
}

func moveOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		by, id, err := at.traveller(v)
		if err != nil {
			return err
		}
		start, place, err := slotOf(v.Form.Text("time"))
		if err != nil {
			return err
		}
		if _, err := intake.ChangeTime(v.Context(), v.DB, by, id, start, place); err != nil {
			return err
		}
		return v.See(w, at.base(v)+"?said=moved")
	}
}

func cancelOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		by, id, err := at.traveller(v)
		if err != nil {
			return err
		}
		if _, err := intake.CallOff(v.Context(), v.DB, by, id); err != nil {
			return err
		}
		return v.See(w, at.base(v)+"?said=cancelled")
	}
}

// calendarOn answers with a calendar file that says when and at which address, and nothing else.
func calendarOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		by, id, err := at.traveller(v)
		if err != nil {
			return err
		}
		a, err := schedule.OneAppointment(v.Context(), v.DB, by, access.ReadTimes, id)
		if err != nil {
			return err
		}
		place, err := schedule.OnePlace(v.Context(), v.DB, a.PlaceID)
		if err != nil {
			return err
		}
		event := ical.Event{UID: string(a.ID), Sequence: a.Sequence, Stamp: v.DB.Now().Truncate(time.Second),
			Cancelled: a.State == schedule.Cancelled, Title: ical.Appointment, Start: a.Start, End: a.End}
		calendar := ical.Calendar{Method: ical.Publish, Zone: v.Practice.Location()}
		if event.Cancelled {
			calendar.Method = ical.Cancel
		}
		if place.Kind == "room" {
			event.Location = strings.Join(address(v.Practice), ", ")
		}
		calendar.Events = []ical.Event{event}
		w.Header().Set("Content-Type", ical.MediaType)
		w.Header().Set("Content-Disposition", `attachment; filename="event.ics"`)
		if err := ical.Write(w, calendar); err != nil {
			return fmt.Errorf("write the calendar of %s: %w", a.ID, err)
		}
		return nil
	}
}

// seen keeps in the audit log that the actor read their own clinical data on a page.
func seen(v *route.Visit, tx *db.DB, right access.Right, kind string) error {
	return audit.Record(v.Context(), tx, v.By, audit.Read,
		audit.Subject{Right: right, ClientID: v.By.ID, Type: kind, ID: v.By.ID})
}
