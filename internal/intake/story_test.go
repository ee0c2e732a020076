package intake_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
	"attune/internal/schedule"
)

var ctx = context.Background()

// house is a practice whose therapist Tess is there on weekdays and takes new people.
type house struct {
	*practicetest.House
	t *testing.T
}

func open(t *testing.T) *house {
	t.Helper()
	h := &house{practicetest.New(t), t}
	tess, err := practice.Colleague(ctx, h.DB, practicetest.Tess)
	h.must(err)
	h.must(practice.KeepTherapist(ctx, h.DB, practice.Therapist{Staff: tess, Slug: "tess", Published: true, Accepting: true, Capacity: 2000,
		Profile: practice.Profile{License: "IL-1", Languages: []string{"English"}, Modalities: []string{"individual", "couple"}}}))
	for day := time.Monday; day <= time.Friday; day++ {
		_, err := schedule.AddRule(ctx, h.DB, h.By(practicetest.Tess), practicetest.Tess, schedule.Rule{Weekday: day,
			From: civil.Clock(9, 0), To: civil.Clock(17, 0), Mode: schedule.Bookable, Place: h.Video})
		h.must(err)
	}
	return h
}

func (h *house) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) settle(change func(*practice.Settings)) {
	h.t.Helper()
	p, err := practice.Read(ctx, h.DB)
	h.must(err)
	change(&p.Settings)
	h.must(practice.Save(ctx, h.DB, h.By(practicetest.Olga), p))
}

// ask has a stranger ask for an appointment.
func (h *house) ask(n int) intake.Inquiry {
	h.t.Helper()
	asked, err := intake.Send(ctx, h.DB, access.OfVisitor("north"), intake.Request{Name: fmt.Sprint("Stranger ", n), Adult: true,
		Email: fmt.Sprintf("stranger%d@mail.example", n)}, "web")
	h.must(err)
	return asked
}

// offer sends a stranger the last of the free times, and returns the offer with the bearer of its link.
func (h *house) offer(i intake.Inquiry, times int) (intake.Offer, access.Actor) {
	h.t.Helper()
	_, fits, _, err := intake.Match(ctx, h.DB, h.By(practicetest.Cora), i.ID)
	h.must(err)
	free := fits[0].Free
	var chosen []schedule.Stretch
	for _, s := range free[len(free)-times:] {
		chosen = append(chosen, schedule.Stretch{TherapistID: practicetest.Tess, PlaceID: s.Place, Interval: s.Interval})
	}
	sent, err := intake.SendOffer(ctx, h.DB, h.By(practicetest.Cora), i.ID, chosen, "")
	h.must(err)
	return sent, bearer(i, sent)
}

func bearer(i intake.Inquiry, o intake.Offer) access.Actor {
	return access.Actor{PracticeID: "north", ID: string(i.KeyID), Roles: []access.Role{access.Visitor}, Stage: access.Full,
		Link: &access.Link{ID: "link-" + string(o.ID), Task: access.TaskOffer, Subject: string(o.ID)}}
}

func kind(err error) fault.Kind {
	found, _ := fault.Of(err)
	return found.Kind
}

func (h *house) state(i intake.Inquiry) intake.Inquiry {
	h.t.Helper()
	found, err := intake.One(ctx, h.DB, h.By(practicetest.Cora), i.ID)
	h.must(err)
	return found
}

func TestTake(t *testing.T) {
	h := open(t)
	asked := h.ask(1)
	sent, by := h.offer(asked, 3)
	a, err := intake.Take(ctx, h.DB, by, sent.Times[1].ID)
	h.must(err)
	if a.State != schedule.Booked || a.TherapistID != practicetest.Tess || !a.Start.Equal(sent.Times[1].Start) {
		t.Errorf("booked %+v", a)
	}
	if _, err := intake.Take(ctx, h.DB, by, sent.Times[0].ID); kind(err) != fault.KindConflict {
		t.Errorf("a second time: %v, want a conflict", err)
	}
	if got := h.state(asked); got.State != intake.Booked || got.ClientID == "" {
		t.Errorf("the inquiry is %s", got.State)
	}
	client, err := intake.AsClient(ctx, h.DB, by)
	h.must(err)
	if client.Link.Subject != string(a.ID) || access.Of(client, access.ReadCheckIn) != 0 {
		t.Errorf("as a client the bearer may do more than its task: %+v", client)
	}
	forms, err := measure.Own(ctx, h.DB, access.Actor{PracticeID: "north", ID: client.ID, Roles: []access.Role{access.Client}, Stage: access.Full,
		Link: &access.Link{Task: access.TaskIntake, Subject: client.ID}})
	if err != nil || len(forms) != len(measure.Intake) {
		t.Errorf("%d forms were asked (%v), want %d", len(forms), err, len(measure.Intake))
	}
	free, err := schedule.Taken(ctx, h.DB, practicetest.Tess, sent.Times[0].Start, sent.Times[0].End)
	if err != nil || len(free) != 0 {
		t.Errorf("the times that were not chosen are still held: %v (%v)", free, err)
	}
}

// race lets 64 go at once, and wants one to win and all others to be told that someone was there first.
func race(t *testing.T, what string, run func(n int) error) {
	t.Helper()
	const racers = 64
	var wins, conflicts int
	var mu sync.Mutex
	var all sync.WaitGroup
	gate := make(chan struct{})
	for n := range racers {
		all.Go(func() {
			<-gate
			err := run(n)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				wins++
			case kind(err) == fault.KindConflict:
				conflicts++
			default:
				t.Errorf("%s: a racer gets %v", what, err)
			}
		})
	}
	close(gate)
	all.Wait()
	if wins != 1 || conflicts != racers-1 {
		t.Errorf("%s: %d win and %d come second, want 1 and %d", what, wins, conflicts, racers-1)
	}
}

const rounds = 3

// TestOneTap has one link tapped many times at once: it books once.
func TestOneTap(t *testing.T) {
	h := open(t)
	for round := range rounds {
		sent, by := h.offer(h.ask(round), 3)
		race(t, "one link", func(n int) error {
			_, err := intake.Take(ctx, h.DB, by, sent.Times[n%3].ID)
			return err
		})
		for _, offered := range sent.Times {
			taken, err := schedule.Taken(ctx, h.DB, practicetest.Tess, offered.Start, offered.End)
			h.must(err)
			if len(taken) > 1 {
				t.Errorf("%d claims of one time", len(taken))
			}
		}
	}
}

// TestOneOffer has the same free time offered to many people at once: it is held for one.
func TestOneOffer(t *testing.T) {
	h := open(t)
	var asked []intake.Inquiry
	for n := range 64 {
		asked = append(asked, h.ask(n))
	}
	_, fits, _, err := intake.Match(ctx, h.DB, h.By(practicetest.Cora), asked[0].ID)
	h.must(err)
	free := fits[0].Free
	for round := range rounds {
		s := free[len(free)-1-round]
		race(t, "one offer", func(n int) error {
			_, err := intake.SendOffer(ctx, h.DB, h.By(practicetest.Cora), asked[n].ID,
				[]schedule.Stretch{{TherapistID: practicetest.Tess, PlaceID: s.Place, Interval: s.Interval}}, "")
			return err
		})
	}
}

// TestOneMove has many appointments changed to the same free time at once: one gets it.
func TestOneMove(t *testing.T) {
	h := open(t)
	var mine []schedule.Appointment
	for n := range 64 {
		start := h.Clock.Now().Add(time.Duration(40*24+n) * time.Hour)
		a, err := schedule.Book(ctx, h.DB, h.By(practicetest.Cora), access.WriteTimes, practicetest.OfNell,
			schedule.Stretch{PlaceID: h.Video, Interval: schedule.Interval{Start: start, End: start.Add(50 * time.Minute)}})
		h.must(err)
		mine = append(mine, a)
	}
	nell := h.By(practicetest.Nell)
	for range rounds {
		times, err := intake.OpenTimes(ctx, h.DB, nell, mine[0].ID)
		h.must(err)
		to := times[3]
		race(t, "one move", func(n int) error {
			_, err := intake.ChangeTime(ctx, h.DB, nell, mine[n].ID, to.Start, to.Place)
			return err
		})
		taken, err := schedule.Taken(ctx, h.DB, practicetest.Tess, to.Start, to.End)
		if err != nil || len(taken) != 1 {
			t.Errorf("%d claims of the time (%v), want 1", len(taken), err)
		}
	}
}

func TestOfferOver(t *testing.T) {
	for _, test := range []struct {
		name string
		then func(h *house, i intake.Inquiry, by access.Actor)
	}{
		{"expired", func(h *house, _ intake.Inquiry, _ access.Actor) { h.Clock.Advance(48*time.Hour + time.Second) }},
		{"withdrawn for newer times", func(h *house, i intake.Inquiry, _ access.Actor) { h.offer(i, 1) }},
		{"taken back by whoever asked", func(h *house, i intake.Inquiry, _ access.Actor) {
			h.must(intake.TakeBack(ctx, h.DB, access.Actor{PracticeID: "north", ID: string(i.KeyID), Roles: []access.Role{access.Client},
				Stage: access.Full, Link: &access.Link{Task: access.TaskRequest, Subject: string(i.ID)}}))
		}},
		{"none suited", func(h *house, _ intake.Inquiry, by access.Actor) { h.must(intake.NoneSuits(ctx, h.DB, by, "")) }},
		{"another's time", func(*house, intake.Inquiry, access.Actor) {}},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := open(t)
			asked := h.ask(1)
			sent, by := h.offer(asked, 2)
			id, wanted := sent.Times[0].ID, fault.KindConflict
			if test.name == "another's time" {
				other, _ := h.offer(h.ask(2), 1)
				id, wanted = other.Times[0].ID, fault.KindInvalid
			}
			test.then(h, asked, by)
			if _, err := intake.Take(ctx, h.DB, by, id); kind(err) != wanted {
				t.Errorf("taking it: %v, want %s", err, wanted)
			}
			if got := h.state(asked); got.ClientID != "" {
				t.Error("a client was made all the same")
			}
		})
	}
}

func TestNoneSuits(t *testing.T) {
	h := open(t)
	h.settle(func(s *practice.Settings) {
		for day := time.Monday; day <= time.Friday; day++ {
			s.Hours.Week[day] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(18, 0)}}
		}
	})
	asked := h.ask(1)
	sent, by := h.offer(asked, 2)
	h.Clock.Advance(30 * time.Hour)
	h.must(intake.NoneSuits(ctx, h.DB, by, " Only evenings. "))
	got := h.state(asked)
	if got.State != intake.New || got.NoneSuits != "Only evenings." || !got.Due.After(h.Clock.Now()) {
		t.Errorf("the inquiry is %s, due %s, with %q", got.State, got.Due, got.NoneSuits)
	}
	taken, err := schedule.Taken(ctx, h.DB, practicetest.Tess, sent.Times[0].Start, sent.Times[1].End)
	if err != nil || len(taken) != 0 {
		t.Errorf("the times are still held: %v (%v)", taken, err)
	}
	if err := intake.NoneSuits(ctx, h.DB, by, ""); kind(err) != fault.KindConflict {
		t.Errorf("a second time: %v, want a conflict", err)
	}
	again, by := h.offer(asked, 1)
	if _, err := intake.Take(ctx, h.DB, by, again.Times[0].ID); err != nil {
		t.Errorf("newer times cannot be taken: %v", err)
	}
}

func TestChangeUntilCutOff(t *testing.T) {
	h := open(t)
	sent, by := h.offer(h.ask(1), 1)
	a, err := intake.Take(ctx, h.DB, by, sent.Times[0].ID)
	h.must(err)
	client, err := intake.AsClient(ctx, h.DB, by)
	h.must(err)
	times, err := intake.OpenTimes(ctx, h.DB, client, a.ID)
	h.must(err)
	for _, s := range times {
		if s.Mode != schedule.Bookable || s.Start.Before(h.Clock.Now().Add(24*time.Hour)) {
			t.Fatalf("offered %+v, within the cut-off or not bookable", s)
		}
	}
	moved, err := intake.ChangeTime(ctx, h.DB, client, a.ID, times[0].Start, times[0].Place)
	h.must(err)
	if !moved.Start.Equal(times[0].Start) || moved.Sequence != 1 {
		t.Errorf("moved to %s, sequence %d", moved.Start, moved.Sequence)
	}
	if _, err := intake.ChangeTime(ctx, h.DB, client, a.ID, times[1].Start.Add(time.Minute), times[1].Place); kind(err) != fault.KindConflict {
		t.Errorf("a time that nobody offers: %v, want a conflict", err)
	}
	h.Clock.Set(moved.Start.Add(-24 * time.Hour))
	if _, err := intake.ChangeTime(ctx, h.DB, client, a.ID, times[5].Start, times[5].Place); kind(err) != fault.KindConflict {
		t.Errorf("at the cut-off: %v, want a conflict", err)
	}
	if _, err := intake.CallOff(ctx, h.DB, client, a.ID); kind(err) != fault.KindConflict {
		t.Errorf("canceling at the cut-off: %v, want a conflict", err)
	}
	h.Clock.Set(moved.Start.Add(-24*time.Hour - time.Second))
	off, err := intake.CallOff(ctx, h.DB, client, a.ID)
	if err != nil || off.State != schedule.Cancelled || off.Late {
		t.Errorf("canceled just before the cut-off: %+v (%v)", off, err)
	}
	if _, err := intake.OpenTimes(ctx, h.DB, h.By(practicetest.Nell), a.ID); kind(err) != fault.KindNotFound {
		t.Errorf("another's open times: %v, want not found", err)
	}
}

// clerk runs what is due and keeps the messages that leave.
type clerk struct {
	h    *house
	work *job.Worker
	sent []mail.Message
}

// Send keeps a message.
func (c *clerk) Send(_ context.Context, m mail.Message) error {
	c.sent = append(c.sent, m)
	return nil
}

func (h *house) clerk() *clerk {
	c := &clerk{h: h}
	post := letter.Post{Sender: c, Host: "north.example", Base: func(host string) string { return "https://" + host }}
	c.work = &job.Worker{DB: h.DB.ForAll(), Do: map[job.Kind]job.Func{letter.Job: post.Deliver},
		DoTx: map[job.Kind]job.Func{schedule.ReminderJob: intake.Remind, schedule.CheckInJob: intake.SendCheckIns}}
	return c
}

var linkTask = regexp.MustCompile(`https://north\.example(/[a-z]+/)\S+`)

// at lets the time come, and says who was sent what: "rosa /time/".
func (c *clerk) at(now time.Time) string {
	c.h.t.Helper()
	c.h.Clock.Set(now)
	c.sent = nil
	_, err := c.work.RunDue(ctx)
	c.h.must(err)
	var all []string
	for _, m := range c.sent {
		to, _, _ := strings.Cut(m.To, "@")
		found := linkTask.FindStringSubmatch(m.Body)
		if found == nil {
			c.h.t.Fatalf("no link in %q", m.Body)
		}
		all = append(all, to+" "+found[1])
		for _, word := range []string{"therap", "session", "Theo", "Tess", "North Street Practice"} {
			if strings.Contains(m.Body+m.FromName+string(m.Subject), word) {
				c.h.t.Errorf("the message says %q: %s", word, m.Body)
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func (c *clerk) want(what string, now time.Time, sent string) {
	c.h.t.Helper()
	if got := c.at(now); got != sent {
		c.h.t.Errorf("%s: sent %q, want %q", what, got, sent)
	}
}

// TestRemindersOverClockChanges books hours on the days on which Chicago's clocks change, and wants each
// reminder exactly once, two days and two hours before by the time that passes.
func TestRemindersOverClockChanges(t *testing.T) {
	for _, test := range []struct{ day, wall string }{
		{"in spring", "2027-03-14 10:00"}, {"in autumn", "2027-11-07 10:00"}, {"just after the gap", "2027-03-14 03:00"},
		{"the day after", "2027-03-15 10:00"},
	} {
		t.Run(test.day, func(t *testing.T) {
			h := open(t)
			h.settle(func(s *practice.Settings) { s.Reminders = []int{2880, 120} })
			start, err := time.ParseInLocation("2006-01-02 15:04", test.wall, chicago)
			h.must(err)
			h.Clock.Set(start.Add(-10 * 24 * time.Hour))
			h.Book(practicetest.OfRosa, start)
			c := h.clerk()
			c.want("long before", start.Add(-48*time.Hour-time.Second), "")
			c.want("two days before", start.Add(-48*time.Hour), "rosa /time/")
			c.want("once more", start.Add(-47*time.Hour), "")
			c.want("just before two hours", start.Add(-2*time.Hour-time.Second), "")
			today := "rosa /questions/" // too late to change: what it is about, and the one tap
			c.want("two hours before", start.Add(-2*time.Hour), today)
			c.want("afterwards", start.Add(24*time.Hour), "")
		})
	}
}

func TestReminders(t *testing.T) {
	start := dbtest.Start.Add(10*24*time.Hour + 8*time.Hour)
	ready := func(t *testing.T) (*house, schedule.Appointment) {
		h := open(t)
		h.settle(func(s *practice.Settings) { s.Reminders = []int{2880, 120} })
		return h, h.Book(practicetest.OfPair, start)
	}
	t.Run("everyone who takes part", func(t *testing.T) {
		h, _ := ready(t)
		h.clerk().want("two days before", start.Add(-48*time.Hour), "ines /time/, paul /time/")
	})
	t.Run("not where mail is not safe", func(t *testing.T) {
		h, _ := ready(t)
		h.Tx(func(tx *db.DB) error {
			paul, err := practice.OneClient(ctx, tx, h.By(practicetest.Cora), access.ReadAbout, practicetest.Paul)
			if err != nil {
				return err
			}
			paul.Contact.Mail = false
			return practice.ChangeAbout(ctx, tx, h.By(practicetest.Cora), paul.ID, paul.Version, paul.About)
		})
		h.clerk().want("two days before", start.Add(-48*time.Hour), "ines /time/")
	})
	t.Run("while it can be changed the link leads there", func(t *testing.T) {
		h, _ := ready(t)
		h.settle(func(s *practice.Settings) { s.CutoffHours = 1 })
		c := h.clerk()
		c.at(start.Add(-48 * time.Hour))
		c.want("two hours before", start.Add(-2*time.Hour), "ines /time/, paul /time/")
	})
	t.Run("not of what was canceled", func(t *testing.T) {
		h, a := ready(t)
		_, err := schedule.Cancel(ctx, h.DB, h.By(practicetest.Cora), a.ID)
		h.must(err)
		c := h.clerk()
		c.want("two days before", start.Add(-48*time.Hour), "")
		c.want("two hours before", start.Add(-2*time.Hour), "")
	})
	t.Run("of the new time, also after the old one was called to mind", func(t *testing.T) {
		h, a := ready(t)
		c := h.clerk()
		c.at(start.Add(-48 * time.Hour))
		later := start.Add(7 * 24 * time.Hour)
		_, err := schedule.Move(ctx, h.DB, h.By(practicetest.Cora), a.ID, schedule.Stretch{PlaceID: a.PlaceID,
			Interval: schedule.Interval{Start: later, End: later.Add(50 * time.Minute)}})
		h.must(err)
		c.want("two hours before the old time", start.Add(-2*time.Hour), "")
		c.want("two days before the new time", later.Add(-48*time.Hour), "ines /time/, paul /time/")
		c.want("two hours before the new time", later.Add(-2*time.Hour), "ines /questions/, paul /questions/")
	})
	t.Run("not when the program slept through it", func(t *testing.T) {
		h, _ := ready(t)
		h.clerk().want("an hour after", start.Add(time.Hour), "")
	})
}

func TestCheckInLetters(t *testing.T) {
	h := open(t)
	c := h.clerk()
	a := h.Hold(practicetest.OfPair, dbtest.Start.Add(24*time.Hour))
	c.want("once held", a.End, "ines /questions/, paul /questions/")
	c.want("later", a.End.Add(time.Hour), "")
	h.stopCheckIns(practicetest.Paul)
	b := h.Hold(practicetest.OfPair, dbtest.Start.Add(48*time.Hour))
	c.want("after one has stopped them", b.End, "ines /questions/")
	missed := h.Book(practicetest.OfPair, dbtest.Start.Add(72*time.Hour))
	h.Clock.Set(missed.End)
	_, err := schedule.Mark(ctx, h.DB, h.By(practicetest.Theo), missed.ID, schedule.Missed)
	h.must(err)
	c.want("after a missed one", missed.End.Add(time.Hour), "")
}

// stopCheckIns has a client sign the text about check-ins and take it back.
func (h *house) stopCheckIns(client string) {
	h.t.Helper()
	by := h.By(client)
	all, err := practice.Consents(ctx, h.DB, by, practice.ClientID(client))
	h.must(err)
	for _, one := range all {
		if one.Text.Kind == "check-ins" {
			h.must(practice.Sign(ctx, h.DB, by, one.Text.ID, "A name"))
		}
	}
	all, err = practice.Consents(ctx, h.DB, by, practice.ClientID(client))
	h.must(err)
	for _, one := range all {
		if one.Signed() {
			h.must(practice.Withdraw(ctx, h.DB, by, one.ID))
		}
	}
}

func TestSendRecord(t *testing.T) {
	h := open(t)
	rosa := h.By(practicetest.Rosa)
	h.must(intake.SendRecord(ctx, h.DB, rosa))
	c := h.clerk()
	c.want("asked for", h.Clock.Now(), "rosa /page/")
	if err := intake.SendRecord(ctx, h.DB, h.By(practicetest.Theo)); kind(err) != fault.KindNotFound {
		t.Errorf("staff asks for a client's list: %v, want not found", err)
	}
}
