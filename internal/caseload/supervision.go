package caseload

import (
	"context"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/db"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/rupture"
)

// Supervised is what a supervisor sees first: the courses of those they
// supervise in which something is open.
type Supervised struct {
	Therapist practice.Staff
	Courses   int
	Items     []SupervisedItem
}

// SupervisedItem is one client of a supervised therapist about whom something is open.
type SupervisedItem struct {
	Course practice.Course
	Client practice.Client
	Bond   *rupture.Rupture // nil where only a risk task is open
	Days   int              // since it was noticed
	Risks  []measure.RiskTask
}

// Supervision lists, for each therapist whom the actor supervises, the current
// ruptures and the open risk tasks. Seeing them is recorded.
func Supervision(ctx context.Context, tx *db.DB, by access.Actor) ([]Supervised, error) {
	var all []Supervised
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := access.Within(by, access.SeeSupervised, tx.Now()); err != nil {
			return err
		}
		therapists, err := practice.Supervisees(ctx, tx, by)
		if err != nil {
			return err
		}
		s := supervision{by: by, bonds: map[alliance.Dyad]*rupture.Rupture{}}
		if err := s.read(ctx, tx); err != nil {
			return err
		}
		all = s.list(therapists, tx.Now())
		return recordSeen(ctx, tx, by, access.ReadRupture, "supervision", by.ID, s.seen)
	})
	return all, err
}

// supervision is what is read for Supervision.
type supervision struct {
	by      access.Actor
	courses []practice.Course
	clients map[practice.ClientID]practice.Client
	staff   []practice.Staff
	bonds   map[alliance.Dyad]*rupture.Rupture
	risks   map[practice.ClientID][]measure.RiskTask
	seen    []practice.ClientID
}

func (s *supervision) read(ctx context.Context, tx *db.DB) error {
	ruptures, err := rupture.Current(ctx, tx, s.by)
	if err != nil {
		return err
	}
	for _, r := range ruptures {
		s.bonds[alliance.Dyad{CourseID: r.CourseID, ClientID: r.ClientID}] = &r
	}
	if s.risks, err = openRisks(ctx, tx, s.by); err != nil {
		return err
	}
	if s.courses, err = practice.Courses(ctx, tx, s.by, access.ReadCourse, ""); err != nil {
		return err
	}
	if s.staff, err = practice.Colleagues(ctx, tx); err != nil {
		return err
	}
	var ids []practice.ClientID
	for dyad := range s.bonds {
		ids = append(ids, dyad.ClientID)
	}
	for id := range s.risks {
		ids = append(ids, id)
	}
	s.clients, err = practice.ClientsOf(ctx, tx, s.by, access.ReadAbout, ids)
	return err
}

func (s *supervision) list(therapists []practice.StaffID, now time.Time) []Supervised {
	var all []Supervised
	for _, person := range s.staff {
		if !slices.Contains(therapists, person.ID) {
			continue
		}
		one := Supervised{Therapist: person}
		for _, k := range s.courses {
			if k.TherapistID != person.ID || k.State != "active" {
				continue
			}
			one.Courses++
			one.Items = append(one.Items, s.items(k, now)...)
		}
		slices.SortStableFunc(one.Items, func(a, b SupervisedItem) int {
			if len(a.Risks) != len(b.Risks) {
				return len(b.Risks) - len(a.Risks)
			}
			return b.Days - a.Days
		})
		all = append(all, one)
	}
	return all
}

func (s *supervision) items(k practice.Course, now time.Time) []SupervisedItem {
	var found []SupervisedItem
	for _, id := range k.ClientIDs {
		item := SupervisedItem{Course: k, Client: s.clients[id], Risks: s.risks[id], Bond: s.bonds[alliance.Dyad{CourseID: k.ID, ClientID: id}]}
		if item.Bond == nil && len(item.Risks) == 0 {
			continue
		}
		if item.Bond != nil {
			item.Days = int(now.Sub(item.Bond.Opened) / (24 * time.Hour))
		}
		s.seen = append(s.seen, id)
		found = append(found, item)
	}
	return found
}
