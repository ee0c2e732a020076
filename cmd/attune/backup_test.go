package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
)

// attune runs the program in the test's folder and returns its exit code and what it printed.
func attune(args ...string) (code int, out, errs string) {
	var o, e bytes.Buffer
	code = run(args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// must runs the program, which must exit with code, and returns what it printed.
func must(t *testing.T, code int, args ...string) string {
	t.Helper()
	got, out, errs := attune(args...)
	if got != code {
		t.Fatalf("attune %s: got exit code %d, want %d: %s%s", strings.Join(args, " "), got, code, out, errs)
	}
	if code == exitRefused && strings.Count(strings.TrimSpace(errs), "\n") > 0 {
		t.Errorf("attune %s: got more than one sentence: %s", strings.Join(args, " "), errs)
	}
	return out
}

// founded makes a practice in the test's folder.
func founded(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	must(t, exitDone, "init", "--name", "North Street Practice", "--short", "North", "--phone", "312-555-0100", "--owner", "Olga Brandt", "--email", "olga@north.example")
}

func TestBackupCommands(t *testing.T) {
	founded(t)
	records := strings.TrimSpace(must(t, exitDone, "backup", "identity", "--out", "records.id"))
	keys := strings.TrimSpace(must(t, exitDone, "backup", "identity", "--out", "keys.id"))
	must(t, exitRefused, "backup", "identity", "--out", "keys.id")
	must(t, exitRefused, "backup", "create", "--backup-dir", "b", "--backup-to", records, "--backup-keys-to", records)
	must(t, exitRefused, "backup", "create", "--backup-dir", "b", "--backup-to", "nobody", "--backup-keys-to", keys)
	var made struct{ File, Keys string }
	if err := json.Unmarshal([]byte(must(t, exitDone, "backup", "create", "--backup-dir", "b", "--backup-to", records, "--backup-keys-to", keys, "--json")), &made); err != nil {
		t.Fatal(err)
	}
	if out := must(t, exitDone, "backup", "list", "b"); !strings.Contains(out, filepath.Base(made.File)) {
		t.Errorf("list: got %q", out)
	}
	must(t, exitDone, "backup", "verify", made.File, "--identity", "records.id")
	must(t, exitRefused, "backup", "verify", made.Keys, "--identity", "records.id")
	must(t, exitRefused, "backup", "restore", "b", "--identity", "records.id", "--identity", "keys.id")
	must(t, exitRefused, "backup", "restore", "b", "--identity", "records.id", "--db", "sqlite:other/attune.db")
	must(t, exitDone, "backup", "restore", "b", "--identity", "records.id", "--identity", "keys.id", "--db", "sqlite:other/attune.db")
	if here, there := must(t, exitDone, "statehash"), must(t, exitDone, "statehash", "--db", "sqlite:other/attune.db"); here != there {
		t.Errorf("got %q, want %q", there, here)
	}
	must(t, exitDone, "fsck", "--db", "sqlite:other/attune.db")
	must(t, exitDone, "drill", "--json")
}

func TestKeysRotate(t *testing.T) {
	founded(t)
	want := must(t, exitDone, "statehash")
	must(t, exitDone, "keys", "rotate")
	must(t, exitDone, "keys", "rotate", "clients", "--json")
	must(t, exitRefused, "keys", "rotate", "root")
	must(t, exitRefused, "keys", "rotate", "practice", "--to", "file:new.key")
	must(t, exitRefused, "keys", "rotate", "root", "--to", "file:attune-data/new.key") // beside the data
	must(t, exitDone, "keys", "rotate", "root", "--to", "file:new.key")
	must(t, exitDone, "keys", "rotate", "root", "--to", "file:new.key") // a second time, as after a crash
	must(t, exitFound, "statehash")
	if got := must(t, exitDone, "statehash", "--keys", "file:new.key"); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	must(t, exitDone, "fsck", "--keys", "file:new.key")
}

func TestExportAndImportCommands(t *testing.T) {
	founded(t)
	reader := strings.TrimSpace(must(t, exitDone, "backup", "identity", "--out", "reader.id"))
	must(t, exitRefused, "export", "--practice", "north", "--out", "out.age")
	must(t, exitRefused, "export", "--practice", "south", "--out", "out.age", "--to", reader)
	must(t, exitDone, "export", "--practice", "north", "--out", "out.age", "--to", reader)
	must(t, exitRefused, "export", "--practice", "north", "--out", "out.age", "--to", reader) // never over another
	must(t, exitDone, "export", "--practice", "north", "--out", "out", "--plain")
	must(t, exitRefused, "import", "out.age", "--db", "sqlite:other/attune.db")
	must(t, exitDone, "import", "out.age", "--identity", "reader.id", "--db", "sqlite:other/attune.db")
	if out := must(t, exitDone, "import", "out", "--db", "sqlite:third/attune.db"); !strings.Contains(out, "/welcome/") {
		t.Errorf("no link for the owner: %q", out)
	}
	want := must(t, exitDone, "statehash")
	for _, db := range []string{"sqlite:other/attune.db", "sqlite:third/attune.db"} {
		if got := must(t, exitDone, "statehash", "--db", db); got != want {
			t.Errorf("%s: got %q, want %q", db, got, want)
		}
		must(t, exitDone, "fsck", "--db", db)
	}
}

func TestShredRefusesWhoIsNotThere(t *testing.T) {
	founded(t)
	must(t, exitRefused, "shred", "nobody")
}
