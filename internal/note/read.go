package note

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// OneNote is a note as its newest version has it. Reading it is recorded. A
// client reads the signed notes of a course of their own alone; a joint note of
// a couple or a family is not shown to one of them here, because it holds what
// the others said: that needs the consent of all who took part (security.md
// N-6), and so goes out by a release.
func OneNote(ctx context.Context, tx *db.DB, by access.Actor, id ID) (Note, error) {
	var n Note
	err := tx.InTx(ctx, func(tx *db.DB) error {
		found, err := read(ctx, tx, by, access.ReadRecord, `n.id = $5`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.NotFound()
		}
		n = found[0]
		return recordRead(ctx, tx, by, n.CourseID, n.ID)
	})
	return n, err
}

// OfCourse lists the notes of a course that the actor may read, by the same
// rules as OneNote, newest session first. Reading them is recorded.
func OfCourse(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID) ([]Note, error) {
	var found []Note
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		if found, err = read(ctx, tx, by, access.ReadRecord, `n.course_id = $5`, course); err != nil {
			return err
		}
		return recordRead(ctx, tx, by, course, ID(course))
	})
	return found, err
}

// Last is the newest signed note of a course, or nil. The page that shows it records it.
func Last(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID) (*Note, error) {
	found, err := read(ctx, tx, by, access.ReadRecord, `n.course_id = $5 AND n.state = 'signed' AND NOT EXISTS (
		SELECT 1 FROM note ln JOIN session ls ON ls.practice_id = ln.practice_id AND ls.id = ln.session_id
		WHERE ln.practice_id = $1 AND ln.course_id = $5 AND ln.state = 'signed' AND ls.number > s.number)`, course)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

// OfSession is the actor's own note of a session, or nil where none is begun.
// The page that shows it records it.
func OfSession(ctx context.Context, tx *db.DB, by access.Actor, session schedule.SessionID) (*Note, error) {
	found, err := read(ctx, tx, by, access.WriteRecord, `n.session_id = $5 AND n.author_id = $3`, session)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func recordRead(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, id ID) error {
	k, err := practice.OneCourse(ctx, tx, by, access.ReadRecord, course)
	if err != nil {
		return err
	}
	if by.Is(access.Client) {
		return record(ctx, tx, by, audit.Read, access.ReadRecord, []practice.ClientID{practice.ClientID(by.ID)}, id)
	}
	return record(ctx, tx, by, audit.Read, access.ReadRecord, k.ClientIDs, id)
}

// read finds notes within the actor's reach: what is signed, and one's own drafts.
func read(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, args ...any) ([]Note, error) {
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	var found []Note
	err = tx.View(ctx, func(tx *db.DB) error {
		found = nil
		var owners []seal.OwnerID
		var sealed [][]byte
		err := tx.Each(ctx, `
			SELECT n.id, n.course_id, n.session_id, n.author_id, n.state, n.version, n.created_at, n.signed_at,
				s.number, a.start_at, a.end_at, v.body, k.key_id
			FROM note n
				JOIN course k ON k.practice_id = n.practice_id AND k.id = n.course_id
				JOIN session s ON s.practice_id = n.practice_id AND s.id = n.session_id
				JOIN appointment a ON a.practice_id = s.practice_id AND a.id = s.appointment_id
				JOIN note_version v ON v.practice_id = n.practice_id AND v.note_id = n.id AND v.version = n.version
			WHERE `+access.Courses+` AND n.practice_id = $1 AND (n.state = 'signed' OR n.author_id = $3)
				AND ((CAST($2 AS BIGINT) & 1) = 0 OR k.modality = 'individual') AND `+where+`
			ORDER BY s.number DESC, n.id`, scope.Args(args...), func(scan func(...any) error) error {
			var n Note
			var body []byte
			var owner seal.OwnerID
			err := scan(&n.ID, &n.CourseID, &n.SessionID, &n.AuthorID, &n.State, &n.Version, &n.Created, &n.SignedAt,
				&n.Number, &n.Start, &n.End, &body, &owner)
			found, owners, sealed = append(found, n), append(owners, owner), append(sealed, body)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		return openBodies(ctx, tx, found, owners, sealed)
	})
	return found, err
}

func openBodies(ctx context.Context, tx *db.DB, found []Note, owners []seal.OwnerID, sealed [][]byte) error {
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for i := range found {
		n := &found[i]
		if err := keys[owners[i]].OpenJSON(bodyPlace(n.ID, n.Version), sealed[i], &n.Body); err != nil {
			return fmt.Errorf("open note %s: %w", n.ID, err)
		}
	}
	return nil
}

// Versions lists what was kept of a note, newest first: to its author with the
// drafts, to others from the signature on. Reading them is recorded.
func Versions(ctx context.Context, tx *db.DB, by access.Actor, id ID) (Note, []Version, error) {
	var n Note
	var all []Version
	err := tx.InTx(ctx, func(tx *db.DB) error {
		all = nil
		var err error
		if n, err = OneNote(ctx, tx, by, id); err != nil {
			return err
		}
		k, err := practice.OneCourse(ctx, tx, by, access.ReadRecord, n.CourseID)
		if err != nil {
			return err
		}
		key, err := seal.Open(ctx, tx, k.KeyID)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `
			SELECT version, what, body, by_id, at FROM note_version
			WHERE practice_id = $1 AND note_id = $2 AND (what <> 'draft' OR $3 = $4) ORDER BY version DESC`,
			[]any{by.PracticeID, id, by.ID, n.AuthorID}, func(scan func(...any) error) error {
				var v Version
				var sealed []byte
				if err := scan(&v.N, &v.What, &sealed, &v.ByID, &v.At); err != nil {
					return err
				}
				err := key.OpenJSON(bodyPlace(id, v.N), sealed, &v.Body)
				all = append(all, v)
				return err
			})
	})
	return n, all, err
}

// Unfinished is a held session whose note is not signed.
type Unfinished struct {
	SessionID schedule.SessionID
	CourseID  practice.CourseID
	NoteID    ID // empty where none is begun
	Number    int
	Start     time.Time
}

// ToFinish lists the sessions that the actor held and whose notes are not
// signed, oldest first. It names courses, not what was said.
func ToFinish(ctx context.Context, tx *db.DB, by access.Actor) ([]Unfinished, error) {
	scope, err := access.Within(by, access.WriteRecord, tx.Now())
	if err != nil {
		return nil, err
	}
	var all []Unfinished
	err = tx.View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `
			SELECT s.id, s.course_id, COALESCE(n.id, ''), s.number, s.held_at
			FROM session s
				JOIN course k ON k.practice_id = s.practice_id AND k.id = s.course_id
				JOIN appointment a ON a.practice_id = s.practice_id AND a.id = s.appointment_id
				LEFT JOIN note n ON n.practice_id = s.practice_id AND n.session_id = s.id AND n.author_id = $3 AND n.kind = 'progress'
			WHERE `+access.Courses+` AND s.practice_id = $1 AND a.therapist_id = $3 AND (n.id IS NULL OR n.state = 'draft')
			ORDER BY s.held_at, s.id`, scope.Args(), func(scan func(...any) error) error {
			var u Unfinished
			err := scan(&u.SessionID, &u.CourseID, &u.NoteID, &u.Number, &u.Start)
			all = append(all, u)
			return err
		})
	})
	return all, err
}
