package backup_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/auth"
	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/rupture"
	"attune/internal/schedule"

	"filippo.io/age"
)

var ctx = context.Background()

const canary = "CANARY the argument on the stairs"

// lived is a small practice in which something has happened: hours, check-ins with words, a rupture, a login.
func lived(t *testing.T) *pt.House {
	t.Helper()
	h := pt.New(t)
	for week := range 3 {
		at := dbtest.Start.Add(time.Duration(week) * 7 * 24 * time.Hour)
		for i, course := range []practice.CourseID{pt.OfRosa, pt.OfPair, pt.OfNell} {
			a := h.Hold(course, at.Add(time.Duration(i)*2*time.Hour))
			for _, who := range map[practice.CourseID][]string{pt.OfRosa: {pt.Rosa}, pt.OfPair: {pt.Ines, pt.Paul}, pt.OfNell: {pt.Nell}}[course] {
				say(t, h, who, a)
			}
		}
	}
	h.Book(pt.OfRosa, h.Clock.Now().Add(72*time.Hour))
	h.Tx(func(tx *db.DB) error {
		_, err := auth.Invite(ctx, tx, access.OfProgram("north"), auth.Person{ID: pt.Rosa, Kind: auth.Client, Email: "rosa@mail.example"})
		return err
	})
	return h
}

func say(t *testing.T, h *pt.House, who string, a schedule.Appointment) {
	t.Helper()
	answers := measure.Answers{"asc-off": measure.Text("not_talked"), "asc-wish": measure.Text("raise_it"), "asc-words": measure.Text(canary + " " + who)}
	for _, item := range []string{"heard", "understood", "valued", "safe", "together"} {
		answers["asc-"+item] = measure.Number(3)
	}
	_, err := rupture.Send(ctx, h.DB, h.By(who), rupture.CheckIn{AppointmentID: string(a.ID), ClientID: practice.ClientID(who),
		Side: alliance.Client, Answers: answers})
	if err != nil {
		t.Fatalf("%s checks in: %v", who, err)
	}
}

// vault is a folder for backups with one who opens records and one who opens keys.
type vault struct {
	backup.Plan
	records, keys *age.X25519Identity
}

func newVault(t *testing.T) vault {
	t.Helper()
	records, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	keys, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return vault{backup.Plan{Dir: filepath.Join(t.TempDir(), "backups"), To: []age.Recipient{records.Recipient()}, KeysTo: []age.Recipient{keys.Recipient()}}, records, keys}
}

func (v vault) both() []age.Identity { return []age.Identity{v.records, v.keys} }

func (v vault) create(t *testing.T, d *db.DB) backup.Made {
	t.Helper()
	m, err := backup.Create(ctx, d, v.Plan)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// emptyAt returns a database without any table, with a clock.
func emptyAt(t *testing.T, now time.Time) *db.DB {
	t.Helper()
	dsn, owner := dbtest.Empty(t)
	clock := &dbtest.Clock{}
	clock.Set(now)
	return dbtest.Open(t, dsn, db.Options{Clock: clock, OwnerDSN: owner}).ForAll()
}

func hash(t *testing.T, d *db.DB) string {
	t.Helper()
	s, err := backup.Hash(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	return s.Hash
}

func mustBeWell(t *testing.T, d *db.DB) {
	t.Helper()
	found, err := backup.Check(ctx, d)
	if err != nil || len(found) > 0 {
		t.Errorf("fsck: got %v, %v", found, err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	h, v := lived(t), newVault(t)
	want := hash(t, h.DB)
	m := v.create(t, h.DB)
	for _, path := range []string{m.File, m.Keys} {
		b, err := os.ReadFile(path)
		if err != nil || bytes.Contains(b, []byte(canary)) || bytes.Contains(b, []byte("rosa")) {
			t.Errorf("%s: %v, or it can be read by anyone", path, err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: got mode %v, %v", path, info.Mode(), err)
		}
	}
	data, err := backup.Verify(m.File, []age.Identity{v.records})
	if err != nil || data.Rows["check_in"] != 12 || data.Rows["seal_key"] != 0 {
		t.Errorf("Verify records: got %v, %v", data, err)
	}
	if keys, err := backup.Verify(m.Keys, []age.Identity{v.keys}); err != nil || keys.Rows["seal_key"] != 8 || keys.Rows["client"] != 0 || keys.ID != data.ID {
		t.Errorf("Verify keys: got %v, %v", keys, err)
	}
	there := emptyAt(t, h.Clock.Now())
	if _, err := backup.Restore(ctx, there, backup.Source{File: m.File, Identities: v.both()}); err != nil {
		t.Fatal(err)
	}
	if got := hash(t, there.For("north")); got != want {
		t.Errorf("got hash %s, want %s", got, want)
	}
	mustBeWell(t, there.For("north"))
	_, err = backup.Restore(ctx, there, backup.Source{File: m.File, Identities: v.both()})
	refused(t, "a place that is not empty", err)
	last, err := backup.Last(ctx, h.DB)
	if err != nil || last.File != filepath.Base(m.File) || last.Rows != int64(m.Rows) || last.Fault != "" {
		t.Errorf("Last: got %v, %v", last, err)
	}
}

func refused(t *testing.T, what string, err error) {
	t.Helper()
	f, ok := fault.Of(err)
	if !ok || f.Kind != fault.KindInvalid || strings.Count(f.Sentence, ". ") > 0 {
		t.Errorf("%s: got %v, want a refusal in one sentence", what, err)
	}
}

func TestRestoreRefusesWhatIsNotWhole(t *testing.T) {
	h, v := lived(t), newVault(t)
	m, later := v.create(t, h.DB), backup.Made{}
	h.Clock.Advance(time.Minute)
	later = v.create(t, h.DB)
	there := emptyAt(t, h.Clock.Now())
	for name, from := range map[string]backup.Source{
		"nobody's identity":            {File: m.File},
		"the identity of the keys":     {File: m.File, Identities: []age.Identity{v.keys}},
		"the identity of the records":  {File: m.File, Identities: []age.Identity{v.records}},
		"the keys of another backup":   {File: m.File, Keys: later.Keys, Identities: v.both()},
		"the keys as the records":      {File: m.Keys, Keys: m.Keys, Identities: v.both()},
		"no file":                      {File: m.File + "x", Identities: v.both()},
		"a list that is none":          {File: m.File, Identities: v.both(), Forgotten: []string{m.File}},
		"another list that is missing": {File: m.File, Identities: v.both(), Forgotten: []string{"missing"}},
	} {
		_, err := backup.Restore(ctx, there, from)
		refused(t, name, err)
	}
	if version, err := there.SchemaVersion(ctx); version != 0 || err != nil {
		t.Errorf("after refusals there are tables: %d, %v", version, err)
	}
	dsn, owner := dbtest.Empty(t)
	other := dbtest.Open(t, dsn, db.Options{Root: []byte("another root key for tests 32 b."), OwnerDSN: owner})
	_, err := backup.Restore(ctx, other, backup.Source{File: m.File, Identities: v.both()})
	refused(t, "another root key", err)
	if n := count(t, other.ForAll(), `SELECT COUNT(*) FROM practice`); n != 0 { // it shows only when all rows are there
		t.Errorf("of what was refused %d practices were kept", n)
	}
}

// mutants are a file with one bit flipped, or cut, or longer, at places spread over it.
func mutants(whole []byte, n int) [][]byte {
	all := [][]byte{append(bytes.Clone(whole), 0), append(bytes.Clone(whole), whole...), {}}
	for i := range n {
		at := i * (len(whole) - 1) / (n - 1)
		flipped := bytes.Clone(whole)
		flipped[at] ^= 1 << (i % 8)
		all = append(all, flipped, bytes.Clone(whole[:at]))
	}
	return all
}

// accepted counts the mutants that a reader takes.
func accepted(t *testing.T, whole []byte, n int, reads func(path string) error) int {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mutant.age")
	count := 0
	for _, b := range mutants(whole, n) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if reads(path) == nil {
			count++
		}
	}
	return count
}

func TestVerifyRefusesEveryMutant(t *testing.T) {
	h, v := lived(t), newVault(t)
	whole, err := os.ReadFile(v.create(t, h.DB).File)
	if err != nil {
		t.Fatal(err)
	}
	n := accepted(t, whole, 400, func(path string) error {
		_, err := backup.Verify(path, []age.Identity{v.records})
		if err != nil {
			refused(t, "a mutant", err)
		}
		return err
	})
	if n != 0 {
		t.Errorf("got %d mutants accepted, want none", n)
	}
	// A reader that does not read to the end is what this test is there to catch.
	n = accepted(t, whole, 400, func(path string) error {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		_, err = age.Decrypt(file, v.records)
		return err
	})
	if n == 0 {
		t.Error("a careless reader was not caught")
	}
}

func TestPlanIsRefused(t *testing.T) {
	h, v := lived(t), newVault(t)
	for name, p := range map[string]backup.Plan{
		"no folder":          {To: v.To, KeysTo: v.KeysTo},
		"nobody for records": {Dir: v.Dir, KeysTo: v.KeysTo},
		"nobody for keys":    {Dir: v.Dir, To: v.To},
		"one for both":       {Dir: v.Dir, To: v.To, KeysTo: v.To},
	} {
		_, err := backup.Create(ctx, h.DB, p)
		refused(t, name, err)
	}
	if last, err := backup.Last(ctx, h.DB); err != nil || last.Fault == "" || !last.Done.IsZero() {
		t.Errorf("Last: got %v, %v, want the fault", last, err)
	}
}

func TestListDueAndExpire(t *testing.T) {
	h, v := lived(t), newVault(t)
	first := v.create(t, h.DB)
	due, err := backup.Due(ctx, h.DB, time.Hour)
	if err != nil || due {
		t.Errorf("just after a backup: got %v, %v", due, err)
	}
	h.Clock.Advance(36 * 24 * time.Hour)
	for _, want := range []bool{true, false} { // whoever asks second is not told so
		if due, err := backup.Due(ctx, h.DB, time.Hour); err != nil || due != want {
			t.Errorf("Due: got %v, %v, want %v", due, err, want)
		}
	}
	second := v.create(t, h.DB)
	all, err := backup.List(v.Dir)
	if err != nil || len(all) != 1 || all[0].File != second.File || all[0].Keys != second.Keys || !all[0].At.Equal(second.At) {
		t.Errorf("List: got %v, %v, want only %v", all, err, second)
	}
	if _, err := os.Stat(first.Keys); err == nil {
		t.Error("keys that are older than 35 days are still there")
	}
	_, err = backup.Before(v.Dir, first.At)
	refused(t, "a moment before the first", err)
	if f, err := backup.Before(v.Dir, second.At.Add(time.Hour)); err != nil || f.File != second.File {
		t.Errorf("Before: got %v, %v", f, err)
	}
}

// other makes what dbtest gives from now on the other of the two databases.
func other(t *testing.T) {
	t.Helper()
	name := "postgres"
	if os.Getenv("ATTUNE_TEST_DB") == name {
		name = "sqlite"
	}
	t.Setenv("ATTUNE_TEST_DB", name)
}

func TestRestoreIntoTheOtherDatabase(t *testing.T) {
	h, v := lived(t), newVault(t)
	want := hash(t, h.DB)
	m := v.create(t, h.DB)
	other(t)
	there := emptyAt(t, h.Clock.Now())
	if there.Dialect() == h.DB.Dialect() {
		t.Fatal("it is the same kind of database")
	}
	if _, err := backup.Restore(ctx, there, backup.Source{File: m.File, Identities: v.both()}); err != nil {
		t.Fatal(err)
	}
	if got := hash(t, there.For("north")); got != want {
		t.Errorf("got hash %s, want %s", got, want)
	}
	mustBeWell(t, there.For("north"))
	again := newVault(t).create(t, there) // and one of there holds the same rows
	if again.Rows != m.Rows {
		t.Errorf("got %d rows, want %d", again.Rows, m.Rows)
	}
}
