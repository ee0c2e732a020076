package job_test

import (
	"errors"
	"testing"
	"time"

	"attune/internal/db"
	"attune/internal/job"
)

func TestPayloadsAndRewrite(t *testing.T) {
	d, clock := practices(t, "north", "south")
	north := d.For("north")
	later(t, north, "letter", "a", clock.Now().Add(time.Hour), map[string]string{"owner": "ana"})
	later(t, north, "letter", "b", clock.Now().Add(time.Hour), map[string]string{"owner": "ben"})
	later(t, north, "note", "c", clock.Now().Add(time.Hour), map[string]string{"owner": "ana"})
	later(t, d.For("south"), "letter", "a", clock.Now().Add(time.Hour), map[string]string{"owner": "ana"})
	found, err := job.Payloads(ctx, north, "letter", "ana")
	if err != nil || len(found) != 1 {
		t.Fatalf("Payloads: got %d, %v, want the one of this practice and kind", len(found), err)
	}
	for id, payload := range found {
		if got, want := string(payload), `{"owner":"ana"}`; got != want {
			t.Errorf("got payload %s, want %s", got, want)
		}
		inTx(t, north, func(tx *db.DB) error { return job.Rewrite(ctx, tx, id, "anew") })
		err := d.For("south").InTx(ctx, func(tx *db.DB) error { return job.Rewrite(ctx, tx, id, "theirs") })
		if !errors.Is(err, db.ErrNone) {
			t.Errorf("Rewrite from another practice: got %v, want ErrNone", err)
		}
	}
	for naming, want := range map[string]int{"ana": 0, "anew": 1, "ben": 1} {
		if found, err := job.Payloads(ctx, north, "letter", naming); err != nil || len(found) != want {
			t.Errorf("afterwards %d payloads name %s (%v), want %d", len(found), naming, err, want)
		}
	}
}
