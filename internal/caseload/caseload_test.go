package caseload_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/note"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

var ctx = context.Background()

func kind(err error) fault.Kind {
	f, _ := fault.Of(err)
	return f.Kind
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// answers are those of a client's check-in, all five questions alike.
func answers(level float64, more ...string) measure.Answers {
	a := measure.Answers{}
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		a["asc-"+item] = measure.Number(level)
	}
	for i := 0; i < len(more); i += 2 {
		a[more[i]] = measure.Text(more[i+1])
	}
	return a
}

// say lets a client check in about a held hour.
func say(t *testing.T, h *pt.House, who string, a schedule.Appointment, answered measure.Answers) {
	t.Helper()
	_, err := rupture.Send(ctx, h.DB, h.By(who), rupture.CheckIn{AppointmentID: string(a.ID), ClientID: practice.ClientID(who),
		Side: alliance.Client, Answers: answered})
	if err != nil {
		t.Fatalf("%s checks in: %v", who, err)
	}
}

var hour = time.Hour

func TestDay(t *testing.T) {
	h := pt.New(t)
	at := dbtest.Start.Add(6 * hour) // 9:00 in Chicago
	held := h.Hold(pt.OfRosa, at)
	say(t, h, pt.Rosa, held, answers(3, "asc-off", "not_talked", "asc-wish", "raise_it"))
	h.Book(pt.OfPair, at.Add(2*hour))
	h.Book(pt.OfRosa, at.Add(4*hour))
	h.Book(pt.OfNell, at.Add(4*hour+55*time.Minute))
	date := civil.On(at, time.FixedZone("", -6*3600))

	today := must[caseload.Today](t)(caseload.Day(ctx, h.DB, h.By(pt.Theo), date))
	if len(today.Rows) != 3 {
		t.Fatalf("Theo's day has %d rows, want his three", len(today.Rows))
	}
	first, pair, next := today.Rows[0], today.Rows[1], today.Rows[2]
	if first.Note != "missing" || first.Session != 1 || first.State != schedule.Held {
		t.Errorf("the held hour: note %q, session %d, %s; want missing, 1, held", first.Note, first.Session, first.State)
	}
	if pair.Thing.Kind != caseload.First || len(pair.Clients) != 2 || pair.Session != 1 {
		t.Errorf("the couple's first hour: %s, %d clients, session %d", pair.Thing.Kind, len(pair.Clients), pair.Session)
	}
	if next.Thing.Kind != caseload.Rupture || next.Thing.State != rupture.Open || next.Session != 2 || next.Place.Name != "Room 2" {
		t.Errorf("Rosa's next hour: %s %s, session %d, %s", next.Thing.Kind, next.Thing.State, next.Session, next.Place.Name)
	}
	if len(today.Repairs) != 1 || today.Repairs[0].Client.Name != "Rosa Vance" || today.Repairs[0].Next == nil {
		t.Errorf("repairs to follow: %+v, want Rosa's with its next hour", today.Repairs)
	}
	if len(today.ToFinish) != 1 || len(today.Owed) != 1 || today.Owed[0].AppointmentID != string(held.ID) {
		t.Errorf("%d notes to finish and %d check-ins owed, want one each", len(today.ToFinish), len(today.Owed))
	}
	if read := reads(t, h, pt.Rosa, "today"); read != 1 {
		t.Errorf("%d entries say that Theo saw Rosa on his day, want one", read)
	}
	for _, who := range []string{pt.Cora, pt.Olga, pt.Sami, pt.Rosa} {
		if _, err := caseload.Day(ctx, h.DB, h.By(who), date); kind(err) != fault.KindNotFound {
			t.Errorf("%s opens a therapist's day: %v, want not found", who, err)
		}
	}
	tess := must[caseload.Today](t)(caseload.Day(ctx, h.DB, h.By(pt.Tess), date))
	if len(tess.Rows) != 1 || len(tess.Repairs) != 0 {
		t.Errorf("Tess sees %d rows and %d repairs, want her one and none", len(tess.Rows), len(tess.Repairs))
	}
	tomorrow := must[caseload.Today](t)(caseload.Day(ctx, h.DB, h.By(pt.Theo), date.AddDays(1)))
	if len(tomorrow.Unmarked) != 0 {
		t.Errorf("%d hours to mark before they are over, want none", len(tomorrow.Unmarked))
	}
	h.Clock.Advance(24 * hour)
	tomorrow = must[caseload.Today](t)(caseload.Day(ctx, h.DB, h.By(pt.Theo), date.AddDays(1)))
	if len(tomorrow.Unmarked) != 2 {
		t.Errorf("%d hours to mark the day after, want two", len(tomorrow.Unmarked))
	}
}

func reads(t *testing.T, h *pt.House, client, object string) int {
	t.Helper()
	n := 0
	h.Tx(func(tx *db.DB) error {
		return tx.Row(ctx, `SELECT COUNT(*) FROM audit_leaf WHERE practice_id = $1 AND client_id = $2 AND object_type = $3 AND deed = 'read'`,
			"north", client, object).Scan(&n)
	})
	return n
}

func TestBrief(t *testing.T) {
	h := pt.New(t)
	at := dbtest.Start.Add(6 * hour)
	for i, level := range []float64{4, 4, 3, 4, 0} {
		a := h.Hold(pt.OfRosa, at.Add(time.Duration(i)*7*24*hour))
		say(t, h, pt.Rosa, a, answers(level))
		if i == 3 {
			must[note.Note](t)(note.Sign(ctx, h.DB, h.By(pt.Theo), a.Session, note.Draft{Words: map[string]string{"worked_on": "A dinner"}}))
		}
	}
	next := h.Book(pt.OfRosa, h.Clock.Now().Add(24*hour))
	b := must[caseload.Brief](t)(caseload.ABrief(ctx, h.DB, h.By(pt.Theo), pt.OfRosa, "", ""))
	if !b.Writes || b.Held != 5 || b.Hour == nil || b.Hour.ID != next.ID || b.Unmarked {
		t.Errorf("writes %v, held %d, hour %+v, unmarked %v; want the coming hour after five", b.Writes, b.Held, b.Hour, b.Unmarked)
	}
	if b.Thing.Kind != caseload.Dip {
		t.Errorf("the one thing is %s, want a dip", b.Thing.Kind)
	}
	current := b.Current()
	if current == nil || current.State != rupture.Possible || current.Seen == nil || current.Seen.FalseAlarm <= 0 || current.Seen.Low <= current.Seen.Score {
		t.Errorf("current rupture %+v, want a possible one with its evidence and its chance of being a false alarm", current)
	}
	if len(b.Reading.Points) != 5 || len(b.CheckIns) != 5 {
		t.Errorf("%d points of %d check-ins, want five", len(b.Reading.Points), len(b.CheckIns))
	}
	if b.Last == nil || b.Last.Words["worked_on"] != "A dinner" {
		t.Errorf("last note %+v, want the signed one", b.Last)
	}
	if b.Sheet == nil || b.Sheet.Number != 5 || b.Sheet.Note != nil {
		t.Errorf("note to write %+v, want that of session 5, not begun", b.Sheet)
	}
	if len(b.Consents) == 0 || b.Consents[0].Signed() {
		t.Error("the brief says nothing of consents, or that they are signed")
	}
	read := must[caseload.Brief](t)(caseload.ABrief(ctx, h.DB, h.By(pt.Sami), pt.OfRosa, "", ""))
	if read.Writes || read.Sheet != nil || read.Last == nil {
		t.Errorf("the supervisor's brief writes %v with sheet %v and last note %v; want to read only", read.Writes, read.Sheet, read.Last)
	}
	for _, who := range []string{pt.Tess, pt.Cora, pt.Olga, pt.Rosa} {
		if _, err := caseload.ABrief(ctx, h.DB, h.By(who), pt.OfRosa, "", ""); kind(err) != fault.KindNotFound {
			t.Errorf("%s opens the brief: %v, want not found", who, err)
		}
	}
	if _, err := caseload.ABrief(ctx, h.DB, h.By(pt.Theo), pt.OfRosa, pt.Nell, ""); kind(err) != fault.KindNotFound {
		t.Errorf("a participant of another course: %v, want not found", err)
	}
}

func TestBriefKeepsACoupleApart(t *testing.T) {
	h := pt.New(t)
	a := h.Hold(pt.OfPair, dbtest.Start.Add(6*hour))
	say(t, h, pt.Ines, a, answers(1, "asc-off", "not_talked", "asc-wish", "i_will", "asc-words", "Only for you"))
	say(t, h, pt.Paul, a, answers(4, "asc-off", "no"))
	ines := must[caseload.Brief](t)(caseload.ABrief(ctx, h.DB, h.By(pt.Theo), pt.OfPair, pt.Ines, ""))
	paul := must[caseload.Brief](t)(caseload.ABrief(ctx, h.DB, h.By(pt.Theo), pt.OfPair, pt.Paul, ""))
	if ines.Current() == nil || len(ines.CheckIns) != 1 || ines.CheckIns[0].Word("asc-words") != "Only for you" {
		t.Errorf("Ines's side: rupture %v, check-ins %v", ines.Current(), ines.CheckIns)
	}
	if paul.Current() != nil || len(paul.CheckIns) != 1 || paul.CheckIns[0].Word("asc-words") != "" || paul.Thing.Kind != caseload.Steady {
		t.Errorf("Paul's side shows what is not his: rupture %v, check-ins %v, %s", paul.Current(), paul.CheckIns, paul.Thing.Kind)
	}
}

func TestEndCourse(t *testing.T) {
	h := pt.New(t)
	a := h.Hold(pt.OfRosa, dbtest.Start.Add(6*hour))
	say(t, h, pt.Rosa, a, answers(1, "asc-off", "not_talked"))
	coming := h.Book(pt.OfRosa, h.Clock.Now().Add(48*hour))
	by := h.By(pt.Theo)
	if err := caseload.EndCourse(ctx, h.DB, h.By(pt.Tess), pt.OfRosa, practice.Ending{How: "planned"}); kind(err) != fault.KindNotFound {
		t.Errorf("Tess ends Theo's course: %v, want not found", err)
	}
	if err := caseload.EndCourse(ctx, h.DB, by, pt.OfRosa, practice.Ending{How: "planned", Words: "Goodbye"}); err != nil {
		t.Fatal(err)
	}
	b := must[caseload.Brief](t)(caseload.ABrief(ctx, h.DB, by, pt.OfRosa, "", ""))
	if b.Course.State != "ended" || b.Current() != nil || b.Ruptures[0].State != rupture.Ended || b.Hour != nil {
		t.Errorf("after the end: course %s, rupture %s, hour %v", b.Course.State, b.Ruptures[0].State, b.Hour)
	}
	off := must[schedule.Appointment](t)(schedule.OneAppointment(ctx, h.DB, by, access.ReadTimes, coming.ID))
	if off.State != schedule.Cancelled {
		t.Errorf("the coming hour is %s, want cancelled", off.State)
	}
}

func TestListsAndPages(t *testing.T) {
	h := pt.New(t)
	a := h.Hold(pt.OfPair, dbtest.Start.Add(6*hour))
	say(t, h, pt.Paul, a, answers(1, "asc-off", "not_talked"))
	own := must[[]caseload.Entry](t)(caseload.Own(ctx, h.DB, h.By(pt.Theo)))
	if len(own) != 2 || own[0].Clients[0].Name != "Ines Marchetti" || own[0].Bond == nil || own[0].Strained.ID != pt.Paul || own[1].Bond != nil {
		t.Errorf("Theo's caseload: %+v, want the couple with Paul's rupture, then Rosa", own)
	}
	if _, err := caseload.Own(ctx, h.DB, h.By(pt.Cora)); kind(err) != fault.KindNotFound {
		t.Errorf("the coordinator asks for a caseload: %v, want not found", err)
	}
	all, more, err := caseload.All(ctx, h.DB, h.By(pt.Cora))
	if err != nil || more || len(all) != 3 {
		t.Fatalf("the coordinator lists %d courses (more %v): %v; want three", len(all), more, err)
	}
	for _, e := range all {
		if e.Bond != nil || e.Course.Here != "" || len(e.Course.Goals) > 0 {
			t.Errorf("the coordinator's list says of %s what is clinical: %+v", e.Course.ID, e)
		}
	}
	for who, want := range map[string]bool{pt.Theo: true, pt.Cora: true, pt.Olga: true, pt.Sami: true, pt.Tess: false} {
		p, err := caseload.APerson(ctx, h.DB, h.By(who), pt.Rosa)
		if want != (err == nil) {
			t.Errorf("%s opens Rosa's page: %v, want allowed %v", who, err, want)
			continue
		}
		if want && (len(p.Courses) != 1 || p.Courses[0].Brief != slices.Contains([]string{pt.Theo, pt.Sami}, who)) {
			t.Errorf("%s sees courses %+v", who, p.Courses)
		}
	}
}

func TestSupervision(t *testing.T) {
	h := pt.New(t)
	a := h.Hold(pt.OfPair, dbtest.Start.Add(6*hour))
	say(t, h, pt.Paul, a, answers(1, "asc-off", "not_talked"))
	all := must[[]caseload.Supervised](t)(caseload.Supervision(ctx, h.DB, h.By(pt.Sami)))
	if len(all) != 1 || all[0].Therapist.ID != pt.Theo || all[0].Courses != 2 || len(all[0].Items) != 1 || all[0].Items[0].Client.ID != pt.Paul {
		t.Errorf("Sami supervises %+v, want Theo with Paul's rupture", all)
	}
	if _, err := caseload.Supervision(ctx, h.DB, h.By(pt.Theo)); kind(err) != fault.KindNotFound {
		t.Errorf("Theo opens supervision: %v, want not found", err)
	}
}

func TestWeek(t *testing.T) {
	h := pt.New(t)
	at := dbtest.Start.Add(6 * hour)
	monday := civil.On(at, time.UTC)
	a := h.Hold(pt.OfRosa, at)
	say(t, h, pt.Rosa, a, answers(1, "asc-off", "not_talked"))
	h.Book(pt.OfRosa, at.Add(24*hour))
	rule := schedule.Rule{Weekday: time.Wednesday, From: civil.Clock(9, 0), To: civil.Clock(11, 0), Mode: schedule.Bookable, Place: h.Room}
	must[schedule.RuleID](t)(schedule.AddRule(ctx, h.DB, h.By(pt.Theo), pt.Theo, rule))
	week := func(who string, of practice.StaffID) (caseload.Week, error) {
		return caseload.AWeek(ctx, h.DB, h.By(who), of, monday)
	}
	own := must[caseload.Week](t)(week(pt.Theo, ""))
	if len(own.Hours) != 2 || own.Hours[0].Torn || !own.Hours[1].Torn || !own.Changes || len(own.Open) != 2 {
		t.Errorf("Theo's week: %d hours, %d open, changes %v: %+v", len(own.Hours), len(own.Open), own.Changes, own.Hours)
	}
	kept := must[caseload.Week](t)(week(pt.Cora, pt.Theo))
	if len(kept.Hours) != 2 || kept.Hours[1].Torn || !kept.Changes {
		t.Errorf("the coordinator's view: %+v, want the hours without clinical marks", kept.Hours)
	}
	seen := must[caseload.Week](t)(week(pt.Sami, pt.Theo))
	if len(seen.Hours) != 2 || seen.Changes {
		t.Errorf("the supervisor's view: %d hours, changes %v; want two to read", len(seen.Hours), seen.Changes)
	}
	for who, of := range map[string]practice.StaffID{pt.Tess: pt.Theo, pt.Sami: pt.Tess, pt.Rosa: pt.Theo} {
		if _, err := week(who, of); kind(err) != fault.KindNotFound {
			t.Errorf("%s opens the week of %s: %v, want not found", who, of, err)
		}
	}
}

func TestBookMoveCallOff(t *testing.T) {
	h := pt.New(t)
	by := h.By(pt.Theo)
	w := caseload.Wanted{CourseID: pt.OfRosa, PlaceID: h.Room,
		Weekly: schedule.Weekly{Starts: civil.Date{Year: 2027, Month: 1, Day: 13}, At: civil.Clock(10, 0), Length: 50 * time.Minute, Every: 1}}
	one := must[schedule.Appointment](t)(caseload.Book(ctx, h.DB, by, w))
	if _, err := caseload.Book(ctx, h.DB, by, w); kind(err) != fault.KindConflict {
		t.Errorf("the same time twice: %v, want a conflict", err)
	}
	w.At = civil.Clock(11, 0)
	moved := must[schedule.Appointment](t)(caseload.Move(ctx, h.DB, by, one.ID, w))
	if !strings.HasSuffix(moved.Wall, "T11:00") {
		t.Errorf("moved to %s, want 11:00", moved.Wall)
	}
	w.Starts, w.Repeats, w.Count = w.Starts.AddDays(1), true, 3
	series := must[schedule.Appointment](t)(caseload.Book(ctx, h.DB, by, w))
	must[schedule.Appointment](t)(caseload.CallOff(ctx, h.DB, by, series.ID, true))
	all := must[[]schedule.Appointment](t)(schedule.OfCourse(ctx, h.DB, by, access.ReadTimes, pt.OfRosa))
	booked := 0
	for _, a := range all {
		if a.State == schedule.Booked {
			booked++
		}
	}
	if len(all) != 4 || booked != 1 {
		t.Errorf("%d appointments, %d still booked; want the single one of four", len(all), booked)
	}
	for _, who := range []string{pt.Tess, pt.Sami, pt.Olga, pt.Rosa} {
		if _, err := caseload.CallOff(ctx, h.DB, h.By(who), one.ID, false); kind(err) != fault.KindNotFound {
			t.Errorf("%s calls Theo's hour off: %v, want not found", who, err)
		}
	}
	letters := 0
	h.Tx(func(tx *db.DB) error {
		return tx.Row(ctx, `SELECT COUNT(*) FROM job WHERE practice_id = $1 AND kind = 'letter'`, "north").Scan(&letters)
	})
	if letters != 4 {
		t.Errorf("%d letters, want four: booked, changed, booked, cancelled", letters)
	}
}
