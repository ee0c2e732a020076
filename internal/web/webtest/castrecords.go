package webtest

import (
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/auth"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/measure"
	"attune/internal/note"
	"attune/internal/practice"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/writing"
)

// past is what has happened in every course: two sessions, check-ins, a note, a rupture, forms, consents.
func (h *house) past() {
	texts, err := practice.Texts(h.ctx(), h.DB)
	h.must("read the texts", err)
	text := slices.MinFunc(texts, func(a, b practice.ConsentText) int { return strings.Compare(a.Kind, b.Kind) })
	for i, k := range courses {
		for _, name := range k.clients {
			h.object(name, "consent_text", text.ID)
			h.must("sign", practice.Sign(h.ctx(), h.DB, h.by(name), text.ID, h.word("D14", name, name)))
			h.forms(name, k.therapist)
		}
		// Fred's course is long over; the others had their last sessions in this and the last week.
		first := Now.Add(-8*24*time.Hour - time.Duration(i)*time.Hour)
		if k.bundle == "otto" {
			first = Now.AddDate(0, -3, 0)
		}
		h.session(k, first, "no")
		h.session(k, first.Add(5*24*time.Hour), "not_talked")
		h.unwritten(k, first.Add(7*24*time.Hour))
		if k.bundle == "otto" {
			h.must("end", practice.EndCourse(h.ctx(), h.DB, h.by("fred"), practice.CourseID(h.get("otto", "course")),
				practice.Ending{How: "planned", Words: h.word("D4", "otto", "fred")}))
		}
	}
}

// forms has a client answer one of the first forms, in a way that somebody should look at, and begin another.
func (h *house) forms(name, therapist string) {
	h.must("ask", measure.Ask(h.ctx(), h.DB, h.by("cora"), practice.ClientID(h.id(name))))
	asked, err := measure.Own(h.ctx(), h.DB, h.by(name))
	h.must("read the forms", err)
	for _, r := range asked {
		if r.Form.ID != "phq-9" {
			h.object(name, "response", string(r.ID))
			continue
		}
		answers := measure.Answers{"phq9-9": measure.Number(2)}
		h.must("answer", measure.Save(h.ctx(), h.DB, h.by(name), r.ID, answers))
	}
	tasks, err := measure.RiskTasks(h.ctx(), h.DB, h.by(therapist), practice.ClientID(h.id(name)))
	h.must("read the risk tasks", err)
	h.object(name, "task", string(tasks[0].ID))
	h.object(name, "risk_task", string(tasks[0].ID))
}

// session holds a session of a course, with both sides' check-ins, and a note that is signed and amended.
func (h *house) session(k course, at time.Time, off string) {
	h.Clock.Set(at.Add(-time.Hour))
	a := h.book(k, at)
	h.Clock.Set(a.End)
	held, err := schedule.Mark(h.ctx(), h.DB, h.by(k.therapist), a.ID, schedule.Held)
	h.must("mark held", err)
	for _, name := range k.clients {
		h.object(name, "session", string(held.Session))
		h.object(name, "held", string(a.ID))
		answers := measure.Answers{"asc-off": measure.Text(off), "asc-words": measure.Text(h.word("D6", name, name))}
		for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
			answers["asc-"+item] = measure.Number(3)
		}
		_, err := rupture.Send(h.ctx(), h.DB, h.by(name), rupture.CheckIn{AppointmentID: string(a.ID), ClientID: practice.ClientID(h.id(name)), Side: alliance.Client, Answers: answers})
		h.must("check in", err)
		if off == "not_talked" {
			h.tend(k, name)
		}
	}
	h.note(k, held)
}

// unwritten holds a session after which nobody has written or answered anything yet.
func (h *house) unwritten(k course, at time.Time) {
	h.Clock.Set(at.Add(-time.Hour))
	a := h.book(k, at)
	h.Clock.Set(a.End)
	held, err := schedule.Mark(h.ctx(), h.DB, h.by(k.therapist), a.ID, schedule.Held)
	h.must("mark held", err)
	for _, name := range k.clients {
		h.object(name, "session", string(held.Session))
		h.object(name, "open", string(a.ID))
	}
}

func (h *house) book(k course, at time.Time) schedule.Appointment {
	a, err := schedule.Book(h.ctx(), h.DB, h.by(k.therapist), access.WriteTimes, practice.CourseID(h.get(k.bundle, "course")),
		schedule.Stretch{PlaceID: schedule.PlaceID(h.get("house", "place")), Interval: schedule.Interval{Start: at, End: at.Add(50 * time.Minute)}})
	h.must("book", err)
	return a
}

// tend has both say something about the rupture that the check-in opened.
func (h *house) tend(k course, name string) {
	r, err := rupture.CurrentOf(h.ctx(), h.DB, h.by(k.therapist), access.ReadRupture, practice.CourseID(h.get(k.bundle, "course")), practice.ClientID(h.id(name)))
	h.must("find the rupture", err)
	h.object(name, "rupture", string(r.ID))
	h.must("say", rupture.ClientSays(h.ctx(), h.DB, h.by(name), r.ID, rupture.Say{Wish: rupture.RaiseIt, Text: h.word("D13", name, name)}))
	h.must("describe", rupture.Describe(h.ctx(), h.DB, h.by(k.therapist), r.ID, rupture.Withdrawal, h.word("D13/therapist", name, k.therapist)))
	h.must("talk", rupture.RecordTalk(h.ctx(), h.DB, h.by(k.therapist), r.ID, rupture.Talk{Kind: rupture.Withdrawal,
		Strategies: []string{rupture.Strategies[0].Code}, Text: h.word("D13/therapist", name, k.therapist)}))
}

func (h *house) note(k course, a schedule.Appointment) {
	words := func() note.Draft {
		d := note.Draft{Words: map[string]string{}, Tab: "cast"}
		for _, f := range note.Fields {
			d.Words[f.Code] = h.word("D4", k.bundle, k.therapist)
		}
		return d
	}
	_, err := note.Open(h.ctx(), h.DB, h.by(k.therapist), a.Session)
	h.must("open a note", err)
	n, err := note.Autosave(h.ctx(), h.DB, h.by(k.therapist), a.Session, words())
	h.must("save a note", err)
	n, err = note.Sign(h.ctx(), h.DB, h.by(k.therapist), a.Session, note.Draft{Words: n.Words, Tab: "cast", Seen: n.Saves})
	h.must("sign a note", err)
	n, err = note.Amend(h.ctx(), h.DB, h.by(k.therapist), n.ID, n.Version, h.word("D4", k.bundle, k.therapist), words())
	h.must("amend a note", err)
	for _, name := range k.clients {
		h.object(name, "note", string(n.ID))
	}
}

// present is what is to come, and what waits for an answer.
func (h *house) present() {
	h.must("shut out", practice.ShutOut(h.ctx(), h.DB, h.by("olga"), practice.StaffID(h.id("dora"))))
	for i, k := range courses {
		if k.bundle == "otto" || k.bundle == "dana" {
			continue
		}
		// One hour has begun and is not marked, one is to come, and then a series.
		begun := h.book(k, Now.Add(-time.Duration(2*i+2)*time.Hour))
		coming := h.book(k, Now.Add(3*24*time.Hour+time.Duration(i)*time.Hour))
		starts, _ := civil.Of(Now.Add(14*24*time.Hour), time.UTC)
		series, err := schedule.BookSeries(h.ctx(), h.DB, h.by(k.therapist), practice.CourseID(h.get(k.bundle, "course")), schedule.PlaceID(h.get("house", "place")),
			schedule.Weekly{Starts: starts, At: civil.Clock(9+i, 0), Length: 50 * time.Minute, Every: 1, Count: 3})
		h.must("book a series", err)
		for _, name := range k.clients {
			h.object(name, "begun", string(begun.ID))
			h.object(name, "appointment", string(coming.ID))
			h.object(name, "series", string(series[0].SeriesID))
		}
	}
	off := schedule.TimeOff{TherapistID: practice.StaffID(h.id("theo")), Reason: h.word("D16/own", "", "theo"),
		Start: Now.Add(40 * 24 * time.Hour), End: Now.Add(41 * 24 * time.Hour)}
	h.must("take off", schedule.TakeOff(h.ctx(), h.DB, h.by("theo"), off))
	all, err := schedule.Off(h.ctx(), h.DB, h.by("theo"), off.TherapistID, Now)
	h.must("read the time off", err)
	h.object("theo", "time_off", all[0].ID)
	h.must("keep a dead job", h.DB.InTx(h.ctx(), func(tx *db.DB) error {
		h.object("house", "job", h.id("job"))
		_, err := tx.Exec(h.ctx(), `INSERT INTO job (practice_id, id, kind, unique_key, state, run_at, attempt, payload, last_error, created_at)
			VALUES ($1, $2, 'letter', 'dead', 'dead', $3, 10, '{}', 'the mail server said no', $3)`, h.name, h.id("job"), tx.Now())
		return err
	}))
	h.inquiry("new")
	h.inquiry("offered")
	h.inquiry("referred")
}

// inquiry has a stranger ask for an appointment.
func (h *house) inquiry(state string) {
	bundle := "inquiry-" + state
	r := intake.Request{Name: h.word("D12", bundle, ""), Pronouns: h.word("D12", bundle, ""), Email: state + "@" + h.name + "-mail.example", Phone: "312-555-0177", Adult: true, For: "me",
		Brings: []string{"relationship"}, InWords: h.word("D12", bundle, ""), Wishes: h.word("D12", bundle, ""), Else: h.word("D12", bundle, ""),
		Contact: practice.SafeContact{Mail: true, When: h.word("D12", bundle, "")}}
	if state == "offered" {
		r.Therapist = practice.StaffID(h.id("theo"))
	}
	i, err := intake.Send(h.ctx(), h.DB, access.OfVisitor(h.name), r, "web")
	h.must("ask", err)
	h.object(bundle, "inquiry", string(i.ID))
	switch state {
	case "referred":
		h.must("refer", intake.Refer(h.ctx(), h.DB, h.by("cora"), i.ID, h.word("D12/answer", bundle, "cora")))
	case "offered":
		_, fits, _, err := intake.Match(h.ctx(), h.DB, h.by("cora"), i.ID)
		h.must("match", err)
		for _, f := range fits {
			if string(f.Therapist.ID) != h.id("theo") {
				continue
			}
			free := f.Free[len(f.Free)-1]
			o, err := intake.SendOffer(h.ctx(), h.DB, h.by("cora"), i.ID, []schedule.Stretch{{TherapistID: f.Therapist.ID, PlaceID: free.Place, Interval: free.Interval}}, h.word("D12/answer", bundle, "cora"))
			h.must("offer", err)
			h.object(bundle, "offer", string(o.ID))
			h.object(bundle, "time", o.Times[0].ID)
		}
	}
}

// writing has Theo publish an article and draft another, and readers reply.
func (h *house) writing() {
	for _, author := range []string{"theo", "tess"} {
		draft, err := writing.Begin(h.ctx(), h.DB, h.by(author), writing.Words{Title: h.word("D15/draft", "", author), Summary: h.word("D15/draft", "", author), Body: h.word("D15/draft", "", author)})
		h.must("draft", err)
		h.object(author, "draft", string(draft.ID))
	}
	a, err := writing.Begin(h.ctx(), h.DB, h.by("theo"), writing.Words{Title: "On small ruptures in " + h.name, Summary: "They can be mended.", Body: "Look, and say what you see. [More](https://example.org/)."})
	h.must("write", err)
	h.must("publish", writing.Publish(h.ctx(), h.DB, h.by("theo"), a.ID, a.Version))
	h.object("theo", "article", a.Slug)
	h.object("theo", "article_id", string(a.ID))
	for _, decided := range []bool{false, true} {
		class := "D15/held"
		if decided {
			class = "public"
		}
		r, err := writing.LeaveReply(h.ctx(), h.DB, access.OfVisitor(h.name), a.Slug, writing.Said{Name: h.word(class, "", ""), Email: h.word("D15/mail", "", "") + "@mail.example", Text: h.word(class, "", "")})
		h.must("reply", err)
		if decided {
			h.must("publish a reply", writing.PublishReply(h.ctx(), h.DB, h.by("cora"), r.ID))
			continue
		}
		h.object("theo", "reply", string(r.ID))
	}
}

// doors has everyone come to the door: signed in, on the way in, or with a link.
func (h *house) doors() {
	full := append([]string{}, staffOrder...)
	for _, k := range courses {
		full = append(full, k.clients...)
	}
	h.People = append(h.People, &Person{Practice: h.name, Name: "anyone", State: "none"})
	for _, name := range full {
		state := map[string]string{"dora": "disabled", "ivo": "enrol"}[name]
		if state == "" {
			state = "full"
		}
		h.signedIn(name, name, state)
	}
	for _, state := range []string{"stale", "factor", "expired", "ended"} {
		h.signedIn("theo "+state, "theo", state)
		h.signedIn("olga "+state, "olga", state)
		h.signedIn("rosa "+state, "rosa", state)
	}
	for _, name := range []string{"rosa", "nell", "paul"} {
		h.link(name, access.TaskAppointment, h.id(name), h.get(name, "appointment"))
		h.link(name, access.TaskIntake, h.id(name), h.id(name))
		h.link(name, access.TaskCheckIn, h.id(name), h.get(name, "begun"))
		h.link(name, access.TaskRecord, h.id(name), h.id(name))
		h.link(name, access.TaskSignIn, h.id(name), h.id(name))
		h.link(name, access.TaskReset, h.id(name), h.id(name))
	}
	h.link("ivo", access.TaskInvite, h.id("ivo"), h.id("ivo"))
	h.link("inquiry-offered", access.TaskOffer, h.keyOf("inquiry-offered"), h.get("inquiry-offered", "offer"))
	h.link("inquiry-offered", access.TaskRequest, h.keyOf("inquiry-offered"), h.get("inquiry-offered", "inquiry"))
	h.link("inquiry-new", access.TaskRequest, h.keyOf("inquiry-new"), h.get("inquiry-new", "inquiry"))
}

func (h *house) keyOf(bundle string) string {
	i, err := intake.One(h.ctx(), h.DB, h.by("cora"), intake.ID(h.get(bundle, "inquiry")))
	h.must("read an inquiry", err)
	return string(i.KeyID)
}

func (h *house) signedIn(name, person, state string) {
	p := &Person{Practice: h.name, Name: name, ID: h.id(person), Roles: staffRoles[person], State: state, Token: newToken()}
	kind := auth.Staff
	if p.Roles == nil {
		kind, p.Roles = auth.Client, []access.Role{access.Client}
	}
	h.must("sign in", h.DB.InTx(h.ctx(), func(tx *db.DB) error {
		id, err := keepSignIn(h.ctx(), tx, kind, p.ID, p.Token)
		if err != nil {
			return err
		}
		if name == person && state == "full" {
			h.object(name, "sign-in", id)
			h.object(name, "passkey", h.id("passkey-"+name))
			if err := keepPasskey(h.ctx(), tx, h.id("passkey-"+name), p.ID); err != nil {
				return err
			}
		}
		return turn(h.ctx(), tx, p)
	}))
	h.People = append(h.People, p)
}

func (h *house) link(name string, task access.Task, person, subject string) {
	p := &Person{Practice: h.name, Name: name + " by " + string(task), ID: person, State: "link", Task: task, Subject: subject, Roles: []access.Role{access.Client}}
	h.must("link", h.DB.InTx(h.ctx(), func(tx *db.DB) error {
		token, err := auth.NewLink(h.ctx(), tx, task, person, subject, time.Time{}, tx.Now().Add(48*time.Hour))
		p.Token = token.Text()
		return err
	}))
	h.People = append(h.People, p)
}
