package practice_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
	"attune/internal/seal"
)

// TestWhoReachesACourse wants each role to reach what the table says, and nobody a course that ended long ago.
func TestWhoReachesACourse(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	check := func(when string, reach map[string]bool) {
		t.Helper()
		for who, want := range reach {
			_, err := practice.OneCourse(ctx, h.DB, h.By(who), access.ReadCourse, pt.OfPair)
			if got := err == nil; got != want || !want && kindOf(err) != fault.KindNotFound {
				t.Errorf("%s, %s: reaches it %t (%v), want %t", when, who, got, err, want)
			}
		}
	}
	check("active", map[string]bool{pt.Theo: true, pt.Sami: true, pt.Ines: true, pt.Paul: true, pt.Rosa: false, pt.Tess: false, pt.Cora: false, pt.Olga: false})
	if err := practice.EndCourse(ctx, h.DB, h.By(pt.Theo), pt.OfPair, practice.Ending{How: "planned"}); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(access.Afterwards - time.Minute)
	check("just over", map[string]bool{pt.Theo: true, pt.Sami: true, pt.Ines: true})
	h.Clock.Advance(2 * time.Minute)
	check("long over", map[string]bool{pt.Theo: false, pt.Sami: false, pt.Ines: true})
}

func TestKeepAimsAndEndCourse(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	theo := h.By(pt.Theo)
	aims := practice.Aims{Here: "we argue", Goals: []string{"Listen", "Rest"}}
	if err := practice.KeepAims(ctx, h.DB, h.By(pt.Sami), pt.OfPair, aims); kindOf(err) != fault.KindNotFound {
		t.Errorf("kept by the supervisor: %v, want not found", err)
	}
	if err := practice.KeepAims(ctx, h.DB, theo, pt.OfPair, aims); err != nil {
		t.Fatal(err)
	}
	if err := practice.EndCourse(ctx, h.DB, theo, pt.OfPair, practice.Ending{How: "fled"}); len(fault.Invalids(err)) != 1 {
		t.Errorf("ended in no way: %v, want a fault", err)
	}
	if err := practice.EndCourse(ctx, h.DB, h.By(pt.Tess), pt.OfPair, practice.Ending{How: "planned"}); kindOf(err) != fault.KindNotFound {
		t.Errorf("ended by another: %v, want not found", err)
	}
	if err := practice.EndCourse(ctx, h.DB, theo, pt.OfPair, practice.Ending{How: "moved", Words: "to Tess"}); err != nil {
		t.Fatal(err)
	}
	if err := practice.EndCourse(ctx, h.DB, theo, pt.OfPair, practice.Ending{How: "planned"}); kindOf(err) != fault.KindConflict {
		t.Errorf("ended twice: %v, want a conflict", err)
	}
	k, err := practice.OneCourse(ctx, h.DB, theo, access.ReadCourse, pt.OfPair)
	if err != nil {
		t.Fatal(err)
	}
	if k.State != "ended" || !k.Ended.Equal(h.Clock.Now()) || k.Ending.Words != "to Tess" || k.Here != aims.Here || !slices.Equal(k.Goals, aims.Goals) {
		t.Errorf("got %+v, want it ended with its aims and its ending", k)
	}
	for id, want := range map[practice.ClientID]string{pt.Ines: "former", pt.Paul: "former", pt.Rosa: "active"} {
		if c, err := practice.OneClient(ctx, h.DB, h.By(pt.Cora), access.ReadAbout, id); err != nil || c.State != want {
			t.Errorf("%s is %s (%v), want %s", id, c.State, err, want)
		}
	}
}

func TestAddParticipant(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	for _, test := range []struct {
		name, who string
		course    practice.CourseID
		client    practice.ClientID
		want      fault.Kind
	}{
		{"to a course for one", pt.Cora, pt.OfRosa, pt.Nell, fault.KindConflict},
		{"who takes part already", pt.Cora, pt.OfPair, pt.Paul, fault.KindConflict},
		{"by another therapist", pt.Tess, pt.OfPair, pt.Nell, fault.KindNotFound},
		{"by the coordinator", pt.Cora, pt.OfPair, pt.Nell, 0},
	} {
		err := practice.AddParticipant(ctx, h.DB, h.By(test.who), test.course, test.client)
		if kindOf(err) != test.want || test.want == 0 && err != nil {
			t.Errorf("%s: got %v, want kind %d", test.name, err, test.want)
		}
	}
	if _, err := practice.OneCourse(ctx, h.DB, h.By(pt.Nell), access.ReadCourse, pt.OfPair); err != nil {
		t.Errorf("she does not reach the course that she takes part in: %v", err)
	}
}

// TestFindClients wants the first twenty by name of those within reach.
func TestFindClients(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	for i := range 25 {
		name := fmt.Sprintf("Vance %02d", 24-i)
		h.Tx(func(tx *db.DB) error {
			key := seal.OwnerID("key-" + name)
			if _, err := seal.NewOwner(ctx, tx, seal.Person, key); err != nil {
				return err
			}
			return practice.AddClient(ctx, tx, h.By(pt.Cora), practice.Client{ID: practice.ClientID(name), KeyID: key,
				About: practice.About{Name: name, Phone: "312-555-0133"}})
		})
	}
	all, err := practice.FindClients(ctx, h.DB, h.By(pt.Cora), "vance")
	if err != nil || len(all) != 20 || all[0].Name != "Rosa Vance" || all[1].Name != "Vance 00" || all[19].Name != "Vance 18" {
		t.Errorf("the coordinator finds %d (%v), want the first 20 by name", len(all), err)
	}
	mine, err := practice.FindClients(ctx, h.DB, h.By(pt.Theo), "van")
	if err != nil || len(mine) != 1 || mine[0].ID != pt.Rosa {
		t.Errorf("the therapist finds %d (%v), want Rosa alone", len(mine), err)
	}
	if _, err := practice.FindClients(ctx, h.DB, h.By(pt.Rosa), "vance"); kindOf(err) != fault.KindNotFound {
		t.Errorf("a client searches: %v, want not found", err)
	}
}

func TestChangeAbout(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	c, err := practice.OneClient(ctx, h.DB, h.By(pt.Cora), access.WriteAbout, pt.Rosa)
	if err != nil {
		t.Fatal(err)
	}
	about := c.About
	about.Name = "Rosa Okoye"
	for _, test := range []struct {
		name, who string
		version   int64
		email     string
		want      fault.Kind
	}{
		{"by the therapist", pt.Theo, c.Version, about.Email, fault.KindNotFound},
		{"over an old version", pt.Cora, c.Version - 1, about.Email, fault.KindConflict},
		{"to an address that mail cannot be sent to", pt.Cora, c.Version, "rosa@localhost", fault.KindInvalid},
		{"by the coordinator", pt.Cora, c.Version, about.Email, 0},
	} {
		about.Email = test.email
		err := practice.ChangeAbout(ctx, h.DB, h.By(test.who), pt.Rosa, test.version, about)
		got := kindOf(err)
		if len(fault.Invalids(err)) > 0 {
			got = fault.KindInvalid
		}
		if got != test.want || test.want == 0 && err != nil {
			t.Errorf("%s: got %v, want kind %d", test.name, err, test.want)
		}
	}
	for query, want := range map[string]int{"Okoye": 1, "Vance": 0} {
		if found, err := practice.FindClients(ctx, h.DB, h.By(pt.Cora), query); err != nil || len(found) != want {
			t.Errorf("after the change %q finds %d (%v), want %d", query, len(found), err, want)
		}
	}
}
