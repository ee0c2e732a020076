package schedule_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/schedule"
	"attune/internal/seal"
)

var ctx = context.Background()

// hour is 50 minutes that begin so many hours after the tests do.
func hour(after int) schedule.Interval {
	start := dbtest.Start.Add(time.Duration(after) * time.Hour)
	return schedule.Interval{Start: start, End: start.Add(50 * time.Minute)}
}

func book(h *pt.House, who, course string, place schedule.PlaceID, at schedule.Interval) (schedule.Appointment, error) {
	return schedule.Book(ctx, h.DB, h.By(who), access.WriteTimes, practice.CourseID(course), schedule.Stretch{PlaceID: place, Interval: at})
}

// fine is no fault at all.
const fine fault.Kind = 0

// wants compares an error with the kind of fault that is wanted; fine for none.
func wants(t *testing.T, what string, err error, want fault.Kind) {
	t.Helper()
	found, ok := fault.Of(err)
	if list := fault.Invalids(err); len(list) > 0 {
		found, ok = list[0], true
	}
	if want == fine && err != nil || want != fine && (!ok || found.Kind != want) {
		t.Errorf("%s: got %v, want kind %d", what, err, want)
	}
}

func TestBook(t *testing.T) {
	h := pt.New(t)
	if _, err := book(h, pt.Cora, pt.OfRosa, h.Room, hour(24)); err != nil {
		t.Fatal(err)
	}
	if err := practice.EndCourse(ctx, h.DB, h.By(pt.Tess), pt.OfNell, practice.Ending{How: "planned"}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, who, course string
		place             schedule.PlaceID
		at                schedule.Interval
		want              fault.Kind
	}{
		{"the therapist is taken", pt.Cora, pt.OfPair, h.Video, hour(24), fault.KindConflict},
		{"they overlap by a minute", pt.Theo, pt.OfPair, h.Video, schedule.Interval{Start: hour(24).End.Add(-time.Minute), End: hour(25).End}, fault.KindConflict},
		{"they touch", pt.Theo, pt.OfPair, h.Video, schedule.Interval{Start: hour(24).End, End: hour(24).End.Add(time.Hour)}, fine},
		{"the course has ended", pt.Cora, pt.OfNell, h.Video, hour(48), fault.KindConflict},
		{"another therapist's course", pt.Tess, pt.OfRosa, h.Video, hour(48), fault.KindNotFound},
		{"a supervisor only reads", pt.Sami, pt.OfRosa, h.Video, hour(48), fault.KindNotFound},
		{"a place that there is not", pt.Cora, pt.OfRosa, "attic", hour(48), fault.KindNotFound},
		{"by the therapist", pt.Theo, pt.OfRosa, h.Room, hour(48), fine},
	} {
		_, err := book(h, test.who, test.course, test.place, test.at)
		wants(t, test.name, err, test.want)
	}
}

// TestARoomHoldsOneSession wants two therapists to share the video, and never a room.
func TestARoomHoldsOneSession(t *testing.T) {
	h := pt.New(t)
	if _, err := book(h, pt.Theo, pt.OfRosa, h.Room, hour(24)); err != nil {
		t.Fatal(err)
	}
	_, err := book(h, pt.Tess, pt.OfNell, h.Room, hour(24))
	wants(t, "the same room", err, fault.KindConflict)
	_, err = book(h, pt.Tess, pt.OfNell, h.Video, hour(24))
	wants(t, "video", err, fine)
	_, err = book(h, pt.Theo, pt.OfPair, h.Video, hour(26))
	wants(t, "video once more", err, fine)
}

// TestBookIsWithTheCoursesTherapist wants no form to put an hour into another's calendar.
func TestBookIsWithTheCoursesTherapist(t *testing.T) {
	h := pt.New(t)
	a, err := schedule.Book(ctx, h.DB, h.By(pt.Theo), access.WriteTimes, pt.OfRosa,
		schedule.Stretch{TherapistID: pt.Tess, PlaceID: h.Video, Interval: hour(24)})
	if err != nil || a.TherapistID != pt.Theo {
		t.Errorf("got an hour with %s (%v), want %s", a.TherapistID, err, pt.Theo)
	}
	if a.Wall != "2027-01-12T03:00" || a.Zone != "America/Chicago" {
		t.Errorf("agreed as %s in %s, want three in the morning in Chicago", a.Wall, a.Zone)
	}
}

func TestMoveAndCancel(t *testing.T) {
	h := pt.New(t)
	soon, later := h.Book(pt.OfRosa, hour(20).Start), h.Book(pt.OfRosa, hour(100).Start)
	to := func(at schedule.Interval) schedule.Stretch { return schedule.Stretch{PlaceID: h.Video, Interval: at} }
	move := func(who string, id schedule.AppointmentID, at schedule.Interval) error {
		_, err := schedule.Move(ctx, h.DB, h.By(who), id, to(at))
		return err
	}
	wants(t, "a client after the cut-off", move(pt.Rosa, soon.ID, hour(30)), fault.KindConflict)
	wants(t, "another client", move(pt.Nell, later.ID, hour(30)), fault.KindNotFound)
	wants(t, "into the past", move(pt.Theo, later.ID, hour(-1)), fault.KindInvalid)
	wants(t, "onto another", move(pt.Theo, later.ID, hour(20)), fault.KindConflict)
	wants(t, "a little later than itself", move(pt.Theo, soon.ID, schedule.Interval{Start: soon.Start.Add(10 * time.Minute), End: soon.End.Add(10 * time.Minute)}), fine)
	wants(t, "a client in time", move(pt.Rosa, later.ID, hour(101)), fine)
	moved, err := schedule.OneAppointment(ctx, h.DB, h.By(pt.Rosa), access.ReadTimes, later.ID)
	if err != nil || !moved.Start.Equal(hour(101).Start) || moved.Sequence != 1 || moved.PlaceID != h.Video {
		t.Errorf("moved: got %+v (%v), want it at the new time and place", moved, err)
	}
	if _, err := book(h, pt.Cora, pt.OfPair, h.Room, hour(100)); err != nil {
		t.Errorf("the time that was left is taken: %v", err)
	}
	for _, test := range []struct {
		who  string
		id   schedule.AppointmentID
		late bool
		want fault.Kind
	}{{pt.Rosa, soon.ID, false, fault.KindConflict}, {pt.Theo, soon.ID, true, fine}, {pt.Rosa, later.ID, false, fine}, {pt.Rosa, later.ID, false, fault.KindConflict}} {
		off, err := schedule.Cancel(ctx, h.DB, h.By(test.who), test.id)
		wants(t, test.who+" cancels", err, test.want)
		if err == nil && (off.State != schedule.Cancelled || off.Late != test.late) {
			t.Errorf("%s cancelled: got %s, late %t; want late %t", test.who, off.State, off.Late, test.late)
		}
	}
	if next, err := schedule.Next(ctx, h.DB, h.By(pt.Rosa), access.ReadTimes, pt.OfRosa); err != nil || next != nil {
		t.Errorf("next: got %+v (%v), want none", next, err)
	}
}

func TestMark(t *testing.T) {
	h := pt.New(t)
	first, second := h.Book(pt.OfRosa, hour(1).Start), h.Book(pt.OfRosa, hour(30).Start)
	mark := func(who string, id schedule.AppointmentID, state schedule.State) (schedule.Appointment, error) {
		return schedule.Mark(ctx, h.DB, h.By(who), id, state)
	}
	_, err := mark(pt.Theo, first.ID, schedule.Held)
	wants(t, "before it began", err, fault.KindConflict)
	h.Clock.Set(second.End)
	_, err = mark(pt.Cora, first.ID, schedule.Held)
	wants(t, "by the coordinator", err, fault.KindNotFound)
	_, err = mark(pt.Theo, first.ID, "forgotten")
	wants(t, "as something else", err, fault.KindInvalid)
	for _, id := range []schedule.AppointmentID{first.ID, second.ID} {
		_, err = mark(pt.Theo, id, schedule.Held)
		wants(t, "held", err, fine)
	}
	_, err = mark(pt.Theo, first.ID, schedule.Missed)
	wants(t, "the first, with a later session", err, fault.KindConflict)
	missed, err := mark(pt.Theo, second.ID, schedule.Missed)
	if wants(t, "corrected", err, fine); missed.Number != 0 || missed.Session != "" {
		t.Errorf("a missed hour has session %d %q, want none", missed.Number, missed.Session)
	}
	held, err := mark(pt.Theo, second.ID, schedule.Held)
	if wants(t, "held after all", err, fine); held.Number != 2 {
		t.Errorf("got session %d, want 2", held.Number)
	}
	off, err := mark(pt.Theo, second.ID, schedule.Cancelled)
	if wants(t, "cancelled late", err, fine); !off.Late {
		t.Error("an hour that is cancelled afterwards is not late")
	}
	_, err = mark(pt.Theo, second.ID, schedule.Held)
	wants(t, "held after it was cancelled", err, fault.KindConflict)
	for range 2 { // the same mark again is no deed
		_, err = mark(pt.Theo, first.ID, schedule.Held)
		wants(t, "the same again", err, fine)
	}
	wantLog(t, h, audit.Marked, string(first.ID), 1)
}

// wantLog wants a deed about an object so often in the log.
func wantLog(t *testing.T, h *pt.House, deed audit.Deed, object string, want int) {
	t.Helper()
	log, err := audit.OfPractice(ctx, h.DB, h.By(pt.Olga), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for _, l := range log {
		if l.Deed == deed && l.Object == object {
			got++
		}
	}
	if got != want {
		t.Errorf("the log has %q about %s %d times, want %d", deed, object, got, want)
	}
}

func TestBookSeries(t *testing.T) {
	h := pt.New(t)
	tuesdays := schedule.Weekly{Starts: civil.Date{Year: 2027, Month: time.March, Day: 2}, At: civil.Clock(10, 0), Length: 50 * time.Minute, Every: 1, Count: 4}
	series := func(who, course string, change func(*schedule.Weekly)) ([]schedule.Appointment, error) {
		w := tuesdays
		change(&w)
		return schedule.BookSeries(ctx, h.DB, h.By(who), practice.CourseID(course), h.Room, w)
	}
	all, err := series(pt.Theo, pt.OfRosa, func(*schedule.Weekly) {})
	if err != nil || len(all) != 4 {
		t.Fatalf("got %d hours (%v), want 4", len(all), err)
	}
	for i, want := range []string{"2027-03-02T10:00", "2027-03-09T10:00", "2027-03-16T10:00", "2027-03-23T10:00"} {
		if all[i].Wall != want || all[i].SeriesID != all[0].SeriesID {
			t.Errorf("hour %d: got %s of series %s, want %s of one", i, all[i].Wall, all[i].SeriesID, want)
		}
	}
	if before, after := all[1].Start.UTC().Hour(), all[2].Start.UTC().Hour(); before != 16 || after != 15 {
		t.Errorf("around the change of the clocks: got %d and %d UTC, want 16 and 15", before, after)
	}
	for _, test := range []struct {
		name, who, course string
		change            func(*schedule.Weekly)
		want              fault.Kind
	}{
		{"one of them is taken", pt.Theo, pt.OfPair, func(w *schedule.Weekly) { w.Starts = w.Starts.AddDays(-14) }, fault.KindConflict},
		{"without an end", pt.Theo, pt.OfPair, func(w *schedule.Weekly) { w.Count = 0 }, fault.KindInvalid},
		{"too many", pt.Theo, pt.OfPair, func(w *schedule.Weekly) { w.Count = 61 }, fault.KindInvalid},
		{"over", pt.Theo, pt.OfPair, func(w *schedule.Weekly) { w.Starts = w.Starts.AddDays(-365) }, fault.KindInvalid},
		{"another's course", pt.Tess, pt.OfRosa, func(*schedule.Weekly) {}, fault.KindNotFound},
	} {
		_, err := series(test.who, test.course, test.change)
		wants(t, test.name, err, test.want)
	}
	left, err := schedule.OfCourse(ctx, h.DB, h.By(pt.Theo), access.ReadTimes, pt.OfPair)
	if err != nil || len(left) != 0 {
		t.Errorf("a series that failed left %d hours (%v), want none", len(left), err)
	}
	_, err = schedule.EndSeries(ctx, h.DB, h.By(pt.Tess), all[0].SeriesID, tuesdays.Starts)
	wants(t, "ended by another", err, fault.KindNotFound)
	n, err := schedule.EndSeries(ctx, h.DB, h.By(pt.Theo), all[0].SeriesID, tuesdays.Starts.AddDays(8))
	if err != nil || n != 2 {
		t.Errorf("ended from the third on: got %d (%v), want 2", n, err)
	}
}

func TestTimeOff(t *testing.T) {
	h := pt.New(t)
	h.Book(pt.OfRosa, hour(24).Start)
	off := schedule.TimeOff{TherapistID: pt.Theo, Start: hour(48).Start, End: hour(72).Start, Reason: "A wedding"}
	take := func(who string, change func(*schedule.TimeOff)) error {
		off := off
		change(&off)
		return schedule.TakeOff(ctx, h.DB, h.By(who), off)
	}
	wants(t, "over an appointment", take(pt.Theo, func(o *schedule.TimeOff) { o.Start = hour(20).Start }), fault.KindConflict)
	wants(t, "backwards", take(pt.Theo, func(o *schedule.TimeOff) { o.End = o.Start }), fault.KindInvalid)
	wants(t, "a colleague's", take(pt.Tess, func(*schedule.TimeOff) {}), fault.KindNotFound)
	wants(t, "of someone who sees nobody", take(pt.Cora, func(o *schedule.TimeOff) { o.TherapistID = pt.Olga }), fault.KindNotFound)
	wants(t, "one's own", take(pt.Theo, func(*schedule.TimeOff) {}), fine)
	wants(t, "twice", take(pt.Cora, func(*schedule.TimeOff) {}), fault.KindConflict)
	_, err := book(h, pt.Cora, pt.OfRosa, h.Video, hour(50))
	wants(t, "an hour in it", err, fault.KindConflict)
	_, err = schedule.Off(ctx, h.DB, h.By(pt.Tess), pt.Theo, dbtest.Start)
	wants(t, "read by a colleague", err, fault.KindNotFound)
	all, err := schedule.Off(ctx, h.DB, h.By(pt.Cora), pt.Theo, dbtest.Start)
	if err != nil || len(all) != 1 || all[0].Reason != off.Reason {
		t.Fatalf("got %+v (%v), want the one", all, err)
	}
	wants(t, "ended by a colleague", schedule.ComeBack(ctx, h.DB, h.By(pt.Tess), all[0].ID), fault.KindNotFound)
	wants(t, "ended", schedule.ComeBack(ctx, h.DB, h.By(pt.Theo), all[0].ID), fine)
	wants(t, "ended twice", schedule.ComeBack(ctx, h.DB, h.By(pt.Theo), all[0].ID), fault.KindNotFound)
	_, err = book(h, pt.Cora, pt.OfRosa, h.Video, hour(50))
	wants(t, "an hour afterwards", err, fine)
}

func TestRulesMakeFreeTimes(t *testing.T) {
	h := pt.New(t)
	house, err := practice.Read(ctx, h.DB)
	if err != nil {
		t.Fatal(err)
	}
	mornings := schedule.Rule{Weekday: time.Tuesday, From: civil.Clock(9, 0), To: civil.Clock(12, 0), Mode: schedule.Bookable, Place: h.Room}
	add := func(who string, change func(*schedule.Rule)) (schedule.RuleID, error) {
		rule := mornings
		change(&rule)
		return schedule.AddRule(ctx, h.DB, h.By(who), pt.Theo, rule)
	}
	_, err = add(pt.Tess, func(*schedule.Rule) {})
	wants(t, "for a colleague", err, fault.KindNotFound)
	_, err = add(pt.Theo, func(r *schedule.Rule) { r.Place = "attic" })
	wants(t, "at no place", err, fault.KindInvalid)
	id, err := add(pt.Theo, func(*schedule.Rule) {})
	wants(t, "one's own", err, fine)
	free := func() []schedule.Slot {
		t.Helper()
		found, err := schedule.Free(ctx, h.DB, house, pt.Theo, dbtest.Start, dbtest.Start.Add(7*24*time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	slots := free()
	if len(slots) != 3 {
		t.Fatalf("got %d free times, want 3 of 50 minutes with 10 between", len(slots))
	}
	if _, err := book(h, pt.Tess, pt.OfNell, h.Room, slots[0].Interval); err != nil {
		t.Fatal(err)
	}
	if err := schedule.Hold(ctx, h.DB, "an offer", []schedule.Stretch{{TherapistID: pt.Theo, PlaceID: h.Room, Interval: slots[1].Interval}}, hour(2).Start); err != nil {
		t.Fatal(err)
	}
	if left := free(); len(left) != 1 || !left[0].Start.Equal(slots[2].Start) {
		t.Errorf("got %d free, want only the one whose room and therapist are free", len(left))
	}
	h.Clock.Set(hour(2).Start)
	if left := free(); len(left) != 2 {
		t.Errorf("after the hold has run out: got %d free, want 2", len(left))
	}
	_, err = book(h, pt.Theo, pt.OfRosa, h.Room, slots[1].Interval)
	wants(t, "booked where a hold has run out", err, fine)
	wants(t, "dropped by a colleague", schedule.DropRule(ctx, h.DB, h.By(pt.Tess), pt.Theo, id), fault.KindNotFound)
	wants(t, "dropped", schedule.DropRule(ctx, h.DB, h.By(pt.Cora), pt.Theo, id), fine)
	if left := free(); len(left) != 0 {
		t.Errorf("without rules: got %d free, want none", len(left))
	}
}

func TestKeepPlace(t *testing.T) {
	h := pt.New(t)
	for _, test := range []struct {
		name, who string
		place     schedule.Place
		want      fault.Kind
	}{
		{"by the coordinator", pt.Cora, schedule.Place{Kind: "room", Way: schedule.Way{Name: "Room 3"}}, fault.KindNotFound},
		{"without a name", pt.Olga, schedule.Place{Kind: "room"}, fault.KindInvalid},
		{"of no kind", pt.Olga, schedule.Place{Kind: "boat", Way: schedule.Way{Name: "Boat"}}, fault.KindInvalid},
		{"with a script for a link", pt.Olga, schedule.Place{Kind: "video", Way: schedule.Way{Name: "V", Link: "javascript:alert(1)"}}, fault.KindInvalid},
		{"a new name", pt.Olga, schedule.Place{ID: h.Room, Kind: "room", Way: schedule.Way{Name: "Attic"}}, fine},
	} {
		_, err := schedule.KeepPlace(ctx, h.DB, h.By(test.who), test.place)
		wants(t, test.name, err, test.want)
	}
	p, err := schedule.OnePlace(ctx, h.DB, h.Room)
	if err != nil || p.Name != "Attic" || p.Active {
		t.Errorf("got %+v (%v), want the attic, closed", p, err)
	}
}

// TestChangedRowsAreNotRead wants an appointment that was changed past the program to be an error, not an answer.
func TestChangedRowsAreNotRead(t *testing.T) {
	h := pt.New(t)
	a := h.Book(pt.OfRosa, hour(24).Start)
	h.Tx(func(tx *db.DB) error {
		_, err := tx.Exec(ctx, `UPDATE appointment SET end_at = end_at + 600000000 WHERE practice_id = $1 AND id = $2`, "north", a.ID)
		return err
	})
	_, err := schedule.OneAppointment(ctx, h.DB, h.By(pt.Theo), access.ReadTimes, a.ID)
	if !errors.Is(err, seal.ErrChanged) {
		t.Errorf("got %v, want seal.ErrChanged", err)
	}
}
