package rupture_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// story is a course in which sessions are held and checked in about, one after the other.
type story struct {
	*practicetest.House
	t      *testing.T
	course practice.CourseID
	week   int
	last   schedule.Appointment
}

func begin(t *testing.T, course practice.CourseID) *story {
	t.Helper()
	return &story{House: practicetest.New(t), t: t, course: course}
}

// hold holds the next weekly session.
func (s *story) hold() {
	s.t.Helper()
	s.week++
	s.last = s.Hold(s.course, dbtest.Start.Add(time.Duration(s.week)*7*24*time.Hour))
}

// scored are the five scales answered alike, with further answers.
func scored(value float64, more ...string) measure.Answers {
	a := measure.Answers{}
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		a["asc-"+item] = measure.Number(value)
	}
	for i := 0; i+1 < len(more); i += 2 {
		a["asc-"+more[i]] = measure.Text(more[i+1])
	}
	return a
}

func (s *story) send(client string, answers measure.Answers) {
	s.t.Helper()
	if err := s.try(client, answers); err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) try(client string, answers measure.Answers) error {
	_, err := rupture.Send(context.Background(), s.DB, s.By(client), rupture.CheckIn{AppointmentID: string(s.last.ID),
		ClientID: practice.ClientID(client), Side: alliance.Client, Answers: answers})
	return err
}

// therapist sends the therapist's side about a client.
func (s *story) therapist(client, off string) {
	s.t.Helper()
	_, err := rupture.Send(context.Background(), s.DB, s.By(practicetest.Theo), rupture.CheckIn{AppointmentID: string(s.last.ID),
		ClientID: practice.ClientID(client), Side: alliance.Therapist, Answers: measure.Answers{"asct-off": measure.Text(off)}})
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *story) all(client string) []rupture.Rupture {
	s.t.Helper()
	found, err := rupture.Ruptures(context.Background(), s.DB, s.By(practicetest.Theo), s.course, practice.ClientID(client))
	if err != nil {
		s.t.Fatal(err)
	}
	return found
}

// stands wants the newest rupture to be in a state; "" for none at all.
func (s *story) stands(client string, state rupture.State) {
	s.t.Helper()
	found := s.all(client)
	if state == "" {
		if len(found) > 0 {
			s.t.Errorf("%s has a rupture that is %s, want none", client, found[0].State)
		}
		return
	}
	if len(found) == 0 || found[0].State != state {
		s.t.Errorf("%s: %d ruptures, the newest %+v; want %s", client, len(found), found, state)
	}
}

const rosa = practicetest.Rosa

// TestTable walks through the table "From check-in to rupture" of product.md, a row at a time.
func TestTable(t *testing.T) {
	for _, test := range []struct {
		name  string
		story func(s *story)
		state rupture.State
	}{
		{"nothing said, nothing seen", func(s *story) { s.send(rosa, scored(3, "off", "no")) }, ""},
		{"red, and nobody said anything", func(s *story) { s.fall() }, rupture.Possible},
		{"client: not sure", func(s *story) { s.send(rosa, scored(3, "off", "unsure")) }, rupture.Possible},
		{"client: yes, not yet talked about", func(s *story) { s.send(rosa, scored(2, "off", "not_talked")) }, rupture.Open},
		{"client: yes, talked about", func(s *story) { s.send(rosa, scored(3, "off", "talked")) }, rupture.Named},
		{"therapist: not sure", func(s *story) { s.therapist(rosa, "unsure") }, rupture.Possible},
		{"therapist: yes, not yet talked about", func(s *story) { s.therapist(rosa, "not_talked") }, rupture.Open},
		{"therapist: yes, talked about", func(s *story) { s.therapist(rosa, "talked") }, rupture.Named},
		{"wish: not yet", func(s *story) { s.send(rosa, scored(2, "off", "not_talked", "wish", "not_yet")) }, rupture.SetAside},
		{"wish: nothing needed", func(s *story) { s.send(rosa, scored(2, "off", "not_talked", "wish", "nothing")) }, rupture.Open},
		{"the therapist records that it was talked about", func(s *story) { s.open(); s.talk() }, rupture.Named},
		{"better", func(s *story) { s.open(); s.talk(); s.answer("better") }, rupture.Repaired},
		{"better, before it was talked about", func(s *story) { s.open(); s.answer("better") }, rupture.Repaired},
		{"partly better", func(s *story) { s.open(); s.talk(); s.answer("partly") }, rupture.Named},
		{"the same", func(s *story) { s.open(); s.answer("same") }, rupture.Open},
		{"worse", func(s *story) { s.open(); s.answer("worse") }, rupture.Open},
		{"they do not see one, once", func(s *story) { s.therapist(rosa, "unsure"); s.answer("unknown") }, rupture.Possible},
		{"they do not see one, twice", func(s *story) { s.therapist(rosa, "unsure"); s.answer("unknown"); s.answer("unknown") }, rupture.Passed},
		{"possible, and three quiet sessions in range", func(s *story) { s.therapist(rosa, "unsure"); s.quiet(3) }, rupture.Passed},
		{"possible, and two quiet sessions", func(s *story) { s.therapist(rosa, "unsure"); s.quiet(2) }, rupture.Possible},
		{"open, and three quiet sessions", func(s *story) { s.open(); s.quiet(3) }, rupture.Open},
		{"the course ends first", func(s *story) { s.open(); s.end() }, rupture.Ended},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := begin(t, practicetest.OfRosa)
			s.hold()
			test.story(s)
			s.stands(rosa, test.state)
		})
	}
}

func (s *story) open() { s.send(rosa, scored(3, "off", "not_talked")) }

// fall holds steady sessions and then one far below them.
func (s *story) fall() {
	s.t.Helper()
	s.send(rosa, scored(4, "off", "no"))
	for range 5 {
		s.hold()
		s.send(rosa, scored(4, "off", "no"))
	}
	s.hold()
	s.send(rosa, scored(0, "off", "no"))
}

func (s *story) talk() {
	s.t.Helper()
	err := rupture.RecordTalk(context.Background(), s.DB, s.By(practicetest.Theo), s.all(rosa)[0].ID,
		rupture.Talk{Strategies: []string{"own"}, Text: "I was late, and said so."})
	if err != nil {
		s.t.Fatal(err)
	}
}

// answer holds the next session, whose check-in asks how it is now.
func (s *story) answer(better string) {
	s.t.Helper()
	s.hold()
	s.send(rosa, scored(3, "off", "no", "better", better))
}

func (s *story) quiet(sessions int) {
	s.t.Helper()
	for range sessions {
		s.hold()
		s.send(rosa, scored(3, "off", "no"))
	}
}

func (s *story) end() {
	s.t.Helper()
	if err := rupture.EndAll(context.Background(), s.DB, s.By(practicetest.Theo), s.course); err != nil {
		s.t.Fatal(err)
	}
}

// TestSetAside wants a rupture that was set aside to rest for three sessions, and
// the client to be able to take it up again.
func TestSetAside(t *testing.T) {
	s := begin(t, practicetest.OfRosa)
	s.hold()
	s.send(rosa, scored(2, "off", "not_talked", "wish", "not_yet"))
	for session := 2; session <= 4; session++ {
		s.hold()
		asked, err := rupture.Ask(context.Background(), s.DB, s.By(rosa), string(s.last.ID), rosa, alliance.Client)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := asked.At.OpenRupture, session >= 4; got != want {
			t.Errorf("session %d asks about it: %t, want %t", session, got, want)
		}
		s.send(rosa, scored(3, "off", "no"))
	}
	s.stands(rosa, rupture.SetAside)
	err := rupture.ClientSays(context.Background(), s.DB, s.By(rosa), s.all(rosa)[0].ID, rupture.Say{Wish: rupture.RaiseIt})
	if err != nil {
		t.Fatal(err)
	}
	s.stands(rosa, rupture.Open)
}

// TestANewOneAfterRepair wants the new strain linked to the earlier one.
func TestANewOneAfterRepair(t *testing.T) {
	s := begin(t, practicetest.OfRosa)
	s.hold()
	s.open()
	s.answer("better")
	s.hold()
	s.send(rosa, scored(2, "off", "not_talked"))
	found := s.all(rosa)
	if len(found) != 2 || found[0].State != rupture.Open || found[1].State != rupture.Repaired || found[0].EarlierID != found[1].ID {
		t.Errorf("ruptures %+v, want an open one after a repaired one", found)
	}
}

// TestOnlyTheClientRepairs wants the therapist's word never to make it repaired.
func TestOnlyTheClientRepairs(t *testing.T) {
	s := begin(t, practicetest.OfRosa)
	s.hold()
	s.open()
	id := s.all(rosa)[0].ID
	theo := s.By(practicetest.Theo)
	if err := rupture.Propose(context.Background(), s.DB, theo, id); err != nil {
		t.Fatal(err)
	}
	s.stands(rosa, rupture.Open)
	err := rupture.ClientSays(context.Background(), s.DB, theo, id, rupture.Say{Better: rupture.BetterNow})
	if found, _ := fault.Of(err); found.Kind != fault.KindNotFound {
		t.Errorf("the therapist says it for the client: %v, want not found", err)
	}
	for _, who := range []string{practicetest.Nell, practicetest.Cora, practicetest.Olga, practicetest.Tess, practicetest.Sami} {
		err := rupture.ClientSays(context.Background(), s.DB, s.By(who), id, rupture.Say{Better: rupture.BetterNow})
		if found, _ := fault.Of(err); found.Kind != fault.KindNotFound {
			t.Errorf("%s says it: %v, want not found", who, err)
		}
	}
}

func TestOneAnswerPerSession(t *testing.T) {
	s := begin(t, practicetest.OfRosa)
	s.hold()
	s.open()
	if err := s.try(rosa, scored(4, "off", "no")); kindOf(err) != fault.KindConflict {
		t.Errorf("a second answer: %v, want a conflict", err)
	}
	s.stands(rosa, rupture.Open)
	s.last = s.Book(s.course, s.Clock.Now().Add(24*time.Hour))
	if err := s.try(rosa, scored(4, "off", "no")); kindOf(err) != fault.KindConflict {
		t.Errorf("before it is held: %v, want a conflict", err)
	}
	if err := s.try(practicetest.Nell, scored(4, "off", "no")); kindOf(err) != fault.KindNotFound {
		t.Errorf("somebody else's session: %v, want not found", err)
	}
}

func kindOf(err error) fault.Kind {
	found, _ := fault.Of(err)
	return found.Kind
}

// TestPartners wants each of a couple to have their own, and neither to see the other's.
func TestPartners(t *testing.T) {
	s := begin(t, practicetest.OfPair)
	s.hold()
	s.send(practicetest.Ines, scored(1, "off", "not_talked", "words", "Only for Theo."))
	s.send(practicetest.Paul, scored(4, "off", "no"))
	s.stands(practicetest.Ines, rupture.Open)
	s.stands(practicetest.Paul, "")
	paul := s.By(practicetest.Paul)
	found, err := rupture.Ruptures(context.Background(), s.DB, paul, s.course, practicetest.Ines)
	if err != nil || len(found) != 0 {
		t.Errorf("the partner reads %d ruptures of hers (%v), want none", len(found), err)
	}
	all, err := alliance.CheckIns(context.Background(), s.DB, paul, s.course, practicetest.Ines)
	if err != nil || len(all) != 0 {
		t.Errorf("the partner reads %d check-ins of hers (%v), want none", len(all), err)
	}
	hers := s.all(practicetest.Ines)[0].ID
	if err := rupture.ClientSays(context.Background(), s.DB, paul, hers, rupture.Say{Better: rupture.BetterNow}); kindOf(err) != fault.KindNotFound {
		t.Errorf("the partner speaks for her: %v, want not found", err)
	}
	s.hold()
	asked, err := rupture.Ask(context.Background(), s.DB, paul, string(s.last.ID), practicetest.Paul, alliance.Client)
	if err != nil || asked.At.OpenRupture {
		t.Errorf("his check-in asks about her rupture: %t (%v)", asked.At.OpenRupture, err)
	}
	mine, err := alliance.CheckIns(context.Background(), s.DB, s.By(practicetest.Ines), s.course, practicetest.Ines)
	if err != nil || len(mine) != 1 {
		t.Errorf("she reads %d check-ins of her own (%v), want 1", len(mine), err)
	}
}

// TestNeitherSeesTheTherapistsSide wants the therapist's guess to stay with the therapist.
func TestNeitherSeesTheTherapistsSide(t *testing.T) {
	s := begin(t, practicetest.OfRosa)
	s.hold()
	s.therapist(rosa, "unsure")
	mine, err := alliance.CheckIns(context.Background(), s.DB, s.By(rosa), s.course, rosa)
	if err != nil || len(mine) != 0 {
		t.Errorf("the client reads %d check-ins (%v), want none", len(mine), err)
	}
	theirs, err := alliance.CheckIns(context.Background(), s.DB, s.By(practicetest.Theo), s.course, rosa)
	if err != nil || len(theirs) != 1 {
		t.Errorf("the therapist reads %d (%v), want 1", len(theirs), err)
	}
	if access.Of(s.By(practicetest.Cora), access.ReadCheckIn) != 0 {
		t.Error("the coordinator reads check-ins")
	}
}
