package portal

import (
	"net/http"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var myNotesPage = ui.Parse(pages, ui.Client, "mynotes.html")

func addMyNotes(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/my-notes", Name: "portal.notes", Right: access.ReadRecord, Auth: route.SignIn, Clients: true, Do: myNotes})
}

type myNotesView struct {
	Notes []myNote
	Joint bool // there is a course together with others, whose notes are not shown here
}

// myNote is a signed note as its client reads it.
type myNote struct {
	Title  string
	At     time.Time
	Signed time.Time
	By     string
	Parts  []myNotePart
}

type myNotePart struct{ Label, Words string }

func myNotes(w http.ResponseWriter, v *route.Visit) error {
	courses, err := practice.Courses(v.Context(), v.DB, v.By, access.ReadRecord, practice.ClientID(v.By.ID))
	if err != nil {
		return err
	}
	var view myNotesView
	for _, k := range courses {
		if k.Modality != "individual" {
			view.Joint = true
			continue
		}
		all, err := note.OfCourse(v.Context(), v.DB, v.By, k.ID)
		if err != nil {
			return err
		}
		for _, n := range all {
			author, err := practice.Colleague(v.Context(), v.DB, n.AuthorID)
			if err != nil {
				return err
			}
			view.Notes = append(view.Notes, myNoteOf(n, author.Title()))
		}
	}
	return v.Page(w, myNotesPage, frame(v, "Notes"), view)
}

func myNoteOf(n note.Note, author string) myNote {
	mine := myNote{Title: "Session " + strconv.Itoa(n.Number), At: n.Start, Signed: n.SignedAt, By: author}
	for _, f := range note.Fields {
		if words := n.Words[f.Code]; words != "" {
			mine.Parts = append(mine.Parts, myNotePart{f.Label, words})
		}
	}
	return mine
}
