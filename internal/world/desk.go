package world

import (
	"context"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/writing"
)

func takeOff(ctx context.Context, tx *db.DB, h *helper, start, end time.Time, why string) error {
	return schedule.TakeOff(ctx, tx, h.by, schedule.TimeOff{TherapistID: h.id, Start: start, End: end, Reason: why})
}

// contentDay is the day for which the invented articles and replies are dated.
var contentDay = civil.Date{Year: 2026, Month: time.November, Day: 22}

// library plans the articles and the replies to them, as long before today as they are before contentDay.
func (m *maker) library() {
	shift := contentDay.DaysUntil(m.today) / 7 * 7
	for _, a := range m.content.Articles {
		at := later(m.began.Add(5*time.Hour), inZone(a.Published.AddDays(shift), civil.Clock(10, 0), m.loc))
		m.diary.plan(at, func(tx *db.DB) error {
			author := practice.StaffID(m.authors[a.Author].ID)
			kept, err := writing.BeginFor(m.ctx, tx, m.owner, author, writing.Words{Title: a.Title, Summary: a.Summary, Body: a.Body})
			if err != nil {
				return err
			}
			return writing.Publish(m.ctx, tx, m.owner, kept.ID, kept.Version)
		})
	}
	for _, r := range m.content.Replies {
		at := inZone(r.Date.AddDays(shift), r.Time, m.loc)
		m.diary.plan(at, func(tx *db.DB) error {
			by, ok := m.authors[r.Person]
			if !ok {
				by = access.OfVisitor(tx.PracticeID())
			}
			kept, err := writing.LeaveReply(m.ctx, tx, by, writing.SlugOf(m.titleOf(r.Article)), writing.Said{Name: r.Name, Email: r.Email, Text: r.Text})
			if err != nil || r.State != string(writing.Appears) {
				return err
			}
			m.diary.plan(tx.Now().Add(3*time.Hour), func(tx *db.DB) error {
				return writing.PublishReply(m.ctx, tx, m.coordinator, kept.ID)
			})
			return nil
		})
	}
}

func (m *maker) titleOf(slug string) string {
	for _, a := range m.content.Articles {
		if a.Slug == slug {
			return a.Title
		}
	}
	return ""
}

// desk plans the requests that have not become courses: those that wait, with their clocks, and what was answered.
func (m *maker) desk() {
	m.request("me", m.duesSooner(), nil) // its clock is amber
	m.request("couple", m.overdue(), nil)
	m.request("me", m.now.Add(-50*time.Minute), nil)
	m.request("family", m.now.Add(-4*time.Hour), nil)
	for n, ago := range []time.Duration{3, 9, 22, 92} { // the last one's times are held no longer
		sent := m.now.Add(-ago * time.Hour)
		whom := []string{"me", "couple", "me", "me"}[n]
		m.request(whom, sent.Add(-5*time.Hour), m.offerSome(sent))
	}
	m.request("me", m.now.AddDate(0, 0, -12), m.answered(intake.PutOnWaitList, m.now.AddDate(0, 0, -11),
		"Thank you for writing. The person who would suit you best has a place in about four weeks, and we have put you first on the list. If it gets heavier before then, call us."))
	m.request("me", m.now.AddDate(0, 0, -23), m.answered(intake.PutOnWaitList, m.now.AddDate(0, 0, -22),
		"We have put you on the list for an evening place. We write as soon as one opens, and in two weeks in any case."))
	m.request("me", m.now.AddDate(0, 0, -9), m.answered(intake.Refer, m.now.AddDate(0, 0, -8),
		"What you describe deserves people who do nothing else. The eating care team at Lakeview House is good and has room; I have told them that you may call, without your name. You are welcome to come back to us afterward."))
	m.request("couple", m.now.AddDate(0, 0, -33), m.answered(intake.Refer, m.now.AddDate(0, 0, -32),
		"You asked for somebody near Milwaukee. These are three people we know and like. Any of them can call us."))
	m.request("me", m.now.AddDate(0, 0, -40), m.answered(intake.Close, m.now.AddDate(0, 0, -30), "Wrote twice and called once, as was wished. No answer."))
}

// answer is what becomes of a request, and when.
type answer struct {
	at time.Time
	do func(tx *db.DB, id intake.ID) error
}

func (m *maker) answered(how func(context.Context, *db.DB, access.Actor, intake.ID, string) error, at time.Time, words string) *answer {
	return &answer{m.inHours(at), func(tx *db.DB, id intake.ID) error { return how(m.ctx, tx, m.coordinator, id, words) }}
}

// request plans one that was sent at a moment.
func (m *maker) request(whom string, at time.Time, then *answer) {
	if then != nil {
		at = earlier(at, then.at.Add(-time.Hour))
	}
	p := m.someone("")
	helper := m.helpers[m.dice.IntN(len(m.helpers))]
	concern := m.concernOf(whom, helper.Focus)
	wish := m.content.Words.Wishes[m.dice.IntN(len(m.content.Words.Wishes))]
	if wish.Language != "" && m.dice.IntN(4) > 0 { // a few ask for one
		wish = m.content.Words.Wishes[0]
	}
	r := intake.Request{Name: p.about.Name, Pronouns: p.about.Pronouns, Phone: p.about.Phone, Contact: p.about.Contact, Adult: true,
		For: whom, Brings: concern.Keys, InWords: concern.Text, Wishes: wish.Text, Language: wish.Language, Where: "either",
		Sliding: m.dice.IntN(4) == 0, Times: m.times()}
	switch wish.Setting {
	case "video":
		r.Where = "video"
	case "in_person":
		r.Where = "room"
	}
	if p.about.Contact.Mail {
		r.Email = p.about.Email
	}
	m.diary.plan(at, func(tx *db.DB) error {
		source, by := "web", access.OfVisitor(tx.PracticeID())
		if r.Email == "" {
			source, by = "phone", m.coordinator
		}
		sent, err := intake.Send(m.ctx, tx, by, r, source)
		if err == nil && then != nil {
			m.diary.plan(then.at, func(tx *db.DB) error { return then.do(tx, sent.ID) })
		}
		return err
	})
}

// times are a few that suit.
func (m *maker) times() []string {
	all := schedule.Wishes()
	var some []string
	for range 2 + m.dice.IntN(3) {
		some = append(some, all[m.dice.IntN(15)].String())
	}
	return some
}

// offerSome holds up to three times of the therapist who fits best.
func (m *maker) offerSome(at time.Time) *answer {
	return &answer{at, func(tx *db.DB, id intake.ID) error {
		_, fits, _, err := intake.Match(m.ctx, tx, m.coordinator, id)
		if err != nil || len(fits) == 0 {
			return err
		}
		var times []schedule.Stretch
		for _, free := range fits[0].Free {
			if len(times) < 3 && free.Start.After(m.now.Add(30*time.Hour)) {
				times = append(times, schedule.Stretch{TherapistID: fits[0].Therapist.ID, PlaceID: free.Place, Interval: free.Interval})
			}
		}
		if len(times) == 0 {
			return nil
		}
		_, err = intake.SendOffer(m.ctx, tx, m.coordinator, id, times,
			"Thank you for what you wrote. I thought of "+fits[0].Therapist.Name+", and you can choose a time here.")
		return err
	}}
}

// duesSooner is when a request came in whose reply is due within two hours; where the practice is closed then, the one
// that is due next.
func (m *maker) duesSooner() time.Time {
	best, due := m.now, time.Time{}
	for at := m.now.Add(-time.Hour); at.After(m.now.AddDate(0, 0, -5)); at = at.Add(-10 * time.Minute) {
		if d := m.house.ReplyDue(at); d.After(m.now.Add(20*time.Minute)) && (due.IsZero() || d.Before(due)) {
			best, due = at, d
		}
	}
	return best
}

// overdue is when a request came in whose reply was due less than a day ago.
func (m *maker) overdue() time.Time {
	for at := m.now.Add(-time.Hour); ; at = at.Add(-30 * time.Minute) {
		if m.house.ReplyDue(at).Before(m.now.Add(-40 * time.Minute)) {
			return at
		}
	}
}

// inHours is the moment itself where the practice is open then, else the last before it.
func (m *maker) inHours(at time.Time) time.Time {
	for range 24 * 8 {
		if m.house.OpenHours().Open(at, m.loc) {
			break
		}
		at = at.Add(-time.Hour)
	}
	return at
}
