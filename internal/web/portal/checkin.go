package portal

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	checkInPage = ui.Parse(pages, ui.Client, "checkin.html")
	beforePage  = ui.Parse(pages, ui.Client, "before.html", "hour.html")
	restPage    = ui.Parse(pages, ui.Client, "rest.html")
)

func addCheckIns(g *route.Registry) {
	link, mine := byLink("/questions/{token}", "portal.check_in.link"), signedIn("/check-in/{appointment}", "portal.check_in", "appointment")
	answers := []route.Field{{Name: "asc-*", Max: 4000}, {Name: "ascb-*", Max: 10}}
	for _, at := range []way{link, mine} {
		thanks := at.get("/thanks", ".thanks", access.SayRupture, thanksOn(at))
		thanks.Query = []route.Field{{Name: "n", Max: 2, Line: true}}
		g.Add(
			at.get("", "", access.AnswerCheckIn, checkInOn(at)),
			at.post("", ".send", access.AnswerCheckIn, sendCheckInOn(at), checkInOn(at), answers...),
			thanks,
			at.post("/wish", ".wish", access.SayRupture, wishOn(at), thanksOn(at), route.Field{Name: "wish", Max: 20, Line: true}),
		)
	}
}

// checkInView is the form after a session, in the words of its instrument.
type checkInView struct {
	Action string
	When   string // "today", or the day
	First  string // name of the therapist
	Scales []ui.Scale
	Off    ui.Choices
	Better *ui.Choices // where something is open between the two
	Wish   ui.Choices
	// Hides: the wish is asked once something felt off. Without script it is always in view.
	Hides  bool
	Words  ui.Field
	Skip   string
	Faults []fault.Fault
}

// beforeView is the one tap before a session.
type beforeView struct {
	hour
	Action string
	Item   string
	Text   string
	Taps   []ui.Option
	Error  string
	Phone  string
	Link   string
}

// restView is what the page says when there is nothing to answer.
type restView struct{ Title, Text, Home string }

// sideNow is the side that a client is asked about around an hour.
func sideNow(state schedule.State) alliance.Side {
	if state == schedule.Booked {
		return alliance.Before
	}
	return alliance.Client
}

// hourAsked is the appointment that the questions are about, as the client may see it.
func (at way) hourAsked(v *route.Visit) (alliance.Hour, error) {
	return alliance.AnHour(v.Context(), v.DB, v.By, access.AnswerCheckIn, at.subject(v))
}

func checkInOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		h, err := at.hourAsked(v)
		if err != nil {
			return err
		}
		asked, err := rupture.Ask(v.Context(), v.DB, v.By, h.AppointmentID, practice.ClientID(v.By.ID), sideNow(schedule.State(h.State)))
		if err != nil {
			return err
		}
		if rest := restOf(v, asked); rest != nil {
			return v.Page(w, restPage, frame(v, "Check-ins"), *rest)
		}
		if h.State == string(schedule.Booked) {
			return at.before(w, v, asked)
		}
		therapist, err := practice.Colleague(v.Context(), v.DB, h.TherapistID)
		if err != nil {
			return err
		}
		view := checkInView{Action: at.base(v), First: firstName(therapist.Name), When: dayWords(v, h), Skip: skipTo(v), Faults: v.Faults}
		view.ask(v, asked)
		return v.Page(w, checkInPage, frame(v, "Check-ins"), view)
	}
}

// restOf says why there is nothing to answer, or nil.
func restOf(v *route.Visit, asked rupture.Asked) *restView {
	rest := &restView{Home: skipTo(v)}
	switch {
	case asked.Done && asked.Hour.State == string(schedule.Booked):
		rest.Title, rest.Text = "Thank you", "You have answered this one already. There is another short one after the session."
	case asked.Done:
		rest.Title, rest.Text = "You have answered this one already", "Thank you. It is kept, and it is read before you next meet."
	case asked.Hour.Ended:
		rest.Title, rest.Text = "Nothing to answer", "Your work together has ended, so nothing is asked any more."
	case asked.Hour.State == string(schedule.Missed), asked.Hour.State == string(schedule.Cancelled):
		rest.Title, rest.Text = "Nothing to answer", "This session did not take place, so there is nothing to ask about it."
	default:
		return nil
	}
	return rest
}

// skipTo is where someone who has signed in goes on to; by link there is nowhere.
func skipTo(v *route.Visit) string {
	if v.By.SignInID != "" {
		return "/home"
	}
	return ""
}

func dayWords(v *route.Visit, h alliance.Hour) string {
	day := civil.On(h.Start, v.Practice.Location())
	if day == civil.On(v.DB.Now(), v.Practice.Location()) {
		return "today"
	}
	return day.Words()
}

// wishID is the id of the question that comes once something felt off.
const wishID = "wish"

func (view *checkInView) ask(v *route.Visit, asked rupture.Asked) {
	for _, item := range asked.Form.Items {
		name, text := item.LinkID, ""
		if item.Text != nil {
			text = *item.Text
		}
		options := checkInOptions(v, item)
		failed := ui.FaultIn(v.Faults, name)
		switch {
		case name == "asc-off":
			for i, o := range options {
				if o.Value != "no" {
					options[i].Reveals = wishID
				}
			}
			view.Off = ui.Choices{Name: name, Legend: text, Options: options, Error: failed}
		case name == "asc-better" && asked.Form.Shown(item, nil, asked.At):
			view.Better = &ui.Choices{Name: name, Legend: text, Options: options, Error: failed, Optional: true}
		case name == "asc-wish":
			view.Wish = ui.Choices{Name: name, Legend: text, Options: options, Error: failed, Optional: true}
			view.Hides = !asked.Form.Shown(item, nil, asked.At)
		case item.Type == measure.TextType:
			view.Words = ui.Field{Name: name, Label: text, Type: "textarea", Rows: 2, Optional: true, Autocomplete: "off", MaxLength: 4000,
				Value: v.Form.Text(name), Hint: view.First + " reads it before you next meet.", Error: failed}
		case item.Counts():
			view.Scales = append(view.Scales, ui.Scale{Name: name, Legend: text, Answers: options, Error: failed, Required: true})
		}
	}
}

func checkInOptions(v *route.Visit, item measure.Item) []ui.Option {
	var all []ui.Option
	for _, o := range item.Options {
		option := ui.Option{Value: o.Value.String(), Checked: v.Mutates() && v.Form.Text(item.LinkID) == o.Value.String()}
		if o.Label != nil {
			option.Label = *o.Label
		}
		all = append(all, option)
	}
	return all
}

func (at way) before(w http.ResponseWriter, v *route.Visit, asked rupture.Asked) error {
	a, err := schedule.OneAppointment(v.Context(), v.DB, v.By, access.ReadTimes, schedule.AppointmentID(asked.Hour.AppointmentID))
	if err != nil {
		return err
	}
	item := asked.Form.Items[0]
	view := beforeView{Action: at.base(v), Item: item.LinkID, Taps: checkInOptions(v, item), Phone: v.Practice.Phone, Link: v.Practice.PhoneLink()}
	if item.Text != nil {
		view.Text = *item.Text
	}
	if len(v.Faults) > 0 {
		view.Error = v.Faults[0].Sentence
	}
	if view.hour, err = hourOf(v.Context(), v.DB, v.Practice, a.Stretch); err != nil {
		return err
	}
	return v.Page(w, beforePage, frame(v, "Check-ins"), view)
}

func sendCheckInOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		h, err := at.hourAsked(v)
		if err != nil {
			return err
		}
		client, side := practice.ClientID(v.By.ID), alliance.Client
		if len(v.Form.Begins("ascb-")) > 0 {
			side = alliance.Before
		}
		asked, err := rupture.Ask(v.Context(), v.DB, v.By, h.AppointmentID, client, side)
		if err != nil {
			return err
		}
		given, err := checkInAnswers(v, asked)
		if err != nil {
			return err
		}
		sent := rupture.CheckIn{AppointmentID: h.AppointmentID, ClientID: client, Side: side, Answers: given}
		if _, err := rupture.Send(v.Context(), v.DB, v.By, sent); err != nil {
			return err
		}
		return v.See(w, at.base(v)+"/thanks?n="+thanksFor(side, given))
	}
}

// checkInAnswers reads the answers that were sent; those to questions that were not to be asked are left out.
func checkInAnswers(v *route.Visit, asked rupture.Asked) (measure.Answers, error) {
	given := measure.Answers{}
	var faults fault.List
	for _, item := range asked.Form.Items {
		value, ok := item.Answer(v.Form.Text(item.LinkID))
		if !ok {
			faults.Add(item.LinkID, "Choose one of the answers shown.")
		}
		if value.Answered() && asked.Form.Shown(item, given, asked.At) {
			given[item.LinkID] = value
		}
	}
	return given, faults.Err()
}
