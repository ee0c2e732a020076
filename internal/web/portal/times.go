package portal

import (
	"net/http"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var timesPage = ui.Parse(pages, ui.Client, "times.html", "hour.html")

// byOffer is the way of someone who chooses one of the times that are held for them.
var byOffer = byLink("/times/{token}", "portal.times")

func addTimes(g *route.Registry) {
	g.Add(
		byOffer.get("", "", access.TakeOffer, times),
		byOffer.post("", ".take", access.TakeOffer, takeTime, times, route.Field{Name: "time", Max: 64, Line: true}),
		byOffer.post("/none", ".none", access.TakeOffer, noneSuits, times, route.Field{Name: "words", Max: 1000}),
	)
	addAppointmentOn(g, byOffer, access.TakeOffer, access.TakeOffer)
}

// day is a row of times to choose from.
type day struct {
	Title string
	Slots []ui.Option
}

// timesView is what the page says while no time is chosen.
type timesView struct {
	Base   string
	Phone  string
	Link   string
	State  string // "open", "expired", "again", "newer" or "over"
	Until  string // while open: how long the times are held; after "none": by when we reply
	Zone   string
	Length int    // of a session, in minutes
	Hello  string // what the coordinator wrote
	Groups []timesGroup
	Words  string
	Error  string
	Faults []fault.Fault
}

// timesGroup is the times with one therapist.
type timesGroup struct {
	With  string
	Slug  string // of the therapist's page; empty where there is none
	About string
	Place string // of all the times, where it is one; else it stands at each
	Days  []day
}

func times(w http.ResponseWriter, v *route.Visit) error {
	o, i, err := intake.OwnOffer(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	if o.State == "taken" {
		return appointmentOn(byOffer)(w, v)
	}
	view := timesView{Base: byOffer.base(v), Phone: v.Practice.Phone, Link: v.Practice.PhoneLink(), Faults: v.Faults,
		Words: v.Form.Text("words"), Error: ui.FaultIn(v.Faults, "time"), State: offerState(o, i, v.DB.Now())}
	switch view.State {
	case "again":
		view.Until = v.Practice.Words(i.Due)
	case "open":
		view.Until, view.Hello = v.Practice.Words(o.Expires), o.Words
		view.Length = v.Practice.SessionMinutes
		if err := view.fill(v, o); err != nil {
			return err
		}
	}
	return v.Page(w, timesPage, frame(v, ""), view)
}

// offerState is how an offer that was not taken stands for who was sent it.
func offerState(o intake.Offer, i intake.Inquiry, now time.Time) string {
	switch {
	case o.Open(now):
		return "open"
	case o.State == "sent":
		return "expired"
	case o.State == "withdrawn" && i.State == intake.New:
		return "again"
	case o.State == "withdrawn" && i.State == intake.Offered:
		return "newer"
	}
	return "over"
}

// fill lists the times by therapist and day. Those that somebody else has, or that
// have passed, stay in view and cannot be chosen.
func (view *timesView) fill(v *route.Visit, o intake.Offer) error {
	all, err := practice.Therapists(v.Context(), v.DB, false)
	if err != nil {
		return err
	}
	view.Zone = civil.ZoneWords(v.Practice.Zone)
	for _, t := range all {
		group := timesGroup{With: t.Title(), About: t.Profile.Quote}
		if t.Published {
			group.Slug = t.Slug
		}
		for _, offered := range o.Times {
			if offered.TherapistID != t.ID {
				continue
			}
			h, err := hourOf(v.Context(), v.DB, v.Practice, offered.Stretch)
			if err != nil {
				return err
			}
			slot := ui.Option{Value: offered.ID, Label: ui.Clock(v.Practice.Location(), offered.Start), Hint: h.Place,
				Checked: v.Form.Text("time") == offered.ID, Disabled: offered.Taken || !offered.Start.After(v.DB.Now())}
			group.Days = addSlot(group.Days, h.Day, slot)
		}
		group.Place = samePlace(group.Days)
		if len(group.Days) > 0 {
			view.Groups = append(view.Groups, group)
		}
	}
	return nil
}

func addSlot(days []day, title string, slot ui.Option) []day {
	if n := len(days); n > 0 && days[n-1].Title == title {
		days[n-1].Slots = append(days[n-1].Slots, slot)
		return days
	}
	return append(days, day{Title: title, Slots: []ui.Option{slot}})
}

// samePlace takes the place off the times where all have the same, and returns it.
func samePlace(days []day) string {
	place := ""
	for _, d := range days {
		for _, slot := range d.Slots {
			if place != "" && slot.Hint != place {
				return ""
			}
			place = slot.Hint
		}
	}
	for _, d := range days {
		for i := range d.Slots {
			d.Slots[i].Hint = ""
		}
	}
	return place
}

func takeTime(w http.ResponseWriter, v *route.Visit) error {
	if _, err := intake.Take(v.Context(), v.DB, v.By, v.Form.Text("time")); err != nil {
		return err
	}
	return v.See(w, byOffer.base(v)+"?said=booked")
}

func noneSuits(w http.ResponseWriter, v *route.Visit) error {
	if err := intake.NoneSuits(v.Context(), v.DB, v.By, v.Form.Text("words")); err != nil {
		return err
	}
	return v.See(w, byOffer.base(v)+"?said=sent")
}

// openDays lists the times that an appointment can be changed to, by day.
func openDays(v *route.Visit, open []schedule.Slot, places map[schedule.PlaceID]string, chosen string) []day {
	var days []day
	for _, s := range open {
		title, _ := dayAndTimes(s.Interval, v.Practice.Location())
		slot := ui.Option{Value: slotValue(s), Label: ui.Clock(v.Practice.Location(), s.Start), Hint: places[s.Place]}
		slot.Checked = slot.Value == chosen
		days = addSlot(days, title, slot)
	}
	return days
}
