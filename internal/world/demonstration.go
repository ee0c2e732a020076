package world

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/job"
	"attune/internal/practice"
)

// Options are what a world is made by.
type Options struct {
	Now      time.Time         // the moment up to which things have happened
	Progress func(percent int) // told of each further percent; nil: nobody is
}

// Demonstration is what was made.
type Demonstration struct {
	Practice practice.ID
	Logins   []Login // one for each role
}

// MakeDemonstration makes the demonstration practice in a migrated database that holds nothing, as fourteen months of
// deeds that end at o.Now. d sees all practices, and must have clock as its clock and source as its randomness. The same
// source and Now give the same practice. It needs SQLite, where nobody else writes.
func MakeDemonstration(ctx context.Context, d *db.DB, clock *Clock, source *Source, o Options) (Demonstration, error) {
	m, err := newMaker(ctx, d, clock, source, o)
	if err != nil {
		return Demonstration{}, err
	}
	if err := m.found(d); err != nil {
		return Demonstration{}, fmt.Errorf("found the demonstration: %w", err)
	}
	m.cast()
	for _, s := range m.stories {
		m.tell(s)
	}
	m.daysOff()
	m.library()
	m.desk()
	done := 0
	err = m.diary.live(ctx, m.db, clock, m.now, func(at time.Time) {
		percent := int(100 * at.Sub(m.began) / m.now.Sub(m.began))
		if o.Progress != nil && percent > done {
			done = percent
			o.Progress(percent)
		}
	})
	if err != nil {
		return Demonstration{}, fmt.Errorf("make the demonstration: %w", err)
	}
	logins, err := m.logins()
	if err != nil {
		return Demonstration{}, err
	}
	clock.Set(m.now)
	return Demonstration{practice.ID(m.db.PracticeID()), logins}, m.settle()
}

// daysOff plans when therapists enter that they are away.
func (m *maker) daysOff() {
	reasons := []string{"A week at the lake", "Family visiting", "Training", "Moving house", "A wedding"}
	for i, h := range m.helpers {
		for n, off := range h.off {
			start, end := inZone(off.from, civil.Midnight, m.loc), inZone(off.to, civil.EndOfDay, m.loc)
			m.diary.plan(later(m.began.Add(time.Hour), start.Add(-70*24*time.Hour)), func(tx *db.DB) error {
				return takeOff(m.ctx, tx, h, start, end, reasons[(i+n)%len(reasons)])
			})
		}
	}
}

func inZone(d civil.Date, at civil.Time, loc *time.Location) time.Time {
	moment, _ := civil.In(d, at, loc)
	return moment
}

// logins lets one person of each role in.
func (m *maker) logins() ([]Login, error) {
	m.clock.Set(m.now.Add(-36 * time.Hour))
	e := entrance{m.db, m.clock, m.source, auth.NewGuard(1)}
	people := m.content.People
	client := m.guest()
	var all []Login
	for _, p := range []struct {
		role access.Role
		auth.Person
	}{
		{access.Therapist, auth.Person{ID: m.helpers[0].by.ID, Kind: auth.Staff, Email: m.helpers[0].Email}},
		{access.Coordinator, auth.Person{ID: m.coordinator.ID, Kind: auth.Staff, Email: people.Coordinator.Email}},
		{access.Supervisor, auth.Person{ID: m.supervisor.ID, Kind: auth.Staff, Email: people.Supervisor.Email}},
		{access.Owner, auth.Person{ID: m.owner.ID, Kind: auth.Staff, Email: people.Owner.Email}},
		{access.Client, auth.Person{ID: string(client.id), Kind: auth.Client, Email: client.about.Email}},
	} {
		in, err := e.enter(m.ctx, p.Person, "enter "+string(p.role))
		if err != nil {
			return nil, err
		}
		all = append(all, Login{p.role, p.Email, in.password, in.secret})
		err = e.step(m.ctx, "leave "+string(p.role), func(tx *db.DB) error { return auth.End(m.ctx, tx, in.by) })
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// guest is the client whose sign-in is printed: someone with a rupture that is talked about.
func (m *maker) guest() *person {
	for _, s := range m.stories {
		if s.part == torn && s.helper == m.helpers[0] {
			return s.people[0]
		}
	}
	return nil
}

// mailKept is for how long before the end messages are left to be sent: what somebody who looks around would find.
const mailKept = 26 * time.Hour

// settle calls off what would have been sent long ago, and folds the log into its tree.
func (m *maker) settle() error {
	m.source.Turn("settling")
	err := m.db.InTx(m.ctx, func(tx *db.DB) error {
		type old struct {
			kind job.Kind
			key  string
		}
		var all []old
		err := tx.Each(m.ctx, `SELECT kind, unique_key FROM job WHERE practice_id = $1 AND state = 'waiting' AND run_at < $2`,
			[]any{tx.PracticeID(), m.now.Add(-mailKept)}, func(scan func(...any) error) error {
				var o old
				err := scan(&o.kind, &o.key)
				all = append(all, o)
				return err
			})
		for _, o := range all {
			if err == nil {
				err = job.Cancel(m.ctx, tx, o.kind, o.key)
			}
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("call off old messages: %w", err)
	}
	_, err = audit.Sequence(m.ctx, m.db)
	return err
}
