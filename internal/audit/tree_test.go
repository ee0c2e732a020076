package audit_test

import (
	"context"
	"testing"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/db/dbtest"
)

// house makes a database with one practice and n deeds in its log.
func house(t *testing.T, n int) *db.DB {
	t.Helper()
	d := dbtest.New(t).For("north")
	do(t, d, func(tx *db.DB) error {
		_, err := tx.Exec(t.Context(), `
			INSERT INTO practice (practice_id, ref, zone, state, demo, settings, version, created_at)
			VALUES ('north', 'north', 'America/Chicago', 'active', $1, $2, 0, 0)`, false, []byte{1})
		return err
	})
	by := access.Actor{PracticeID: "north", ID: "therapist1", Roles: []access.Role{access.Therapist}, Stage: access.Full}
	for range n {
		do(t, d, func(tx *db.DB) error {
			return audit.Record(t.Context(), tx, by, audit.Read, audit.Subject{Right: access.ReadRecord, ClientID: "c", Type: "note", ID: tx.NewID()})
		})
	}
	return d
}

func do(t *testing.T, d *db.DB, fn func(tx *db.DB) error) {
	t.Helper()
	if err := d.InTx(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestVerifyWholeLog(t *testing.T) {
	d := house(t, 20)
	if _, err := audit.Sequence(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	by := access.OfProgram("north")
	do(t, d, func(tx *db.DB) error {
		return audit.Record(t.Context(), tx, by, audit.Changed, audit.Subject{Right: access.ReadAbout})
	})
	r, err := audit.Verify(t.Context(), d, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Leaves != 20 || r.Waiting != 1 || len(r.Findings) != 0 {
		t.Errorf("got %+v, want 20 leaves, 1 waiting, no finding", r)
	}
}

// Each fault is planted in a log of its own; every one must be found (T-37).
func TestVerifyFindsTampering(t *testing.T) {
	for name, statement := range map[string]string{
		"changed":   `UPDATE audit_leaf SET deed = 'wrote' WHERE practice_id = 'north' AND seq = 7`,
		"time":      `UPDATE audit_leaf SET at = at + 1 WHERE practice_id = 'north' AND seq = 0`,
		"deleted":   `DELETE FROM audit_leaf WHERE practice_id = 'north' AND seq = 5`,
		"cut":       `DELETE FROM audit_leaf WHERE practice_id = 'north' AND seq >= 15`,
		"hash":      `UPDATE audit_hash SET hash = (SELECT hash FROM audit_hash WHERE practice_id = 'north' AND n = 1) WHERE practice_id = 'north' AND n = 0`,
		"signature": `UPDATE audit_checkpoint SET size = 19 WHERE practice_id = 'north'`,
		"no points": `DELETE FROM audit_checkpoint WHERE practice_id = 'north'`,
	} {
		t.Run(name, func(t *testing.T) {
			d := house(t, 20)
			if _, err := audit.Sequence(t.Context(), d); err != nil {
				t.Fatal(err)
			}
			do(t, d, func(tx *db.DB) error { _, err := tx.Exec(t.Context(), statement); return err })
			r, err := audit.Verify(t.Context(), d, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Findings) == 0 {
				t.Errorf("nothing was found: %+v", r)
			}
		})
	}
}

func TestVerifyFindsARollback(t *testing.T) {
	d := house(t, 10)
	later, err := audit.Sequence(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	before := house(t, 4)
	if _, err := audit.Sequence(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	r, err := audit.Verify(t.Context(), before, &later)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Findings) == 0 {
		t.Error("a log shorter than the checkpoint kept elsewhere was not noticed")
	}
}
