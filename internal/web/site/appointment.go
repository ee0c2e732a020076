package site

import (
	"net/http"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/web/ask"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	appointmentPage = ui.Parse(ask.With(pages), ui.Public, "appointment.html", ask.Part)
	sentPage        = ui.Parse(pages, ui.Public, "sent.html")
)

// youngerPath is where people under 18 are told where to turn.
const youngerPath = "/younger"

func addAppointment(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/appointment", Name: "site.appointment", Right: access.ReadSite, Auth: route.None,
			Query: []route.Field{{Name: "therapist", Max: 100, Line: true}}, Do: appointment},
		// Apart: what someone under 18 wrote leaves no trace, not even that of the form's key.
		route.Route{Method: http.MethodPost, Pattern: "/appointment", Name: "site.appointment.send", Right: access.AskAppoint, Auth: route.None,
			Rate: route.Public, Apart: true, Fields: append(append([]route.Field(nil), ask.Fields...), route.GuardFields...),
			Do: sendRequest, Faulty: appointment},
		route.Route{Method: http.MethodGet, Pattern: "/appointment/sent", Name: "site.appointment.sent", Right: access.ReadSite, Auth: route.None,
			Query: []route.Field{{Name: "by", Max: 12, Line: true}}, Do: sent},
	)
}

type appointmentView struct {
	Faults    []fault.Fault
	Questions ask.Questions
	Stamp     string
	Reader    string
	ReplyBy   string
	KeptDays  int
}

func appointment(w http.ResponseWriter, v *route.Visit) error {
	therapists, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	about := ask.About{House: v.Practice, Therapists: therapists, Days: daysToAsk(v.Practice)}
	view := appointmentView{Faults: v.Faults, Questions: ask.New(about, v.Form, v.Faults), KeptDays: int(intake.KeptFor / (24 * time.Hour)),
		ReplyBy: v.Practice.Words(v.Practice.ReplyDue(v.DB.Now()))}
	if view.Stamp, err = v.Stamp(); err != nil {
		return err
	}
	if view.Reader, err = reader(v); err != nil {
		return err
	}
	f := quiet(v)
	f.NoIndex, f.Canonical = false, address(v, "/appointment")
	f.Description = "Ask for an appointment in about two minutes, without an account. A person replies."
	return v.Page(w, appointmentPage, f, view)
}

// daysToAsk is how many days of the week are offered for wishes: to Saturday, or to Sunday where the practice is open then.
func daysToAsk(p practice.Practice) int {
	if len(p.Hours.Week[time.Sunday]) > 0 {
		return 7
	}
	return 6
}

func sendRequest(w http.ResponseWriter, v *route.Visit) error {
	if ask.Younger(v.Form) {
		return v.See(w, youngerPath)
	}
	therapists, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	request := ask.Request(v.Form, therapists)
	if err := request.Validate(); err != nil {
		return err
	}
	if v.Automatic() {
		return v.See(w, sentHref(v.Practice.ReplyDue(v.DB.Now())))
	}
	return v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		inquiry, err := intake.Send(v.Context(), tx, v.By, request, "web")
		if err != nil {
			return err
		}
		return v.See(w, sentHref(inquiry.Due))
	})
}

// sentHref is the receipt, with the moment by which a reply was promised and nothing else.
func sentHref(due time.Time) string {
	return "/appointment/sent?by=" + strconv.FormatInt(due.Unix(), 10)
}

type sentView struct {
	Reader, ReplyBy string
	Now             time.Time
}

func sent(w http.ResponseWriter, v *route.Visit) error {
	due := v.Practice.ReplyDue(v.DB.Now())
	if at, ok := v.Form.Number("by"); ok {
		// A promise that lies further ahead than one made now was not made by us.
		if promised := time.Unix(int64(at), 0); !promised.After(due) {
			due = promised
		}
	}
	name, err := reader(v)
	if err != nil {
		return err
	}
	return v.Page(w, sentPage, quiet(v), sentView{Reader: name, ReplyBy: v.Practice.Words(due), Now: v.DB.Now()})
}
