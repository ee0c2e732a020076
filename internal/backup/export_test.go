package backup_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"

	"filippo.io/age"
)

// migratedAt is a migrated database that holds nothing, under another root key.
func migratedAt(t *testing.T, h *pt.House) *db.DB {
	t.Helper()
	dsn, owner := dbtest.Migrated(t)
	clock := &dbtest.Clock{}
	clock.Set(h.Clock.Now())
	return dbtest.Open(t, dsn, db.Options{Clock: clock, OwnerDSN: owner, Root: []byte("another root key for tests 32 b.")}).ForAll()
}

func TestExportAndImport(t *testing.T) {
	for _, elsewhere := range []bool{false, true} {
		h, v := lived(t), newVault(t)
		remind(t, h)
		want := hash(t, h.DB)
		plain, sealed := filepath.Join(t.TempDir(), "export"), filepath.Join(t.TempDir(), "export.age")
		m, err := backup.Export(ctx, h.DB, plain, nil)
		if err != nil || m.Hash != want || m.Rows["check_in"] != 12 {
			t.Fatalf("Export: got %v, %v", m, err)
		}
		if _, err := backup.Export(ctx, h.DB, sealed, v.To); err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(sealed); err != nil || bytes.Contains(b, []byte("Rosa")) {
			t.Errorf("the sealed export: %v, or everyone can read it", err)
		}
		if elsewhere {
			other(t)
		}
		for from, ids := range map[string][]age.Identity{plain: nil, sealed: {v.records}} {
			there := migratedAt(t, h)
			if _, err := backup.Import(ctx, there, from, ids); err != nil {
				t.Fatal(err)
			}
			fineAfter(t, h, there.For("north"), want)
			got := count(t, there, `SELECT COUNT(*) FROM job WHERE kind = 'reminder' AND state = 'waiting'`)
			if want := count(t, there, `SELECT COUNT(*) FROM appointment WHERE state = 'booked'`); got != want || want != 2 {
				t.Errorf("got %d reminders, want one for each of %d appointments", got, want)
			}
			found, err := practice.FindClients(ctx, there.For("north"), h.By(pt.Cora), "rosa")
			if err != nil || len(found) != 1 || found[0].Email != "rosa@mail.example" {
				t.Errorf("find a client: got %v, %v", found, err)
			}
			_, err = backup.Import(ctx, there, from, ids)
			refused(t, "a second time", err)
		}
	}
}

func TestExportIsRead(t *testing.T) {
	h := lived(t)
	out := filepath.Join(t.TempDir(), "export")
	if _, err := backup.Export(ctx, h.DB, out, nil); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string][]string{
		"lists/clients.csv":      {"id,name,pronouns,email", "Rosa Vance"},
		"lists/staff.csv":        {"Theo Lindqvist"},
		"lists/courses.csv":      {"Ines Marchetti and Paul Marchetti,Theo Lindqvist,couple"},
		"lists/appointments.csv": {"Rosa Vance,Theo Lindqvist,Room 2,held"},
		"lists/appointments.ics": {"BEGIN:VEVENT\r\n", "SUMMARY:Appointment with Theo Lindqvist\r\n"},
		"records/rosa.html":      {"<h1>Rosa Vance</h1>", canary + " rosa"},
		"records/ines.html":      {canary + " ines"},
		"tables/check_in.jsonl":  {canary},
		"audit.jsonl":            {`"deed":"booked"`},
		"manifest.json":          {`"statehash"`},
	} {
		b, err := os.ReadFile(filepath.Join(out, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range want {
			if !strings.Contains(string(b), words) {
				t.Errorf("%s has no %q", name, words)
			}
		}
	}
	if b, _ := os.ReadFile(filepath.Join(out, "records/ines.html")); strings.Contains(string(b), canary+" paul") {
		t.Error("what one person of a couple said is in the other's record")
	}
	if b, _ := os.ReadFile(filepath.Join(out, "lists/appointments.ics")); strings.Contains(string(b), "Rosa") {
		t.Error("the calendar names a client")
	}
	err := filepath.WalkDir(out, func(path string, e fs.DirEntry, err error) error {
		if info, _ := e.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others can read %s", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestImportRefusesWhatWasChanged(t *testing.T) {
	h := lived(t)
	for name, change := range map[string]func(b []byte) []byte{
		"tables/check_in.jsonl": func(b []byte) []byte { return bytes.Replace(b, []byte(canary), []byte("Something else"), 1) },
		"tables/claim.jsonl":    func([]byte) []byte { return nil },
		"manifest.json":         func(b []byte) []byte { return b[:len(b)/2] },
	} {
		out := filepath.Join(t.TempDir(), "export")
		if _, err := backup.Export(ctx, h.DB, out, nil); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(out, name)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, change(b), 0o600); err != nil {
			t.Fatal(err)
		}
		there := migratedAt(t, h)
		_, err = backup.Import(ctx, there, out, nil)
		refused(t, name, err)
		if n := count(t, there, `SELECT COUNT(*) FROM practice`); n != 0 {
			t.Errorf("%s: something of it was kept", name)
		}
	}
	_, err := backup.Import(ctx, migratedAt(t, h), t.TempDir(), nil)
	refused(t, "an empty folder", err)
}

// remind has the practice remind of appointments a day before, and books one.
func remind(t *testing.T, h *pt.House) {
	t.Helper()
	h.Tx(func(tx *db.DB) error {
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		house.Reminders = []int{24 * 60}
		return practice.Save(ctx, tx, h.By(pt.Olga), house)
	})
	h.Book(pt.OfNell, h.Clock.Now().Add(80*time.Hour))
}
