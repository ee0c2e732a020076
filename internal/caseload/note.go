package caseload

import (
	"context"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/note"
	"attune/internal/practice"
)

// WholeNote is a note with all its versions and the names that stand in it.
type WholeNote struct {
	note.Note
	Clients  []practice.Client
	Author   string // name with credentials
	Names    map[practice.StaffID]string
	Versions []note.Version // newest first
	Amends   bool           // the actor may amend it
}

// ANote is a note's page. Reading it is recorded.
func ANote(ctx context.Context, tx *db.DB, by access.Actor, id note.ID) (WholeNote, error) {
	var n WholeNote
	if !by.Staff() {
		return n, fault.NotFound()
	}
	err := tx.InTx(ctx, func(tx *db.DB) error {
		n = WholeNote{}
		var err error
		if n.Note, n.Versions, err = note.Versions(ctx, tx, by, id); err != nil {
			return err
		}
		k, err := practice.OneCourse(ctx, tx, by, access.ReadRecord, n.CourseID)
		if err != nil {
			return err
		}
		clients, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, k.ClientIDs)
		if err != nil {
			return err
		}
		n.Clients = taking(k, clients)
		if n.Names, err = colleagues(ctx, tx); err != nil {
			return err
		}
		n.Author = n.Names[n.AuthorID]
		n.Amends, err = reaches(ctx, tx, by, access.WriteRecord, n.CourseID)
		n.Amends = n.Amends && n.State == note.Signed
		return err
	})
	return n, err
}

// Unfinished lists the actor's sessions whose notes are not signed, oldest first, with who took part.
func Unfinished(ctx context.Context, tx *db.DB, by access.Actor) ([]Finish, error) {
	var all []Finish
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		left, err := note.ToFinish(ctx, tx, by)
		if err != nil {
			return err
		}
		ids := make([]practice.CourseID, len(left))
		for i, u := range left {
			ids[i] = u.CourseID
		}
		courses, err := practice.CoursesOf(ctx, tx, by, access.ReadCourse, ids)
		if err != nil {
			return err
		}
		clients, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, clientsIn(courses))
		for _, u := range left {
			all = append(all, Finish{u, taking(courses[u.CourseID], clients)})
		}
		return err
	})
	return all, err
}
