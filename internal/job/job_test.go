package job_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/job"
)

var ctx = context.Background()

// practices makes practices and returns the database that sees them all.
func practices(t *testing.T, ids ...string) (*db.DB, *dbtest.Clock) {
	t.Helper()
	d, clock := dbtest.NewAt(t, dbtest.Start)
	for _, id := range ids {
		inTx(t, d.For(id), func(tx *db.DB) error {
			_, err := tx.Exec(ctx, `
				INSERT INTO practice (practice_id, ref, zone, state, demo, settings, version, created_at)
				VALUES ($1, $1, 'America/Chicago', 'active', $2, $3, 1, $4)`, id, true, []byte{0}, tx.Now())
			return err
		})
	}
	return d, clock
}

func inTx(t *testing.T, d *db.DB, fn func(tx *db.DB) error) {
	t.Helper()
	if err := d.InTx(ctx, fn); err != nil {
		t.Fatal(err)
	}
}

// later puts a job off in a transaction of its own.
func later(t *testing.T, d *db.DB, kind job.Kind, key string, at time.Time, payload any) {
	t.Helper()
	inTx(t, d, func(tx *db.DB) error { return job.Later(ctx, tx, kind, key, at, payload) })
}

// diary is a worker that notes what it did.
type diary struct {
	job.Worker
	did []string
}

func newDiary(d *db.DB) *diary {
	w := &diary{Worker: job.Worker{DB: d}}
	w.Do = map[job.Kind]job.Func{"note": func(_ context.Context, d *db.DB, payload []byte) error {
		w.did = append(w.did, d.PracticeID()+" "+string(payload))
		return nil
	}}
	return w
}

// expect runs what is due and compares what was done.
func (w *diary) expect(t *testing.T, want ...string) {
	t.Helper()
	w.did = nil
	n, err := w.RunDue(ctx)
	if err != nil || n != len(want) || !slices.Equal(w.did, want) {
		t.Errorf("RunDue: got %d, %v and %q, want %q", n, err, w.did, want)
	}
}

func TestLater(t *testing.T) {
	d, clock := practices(t, "north")
	north, w := d.For("north"), newDiary(d)
	in := func(h int) time.Time { return dbtest.Start.Add(time.Duration(h) * time.Hour) }

	later(t, north, "note", "a", in(2), map[string]string{"session": "s1"})
	w.expect(t)
	clock.Set(in(2).Add(-time.Microsecond))
	w.expect(t)
	clock.Set(in(2))
	w.expect(t, `north {"session":"s1"}`)
	w.expect(t)

	later(t, north, "note", "a", in(2), "done stays done")
	w.expect(t)

	later(t, north, "note", "b", in(3), 1)
	later(t, north, "note", "b", in(4), 2)
	clock.Set(in(3))
	w.expect(t)
	clock.Set(in(4))
	w.expect(t, "north 2")

	later(t, north, "note", "c", in(5), nil)
	inTx(t, north, func(tx *db.DB) error {
		return errors.Join(job.Cancel(ctx, tx, "note", "c"), job.Cancel(ctx, tx, "note", "none"))
	})
	clock.Set(in(5))
	w.expect(t)
	later(t, north, "note", "c", in(5), "after cancelling")
	w.expect(t, `north "after cancelling"`)

	later(t, north, "note", "", in(5), "without")
	later(t, north, "note", "", in(5), "without")
	w.expect(t, `north "without"`, `north "without"`)

	later(t, north, "of a newer version", "d", in(5), nil)
	w.expect(t)
}

func TestWorkIsRolledBackWithTheDeed(t *testing.T) {
	d, _ := practices(t, "north")
	sorry := errors.New("sorry")
	err := d.For("north").InTx(ctx, func(tx *db.DB) error {
		if err := job.Later(ctx, tx, "note", "a", tx.Now(), 1); err != nil {
			return err
		}
		return sorry
	})
	if !errors.Is(err, sorry) {
		t.Fatal(err)
	}
	newDiary(d).expect(t)
}

func TestFailuresAreTriedAgainEverLaterAndThenDead(t *testing.T) {
	d, clock := practices(t, "north")
	north := d.For("north")
	var at []time.Time
	w := job.Worker{DB: d, Do: map[job.Kind]job.Func{"mail": func(context.Context, *db.DB, []byte) error {
		at = append(at, clock.Now())
		return errors.New("no route to the server")
	}}}
	later(t, north, "mail", "a", clock.Now(), nil)
	for range 40 * 60 {
		if n, err := w.RunDue(ctx); (n > 0) != (err != nil) {
			t.Fatalf("RunDue: got %d tries and error %v", n, err)
		}
		clock.Advance(time.Minute)
	}
	if len(at) != job.Tries {
		t.Fatalf("got %d tries, want %d", len(at), job.Tries)
	}
	pause := 30 * time.Second
	for i, was := range at[1:] {
		got := was.Sub(at[i])
		if got < pause*3/4 || got > pause*5/4+time.Minute {
			t.Errorf("pause %d: got %v, want %v, a quarter more or less, and up to a minute", i+1, got, pause)
		}
		pause = min(3*pause, 6*time.Hour)
	}
	dead := mustDead(t, north)
	if len(dead) != 1 || dead[0].Kind != "mail" || dead[0].UniqueKey != "a" || dead[0].Attempt != job.Tries ||
		!strings.Contains(dead[0].LastError, "no route") {
		t.Errorf("Dead: got %+v", dead)
	}
}

func mustDead(t *testing.T, d *db.DB) []job.Job {
	t.Helper()
	dead, err := job.Dead(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	return dead
}

func TestGiveUpAndAgain(t *testing.T) {
	d, clock := practices(t, "north", "south")
	north := d.For("north")
	fails, ran := true, 0
	w := job.Worker{DB: d, Do: map[job.Kind]job.Func{"mail": func(context.Context, *db.DB, []byte) error {
		ran++
		if fails {
			return fmt.Errorf("no such address: %w", job.ErrGiveUp)
		}
		return nil
	}}}
	later(t, north, "mail", "a", clock.Now(), nil)
	if n, err := w.RunDue(ctx); n != 1 || !errors.Is(err, job.ErrGiveUp) {
		t.Fatalf("RunDue: got %d, %v, want ErrGiveUp", n, err)
	}
	dead := mustDead(t, north)
	if len(dead) != 1 {
		t.Fatalf("Dead: got %+v, want one", dead)
	}
	if others := mustDead(t, d.For("south")); len(others) != 0 {
		t.Errorf("Dead of another practice: got %+v, want none", others)
	}
	again := func(d *db.DB, id string) error {
		return d.InTx(ctx, func(tx *db.DB) error { return job.Again(ctx, tx, id) })
	}
	if err := again(d.For("south"), dead[0].ID); !errors.Is(err, db.ErrNone) {
		t.Errorf("Again from another practice: got %v, want ErrNone", err)
	}
	if err := again(north, dead[0].ID); err != nil {
		t.Errorf("Again: %v", err)
	}
	if err := again(north, dead[0].ID); !errors.Is(err, db.ErrNone) {
		t.Errorf("Again of one that waits: got %v, want ErrNone", err)
	}
	fails = false
	if n, err := w.RunDue(ctx); n != 1 || err != nil || ran != 2 || len(mustDead(t, north)) != 0 {
		t.Errorf("RunDue: got %d tries (%d in all), %v, want 1 (2)", n, ran, err)
	}
}

func TestPanicsTellTheirPlaceAndNoContent(t *testing.T) {
	d, clock := practices(t, "north")
	var nothing *job.Job
	w := job.Worker{DB: d, Do: map[job.Kind]job.Func{
		"a": func(context.Context, *db.DB, []byte) error { panic("what Ana said") },
		"b": func(context.Context, *db.DB, []byte) error { return errors.New(string(nothing.Kind)) },
	}}
	later(t, d.For("north"), "a", "a", clock.Now(), nil)
	later(t, d.For("north"), "b", "b", clock.Now(), nil)
	n, err := w.RunDue(ctx)
	if n != 2 || err == nil {
		t.Fatalf("RunDue: got %d, %v, want two failures", n, err)
	}
	if s := err.Error(); strings.Contains(s, "Ana") || strings.Count(s, "job_test.go:") != 2 {
		t.Errorf("got %q, want both places and no content", s)
	}
}

func TestDoTxHappensExactlyOnceOrNotAtAll(t *testing.T) {
	d, clock := practices(t, "north")
	north := d.For("north")
	mode := "fail"
	w := job.Worker{DB: d, DoTx: map[job.Kind]job.Func{"rename": func(ctx context.Context, tx *db.DB, payload []byte) error {
		if _, err := tx.Exec(ctx, `UPDATE practice SET version = version + 1 WHERE practice_id = $1`, tx.PracticeID()); err != nil {
			return err
		}
		if mode == "fail" {
			return errors.New("sorry")
		}
		return job.Later(ctx, tx, "rename", "a", tx.Now(), "again") // which its own job, done, does not become
	}}}
	version := func() (n int) {
		if err := north.Row(ctx, `SELECT version FROM practice WHERE practice_id = $1`, "north").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	later(t, north, "rename", "a", clock.Now(), nil)
	if n, err := w.RunDue(ctx); n != 1 || err == nil || version() != 1 {
		t.Errorf("failing: got %d tries, %v, version %d, want 1, an error, 1", n, err, version())
	}
	clock.Advance(time.Minute)
	mode = "work"
	if n, err := w.RunDue(ctx); n != 1 || err != nil || version() != 2 {
		t.Errorf("working: got %d tries, %v, version %d, want 1, nil, 2", n, err, version())
	}
	if n, err := w.RunDue(ctx); n != 0 || err != nil || version() != 2 {
		t.Errorf("done: got %d tries, %v, version %d, want 0, nil, 2", n, err, version())
	}
}

func TestMovedWhileItRuns(t *testing.T) {
	d, clock := practices(t, "north")
	north := d.For("north")
	ran := 0
	w := job.Worker{DB: d, Do: map[job.Kind]job.Func{"note": func(context.Context, *db.DB, []byte) error {
		if ran++; ran == 1 {
			later(t, north, "note", "a", clock.Now().Add(time.Hour), nil)
		}
		return nil
	}}}
	later(t, north, "note", "a", clock.Now(), nil)
	for _, want := range []int{1, 0} {
		if n, err := w.RunDue(ctx); n != want || err != nil {
			t.Errorf("RunDue: got %d, %v, want %d", n, err, want)
		}
	}
	clock.Advance(time.Hour)
	if n, err := w.RunDue(ctx); n != 1 || err != nil || ran != 2 {
		t.Errorf("RunDue at the new time: got %d, %v, want 1", n, err)
	}
}

func TestACrashedWorkersJobIsRescuedWithinAMinute(t *testing.T) {
	d, clock := practices(t, "north")
	north, w := d.For("north"), newDiary(d)
	later(t, north, "note", "a", clock.Now(), 1)
	crash := func(attempt int) {
		inTx(t, north, func(tx *db.DB) error {
			_, err := tx.Exec(ctx, `UPDATE job SET lease_until = $2, attempt = $3 WHERE practice_id = $1`,
				"north", tx.Now().Add(50*time.Second), attempt)
			return err
		})
	}
	crash(1)
	w.expect(t)
	clock.Advance(59 * time.Second)
	w.expect(t, "north 1")

	later(t, north, "note", "b", clock.Now(), 2) // one that always brings the program down
	crash(job.Tries)
	clock.Advance(time.Minute)
	w.did = nil
	if n, err := w.RunDue(ctx); n != 1 || !errors.Is(err, job.ErrGiveUp) || len(w.did) != 0 {
		t.Errorf("after %d crashes: got %d, %v and %q, want it dead without another try", job.Tries, n, err, w.did)
	}
}

func TestFencedPracticesRest(t *testing.T) {
	d, clock := practices(t, "north", "south")
	w := newDiary(d)
	w.Worker.Every = []job.Periodic{job.Every("note", time.Hour)}
	inTx(t, d.For("north"), func(tx *db.DB) error {
		_, err := tx.Exec(ctx, `UPDATE practice SET state = 'fenced' WHERE practice_id = $1`, "north")
		return err
	})
	later(t, d.For("north"), "note", "a", clock.Now(), 1)
	w.expect(t, "south null")
}

func TestEvery(t *testing.T) {
	d, clock := practices(t, "north", "south")
	w := newDiary(d)
	w.Worker.Every = []job.Periodic{job.Every("note", time.Hour)}
	w.expect(t, "north null", "south null")
	clock.Advance(59 * time.Minute)
	w.expect(t)
	clock.Advance(time.Minute)
	w.expect(t, "north null", "south null")
	clock.Advance(100 * time.Hour) // of which 99 are left out
	w.expect(t, "north null", "south null")
	kept := 0
	if err := d.Row(ctx, `SELECT COUNT(*) FROM job`).Scan(&kept); err != nil || kept != 2 {
		t.Errorf("rows kept: got %d, %v, want 2", kept, err)
	}
}

func TestFailingPeriodicWorkDoesNotPileUp(t *testing.T) {
	d, clock := practices(t, "north")
	ran := 0
	w := job.Worker{DB: d, Every: []job.Periodic{job.Every("fold", time.Minute)},
		DoTx: map[job.Kind]job.Func{"fold": func(context.Context, *db.DB, []byte) error { ran++; return errors.New("sorry") }}}
	for range 60 * 4 {
		if _, err := w.RunDue(ctx); err != nil && !strings.Contains(err.Error(), "sorry") {
			t.Fatal(err)
		}
		clock.Advance(15 * time.Second)
	}
	waiting := 0
	err := d.Row(ctx, `SELECT COUNT(*) FROM job WHERE state = 'waiting'`).Scan(&waiting)
	if err != nil || waiting > 1 {
		t.Errorf("waiting: got %d, %v, want at most 1", waiting, err)
	}
	if ran < 40 || ran > 85 {
		t.Errorf("tries in an hour: got %d, want about one a minute", ran)
	}
	if n := len(mustDead(t, d.For("north"))); n < 3 || n > 8 {
		t.Errorf("dead: got %d, want one for each 10 tries", n)
	}
}
