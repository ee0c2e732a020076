package staff

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var practicePage = ui.Parse(pages, ui.Staff, "practice.html")

func addPractice(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/practice", Name: "staff.practice", Right: access.ReadSettings, Auth: route.SignIn, Do: ownerHome},
		route.Route{Method: http.MethodPost, Pattern: "/practice/jobs/{job}/again", Name: "staff.practice.again", Right: access.WriteSettings,
			Auth: route.SignIn, Objects: []route.Object{{Param: "job", Type: "job"}}, Do: tryJobAgain},
	)
	addAuditLog(g)
	addCrisis(g)
}

// repairedWithin is how far back the owner's home counts repairs.
const repairedWithin = 90 * 24 * time.Hour

type practiceView struct {
	Name    string
	Stats   []ui.Stat
	Ask     []askedOf // what waits for a person, most pressing first
	Dead    []jobRow
	Failing []jobRow
	Mail    string
	Tree    auditTree
	Backup  lastBackup
}

// askedOf is something that waits for somebody.
type askedOf struct{ Tone, Icon, Text, Href, Link string }

// jobRow is a job that did not work, in words.
type jobRow struct {
	ID, What, Error string
	At              time.Time
}

// auditTree is how the log stands.
type auditTree struct {
	Found   bool
	Size    int64
	At      time.Time
	Waiting int64
}

func ownerHome(w http.ResponseWriter, v *route.Visit) error {
	view := practiceView{Name: v.Practice.Name, Mail: mailWords(v.Practice)}
	for _, fill := range []func(*route.Visit, *practiceView) error{countAccess, countRuptures, whatWaits, listJobs, lookAtTree, lookAtBackup} {
		if err := fill(v, &view); err != nil {
			return err
		}
	}
	return v.Page(w, practicePage, frame(v, "Practice"), view)
}

func countAccess(v *route.Visit, view *practiceView) error {
	waiting, late, err := intake.Waits(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	loc := v.Practice.Location()
	monday := civil.On(v.DB.Now(), loc).Monday()
	from, _ := civil.In(monday, civil.Midnight, loc)
	to, _ := civil.In(monday.AddDays(7), civil.Midnight, loc)
	week, err := schedule.Between(v.Context(), v.DB, v.By, access.ReadTimes, "", from, to)
	if err != nil {
		return err
	}
	count := map[schedule.State]int{}
	for _, a := range week {
		count[a.State]++
	}
	view.Stats = append(view.Stats,
		ui.Stat{Label: "Waiting for a reply", Figure: strconv.Itoa(waiting), Text: lateWords(late)},
		ui.Stat{Label: "Sessions this week", Figure: strconv.Itoa(count[schedule.Held]), Text: "held; " + strconv.Itoa(count[schedule.Booked]) + " still booked"},
		ui.Stat{Label: "Missed or canceled this week", Figure: strconv.Itoa(count[schedule.Missed] + count[schedule.Cancelled]),
			Text: strconv.Itoa(count[schedule.Missed]) + " missed, " + strconv.Itoa(count[schedule.Cancelled]) + " canceled"})
	return nil
}

func lateWords(late int) string {
	if late == 0 {
		return "None is late"
	}
	return ui.Plural(late, "reply is late", "replies are late")
}

func countRuptures(v *route.Visit, view *practiceView) error {
	tally, err := rupture.Counts(v.Context(), v.DB, v.By, v.DB.Now().Add(-repairedWithin))
	if err != nil {
		return err
	}
	stat := func(label string, c rupture.Count) ui.Stat {
		if c.Hidden {
			return ui.Stat{Label: label, Figure: "Hidden", Text: "Fewer than five people, so this is hidden."}
		}
		return ui.Stat{Label: label, Figure: strconv.Itoa(c.N), Text: "people; who they are stays with their therapists"}
	}
	view.Stats = append(view.Stats, stat("With a rupture now", tally.Open), stat("Repaired in 90 days", tally.Repaired))
	return nil
}

// whatWaits lists what needs a person of the practice.
func whatWaits(v *route.Visit, view *practiceView) error {
	all, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(s practice.Staff) bool { return s.Duty && s.State == "active" }) {
		view.Ask = append(view.Ask, askedOf{"danger", "alert", "Nobody is on duty. Someone has to answer when a person without a therapist is at risk.", "/people", "Choose who is on duty"})
	}
	if v.Practice.CrisisPending != nil {
		view.Ask = append(view.Ask, askedOf{"info", "info", "A new crisis text waits for a second person’s word.", "/practice/crisis", "Look at it"})
	}
	resets, err := auth.FactorResets(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	if len(resets) > 0 {
		view.Ask = append(view.Ask, askedOf{"info", "lock", "Someone has lost their second step and waits for a second person’s word.", "/vouch", "Look at it"})
	}
	return nil
}

func listJobs(v *route.Visit, view *practiceView) error {
	dead, err := job.Dead(v.Context(), v.DB)
	if err != nil {
		return err
	}
	failing, err := job.Failing(v.Context(), v.DB)
	if err != nil {
		return err
	}
	view.Dead, view.Failing = jobRows(dead), jobRows(failing)
	return nil
}

func jobRows(all []job.Job) []jobRow {
	var rows []jobRow
	for _, j := range all {
		rows = append(rows, jobRow{ID: j.ID, What: jobWords(j.Kind), Error: j.LastError, At: j.RunAt})
	}
	return rows
}

func jobWords(kind job.Kind) string {
	switch kind {
	case letter.Job:
		return "A message"
	case letter.AskJob:
		return "A link that someone asked for"
	case schedule.ReminderJob:
		return "A reminder"
	case schedule.CheckInJob:
		return "The questions after a session"
	}
	return "Upkeep (" + string(kind) + ")"
}

// mailWords says by which way messages leave.
func mailWords(p practice.Practice) string {
	switch p.MailServer {
	case "":
		return "Messages leave as the program was started. No mail server of your own is set."
	case "off":
		return "Messages are turned off: nothing leaves."
	}
	return "Messages leave through your own mail server."
}

func lookAtTree(v *route.Visit, view *practiceView) error {
	point, found, err := audit.Newest(v.Context(), v.DB)
	if err != nil {
		return err
	}
	waiting, err := audit.Unfolded(v.Context(), v.DB)
	view.Tree = auditTree{Found: found, Size: point.Size, At: point.At, Waiting: waiting}
	return err
}

// tryJobAgain has a job that was given up tried anew.
func tryJobAgain(w http.ResponseWriter, v *route.Visit) error {
	err := job.Again(v.Context(), v.DB, v.PathValue("job"))
	if errors.Is(err, db.ErrNone) {
		return fault.NotFound()
	}
	if err != nil {
		return err
	}
	return v.See(w, "/practice?said=again")
}
