package portal

import (
	"html/template"
	"net/http"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/measure"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var checkInsPage = ui.Parse(pages, ui.Client, "checkins.html")

func addOwnCheckIns(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/check-ins", Name: "portal.check_ins", Right: access.ReadCheckIn, Auth: route.SignIn, Clients: true, Do: checkIns})
}

type checkInsView struct {
	Waiting []waitingView
	Bonds   []checkInsBond
}

type checkInsBond struct {
	Title string
	Chart template.HTML
	All   []ownCheckIn
}

// ownCheckIn is what the client answered around one session, in the words of the form.
type ownCheckIn struct {
	Title string
	At    time.Time
	Facts []ui.Fact
	Words string
}

func checkIns(w http.ResponseWriter, v *route.Visit) error {
	all, err := bonds(v)
	if err != nil {
		return err
	}
	library, err := measure.Instruments()
	if err != nil {
		return err
	}
	var view checkInsView
	for i, b := range all {
		for _, a := range b.waiting(v.DB.Now(), v.Practice.Location()) {
			view.Waiting = append(view.Waiting, waitingOf(v, b, a))
		}
		one := checkInsBond{Title: "With " + b.first, Chart: ownChart(b, "mine-"+strconv.Itoa(i))}
		for n := len(b.checkIns) - 1; n >= 0; n-- {
			c := b.checkIns[n]
			form, ok := library.Instrument(c.Side.Instrument())
			if !ok {
				continue
			}
			one.All = append(one.All, ownOf(c, form, startOf(b.times, c.AppointmentID)))
		}
		view.Bonds = append(view.Bonds, one)
	}
	return v.Page(w, checkInsPage, frame(v, "Check-ins"), view)
}

func startOf(times []schedule.Appointment, id string) time.Time {
	for _, a := range times {
		if string(a.ID) == id {
			return a.Start
		}
	}
	return time.Time{}
}

func ownOf(c alliance.CheckIn, form *measure.Instrument, start time.Time) ownCheckIn {
	one := ownCheckIn{Title: "After session " + strconv.Itoa(c.Number), At: start}
	if c.Side == alliance.Before {
		one.Title = "Before session " + strconv.Itoa(c.Number)
	}
	for _, item := range form.Items {
		answer := c.Answers[item.LinkID]
		switch {
		case !answer.Answered() || item.Text == nil:
		case item.Type == measure.TextType:
			one.Words = answer.String()
		default:
			one.Facts = append(one.Facts, ui.Fact{Name: *item.Text, Is: labelOf(item, answer)})
		}
	}
	return one
}

// labelOf is an answer in the words in which it was chosen.
func labelOf(item measure.Item, answer measure.Value) string {
	for _, o := range item.Options {
		if o.Value == answer && o.Label != nil {
			return *o.Label
		}
	}
	return answer.String()
}
