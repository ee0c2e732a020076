package staff

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	importPage        = ui.Parse(pages, ui.Staff, "import.html")
	importPreviewPage = ui.Parse(pages, ui.Staff, "import_preview.html")
)

// mostTable is how large a table may be, in characters, and in bytes as it is sent.
const (
	mostTable = 600_000
	mostSent  = 1 << 20
)

func addImport(g *route.Registry) {
	table := route.Field{Name: "csv", Max: mostTable}
	noFile := route.Field{Name: "file", Max: 1} // what browsers send where no file was chosen
	check := route.Route{Method: http.MethodPost, Pattern: "/practice/import/check", Name: "staff.import.check", Right: access.ImportClients,
		Auth: route.SignIn, Apart: true, Body: mostSent, Fields: []route.Field{table, noFile}, Success: []int{http.StatusOK}, Do: checkImport, Faulty: importForm}
	bring := route.Route{Method: http.MethodPost, Pattern: "/practice/import", Name: "staff.import.send", Right: access.ImportClients,
		Auth: route.SignIn, Body: mostSent, Fields: []route.Field{table, {Name: "safe", Max: 5, Line: true}, {Name: "forms", Max: 5, Line: true}},
		Do: bringClients, Faulty: importForm}
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/practice/import", Name: "staff.import", Right: access.ImportClients, Auth: route.SignIn,
		Do: importForm}, check, bring)
}

type importView struct {
	Faults  []fault.Fault
	Table   ui.Field
	Columns []columnWords
}

// columnWords says what stands under a heading.
type columnWords struct{ Name, Words string }

var importColumns = []columnWords{
	{"name", "needed"},
	{"pronouns", "optional"},
	{"email", "needed, or a phone number"},
	{"phone", "needed, or an email address"},
	{"therapist", "needed: the therapist’s email address here"},
	{"modality", "individual, couple or family; empty is individual"},
	{"since", "when the work began, such as 2026-05-21; empty is today"},
}

func importForm(w http.ResponseWriter, v *route.Visit) error {
	text, _ := tableSent(v) // what could not be read is not shown again; its sentence is
	return v.Page(w, importPage, frame(v, "Practice"), importView{Faults: v.Faults, Columns: importColumns,
		Table: ui.Field{Name: "csv", Type: "textarea", Rows: 10, Label: "Or paste the table", Value: text, Autocomplete: "off", Error: firstFault(v.Faults, "csv"),
			Optional: true}})
}

// firstFault is FaultIn, with how many more there are.
func firstFault(faults []fault.Fault, field string) string {
	n := 0
	for _, f := range faults {
		if f.Field == field {
			n++
		}
	}
	sentence := ui.FaultIn(faults, field)
	if n > 1 {
		sentence += " And " + ui.Plural(n-1, "more line.", "more lines; all of them stand above.")
	}
	return sentence
}

// tableSent is the table that came as a file, or else as text.
func tableSent(v *route.Visit) (string, error) {
	if v.MultipartForm == nil {
		return v.Form.Raw("csv"), nil
	}
	file, _, err := v.FormFile("file")
	if errors.Is(err, http.ErrMissingFile) {
		return v.Form.Raw("csv"), nil
	}
	if err != nil {
		return "", fault.Invalid("csv", "The file could not be read. Choose it again.")
	}
	defer file.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(file, mostSent))
	if err != nil {
		return "", fault.Invalid("csv", "The file could not be read. Choose it again.")
	}
	if len(text) == 0 {
		return v.Form.Raw("csv"), nil
	}
	return string(text), nil
}

type importPreview struct {
	Rows   []importRow
	New    int
	Known  int
	Text   string
	Safe   ui.Check
	Forms  ui.Check
	Action string
}

// importRow is one client as they would come.
type importRow struct {
	intake.Row
	With, Modality, Since string
	Known                 bool
}

// checkImport shows what would come of a table. Nothing is kept.
func checkImport(w http.ResponseWriter, v *route.Visit) error {
	text, err := tableSent(v)
	if err != nil {
		return err
	}
	all, err := intake.CheckImport(v.Context(), v.DB, v.By, text)
	if err != nil {
		return err
	}
	view := importPreview{Text: strings.TrimPrefix(text, "\ufeff"),
		Safe: ui.Check{Name: "safe", Label: "The practice may write to these email addresses",
			Hint: "Only if each person has said so. Otherwise nothing is sent to them."},
		Forms: ui.Check{Name: "forms", Label: "Send each of them the texts to sign and the first questions",
			Hint: "By a link in a neutral message, and only where the practice may write."}}
	for _, c := range all {
		row := importRow{Row: c.Row, With: c.With.Name, Modality: practice.ModalityWords(c.Modality), Since: "today", Known: c.Known}
		if c.Since != (civil.Date{}) {
			row.Since = c.Since.MonthDayYear()
		}
		view.Rows = append(view.Rows, row)
		if c.Known {
			view.Known++
		} else {
			view.New++
		}
	}
	return v.Page(w, importPreviewPage, frame(v, "Practice"), view)
}

func bringClients(w http.ResponseWriter, v *route.Visit) error {
	safe := v.Form.Has("safe")
	_, err := intake.Import(v.Context(), v.DB, v.By, v.Form.Raw("csv"), intake.Bring{Safe: safe, Forms: safe && v.Form.Has("forms")})
	if err != nil {
		return err
	}
	return v.See(w, "/practice?said=imported")
}
