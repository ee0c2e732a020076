package caseload

import (
	"context"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// Entry is one course in a list of clients.
type Entry struct {
	Course    practice.Course
	Clients   []practice.Client
	Therapist string // name with credentials
	schedule.Standing
	// Bond and Strained are empty for those who do not read ruptures.
	Bond     *rupture.Rupture // the current one of any participant
	Strained practice.Client  // whose it is
}

// Own lists the actor's caseload with the state of each bond: active courses by
// name. Seeing it is recorded for each client on it.
func Own(ctx context.Context, tx *db.DB, by access.Actor) ([]Entry, error) {
	var all []Entry
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := access.Within(by, access.SeeCaseload, tx.Now()); err != nil {
			return err
		}
		found, err := practice.Courses(ctx, tx, by, access.ReadCourse, "")
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(k practice.Course) bool { return string(k.TherapistID) != by.ID })
		if all, err = entries(ctx, tx, by, found); err != nil {
			return err
		}
		ruptures, err := rupture.CurrentOfTherapist(ctx, tx, by, practice.StaffID(by.ID))
		if err != nil {
			return err
		}
		return recordBonds(ctx, tx, by, all, ruptures)
	})
	return all, err
}

func recordBonds(ctx context.Context, tx *db.DB, by access.Actor, all []Entry, ruptures []rupture.Rupture) error {
	var seen []practice.ClientID
	for i := range all {
		e := &all[i]
		seen = append(seen, e.Course.ClientIDs...)
		for _, r := range ruptures {
			if r.CourseID == e.Course.ID && (e.Bond == nil || pressing(r.State) < pressing(e.Bond.State)) {
				e.Bond = &r
				n := slices.IndexFunc(e.Clients, func(c practice.Client) bool { return c.ID == r.ClientID })
				e.Strained = e.Clients[max(n, 0)]
			}
		}
	}
	return recordSeen(ctx, tx, by, access.ReadRupture, "caseload", by.ID, seen)
}

func pressing(s rupture.State) int {
	return slices.Index([]rupture.State{rupture.Open, rupture.Named, rupture.Possible, rupture.SetAside}, s)
}

// MostListed is how many courses All lists at most; beyond it one searches by name.
const MostListed = 200

// All lists the courses of the practice by name, to those who keep its times:
// who, with whom and when, and nothing clinical. More says that there are others.
func All(ctx context.Context, tx *db.DB, by access.Actor) (all []Entry, more bool, err error) {
	err = tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := access.Within(by, access.FindClient, tx.Now()); err != nil {
			return err
		}
		found, err := practice.Newest(ctx, tx, by, access.ReadTimes, MostListed+1)
		if err != nil {
			return err
		}
		if more = len(found) > MostListed; more {
			found = found[:MostListed]
		}
		for i := range found {
			found[i].Aims = practice.Aims{} // what a course is for is clinical
		}
		if all, err = entries(ctx, tx, by, found); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read, audit.Subject{Right: access.FindClient, Type: "clients"})
	})
	return all, more, err
}

// entries joins courses with their people and times, by the name of who comes first.
func entries(ctx context.Context, tx *db.DB, by access.Actor, courses []practice.Course) ([]Entry, error) {
	byID := make(map[practice.CourseID]practice.Course, len(courses))
	ids := make([]practice.CourseID, len(courses))
	for i, k := range courses {
		byID[k.ID], ids[i] = k, k.ID
	}
	clients, err := practice.ClientsOf(ctx, tx, by, access.ReadAbout, clientsIn(byID))
	if err != nil {
		return nil, err
	}
	standings, err := schedule.Standings(ctx, tx, by, access.ReadTimes, ids)
	if err != nil {
		return nil, err
	}
	names, err := colleagues(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := make([]Entry, 0, len(courses))
	for _, k := range courses {
		all = append(all, Entry{Course: k, Clients: taking(k, clients), Therapist: names[k.TherapistID], Standing: standings[k.ID]})
	}
	slices.SortStableFunc(all, func(a, b Entry) int {
		if a.Course.State != b.Course.State {
			return strings.Compare(a.Course.State, b.Course.State) // active before ended
		}
		return strings.Compare(strings.ToLower(a.firstName()), strings.ToLower(b.firstName()))
	})
	return all, nil
}

func (e Entry) firstName() string {
	if len(e.Clients) == 0 {
		return ""
	}
	return e.Clients[0].Name
}

func colleagues(ctx context.Context, tx *db.DB) (map[practice.StaffID]string, error) {
	all, err := practice.Colleagues(ctx, tx)
	names := make(map[practice.StaffID]string, len(all))
	for _, s := range all {
		names[s.ID] = s.Title()
	}
	return names, err
}
