package webtest

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/intake"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web"
)

// Cast is two practices of one installation, with everyone who could come to the door and something of every kind that
// a route may be about. Everything that somebody wrote holds a canary: a word that is nowhere else.
//
// In each practice Theo sees Rosa alone, and Ines and Paul as a couple; Sami supervises Theo. Tess sees Nell; Sona
// supervises Tess. Fred's course with Otto ended long ago. Dora, who sees Dana, may no longer sign in, and Ivo has not
// taken up his invitation. Cora coordinates, and Olga owns.
type Cast struct {
	t        testing.TB
	All      *db.DB
	Clock    *dbtest.Clock
	Handler  http.Handler
	Log      *Lines
	Mail     string // folder of the mail sink
	People   []*Person
	Canaries []Canary

	objects map[string]map[string]string // by practice and bundle ("north rosa"), by type
	worker  *job.Worker
	DSN     string
	drawn   int
}

// Practices are the practices of a cast. Each answers under NAME.example.
var Practices = []string{"north", "south"}

// Person is somebody at the door, as a cookie or as the bearer of a link.
type Person struct {
	Practice string
	Name     string // "rosa"; for the bearers of links "rosa by check_in"
	ID       string
	Roles    []access.Role
	State    string      // "full", "stale" (no fresh proof), "factor", "enrol", "expired", "ended", "disabled", "none"
	Token    string      // of the cookie, or of the link
	Task     access.Task // of the link
	Subject  string      // what the link is about
}

// Ref names the person in all practices.
func (p *Person) Ref() string { return p.Practice + " " + p.Name }

// Canary is a word that only those may see who may see data of its class about its client.
type Canary struct {
	Word     string
	Practice string
	Class    string // as in security.md 1.1, with what is finer than that behind a slash: "D13/therapist"
	Client   string // "rosa"; empty where it is about no client
	Author   string
}

// Lines is a log that may be written to by many.
type Lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write keeps a line.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// String is all that was written.
func (l *Lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Now is when a cast stands at the door: the Monday of dbtest.Start, in the afternoon.
var Now = dbtest.Start.Add(10 * time.Hour)

// Gather founds both practices and has everyone do what they do. served, where it is not nil, may change the settings
// of the door.
func Gather(t testing.TB, served func(*web.Settings)) *Cast {
	t.Helper()
	dsn, owner := dbtest.Migrated(t)
	clock := &dbtest.Clock{}
	clock.Set(Now.AddDate(0, -4, 0))
	all := dbtest.Open(t, dsn, db.Options{Clock: clock, OwnerDSN: owner}).ForAll()
	c := &Cast{t: t, All: all, Clock: clock, Log: &Lines{}, Mail: t.TempDir(), DSN: dsn, objects: map[string]map[string]string{}}
	log := slog.New(slog.NewTextHandler(c.Log, nil))
	sink, err := mail.OpenSink(c.Mail)
	c.must("open the sink", err)
	c.worker = workerFor(all, letter.Post{Sender: sink, Base: func(host string) string { return "http://" + host }}, log)
	settings := web.Settings{DB: all, Log: log, Rate: 1e6}
	if served != nil {
		served(&settings)
	}
	c.Handler = web.Handler(settings)
	for _, name := range Practices {
		h := &house{Cast: c, name: name, DB: all.For(name)}
		h.found()
		h.people()
		h.past()
	}
	clock.Set(Now)
	for _, name := range Practices {
		h := &house{Cast: c, name: name, DB: all.For(name)}
		h.present()
		h.writing()
		h.doors()
	}
	c.Work()
	return c
}

// workerFor does the jobs that a test waits for, as attune serve does.
func workerFor(all *db.DB, post letter.Post, log *slog.Logger) *job.Worker {
	return &job.Worker{DB: all, Log: log,
		Do: map[job.Kind]job.Func{letter.Job: post.Deliver},
		DoTx: map[job.Kind]job.Func{letter.AskJob: letter.Answer(auth.NewGuard(1e6)), schedule.ReminderJob: intake.Remind,
			schedule.CheckInJob: intake.SendCheckIns}}
}

// Work does all jobs that are due.
func (c *Cast) Work() {
	c.t.Helper()
	_, err := c.worker.RunDue(c.t.Context())
	c.must("do what is due", err)
	for _, name := range Practices {
		_, err := audit.Sequence(c.t.Context(), c.All.For(name))
		c.must("sequence the log", err)
	}
}

func (c *Cast) must(what string, err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatalf("%s: %v", what, err)
	}
}

// Object is the id of an object of a bundle: "north rosa", "appointment".
func (c *Cast) Object(bundle, kind string) (string, bool) {
	id, ok := c.objects[bundle][kind]
	return id, ok
}

// Person finds somebody: "north rosa".
func (c *Cast) Person(ref string) *Person {
	c.t.Helper()
	for _, p := range c.People {
		if p.Ref() == ref {
			return p
		}
	}
	c.t.Fatalf("nobody is called %q", ref)
	return nil
}

// house is one practice of a cast, while it is made.
type house struct {
	*Cast
	name string
	DB   *db.DB
}

func (h *house) ctx() context.Context { return h.t.Context() }

// id is an id in this practice: ids of the two differ, so that one is never taken for the other.
func (h *house) id(name string) string { return h.name + "-" + name }

// object keeps the id of an object.
func (h *house) object(bundle, kind, id string) {
	key := h.name + " " + bundle
	if h.objects[key] == nil {
		h.objects[key] = map[string]string{}
	}
	h.objects[key][kind] = id
}

func (h *house) get(bundle, kind string) string {
	h.t.Helper()
	id, ok := h.Object(h.name+" "+bundle, kind)
	if !ok {
		h.t.Fatalf("%s %s has no %s", h.name, bundle, kind)
	}
	return id
}

// word is a new canary.
func (h *house) word(class, client, author string) string {
	h.drawn++
	word := fmt.Sprintf("Zq%s%s%04dx", h.name, client, h.drawn)
	h.Canaries = append(h.Canaries, Canary{word, h.name, class, client, author})
	return word
}

// by is somebody of this practice as an actor, freshly signed in.
func (h *house) by(name string) access.Actor {
	roles, ok := staffRoles[name]
	if !ok {
		roles = []access.Role{access.Client}
	}
	return access.Actor{PracticeID: h.name, ID: h.id(name), Roles: roles, SignInID: "cast", Stage: access.Full, SteppedUp: h.Clock.Now()}
}

func (h *house) found() {
	s := practice.Settings{Name: "The practice of " + h.name, ShortName: "Short " + h.name, Address: "1 Street\nChicago", Phone: "312-555-0100",
		Email: "hello@" + h.name + ".example", ReplyHours: 9, HoldHours: 48, CutoffHours: 24, SessionMinutes: 50, BufferMinutes: 10,
		Reminders: []int{2880, 120}, LeaveURL: "https://weather.example/", MailSecret: h.word("none", "", "olga"),
		Headline: "Relationships can be tended", Lead: "We help."}
	for day := time.Monday; day <= time.Friday; day++ {
		s.Hours.Week[day] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(18, 0)}}
	}
	h.must("found", practice.Found(h.ctx(), h.All, practice.Practice{ID: practice.ID(h.name), Ref: h.name, Zone: "America/Chicago", Settings: s}, h.name+".example", h.name+".localhost"))
}

// Bundles are the names under which things of a practice belong together, sorted.
func (c *Cast) Bundles(practice string) []string {
	var all []string
	for key := range c.objects {
		if rest, ok := strings.CutPrefix(key, practice+" "); ok {
			all = append(all, rest)
		}
	}
	slices.Sort(all)
	return all
}
