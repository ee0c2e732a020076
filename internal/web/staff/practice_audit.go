package staff

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	auditPage = ui.Parse(pages, ui.Staff, "practice_audit.html")
	checkPage = ui.Parse(pages, ui.Staff, "practice_check.html")
)

func addAuditLog(g *route.Registry) {
	look := func(pattern, name string, do route.Handler) route.Route {
		return route.Route{Method: http.MethodGet, Pattern: pattern, Name: name, Right: access.ReadAudit, Auth: route.SignIn,
			Query: []route.Field{{Name: "person", Max: 64, Line: true}}, Do: do}
	}
	g.Add(look("/practice/audit", "staff.audit", auditLog), look("/practice/audit.csv", "staff.audit.csv", auditTable),
		look("/practice/audit/check", "staff.audit.check", auditCheck))
}

// How many entries a page shows, and a file holds.
const (
	mostShown = 200
	mostFiled = 100_000
)

type auditView struct {
	Person ui.Field
	Rows   []auditRow
	Most   int
	File   string
}

// auditRow is one entry of the log, in words.
type auditRow struct {
	At     time.Time
	Who    string
	Role   string
	What   string
	Client string
	Why    string
}

func auditLog(w http.ResponseWriter, v *route.Visit) error {
	person := v.Form.Text("person")
	staff, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return err
	}
	found, err := audit.OfPractice(v.Context(), v.DB, v.By, person, mostShown)
	if err != nil {
		return err
	}
	clients, err := practice.ClientsOf(v.Context(), v.DB, v.By, access.ReadAbout, clientsIn(found))
	if err != nil {
		return err
	}
	view := auditView{Most: mostShown, File: "/practice/audit.csv"}
	if person != "" {
		view.File += "?person=" + person
	}
	options := []ui.Option{{Value: "", Label: "Everybody"}}
	for _, s := range staff {
		options = append(options, ui.Option{Value: string(s.ID), Label: s.Name, Checked: string(s.ID) == person})
	}
	view.Person = ui.Field{Name: "person", Type: "select", Label: "Whose deeds", Options: options, Short: true}
	for _, one := range found {
		view.Rows = append(view.Rows, auditRow{At: one.At, Who: actorWords(one, staff), Role: string(one.Role), What: sentenceCase(string(one.Deed)) + thing(one.Type),
			Client: clients[practice.ClientID(one.ClientID)].Name, Why: one.Why})
	}
	return v.Page(w, auditPage, frame(v, "Practice"), view)
}

func clientsIn(found []audit.Looked) []practice.ClientID {
	var ids []practice.ClientID
	for _, one := range found {
		if one.ClientID != "" {
			ids = append(ids, practice.ClientID(one.ClientID))
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// actorWords says who did it: a colleague by name, anyone else by what they are.
func actorWords(one audit.Looked, staff []practice.Staff) string {
	for _, s := range staff {
		if string(s.ID) == one.ActorID {
			return s.Name
		}
	}
	switch one.Role {
	case access.Client:
		return "A client"
	case access.Program:
		return "Attune itself"
	}
	return "A visitor"
}

func thing(kind string) string {
	if kind == "" {
		return ""
	}
	return ": " + strings.ReplaceAll(kind, "_", " ")
}

func sentenceCase(text string) string {
	letters := []rune(text)
	if len(letters) > 0 {
		letters[0] = unicode.ToUpper(letters[0])
	}
	return string(letters)
}

// auditTable is the log as a file. It holds ids and no names: it may leave the building. That it was taken is kept.
func auditTable(w http.ResponseWriter, v *route.Visit) error {
	var found []audit.Looked
	err := v.DB.InTx(v.Context(), func(tx *db.DB) (err error) {
		if found, err = audit.OfPractice(v.Context(), tx, v.By, v.Form.Text("person"), mostFiled); err != nil {
			return err
		}
		return audit.Record(v.Context(), tx, v.By, audit.Downloaded, audit.Subject{Right: access.ReadAudit, Type: "audit log"})
	})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="log.csv"`)
	table := csv.NewWriter(w)
	table.UseCRLF = true // RFC 4180
	rows := [][]string{{"at", "actor", "role", "deed", "class", "client", "type", "object", "why"}}
	for _, one := range found {
		rows = append(rows, []string{one.At.UTC().Format(time.RFC3339), one.ActorID, string(one.Role), string(one.Deed), string(one.Class),
			one.ClientID, one.Type, one.Object, one.Why})
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = harmless(cell)
		}
		if err := table.Write(row); err != nil {
			return fmt.Errorf("write the log as a table: %w", err)
		}
	}
	table.Flush()
	return table.Error()
}

// harmless is a cell that no spreadsheet takes for a formula (security.md S-59).
func harmless(cell string) string {
	cell = strings.ReplaceAll(cell, "\x00", "")
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// auditCheck holds the whole log against its tree.
func auditCheck(w http.ResponseWriter, v *route.Visit) error {
	if access.Of(v.By, access.ReadAudit) == 0 {
		return fault.NotFound()
	}
	report, err := audit.Verify(v.Context(), v.DB, nil)
	if err != nil {
		return err
	}
	return v.Page(w, checkPage, frame(v, "Practice"), report)
}
