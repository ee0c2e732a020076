package world

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// Plan is what a world for tests is made by.
type Plan struct {
	Seed   uint64
	Clock  time.Time // the world's now
	Prefix string    // canaries begin with it
	Size   string    // one of Sizes, for the standard world; empty for the small one
}

// Make makes a world of three practices in a migrated database that holds nothing: everyone who may stand in
// front of a door (security.md T-21), an object of every kind and state there is, and a canary in every text that
// somebody writes. The standard world has a crowd in its first practice as well. d sees all practices, and must have
// clock as its clock and source as its randomness.
func Make(ctx context.Context, d *db.DB, clock *Clock, source *Source, p Plan) (File, error) {
	t := &town{ctx: ctx, all: d, clock: clock, source: source, guard: auth.NewGuard(1), now: p.Clock.UTC().Truncate(time.Second),
		file: File{Contract: 1, World: "small", Size: "tiny", Seed: p.Seed, Clock: p.Clock.UTC().Truncate(time.Second), Prefix: p.Prefix,
			Relations: []Relation{}, Objects: []Object{}, Links: []Link{}, Slots: []Slot{}}}
	if p.Size != "" {
		t.file.World, t.file.Size = "standard", p.Size
	}
	t.canaries = rand.NewChaCha8(sum(fmt.Sprintf("canaries %d", p.Seed)))
	for _, ref := range []string{"north", "south", "west"} {
		t.settle(ref, p.Size)
	}
	clock.Set(t.now)
	return t.file, t.err
}

// settle makes one practice: north with everything, south and west with what it takes to be another's.
func (t *town) settle(ref, size string) {
	h := t.move(ref)
	if t.err != nil {
		return
	}
	h.therapist("therapist.1", "active")
	if ref == "north" {
		h.north()
	} else {
		h.elsewhere(ref == "south")
	}
	h.desk()
	h.shelf()
	h.enterAll()
	h.links()
	if ref == "north" {
		h.crowd(Sizes[size])
	}
	h.clock.Set(h.now)
	if h.err == nil {
		h.source.Turn("sequence " + ref)
		_, h.err = audit.Sequence(h.ctx, h.db)
	}
	for _, u := range h.sorted() {
		t.file.Tenants[h.index].Users = append(t.file.Tenants[h.index].Users, *u)
	}
}

// sorted are the practice's users by ref.
func (h *house) sorted() []*User {
	var refs []string
	for ref := range h.users {
		refs = append(refs, ref)
	}
	slices.Sort(refs)
	all := make([]*User, len(refs))
	for i, ref := range refs {
		all[i] = h.users[ref]
	}
	return all
}

// elsewhere is a practice in which one person, and in the south a family, come to one therapist.
func (h *house) elsewhere(family bool) {
	h.staff("coordinator.1", access.Coordinator, "active", false)
	h.staff("super.1", access.Supervisor, "active", true)
	h.supervises("super.1", "therapist.1")
	h.texts()
	h.client("client.1", practice.SafeContact{Mail: true})
	c := h.course("therapist.1", "individual", 30, 15, "client.1")
	h.forms("client.1", true, 1, 0)
	s := c.sit(9, "client.1")
	r := s.client("client.1", 2, "off", "not_talked", "wish", "raise_it")
	c.describe(r, rupture.Withdrawal)
	s.note("signed")
	c.sit(2).note("draft")
	c.book(-3)
	c.ruptures()
	if !family {
		return
	}
	h.client("client.2", practice.SafeContact{Mail: true})
	h.client("client.3", practice.SafeContact{})
	f := h.course("therapist.1", "family", 20, 17, "client.2", "client.3")
	g := f.sit(6)
	g.client("client.2", 3, "off", "no")
	g.note("signed")
}

// north is the practice with everything.
func (h *house) north() {
	h.therapist("therapist.2", "active")
	h.therapist("therapist.3", "active")
	h.therapist("therapist.4", "active") // disabled at the end
	h.therapist("therapist.5", "invited")
	h.therapist("therapist.6", "active") // has a password and no second step yet
	h.staff("coordinator.1", access.Coordinator, "active", false)
	h.staff("super.1", access.Supervisor, "active", true)
	h.staff("super.2", access.Supervisor, "active", false)
	h.staff("owner.2", access.Owner, "active", false)
	h.supervises("super.1", "therapist.1")
	h.supervises("super.2", "therapist.2")
	h.texts()
	for n, contact := range []practice.SafeContact{{Mail: true, Call: true, Voicemail: true}, {Mail: true, PracticeName: true}, {Mail: true}, {Call: true},
		{Mail: true}, {Mail: true}, {}} {
		h.client(fmt.Sprintf("client.%d", n+1), contact)
	}
	h.earlier()
	h.alone()
	h.couple()
	h.numbers()
	h.over()
	h.proposal("client.2")
}

func (h *house) supervises(supervisor, therapist string) {
	if h.err != nil {
		return
	}
	var id string
	h.do("supervise", func(tx *db.DB) error {
		owner := h.by("owner.1")
		if err := practice.Supervise(h.ctx, tx, owner, practice.StaffID(h.users[supervisor].ID), practice.StaffID(h.users[therapist].ID)); err != nil {
			return err
		}
		all, err := practice.Ties(h.ctx, tx, owner)
		for _, tie := range all {
			if string(tie.Supervisor) == h.users[supervisor].ID && string(tie.Therapist) == h.users[therapist].ID {
				id = tie.ID
			}
		}
		return err
	})
	h.file.Relations = append(h.file.Relations, Relation{Kind: "supervises", Supervisor: h.full(supervisor), Therapist: h.full(therapist), From: h.clock.Now()})
	h.keep(Object{Type: "supervision", ID: id, Tenant: h.ref, Author: h.full("owner.1"), Class: access.Settings})
}

// texts publishes a new version of each text to sign, in the practice's own words.
func (h *house) texts() {
	var all []practice.ConsentText
	h.do("read the texts", func(tx *db.DB) (err error) {
		all, err = practice.Texts(h.ctx, tx)
		return err
	})
	words := map[string]map[string]string{}
	for _, t := range all {
		w := h.words("title", "body")
		words[t.Kind] = w
		h.do("publish a text", func(tx *db.DB) error {
			return practice.PublishText(h.ctx, tx, h.by("owner.1"), practice.ConsentText{Kind: t.Kind, Title: w["title"], Body: w["body"]})
		})
	}
	h.do("read the new texts", func(tx *db.DB) (err error) {
		all, err = practice.Texts(h.ctx, tx)
		return err
	})
	for _, t := range all {
		h.object("consent_text", t.ID, "", "owner.1", access.Public, words[t.Kind])
	}
}

// earlier is a course of client.1 with therapist.3 that ended long ago.
func (h *house) earlier() {
	c := h.course("therapist.3", "individual", 140, 14, "client.1")
	s := c.sit(130)
	s.client("client.1", 3, "off", "no")
	s.note("signed")
	c.end(60)
}

// alone are two courses of therapist.1: client.1, whose first rupture was repaired and whose second is open, and
// client.2, who is unsure whether there is one.
func (h *house) alone() {
	c := h.course("therapist.1", "individual", 55, 15, "client.1")
	h.forms("client.1", true, 1, 0)
	first := c.sit(50, "client.1")
	first.helper("client.1", 3, "no", "")
	r := first.client("client.1", 2, "off", "not_talked", "wish", "raise_it")
	c.describe(r, rupture.Withdrawal)
	first.note("amended")
	second := c.sit(43)
	c.talk(r)
	second.client("client.1", 3, "off", "no", "better", "better")
	second.note("signed")
	third := c.sit(36, "client.1")
	r = third.client("client.1", 1, "off", "not_talked", "wish", "raise_it")
	c.describe(r, rupture.Confrontation)
	c.say(r, "client.1")
	third.note("draft")
	c.sit(29)
	c.becomes(c.book(22), schedule.Missed)
	c.cancel(c.book(15))
	c.book(-1)
	c.book(0)
	c.series()
	c.ruptures()

	d := h.course("therapist.1", "individual", 50, 16, "client.2")
	for _, task := range h.forms("client.2", true, 2, 1) {
		h.handle("therapist.1", task)
	}
	s := d.sit(20)
	s.client("client.2", 3, "off", "unsure")
	s.note("signed")
	d.sit(6)
	d.ruptures()
}

func (c *care) cancel(a schedule.Appointment) {
	c.do("cancel", func(tx *db.DB) error {
		_, err := schedule.Cancel(c.ctx, tx, c.by(c.clients[0]), a.ID)
		return err
	})
}

// couple is client.3 and client.4 with therapist.1, each with a rupture of their own.
func (h *house) couple() {
	c := h.course("therapist.1", "couple", 45, 18, "client.3", "client.4")
	h.forms("client.3", true, 0, 0)
	s := c.sit(12, "client.3")
	r := s.helper("client.3", 2, "talked", "confrontation")
	c.talk(r)
	s.client("client.3", 2, "off", "no")
	r = s.client("client.4", 1, "off", "not_talked", "wish", "not_yet")
	c.describe(r, rupture.Withdrawal)
	s.note("signed")
	c.book(-2)
	c.ruptures()
}

// numbers is client.5 with therapist.2: a dip that passed, and a rupture that both noticed.
func (h *house) numbers() {
	c := h.course("therapist.2", "individual", 90, 15, "client.5")
	h.forms("client.5", true, 0, 0)
	for n, felt := range []float64{3, 3, 3, 3, 0, 3, 3, 3} {
		c.sit(80-7*n).client("client.5", felt, "off", "no")
	}
	s := c.sit(10)
	s.helper("client.5", 1, "not_talked", "both")
	r := s.client("client.5", 2, "off", "not_talked", "wish", "i_will")
	c.describe(r, rupture.Both)
	s.note("signed")
	c.book(-4)
	c.ruptures()
}

// over are courses that have ended: of client.6, long ago, with a rupture that was open; of client.7 lately.
func (h *house) over() {
	c := h.course("therapist.3", "individual", 120, 17, "client.6")
	s := c.sit(80)
	c.describe(s.client("client.6", 1, "off", "not_talked", "wish", "nothing"), rupture.Unknown)
	s.note("signed")
	c.book(40)
	c.end(55)
	c.ruptures()
	d := h.course("therapist.2", "individual", 60, 17, "client.7")
	e := d.sit(30)
	e.note("signed")
	d.end(10)
	for _, ref := range []string{"client.6", "client.7"} {
		if h.err == nil {
			h.users[ref].State = "former"
		}
	}
}

// proposal is a change that a client proposes to what is kept of them.
func (h *house) proposal(ref string) {
	h.back(2 * day)
	w := h.words("name", "pronouns", "email", "phone", "when", "emergency_name", "emergency_tie", "emergency_phone")
	about := practice.About{Name: w["name"], Pronouns: w["pronouns"], Email: w["email"], Phone: w["phone"],
		Contact:   practice.SafeContact{Mail: true, PracticeName: true, When: w["when"]},
		Emergency: practice.Emergency{Name: w["emergency_name"], Tie: w["emergency_tie"], Phone: w["emergency_phone"]}}
	h.do("propose a change", func(tx *db.DB) error { return practice.ProposeAbout(h.ctx, tx, h.by(ref), about) })
	if h.err == nil {
		h.object("proposal", h.users[ref].ID, ref, ref, access.Identity, w)
	}
}

// enterAll lets everyone in who signs in, and takes what they hold into the file.
func (h *house) enterAll() {
	refs := []string{"owner.1", "therapist.1", "client.1"}
	if h.ref == "north" {
		refs = []string{"owner.1", "owner.2", "coordinator.1", "super.1", "super.2", "therapist.1", "therapist.2", "therapist.3",
			"therapist.4", "therapist.6", "client.1", "client.2", "client.3", "client.6"}
	}
	for _, ref := range refs {
		if h.err == nil {
			h.err = h.enter(ref)
		}
	}
	if h.ref != "north" {
		return
	}
	h.clock.Set(h.now)
	h.passkey("super.2")
	h.do("disable", func(tx *db.DB) error {
		return practice.ShutOut(h.ctx, tx, h.by("owner.1"), practice.StaffID(h.users["therapist.4"].ID))
	})
	if h.err == nil {
		h.users["therapist.4"].State = "disabled"
		h.users["therapist.4"].SignIns = map[string]string{"ended": h.users["therapist.4"].SignIns["full"]}
	}
}

// enter lets a person in two days before now, and again just now.
func (h *house) enter(ref string) error {
	u := h.users[ref]
	e := entrance{h.db, h.clock, h.source, h.guard}
	p := auth.Person{ID: u.ID, Kind: auth.Staff, Email: u.Login}
	if u.Role == access.Client {
		p.Kind = auth.Client
	}
	page := h.full(ref)
	h.clock.Set(h.now.Add(-2 * day))
	in, checked, err := e.invited(h.ctx, p, page)
	if err != nil {
		return err
	}
	u.Password = in.password
	if ref == "therapist.6" {
		h.clock.Set(h.now)
		return h.halfway(e, u, checked, page)
	}
	if err := e.finish(h.ctx, page, checked, &in); err != nil {
		return fmt.Errorf("sign %s in: %w", page, err)
	}
	u.TOTP, u.Recovery = in.secret, in.codes
	u.SignIns["expired"] = in.token.Text()
	h.clock.Set(h.now)
	return h.again(e, u, checked, page)
}

// halfway begins a sign-in that still needs a second step to be set up, and begins to set it up.
func (h *house) halfway(e entrance, u *User, checked auth.Checked, page string) error {
	var token auth.Token
	err := e.step(h.ctx, page+" halfway", func(tx *db.DB) (err error) {
		token, _, err = auth.Begin(h.ctx, tx, checked, browser)
		return err
	})
	if err != nil {
		return err
	}
	u.SignIns["pre_enrol"] = token.Text()
	by, _, err := auth.Who(h.ctx, h.db, token.Text())
	if err != nil {
		return err
	}
	return e.step(h.ctx, page+" setting up", func(tx *db.DB) error {
		_, err := auth.BeginTOTP(h.ctx, tx, by, "Attune")
		return err
	})
}

// again signs a person in once more, to the full, and begins one that lacks its second step.
func (h *house) again(e entrance, u *User, checked auth.Checked, page string) error {
	for _, stage := range []string{"full", "pre_mfa"} {
		var token auth.Token
		err := e.step(h.ctx, page+" "+stage, func(tx *db.DB) (err error) {
			token, _, err = auth.Begin(h.ctx, tx, checked, browser)
			return err
		})
		if err != nil {
			return err
		}
		u.SignIns[stage] = token.Text()
		if u.TOTP == "" { // the password is all there is
			return nil
		}
		if stage == "full" {
			if u.SignIns[stage], err = h.second(u, token, page); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *house) second(u *User, token auth.Token, page string) (string, error) {
	by, _, err := auth.Who(h.ctx, h.db, token.Text())
	if err != nil {
		return "", err
	}
	code, err := Code(u.TOTP, h.clock.Now())
	if err != nil {
		return "", err
	}
	h.source.Turn(page + " code")
	raised, err := h.guard.PassFactor(h.ctx, h.db, by, code)
	return raised.Token.Text(), err
}

// links makes a link for every task, and some that are no longer or not yet good.
func (h *house) links() {
	next, unanswered := h.around("client.1")
	if h.err != nil {
		return
	}
	client, soon := h.users["client.1"].ID, h.now.Add(30*day)
	h.link(access.TaskAppointment, "client.1", client, next, time.Time{}, soon)
	h.link(access.TaskIntake, "client.1", client, client, time.Time{}, soon)
	h.link(access.TaskCheckIn, "client.1", client, unanswered, time.Time{}, soon)
	h.link(access.TaskRecord, "client.1", client, client, time.Time{}, soon)
	h.link(access.TaskSignIn, "client.1", client, client, time.Time{}, soon)
	h.link(access.TaskReset, "client.1", client, client, time.Time{}, soon)
	h.link(access.TaskIntake, "client.1", client, client, time.Time{}, h.now.Add(-time.Hour))
	h.link(access.TaskCheckIn, "client.1", client, next, h.now.Add(day), soon)
	if h.ref != "north" {
		return
	}
	u := h.users["therapist.5"]
	var token auth.Token
	h.do("invite", func(tx *db.DB) (err error) {
		token, err = auth.Invite(h.ctx, tx, h.by("owner.1"), auth.Person{ID: u.ID, Kind: auth.Staff, Email: u.Login})
		return err
	})
	h.linked(access.TaskInvite, "therapist.5", u.ID, token, "open")
}

// around are the ids of a client's next appointment and of the newest one that was held.
func (h *house) around(ref string) (next, last string) {
	if h.err != nil {
		return "", ""
	}
	h.clock.Set(h.now)
	h.do("find appointments", func(tx *db.DB) error {
		next, last = "", ""
		all, err := schedule.OfClient(h.ctx, tx, h.by(ref), access.ReadTimes, practice.ClientID(h.users[ref].ID))
		for _, a := range all {
			switch {
			case a.State == schedule.Held:
				last = string(a.ID)
			case a.State == schedule.Booked && a.Start.After(h.now) && next == "":
				next = string(a.ID)
			}
		}
		return err
	})
	return next, last
}

// visitor adds someone who asked and is no client yet.
func (h *house) visitor(ref string, i intake.Inquiry) {
	h.add(User{ID: string(i.KeyID), Role: access.Visitor, State: "active"}, ref)
}
