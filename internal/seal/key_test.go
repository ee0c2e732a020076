package seal_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/seal"
)

var body = seal.Place{Table: "note", Row: "n1", Column: "body"}

func TestKeysOfOthersAndOfNobody(t *testing.T) {
	ctx := context.Background()
	all := dbtest.New(t)
	north, south := practice(t, all, "north"), practice(t, all, "south")
	owner(t, north, "ana")
	if _, err := opened(t, south, "ana"); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("a key of another practice: got %v, want ErrNoKey", err)
	}
	if _, err := opened(t, north, "north"); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("the practice as an owner: got %v, want ErrNoKey", err)
	}
	if _, err := opened(t, all, "ana"); err == nil {
		t.Error("without a practice: got no error")
	}
	for name, id := range map[string]seal.OwnerID{"a second key": "ana", "the practice's id": "north", "no id": ""} {
		err := north.InTx(ctx, func(tx *db.DB) error {
			_, err := seal.NewOwner(ctx, tx, seal.Person, id)
			return err
		})
		if err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
	err := north.InTx(ctx, func(tx *db.DB) error { _, err := seal.Begin(ctx, tx); return err })
	if !errors.Is(err, db.ErrDuplicate) {
		t.Errorf("a second practice key: got %v, want ErrDuplicate", err)
	}
}

func TestOpenAllLeavesOutWhoHasNoKey(t *testing.T) {
	ctx := context.Background()
	d := practice(t, dbtest.New(t), "north")
	sealed := map[seal.OwnerID][]byte{}
	var owners []seal.OwnerID
	for i := range 5 {
		id := seal.OwnerID(fmt.Sprintf("c%d", i))
		sealed[id] = owner(t, d, id).Seal(body, "of "+string(id))
		owners = append(owners, id)
	}
	keys, err := seal.OpenAll(ctx, d, append(owners, "nobody"))
	if err != nil || len(keys) != len(owners) {
		t.Fatalf("OpenAll: got %d keys, %v, want %d", len(keys), err, len(owners))
	}
	for _, id := range owners {
		if got, err := keys[id].Open(body, sealed[id]); got != "of "+string(id) {
			t.Errorf("%s: got %q, %v", id, got, err)
		}
	}
	if _, err := keys["nobody"].Open(body, sealed["c0"]); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("nobody: got %v, want ErrNoKey", err)
	}
}

func TestWrongRootOpensNothing(t *testing.T) {
	dsn, ownerDSN := dbtest.Migrated(t)
	right, err := db.Open(context.Background(), dsn, db.Options{Root: bytes.Repeat([]byte("r"), 32), OwnerDSN: ownerDSN})
	if err != nil {
		t.Fatal(err)
	}
	owner(t, practice(t, right, "north"), "ana")
	if err := right.Close(); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{strings.Repeat("w", 32), strings.Repeat("r", 31) + "s"} {
		wrong, err := db.Open(context.Background(), dsn, db.Options{Root: []byte(root), OwnerDSN: ownerDSN})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := opened(t, wrong.For("north"), "ana"); !errors.Is(err, seal.ErrRoot) {
			t.Errorf("root %q, a person's key: got %v, want ErrRoot", root, err)
		}
		if _, err := seal.Practice(context.Background(), wrong.For("north")); !errors.Is(err, seal.ErrRoot) {
			t.Errorf("root %q, the practice's key: got %v, want ErrRoot", root, err)
		}
		if err := wrong.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSwappedKeysDoNotOpen(t *testing.T) {
	d := practice(t, dbtest.New(t), "north")
	owner(t, d, "ana")
	owner(t, d, "ben")
	inTx(t, d, func(ctx context.Context, tx *db.DB) error {
		_, err := tx.Exec(ctx, `
			UPDATE seal_key SET wrapped = (SELECT o.wrapped FROM seal_key o WHERE o.practice_id = $1 AND o.owner_id = 'ben')
			WHERE practice_id = $1 AND owner_id = 'ana'`, "north")
		return err
	})
	if _, err := opened(t, d, "ana"); !errors.Is(err, seal.ErrChanged) {
		t.Errorf("got %v, want ErrChanged", err)
	}
	if _, err := opened(t, d, "ben"); err != nil {
		t.Errorf("ben: %v", err)
	}
}

func TestRenewedPracticeKeyStillOpensAll(t *testing.T) {
	ctx := context.Background()
	d := practice(t, dbtest.New(t), "north")
	ofAna := owner(t, d, "ana").Seal(body, "ana's")
	owner(t, d, "ben")
	before, err := seal.Practice(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	ofPractice := before.Seal(body, "the practice's")
	var index []byte
	inTx(t, d, func(ctx context.Context, tx *db.DB) (err error) {
		if index, err = seal.Blind(ctx, tx, seal.Email, "ana@example.org"); err != nil {
			return err
		}
		return seal.Renew(ctx, tx)
	})
	ofCleo := owner(t, d, "cleo").Seal(body, "cleo's")
	total := 0
	for n := 1; n > 0; total += n {
		inTx(t, d, func(ctx context.Context, tx *db.DB) (err error) { n, err = seal.Rewrap(ctx, tx, 1); return err })
		if got, err := mustOpen(t, d, "ana").Open(body, ofAna); got != "ana's" {
			t.Fatalf("after %d keys: got %q, %v", total, got, err)
		}
	}
	if total != 2 {
		t.Errorf("Rewrap: got %d keys, want the 2 older ones", total)
	}
	if got, err := mustOpen(t, d, "cleo").Open(body, ofCleo); got != "cleo's" {
		t.Errorf("a key made after: got %q, %v", got, err)
	}
	after, err := seal.Practice(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := after.Open(body, ofPractice); got != "the practice's" {
		t.Errorf("sealed by the older version: got %q, %v", got, err)
	}
	if _, err := before.Open(body, after.Seal(body, "new")); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("the older ring opens what the newer sealed: got %v, want ErrNoKey", err)
	}
	if again, err := seal.Blind(ctx, d, seal.Email, "ana@example.org"); !bytes.Equal(again, index) {
		t.Errorf("blind index: got %x, %v, want %x", again, err, index)
	}
}

func TestShred(t *testing.T) {
	ctx := context.Background()
	d := practice(t, dbtest.New(t), "north")
	owner(t, d, "ana")
	kept := owner(t, d, "ben").Seal(body, "ben's")
	inTx(t, d, func(ctx context.Context, tx *db.DB) error {
		for _, id := range []seal.OwnerID{"ana", "ben"} {
			if err := seal.IndexName(ctx, tx, id, "Sam", "Example"); err != nil {
				return err
			}
		}
		return errors.Join(seal.Shred(ctx, tx, "ana"), seal.Shred(ctx, tx, "ana"))
	})
	if _, err := opened(t, d, "ana"); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("forgotten key: got %v, want ErrNoKey", err)
	}
	if got, err := mustOpen(t, d, "ben").Open(body, kept); got != "ben's" {
		t.Errorf("another's text: got %q, %v", got, err)
	}
	if got, err := seal.FindNames(ctx, d, "sam", 5); err != nil || len(got) != 1 || got[0] != "ben" {
		t.Errorf("FindNames: got %v, %v, want ben alone", got, err)
	}
	again := d.InTx(ctx, func(tx *db.DB) error { _, err := seal.NewOwner(ctx, tx, seal.Person, "ana"); return err })
	if !errors.Is(again, seal.ErrNoKey) {
		t.Errorf("a new key for the forgotten: got %v, want ErrNoKey", again)
	}
	if err := d.InTx(ctx, func(tx *db.DB) error { return seal.Shred(ctx, tx, "north") }); err == nil {
		t.Error("the practice itself was forgotten")
	}
	listed := 0
	err := d.Row(ctx, `SELECT COUNT(*) FROM seal_shred WHERE practice_id = $1 AND owner_id = $2`, "north", "ana").Scan(&listed)
	if err != nil || listed != 1 {
		t.Errorf("list of the forgotten: got %d, %v, want 1", listed, err)
	}
}

// TestRawFilesHoldNoCanary first sees that the search finds a planted canary, then looks for the sealed ones.
func TestRawFilesHoldNoCanary(t *testing.T) {
	d := dbtest.New(t)
	if d.Dialect() != "sqlite" {
		t.Skip("PostgreSQL's files are not ours to read; the sealed bytes are the same")
	}
	dsn, ownerDSN := dbtest.Migrated(t)
	d = dbtest.Open(t, dsn, db.Options{OwnerDSN: ownerDSN}).ForAll()
	folder := filepath.Dir(strings.TrimPrefix(dsn, "sqlite:"))
	const planted = "Planted-canary-4711"
	inTx(t, d, func(ctx context.Context, tx *db.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO practice (practice_id, ref, zone, state, demo, settings, version, created_at)
			VALUES ('planted', 'planted', 'UTC', 'active', $1, $2, 1, $3)`, true, []byte(planted), tx.Now())
		return err
	})
	if n := occurrences(t, folder, planted); n == 0 {
		t.Fatal("the search does not find a canary that stands open in the file")
	}
	north := practice(t, d, "north")
	for i := range 100 {
		id := seal.OwnerID(fmt.Sprintf("c%03d", i))
		key := owner(t, north, id)
		inTx(t, north, func(ctx context.Context, tx *db.DB) error {
			sealed := key.Seal(seal.Place{Table: "practice", Row: "north", Column: "settings"}, canary(i))
			if err := seal.IndexName(ctx, tx, id, canary(i), "Canary"); err != nil {
				return err
			}
			if _, err := seal.Blind(ctx, tx, seal.Email, canary(i)+"@example.org"); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `UPDATE practice SET settings = $2 WHERE practice_id = $1`, "north", sealed)
			return err
		})
	}
	if n := occurrences(t, folder, "zebra"); n > 0 { // with which every canary begins
		t.Errorf("a sealed text: found %d times", n)
	}
	if n, want := occurrences(t, folder, "canary"), occurrences(t, folder, planted); n != want {
		t.Errorf("a part of a name: found %d times, want the %d of the planted one", n, want)
	}
}

func canary(i int) string { return fmt.Sprintf("Zebra-quartz-%05d", 7919*(i+1)) }

// occurrences counts a text, whatever its case, in all files of the folder: the database, its WAL, its index.
func occurrences(t *testing.T, folder, text string) int {
	t.Helper()
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(folder, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		n += bytes.Count(bytes.ToLower(b), []byte(strings.ToLower(text)))
	}
	return n
}
