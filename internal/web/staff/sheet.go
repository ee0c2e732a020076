package staff

import (
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/fault"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var sheetPage = ui.Parse(pages, ui.Staff, "sheet.html", "sheetform.html")

// noteField comes before the code of a part of a note in the name of its field.
const noteField = "note-"

func addSheet(g *route.Registry) {
	object := []route.Object{{Param: "session", Type: "session"}}
	fields := append(bodyFields(), route.Field{Name: "tab", Max: 64, Line: true}, route.Field{Name: "seen", Max: 20, Line: true})
	body := int64(1 << 20)
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/sessions/{session}/note", Name: "staff.sheet", Right: access.WriteRecord, Auth: route.SignIn,
			Objects: object, Do: sheet},
		route.Route{Method: http.MethodPost, Pattern: "/sessions/{session}/note", Name: "staff.sheet.save", Right: access.WriteRecord,
			Auth: route.SignIn, Objects: object, Fields: fields, Body: body, Do: saveSheet, Faulty: sheet},
		route.Route{Method: http.MethodPost, Pattern: "/sessions/{session}/note/autosave", Name: "staff.sheet.autosave", Right: access.WriteRecord,
			Auth: route.SignIn, Objects: object, Fields: fields, Body: body, Success: []int{http.StatusNoContent}, Do: autosave, Faulty: notSaved},
		route.Route{Method: http.MethodPost, Pattern: "/sessions/{session}/note/sign", Name: "staff.sheet.sign", Right: access.WriteRecord,
			Auth: route.SignIn, Objects: object, Fields: fields, Body: body, Do: signSheet, Faulty: sheet},
	)
}

// bodyFields are those of the parts of a note.
func bodyFields() []route.Field {
	fields := []route.Field{{Name: "attended", Max: 40, Many: true, Line: true}}
	for _, f := range note.Fields {
		fields = append(fields, route.Field{Name: noteField + f.Code, Max: note.Longest})
	}
	return fields
}

// sheetView is the form of a note.
type sheetView struct {
	Session  schedule.SessionID
	CourseID practice.CourseID
	Number   int
	When     string
	Status   string
	Tab      string
	Seen     int
	Attended *ui.Choices // where several could come
	Always   []ui.Field
	More     []ui.Field
	Readers  string
	Opened   bool // something stands in the parts that are folded away
}

func sheetViewOf(v *route.Visit, s caseload.Sheet, clients []practice.Client) sheetView {
	loc := v.Practice.Location()
	body := s.Begin()
	view := sheetView{Session: s.SessionID, CourseID: s.Course.ID, Number: s.Number, Tab: v.ID,
		When: civil.WhenBetween(s.Start, s.End, loc), Status: "Saved as you write"}
	view.Readers = "Once it is signed, your supervisor reads it, and the client may."
	if len(clients) > 1 {
		view.Readers = "Once it is signed, your supervisor reads it; the clients may when all who took part agree."
	}
	if s.Note != nil {
		body = s.Note.Body
		view.Seen = s.Note.Saves
		view.Status = "Draft saved " + ui.Clock(loc, s.Note.SavedAt)
	}
	if len(v.Faults) > 0 {
		body = typedBody(v.Form, body)
	}
	view.Always, view.More, view.Opened = partsOf(body, named(v.Faults))
	view.Attended = attendedOf(v, body, clients)
	return view
}

// partsOf are the fields of a note: those of every note, and the others.
func partsOf(body note.Body, faults []fault.Fault) (always, more []ui.Field, opened bool) {
	for _, f := range note.Fields {
		field := ui.Field{Name: noteField + f.Code, Label: f.Label, Hint: f.Hint, Value: body.Words[f.Code], Autocomplete: "off",
			MaxLength: note.Longest, Error: ui.FaultIn(faults, noteField+f.Code)}
		if f.Long {
			field.Type, field.Rows = "textarea", 3
		}
		if f.Code == "worked_on" {
			field.Rows = 5
		}
		if f.Always {
			always = append(always, field)
			continue
		}
		opened = opened || field.Value != "" && f.Code != "modality" || field.Error != ""
		more = append(more, field)
	}
	return always, more, opened
}

// attendedOf asks who was there, where several could come. Names are initials in
// discreet mode, as everywhere.
func attendedOf(v *route.Visit, body note.Body, clients []practice.Client) *ui.Choices {
	if len(clients) < 2 {
		return nil
	}
	var came []string
	for _, id := range body.Attended {
		came = append(came, string(id))
	}
	c := &ui.Choices{Name: "attended", Legend: "Who was there", Multiple: true, Layout: "chips"}
	for _, client := range clients {
		c.Options = append(c.Options, ui.Option{Value: string(client.ID), Label: firstNameOf(v, client)})
	}
	c.Options = ui.Pick(c.Options, came...)
	return c
}

// typedBody is what was typed, over what the note says.
func typedBody(f route.Form, body note.Body) note.Body {
	words := map[string]string{}
	for code, text := range body.Words {
		words[code] = text
	}
	for code, text := range f.Begins(noteField) {
		words[code] = text
	}
	body.Words = words
	return body
}

// draftOf is what a page sent of a note: only the parts that were in it.
func draftOf(f route.Form) note.Draft {
	d := note.Draft{Words: f.Begins(noteField), Tab: f.Text("tab")}
	d.Seen, _ = f.Number("seen")
	if all := f.All("attended"); all != nil {
		d.Attended = []practice.ClientID{}
		for _, id := range all {
			if id != "" {
				d.Attended = append(d.Attended, practice.ClientID(id))
			}
		}
	}
	return d
}

type sheetPageView struct {
	Faults []fault.Fault
	Who    template.HTML
	Sheet  sheetView
	Signed note.ID
}

// sheet is the note of a session on a page of its own: for phones, and where the
// form beside the brief comes back.
func sheet(w http.ResponseWriter, v *route.Visit) error {
	s, clients, err := caseload.ASheet(v.Context(), v.DB, v.By, schedule.SessionID(v.PathValue("session")))
	if err != nil {
		return err
	}
	view := sheetPageView{Faults: named(v.Faults), Who: whoOf(v, clients), Sheet: sheetViewOf(v, s, clients)}
	if s.Note != nil && s.Note.State == note.Signed {
		view.Signed = s.Note.ID
	}
	return v.Page(w, sheetPage, frame(v, "Notes"), view)
}

// named are the faults with the names that the parts have as fields.
func named(faults []fault.Fault) []fault.Fault {
	renamed := make([]fault.Fault, len(faults))
	for i, f := range faults {
		if f.Field != "" && f.Field != "reason" && !strings.HasPrefix(f.Field, noteField) {
			f.Field = noteField + f.Field
		}
		renamed[i] = f
	}
	return renamed
}

func saveSheet(w http.ResponseWriter, v *route.Visit) error {
	n, err := note.Autosave(v.Context(), v.DB, v.By, schedule.SessionID(v.PathValue("session")), draftOf(v.Form))
	if err != nil {
		return err
	}
	return v.See(w, "/sessions/"+string(n.SessionID)+"/note?said=saved")
}

// autosave keeps what is typed, for the page's script.
func autosave(w http.ResponseWriter, v *route.Visit) error {
	_, err := note.Autosave(v.Context(), v.DB, v.By, schedule.SessionID(v.PathValue("session")), draftOf(v.Form))
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// notSaved says in the form's own status line why an autosave was not kept. The
// words stay in the page.
func notSaved(w http.ResponseWriter, v *route.Visit) error {
	status := http.StatusUnprocessableEntity
	if v.Faults[0].Kind == fault.KindConflict {
		status = http.StatusConflict
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(v.Faults[0].Sentence)))
	w.WriteHeader(status)
	_, err := w.Write([]byte(v.Faults[0].Sentence))
	return err
}

func signSheet(w http.ResponseWriter, v *route.Visit) error {
	n, err := note.Sign(v.Context(), v.DB, v.By, schedule.SessionID(v.PathValue("session")), draftOf(v.Form))
	if err != nil {
		return err
	}
	return v.See(w, "/courses/"+string(n.CourseID)+"?said=signed")
}
