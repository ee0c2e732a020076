package backup_test

import (
	"errors"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/letter"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/practice/texts"
	"attune/internal/rupture"
	"attune/internal/schedule"
)

// fineAfter makes sure that all is as it was, and can be read through the verbs.
func fineAfter(t *testing.T, h *pt.House, d *db.DB, want string) {
	t.Helper()
	if got := hash(t, d); got != want {
		t.Errorf("got hash %s, want %s", got, want)
	}
	mustBeWell(t, d)
	if all, err := rupture.Ruptures(ctx, d, h.By(pt.Theo), pt.OfRosa, pt.Rosa); err != nil || len(all) == 0 {
		t.Errorf("ruptures: got %d, %v", len(all), err)
	}
	if all, err := schedule.OfCourse(ctx, d, h.By(pt.Theo), access.ReadTimes, pt.OfRosa); err != nil || len(all) == 0 {
		t.Errorf("appointments: got %d, %v", len(all), err)
	}
}

var errKilled = errors.New("killed")

// killed runs a rotation that is cut off after the nth step, and then again to its end.
func killed(t *testing.T, n int, rotate func(told func(int) error) (int, error)) {
	t.Helper()
	if _, err := rotate(func(done int) error {
		if done >= n {
			return errKilled
		}
		return nil
	}); !errors.Is(err, errKilled) {
		t.Fatalf("got %v, want to be cut off", err)
	}
	if _, err := rotate(func(int) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

func TestRotateClients(t *testing.T) {
	h := lived(t)
	h.Tx(func(tx *db.DB) error {
		l := letter.ToClient(practice.Client{ID: pt.Rosa, KeyID: "key-rosa", About: practice.About{Email: "rosa@mail.example",
			Contact: practice.SafeContact{Mail: true}}}, texts.MailName("reminder"))
		return letter.Send(ctx, tx, l)
	})
	want, before := hash(t, h.DB), boxes(t, h.DB, pt.Rosa)
	h.Clock.Advance(time.Hour)
	killed(t, 3, func(told func(int) error) (int, error) {
		h.Clock.Advance(time.Minute)
		return backup.RotateClients(ctx, h.DB, told)
	})
	fineAfter(t, h, h.DB, want)
	if n := count(t, h.DB, `SELECT COUNT(*) FROM seal_key WHERE kind <> 'practice' AND version <> 2`); n != 0 {
		t.Errorf("%d keys are not of version 2: an old one is left, or the second run began anew", n)
	}
	after := boxes(t, h.DB, pt.Rosa)
	for i := range before {
		for j := range after {
			if string(before[i]) == string(after[j]) {
				t.Errorf("value %d still lies under the old key", i)
			}
		}
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM key_rotation WHERE done_at IS NULL`); n != 0 {
		t.Error("the rotation is not at its end")
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM audit_leaf WHERE deed = $1`, backup.RenewedKeys); n != 1 {
		t.Errorf("got %d entries in the log, want 1", n)
	}
}

func TestRotatePractice(t *testing.T) {
	h := lived(t)
	want := hash(t, h.DB)
	killed(t, 1, func(told func(int) error) (int, error) { return backup.RotatePractice(ctx, h.DB, told) })
	fineAfter(t, h, h.DB, want)
	if n := count(t, h.DB, `SELECT COUNT(*) FROM seal_key WHERE kind <> 'practice' AND wrapper_version <> 2`); n != 0 {
		t.Errorf("%d keys are left under the old one", n)
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM seal_key WHERE kind = 'practice'`); n != 2 {
		t.Errorf("got %d keys of the practice, want 2", n)
	}
}

func TestChangeRoot(t *testing.T) {
	root := []byte("another root key for tests 32 b.")
	dsn, owner := dbtest.Migrated(t)
	d := dbtest.Open(t, dsn, db.Options{OwnerDSN: owner}).ForAll()
	found := practice.Practice{ID: "north", Ref: "north", Zone: "America/Chicago", Settings: practice.Settings{Name: "North", ShortName: "North",
		Phone: "312-555-0100", Email: "hello@north.example", LeaveURL: "https://weather.example/", ReplyHours: 8, HoldHours: 48, CutoffHours: 24, SessionMinutes: 50}}
	if err := practice.Found(ctx, d, found); err != nil {
		t.Fatal(err)
	}
	north := d.For("north")
	for range 2 {
		if err := north.InTx(ctx, func(tx *db.DB) error {
			return audit.Record(ctx, tx, access.OfProgram("north"), audit.Changed, audit.Subject{Right: access.WriteSettings, Type: "settings"})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := audit.Sequence(ctx, north); err != nil {
			t.Fatal(err)
		}
	}
	want := hash(t, north)
	if err := backup.ChangeRoot(ctx, d, root); err != nil {
		t.Fatal(err)
	}
	if ok, err := backup.Opens(ctx, d); ok || err != nil {
		t.Errorf("with the old root key: got %v, %v", ok, err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = dbtest.Open(t, dsn, db.Options{Root: root, OwnerDSN: owner})
	if ok, err := backup.Opens(ctx, d); !ok || err != nil {
		t.Errorf("with the new root key: got %v, %v", ok, err)
	}
	if _, err := audit.Sequence(ctx, d.For("north")); err != nil {
		t.Fatal(err)
	}
	if got := hash(t, d.For("north")); got != want {
		t.Errorf("got hash %s, want %s", got, want)
	}
	mustBeWell(t, d.For("north"))
}

func TestCheckFindsARowThatWasChangedInTheFile(t *testing.T) {
	for table, change := range map[string]string{"appointment": `UPDATE appointment SET therapist_id = 'tess' WHERE course_id = $1`,
		"rupture": `UPDATE rupture SET wish = 'nothing' WHERE course_id = $1`} {
		h := lived(t)
		h.Tx(func(tx *db.DB) error { _, err := tx.Exec(ctx, change, pt.OfRosa); return err })
		found, err := backup.Check(ctx, h.DB)
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, p := range found {
			seen = seen || p.Check == "digest" && p.Table == table
		}
		if !seen {
			t.Errorf("%s: got %v, want a digest that is wrong", table, found)
		}
	}
}
