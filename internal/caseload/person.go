package caseload

import (
	"context"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
)

// Person is a client's page for those who know who they are: contact, courses and times.
type Person struct {
	practice.Client
	Courses []PersonsCourse
	Coming  []schedule.Appointment // soonest first
	Past    []schedule.Appointment // newest first, at most ten
	Places  map[schedule.PlaceID]schedule.Place
}

// PersonsCourse is a course that the client takes part in.
type PersonsCourse struct {
	practice.Course
	Therapist string
	Brief     bool // the actor may read its brief
}

// APerson is a client's page. It shows nothing of what is said in sessions.
// Seeing it is recorded.
func APerson(ctx context.Context, tx *db.DB, by access.Actor, id practice.ClientID) (Person, error) {
	var p Person
	if !by.Staff() {
		return p, fault.NotFound()
	}
	err := tx.InTx(ctx, func(tx *db.DB) error {
		p = Person{}
		var err error
		if p.Client, err = practice.OneClient(ctx, tx, by, access.ReadAbout, id); err != nil {
			return err
		}
		if err := p.times(ctx, tx, by); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read,
			audit.Subject{Right: access.ReadAbout, ClientID: string(id), Type: "client", ID: string(id)})
	})
	return p, err
}

func (p *Person) times(ctx context.Context, tx *db.DB, by access.Actor) error {
	courses, err := practice.Courses(ctx, tx, by, access.ReadTimes, p.ID)
	if err != nil {
		return err
	}
	names, err := colleagues(ctx, tx)
	if err != nil {
		return err
	}
	readable := map[practice.CourseID]practice.Course{}
	if access.Of(by, access.ReadCourse) != 0 {
		ids := make([]practice.CourseID, len(courses))
		for i, k := range courses {
			ids[i] = k.ID
		}
		if readable, err = practice.CoursesOf(ctx, tx, by, access.ReadCourse, ids); err != nil {
			return err
		}
	}
	for _, k := range courses {
		_, brief := readable[k.ID]
		k.Aims = practice.Aims{} // what a course is for is clinical
		p.Courses = append(p.Courses, PersonsCourse{k, names[k.TherapistID], brief})
	}
	if p.Places, err = placesByID(ctx, tx); err != nil {
		return err
	}
	all, err := schedule.OfClient(ctx, tx, by, access.ReadTimes, p.ID)
	for _, a := range all {
		if a.State == schedule.Booked && a.End.After(tx.Now()) {
			p.Coming = append(p.Coming, a)
		} else {
			p.Past = append([]schedule.Appointment{a}, p.Past...)
		}
	}
	p.Past = p.Past[:min(len(p.Past), 10)]
	return err
}
