// Package note keeps what a therapist writes about a session: drafts that are
// not lost, and signed notes that nothing overwrites.
package note

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// ID names a note.
type ID string

// State is how far a note has come.
type State string

// A draft is its author's alone; a signed note belongs to the record.
const (
	InDraft State = "draft"
	Signed  State = "signed"
)

// Note is the progress note of one session, as its newest version has it. A
// couple or a family has one joint note; what one of them said in a check-in is
// never part of it by itself (security.md N-6).
type Note struct {
	ID                ID
	CourseID          practice.CourseID
	SessionID         schedule.SessionID
	AuthorID          practice.StaffID
	State             State
	Version           int // the newest, from 1
	Number            int // of the session
	Start, End        time.Time
	Created, SignedAt time.Time
	Body
}

// Body is what a version says.
type Body struct {
	Attended []practice.ClientID `json:"attended"`
	Words    map[string]string   `json:"words"`            // by the code of a Field
	Reason   string              `json:"reason,omitempty"` // of an amendment
	Tab      string              `json:"tab,omitempty"`    // the page that saved last
	Saves    int                 `json:"saves,omitempty"`  // grows with every save, so that a page knows whether it saw the last
	SavedAt  time.Time           `json:"saved_at"`
}

// Field is one named part of a progress note.
type Field struct {
	Code, Label, Hint string
	Long              bool // several lines
	Always            bool // asked of every note; the others when they are needed
}

// Fields are the parts of a progress note. With start and end of the session
// they name all that may not stand in a psychotherapy note alone (security.md
// N-2; 45 CFR 164.501): modality and frequency, medication, results of tests,
// and summaries of diagnosis, function, plan, symptoms, outlook and progress.
var Fields = []Field{
	{"worked_on", "What we worked on", "", true, true},
	{"between_us", "Between us", "Closeness, distance, a miss, a repair.", true, true},
	{"tried", "What was tried", "", true, true},
	{"function", "How they were", "How daily life goes: sleep, work, people.", true, true},
	{"risk", "Safety", "What was asked and said, and what was agreed.", true, true},
	{"plan", "Next time", "", true, true},
	{"modality", "How we met", "Alone or together, where, and how often.", true, false},
	{"symptoms", "Symptoms", "", true, false},
	{"progress", "Progress so far", "", true, false},
	{"tests", "Results of questionnaires", "", true, false},
	{"medication", "Medication", "As it was told, and who prescribes it.", true, false},
	{"diagnosis", "Diagnosis, in short", "Only where one is needed.", true, false},
	{"prognosis", "Outlook", "", true, false},
	{"other", "Anything else for the record", "", true, false},
}

// Longest is how many characters one part may have.
const Longest = 8000

// Version is one state of a note that was kept.
type Version struct {
	N    int
	What string // "draft", "signed" or "amendment"
	ByID practice.StaffID
	At   time.Time
	Body
}

func bodyPlace(id ID, version int) seal.Place {
	return seal.Place{Table: "note_version", Row: string(id) + " " + strconv.Itoa(version), Column: "body"}
}

// Hour is a session about which a note is written.
type Hour struct {
	SessionID  schedule.SessionID
	Number     int
	Start, End time.Time
	Place      string // "room" or "video"
	Course     practice.Course
}

// OneHour is the session, where the actor may reach its course by the right.
func OneHour(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id schedule.SessionID) (Hour, error) {
	h := Hour{SessionID: id}
	err := tx.View(ctx, func(tx *db.DB) error {
		var course practice.CourseID
		err := tx.Row(ctx, `
			SELECT s.course_id, s.number, a.start_at, a.end_at, p.kind
			FROM session s
				JOIN appointment a ON a.practice_id = s.practice_id AND a.id = s.appointment_id
				JOIN place p ON p.practice_id = a.practice_id AND p.id = a.place_id
			WHERE s.practice_id = $1 AND s.id = $2`, by.PracticeID, id).Scan(&course, &h.Number, &h.Start, &h.End, &h.Place)
		if errors.Is(err, db.ErrNone) {
			return fault.NotFound()
		}
		if err != nil {
			return fmt.Errorf("read session %s: %w", id, err)
		}
		h.Course, err = practice.OneCourse(ctx, tx, by, right, course)
		return err
	})
	return h, err
}

// Begin is what a note of the hour begins with: everybody was there, and how they met.
func (h Hour) Begin() Body {
	met := map[string]string{"individual": "Individual", "couple": "Couple", "family": "Family"}[h.Course.Modality]
	where := map[string]string{"room": ", in person", "video": ", by video"}[h.Place]
	return Body{Attended: slices.Clone(h.Course.ClientIDs), Words: map[string]string{"modality": met + where}}
}

// Text is the note as one text, its parts named, for places without room for all fields.
func (b Body) Text() string {
	var parts []string
	for _, f := range Fields {
		if words := b.Words[f.Code]; words != "" && f.Always {
			parts = append(parts, f.Label+": "+words)
		}
	}
	return strings.Join(parts, "\n\n")
}

// tidy checks the parts that were sent and takes the space around them off.
func tidy(words map[string]string) (map[string]string, error) {
	clean := map[string]string{}
	var faults fault.List
	for code, text := range words {
		if !slices.ContainsFunc(Fields, func(f Field) bool { return f.Code == code }) {
			return nil, fault.Invalid("", "A note has no such part. Please load the page again.")
		}
		if clean[code] = strings.TrimSpace(text); len([]rune(clean[code])) > Longest {
			faults.Add(code, "Please shorten this to "+strconv.Itoa(Longest)+" characters.")
		}
	}
	return clean, faults.Err()
}

func record(ctx context.Context, tx *db.DB, by access.Actor, deed audit.Deed, right access.Right, clients []practice.ClientID, id ID) error {
	for _, client := range clients {
		subject := audit.Subject{Right: right, ClientID: string(client), Type: "note", ID: string(id)}
		if err := audit.Record(ctx, tx, by, deed, subject); err != nil {
			return err
		}
	}
	return nil
}
