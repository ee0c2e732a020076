package note_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/note"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/schedule"
)

var ctx = context.Background()

func words(pairs ...string) map[string]string {
	m := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		m[pairs[i]] = pairs[i+1]
	}
	return m
}

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

func TestAutosaveKeepsVersions(t *testing.T) {
	h := pt.New(t)
	s := h.Hold(pt.OfRosa, dbtest.Start.Add(time.Hour)).Session
	by := h.By(pt.Theo)
	save := func(seen int, text string) note.Note {
		t.Helper()
		return must[note.Note](t)(note.Autosave(ctx, h.DB, by, s, note.Draft{Words: words("worked_on", text), Tab: "a", Seen: seen}))
	}
	opened := must[note.Note](t)(note.Open(ctx, h.DB, by, s))
	if opened.Version != 1 || opened.Words["modality"] != "Individual, in person" || len(opened.Attended) != 1 {
		t.Fatalf("opened as version %d, met %q, attended %v; want 1, Individual, in person, one", opened.Version, opened.Words["modality"], opened.Attended)
	}
	n := save(0, "One")
	h.Clock.Advance(30 * time.Second)
	n = save(0, "One two")
	if n.Version != 1 {
		t.Errorf("two saves within a minute: version %d, want 1", n.Version)
	}
	h.Clock.Advance(time.Minute)
	n = save(0, "One two three")
	if n.Version != 2 {
		t.Errorf("a save after more than a minute: version %d, want 2", n.Version)
	}
	h.Clock.Advance(time.Hour)
	if n = save(0, "One two three"); n.Version != 2 {
		t.Errorf("a save that changes nothing: version %d, want 2", n.Version)
	}
	_, all, err := note.Versions(ctx, h.DB, by, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || all[0].Words["worked_on"] != "One two three" || all[1].Words["worked_on"] != "One two" {
		t.Errorf("versions are %v, want two with the texts at the end of each", all)
	}
}

func TestTwoPages(t *testing.T) {
	h := pt.New(t)
	s := h.Hold(pt.OfRosa, dbtest.Start.Add(time.Hour)).Session
	by := h.By(pt.Theo)
	n := must[note.Note](t)(note.Autosave(ctx, h.DB, by, s, note.Draft{Words: words("worked_on", "From a"), Tab: "a"}))
	if _, err := note.Autosave(ctx, h.DB, by, s, note.Draft{Words: words("worked_on", "From b"), Tab: "b"}); kind(err) != fault.KindConflict {
		t.Errorf("a page that has not seen the last save: %v, want a conflict", err)
	}
	if _, err := note.Autosave(ctx, h.DB, by, s, note.Draft{Words: words("plan", "Slow"), Tab: "b", Seen: n.Saves}); err != nil {
		t.Errorf("a page that has seen it: %v, want none", err)
	}
	if _, err := note.Autosave(ctx, h.DB, by, s, note.Draft{Words: words("plan", "Fast"), Tab: "a", Seen: 0}); kind(err) != fault.KindConflict {
		t.Errorf("the first page after the second wrote: %v, want a conflict", err)
	}
	got := must[note.Note](t)(note.Open(ctx, h.DB, by, s))
	if got.Words["worked_on"] != "From a" || got.Words["plan"] != "Slow" {
		t.Errorf("the note says %v, want what each page could keep", got.Words)
	}
}

func TestSignAndAmend(t *testing.T) {
	h := pt.New(t)
	s := h.Hold(pt.OfRosa, dbtest.Start.Add(time.Hour)).Session
	by := h.By(pt.Theo)
	if _, err := note.Sign(ctx, h.DB, by, s, note.Draft{}); kind(err) != fault.KindInvalid {
		t.Errorf("signing an empty note: %v, want invalid", err)
	}
	n := must[note.Note](t)(note.Sign(ctx, h.DB, by, s, note.Draft{Words: words("worked_on", "A birthday dinner")}))
	if n.State != note.Signed || n.SignedAt.IsZero() {
		t.Fatalf("signed note is %v at %v", n.State, n.SignedAt)
	}
	for what, try := range map[string]func() error{
		"autosave": func() error {
			_, err := note.Autosave(ctx, h.DB, by, s, note.Draft{Words: words("worked_on", "Else"), Seen: n.Saves})
			return err
		},
		"sign again": func() error { _, err := note.Sign(ctx, h.DB, by, s, note.Draft{Seen: n.Saves}); return err },
		"amend a stale one": func() error {
			_, err := note.Amend(ctx, h.DB, by, n.ID, n.Version-1, "Wrong day", note.Draft{Words: words("plan", "x")})
			return err
		},
	} {
		if err := try(); kind(err) != fault.KindConflict {
			t.Errorf("%s after signing: %v, want a conflict", what, err)
		}
	}
	if _, err := note.Amend(ctx, h.DB, by, n.ID, n.Version, " ", note.Draft{Words: words("plan", "x")}); kind(err) != fault.KindInvalid {
		t.Errorf("amend without a reason: %v, want invalid", err)
	}
	amended := must[note.Note](t)(note.Amend(ctx, h.DB, by, n.ID, n.Version, "The plan was missing", note.Draft{Words: words("plan", "Slow down")}))
	if amended.Words["worked_on"] != "A birthday dinner" || amended.Words["plan"] != "Slow down" {
		t.Errorf("amended note says %v", amended.Words)
	}
	_, all, err := note.Versions(ctx, h.DB, by, n.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, v := range all {
		got = append(got, v.What+": "+v.Words["plan"])
	}
	if len(got) < 3 || got[0] != "amendment: Slow down" || got[1] != "signed: " {
		t.Errorf("versions are %q, want the amendment above what was signed", got)
	}
}

func TestWhoReads(t *testing.T) {
	h := pt.New(t)
	draft := h.Hold(pt.OfRosa, dbtest.Start.Add(time.Hour)).Session
	signed := h.Hold(pt.OfRosa, dbtest.Start.Add(3*time.Hour)).Session
	joint := h.Hold(pt.OfPair, dbtest.Start.Add(5*time.Hour)).Session
	by := h.By(pt.Theo)
	text := note.Draft{Words: words("worked_on", "Something")}
	d := must[note.Note](t)(note.Autosave(ctx, h.DB, by, draft, text))
	n := must[note.Note](t)(note.Sign(ctx, h.DB, by, signed, text))
	j := must[note.Note](t)(note.Sign(ctx, h.DB, by, joint, text))
	for _, c := range []struct {
		who                   string
		signed, draft, joined bool
	}{
		{pt.Theo, true, true, true},
		{pt.Sami, true, false, true},
		{pt.Rosa, true, false, false},
		{pt.Ines, false, false, false},
		{pt.Tess, false, false, false},
		{pt.Cora, false, false, false},
		{pt.Olga, false, false, false},
	} {
		for id, want := range map[note.ID]bool{n.ID: c.signed, d.ID: c.draft, j.ID: c.joined} {
			_, err := note.OneNote(ctx, h.DB, h.By(c.who), id)
			if want && err != nil || !want && kind(err) != fault.KindNotFound {
				t.Errorf("%s reads %s (signed %s, draft %s, joint %s): %v, want allowed %v", c.who, id, n.ID, d.ID, j.ID, err, want)
			}
		}
	}
	for _, who := range []string{pt.Tess, pt.Sami, pt.Cora, pt.Rosa} {
		if _, err := note.Autosave(ctx, h.DB, h.By(who), signed, text); kind(err) != fault.KindNotFound {
			t.Errorf("%s writes a note of Theo's session: %v, want not found", who, err)
		}
		if _, err := note.Amend(ctx, h.DB, h.By(who), n.ID, n.Version, "why", text); kind(err) != fault.KindNotFound {
			t.Errorf("%s amends Theo's note: %v, want not found", who, err)
		}
	}
	mine := must[[]note.Note](t)(note.OfCourse(ctx, h.DB, h.By(pt.Rosa), pt.OfRosa))
	if len(mine) != 1 || mine[0].ID != n.ID {
		t.Errorf("Rosa reads %d notes of her course, want the signed one", len(mine))
	}
	if got := reads(t, h, pt.Rosa, string(n.ID)); got == 0 {
		t.Error("reading a note left no entry in the audit log")
	}
}

func reads(t *testing.T, h *pt.House, client, object string) int {
	t.Helper()
	n := 0
	h.Tx(func(tx *db.DB) error {
		return tx.Row(ctx, `SELECT COUNT(*) FROM audit_leaf WHERE practice_id = $1 AND client_id = $2 AND object_id = $3 AND deed = 'read'`,
			"north", client, object).Scan(&n)
	})
	return n
}

func TestToFinish(t *testing.T) {
	h := pt.New(t)
	a := h.Hold(pt.OfRosa, dbtest.Start.Add(time.Hour))
	b := h.Hold(pt.OfRosa, dbtest.Start.Add(3*time.Hour))
	c := h.Hold(pt.OfPair, dbtest.Start.Add(5*time.Hour))
	h.Hold(pt.OfNell, dbtest.Start.Add(7*time.Hour))
	by := h.By(pt.Theo)
	must[note.Note](t)(note.Sign(ctx, h.DB, by, a.Session, note.Draft{Words: words("worked_on", "x")}))
	must[note.Note](t)(note.Autosave(ctx, h.DB, by, b.Session, note.Draft{Words: words("worked_on", "y")}))
	left := must[[]note.Unfinished](t)(note.ToFinish(ctx, h.DB, by))
	var got []schedule.SessionID
	for _, u := range left {
		got = append(got, u.SessionID)
	}
	if len(got) != 2 || got[0] != b.Session || got[1] != c.Session || left[0].NoteID == "" || left[1].NoteID != "" {
		t.Errorf("left to finish: %+v, want the draft of %s and nothing of %s", left, b.Session, c.Session)
	}
}

func TestAttendedIsOneOfThem(t *testing.T) {
	h := pt.New(t)
	s := h.Hold(pt.OfPair, dbtest.Start.Add(time.Hour)).Session
	n := must[note.Note](t)(note.Autosave(ctx, h.DB, h.By(pt.Theo), s,
		note.Draft{Attended: []practice.ClientID{pt.Paul, pt.Nell, ""}}))
	if len(n.Attended) != 1 || n.Attended[0] != pt.Paul {
		t.Errorf("attended %v, want Paul alone: Nell is no part of the course", n.Attended)
	}
	if _, err := note.Autosave(ctx, h.DB, h.By(pt.Theo), s, note.Draft{Words: words("mood", "x"), Seen: n.Saves}); kind(err) != fault.KindInvalid {
		t.Errorf("a part that a note does not have: %v, want invalid", err)
	}
}
