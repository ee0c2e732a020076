package world

import (
	"slices"
	"time"

	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/world/content"
)

// tornBy is how the rupture of each therapist's torn course stands.
var tornBy = []theme{openBoth, named, openWish, aside, openSeen, unsure}

// more is how many further courses each therapist has: alone, as a couple, as a family, and ended ones.
var more = []struct{ alone, couples, families, ended int }{
	{2, 1, 1, 2}, {1, 2, 0, 1}, {1, 1, 1, 1}, {2, 0, 0, 1}, {2, 1, 0, 2}, {1, 1, 0, 1},
}

// still are the strains that are there in some of the further courses.
var still = []theme{named, lowOnce, openWish, aside, named, unsure}

// cast invents the courses of all therapists.
func (m *maker) cast() {
	_, clock := civil.Of(m.now, m.loc)
	over, coming := hoursAround(clock, 6)
	for i, h := range m.helpers {
		m.timeOff(i, h)
		h.today = slices.Concat(over, coming)
		for n, part := range m.order(i, len(over)) {
			m.stories = append(m.stories, m.castPart(i, h, part, h.today[n]))
		}
		for range more[i].alone {
			m.further(h, "individual", other)
		}
		for range more[i].couples {
			m.further(h, "couple", other)
		}
		for range more[i].families {
			m.further(h, "family", other)
		}
		for range more[i].ended {
			m.further(h, "individual", past)
		}
	}
	extra := 0
	for _, s := range m.stories {
		m.outline(s)
		m.script(s, &extra)
	}
}

// order is which part has which of today's hours, when some of them are over: another order for each therapist. The one
// whose sign-in is printed sees the torn one next.
func (m *maker) order(i, over int) []part {
	day := []part{steady, quiet, risky, dipped, torn, newcomer}
	for _, half := range [][]part{day[:over], day[over:]} {
		m.dice.Shuffle(len(half), func(a, b int) { half[a], half[b] = half[b], half[a] })
	}
	if at := slices.Index(day, torn); i == 0 && at > over {
		day[at], day[over] = day[over], day[at]
	}
	return day
}

// timeOff plans when a therapist is away: two weeks of the past, and some days to come.
func (m *maker) timeOff(i int, h *helper) {
	monday := m.today.Monday()
	h.off = []span{
		{monday.AddDays(-7 * (30 + 2*i)), monday.AddDays(-7*(30+2*i) + 6)},
		{monday.AddDays(-7 * (11 + i)), monday.AddDays(-7*(11+i) + 6)},
	}
	switch i % 3 {
	case 0:
		h.off = append(h.off, span{monday.AddDays(21), monday.AddDays(25)})
	case 1:
		h.off = append(h.off, span{monday.AddDays(10), monday.AddDays(11)})
	}
}

// castPart invents the course that shows a part in one of today's hours.
func (m *maker) castPart(i int, h *helper, p part, at civil.Time) *story {
	s := m.newStory(h, "individual", p)
	weeks := map[part][2]int{steady: {30, 28}, quiet: {14, 20}, risky: {1, 2}, dipped: {16, 24}, torn: {26, 28}}[p]
	ago := 0
	if weeks[1] > 0 {
		ago = weeks[0] + m.dice.IntN(weeks[1])
	}
	if p == torn && i == 0 {
		ago = 56 // the one whose sign-in is printed
		s.people[0].about.Emergency = m.emergency(content.First{}, "Lund")
	}
	s.asked = p == risky || p == newcomer
	if own, ok := h.slotAt(m.today.Weekday(), at); ok && h.fits(own, 50, m.today.AddDays(-7*ago), m.horizon()) {
		s.slots, s.starts = []slot{own}, m.today.AddDays(-7*ago)
	} else {
		s.slots = []slot{m.findSlot(h, 50, m.today.AddDays(-7*ago-7), m.horizon())}
		s.starts = nextDay(m.today.AddDays(-7*ago+1), s.slots[0].day)
	}
	m.takeSlots(s)
	if p == steady || p == quiet || p == dipped {
		m.twice(s)
	}
	s.hours = m.hoursOf(s)
	m.meetToday(s, at)
	return s
}

// twice lets a course meet a second time in each week.
func (m *maker) twice(s *story) {
	second := m.findSlot(s.helper, 50, s.starts, m.horizon())
	if second.day == s.slots[0].day {
		return
	}
	s.slots = append(s.slots, second)
	s.helper.standing = append(s.helper.standing, standing{second, 50, s.starts, m.horizon()})
}

func (m *maker) takeSlots(s *story) {
	to := m.horizon()
	if !s.ends.IsZero() {
		to = s.ends
	}
	for _, sl := range s.slots {
		s.helper.standing = append(s.helper.standing, standing{sl, s.minutes, s.starts, to})
	}
}

// further invents one more course of a therapist, on another day of the week than today.
func (m *maker) further(h *helper, modality string, p part) {
	s := m.newStory(h, modality, p)
	ago := 9 + m.dice.IntN(46)
	to := m.horizon()
	if p == past {
		lasted := 12 + m.dice.IntN(24)
		ago = lasted + 2 + m.dice.IntN(max(1, 58-lasted-2))
		to = m.today.AddDays(-7*(ago-lasted) + 6)
	} else if m.dice.IntN(3) == 0 {
		s.weeks = 2
	}
	s.slots = []slot{m.findSlot(h, s.minutes, m.today.AddDays(-7*ago-7), to)}
	s.starts = nextDay(m.today.AddDays(-7*ago+1), s.slots[0].day)
	if p == past {
		s.ends = to
	}
	m.takeSlots(s)
	s.hours = m.hoursOf(s)
	m.stories = append(m.stories, s)
}

func (m *maker) newStory(h *helper, modality string, p part) *story {
	s := &story{helper: h, modality: modality, part: p, weeks: 1, minutes: 50, dice: m.dice}
	whom, n := "me", 1
	switch modality {
	case "couple":
		whom, n, s.minutes = "couple", 2, 75
	case "family":
		whom, n, s.minutes = "family", 3, 75
	}
	s.concern = m.concernOf(whom, h.Focus)
	s.goals = m.goalsOf(s.concern)
	family := ""
	for i := range n {
		s.people = append(s.people, m.someone(family))
		if i == 0 && (modality == "family" || m.dice.IntN(2) == 0) {
			parts := []rune(s.people[0].about.Name)
			family = string(parts[slices.Index(parts, ' ')+1:])
		}
	}
	return s
}

// concernOf is what brings someone to a therapist who is at home in it; the one that was used least.
func (m *maker) concernOf(whom string, focus []string) content.Concern {
	best, bestMet := -1, -1
	for i, c := range m.concerns {
		if c.For != whom {
			continue
		}
		met := 0
		for _, key := range c.Keys {
			if slices.Contains(focus, key) {
				met++
			}
		}
		if met = met * 10 / len(c.Keys); met > bestMet {
			best, bestMet = i, met
		}
	}
	c := m.concerns[best]
	m.concerns = append(slices.Delete(m.concerns, best, best+1), c)
	return c
}

func (m *maker) goalsOf(c content.Concern) []string {
	var fitting []string
	for _, g := range m.content.Words.Goals {
		if slices.ContainsFunc(g.Keys, func(k string) bool { return slices.Contains(c.Keys, k) }) {
			fitting = append(fitting, g.Text)
		}
	}
	m.dice.Shuffle(len(fitting), func(i, j int) { fitting[i], fitting[j] = fitting[j], fitting[i] })
	return fitting[:min(len(fitting), 2+m.dice.IntN(2))]
}

// horizon is the last day for which times are planned.
func (m *maker) horizon() civil.Date { return m.today.AddDays(8 * 7) }

// findSlot is a time of the week that is free from one day to another, on another day than today's.
func (m *maker) findSlot(h *helper, minutes int, from, to civil.Date) slot {
	var open []slot
	for _, s := range h.slots {
		if s.day != m.today.Weekday() && h.fits(s, minutes, from, to) {
			open = append(open, s)
		}
	}
	if len(open) == 0 { // by video, after the usual hours
		for at := civil.Clock(8, 0); at < civil.Clock(21, 0); at += 90 {
			for day := time.Monday; day <= time.Friday; day++ {
				s := slot{day, at, at + 90, m.places[""], true}
				if day != m.today.Weekday() && h.fits(s, minutes, from, to) {
					return s
				}
			}
		}
	}
	return open[m.dice.IntN(len(open))]
}

// nextDay is the first such day of the week from a day on.
func nextDay(from civil.Date, day time.Weekday) civil.Date {
	return from.AddDays((int(day) - int(from.Weekday()) + 7) % 7)
}

// hoursOf are the times of a course, without those on which the practice is closed or the therapist away.
func (m *maker) hoursOf(s *story) []*hour {
	last := m.horizon()
	if !s.ends.IsZero() {
		last = s.ends
	}
	var all []*hour
	for n, sl := range s.slots {
		for d := nextDay(s.starts, sl.day); !d.After(last); d = d.AddDays(7 * s.weeks) {
			if !m.closed(d) && !s.helper.away(d) {
				all = append(all, &hour{slot: n, planned: d, date: d, at: sl.at, minutes: s.minutes, place: sl.place})
			}
		}
	}
	return all
}

func (m *maker) closed(d civil.Date) bool {
	return slices.Contains(m.content.Practice.Closed, d)
}

// meetToday sees to it that the course meets today at a time: by its slot, by moving the nearest time, or once.
func (m *maker) meetToday(s *story, at civil.Time) {
	var nearest *hour
	for _, h := range s.hours {
		days := m.today.DaysUntil(h.planned)
		if s.part == newcomer && (days < 0 || days > 20) || s.part != newcomer && abs(days) > 3 {
			continue
		}
		if nearest == nil || abs(days) < abs(m.today.DaysUntil(nearest.planned)) {
			nearest = h
		}
	}
	switch {
	case nearest == nil:
		nearest = &hour{slot: -1, planned: m.today, minutes: s.minutes}
		s.hours = append(s.hours, nearest)
	case nearest.planned == m.today && nearest.at == at:
		return
	default:
		nearest.moved = true
	}
	nearest.date, nearest.at, nearest.place = m.today, at, m.places[""]
	s.helper.once = append(s.helper.once, single{m.today, at, s.minutes})
}

func abs(n int) int { return max(n, -n) }

// outline puts the hours in order and decides what becomes of each.
func (m *maker) outline(s *story) {
	for _, h := range s.hours {
		h.start, _ = civil.In(h.date, h.at, m.loc)
		h.end = h.start.Add(time.Duration(h.minutes) * time.Minute)
	}
	slices.SortStableFunc(s.hours, func(a, b *hour) int { return a.start.Compare(b.start) })
	number := 0
	for n, h := range s.hours {
		if h.end.After(m.now) {
			continue
		}
		if h.fate = m.fateOf(s, n); h.fate == held {
			number++
			h.number = number
		}
	}
	m.leave(s)
}

// fateOf is what becomes of an hour that is over. What a part needs has happened in the last seven weeks.
func (m *maker) fateOf(s *story, n int) fate {
	h := s.hours[n]
	near := s.part != other && s.part != past && h.date.After(m.today.AddDays(-49))
	chance := s.dice.Float64()
	switch {
	case h.date == m.today && s.part == newcomer:
		return unmarked
	case n == 0 || n == len(s.hours)-1 || h.slot < 0 || h.moved || near:
		return held
	case chance < 0.04:
		return cancelled
	case chance < 0.06:
		return late
	case chance < 0.09:
		return missed
	}
	return held
}

// leave leaves something to do about the newest session of some courses: a note to finish or to begin, or to say
// what became of it.
func (m *maker) leave(s *story) {
	i := slices.IndexFunc(s.hours, func(h *hour) bool { return h.number == s.lastNumber() && h.number > 0 })
	if i < 0 || s.part == past || m.now.Sub(s.hours[i].end) > 5*24*time.Hour {
		return
	}
	h := s.hours[i]
	switch {
	case s.part == quiet:
		h.paper = none
	case s.part == steady && h.date == m.today:
		h.paper = begun
	case s.part == other && s.modality == "individual" && h.date != m.today:
		if s.helper.left++; s.helper.left == 1 {
			h.paper = begun
		} else if s.helper.left == 2 {
			h.fate, h.number = unmarked, 0
		}
	}
}

// script plans the strains of a course's people, so that the course shows its part.
func (m *maker) script(s *story, extra *int) {
	last := s.lastHeld(m.today)
	m.words.couple = len(s.people) > 1
	for i, p := range s.people {
		switch {
		case s.part == steady:
			p.strains, p.diligent = m.words.past(last-6), 0.95
		case s.part == quiet:
			p.strains, p.silent = m.words.past(last-8), last-2
		case s.part == risky:
			p.risk, p.severity = true, 0.7
		case s.part == dipped:
			p.strains = append(m.words.past(last-8), m.words.strain(low, last))
			p.silent = last + 1
		case s.part == torn:
			how := tornBy[slices.Index(m.helpers, s.helper)]
			at := max(1, last-how.begun())
			p.strains = append(m.words.past(at-4), m.words.strain(how, at))
			p.silent = last + 1
		case s.part == past:
			m.scriptPast(s, p, last)
		case s.part == other && i == 0 && last > 7:
			p.strains = m.words.past(last - 8)
			if how := still[*extra/3%len(still)]; *extra%3 == 0 {
				p.strains = append(p.strains, m.words.strain(how, last-how.begun()))
			}
			*extra++
		case s.part == other:
			p.strains = m.words.past(last - 4)
		}
	}
}

// scriptPast plans how a course ended: well, or with something left between the two.
func (m *maker) scriptPast(s *story, p *person, last int) {
	kinds := map[string]string{"planned": "planned", "unplanned": "client_left", "paused": "other", "moved": "other", "referred": "referred"}
	open := m.dice.IntN(2) == 0
	for _, e := range m.content.Words.Endings {
		if (e.Kind == "unplanned") == open && m.dice.IntN(3) > 0 || s.ending.How == "" {
			s.ending = practice.Ending{How: kinds[e.Kind], Words: e.Text}
		}
	}
	p.strains = m.words.past(last - 6)
	if open {
		p.strains = append(p.strains, m.words.strain(openWish, last-1))
	}
	p.risk, p.handled = m.dice.IntN(3) == 0, true
}
