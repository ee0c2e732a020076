// Package caseload is a therapist's day and the brief before an hour: what
// matters about each client, joined from the stories that know it.
package caseload

import (
	"context"
	"slices"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/rupture"
)

// Kind is what sort of thing the one thing to know is.
type Kind string

// The kinds, most pressing first. A course that is off track, and a milestone,
// have their places between them once they are known.
const (
	Safety    Kind = "safety"
	Rupture   Kind = "rupture"
	Dip       Kind = "dip"
	First     Kind = "new"
	NoCheckIn Kind = "no_checkin"
	Steady    Kind = "steady"
)

var order = []Kind{Safety, Rupture, Dip, First, NoCheckIn, Steady}

// Thing is the one thing to know about a client before an hour.
type Thing struct {
	Kind  Kind
	State rupture.State // of a Rupture
	Text  string        // one or two sentences; names nobody
}

// Known is all that the choice of the one thing looks at.
type Known struct {
	Risks    []measure.RiskTask // those that nobody has dealt with
	Rupture  *rupture.Rupture   // the current one, or nil
	Last     *alliance.Point    // the client's newest check-in as the detector saw it, or nil
	Held     int                // sessions so far
	Answered int                // number of the newest session about which the client answered; 0: none
	Here     string             // what brought the client
}

// quietSessions is after how many sessions without a check-in it is worth asking.
const quietSessions = 2

// OneThing chooses what to show in the order of the design reference, section 5:
// safety, a rupture that people named, a dip below the client's own usual range,
// a first session or no check-in for two, and else that all is steady.
func OneThing(k Known) Thing {
	switch {
	case len(k.Risks) > 0:
		return Thing{Kind: Safety, Text: riskWords(k.Risks[0])}
	case k.Rupture != nil && k.Rupture.NoticedBy != rupture.ByNumbers:
		return Thing{Kind: Rupture, State: k.Rupture.State, Text: ruptureWords(*k.Rupture, k.Held)}
	case k.Last != nil && k.Last.Level == alliance.Red:
		return Thing{Kind: Dip, Text: dipWords(k)}
	case k.Rupture != nil:
		return Thing{Kind: Rupture, State: k.Rupture.State, Text: ruptureWords(*k.Rupture, k.Held)}
	case k.Held == 0:
		return Thing{Kind: First, Text: firstWords(k.Here)}
	case k.Held-k.Answered >= quietSessions:
		return Thing{Kind: NoCheckIn, Text: quietWords(k.Answered)}
	}
	return Thing{Kind: Steady, Text: "Steady between you."}
}

// Before reports whether t presses more than other.
func (t Thing) Before(other Thing) bool {
	return slices.Index(order, t.Kind) < slices.Index(order, other.Kind)
}

// knowns is what OneThing looks at for each participant of the courses.
type knowns map[alliance.Dyad]Known

// know reads what matters about the courses, with a number of queries that does
// not grow with them.
func know(ctx context.Context, tx *db.DB, by access.Actor, courses map[practice.CourseID]practice.Course, held map[practice.CourseID]int) (knowns, error) {
	ids := make([]practice.CourseID, 0, len(courses))
	for id := range courses {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	checkIns, err := alliance.CheckInsOf(ctx, tx, by, ids)
	if err != nil {
		return nil, err
	}
	ruptures, err := rupture.Current(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	risks, err := openRisks(ctx, tx, by)
	if err != nil {
		return nil, err
	}
	all := knowns{}
	for id, k := range courses {
		for _, client := range k.ClientIDs {
			dyad := alliance.Dyad{CourseID: id, ClientID: client}
			known := Known{Risks: risks[client], Held: held[id], Here: k.Here}
			known.look(checkIns[dyad])
			all[dyad] = known
		}
	}
	for _, r := range ruptures {
		dyad := alliance.Dyad{CourseID: r.CourseID, ClientID: r.ClientID}
		if known, ok := all[dyad]; ok {
			known.Rupture = &r
			all[dyad] = known
		}
	}
	return all, nil
}

// look reads the client's newest check-in.
func (k *Known) look(checkIns []alliance.CheckIn) {
	for _, c := range checkIns {
		if c.Side == alliance.Client {
			k.Answered = max(k.Answered, c.Number)
		}
	}
	points := alliance.Read(alliance.Series(checkIns, alliance.Client), alliance.Defaults()).Points
	if len(points) > 0 {
		k.Last = &points[len(points)-1]
	}
}

// thing is the most pressing one thing among the participants of a course, and
// whom it is about.
func (all knowns) thing(k practice.Course) (Thing, practice.ClientID) {
	var found Thing
	var about practice.ClientID
	for _, client := range k.ClientIDs {
		t := OneThing(all[alliance.Dyad{CourseID: k.ID, ClientID: client}])
		if about == "" || t.Before(found) {
			found, about = t, client
		}
	}
	return found, about
}

// recordSeen keeps that the actor saw clinical data of clients on a page.
func recordSeen(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, page, id string, clients []practice.ClientID) error {
	distinct := slices.Clone(clients)
	slices.Sort(distinct)
	for _, client := range slices.Compact(distinct) {
		subject := audit.Subject{Right: right, ClientID: string(client), Type: page, ID: id}
		if err := audit.Record(ctx, tx, by, audit.Read, subject); err != nil {
			return err
		}
	}
	return nil
}
