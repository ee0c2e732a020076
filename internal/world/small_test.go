package world_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/world"
)

func makeSmall(t *testing.T, seed uint64) (*db.DB, world.File) {
	t.Helper()
	now := time.Date(2026, time.March, 6, 15, 0, 0, 0, time.UTC)
	dsn, owner := dbtest.Migrated(t)
	clock, source := world.NewClock(now), world.NewSource(seed)
	d := dbtest.Open(t, dsn, db.Options{Clock: clock, Rand: source, OwnerDSN: owner}).ForAll()
	f, err := world.Make(t.Context(), d, clock, source, world.Plan{Seed: seed, Clock: now, Prefix: "P"})
	if err != nil {
		t.Fatal(err)
	}
	return d, f
}

func TestSmall(t *testing.T) {
	t.Parallel()
	d, f := makeSmall(t, 7)
	t.Run("tables", func(t *testing.T) { everyTable(t, d) })
	t.Run("states", func(t *testing.T) { everyState(t, d) })
	t.Run("people", func(t *testing.T) { everyone(t, f) })
	t.Run("sign-ins", func(t *testing.T) { signIns(t, d, f) })
	t.Run("links", func(t *testing.T) { linksOpen(t, d, f) })
	t.Run("logins", func(t *testing.T) { loginsOf(t, d, f) })
	t.Run("canaries", func(t *testing.T) { canaries(t, f) })
	t.Run("same", func(t *testing.T) { same(t, f) })
}

// same makes the world again.
func same(t *testing.T, f world.File) {
	first, err := f.Text()
	if err != nil {
		t.Fatal(err)
	}
	_, again := makeSmall(t, f.Seed)
	second, err := again.Text()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first, second) {
		t.Error("got two files from one seed")
	}
}

// migrations are all statements that make tables.
func migrations(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("../db/migrations/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no migrations: %v", err)
	}
	var all strings.Builder
	for _, name := range files {
		src, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(src)
	}
	return all.String()
}

// without are tables that only a door, a worker or a command fills.
var without = []string{"idempotency", "backup_last", "key_rotation"}

func everyTable(t *testing.T, d *db.DB) {
	for _, found := range regexp.MustCompile(`CREATE TABLE (\w+)`).FindAllStringSubmatch(migrations(t), -1) {
		table := found[1]
		n := 0
		if err := d.Row(t.Context(), `SELECT COUNT(*) FROM `+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n == 0 && !slices.Contains(without, table) {
			t.Errorf("%s: got no row: give the small world one", table)
		}
	}
}

// never are states that no verb brings about yet, or only a worker.
var never = []string{"practice.state=fenced", "job.state=done", "job.state=dead", "response.occasion=review",
	"risk_task.level=review", "risk_task.level=process", "key_rotation.what=practice", "key_rotation.what=clients"}

// everyState finds the states that a column may have in the schema, and looks for each.
func everyState(t *testing.T, d *db.DB) {
	tables := regexp.MustCompile(`(?s)CREATE TABLE (\w+) \((.*?)\n\);`)
	columns := regexp.MustCompile(`(?m)^\t(\w+) TEXT NOT NULL CHECK \(\w+ IN \(([^)]*)\)\)`)
	n := 0
	for _, table := range tables.FindAllStringSubmatch(migrations(t), -1) {
		for _, column := range columns.FindAllStringSubmatch(table[2], -1) {
			found := count(t, d, `SELECT `+column[1]+`, COUNT(*) FROM `+table[1]+` GROUP BY `+column[1])
			for state := range strings.SplitSeq(column[2], ",") {
				n++
				state = strings.Trim(state, " '")
				if name := table[1] + "." + column[1] + "=" + state; found[state] == 0 && !slices.Contains(never, name) {
					t.Errorf("%s: got none: give the small world one", name)
				}
			}
		}
	}
	if n < 60 {
		t.Errorf("got %d states from the schema: the test no longer reads it", n)
	}
}

// everyone looks for the people of security.md T-21 who exist so far.
func everyone(t *testing.T, f world.File) {
	if len(f.Tenants) < 3 {
		t.Errorf("got %d practices, want at least 3", len(f.Tenants))
	}
	for ref, state := range map[string]string{"north.client.1": "active", "north.client.2": "active", "south.client.1": "active", "west.client.1": "active",
		"north.client.6": "former", "north.therapist.1": "active", "north.therapist.2": "active", "north.therapist.3": "active",
		"north.therapist.4": "disabled", "north.therapist.5": "invited", "north.coordinator.1": "active", "north.super.1": "active",
		"north.super.2": "active", "north.owner.1": "active", "north.owner.2": "active", "south.owner.1": "active", "south.therapist.1": "active"} {
		if u := f.UserOf(ref); u == nil || u.State != state {
			t.Errorf("%s: got %+v, want someone %s", ref, u, state)
		}
	}
	held := map[string]int{}
	for _, r := range f.Relations {
		kind := r.Kind
		if r.To != nil {
			kind += " before"
		}
		held[kind]++
	}
	for _, kind := range []string{"assigned", "assigned before", "supervises", "proposed"} {
		if held[kind] == 0 {
			t.Errorf("got no relation %q", kind)
		}
	}
	if len(f.Slots) == 0 {
		t.Error("got no slot to take")
	}
}

// signIns holds the values of cookies against what they are said to be.
func signIns(t *testing.T, d *db.DB, f world.File) {
	stages := map[string]access.Stage{"full": access.Full, "pre_mfa": access.Factor, "pre_enrol": access.Enrol}
	seen := map[string]int{}
	for _, tenant := range f.Tenants {
		house := d.For(tenant.ID)
		for _, u := range tenant.Users {
			for what, token := range u.SignIns {
				seen[what]++
				by, _, err := auth.Who(t.Context(), house, token)
				want, lives := stages[what]
				if lives && (err != nil || by.ID != u.ID || by.Stage != want) {
					t.Errorf("%s, %s: got %v at %q, %v", u.Ref, what, by.ID, by.Stage, err)
				}
				if !lives && err == nil {
					t.Errorf("%s, %s: got in", u.Ref, what)
				}
			}
		}
	}
	for _, what := range []string{"full", "pre_mfa", "pre_enrol", "expired", "ended"} {
		if seen[what] == 0 {
			t.Errorf("got no sign-in that is %s", what)
		}
	}
}

func linksOpen(t *testing.T, d *db.DB, f world.File) {
	tasks := map[access.Task]bool{}
	for _, l := range f.Links {
		var tenant string
		for _, p := range f.Tenants {
			if p.Ref == l.Tenant {
				tenant = p.ID
			}
		}
		by, err := auth.OpenLink(t.Context(), d.For(tenant), l.Token)
		if open := err == nil; open != (l.State == "open") {
			t.Errorf("%s of %s, %s: got %v", l.Task, l.Person, l.State, err)
		}
		if err != nil {
			if _, ok := fault.Of(err); !ok {
				t.Error(err)
			}
			continue
		}
		if by.Link.Task != l.Task || by.Link.Subject != l.Subject {
			t.Errorf("%s of %s: got %+v", l.Task, l.Person, by.Link)
		}
		tasks[l.Task] = true
	}
	for _, task := range []access.Task{access.TaskOffer, access.TaskAppointment, access.TaskIntake, access.TaskCheckIn, access.TaskRecord,
		access.TaskInvite, access.TaskReset, access.TaskSignIn, access.TaskRequest} {
		if !tasks[task] {
			t.Errorf("got no link for %s", task)
		}
	}
}

// loginsOf goes in by some of the logins, through every step.
func loginsOf(t *testing.T, d *db.DB, f world.File) {
	guard := auth.NewGuard(1)
	for _, ref := range []string{"north.therapist.2", "north.client.2", "south.owner.1"} {
		u := f.UserOf(ref)
		tenant := f.Tenants[slices.IndexFunc(f.Tenants, func(p world.Tenant) bool { return strings.HasPrefix(ref, p.Ref+".") })]
		house, l := d.For(tenant.ID), world.Login{Role: u.Role, Login: u.Login, Password: u.Password}
		if u.TOTP != "" {
			if len(u.Recovery) != 10 {
				t.Errorf("%s: got %d recovery codes, want 10", ref, len(u.Recovery))
			}
			signInBy(t, house, guard, l, u.Recovery[0])
			continue
		}
		signIn(t, house, guard, l)
	}
}

// canaries are there, each once.
func canaries(t *testing.T, f world.File) {
	seen := map[string]string{}
	n := 0
	for _, o := range f.Objects {
		for field, canary := range o.Canaries {
			n++
			where := o.Type + " " + o.ID + " " + field
			if other, twice := seen[canary]; twice {
				t.Errorf("canary %s stands in %s and %s", canary, other, where)
			}
			if canary == "" {
				t.Errorf("%s: got an empty canary", where)
			}
			seen[canary] = where
		}
	}
	if n < 300 {
		t.Errorf("got %d canaries, want several hundred", n)
	}
	t.Logf("%d objects, %d canaries, %d links, %d slots", len(f.Objects), n, len(f.Links), len(f.Slots))
}

func TestStandardHasACrowd(t *testing.T) {
	if testing.Short() {
		t.Skip("makes one more world")
	}
	world.Sizes["test"] = 60
	t.Cleanup(func() { delete(world.Sizes, "test") })
	now := time.Date(2026, time.March, 6, 15, 0, 0, 0, time.UTC)
	dsn, owner := dbtest.Migrated(t)
	clock, source := world.NewClock(now), world.NewSource(3)
	d := dbtest.Open(t, dsn, db.Options{Clock: clock, Rand: source, OwnerDSN: owner}).ForAll()
	f, err := world.Make(t.Context(), d, clock, source, world.Plan{Seed: 3, Clock: now, Prefix: "P", Size: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if f.World != "standard" || f.UserOf("north.crowd.client.3") == nil || f.UserOf("north.crowd.client.4") != nil {
		t.Errorf("got world %q without its crowd of three", f.World)
	}
	sessions := count(t, d, `SELECT c.therapist_id, COUNT(*) FROM session s JOIN course c ON c.practice_id = s.practice_id AND c.id = s.course_id GROUP BY c.therapist_id`)
	if got := sessions[f.UserOf("north.crowd.therapist.1").ID]; got != 60 {
		t.Errorf("got %d sessions of the crowd, want 60", got)
	}
}
