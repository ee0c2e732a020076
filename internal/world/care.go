package world

import (
	"errors"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/measure"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// care is one course of therapy of the town.
type care struct {
	*house
	id        practice.CourseID
	therapist string   // ref
	clients   []string // refs
	hour      int      // of the day, UTC, at which it meets
	told      map[rupture.ID]map[string]string
}

// sitting is a session that took place.
type sitting struct {
	schedule.Appointment
	care *care
}

// course begins a course some days ago.
func (h *house) course(therapist, modality string, ago, hour int, clients ...string) *care {
	c := &care{house: h, therapist: therapist, clients: clients, hour: hour, told: map[rupture.ID]map[string]string{}}
	if h.err != nil {
		return c
	}
	h.back(time.Duration(ago) * day)
	w := h.words("here", "goal_1", "goal_2")
	k := practice.Course{TherapistID: practice.StaffID(h.users[therapist].ID), Modality: modality,
		Aims: practice.Aims{Here: w["here"], Goals: []string{w["goal_1"], w["goal_2"]}}}
	for _, ref := range clients {
		k.ClientIDs = append(k.ClientIDs, practice.ClientID(h.users[ref].ID))
	}
	h.do("begin a course", func(tx *db.DB) error {
		k.ID, k.KeyID = practice.CourseID(tx.NewID()), seal.OwnerID(tx.NewID())
		return practice.BeginCourse(h.ctx, tx, access.OfProgram(tx.PracticeID()), k)
	})
	c.id = k.ID
	c.about("course", string(k.ID), therapist, access.Record, w)
	for _, ref := range clients {
		h.file.Relations = append(h.file.Relations, Relation{Kind: "assigned", Client: h.full(ref), Therapist: h.full(therapist), From: h.clock.Now()})
	}
	return c
}

// about keeps an object that is about all who take part.
func (c *care) about(kind, id, author string, class access.Class, words map[string]string) {
	o := Object{Type: kind, ID: id, Tenant: c.ref, Author: c.full(author), Class: class, Canaries: words}
	if len(c.clients) == 1 {
		o.Client = c.full(c.clients[0])
	}
	for _, ref := range c.clients {
		o.Clients = append(o.Clients, c.full(ref))
	}
	c.keep(o)
}

// start is the course's hour, some days before now, or after where it is negative.
func (c *care) start(ago int) time.Time {
	return c.now.Truncate(day).Add(time.Duration(c.hour)*time.Hour - time.Duration(ago)*day)
}

// book books an hour, as the therapist does, three days before it.
func (c *care) book(ago int) schedule.Appointment {
	start := c.start(ago)
	c.clock.Set(earlier(start.Add(-3*day), c.now))
	var a schedule.Appointment
	c.do("book", func(tx *db.DB) (err error) {
		a, err = schedule.Book(c.ctx, tx, c.by(c.therapist), access.WriteTimes, c.id,
			schedule.Stretch{PlaceID: c.video, Interval: schedule.Interval{Start: start, End: start.Add(50 * time.Minute)}})
		return err
	})
	c.about("appointment", string(a.ID), c.therapist, access.Scheduling, nil)
	return a
}

// becomes says what became of an hour.
func (c *care) becomes(a schedule.Appointment, state schedule.State) schedule.Appointment {
	c.clock.Set(a.End)
	c.do("mark", func(tx *db.DB) (err error) {
		a, err = schedule.Mark(c.ctx, tx, c.by(c.therapist), a.ID, state)
		return err
	})
	return a
}

// sit holds a session. Those named feel connected before it, and say so.
func (c *care) sit(ago int, before ...string) sitting {
	s := sitting{c.book(ago), c}
	for _, ref := range before {
		c.clock.Set(s.Start.Add(-10 * time.Minute))
		s.send(ref, alliance.Before, measure.Answers{"ascb-connected": measure.Number(3)}, nil)
	}
	s.Appointment = c.becomes(s.Appointment, schedule.Held)
	c.about("session", string(s.Session), c.therapist, access.Scheduling, nil)
	return s
}

// level is a check-in's five scales at one value, 0 to 4.
func level(prefix string, n float64) measure.Answers {
	answers := measure.Answers{}
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		answers[prefix+item] = measure.Number(n)
	}
	return answers
}

// client checks in: how it was, 0 to 4, and pairs of a question and its answer, the prefix left out.
func (s sitting) client(ref string, n float64, pairs ...string) *rupture.Rupture {
	s.care.clock.Set(s.End.Add(40 * time.Minute))
	answers, words := level("asc-", n), s.care.words("asc-words")
	for i := 0; i+1 < len(pairs); i += 2 {
		answers["asc-"+pairs[i]] = measure.Text(pairs[i+1])
	}
	answers["asc-words"] = measure.Text(words["asc-words"])
	return s.send(ref, alliance.Client, answers, words)
}

// helper checks in about a client.
func (s sitting) helper(ref string, n float64, off, kind string) *rupture.Rupture {
	s.care.clock.Set(s.End.Add(10 * time.Minute))
	answers := level("asct-", n)
	answers["asct-off"] = measure.Text(off)
	if kind != "" {
		answers["asct-kind"] = measure.Text(kind)
	}
	return s.send(ref, alliance.Therapist, answers, nil)
}

func (s sitting) send(ref string, side alliance.Side, answers measure.Answers, words map[string]string) *rupture.Rupture {
	c := s.care
	if c.err != nil {
		return nil
	}
	author := ref
	if side == alliance.Therapist {
		author = c.therapist
	}
	client := practice.ClientID(c.users[ref].ID)
	var r *rupture.Rupture
	var id string
	c.do("check in", func(tx *db.DB) (err error) {
		r, err = rupture.Send(c.ctx, tx, c.by(author), rupture.CheckIn{AppointmentID: string(s.ID), ClientID: client, Side: side, Answers: answers})
		if err != nil {
			return err
		}
		all, err := alliance.CheckIns(c.ctx, tx, access.OfProgram(tx.PracticeID()), c.id, client)
		i := slices.IndexFunc(all, func(o alliance.CheckIn) bool { return o.AppointmentID == string(s.ID) && o.Side == side })
		if err == nil && i >= 0 {
			id = all[i].ID
		}
		return err
	})
	c.keep(Object{Type: "check_in", ID: id, Tenant: c.ref, State: string(side), Client: c.full(ref), Author: c.full(author), Class: access.CheckIns, Canaries: words})
	return r
}

// tells remembers words of a rupture's timeline for the file.
func (c *care) tells(r *rupture.Rupture, field string) string {
	if r == nil || c.err != nil {
		return ""
	}
	if c.told[r.ID] == nil {
		c.told[r.ID] = map[string]string{}
	}
	word := c.canary()
	c.told[r.ID][field] = word
	return word
}

// describe and talk are the therapist's words about a rupture; say is the client's.
func (c *care) describe(r *rupture.Rupture, kind rupture.Kind) {
	words := c.tells(r, "described")
	c.do("describe a rupture", func(tx *db.DB) error { return rupture.Describe(c.ctx, tx, c.by(c.therapist), r.ID, kind, words) })
}

func (c *care) talk(r *rupture.Rupture) {
	words := c.tells(r, "attempt")
	c.do("talk about a rupture", func(tx *db.DB) error {
		if err := rupture.RecordTalk(c.ctx, tx, c.by(c.therapist), r.ID, rupture.Talk{Strategies: []string{"own", "invite"}, Text: words}); err != nil {
			return err
		}
		return rupture.Propose(c.ctx, tx, c.by(c.therapist), r.ID)
	})
}

func (c *care) say(r *rupture.Rupture, ref string) {
	words := c.tells(r, "told")
	c.do("say something about a rupture", func(tx *db.DB) error {
		return rupture.ClientSays(c.ctx, tx, c.by(ref), r.ID, rupture.Say{Wish: rupture.RaiseIt, Text: words})
	})
}

// ruptures keeps the ruptures of the course's people in the file, as they now stand.
func (c *care) ruptures() {
	if c.err != nil {
		return
	}
	for _, ref := range c.clients {
		var all []rupture.Rupture
		c.do("read ruptures", func(tx *db.DB) (err error) {
			all, err = rupture.Ruptures(c.ctx, tx, access.OfProgram(tx.PracticeID()), c.id, practice.ClientID(c.users[ref].ID))
			return err
		})
		for _, r := range all {
			c.keep(Object{Type: "rupture", ID: string(r.ID), Tenant: c.ref, State: string(r.State), Client: c.full(ref),
				Author: c.full(c.therapist), Class: access.Ruptures, Canaries: c.told[r.ID]})
		}
	}
}

// note writes a note: a "draft", "signed", or "amended".
func (s sitting) note(how string) {
	c := s.care
	if c.err != nil {
		return
	}
	c.clock.Set(s.End.Add(2 * time.Hour))
	words := map[string]string{}
	for _, f := range note.Fields {
		words[f.Code] = c.canary()
	}
	reason := c.canary()
	var n note.Note
	c.do("write a note", func(tx *db.DB) (err error) {
		by, draft := c.by(c.therapist), note.Draft{Tab: "invented", Words: words}
		if how == "draft" {
			n, err = note.Autosave(c.ctx, tx, by, s.Session, draft)
			return err
		}
		n, err = note.Sign(c.ctx, tx, by, s.Session, draft)
		return err
	})
	if how == "amended" {
		words["reason"], words["amended"] = reason, c.canary()
		c.clock.Set(s.End.Add(26 * time.Hour))
		c.do("amend a note", func(tx *db.DB) (err error) {
			n, err = note.Amend(c.ctx, tx, c.by(c.therapist), n.ID, n.Version, reason, note.Draft{Words: map[string]string{"plan": words["amended"]}})
			return err
		})
	}
	c.about("note", string(n.ID), c.therapist, access.Record, words)
	if c.err == nil {
		c.file.Objects[len(c.file.Objects)-1].State = how
	}
}

// end ends the course some days ago.
func (c *care) end(ago int) {
	c.back(time.Duration(ago) * day)
	words := c.words("ending")
	c.do("end a course", func(tx *db.DB) error {
		return caseload.EndCourse(c.ctx, tx, c.by(c.therapist), c.id, practice.Ending{How: "planned", Words: words["ending"]})
	})
	c.about("course", string(c.id), c.therapist, access.Record, words)
	to := c.clock.Now()
	for i, r := range c.file.Relations {
		if r.Kind == "assigned" && r.Therapist == c.full(c.therapist) && slices.Contains(c.clients, r.Client[len(c.ref)+1:]) && r.To == nil {
			c.file.Relations[i].To = &to
		}
	}
}

// series books four weeks from the week after next on.
func (c *care) series() {
	c.clock.Set(c.now)
	start := c.start(-15)
	date, at := civil.Of(start, c.loc)
	var booked []schedule.Appointment
	c.do("book a series", func(tx *db.DB) (err error) {
		booked, err = schedule.BookSeries(c.ctx, tx, c.by(c.therapist), c.id, c.video,
			schedule.Weekly{Starts: date, At: at, Length: 50 * time.Minute, Every: 1, Count: 4})
		return err
	})
	for i, a := range booked {
		if i == 0 {
			c.about("series", string(a.SeriesID), c.therapist, access.Scheduling, nil)
		}
		c.about("appointment", string(a.ID), c.therapist, access.Scheduling, nil)
	}
}

// forms signs and answers what a client is asked at first: hard answers as far as the levels say.
func (h *house) forms(ref string, done bool, phq, core float64) []measure.RiskTask {
	if h.err != nil {
		return nil
	}
	h.consents(ref)
	h.do("ask the first forms", func(tx *db.DB) error {
		return measure.Ask(h.ctx, tx, access.OfProgram(tx.PracticeID()), practice.ClientID(h.users[ref].ID))
	})
	var asked []measure.Response
	h.do("read the first forms", func(tx *db.DB) (err error) {
		asked, err = measure.Own(h.ctx, tx, h.by(ref))
		return err
	})
	for _, r := range asked {
		state := "asked"
		if done {
			state = "done"
			h.do("answer "+r.Form.ID, func(tx *db.DB) error {
				_, err := measure.Finish(h.ctx, tx, h.by(ref), r.ID, hardly(r.Form, phq, core), true)
				return err
			})
		}
		h.keep(Object{Type: "response", ID: string(r.ID), Tenant: h.ref, State: state, Client: h.full(ref), Author: h.full(ref), Class: access.Intake})
	}
	if !done {
		return nil
	}
	return h.raised(ref)
}

// raised are the risk tasks about a client, for their therapist.
func (h *house) raised(ref string) []measure.RiskTask {
	therapist := ""
	for _, rel := range h.file.Relations {
		if rel.Client == h.full(ref) && rel.To == nil {
			therapist = rel.Therapist[len(h.ref)+1:]
		}
	}
	var tasks []measure.RiskTask
	h.do("read risk tasks", func(tx *db.DB) (err error) {
		tasks, err = measure.RiskTasks(h.ctx, tx, h.by(therapist), practice.ClientID(h.users[ref].ID))
		return err
	})
	for _, task := range tasks {
		h.keep(Object{Type: "risk_task", ID: string(task.ID), Tenant: h.ref, State: task.State, Client: h.full(ref), Author: h.full(ref), Class: access.Intake})
	}
	return tasks
}

// hardly answers a form with its second lowest answer, and its questions about safety with the given one.
func hardly(form *measure.Instrument, phq, core float64) measure.Answers {
	answers := measure.Answers{}
	for _, item := range form.Items {
		if len(item.Options) < 2 {
			continue
		}
		answers[item.LinkID] = item.Options[1].Value
		for _, rule := range form.SafetyRules {
			if rule.On() == item.LinkID {
				answers[item.LinkID] = measure.Number(map[string]float64{"phq-9": phq, "core-10": core}[form.ID])
			}
		}
	}
	return answers
}

// consents signs all texts, and takes one that is not required back.
func (h *house) consents(ref string) {
	var texts []practice.ConsentText
	h.do("read the texts", func(tx *db.DB) (err error) {
		texts, err = practice.Texts(h.ctx, tx)
		return err
	})
	words := map[string]string{}
	for _, t := range texts {
		words[t.ID] = h.canary()
		h.do("sign", func(tx *db.DB) error { return practice.Sign(h.ctx, tx, h.by(ref), t.ID, words[t.ID]) })
	}
	var all []practice.Consent
	h.do("read consents", func(tx *db.DB) (err error) {
		all, err = practice.Consents(h.ctx, tx, h.by(ref), practice.ClientID(h.users[ref].ID))
		return err
	})
	back := false
	for _, c := range all {
		state := "signed"
		if !c.Text.Required && !back {
			back, state = true, "withdrawn"
			h.do("withdraw", func(tx *db.DB) error { return practice.Withdraw(h.ctx, tx, h.by(ref), c.ID) })
		}
		h.keep(Object{Type: "consent", ID: c.ID, Tenant: h.ref, State: state, Client: h.full(ref), Author: h.full(ref), Class: access.Intake,
			Canaries: map[string]string{"signature": words[c.Text.ID]}})
	}
}

// handle closes a risk task.
func (h *house) handle(therapist string, task measure.RiskTask) {
	words := h.canary()
	h.do("handle a risk task", func(tx *db.DB) error { return measure.Handle(h.ctx, tx, h.by(therapist), task.ID, words) })
	for i, o := range h.file.Objects {
		if o.Type == "risk_task" && o.ID == string(task.ID) {
			h.file.Objects[i].State, h.file.Objects[i].Canary = "done", words
			h.file.Objects[i].Canaries = map[string]string{"handled": words}
		}
	}
}

var errNoTime = errors.New("nobody has a free time")
