package webtest

import (
	"context"
	"strings"
	"sync"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// staffRoles are the people who work in each practice of a cast.
var staffRoles = map[string][]access.Role{
	"theo": {access.Therapist}, "tess": {access.Therapist}, "fred": {access.Therapist}, "dora": {access.Therapist}, "ivo": {access.Therapist},
	"cora": {access.Coordinator}, "sami": {access.Supervisor}, "sona": {access.Supervisor}, "olga": {access.Owner},
}

// staffOrder is the order in which they are taken on.
var staffOrder = []string{"theo", "tess", "fred", "dora", "ivo", "cora", "sami", "sona", "olga"}

// course is who is in a course of therapy with whom.
type course struct {
	bundle, therapist, modality string
	clients                     []string
}

var courses = []course{
	{"rosa", "theo", "individual", []string{"rosa"}},
	{"ines", "theo", "couple", []string{"ines", "paul"}},
	{"nell", "tess", "individual", []string{"nell"}},
	{"otto", "fred", "individual", []string{"otto"}},
	{"dana", "dora", "individual", []string{"dana"}},
}

// people takes everyone on.
func (h *house) people() {
	for _, name := range staffOrder {
		h.staff(name)
	}
	for _, pair := range [][2]string{{"sami", "theo"}, {"sona", "tess"}} {
		h.must("supervise", practice.Supervise(h.ctx(), h.DB, h.by("olga"), practice.StaffID(h.id(pair[0])), practice.StaffID(h.id(pair[1]))))
	}
	ties, err := practice.Ties(h.ctx(), h.DB, h.by("olga"))
	h.must("read who supervises", err)
	for _, tie := range ties {
		h.object(strings.TrimPrefix(string(tie.Therapist), h.name+"-"), "supervision", tie.ID)
	}
	room, err := schedule.KeepPlace(h.ctx(), h.DB, h.by("olga"), schedule.Place{Kind: "room", Active: true, Way: schedule.Way{Name: "Room 2"}})
	h.must("keep a room", err)
	h.object("house", "place", string(room))
	for _, therapist := range []string{"theo", "tess", "fred", "dora"} {
		for day := time.Monday; day <= time.Friday; day++ {
			rule, err := schedule.AddRule(h.ctx(), h.DB, h.by("olga"), practice.StaffID(h.id(therapist)),
				schedule.Rule{Weekday: day, From: civil.Clock(9, 0), To: civil.Clock(17, 0), Mode: schedule.Bookable, Place: room})
			h.must("add a rule", err)
			h.object(therapist, "rule", string(rule))
			if therapist != "dora" {
				h.object(therapist, "calendar", h.id(therapist))
			}
		}
	}
	for _, k := range courses {
		var ids []practice.ClientID
		for _, name := range k.clients {
			h.client(name)
			ids = append(ids, practice.ClientID(h.id(name)))
		}
		id := h.id("course-" + k.bundle)
		h.must("begin a course", practice.BeginCourse(h.ctx(), h.DB, h.by("cora"), practice.Course{ID: practice.CourseID(id), KeyID: seal.OwnerID(h.id("key-course-" + k.bundle)),
			TherapistID: practice.StaffID(h.id(k.therapist)), Modality: k.modality, ClientIDs: ids,
			Aims: practice.Aims{Here: h.word("D4", k.bundle, k.bundle), Goals: []string{h.word("D4", k.bundle, k.bundle)}}}))
		for _, name := range k.clients {
			h.object(name, "course", id)
		}
	}
}

func (h *house) staff(name string) {
	s := practice.Staff{ID: practice.StaffID(h.id(name)), Roles: staffRoles[name], State: "active", Duty: name == "sami",
		Person: practice.Person{Name: "Staff " + h.id(name), Email: h.email(name), Phone: h.word("D11", "", name)}}
	if name == "ivo" {
		s.State = "invited"
	}
	h.must("add staff", practice.AddStaff(h.ctx(), h.DB, s))
	h.object(name, "staff", string(s.ID))
	h.object(name, "login", string(s.ID))
	if s.Roles[0] == access.Therapist {
		h.must("keep a therapist", practice.KeepTherapist(h.ctx(), h.DB, practice.Therapist{Staff: s, Slug: h.id(name), Published: name != "ivo", Accepting: name != "dora",
			Capacity: 20, Profile: practice.Profile{About: "About " + name, Focus: []string{"relationship", "family"}, Modalities: []string{"individual", "couple"}, Languages: []string{"English"}, License: "Licensed here"}}))
		h.object(name, "therapist", h.id(name))
		h.object(name, "profile", h.id(name))
	}
	h.login(auth.Staff, name)
}

func (h *house) email(name string) string { return name + "@" + h.name + ".example" }

// hashed is the hash of everyone's password in a cast, made once: it takes long on purpose.
var hashed = sync.OnceValues(func() (auth.Hashed, error) {
	return auth.NewGuard(1).HashPassword(context.Background(), Password)
})

// login lets somebody sign in with the password; Ivo is only invited.
func (h *house) login(kind auth.Kind, name string) {
	password, err := hashed()
	h.must("hash the password", err)
	h.must("let in", h.DB.InTx(h.ctx(), func(tx *db.DB) error {
		token, err := auth.Invite(h.ctx(), tx, access.OfProgram(h.name), auth.Person{ID: h.id(name), Kind: kind, Email: h.email(name)})
		if err != nil || name == "ivo" {
			return err
		}
		by, err := auth.OpenLink(h.ctx(), tx, token.Text())
		if err != nil {
			return err
		}
		_, err = auth.SetPassword(h.ctx(), tx, by, password)
		return err
	}))
}

func (h *house) client(name string) {
	key := seal.OwnerID(h.id("key-" + name))
	h.must("add a client", h.DB.InTx(h.ctx(), func(tx *db.DB) error {
		if _, err := seal.NewOwner(h.ctx(), tx, seal.Person, key); err != nil {
			return err
		}
		return practice.AddClient(h.ctx(), tx, h.by("cora"), practice.Client{ID: practice.ClientID(h.id(name)), KeyID: key,
			About: practice.About{Name: h.word("D1", name, name) + " " + h.word("D1", name, name), Pronouns: h.word("D1", name, name), Email: h.email(name), Phone: "312-555-01" + name,
				Contact:   practice.SafeContact{Mail: true, Call: true, When: h.word("D1", name, name)},
				Emergency: practice.Emergency{Name: h.word("D1", name, name), Tie: "aunt", Phone: h.word("D1", name, name)}}})
	}))
	h.object(name, "client", h.id(name))
	h.login(auth.Client, name)
}
