package world

import (
	"fmt"
	"slices"
	"time"

	"attune/internal/alliance"
	"attune/internal/db"
	"attune/internal/measure"
	"attune/internal/note"
	"attune/internal/rupture"
	"attune/internal/schedule"
	"attune/internal/world/content"
)

// happen plans what becomes of an hour.
func (m *maker) happen(s *story, h *hour) {
	if h.moved {
		planned, _ := m.startBy(s, h)
		m.diary.plan(earlier(planned, h.start).Add(-25*time.Hour), func(tx *db.DB) error { return m.move(tx, s, h) })
	}
	switch h.fate {
	case held:
		m.hold(s, h)
	case missed:
		m.diary.plan(h.start.Add(25*time.Minute), func(tx *db.DB) error { return m.mark(tx, s, h, schedule.Missed) })
	case cancelled:
		m.diary.plan(h.start.Add(-time.Duration(55+s.dice.IntN(60))*time.Hour), func(tx *db.DB) error {
			_, err := schedule.Cancel(m.ctx, tx, m.asClient(s.people[0].id), h.booked.ID)
			return err
		})
	case late:
		m.diary.plan(h.start.Add(-time.Duration(3+s.dice.IntN(18))*time.Hour), func(tx *db.DB) error {
			_, err := schedule.Cancel(m.ctx, tx, m.coordinator, h.booked.ID)
			return err
		})
	}
}

// startBy is when the hour would be by its slot.
func (m *maker) startBy(s *story, h *hour) (time.Time, bool) {
	if h.slot < 0 {
		return h.start, false
	}
	return inZone(h.planned, s.slots[h.slot].at, m.loc), true
}

func (m *maker) move(tx *db.DB, s *story, h *hour) (err error) {
	h.booked, err = schedule.Move(m.ctx, tx, m.coordinator, h.booked.ID,
		schedule.Stretch{PlaceID: h.place, Interval: schedule.Interval{Start: h.start, End: h.end}})
	if err != nil {
		return fmt.Errorf("move an hour of %s: %w", s.people[0].about.Name, err)
	}
	return nil
}

func (m *maker) mark(tx *db.DB, s *story, h *hour, state schedule.State) error {
	a, err := schedule.Mark(m.ctx, tx, s.helper.by, h.booked.ID, state)
	if err != nil {
		return fmt.Errorf("mark session %d of %s on %s: %w", h.number, s.people[0].about.Name, h.date, err)
	}
	if state == schedule.Held && a.Number != h.number {
		return fmt.Errorf("session %d of %s was to be number %d", a.Number, s.people[0].about.Name, h.number)
	}
	h.booked, h.session = a, a.Session
	return nil
}

// hold plans a session with what is said before and after it.
func (m *maker) hold(s *story, h *hour) {
	for _, p := range s.people {
		if s.dice.Float64() < 0.5 && p.answers(s, h.number) {
			m.diary.plan(h.start.Add(-time.Duration(6+s.dice.IntN(40))*time.Minute), func(tx *db.DB) error {
				return m.checkIn(tx, s, h, p, alliance.Before)
			})
		}
	}
	m.diary.plan(h.end, func(tx *db.DB) error { return m.mark(tx, s, h, schedule.Held) })
	for _, p := range s.people {
		if m.rates(s, p, h) {
			m.diary.plan(h.end.Add(time.Duration(2+s.dice.IntN(6))*time.Minute), func(tx *db.DB) error {
				return m.checkIn(tx, s, h, p, alliance.Therapist)
			})
		}
		m.talk(s, h, p)
		if p.answers(s, h.number) {
			after := time.Duration(12+s.dice.IntN(120)) * time.Minute
			if s.dice.IntN(3) == 0 {
				after += time.Duration(s.dice.IntN(8)) * time.Hour
			}
			m.diary.plan(h.end.Add(after), func(tx *db.DB) error { return m.checkIn(tx, s, h, p, alliance.Client) })
		}
	}
	m.write(s, h)
}

// answers decides whether the client checks in after a session.
func (p *person) answers(s *story, number int) bool {
	switch {
	case p.silent > 0 && number >= p.silent:
		return false
	case p.must(number) || s.part == steady && number >= s.lastNumber()-2:
		return true
	}
	return s.dice.Float64() < p.diligent
}

// lastNumber is the number of the newest session.
func (s *story) lastNumber() int {
	last := 0
	for _, h := range s.hours {
		last = max(last, h.number)
	}
	return last
}

// rates decides whether the therapist checks in about somebody: nearly always, less so today.
func (m *maker) rates(s *story, p *person, h *hour) bool {
	if st, after, found := p.strainAt(h.number); found && after == 0 && (st.by == rupture.ByTherapist || st.by == rupture.ByBoth) {
		return true
	}
	if h.date == m.today {
		return s.dice.IntN(2) == 0
	}
	return s.dice.Float64() < 0.94
}

// checkIn sends a check-in by one side.
func (m *maker) checkIn(tx *db.DB, s *story, h *hour, p *person, side alliance.Side) error {
	by := m.asClient(p.id)
	if side == alliance.Therapist {
		by = s.helper.by
	}
	var answers measure.Answers
	switch side {
	case alliance.Before:
		answers = measure.Answers{"ascb-connected": scale(p.felt(h.number, s.dice) - 0.4)}
	case alliance.Therapist:
		answers = m.therapistSays(s, h, p)
	case alliance.Client:
		asked, err := rupture.Ask(m.ctx, tx, by, string(h.booked.ID), p.id, side)
		if err != nil {
			return err
		}
		answers = m.clientSays(s, h, p, asked.Rupture != nil)
	}
	_, err := rupture.Send(m.ctx, tx, by, rupture.CheckIn{AppointmentID: string(h.booked.ID), ClientID: p.id, Side: side, Answers: answers})
	if err != nil {
		return fmt.Errorf("check-in (%s) of %s about session %d: %w", side, p.about.Name, h.number, err)
	}
	return nil
}

// scale is the answer nearest to a level from 0 to 10.
func scale(level float64) measure.Value {
	return measure.Number(float64(max(0, min(4, int(level/2.5+0.5)))))
}

func (m *maker) clientSays(s *story, h *hour, p *person, open bool) measure.Answers {
	level := p.felt(h.number, s.dice)
	answers := measure.Answers{"asc-off": measure.Text("no")}
	for i, item := range []string{"asc-heard", "asc-understood", "asc-valued", "asc-safe", "asc-together"} {
		answers[item] = scale(level + 2.5*(p.bond.items[i]+0.2*s.dice.NormFloat64()))
	}
	st, after, found := p.strainAt(h.number)
	switch {
	case found && after == 0 && (st.by == rupture.ByClient || st.by == rupture.ByBoth):
		answers["asc-off"] = measure.Text(st.off)
		put(answers, "asc-wish", string(st.wish))
		put(answers, "asc-words", st.said)
	case found && after == 0 && st.by == rupture.ByNumbers:
		put(answers, "asc-words", st.said)
	case found && open && st.better[after] != "":
		put(answers, "asc-better", string(st.better[after]))
		put(answers, "asc-wish", string(st.wishes[after]))
		if st.better[after] == rupture.BetterNow {
			put(answers, "asc-words", m.words.said("repair"))
		}
	case level > 7 && s.dice.IntN(4) == 0:
		put(answers, "asc-words", m.words.said("good"))
	}
	return answers
}

func put(answers measure.Answers, item, word string) {
	if word != "" {
		answers[item] = measure.Text(word)
	}
}

// therapistSays is the therapist's own view: close to the client's, a little more even, and later to see a strain.
func (m *maker) therapistSays(s *story, h *hour, p *person) measure.Answers {
	level := 0.55*p.felt(h.number, s.dice) + 0.45*p.bond.level(h.number) - 0.2
	answers := measure.Answers{"asct-off": measure.Text("no")}
	for _, item := range []string{"asct-heard", "asct-understood", "asct-valued", "asct-safe", "asct-together"} {
		answers[item] = scale(level + 0.6*s.dice.NormFloat64())
	}
	st, after, found := p.strainAt(h.number)
	if found && after == 0 && (st.by == rupture.ByTherapist || st.by == rupture.ByBoth) {
		answers["asct-off"] = measure.Text(st.off)
		kind := string(st.kind)
		if st.kind == rupture.Unknown {
			kind = "unsure"
		}
		put(answers, "asct-kind", kind)
	}
	return answers
}

// talk plans what the therapist records about a strain: how it came, and what was tried.
func (m *maker) talk(s *story, h *hour, p *person) {
	st, after, found := p.strainAt(h.number)
	if !found || st.by == rupture.ByNumbers {
		return
	}
	if after == 0 && st.seen != "" {
		m.diary.plan(h.end.Add(15*time.Hour), func(tx *db.DB) error {
			return m.onCurrent(tx, s, p, func(r *rupture.Rupture) error {
				return rupture.Describe(m.ctx, tx, s.helper.by, r.ID, st.kind, st.seen)
			})
		})
	}
	if slices.Contains(st.talks, after) {
		try := teller{m.content.Words, s.dice, len(s.people) > 1}.repair()
		at := h.end.Add(9 * time.Minute)
		if after == 0 {
			at = h.end.Add(14 * time.Hour)
		}
		m.diary.plan(at, func(tx *db.DB) error {
			return m.onCurrent(tx, s, p, func(r *rupture.Rupture) error {
				return rupture.RecordTalk(m.ctx, tx, s.helper.by, r.ID, rupture.Talk{Number: h.number,
					Strategies: []string{strategies[try.Strategy]}, Text: try.Text})
			})
		})
	}
}

// strategies are the codes of the ways into repair by those of the invented words.
var strategies = map[string]string{"clarify": "clarify", "change_task": "change", "explain": "explain", "invite": "invite",
	"own_part": "own", "disclose": "disclose", "link_between_us": "between_us", "link_others": "outside", "validate": "validate",
	"redirect": "redirect"}

// onCurrent does something about what is between the two, where there is something.
func (m *maker) onCurrent(tx *db.DB, s *story, p *person, do func(r *rupture.Rupture) error) error {
	r, err := rupture.CurrentOf(m.ctx, tx, s.helper.by, "rupture.tend", s.course, p.id)
	if err != nil || r == nil {
		return err
	}
	return do(r)
}

// write plans the note of a session: signed within a day, but a few of the newest are drafts, or not begun.
func (m *maker) write(s *story, h *hour) {
	at := h.end.Add(time.Duration(10+s.dice.IntN(100)) * time.Minute)
	if s.dice.IntN(3) == 0 {
		at = h.end.Add(time.Duration(16+s.dice.IntN(8)) * time.Hour)
	}
	switch h.paper {
	case none:
		return
	case begun:
		m.diary.plan(earlier(at, m.now.Add(-5*time.Minute)), func(tx *db.DB) error {
			_, err := note.Autosave(m.ctx, tx, s.helper.by, h.session,
				note.Draft{Tab: "invented", Words: map[string]string{"worked_on": m.noteOf(s, h)["worked_on"]}})
			return err
		})
		return
	}
	m.diary.plan(at, func(tx *db.DB) error {
		if _, err := note.Sign(m.ctx, tx, s.helper.by, h.session, note.Draft{Words: m.noteOf(s, h)}); err != nil {
			return fmt.Errorf("sign the note of session %d of %s: %w", h.number, s.people[0].about.Name, err)
		}
		return nil
	})
}

// noteOf is a note that fits what happened.
func (m *maker) noteOf(s *story, h *hour) map[string]string {
	phase := "work"
	st, after, found := s.people[0].strainAt(h.number)
	switch {
	case h.number == 1:
		phase = "first"
	case found && slices.Contains(st.talks, after):
		phase = "repair"
	case found && after == 0 && st.by != rupture.ByNumbers:
		phase = "rupture"
	case s.part == past && h.number == s.lastNumber() && s.ending.How == "planned":
		phase = "ending"
	}
	var fitting []content.Note
	for _, n := range m.content.Notes {
		if n.Modality == s.modality && n.Phase == phase {
			fitting = append(fitting, n)
		}
	}
	n := fitting[(h.number+len(s.people[0].about.Name))%len(fitting)]
	all := map[string]string{"worked_on": n.WorkedOn, "between_us": n.BetweenUs, "tried": n.Tried, "plan": n.Plan}
	if s.people[0].risk && h.number <= 2 {
		all["risk"] = "Asked directly about thoughts of not being here. No plan, no intent today; knows whom to call at night."
	}
	return all
}
