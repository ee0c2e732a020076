package practice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// CourseID names a course of therapy.
type CourseID string

// Course is a course of therapy: one to n clients, a therapist, a modality,
// goals in the client's words, and an ending that is planned.
type Course struct {
	ID          CourseID
	KeyID       seal.OwnerID
	TherapistID StaffID
	Modality    string // "individual", "couple" or "family"
	State       string // "active" or "ended"
	ClientIDs   []ClientID
	Started     time.Time
	Ended       time.Time
	Aims
	Ending Ending
}

// Aims are what a course is for.
type Aims struct {
	Here  string   // what brought the client, in their words
	Goals []string // in the client's words
}

// Ending is how a course ended.
type Ending struct {
	How   string // "planned", "client_left", "moved", "referred", "other"
	Words string
}

// EndingWays are how a course may end, with their words.
var EndingWays = []Concern{
	{"planned", "We planned it and said goodbye"},
	{"client_left", "The client stopped coming"},
	{"moved", "Moved to a colleague here"},
	{"referred", "Referred elsewhere"},
	{"other", "Another way"},
}

func coursePlace(key seal.OwnerID, column string) seal.Place {
	return seal.Place{Table: "course", Row: string(key), Column: column}
}

// BeginCourse begins a course of therapy for clients who exist already. The
// caller has decided that it may; the deed is audited as theirs.
func BeginCourse(ctx context.Context, tx *db.DB, by access.Actor, k Course) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		key, err := seal.NewOwner(ctx, tx, seal.Course, k.KeyID)
		if err != nil {
			return err
		}
		about, err := key.SealJSON(coursePlace(k.KeyID, "about"), k.Aims)
		if err != nil {
			return err
		}
		if k.Started.IsZero() {
			k.Started = tx.Now()
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO course (practice_id, id, key_id, therapist_id, modality, state, about, started_at)
			VALUES ($1, $2, $3, $4, $5, 'active', $6, $7)`,
			tx.PracticeID(), k.ID, k.KeyID, k.TherapistID, k.Modality, about, k.Started)
		if err != nil {
			return fmt.Errorf("begin course %s: %w", k.ID, err)
		}
		for _, client := range k.ClientIDs {
			if err := joinCourse(ctx, tx, by, k.ID, client); err != nil {
				return err
			}
		}
		return nil
	})
}

func joinCourse(ctx context.Context, tx *db.DB, by access.Actor, id CourseID, client ClientID) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO course_client (practice_id, course_id, client_id, joined_at) VALUES ($1, $2, $3, $4)`,
		tx.PracticeID(), id, client, tx.Now())
	if err != nil {
		return fmt.Errorf("join course %s: %w", id, err)
	}
	return audit.Record(ctx, tx, by, audit.Began,
		audit.Subject{Right: access.WriteTimes, ClientID: string(client), Type: "course", ID: string(id)})
}

const courseColumns = `k.id, k.key_id, k.therapist_id, k.modality, k.state, k.about, k.ending, k.started_at, k.ended_at`

// OneCourse is the course, where the actor may reach it by the right. It does
// not write to the audit log; verbs that read clinical data do.
func OneCourse(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id CourseID) (Course, error) {
	found, err := courses(ctx, tx, by, right, `k.id = $5`, id)
	if err != nil {
		return Course{}, err
	}
	if len(found) == 0 {
		return Course{}, fault.NotFound()
	}
	return found[0], nil
}

// Courses lists the courses that the actor may reach by the right: newest first,
// of one client where client is given.
func Courses(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, client ClientID) ([]Course, error) {
	if client == "" {
		return courses(ctx, tx, by, right, `1 = 1`)
	}
	return courses(ctx, tx, by, right, `k.id IN (
		SELECT oc.course_id FROM course_client oc WHERE oc.practice_id = $1 AND oc.client_id = $5)`, client)
}

// CoursesWith lists the active courses with a therapist that the actor may reach
// by the right, newest first.
func CoursesWith(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, therapist StaffID) ([]Course, error) {
	return courses(ctx, tx, by, right, `k.therapist_id = $5 AND k.state = 'active'`, therapist)
}

// Newest lists those of the practice's so many newest courses that the actor may
// reach by the right, newest first.
func Newest(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, most int) ([]Course, error) {
	return courses(ctx, tx, by, right, `k.id IN (SELECT nk.id FROM course nk WHERE nk.practice_id = $1
		ORDER BY nk.started_at DESC, nk.id LIMIT CAST($5 AS BIGINT))`, most)
}

// CoursesOf lists those of the given courses that the actor may reach by the right, by id.
func CoursesOf(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, ids []CourseID) (map[CourseID]Course, error) {
	texts := make(db.Strings, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	found, err := courses(ctx, tx, by, right, `k.id `+tx.AnyOf(5), texts)
	byID := make(map[CourseID]Course, len(found))
	for _, k := range found {
		byID[k.ID] = k
	}
	return byID, err
}

func courses(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, args ...any) ([]Course, error) {
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	var found []Course
	err = tx.View(ctx, func(tx *db.DB) error {
		found = nil
		var sealed [][2][]byte
		// The sign before started_at keeps SQLite from reading the whole practice in its order.
		err := tx.Each(ctx, `
			SELECT `+courseColumns+` FROM course k WHERE `+access.Courses+` AND `+scope.Near()+` AND `+where+`
			ORDER BY +k.started_at DESC, k.id`, scope.Args(args...), func(scan func(...any) error) error {
			var k Course
			var about, ending []byte
			err := scan(&k.ID, &k.KeyID, &k.TherapistID, &k.Modality, &k.State, &about, &ending, &k.Started, &k.Ended)
			found, sealed = append(found, k), append(sealed, [2][]byte{about, ending})
			return err
		})
		if err != nil {
			return fmt.Errorf("read courses: %w", err)
		}
		if err := openCourses(ctx, tx, found, sealed); err != nil {
			return err
		}
		return participants(ctx, tx, found)
	})
	return found, err
}

func openCourses(ctx context.Context, tx *db.DB, found []Course, sealed [][2][]byte) error {
	owners := make([]seal.OwnerID, len(found))
	for i, k := range found {
		owners[i] = k.KeyID
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for i, k := range found {
		key := keys[k.KeyID]
		if err := key.OpenJSON(coursePlace(k.KeyID, "about"), sealed[i][0], &found[i].Aims); err != nil {
			return fmt.Errorf("open course %s: %w", k.ID, err)
		}
		if len(sealed[i][1]) == 0 {
			continue
		}
		if err := key.OpenJSON(coursePlace(k.KeyID, "ending"), sealed[i][1], &found[i].Ending); err != nil {
			return fmt.Errorf("open course %s: %w", k.ID, err)
		}
	}
	return nil
}

func participants(ctx context.Context, tx *db.DB, found []Course) error {
	ids := make(db.Strings, len(found))
	for i, k := range found {
		ids[i] = string(k.ID)
	}
	return tx.Each(ctx, `
		SELECT course_id, client_id FROM course_client
		WHERE practice_id = $1 AND course_id `+tx.AnyOf(2)+` ORDER BY joined_at, client_id`,
		[]any{tx.PracticeID(), ids}, func(scan func(...any) error) error {
			var course CourseID
			var client ClientID
			if err := scan(&course, &client); err != nil {
				return err
			}
			i := slices.IndexFunc(found, func(k Course) bool { return k.ID == course })
			found[i].ClientIDs = append(found[i].ClientIDs, client)
			return nil
		})
}

// AddParticipant lets one more person take part in a couple's or family's course.
func AddParticipant(ctx context.Context, tx *db.DB, by access.Actor, id CourseID, client ClientID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		k, err := OneCourse(ctx, tx, by, access.WriteTimes, id)
		if err != nil {
			return err
		}
		if k.Modality == "individual" {
			return fault.Conflict("This course is for one person. Begin a course for a couple or a family instead.")
		}
		if slices.Contains(k.ClientIDs, client) {
			return fault.Conflict("This person takes part already.")
		}
		return joinCourse(ctx, tx, by, id, client)
	})
}

// KeepAims keeps the goals of a course, in the client's words.
func KeepAims(ctx context.Context, tx *db.DB, by access.Actor, id CourseID, aims Aims) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		k, err := OneCourse(ctx, tx, by, access.WriteCourse, id)
		if err != nil {
			return err
		}
		key, err := seal.Open(ctx, tx, k.KeyID)
		if err != nil {
			return err
		}
		about, err := key.SealJSON(coursePlace(k.KeyID, "about"), aims)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE course SET about = $3 WHERE practice_id = $1 AND id = $2`, by.PracticeID, id, about); err != nil {
			return fmt.Errorf("keep aims of course %s: %w", id, err)
		}
		return recordCourse(ctx, tx, by, audit.Changed, k)
	})
}

// EndCourse ends a course. Its caller ends what hangs on it (coming
// appointments, a current rupture) in the same transaction.
func EndCourse(ctx context.Context, tx *db.DB, by access.Actor, id CourseID, ending Ending) error {
	if !slices.ContainsFunc(EndingWays, func(c Concern) bool { return c.Code == ending.How }) {
		return fault.Invalid("how", "Choose how the course ended.")
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		k, err := OneCourse(ctx, tx, by, access.WriteCourse, id)
		if err != nil {
			return err
		}
		if k.State != "active" {
			return fault.Conflict("This course has ended already.")
		}
		key, err := seal.Open(ctx, tx, k.KeyID)
		if err != nil {
			return err
		}
		words, err := key.SealJSON(coursePlace(k.KeyID, "ending"), ending)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE course SET state = 'ended', ending = $3, ended_at = $4 WHERE practice_id = $1 AND id = $2`,
			by.PracticeID, id, words, tx.Now())
		if err != nil {
			return fmt.Errorf("end course %s: %w", id, err)
		}
		if err := retireClients(ctx, tx, k); err != nil {
			return err
		}
		return recordCourse(ctx, tx, by, audit.Ended, k)
	})
}

// retireClients makes those of the course former clients who have no other active one.
func retireClients(ctx context.Context, tx *db.DB, k Course) error {
	for _, client := range k.ClientIDs {
		_, err := tx.Exec(ctx, `
			UPDATE client SET state = 'former' WHERE practice_id = $1 AND id = $2 AND NOT EXISTS (
				SELECT 1 FROM course_client cc JOIN course k ON k.practice_id = cc.practice_id AND k.id = cc.course_id
				WHERE cc.practice_id = $1 AND cc.client_id = $2 AND k.state = 'active')`, tx.PracticeID(), client)
		if err != nil {
			return fmt.Errorf("retire client %s: %w", client, err)
		}
	}
	return nil
}

func recordCourse(ctx context.Context, tx *db.DB, by access.Actor, deed audit.Deed, k Course) error {
	for _, client := range k.ClientIDs {
		subject := audit.Subject{Right: access.WriteCourse, ClientID: string(client), Type: "course", ID: string(k.ID)}
		if err := audit.Record(ctx, tx, by, deed, subject); err != nil {
			return err
		}
	}
	return nil
}
