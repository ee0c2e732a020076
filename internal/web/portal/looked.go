package portal

import (
	"net/http"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var lookedPage = ui.Parse(pages, ui.Client, "looked.html")

func addLooked(g *route.Registry) {
	link := byLink("/page/{token}", "portal.looked.link")
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/looked", Name: "portal.looked", Right: access.ReadOwnAudit, Auth: route.SignIn, StepUp: true, Do: looked},
		link.get("", "", access.ReadOwnAudit, looked),
	)
}

// mostLooked is how many entries are read.
const mostLooked = 500

type lookedView struct {
	Others []lookedRow
	Mine   []lookedRow
}

// lookedRow is one or more entries in a row that say the same.
type lookedRow struct {
	At   time.Time
	Who  string
	What string
}

func looked(w http.ResponseWriter, v *route.Visit) error {
	all, err := audit.OfRecord(v.Context(), v.DB, v.By, mostLooked)
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
		row := lookedRow{At: l.At, What: deedWords(l), Who: whoLooked(l, names)}
		if _, works := names[l.ActorID]; works || l.Role == access.Program {
			view.Others = addRow(view.Others, row)
		} else {
			view.Mine = addRow(view.Mine, row)
		}
	}
	return v.Page(w, lookedPage, frame(v, "Me"), view)
}

// addRow leaves out what the row before says already, within the same minute.
func addRow(rows []lookedRow, row lookedRow) []lookedRow {
	if n := len(rows); n > 0 && rows[n-1].Who == row.Who && rows[n-1].What == row.What && rows[n-1].At.Sub(row.At) < time.Minute {
		return rows
	}
	return append(rows, row)
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

// deedWords say what was done, in a few plain words.
func deedWords(l audit.Looked) string {
	switch l.Deed {
	case audit.SignedIn, audit.SignedOut, audit.SteppedUp, audit.Failed, audit.Refused, audit.Booked, audit.Moved, audit.Cancelled,
		audit.Marked, audit.Offered, audit.Referred, audit.Invited, audit.Began, audit.Ended, audit.Noticed, audit.Tended, audit.Repaired:
		return sentence(string(l.Deed))
	case audit.Alerted:
		return "Asked a person to get in touch with you"
	case audit.Handled:
		return "Got in touch because of an answer of yours"
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
