package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/schedule"
	"attune/internal/world/content"
)

// maker makes the demonstration practice.
type maker struct {
	ctx     context.Context
	db      *db.DB // narrowed to the practice
	clock   *Clock
	source  *Source
	dice    *rand.Rand
	content content.Content
	house   practice.Practice
	loc     *time.Location
	began   time.Time // when the practice moved in
	now     time.Time
	today   civil.Date
	diary   diary
	words   teller

	owner, coordinator, supervisor access.Actor
	helpers                        []*helper
	places                         map[string]schedule.PlaceID // by room; "" is video
	stories                        []*story
	firsts                         []content.First
	lasts                          []string
	used                           map[string]bool
	concerns                       []content.Concern
	authors                        map[string]access.Actor // by slug
}

// months is how far back the demonstration goes.
const months = 14

func newMaker(ctx context.Context, d *db.DB, clock *Clock, source *Source, o Options) (*maker, error) {
	all, err := content.Load()
	if err != nil {
		return nil, fmt.Errorf("read the invented practice: %w", err)
	}
	m := &maker{ctx: ctx, clock: clock, source: source, dice: source.dice("demonstration"), content: all, now: o.Now.UTC(),
		places: map[string]schedule.PlaceID{}, used: map[string]bool{}, authors: map[string]access.Actor{}}
	if m.loc, err = civil.Zone(all.Practice.Zone); err != nil {
		return nil, err
	}
	m.words = teller{words: all.Words, dice: m.source.dice("words")}
	m.today = civil.On(m.now, m.loc)
	m.began, _ = civil.In(m.today.AddMonths(-months), civil.Clock(8, 0), m.loc)
	m.firsts, m.lasts = all.Names.First, all.Names.Last
	m.dice.Shuffle(len(m.firsts), func(i, j int) { m.firsts[i], m.firsts[j] = m.firsts[j], m.firsts[i] })
	m.dice.Shuffle(len(m.lasts), func(i, j int) { m.lasts[i], m.lasts[j] = m.lasts[j], m.lasts[i] })
	m.concerns = append(m.concerns, all.Words.Concerns...)
	clock.Set(m.began)
	source.Turn("founding")
	m.db = d.For(d.NewID())
	return m, nil
}

// found makes the practice with its people, places and hours.
func (m *maker) found(d *db.DB) error {
	m.clock.Set(m.began)
	m.house = practice.Practice{ID: practice.ID(m.db.PracticeID()), Ref: m.content.Practice.Ref, Zone: m.content.Practice.Zone, Demo: true}
	var err error
	if m.house.Settings, err = settingsOf(m.content.Practice); err != nil {
		return err
	}
	if err := practice.Found(m.ctx, d, m.house, m.content.Practice.Ref+".localhost"); err != nil {
		return err
	}
	return m.db.InTx(m.ctx, func(tx *db.DB) error {
		if err := m.employ(tx); err != nil {
			return err
		}
		if err := m.furnish(tx); err != nil {
			return err
		}
		for _, h := range m.helpers {
			if err := m.open(tx, h); err != nil {
				return err
			}
		}
		return nil
	})
}

func settingsOf(c content.Practice) (practice.Settings, error) {
	s := practice.Settings{Name: c.Name, ShortName: c.ShortName, Address: c.Address, Phone: c.Phone, Email: c.Email, Lead: c.Lead,
		ReplyHours: c.ReplyHours, HoldHours: c.HoldHours, CutoffHours: c.CutoffHours, SessionMinutes: 50, BufferMinutes: pause,
		Reminders: []int{2 * 24 * 60, 2 * 60}, LeaveURL: c.LeaveURL, Fees: c.Fees}
	for _, open := range c.Hours {
		s.Hours.Week[open.Day] = append(s.Hours.Week[open.Day], civil.Span{From: open.From, To: open.To})
	}
	for _, d := range c.Closed {
		s.Closed = append(s.Closed, d.String())
	}
	home, err := texts.FirstPage()
	if err != nil {
		return s, err
	}
	s.Headline = home.Headline
	for name, into := range map[texts.PageName]*string{texts.HowWeWork: &s.HowWeWork, texts.Privacy: &s.Privacy, texts.Minors: &s.Minors} {
		page, err := texts.Read(name)
		if err != nil {
			return s, err
		}
		*into = page.Body
	}
	return s, nil
}

// employ adds those who work here.
func (m *maker) employ(tx *db.DB) error {
	people := m.content.People
	for _, p := range []struct {
		content.Person
		role access.Role
		into *access.Actor
	}{{people.Owner, access.Owner, &m.owner}, {people.Coordinator, access.Coordinator, &m.coordinator}, {people.Supervisor, access.Supervisor, &m.supervisor}} {
		by, err := m.add(tx, p.Person, p.role)
		if err != nil {
			return err
		}
		*p.into = by
	}
	for _, t := range people.Therapists {
		by, err := m.add(tx, t.Person, access.Therapist)
		if err != nil {
			return err
		}
		h := &helper{Therapist: t, id: practice.StaffID(by.ID), by: by}
		if err := practice.KeepTherapist(m.ctx, tx, therapistOf(h)); err != nil {
			return err
		}
		if err := practice.Supervise(m.ctx, tx, m.owner, practice.StaffID(m.supervisor.ID), h.id); err != nil {
			return err
		}
		m.helpers = append(m.helpers, h)
	}
	return nil
}

func (m *maker) add(tx *db.DB, p content.Person, role access.Role) (access.Actor, error) {
	s := practice.Staff{ID: practice.StaffID(tx.NewID()), Roles: []access.Role{role}, State: "active", Duty: role == access.Supervisor,
		Person: practice.Person{Name: p.Name, Pronouns: p.Pronouns, Credentials: p.Credentials, Email: p.Email, Phone: m.content.Practice.Phone}}
	by := access.Actor{PracticeID: tx.PracticeID(), ID: string(s.ID), Roles: s.Roles, SignInID: "invented", Stage: access.Full, Duty: s.Duty}
	m.authors[p.Slug] = by
	return by, practice.AddStaff(m.ctx, tx, s)
}

func therapistOf(h *helper) practice.Therapist {
	return practice.Therapist{
		Staff: practice.Staff{ID: h.id}, Slug: h.Slug, Published: true, Accepting: true, Capacity: h.Capacity,
		Profile: practice.Profile{About: h.Profile, Focus: h.Focus, Modalities: h.Modalities, Languages: h.Languages,
			Training: strings.Join(h.Training, "\n"), License: h.License.Kind + ", " + h.License.State + ", " + h.License.Number,
			Identity: h.Identity, Fees: h.FeeWords(), Times: h.UsualTimes, Quote: h.Quote},
	}
}

func (m *maker) furnish(tx *db.DB) error {
	c := m.content.Practice
	for _, room := range c.Rooms {
		id, err := schedule.KeepPlace(m.ctx, tx, m.owner, schedule.Place{Kind: "room", Active: true,
			Way: schedule.Way{Name: room.Name, Directions: c.Directions + " " + room.Directions}})
		if err != nil {
			return err
		}
		m.places[room.Name] = id
	}
	id, err := schedule.KeepPlace(m.ctx, tx, m.owner, schedule.Place{Kind: "video", Active: true,
		Way: schedule.Way{Name: "Video", Directions: c.Video.Directions, Link: c.Video.Base + "waiting-room"}})
	m.places[""] = id
	return err
}

// open keeps a therapist's weekly hours.
func (m *maker) open(tx *db.DB, h *helper) error {
	for _, t := range h.Times {
		rule := schedule.Rule{Weekday: time.Weekday(t.Day), From: t.From, To: t.To, Mode: schedule.Mode(t.Mode), Place: m.places[t.Room]}
		if _, err := schedule.AddRule(m.ctx, tx, h.by, h.id, rule); err != nil {
			return err
		}
	}
	h.slots = slotsOf(h.Therapist, m.places)
	return nil
}

// someone invents a client.
func (m *maker) someone(family string) *person {
	for {
		first, last := m.firsts[0], family
		m.firsts = append(m.firsts[1:], first)
		if last == "" {
			last = m.lasts[0]
			m.lasts = append(m.lasts[1:], last)
		}
		name := first.Name + " " + last
		if m.used[name] {
			continue
		}
		m.used[name] = true
		p := &person{bond: newBond(m.dice), diligent: 0.7 + 0.28*m.dice.Float64(), severity: 0.2 + 0.45*m.dice.Float64()}
		p.about = practice.About{Name: name, Pronouns: first.Pronouns, Email: plain(name) + "@example.org",
			Phone:   fmt.Sprintf("%s-555-01%02d", []string{"312", "773", "872", "708"}[m.dice.IntN(4)], m.dice.IntN(100)),
			Contact: m.contact()}
		if m.dice.Float64() < 0.85 {
			p.about.Emergency = m.emergency(first, last)
		}
		return p
	}
}

// contact is how somebody wishes to be reached.
func (m *maker) contact() practice.SafeContact {
	return []practice.SafeContact{
		{Mail: true, Call: true, Voicemail: true, PracticeName: true},
		{Mail: true, Call: true, Voicemail: true},
		{Mail: true, Call: true, When: "After six, please. I share an office."},
		{Mail: true},
		{Mail: true, Call: true, Voicemail: true, When: "Any time."},
		{Mail: true, Call: true, When: "Not on Sundays; the phone lies on the kitchen table."},
		{Call: true, When: "Weekdays between noon and one. No e-mail, somebody else reads it."},
	}[m.dice.IntN(7)]
}

func (m *maker) emergency(first content.First, last string) practice.Emergency {
	tie := []string{"sister", "brother", "mother", "friend", "partner", "aunt", "neighbor"}[m.dice.IntN(7)]
	name := m.content.Names.First[m.dice.IntN(len(m.content.Names.First))].Name
	if name == first.Name {
		name = "Robin"
	}
	if tie == "friend" || tie == "neighbor" || tie == "partner" {
		last = m.content.Names.Last[m.dice.IntN(len(m.content.Names.Last))]
	}
	return practice.Emergency{Name: name + " " + last, Tie: tie, Phone: fmt.Sprintf("312-555-01%02d", m.dice.IntN(100))}
}

// plain is a name as it stands in an address.
func plain(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z':
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte('.')
		}
	}
	return b.String()
}

// asClient is a client of the practice as an actor.
func (m *maker) asClient(id practice.ClientID) access.Actor {
	return access.Actor{PracticeID: m.db.PracticeID(), ID: string(id), Roles: []access.Role{access.Client}, SignInID: "invented", Stage: access.Full}
}
