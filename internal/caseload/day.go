package caseload

import (
	"context"
	"maps"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// Today is one day of a therapist: the hours in order, each with the one thing
// to know, and what is to be finished and followed.
type Today struct {
	Date     civil.Date
	Now      time.Time
	Rows     []Row
	Off      []schedule.TimeOff
	Open     []schedule.Slot // bookable times of the day that are still free
	ToFinish []Finish
	Repairs  []Repair
	Owed     []Owed
	Unmarked []Unmarked
}

// Unmarked is an hour of an earlier day of which nobody has said what became.
type Unmarked struct {
	schedule.Appointment
	Clients []practice.Client
}

// Row is one hour of the day.
type Row struct {
	schedule.Appointment
	Course  practice.Course
	Clients []practice.Client
	Place   schedule.Place
	Session int // its number, or the one that it would have; 0 where others come before it
	Thing   Thing
	About   practice.Client // whom the one thing is about
	Note    string          // of a held session: "" when signed, "missing", or "draft"
}

// Past reports whether the hour has begun by now.
func (r Row) Past(now time.Time) bool { return !r.Start.After(now) }

// Finish is a session whose note is to be finished.
type Finish struct {
	note.Unfinished
	Clients []practice.Client
}

// Repair is a rupture to follow.
type Repair struct {
	rupture.Rupture
	Client practice.Client
	Days   int // since it was noticed
	Next   *schedule.Appointment
}

// Owed is a check-in that the therapist has not answered yet.
type Owed struct {
	alliance.Owed
	Client practice.Client
}

// owedFor is for how long a missing check-in of the therapist is called to mind.
const owedFor = 14 * 24 * time.Hour

// Day is the actor's own day. Seeing it is recorded for each client on it. The
// number of queries does not grow with the practice or the caseload.
func Day(ctx context.Context, tx *db.DB, by access.Actor, date civil.Date) (Today, error) {
	var today Today
	if _, err := access.Within(by, access.SeeCaseload, tx.Now()); err != nil {
		return today, err
	}
	err := tx.InTx(ctx, func(tx *db.DB) error {
		today = Today{Date: date, Now: tx.Now()}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		span := schedule.DaySpan(date, civil.Midnight, civil.EndOfDay, house.Location())
		d := day{Today: &today, by: by, house: house, span: span}
		return d.read(ctx, tx)
	})
	return today, err
}

// day is what is read for a Today.
type day struct {
	*Today
	by        access.Actor
	house     practice.Practice
	span      schedule.Interval
	booked    []schedule.Appointment
	ruptures  []rupture.Rupture
	left      []note.Unfinished
	owed      []alliance.Owed
	unmarked  []schedule.Appointment
	courses   map[practice.CourseID]practice.Course
	clients   map[practice.ClientID]practice.Client
	standings map[practice.CourseID]schedule.Standing
}

func (d *day) read(ctx context.Context, tx *db.DB) error {
	me := practice.StaffID(d.by.ID)
	var err error
	if d.booked, err = schedule.Between(ctx, tx, d.by, access.ReadTimes, me, d.span.Start, d.span.End); err != nil {
		return err
	}
	d.booked = slices.DeleteFunc(d.booked, func(a schedule.Appointment) bool { return a.State == schedule.Cancelled })
	if d.ruptures, err = rupture.CurrentOfTherapist(ctx, tx, d.by, me); err != nil {
		return err
	}
	if d.left, err = note.ToFinish(ctx, tx, d.by); err != nil {
		return err
	}
	if d.owed, err = alliance.OwedBy(ctx, tx, d.by, tx.Now().Add(-owedFor)); err != nil {
		return err
	}
	if err := d.loose(ctx, tx); err != nil {
		return err
	}
	if err := d.people(ctx, tx); err != nil {
		return err
	}
	if err := d.rows(ctx, tx); err != nil {
		return err
	}
	d.follow()
	if err := d.free(ctx, tx); err != nil {
		return err
	}
	return recordSeen(ctx, tx, d.by, access.ReadRupture, "today", d.Date.String(), d.seen())
}

// loose finds the hours of earlier days that were never marked.
func (d *day) loose(ctx context.Context, tx *db.DB) error {
	var err error
	d.unmarked, err = schedule.Unmarked(ctx, tx, d.by, practice.StaffID(d.by.ID))
	d.unmarked = slices.DeleteFunc(d.unmarked, func(a schedule.Appointment) bool { return !a.Start.Before(d.span.Start) })
	return err
}

// people reads the courses that the day names, and who takes part in them.
func (d *day) people(ctx context.Context, tx *db.DB) error {
	wanted := map[practice.CourseID]bool{}
	for _, a := range d.booked {
		wanted[a.CourseID] = true
	}
	for _, r := range d.ruptures {
		wanted[r.CourseID] = true
	}
	for _, u := range d.left {
		wanted[u.CourseID] = true
	}
	for _, o := range d.owed {
		wanted[o.CourseID] = true
	}
	for _, a := range d.unmarked {
		wanted[a.CourseID] = true
	}
	ids := slices.Collect(maps.Keys(wanted))
	var err error
	if d.courses, err = practice.CoursesOf(ctx, tx, d.by, access.ReadCourse, ids); err != nil {
		return err
	}
	if d.standings, err = schedule.Standings(ctx, tx, d.by, access.ReadTimes, ids); err != nil {
		return err
	}
	d.clients, err = practice.ClientsOf(ctx, tx, d.by, access.ReadAbout, clientsIn(d.courses))
	return err
}

// clientsIn are all who take part in the courses.
func clientsIn(courses map[practice.CourseID]practice.Course) []practice.ClientID {
	var ids []practice.ClientID
	for _, k := range courses {
		ids = append(ids, k.ClientIDs...)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// taking are the clients of a course, in the order in which they joined.
func taking(k practice.Course, clients map[practice.ClientID]practice.Client) []practice.Client {
	var found []practice.Client
	for _, id := range k.ClientIDs {
		if c, ok := clients[id]; ok {
			found = append(found, c)
		}
	}
	return found
}

func (d *day) rows(ctx context.Context, tx *db.DB) error {
	places, err := placesByID(ctx, tx)
	if err != nil {
		return err
	}
	courses, held := map[practice.CourseID]practice.Course{}, map[practice.CourseID]int{}
	for _, a := range d.booked {
		if k, ok := d.courses[a.CourseID]; ok {
			courses[k.ID], held[k.ID] = k, d.standings[k.ID].Held
		}
	}
	all, err := know(ctx, tx, d.by, courses, held)
	if err != nil {
		return err
	}
	for _, a := range d.booked {
		k, ok := courses[a.CourseID]
		if !ok {
			continue
		}
		row := Row{Appointment: a, Course: k, Clients: taking(k, d.clients), Place: places[a.PlaceID], Session: a.Number}
		if next := d.standings[k.ID].Next; a.State == schedule.Booked && (next == nil || next.ID == a.ID) {
			row.Session = d.standings[k.ID].Held + 1
		}
		thing, about := all.thing(k)
		row.Thing, row.About = thing, d.clients[about]
		row.Note = d.noteOf(a)
		d.Rows = append(d.Rows, row)
	}
	return nil
}

func placesByID(ctx context.Context, tx *db.DB) (map[schedule.PlaceID]schedule.Place, error) {
	all, err := schedule.Places(ctx, tx)
	byID := make(map[schedule.PlaceID]schedule.Place, len(all))
	for _, p := range all {
		byID[p.ID] = p
	}
	return byID, err
}

func (d *day) noteOf(a schedule.Appointment) string {
	i := slices.IndexFunc(d.left, func(u note.Unfinished) bool { return u.SessionID == a.Session })
	switch {
	case a.Session == "" || i < 0:
		return ""
	case d.left[i].NoteID == "":
		return "missing"
	}
	return "draft"
}

// follow names those to whom the notes, repairs and check-ins belong.
func (d *day) follow() {
	for _, u := range d.left {
		d.ToFinish = append(d.ToFinish, Finish{u, taking(d.courses[u.CourseID], d.clients)})
	}
	for _, r := range d.ruptures {
		days := int(d.Now.Sub(r.Opened) / (24 * time.Hour))
		d.Repairs = append(d.Repairs, Repair{r, d.clients[r.ClientID], days, d.standings[r.CourseID].Next})
	}
	slices.SortStableFunc(d.Repairs, func(a, b Repair) int { return a.Opened.Compare(b.Opened) })
	for _, a := range d.unmarked {
		d.Unmarked = append(d.Unmarked, Unmarked{a, taking(d.courses[a.CourseID], d.clients)})
	}
	for _, o := range d.owed {
		d.Owed = append(d.Owed, Owed{o, d.clients[o.ClientID]})
	}
}

// free adds what is not a session: time off, and bookable times still open.
func (d *day) free(ctx context.Context, tx *db.DB) error {
	me := practice.StaffID(d.by.ID)
	off, err := schedule.Off(ctx, tx, d.by, me, d.span.Start)
	if err != nil {
		return err
	}
	for _, o := range off {
		if o.Start.Before(d.span.End) {
			d.Off = append(d.Off, o)
		}
	}
	from := d.span.Start
	if from.Before(d.Now) {
		from = d.Now
	}
	if !from.Before(d.span.End) {
		return nil
	}
	d.Open, err = openTimes(ctx, tx, d.house, me, from, d.span.End)
	return err
}

// openTimes are the free times that may be offered, each beginning once.
func openTimes(ctx context.Context, tx *db.DB, house practice.Practice, therapist practice.StaffID, from, to time.Time) ([]schedule.Slot, error) {
	free, err := schedule.Free(ctx, tx, house, therapist, from, to)
	if err != nil {
		return nil, err
	}
	free = slices.DeleteFunc(free, func(s schedule.Slot) bool { return s.Mode == schedule.Hidden })
	return slices.CompactFunc(free, func(a, b schedule.Slot) bool { return a.Start.Equal(b.Start) }), nil
}

// seen are the clients about whom the day says something clinical.
func (d *day) seen() []practice.ClientID {
	var ids []practice.ClientID
	for _, row := range d.Rows {
		ids = append(ids, row.Course.ClientIDs...)
	}
	for _, r := range d.Repairs {
		ids = append(ids, r.ClientID)
	}
	return ids
}
