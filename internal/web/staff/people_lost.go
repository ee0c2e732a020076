package staff

import (
	"net/http"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var lostPage = ui.Parse(pages, ui.Staff, "people_lost.html")

func addLost(g *route.Registry) {
	person := []route.Object{{Param: "person", Type: "login"}}
	vouch := func(method, pattern, name string, do, faulty route.Handler) route.Route {
		return route.Route{Method: method, Pattern: pattern, Name: name, Right: access.Vouch, Auth: route.SignIn, StepUp: true, Do: do, Faulty: faulty}
	}
	begin := vouch(http.MethodPost, "/vouch", "staff.lost.begin", beginLost, lost)
	begin.Fields = []route.Field{{Name: "email", Max: 254, Line: true}, {Name: "identified", Max: 5, Line: true}}
	confirm := vouch(http.MethodPost, "/vouch/{person}", "staff.lost.confirm", confirmLost, lost)
	confirm.Objects = person
	g.Add(vouch(http.MethodGet, "/vouch", "staff.lost", lost, nil), begin, confirm)
}

type lostView struct {
	Faults     []fault.Fault
	MayBegin   bool
	Waiting    []lostRow
	Email      ui.Field
	Identified ui.Check
}

// lostRow is one person's word that waits for another's.
type lostRow struct {
	ID    string
	Who   string // a colleague's name; of a client, the address that they sign in with
	By    string
	Until time.Time
	Mine  bool // the word was mine, or it is about me: somebody else confirms
}

// lost shows who has lost their second step. Two of the staff give their word that they know the person (security.md
// S-29); then the person sets up a new one.
func lost(w http.ResponseWriter, v *route.Visit) error {
	view := lostView{Faults: v.Faults, MayBegin: v.By.Is(access.Owner) || v.By.Is(access.Supervisor),
		Email: ui.Field{Name: "email", Type: "email", Label: "The address they sign in with", Value: v.Form.Text("email"), Autocomplete: "off",
			Error: ui.FaultIn(v.Faults, "email"), Required: true},
		Identified: ui.Check{Name: "identified", Label: "I have seen or heard this person myself, and know that it is them", Required: true,
			Error: ui.FaultIn(v.Faults, "identified")}}
	all, err := auth.FactorResets(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	for _, r := range all {
		row, err := lostRowOf(v, r)
		if err != nil {
			return err
		}
		view.Waiting = append(view.Waiting, row)
	}
	return v.Page(w, lostPage, frame(v, "People"), view)
}

func lostRowOf(v *route.Visit, r auth.FactorReset) (lostRow, error) {
	row := lostRow{ID: r.PersonID, Until: r.Until, Mine: r.By == v.By.ID || r.PersonID == v.By.ID}
	by, err := practice.Colleague(v.Context(), v.DB, practice.StaffID(r.By))
	if err != nil {
		return row, err
	}
	row.By = by.Name
	if s, err := practice.Colleague(v.Context(), v.DB, practice.StaffID(r.PersonID)); err == nil {
		row.Who = s.Name
		return row, nil
	}
	row.Who, err = auth.EmailOf(v.Context(), v.DB, r.PersonID)
	return row, err
}

func beginLost(w http.ResponseWriter, v *route.Visit) error {
	if !v.Form.Has("identified") {
		return fault.Invalid("identified", "Make sure who it is first. Then tick this.")
	}
	id, err := auth.PersonOf(v.Context(), v.DB, v.By, v.Form.Text("email"))
	if err != nil {
		return err
	}
	if err := auth.ResetFactor(v.Context(), v.DB, v.By, id); err != nil {
		return err
	}
	if err := letter.SecondWord(v.Context(), v.DB, v.By, "/vouch", access.StaffRoles...); err != nil {
		return err
	}
	return v.See(w, "/vouch?said=vouched")
}

// confirmLost is the second word. The person is told, and who has no password is invited again.
func confirmLost(w http.ResponseWriter, v *route.Visit) error {
	notice, err := auth.ConfirmResetFactor(v.Context(), v.DB, v.By, v.PathValue("person"))
	if err != nil {
		return err
	}
	if err := letter.Tell(v.Context(), v.DB, notice); err != nil {
		return err
	}
	if err := inviteAfterLoss(v, notice); err != nil {
		return err
	}
	return v.See(w, "/vouch?said=vouched")
}

// inviteAfterLoss invites a colleague anew whose passkeys were their only way in. Who has a password needs none, and
// clients sign in by link.
func inviteAfterLoss(v *route.Visit, n auth.Notice) error {
	if n.Kind != auth.Staff {
		return nil
	}
	_, err := auth.Invite(v.Context(), v.DB, access.OfProgram(v.By.PracticeID), auth.Person{ID: n.PersonID, Kind: n.Kind, Email: n.Email})
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindConflict {
		return nil
	}
	if err != nil {
		return err
	}
	s, err := practice.Colleague(v.Context(), v.DB, practice.StaffID(n.PersonID))
	if err != nil {
		return err
	}
	return letter.Invitation(v.Context(), v.DB, s)
}
