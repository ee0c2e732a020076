package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var lookedPage = ui.Parse(pages, ui.Client, "looked.html")

// before is where a further page of the list begins.
var before = []route.Field{{Name: "before", Max: 20, Line: true}}

func addLooked(g *route.Registry) {
	link := byLink("/page/{token}", "portal.looked.link").get("", "", access.ReadOwnAudit, looked)
	link.Query = before
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/looked", Name: "portal.looked", Right: access.ReadOwnAudit, Auth: route.SignIn, StepUp: true,
			Query: before, Do: looked},
		link,
	)
}

// lookedAtOnce is how many entries a page reads.
const lookedAtOnce = 200

type lookedView struct {
	Others  []lookedRow
	Mine    []lookedRow
	Earlier string // the address of what is older; empty at the end
}

// lookedRow is what one person did on one day, each kind of deed once.
type lookedRow struct {
	Day   time.Time
	Who   string
	Whats []string
}

func looked(w http.ResponseWriter, v *route.Visit) error {
	var older time.Time
	if micros, err := strconv.ParseInt(v.Form.Text("before"), 10, 64); err == nil {
		older = time.UnixMicro(micros)
	}
	all, err := audit.OfRecord(v.Context(), v.DB, v.By, older, lookedAtOnce)
	if err != nil {
		return err
	}
	staff, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return err
	}
	names := map[string]string{}
	for _, s := range staff {
		names[string(s.ID)] = s.Title()
	}
	var view lookedView
	for _, l := range all {
		rows := &view.Mine
		if _, works := names[l.ActorID]; works || l.Role == access.Program {
			rows = &view.Others
		}
		*rows = addDeed(*rows, l.At.In(v.Practice.Location()), whoLooked(l, names), deedWords(l))
	}
	if len(all) == lookedAtOnce {
		view.Earlier = v.URL.Path + "?before=" + strconv.FormatInt(all[len(all)-1].At.UnixMicro(), 10)
	}
	return v.Page(w, lookedPage, frame(v, "Me"), view)
}

// addDeed puts a deed with the others of the same person and day.
func addDeed(rows []lookedRow, at time.Time, who, what string) []lookedRow {
	for i := len(rows) - 1; i >= 0 && civil.On(rows[i].Day, at.Location()) == civil.On(at, at.Location()); i-- {
		if rows[i].Who != who {
			continue
		}
		if !slices.Contains(rows[i].Whats, what) {
			rows[i].Whats = append(rows[i].Whats, what)
		}
		return rows
	}
	return append(rows, lookedRow{at, who, []string{what}})
}

func whoLooked(l audit.Looked, names map[string]string) string {
	name, works := names[l.ActorID]
	switch {
	case works:
		return name + ", " + roleWords[l.Role] + whyWords(l.Why)
	case l.Role == access.Program:
		return "The program itself"
	}
	return "You"
}

var roleWords = map[access.Role]string{access.Therapist: "therapist", access.Coordinator: "coordinator",
	access.Supervisor: "supervisor", access.Owner: "owner of the practice"}

func whyWords(why string) string {
	switch why {
	case "own client":
		return ", because you work together"
	case "supervises the therapist":
		return ", because they supervise your therapist"
	}
	return ""
}

// classWords are the kinds of data as a client calls them.
var classWords = map[access.Class]string{
	access.Identity: "your name and contact", access.Scheduling: "your appointments", access.Record: "your notes",
	access.CheckIns: "your check-ins", access.AuditTrail: "this list", access.Inquiring: "what you asked for at first",
	access.Ruptures: "what is open between you and your therapist", access.Intake: "your forms and consents", access.Own: "your sign-in",
}

// doneWords are the deeds that need no word about what they were done to.
var doneWords = map[audit.Deed]string{
	audit.SignedIn: "Signed in", audit.SignedOut: "Signed out", audit.SteppedUp: "Proved who they are", audit.Failed: "Failed to sign in",
	audit.Refused: "Was refused", audit.Booked: "Booked a time", audit.Moved: "Changed a time", audit.Cancelled: "Canceled a time",
	audit.Marked: "Marked whether a session took place", audit.Offered: "Offered times", audit.Referred: "Referred you elsewhere",
	audit.Invited: "Sent you a link", audit.Began: "Began the work with you", audit.Ended: "Ended the work with you",
	audit.Noticed: "Noted that something felt off", audit.Tended: "Wrote about something that felt off", audit.Repaired: "Called it repaired",
	audit.Alerted: "Asked a person to get in touch with you", audit.Handled: "Got in touch because of an answer of yours",
}

// deedWords say what was done, in a few plain words.
func deedWords(l audit.Looked) string {
	if words, known := doneWords[l.Deed]; known {
		return words
	}
	if l.Deed == audit.Answered && l.Class == access.CheckIns && l.Role == access.Therapist {
		return "Wrote their side of a check-in"
	}
	what, known := classWords[l.Class]
	if !known {
		what = l.Type
	}
	return sentence(string(l.Deed)) + ": " + what
}

func sentence(words string) string {
	if words == "" {
		return ""
	}
	return strings.ToUpper(words[:1]) + words[1:]
}
