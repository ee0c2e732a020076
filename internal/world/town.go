package world

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// town makes a world of several practices. The first error ends it: what comes after does nothing.
type town struct {
	ctx      context.Context
	all      *db.DB
	clock    *Clock
	source   *Source
	guard    *auth.Guard
	canaries *rand.ChaCha8
	file     File
	now      time.Time
	steps    int
	err      error
}

// house is one practice of the town.
type house struct {
	*town
	ref   string
	index int // among the tenants
	db    *db.DB
	loc   *time.Location
	users map[string]*User // by ref without the practice's
	room  schedule.PlaceID
	video schedule.PlaceID
}

// canary is a word that stands nowhere else.
func (t *town) canary() string {
	raw := make([]byte, 10)
	_, _ = io.ReadFull(t.canaries, raw) // it never fails
	return t.file.Prefix + "-" + strings.ToLower(base32.StdEncoding.EncodeToString(raw))
}

// phone is a canary that reads as a number.
func (t *town) phone() string {
	raw := make([]byte, 4)
	_, _ = io.ReadFull(t.canaries, raw)
	n := uint32(raw[0])<<16 | uint32(raw[1])<<8 | uint32(raw[2])
	return fmt.Sprintf("%03d-555-%04d", 200+n%800, (n/800)%10000)
}

// words are canaries by the name of a field.
func (t *town) words(fields ...string) map[string]string {
	all := map[string]string{}
	for _, f := range fields {
		switch {
		case strings.HasSuffix(f, "phone"):
			all[f] = t.phone()
		case strings.HasSuffix(f, "email"):
			all[f] = strings.ToLower(t.canary()) + "@example.org"
		default:
			all[f] = t.canary()
		}
	}
	return all
}

// do does something in one transaction, on a page of the source of its own.
func (h *house) do(what string, deed func(tx *db.DB) error) {
	if h.err != nil {
		return
	}
	h.steps++
	page := fmt.Sprintf("step %d", h.steps)
	err := h.db.InTx(h.ctx, func(tx *db.DB) error {
		h.source.Turn(page)
		return deed(tx)
	})
	if err != nil {
		h.err = fmt.Errorf("%s: %s: %w", h.ref, what, err)
	}
}

// back sets the clock to some time before now.
func (t *town) back(ago time.Duration) { t.clock.Set(t.now.Add(-ago)) }

const day = 24 * time.Hour

// keep writes an object into the file.
func (t *town) keep(o Object) {
	if t.err != nil {
		return
	}
	if o.ID == "" {
		t.err = fmt.Errorf("a %s has no id", o.Type)
		return
	}
	if keys := slices.Sorted(maps.Keys(o.Canaries)); len(keys) > 0 {
		o.Canary = o.Canaries[keys[0]]
	}
	t.file.Objects = append(t.file.Objects, o)
}

// object is keep for something of the practice about a client, by an author; both are refs without the practice's.
func (h *house) object(kind, id, client, author string, class access.Class, words map[string]string) {
	o := Object{Type: kind, ID: id, Tenant: h.ref, Client: h.full(client), Author: h.full(author), Class: class, Canaries: words}
	h.keep(o)
}

func (h *house) full(ref string) string {
	if ref == "" {
		return ""
	}
	return h.ref + "." + ref
}

// by is a person as an actor who is fully signed in.
func (h *house) by(ref string) access.Actor {
	u := h.users[ref]
	if u == nil {
		h.err = fmt.Errorf("%s has no %s", h.ref, ref)
		return access.Actor{}
	}
	return access.Actor{PracticeID: h.db.PracticeID(), ID: u.ID, Roles: []access.Role{u.Role}, SignInID: "invented", Stage: access.Full, Duty: u.Duty}
}

// move opens a practice with its places and an owner who acts.
func (t *town) move(ref string) *house {
	h := &house{town: t, ref: ref, index: len(t.file.Tenants), users: map[string]*User{}}
	t.back(150 * day)
	t.source.Turn("practice " + ref)
	h.db = t.all.For(t.all.NewID())
	t.file.Tenants = append(t.file.Tenants, Tenant{Ref: ref, ID: h.db.PracticeID(), Host: ref + ".localhost", BaseURL: "http://" + ref + ".localhost:8080"})
	var err error
	if h.loc, err = civil.Zone(zone); err != nil && t.err == nil {
		t.err = err
	}
	if t.err != nil {
		return h
	}
	h.found()
	h.staff("owner.1", access.Owner, "active", false)
	h.room = h.place("room", "Room")
	h.video = h.place("video", "Video")
	return h
}

// zone is where all practices of the town are.
const zone = "America/Chicago"

func (h *house) found() {
	w := h.words("name", "short_name", "address", "phone", "email", "fees", "how_we_work", "privacy", "minors", "crisis",
		"crisis_pending", "headline", "lead", "mail_user", "mail_secret")
	s := practice.Settings{Name: "Practice " + w["name"], ShortName: w["short_name"], Address: w["address"], Phone: w["phone"], Email: w["email"],
		ReplyHours: 9, HoldHours: 48, CutoffHours: 24, SessionMinutes: 50, BufferMinutes: 10, Reminders: []int{2880, 120},
		Fees: w["fees"], HowWeWork: w["how_we_work"], Privacy: w["privacy"], Minors: w["minors"], Crisis: w["crisis"],
		CrisisPending: &practice.CrisisChange{Text: w["crisis_pending"], By: "nobody", At: h.now.Add(-150 * day)},
		Headline:      w["headline"], Lead: w["lead"], LeaveURL: "https://www.weather.gov/", MailUser: w["mail_user"], MailSecret: w["mail_secret"]}
	for d := time.Monday; d <= time.Saturday; d++ {
		s.Hours.Week[d] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(18, 0)}}
	}
	p := practice.Practice{ID: practice.ID(h.db.PracticeID()), Ref: h.ref, Zone: zone, Settings: s}
	h.source.Turn("found " + h.ref)
	if err := practice.Found(h.ctx, h.all, p, h.ref+".localhost"); err != nil {
		h.err = err
		return
	}
	h.object("practice", string(p.ID), "", "", access.Settings, w)
	h.keep(Object{Type: "host", ID: h.ref + ".localhost", Tenant: h.ref, Class: access.Settings})
}

// add keeps a user in the file and gives them their place. The pointer stays good until the file is written.
func (h *house) add(u User, ref string) *User {
	u.Ref, u.SignIns, u.Tokens = h.full(ref), map[string]string{}, map[string]string{}
	h.users[ref] = &u
	return &u
}

// staff adds someone who works here.
func (h *house) staff(ref string, role access.Role, state string, duty bool) {
	if h.err != nil {
		return
	}
	w := h.words("name", "pronouns", "credentials", "email", "phone")
	s := practice.Staff{Roles: []access.Role{role}, State: state, Duty: duty,
		Person: practice.Person{Name: w["name"], Pronouns: w["pronouns"], Credentials: w["credentials"], Email: w["email"], Phone: w["phone"]}}
	h.do("add "+ref, func(tx *db.DB) error {
		s.ID = practice.StaffID(tx.NewID())
		return practice.AddStaff(h.ctx, tx, s)
	})
	h.add(User{ID: string(s.ID), Role: role, State: state, Duty: duty, Login: s.Email}, ref)
	h.object("staff", string(s.ID), "", ref, access.Settings, w)
}

// therapist adds someone who sees clients, with their hours.
func (h *house) therapist(ref, state string) {
	h.staff(ref, access.Therapist, state, false)
	if h.err != nil {
		return
	}
	w := h.words("about", "training", "license", "identity", "fees", "times", "quote")
	slug := strings.ReplaceAll(ref, ".", "-")
	t := practice.Therapist{Staff: practice.Staff{ID: practice.StaffID(h.users[ref].ID)}, Slug: slug, Published: state == "active",
		Accepting: state == "active", Capacity: 20, Profile: practice.Profile{About: w["about"], Focus: []string{"relationship", "loss"},
			Modalities: []string{"individual", "couple", "family"}, Languages: []string{"English"}, Training: w["training"], License: w["license"],
			Identity: w["identity"], Fees: w["fees"], Times: w["times"], Quote: w["quote"]}}
	h.do("profile of "+ref, func(tx *db.DB) error { return practice.KeepTherapist(h.ctx, tx, t) })
	h.object("therapist", slug, "", ref, access.Public, w)
	if state != "active" {
		return
	}
	h.rule(ref, time.Tuesday, schedule.Bookable, h.video)
	h.rule(ref, time.Thursday, schedule.OnRequest, h.video)
	h.rule(ref, time.Friday, schedule.Hidden, h.room)
	reason := h.words("reason")
	var id string
	start := h.now.Add(40 * day).Truncate(day)
	h.do("time off of "+ref, func(tx *db.DB) error {
		off := schedule.TimeOff{TherapistID: t.ID, Start: start, End: start.Add(day), Reason: reason["reason"]}
		if err := schedule.TakeOff(h.ctx, tx, h.by(ref), off); err != nil {
			return err
		}
		all, err := schedule.Off(h.ctx, tx, h.by(ref), t.ID, start)
		if err == nil {
			id = all[0].ID
		}
		return err
	})
	h.object("time_off", id, "", ref, access.Availability, reason)
}

func (h *house) rule(ref string, weekday time.Weekday, mode schedule.Mode, place schedule.PlaceID) {
	var id schedule.RuleID
	h.do("hours of "+ref, func(tx *db.DB) (err error) {
		rule := schedule.Rule{Weekday: weekday, From: civil.Clock(9, 0), To: civil.Clock(17, 0), Mode: mode, Place: place}
		id, err = schedule.AddRule(h.ctx, tx, h.by(ref), practice.StaffID(h.users[ref].ID), rule)
		return err
	})
	h.keep(Object{Type: "rule", ID: string(id), Tenant: h.ref, State: string(mode), Author: h.full(ref), Class: access.Availability})
}

func (h *house) place(kind, name string) schedule.PlaceID {
	w := h.words("name", "directions")
	p := schedule.Place{Kind: kind, Active: true, Way: schedule.Way{Name: name + " " + w["name"], Directions: w["directions"]}}
	if kind == "video" {
		w["link"] = "https://meet.example.org/" + strings.ToLower(h.canary())
		p.Link = w["link"]
	}
	var id schedule.PlaceID
	h.do("place", func(tx *db.DB) (err error) {
		id, err = schedule.KeepPlace(h.ctx, tx, h.by("owner.1"), p)
		return err
	})
	h.object("place", string(id), "", "owner.1", access.Settings, w)
	return id
}

// client adds someone who comes.
func (h *house) client(ref string, contact practice.SafeContact) {
	if h.err != nil {
		return
	}
	w := h.words("name", "pronouns", "email", "phone", "when", "emergency_name", "emergency_tie", "emergency_phone")
	contact.When = w["when"]
	about := practice.About{Name: "Ada " + w["name"], Pronouns: w["pronouns"], Email: w["email"], Phone: w["phone"], Contact: contact,
		Emergency: practice.Emergency{Name: w["emergency_name"], Tie: w["emergency_tie"], Phone: w["emergency_phone"]}}
	var id practice.ClientID
	h.do("add "+ref, func(tx *db.DB) error {
		id = practice.ClientID(tx.NewID())
		key := seal.OwnerID(tx.NewID())
		if _, err := seal.NewOwner(h.ctx, tx, seal.Person, key); err != nil {
			return err
		}
		return practice.AddClient(h.ctx, tx, access.OfProgram(tx.PracticeID()), practice.Client{ID: id, KeyID: key, About: about})
	})
	h.add(User{ID: string(id), Role: access.Client, State: "active", Login: about.Email}, ref)
	h.object("client", string(id), ref, "", access.Identity, w)
}

// link makes a link to be followed, and keeps it in the file.
func (h *house) link(task access.Task, ref, person, subject string, opens, expires time.Time) auth.Token {
	var token auth.Token
	h.do("link for "+string(task), func(tx *db.DB) (err error) {
		token, err = auth.NewLink(h.ctx, tx, task, person, subject, opens, expires)
		return err
	})
	state := "open"
	switch {
	case opens.After(h.now):
		state = "early"
	case !expires.After(h.now):
		state = "expired"
	}
	h.linked(task, ref, subject, token, state)
	return token
}

func (h *house) linked(task access.Task, ref, subject string, token auth.Token, state string) {
	if h.err != nil {
		return
	}
	l := Link{Task: task, Tenant: h.ref, Person: h.full(ref), Subject: subject, Path: letter.Path(task) + token.Text(), Token: token.Text(), State: state}
	h.file.Links = append(h.file.Links, l)
	if u := h.users[ref]; u != nil && state == "open" {
		u.Tokens[string(task)] = token.Text()
	}
}
