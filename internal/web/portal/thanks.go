package portal

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var thanksPage = ui.Parse(pages, ui.Client, "thanks.html", "hour.html")

// What a check-in said, as the address of the page carries it: a number that
// tells a bystander nothing. The answers themselves are not shown again by link.
const (
	saidBefore  = "1"
	saidNothing = "2"
	saidOpen    = "3"
	saidTalked  = "4"
	saidUnsure  = "5"
	saidBetter  = "6"
	saidStays   = "7"
	saidUnknown = "8"
	saidWish    = "9"
)

func thanksFor(side alliance.Side, given measure.Answers) string {
	if side == alliance.Before {
		return saidBefore
	}
	switch given["asc-off"].String() {
	case "not_talked":
		return saidOpen
	case "talked":
		return saidTalked
	case "unsure":
		return saidUnsure
	}
	switch rupture.What(given["asc-better"].String()) {
	case rupture.BetterNow:
		return saidBetter
	case rupture.PartlyNow, rupture.SameNow, rupture.WorseNow:
		return saidStays
	case rupture.UnknownNow:
		return saidUnknown
	}
	return saidNothing
}

// thanks are the words that answer what was said: a heading and a sentence or two.
// They neither praise nor scold.
func thanks(n, first string) (title, text string) {
	switch n {
	case saidBefore:
		return "Thank you", first + " sees it before you begin."
	case saidOpen:
		return "Thank you. That was worth saying.", "You told us something felt off and hasn’t been talked about. It’s common, and it can be mended."
	case saidTalked:
		return "Thank you. That was worth saying.", "You told us something felt off, and that you talked about it. Next time we ask how it is."
	case saidUnsure:
		return "Thank you. That was worth saying.", "Not being sure is enough. Nobody has to know yet what it was, and nothing happens that you don’t want."
	case saidBetter:
		return "Thank you", "You said it is better. We mark it as repaired, because you said so. If it comes back, you can say that, too."
	case saidStays:
		return "Thank you", "It stays open between you, as you said. We ask again after your next session."
	case saidUnknown:
		return "Thank you", "You don’t see a difficult moment. " + first + " is told so, and nothing more is made of it."
	case saidWish:
		return "Thank you", "It is kept."
	}
	return "Thank you", first + " reads it before you next meet."
}

// wishSaid says what becomes of the client's wish.
func wishSaid(w rupture.Wish, first string) string {
	switch w {
	case rupture.RaiseIt:
		return first + " brings it up, so you don’t have to."
	case rupture.IWill:
		return "You bring it up when you are ready."
	case rupture.NotYet:
		return first + " does not raise it for now. You can, at any time, and we ask again in a few sessions."
	case rupture.Nothing:
		return "Nothing is needed from you."
	}
	return ""
}

type thanksView struct {
	Title, Text string
	Wished      string
	Action      string
	Wish        *ui.Choices
	Next        *hour
	Home        string
	Faults      []fault.Fault
}

func thanksOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		h, err := at.hourAsked(v)
		if err != nil {
			return err
		}
		therapist, err := practice.Colleague(v.Context(), v.DB, h.TherapistID)
		if err != nil {
			return err
		}
		first, n := firstName(therapist.Name), v.Form.Text("n")
		view := thanksView{Action: at.base(v) + "/wish", Home: skipTo(v), Faults: v.Faults}
		view.Title, view.Text = thanks(n, first)
		if n != "" && n != saidBefore || v.Mutates() {
			if err := view.wish(v, h, first); err != nil {
				return err
			}
		}
		if n != saidBefore {
			if view.Next, err = nextHour(v, h.CourseID); err != nil {
				return err
			}
		}
		return v.Page(w, thanksPage, frame(v, "Check-ins"), view)
	}
}

// wish asks what should happen with what is open, where the client has not said it.
func (view *thanksView) wish(v *route.Visit, h alliance.Hour, first string) error {
	current, err := rupture.CurrentOf(v.Context(), v.DB, v.By, access.SayRupture, h.CourseID, practice.ClientID(v.By.ID))
	if err != nil || current == nil {
		return err
	}
	if current.Wish != "" {
		view.Wished = wishSaid(current.Wish, first)
		return nil
	}
	if current.NoticedBy == rupture.ByNumbers {
		return nil
	}
	view.Wish = &ui.Choices{Name: "wish", Legend: "How would you like " + first + " to pick it up?", Error: ui.FaultIn(v.Faults, "wish"),
		Options: ui.Pick(wishes(first), v.Form.Text("wish"))}
	return nil
}

// wishes are the client's wishes in words, with the therapist's name.
func wishes(first string) []ui.Option {
	return []ui.Option{
		{Value: string(rupture.RaiseIt), Label: first + " brings it up, so I don’t have to"},
		{Value: string(rupture.IWill), Label: "I will bring it up"},
		{Value: string(rupture.NotYet), Label: "Not yet. I need a while"},
		{Value: string(rupture.Nothing), Label: "Nothing needed"},
	}
}

func wishOf(field string) (rupture.Wish, error) {
	switch w := rupture.Wish(field); w {
	case "", rupture.RaiseIt, rupture.IWill, rupture.NotYet, rupture.Nothing:
		return w, nil
	}
	return "", fault.Invalid("wish", "Choose one of the answers shown.")
}

// nextHour is the next appointment of a course, or nil.
func nextHour(v *route.Visit, course practice.CourseID) (*hour, error) {
	a, err := schedule.Next(v.Context(), v.DB, v.By, access.ReadTimes, course)
	if err != nil || a == nil {
		return nil, err
	}
	h, err := hourOf(v.Context(), v.DB, v.Practice, a.Stretch)
	return &h, err
}

func wishOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		wish, err := wishOf(v.Form.Text("wish"))
		if err != nil {
			return err
		}
		if wish == "" {
			return fault.Invalid("wish", "Choose one of the answers.")
		}
		h, err := at.hourAsked(v)
		if err != nil {
			return err
		}
		current, err := rupture.CurrentOf(v.Context(), v.DB, v.By, access.SayRupture, h.CourseID, practice.ClientID(v.By.ID))
		if err != nil {
			return err
		}
		if current == nil {
			return fault.Conflict("There is nothing open between you any more. Thank you.")
		}
		if err := rupture.ClientSays(v.Context(), v.DB, v.By, current.ID, rupture.Say{Wish: wish}); err != nil {
			return err
		}
		return v.See(w, at.base(v)+"/thanks?n="+saidWish)
	}
}
