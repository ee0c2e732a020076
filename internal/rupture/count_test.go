package rupture_test

import (
	"context"
	"fmt"
	"testing"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
	"attune/internal/rupture"
	"attune/internal/seal"
)

func TestCounts(t *testing.T) {
	h := practicetest.New(t)
	ctx := context.Background()
	begin := func(n int) practice.CourseID {
		id := fmt.Sprintf("person-%d", n)
		h.Tx(func(tx *db.DB) error {
			if _, err := seal.NewOwner(ctx, tx, seal.Person, seal.OwnerID("key-"+id)); err != nil {
				return err
			}
			c := practice.Client{ID: practice.ClientID(id), KeyID: seal.OwnerID("key-" + id), About: practice.About{Name: id, Phone: "312-555-0111"}}
			if err := practice.AddClient(ctx, tx, h.By(practicetest.Cora), c); err != nil {
				return err
			}
			return practice.BeginCourse(ctx, tx, h.By(practicetest.Cora), practice.Course{ID: practice.CourseID("course-" + id),
				KeyID: seal.OwnerID("key-course-" + id), TherapistID: practicetest.Theo, Modality: "individual", ClientIDs: []practice.ClientID{c.ID}})
		})
		return practice.CourseID("course-" + id)
	}
	for n := 1; n <= rupture.Fewest; n++ {
		if _, err := rupture.Notice(ctx, h.DB, h.By(practicetest.Theo), begin(n), practice.ClientID(fmt.Sprintf("person-%d", n)), 0, rupture.Withdrawal, "Went quiet."); err != nil {
			t.Fatal(err)
		}
		got, err := rupture.Counts(ctx, h.DB, h.By(practicetest.Olga), h.Clock.Now())
		want := rupture.Tally{Open: rupture.Count{Hidden: true}, Repaired: rupture.Count{Hidden: true}}
		if n == rupture.Fewest {
			want.Open = rupture.Count{N: n}
		}
		if err != nil || got != want {
			t.Errorf("%d people: got %+v, %v; want %+v", n, got, err, want)
		}
	}
	for _, id := range []string{practicetest.Cora, practicetest.Theo, practicetest.Sami, practicetest.Rosa} {
		_, err := rupture.Counts(ctx, h.DB, h.By(id), h.Clock.Now())
		if found, _ := fault.Of(err); found.Kind != fault.KindNotFound {
			t.Errorf("%s: got %v, want not found", id, err)
		}
	}
	if _, err := rupture.Counts(ctx, h.DB, access.OfVisitor("north"), h.Clock.Now()); err == nil {
		t.Error("a visitor: got no error")
	}
}
