package backup_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/internal/audit"
	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
)

// boxes are the sealed answers of a client and the client's wrapped key, as they lie in the database.
func boxes(t *testing.T, d *db.DB, client string) (all [][]byte) {
	t.Helper()
	err := d.Each(ctx, `
		SELECT answers FROM check_in WHERE practice_id = $1 AND client_id = $2
		UNION ALL SELECT profile FROM client WHERE practice_id = $1 AND id = $2
		UNION ALL SELECT wrapped FROM seal_key WHERE practice_id = $1 AND owner_id = $3`,
		[]any{"north", client, "key-" + client}, func(scan func(...any) error) error {
			var box []byte
			err := scan(&box)
			all = append(all, box)
			return err
		})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// lying counts how many of the boxes can be found in the files of an SQLite database.
func lying(t *testing.T, path string, boxes [][]byte) int {
	t.Helper()
	n := 0
	for _, end := range []string{"", "-wal", "-shm"} {
		b, err := os.ReadFile(path + end)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, box := range boxes {
			if bytes.Contains(b, box[len(box)-24:]) {
				n++
			}
		}
	}
	return n
}

func count(t *testing.T, d *db.DB, query string, args ...any) (n int) {
	t.Helper()
	if err := d.Row(ctx, query, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestShred(t *testing.T) {
	h, v := lived(t), newVault(t)
	old := v.create(t, h.DB)
	before := boxes(t, h.DB, pt.Rosa)
	past := count(t, h.DB, `SELECT COUNT(*) FROM claim WHERE end_at <= $1`, h.Clock.Now())
	h.Clock.Advance(time.Hour)
	c, err := backup.Shred(ctx, h.DB, pt.Rosa, v.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Keys) != 2 || !c.Beyond.Equal(c.At.Add(35*24*time.Hour)) || c.Checkpoint.Size == 0 {
		t.Errorf("got certificate %+v", c)
	}
	for table, column := range map[string]string{"client": "id", "login": "person_id", "link": "person_id", "check_in": "client_id", "rupture": "client_id",
		"course_client": "client_id", "sign_in": "person_id"} {
		if n := count(t, h.DB, `SELECT COUNT(*) FROM `+table+` WHERE `+column+` = $1`, pt.Rosa); n > 0 {
			t.Errorf("%s: %d rows are left", table, n)
		}
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM course WHERE id = $1`, pt.OfRosa) + count(t, h.DB, `SELECT COUNT(*) FROM seal_name WHERE owner_id = 'key-rosa'`); n > 0 {
		t.Errorf("the course or the names are left")
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM claim WHERE end_at <= $1`, h.Clock.Now()); n != past {
		t.Errorf("got %d claims on time that has passed, want %d", n, past)
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM job WHERE payload LIKE '%rosa%'`); n > 0 {
		t.Errorf("%d jobs still name the client", n)
	}
	mustBeWell(t, h.DB)
	if report, err := audit.Verify(ctx, h.DB, nil); err != nil || len(report.Findings) > 0 {
		t.Errorf("audit: got %v, %v", report.Findings, err)
	}
	if after := boxes(t, h.DB, pt.Nell); len(after) != 5 {
		t.Errorf("of another client: got %d boxes, want 5", len(after))
	}
	if _, err := backup.Shred(ctx, h.DB, pt.Rosa, v.Dir); err == nil {
		t.Error("a second time: got no error")
	}
	restoreForgets(t, h, v, old, before)
}

// restoreForgets restores the backup from before: the list beside it keeps the client forgotten. Without the list
// they would be back, which is what the list is there for.
func restoreForgets(t *testing.T, h *pt.House, v vault, old backup.Made, before [][]byte) {
	t.Helper()
	for _, listed := range []bool{true, false} {
		if !listed {
			if err := os.Remove(filepath.Join(v.Dir, "forgotten.txt")); err != nil {
				t.Fatal(err)
			}
		}
		there := emptyAt(t, h.Clock.Now())
		r, err := backup.Restore(ctx, there, backup.Source{File: old.File, Identities: v.both()})
		if err != nil || (r.Forgotten == 2) != listed {
			t.Fatalf("Restore: got %v, %v", r.Forgotten, err)
		}
		if got := len(boxes(t, there.For("north"), pt.Rosa)) == 0; got != listed {
			t.Errorf("listed %v: forgotten again is %v", listed, got)
		}
		mustBeWell(t, there.For("north"))
	}
	if len(before) != 5 {
		t.Errorf("got %d boxes before, want 5", len(before))
	}
}

func TestShredLeavesNothingInTheFile(t *testing.T) {
	t.Setenv("ATTUNE_TEST_DB", "sqlite")
	h := lived(t)
	path := ""
	if err := h.DB.Row(ctx, `SELECT file FROM pragma_database_list WHERE name = 'main'`).Scan(&path); err != nil {
		t.Fatal(err)
	}
	before, others := boxes(t, h.DB, pt.Rosa), boxes(t, h.DB, pt.Nell)
	if lying(t, path, before) < len(before) {
		t.Fatal("what is looked for was not there before")
	}
	if _, err := backup.Shred(ctx, h.DB, pt.Rosa, ""); err != nil {
		t.Fatal(err)
	}
	if n := lying(t, path, before); n > 0 {
		t.Errorf("%d sealed values or keys of the client still lie in the file", n)
	}
	if n := lying(t, path, others); n != len(others) {
		t.Errorf("of another client got %d, want %d", n, len(others))
	}
}

func TestShredACouple(t *testing.T) {
	h := lived(t)
	kept := backupHashOf(t, h, "note", "session", "appointment", "course")
	if _, err := backup.Shred(ctx, h.DB, pt.Ines, ""); err != nil {
		t.Fatal(err)
	}
	if got := backupHashOf(t, h, "note", "session", "appointment", "course"); got != kept {
		t.Error("the course that the partner is still in has changed")
	}
	if n := len(boxes(t, h.DB, pt.Paul)); n != 5 {
		t.Errorf("of the partner: got %d boxes, want 5", n)
	}
	mustBeWell(t, h.DB)
	if _, err := backup.Shred(ctx, h.DB, pt.Paul, ""); err != nil {
		t.Fatal(err)
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM course WHERE id = $1`, pt.OfPair); n != 0 {
		t.Error("the course is left after its last participant")
	}
	if n := count(t, h.DB, `SELECT COUNT(*) FROM seal_key WHERE owner_id = $1`, "key-"+string(practice.CourseID(pt.OfPair))); n != 0 {
		t.Error("the key of the course is left after its last participant")
	}
	mustBeWell(t, h.DB)
}

func backupHashOf(t *testing.T, h *pt.House, tables ...string) string {
	t.Helper()
	s, err := backup.Hash(ctx, h.DB)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, name := range tables {
		all = append(all, s.Tables[name])
	}
	return strings.Join(all, " ")
}
