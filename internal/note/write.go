package note

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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

// versionEvery is how long saves of a draft go into one version.
const versionEvery = time.Minute

// Draft is what a page sends of a note: the parts that changed, and what the
// page had seen.
type Draft struct {
	Words    map[string]string   // by code; parts that are not in it stay
	Attended []practice.ClientID // nil: stays
	Tab      string              // names the page, so that it may follow its own saves
	Seen     int                 // the note's Saves when the page was loaded
}

// Open is the actor's note of a session: the one that there is, or a new draft.
func Open(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID) (Note, error) {
	var n Note
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		n, _, err = open(ctx, tx, by, session)
		return err
	})
	return n, err
}

func open(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID) (Note, seal.Key, error) {
	hour, err := OneHour(ctx, tx, by, access.WriteRecord, session)
	if err != nil {
		return Note{}, seal.Key{}, err
	}
	key, err := seal.Open(ctx, tx, hour.Course.KeyID)
	if err != nil {
		return Note{}, key, err
	}
	found, err := read(ctx, tx, by, access.WriteRecord, `n.session_id = $5 AND n.author_id = $3`, session)
	if err != nil || len(found) > 0 {
		return first(found), key, err
	}
	n := Note{ID: ID(tx.NewID()), CourseID: hour.Course.ID, SessionID: session, AuthorID: practice.StaffID(by.ID), State: InDraft,
		Number: hour.Number, Start: hour.Start, End: hour.End, Created: tx.Now(), Body: hour.Begin()}
	n.SavedAt = tx.Now()
	_, err = tx.Exec(ctx, `
		INSERT INTO note (practice_id, id, kind, course_id, session_id, author_id, state, version, created_at)
		VALUES ($1, $2, 'progress', $3, $4, $5, 'draft', 0, $6)`,
		by.PracticeID, n.ID, n.CourseID, n.SessionID, n.AuthorID, n.Created)
	if errors.Is(err, db.ErrDuplicate) {
		return Note{}, key, errElsewhere
	}
	if err != nil {
		return Note{}, key, fmt.Errorf("open a note of session %s: %w", session, err)
	}
	if err := addVersion(ctx, tx, by, key, &n, "draft"); err != nil {
		return Note{}, key, err
	}
	return n, key, record(ctx, tx, by, audit.Wrote, access.WriteRecord, hour.Course.ClientIDs, n.ID)
}

func first(found []Note) Note {
	if len(found) == 0 {
		return Note{}
	}
	return found[0]
}

// errElsewhere keeps one page from overwriting what another has written.
var errElsewhere = fault.Conflict(
	"This note was changed on another page meanwhile. Your words are still here: copy them, load the page again and add them.")

// Autosave keeps what a page sent of a draft, if it changes anything. Saves of
// one page within a minute go into one version. It is a Conflict where another
// page wrote since this one was loaded, and where the note is signed.
func Autosave(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID, d Draft) (Note, error) {
	var n Note
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var key seal.Key
		var err error
		if n, key, err = open(ctx, tx, by, session); err != nil {
			return err
		}
		return save(ctx, tx, by, key, &n, d)
	})
	return n, err
}

func save(ctx context.Context, tx *db.DB, by access.Actor, key seal.Key, n *Note, d Draft) error {
	if n.State == Signed {
		return fault.Conflict("This note is signed, so it stays as it is. Your words are still here: copy them into an amendment.")
	}
	if n.Saves != d.Seen && (n.Tab == "" || n.Tab != d.Tab) {
		return errElsewhere
	}
	k, err := practice.OneCourse(ctx, tx, by, access.WriteRecord, n.CourseID)
	if err != nil {
		return err
	}
	body, err := n.with(d, k)
	if err != nil {
		return err
	}
	if slices.Equal(body.Attended, n.Attended) && maps.Equal(body.Words, n.Words) {
		return nil
	}
	other := n.Tab != "" && n.Tab != d.Tab
	body.Tab, body.Saves, body.SavedAt = d.Tab, n.Saves+1, tx.Now()
	n.Body = body
	if err := keepDraft(ctx, tx, by, key, n, other); err != nil {
		return err
	}
	return record(ctx, tx, by, audit.Wrote, access.WriteRecord, k.ClientIDs, n.ID)
}

// with is the body after a page's changes.
func (n *Note) with(d Draft, k practice.Course) (Body, error) {
	words, err := tidy(d.Words)
	if err != nil {
		return Body{}, err
	}
	body := n.Body
	body.Words = maps.Clone(n.Words)
	if body.Words == nil {
		body.Words = map[string]string{}
	}
	for code, text := range words {
		if body.Words[code] = text; text == "" {
			delete(body.Words, code)
		}
	}
	if d.Attended == nil {
		return body, nil
	}
	body.Attended = nil
	for _, client := range k.ClientIDs {
		if slices.Contains(d.Attended, client) {
			body.Attended = append(body.Attended, client)
		}
	}
	return body, nil
}

// keepDraft writes into the newest draft version while it is young and of the
// same page, else into a new one, so that no page's words are lost.
func keepDraft(ctx context.Context, tx *db.DB, by access.Actor, key seal.Key, n *Note, otherPage bool) error {
	var what string
	var at time.Time
	err := tx.Row(ctx, `SELECT what, at FROM note_version WHERE practice_id = $1 AND note_id = $2 AND version = $3`,
		by.PracticeID, n.ID, n.Version).Scan(&what, &at)
	if err != nil {
		return fmt.Errorf("read the newest version of note %s: %w", n.ID, err)
	}
	if otherPage || what != "draft" || tx.Now().Sub(at) >= versionEvery {
		return addVersion(ctx, tx, by, key, n, "draft")
	}
	sealed, err := key.SealJSON(bodyPlace(n.ID, n.Version), n.Body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE note_version SET body = $4 WHERE practice_id = $1 AND note_id = $2 AND version = $3 AND what = 'draft'`,
		by.PracticeID, n.ID, n.Version, sealed)
	if err != nil {
		return fmt.Errorf("keep note %s: %w", n.ID, err)
	}
	return nil
}

// addVersion keeps the note's body as its next version.
func addVersion(ctx context.Context, tx *db.DB, by access.Actor, key seal.Key, n *Note, what string) error {
	n.Version++
	sealed, err := key.SealJSON(bodyPlace(n.ID, n.Version), n.Body)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO note_version (practice_id, note_id, version, what, body, by_id, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		by.PracticeID, n.ID, n.Version, what, sealed, by.ID, tx.Now())
	if errors.Is(err, db.ErrDuplicate) {
		return errElsewhere
	}
	if err != nil {
		return fmt.Errorf("add a version to note %s: %w", n.ID, err)
	}
	_, err = tx.Exec(ctx, `UPDATE note SET version = $3, state = $4, signed_at = $5 WHERE practice_id = $1 AND id = $2`,
		by.PracticeID, n.ID, n.Version, n.State, n.SignedAt)
	if err != nil {
		return fmt.Errorf("keep note %s: %w", n.ID, err)
	}
	return nil
}

// Sign keeps what the page sent and signs the note: from then on it is part of
// the record, and only an Amend adds to it.
func Sign(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID, d Draft) (Note, error) {
	var n Note
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var key seal.Key
		var err error
		if n, key, err = open(ctx, tx, by, session); err != nil {
			return err
		}
		if err := save(ctx, tx, by, key, &n, d); err != nil {
			return err
		}
		if n.Words["worked_on"] == "" {
			return fault.Invalid("worked_on", "Write what you worked on before you sign.")
		}
		n.State, n.SignedAt = Signed, tx.Now()
		n.Tab = ""
		if err := addVersion(ctx, tx, by, key, &n, "signed"); err != nil {
			return err
		}
		k, err := practice.OneCourse(ctx, tx, by, access.WriteRecord, n.CourseID)
		if err != nil {
			return err
		}
		return record(ctx, tx, by, audit.Signed, access.WriteRecord, k.ClientIDs, n.ID)
	})
	return n, err
}

// Amend adds a version to a signed note, with the reason why; what was signed
// stays as it was. Version is the one that the amendment was written over: it is
// a Conflict where there is a newer one.
func Amend(ctx context.Context, tx *db.DB, by access.Actor, id ID, version int, reason string, d Draft) (Note, error) {
	if strings.TrimSpace(reason) == "" {
		return Note{}, fault.Invalid("reason", "Say why the note is amended.")
	}
	var n Note
	err := tx.InTx(ctx, func(tx *db.DB) error {
		found, err := read(ctx, tx, by, access.WriteRecord, `n.id = $5`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 || found[0].State != Signed {
			return fault.NotFound()
		}
		n = found[0]
		if n.Version != version {
			return errElsewhere
		}
		return amend(ctx, tx, by, &n, strings.TrimSpace(reason), d)
	})
	return n, err
}

func amend(ctx context.Context, tx *db.DB, by access.Actor, n *Note, reason string, d Draft) error {
	k, err := practice.OneCourse(ctx, tx, by, access.WriteRecord, n.CourseID)
	if err != nil {
		return err
	}
	body, err := n.with(d, k)
	if err != nil {
		return err
	}
	if slices.Equal(body.Attended, n.Attended) && maps.Equal(body.Words, n.Words) {
		return fault.Invalid("reason", "Nothing was changed, so there is nothing to amend.")
	}
	key, err := seal.Open(ctx, tx, k.KeyID)
	if err != nil {
		return err
	}
	body.Reason, body.Tab, body.SavedAt = reason, "", tx.Now()
	n.Body = body
	if err := addVersion(ctx, tx, by, key, n, "amendment"); err != nil {
		return err
	}
	return record(ctx, tx, by, audit.Amended, access.WriteRecord, k.ClientIDs, n.ID)
}
