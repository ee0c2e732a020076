package staff

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/fault"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	notePage  = ui.Parse(pages, ui.Staff, "note.html")
	notesPage = ui.Parse(pages, ui.Staff, "notes.html")
)

func addNote(g *route.Registry) {
	object := []route.Object{{Param: "note", Type: "note"}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/notes", Name: "staff.notes", Right: access.SeeCaseload, Auth: route.SignIn, Do: notes},
		route.Route{Method: http.MethodGet, Pattern: "/notes/{note}", Name: "staff.note", Right: access.ReadRecord, Auth: route.SignIn,
			Objects: object, Do: noteOf},
		route.Route{Method: http.MethodPost, Pattern: "/notes/{note}", Name: "staff.note.amend", Right: access.WriteRecord, Auth: route.SignIn,
			Objects: object, Body: 1 << 20, Do: amend, Faulty: noteOf,
			Fields: append(bodyFields(), route.Field{Name: "version", Max: 10, Line: true}, route.Field{Name: "reason", Max: 500})},
	)
}

type noteView struct {
	Faults   []fault.Fault
	Who      template.HTML
	Title    string
	When     string
	CourseID practice.CourseID
	Session  string
	ID       note.ID
	Version  int
	Signed   string
	Parts    []part
	Versions []versionView
	Amends   bool
	Draft    bool
	Typed    bool
	Reason   ui.Field
	Attended *ui.Choices
	Fields   []ui.Field
}

// part is a named part of a note with its words.
type part struct{ Label, Text string }

type versionView struct {
	What, When, By, Reason string
	Parts                  []part
}

func noteOf(w http.ResponseWriter, v *route.Visit) error {
	n, err := caseload.ANote(v.Context(), v.DB, v.By, note.ID(v.PathValue("note")))
	if err != nil {
		return err
	}
	loc := v.Practice.Location()
	view := noteView{Faults: named(v.Faults), Who: whoOf(v, n.Clients), Title: "Note, session " + strconv.Itoa(n.Number), When: noteWhen(v, n.Note),
		CourseID: n.CourseID, Session: string(n.SessionID), ID: n.ID, Version: n.Version, Parts: partsSaid(v, n.Body, n.Clients),
		Draft: n.State == note.InDraft, Amends: n.Amends, Typed: len(v.Faults) > 0}
	if !view.Draft {
		view.Signed = "Signed by " + n.Author + ", " + ui.DateYear(loc, n.SignedAt) + ", " + ui.Clock(loc, n.SignedAt)
	}
	for _, version := range n.Versions {
		view.Versions = append(view.Versions, versionViewOf(v, version, n))
	}
	view.form(v, n)
	return v.Page(w, notePage, frame(v, "Notes"), view)
}

func noteWhen(v *route.Visit, n note.Note) string {
	loc := v.Practice.Location()
	return ui.DateYear(loc, n.Start) + ", " + ui.Span(loc, n.Start, n.End)
}

// partsSaid are the parts in which something stands, with who was there where several could come.
func partsSaid(v *route.Visit, body note.Body, clients []practice.Client) []part {
	var parts []part
	if len(clients) > 1 {
		came := ""
		for _, c := range clients {
			if slices.Contains(body.Attended, c.ID) {
				came = dotted(came, firstNameOf(v, c))
			}
		}
		if came == "" {
			came = "Nobody"
		}
		parts = append(parts, part{"Who was there", came})
	}
	for _, f := range note.Fields {
		if words := body.Words[f.Code]; words != "" {
			parts = append(parts, part{f.Label, words})
		}
	}
	return parts
}

func versionViewOf(v *route.Visit, version note.Version, n caseload.WholeNote) versionView {
	what := map[string]string{"draft": "Draft", "signed": "Signed", "amendment": "Amended"}[version.What]
	at := version.At
	if version.What == "draft" && !version.SavedAt.IsZero() {
		at = version.SavedAt
	}
	return versionView{What: what, When: momentWords(v, at), By: n.Names[version.ByID], Reason: version.Reason,
		Parts: partsSaid(v, version.Body, n.Clients)}
}

func momentWords(v *route.Visit, at time.Time) string {
	loc := v.Practice.Location()
	return ui.DateShort(loc, at) + ", " + ui.Clock(loc, at)
}

// form is that of an amendment, over what the note says or what was typed.
func (view *noteView) form(v *route.Visit, n caseload.WholeNote) {
	if !view.Amends {
		return
	}
	body := n.Body
	if view.Typed {
		body = typedBody(v.Form, body)
	}
	always, more, _ := partsOf(body, view.Faults)
	view.Fields = append(always, more...)
	view.Attended = attendedOf(v, body, n.Clients)
	view.Reason = ui.Field{Name: "reason", Label: "Why it is amended", Value: v.Form.Text("reason"), Required: true, MaxLength: 500, Autocomplete: "off",
		Error: ui.FaultIn(v.Faults, "reason"), Hint: "It stays with the note. What was signed stays as it was."}
}

func amend(w http.ResponseWriter, v *route.Visit) error {
	id := note.ID(v.PathValue("note"))
	version, _ := v.Form.Number("version") // none is no version: the verb says that it changed
	if _, err := note.Amend(v.Context(), v.DB, v.By, id, version, v.Form.Text("reason"), draftOf(v.Form)); err != nil {
		return err
	}
	return v.See(w, "/notes/"+string(id)+"?said=saved")
}

type notesView struct {
	Sentence string
	Left     []linkView
	Empty    ui.Empty
}

// notes lists what is to be finished.
func notes(w http.ResponseWriter, v *route.Visit) error {
	left, err := caseload.Unfinished(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	loc := v.Practice.Location()
	view := notesView{Empty: ui.Empty{Icon: "check", Title: "Every note is signed."}}
	if len(left) > 0 {
		view.Sentence = ui.Plural(len(left), "note", "notes") + " to finish, the oldest first."
	}
	for _, u := range left {
		text := "Write note"
		if u.NoteID != "" {
			text = "Finish and sign"
		}
		view.Left = append(view.Left, linkView{sheetPath(u.CourseID, u.SessionID), whoOf(v, u.Clients), ui.DateYear(loc, u.Start), text})
	}
	f := frame(v, "Notes")
	countNotes(&f, len(left))
	return v.Page(w, notesPage, f, view)
}
