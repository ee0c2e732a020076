package world

import (
	"fmt"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// tell plans everything that happens in a course.
func (m *maker) tell(s *story) {
	if len(s.hours) == 0 {
		return
	}
	first := s.hours[0]
	if s.asked {
		m.ask(s)
	} else {
		m.diary.plan(later(m.began.Add(2*time.Hour), first.start.Add(-6*24*time.Hour)), func(tx *db.DB) error { return m.begin(tx, s) })
	}
	for n := range s.slots {
		m.series(s, n)
	}
	for _, h := range s.hours {
		if h.slot < 0 {
			m.diary.plan(h.start.Add(-26*time.Hour), func(tx *db.DB) error { return m.book(tx, s, h) })
		}
		m.happen(s, h)
	}
	for i, p := range s.people {
		m.forms(s, p, i)
	}
	if s.part == past {
		last := s.hours[len(s.hours)-1]
		m.diary.plan(last.end.Add(3*24*time.Hour), func(tx *db.DB) error {
			return caseload.EndCourse(m.ctx, tx, s.helper.by, s.course, s.ending)
		})
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// begin brings in a course whose people called or came from elsewhere.
func (m *maker) begin(tx *db.DB, s *story) error {
	s.course = practice.CourseID(tx.NewID())
	var ids []practice.ClientID
	for _, p := range s.people {
		key := seal.OwnerID(tx.NewID())
		if _, err := seal.NewOwner(m.ctx, tx, seal.Person, key); err != nil {
			return err
		}
		p.id = practice.ClientID(tx.NewID())
		if err := practice.AddClient(m.ctx, tx, m.coordinator, practice.Client{ID: p.id, KeyID: key, About: p.about}); err != nil {
			return err
		}
		ids = append(ids, p.id)
	}
	return practice.BeginCourse(m.ctx, tx, m.coordinator, practice.Course{ID: s.course, KeyID: seal.OwnerID(tx.NewID()),
		TherapistID: s.helper.id, Modality: s.modality, ClientIDs: ids, Aims: practice.Aims{Here: s.concern.Text, Goals: s.goals}})
}

// chunk is how many times of a series are booked at once, and left how many are left when the next ones are.
const (
	chunk = 12
	left  = 5
)

// series plans the booking of the course's times by one slot, some months at a time.
func (m *maker) series(s *story, n int) {
	var mine []*hour
	for _, h := range s.hours {
		if h.slot == n && !(s.asked && h.booked.ID == "" && h == s.hours[0]) {
			mine = append(mine, h)
		}
	}
	slices.SortStableFunc(mine, func(a, b *hour) int { return a.planned.Compare(b.planned) })
	at := later(m.began.Add(3*time.Hour), s.hours[0].start.Add(-5*24*time.Hour))
	if s.asked {
		at = m.choosing(s).Add(20 * time.Minute)
	}
	for len(mine) > 0 {
		part := mine[:min(chunk, len(mine))]
		mine = mine[len(part):]
		m.diary.plan(at, func(tx *db.DB) error { return m.bookSeries(tx, s, n, part) })
		if len(part) > left {
			at = later(at, part[len(part)-left].start.Add(-3*time.Hour))
		}
	}
}

func (m *maker) bookSeries(tx *db.DB, s *story, n int, part []*hour) error {
	if !part[0].start.After(tx.Now()) {
		return fmt.Errorf("a series of %s begins in the past", s.people[0].about.Name)
	}
	last := part[len(part)-1]
	w := schedule.Weekly{Starts: part[0].planned, At: s.slots[n].at, Length: time.Duration(s.minutes) * time.Minute, Every: s.weeks, Until: last.planned}
	for d := part[0].planned; d.Before(last.planned); d = d.AddDays(7 * s.weeks) {
		if !slices.ContainsFunc(part, func(h *hour) bool { return h.planned == d }) {
			w.Except = append(w.Except, d)
		}
	}
	booked, err := schedule.BookSeries(m.ctx, tx, s.helper.by, s.course, s.slots[n].place, w)
	if err != nil {
		return fmt.Errorf("book a series of %s with %s from %s: %w", s.people[0].about.Name, s.helper.Name, w.Starts, err)
	}
	for _, a := range booked {
		i := slices.IndexFunc(part, func(h *hour) bool { return h.planned == civil.On(a.Start, m.loc) })
		part[i].booked = a
	}
	return nil
}

// book books an hour by itself.
func (m *maker) book(tx *db.DB, s *story, h *hour) (err error) {
	h.booked, err = schedule.Book(m.ctx, tx, s.helper.by, access.WriteTimes, s.course,
		schedule.Stretch{PlaceID: h.place, Interval: schedule.Interval{Start: h.start, End: h.end}})
	return err
}

// firstOffered is the time that is offered for the first session of a course that began with a request.
func (m *maker) firstOffered(s *story) time.Time {
	first := s.hours[0]
	start, _ := civil.In(first.planned, s.slots[0].at, m.loc)
	return start
}

// requested and choosing are when somebody asked, and when they chose a time.
func (m *maker) requested(s *story) time.Time {
	first := earlier(m.firstOffered(s), s.hours[0].start)
	return m.working(first.Add(-6 * 24 * time.Hour))
}

func (m *maker) choosing(s *story) time.Time { return m.requested(s).Add(21 * time.Hour) }

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// working is the same moment on the nearest earlier day on which the practice answers.
func (m *maker) working(at time.Time) time.Time {
	for range 14 {
		d, _ := civil.Of(at, m.loc)
		if len(m.house.OpenHours().On(d)) > 0 {
			break
		}
		at = at.Add(-24 * time.Hour)
	}
	d, _ := civil.Of(at, m.loc)
	noon, _ := civil.In(d, civil.Clock(11, 40), m.loc)
	return noon
}

// ask plans the way from a request to the first session.
func (m *maker) ask(s *story) {
	sent := m.requested(s)
	var inquiry intake.Inquiry
	var offer intake.Offer
	m.diary.plan(sent, func(tx *db.DB) (err error) {
		source, by := "web", access.OfVisitor(tx.PracticeID())
		if s.people[0].about.Contact.Call && !s.people[0].about.Contact.Mail {
			source, by = "phone", m.coordinator
		}
		inquiry, err = intake.Send(m.ctx, tx, by, m.requestOf(s), source)
		return err
	})
	m.diary.plan(sent.Add(3*time.Hour), func(tx *db.DB) (err error) {
		offer, err = m.offer(tx, s, inquiry.ID)
		return err
	})
	m.diary.plan(m.choosing(s), func(tx *db.DB) error { return m.choose(tx, s, offer) })
}

// requestOf is what the first of a course's people asked for.
func (m *maker) requestOf(s *story) intake.Request {
	a := s.people[0].about
	r := intake.Request{Name: a.Name, Pronouns: a.Pronouns, Phone: a.Phone, Contact: a.Contact, Adult: true,
		For: s.concern.For, InWords: s.concern.Text, Therapist: s.helper.id, Where: "either",
		Times: []string{schedule.WishOf(m.firstOffered(s), m.loc).String()}}
	if a.Contact.Mail {
		r.Email = a.Email
	}
	for _, key := range s.concern.Keys {
		if slices.Contains(s.helper.Focus, key) {
			r.Brings = append(r.Brings, key)
		}
	}
	return r
}

// offer sends the coordinator's answer: the time of the first session, and two others if there are.
func (m *maker) offer(tx *db.DB, s *story, id intake.ID) (intake.Offer, error) {
	_, fits, _, err := intake.Match(m.ctx, tx, m.coordinator, id)
	if err != nil {
		return intake.Offer{}, err
	}
	wanted := m.firstOffered(s)
	var times []schedule.Stretch
	for _, f := range fits {
		for _, free := range f.Free {
			if f.Therapist.ID == s.helper.id && free.Start.Equal(wanted) {
				times = append(times, schedule.Stretch{TherapistID: f.Therapist.ID, PlaceID: free.Place, Interval: free.Interval})
			}
		}
	}
	if len(times) == 0 {
		return intake.Offer{}, fmt.Errorf("%s is not free for %s on %s", s.helper.Name, s.people[0].about.Name, wanted)
	}
	return intake.SendOffer(m.ctx, tx, m.coordinator, id, times,
		"Thank you for writing to us. "+s.helper.Name+" would be glad to meet you, and has kept this time for you.")
}

// choose takes the offered time by the link that was sent, and books it.
func (m *maker) choose(tx *db.DB, s *story, offer intake.Offer) error {
	token, err := auth.NewLink(m.ctx, tx, access.TaskOffer, "", string(offer.ID), time.Time{}, tx.Now().Add(intake.KeptFor))
	if err != nil {
		return err
	}
	by, err := auth.OpenLink(m.ctx, tx, token.Text())
	if err != nil {
		return err
	}
	first := s.hours[0]
	if first.booked, err = intake.Take(m.ctx, tx, by, offer.Times[0].ID); err != nil {
		return err
	}
	_, inquiry, err := intake.OwnOffer(m.ctx, tx, by)
	if err != nil {
		return err
	}
	s.people[0].id, s.course = inquiry.ClientID, inquiry.CourseID
	return practice.KeepAims(m.ctx, tx, s.helper.by, s.course, practice.Aims{Here: s.concern.Text, Goals: s.goals})
}

// forms plans the consents and first measures of one who takes part.
func (m *maker) forms(s *story, p *person, n int) {
	at := s.hours[0].start.Add(-time.Duration(30+s.dice.IntN(30)) * time.Hour)
	if s.asked {
		at = m.choosing(s).Add(time.Duration(30+s.dice.IntN(200)) * time.Minute)
	}
	at = later(at, m.began.Add(4*time.Hour))
	m.diary.plan(at, func(tx *db.DB) error { return m.sign(tx, s, p, n) })
	answered := at.Add(25 * time.Minute)
	if s.part == risky { // late, so that it was raised since the last session
		answered = m.now.Add(-time.Duration(8+s.dice.IntN(6)) * time.Hour)
	}
	if s.part == newcomer && m.today.Day%2 == 0 {
		return // they have time until the session
	}
	m.diary.plan(answered, func(tx *db.DB) error { return m.answerForms(tx, p) })
	if p.risk && p.handled {
		m.diary.plan(answered.Add(20*time.Hour), func(tx *db.DB) error { return m.handle(tx, s, p) })
	}
}

// sign signs the consents that are required and most of the others; a few are taken back later.
func (m *maker) sign(tx *db.DB, s *story, p *person, n int) error {
	by := m.asClient(p.id)
	texts, err := practice.Texts(m.ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range texts {
		if !t.Required && m.dice.IntN(5) == 0 && p != m.guest() {
			continue
		}
		if err := practice.Sign(m.ctx, tx, by, t.ID, p.about.Name); err != nil {
			return err
		}
	}
	if s.asked && n == 0 {
		about := p.about
		if !about.Contact.Mail {
			about.Email = ""
		}
		if err := practice.ProposeAbout(m.ctx, tx, by, about); err != nil {
			return err
		}
	}
	if m.dice.IntN(12) > 0 {
		return nil
	}
	m.diary.plan(tx.Now().Add(40*24*time.Hour), func(tx *db.DB) error { return m.withdraw(tx, p) })
	return nil
}

func (m *maker) withdraw(tx *db.DB, p *person) error {
	by := m.asClient(p.id)
	all, err := practice.Consents(m.ctx, tx, by, p.id)
	if err != nil {
		return err
	}
	for _, c := range all {
		if !c.Text.Required && c.Signed() {
			return practice.Withdraw(m.ctx, tx, by, c.ID)
		}
	}
	return nil
}

// answerForms answers the first measures.
func (m *maker) answerForms(tx *db.DB, p *person) error {
	if err := measure.Ask(m.ctx, tx, access.OfProgram(tx.PracticeID()), p.id); err != nil {
		return err
	}
	by := m.asClient(p.id)
	asked, err := measure.Own(m.ctx, tx, by)
	if err != nil {
		return err
	}
	for _, r := range asked {
		if r.State != "asked" {
			continue
		}
		if _, err := measure.Finish(m.ctx, tx, by, r.ID, m.answersTo(r.Form, p), true); err != nil {
			return err
		}
	}
	return nil
}

// answersTo draws answers to a form as hard as somebody has it. A question about safety is answered with its lowest
// answer, unless there is a risk: then by the one above it, in one form.
func (m *maker) answersTo(form *measure.Instrument, p *person) measure.Answers {
	answers := measure.Answers{}
	for _, item := range form.Items {
		if len(item.Options) == 0 {
			continue
		}
		most := len(item.Options) - 1
		n := max(0, min(most, int(p.severity*float64(most)+0.9*m.dice.NormFloat64()+0.5)))
		if item.Reverse {
			n = most - n
		}
		if slices.ContainsFunc(form.SafetyRules, func(r measure.Rule) bool { return r.On() == item.LinkID }) {
			n = 0
			if p.risk && form.ID == "phq-9" {
				n = 1
			}
		}
		answers[item.LinkID] = item.Options[n].Value
	}
	return answers
}

// handle closes a risk task in the therapist's words.
func (m *maker) handle(tx *db.DB, s *story, p *person) error {
	open, err := measure.RiskTasks(m.ctx, tx, s.helper.by, p.id)
	if err != nil {
		return err
	}
	for _, t := range open {
		err := measure.Handle(m.ctx, tx, s.helper.by, t.ID,
			"Called the same afternoon. Thoughts of being gone on bad nights, no plan and no means at hand. We wrote a plan for such nights together; a sister knows. Asked again in the session.")
		if _, ok := fault.Of(err); err != nil && !ok {
			return err
		}
	}
	return nil
}
