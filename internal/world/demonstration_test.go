package world_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/practice"
	"attune/internal/world"
)

// chicago is a moment there in November 2026.
func chicago(day, hour, minute int) time.Time {
	return time.Date(2026, time.November, day, hour+6, minute, 0, 0, time.UTC)
}

func makeDemonstration(t *testing.T, now time.Time, seed uint64) (*db.DB, world.Demonstration, *world.Clock) {
	t.Helper()
	dsn, owner := dbtest.Migrated(t)
	clock, source := world.NewClock(now), world.NewSource(seed)
	d := dbtest.Open(t, dsn, db.Options{Clock: clock, Rand: source, OwnerDSN: owner}).ForAll()
	if d.Dialect() != "sqlite" {
		t.Skip("the demonstration is made on SQLite")
	}
	made, err := world.MakeDemonstration(t.Context(), d, clock, source, world.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return d.For(string(made.Practice)), made, clock
}

func TestDemonstration(t *testing.T) {
	t.Parallel()
	house, made, _ := makeDemonstration(t, chicago(24, 12, 20), 1)
	t.Run("states", func(t *testing.T) { allStates(t, house) })
	t.Run("today", func(t *testing.T) { everyThing(t, house) })
	t.Run("logins", func(t *testing.T) { logIn(t, house, made) })
}

// At whatever hour somebody looks, the day is whole: at night, early, on a Sunday, and on the days around a holiday.
func TestDemonstrationAtAnyHour(t *testing.T) {
	t.Parallel()
	for i, now := range []time.Time{chicago(22, 21, 30)} {
		t.Run(now.Format(time.RFC822), func(t *testing.T) {
			house, _, _ := makeDemonstration(t, now, uint64(2+i))
			everyThing(t, house)
		})
	}
}

func count(t *testing.T, d *db.DB, query string, args ...any) map[string]int {
	t.Helper()
	found := map[string]int{}
	err := d.Each(t.Context(), query, args, func(scan func(...any) error) error {
		var what string
		var n int
		err := scan(&what, &n)
		found[what] = n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func allStates(t *testing.T, house *db.DB) {
	for table, states := range map[string][]string{
		"rupture":     {"possible", "open", "named", "set_aside", "repaired", "passed", "ended"},
		"appointment": {"booked", "held", "missed", "cancelled"},
		"inquiry":     {"new", "offered", "waiting", "booked", "referred", "closed"},
		"note":        {"draft", "signed"},
		"risk_task":   {"open", "done"},
		"reply":       {"held", "published"},
		"course":      {"active", "ended"},
	} {
		found := count(t, house, `SELECT state, COUNT(*) FROM `+table+` GROUP BY state`)
		t.Log(table, found)
		for _, state := range states {
			if found[state] == 0 {
				t.Errorf("%s: got none that is %s", table, state)
			}
		}
	}
	noticed := count(t, house, `SELECT state || ' by ' || noticed_by, COUNT(*) FROM rupture GROUP BY state, noticed_by`)
	t.Log(noticed)
	for _, how := range []string{"possible by numbers", "possible by client", "open by both"} {
		if noticed[how] == 0 {
			t.Errorf("rupture: got none that is %s", how)
		}
	}
}

// everyThing looks at each therapist's page of today for all things to know.
func everyThing(t *testing.T, house *db.DB) {
	t.Helper()
	therapists, err := practice.Therapists(t.Context(), house, true)
	if err != nil {
		t.Fatal(err)
	}
	zone, err := civil.Zone("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range therapists {
		by := access.Actor{PracticeID: house.PracticeID(), ID: string(th.ID), Roles: th.Roles, SignInID: "test", Stage: access.Full}
		day, err := caseload.Day(t.Context(), house, by, civil.On(house.Now(), zone))
		if err != nil {
			t.Fatal(err)
		}
		var kinds []caseload.Kind
		list := ""
		for _, row := range day.Rows {
			kinds = append(kinds, row.Thing.Kind)
			list += fmt.Sprintf("\n  %s %-10s %-8s %-7s %s", row.Start.In(zone).Format("15:04"), row.State, row.Thing.Kind, row.Note, row.Thing.Text)
		}
		t.Logf("%s: %d repairs, %d notes, %d owed%s", th.Name, len(day.Repairs), len(day.ToFinish), len(day.Owed), list)
		for _, kind := range []caseload.Kind{caseload.Safety, caseload.Rupture, caseload.Dip, caseload.First, caseload.NoCheckIn, caseload.Steady} {
			if !slices.Contains(kinds, kind) {
				t.Errorf("%s: got no %q among today's things to know", th.Name, kind)
			}
		}
	}
}

// logIn goes in by every login that was made.
func logIn(t *testing.T, house *db.DB, made world.Demonstration) {
	guard := auth.NewGuard(1)
	var roles []access.Role
	for _, l := range made.Logins {
		by := signIn(t, house, guard, l)
		if by.Stage != access.Full || !by.Is(l.Role) {
			t.Errorf("%s: got stage %q and roles %v, want full and %s", l.Login, by.Stage, by.Roles, l.Role)
		}
		roles = append(roles, l.Role)
	}
	if want := []access.Role{access.Therapist, access.Coordinator, access.Supervisor, access.Owner, access.Client}; !slices.Equal(roles, want) {
		t.Errorf("got logins for %v, want %v", roles, want)
	}
}

func signIn(t *testing.T, house *db.DB, guard *auth.Guard, l world.Login) access.Actor {
	t.Helper()
	code := ""
	if l.TOTP != "" {
		var err error
		if code, err = world.Code(l.TOTP, house.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return signInBy(t, house, guard, l, code)
}

// signInBy is signIn with another second step.
func signInBy(t *testing.T, house *db.DB, guard *auth.Guard, l world.Login, code string) access.Actor {
	t.Helper()
	ctx := context.Background()
	from := auth.Device{Agent: "a test", Address: "127.0.0.1"}
	checked, err := guard.CheckPassword(ctx, house, l.Login, l.Password, from)
	if err != nil {
		t.Fatalf("%s: %v", l.Login, err)
	}
	var token auth.Token
	err = house.InTx(ctx, func(tx *db.DB) (err error) {
		token, _, err = auth.Begin(ctx, tx, checked, from)
		return err
	})
	if err != nil {
		t.Fatalf("%s: %v", l.Login, err)
	}
	by := who(t, house, token)
	if by.Stage != access.Factor {
		return by
	}
	raised, err := guard.PassFactor(ctx, house, by, code)
	if err != nil {
		t.Fatalf("%s: %v", l.Login, err)
	}
	return who(t, house, raised.Token)
}

func who(t *testing.T, house *db.DB, token auth.Token) access.Actor {
	t.Helper()
	by, _, err := auth.Who(context.Background(), house, token.Text())
	if err != nil {
		t.Fatal(err)
	}
	return by
}
