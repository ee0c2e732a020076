package seal_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/seal"
)

// practice makes a practice with its key and returns the database narrowed to it.
func practice(t testing.TB, d *db.DB, id string) *db.DB {
	t.Helper()
	d = d.For(id)
	inTx(t, d, func(ctx context.Context, tx *db.DB) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO practice (practice_id, ref, zone, state, demo, settings, version, created_at)
			VALUES ($1, $1, 'America/Chicago', 'active', $2, $3, 1, $4)`, id, true, []byte{0}, tx.Now())
		if err != nil {
			return err
		}
		_, err = seal.Begin(ctx, tx)
		return err
	})
	return d
}

func inTx(t testing.TB, d *db.DB, fn func(ctx context.Context, tx *db.DB) error) {
	t.Helper()
	ctx := context.Background()
	if err := d.InTx(ctx, func(tx *db.DB) error { return fn(ctx, tx) }); err != nil {
		t.Fatal(err)
	}
}

// owner makes a person with a key.
func owner(t testing.TB, d *db.DB, id seal.OwnerID) seal.Key {
	t.Helper()
	var key seal.Key
	inTx(t, d, func(ctx context.Context, tx *db.DB) (err error) {
		key, err = seal.NewOwner(ctx, tx, seal.Person, id)
		return err
	})
	return key
}

// opened opens an owner's key afresh.
func opened(t testing.TB, d *db.DB, id seal.OwnerID) (key seal.Key, err error) {
	t.Helper()
	err = d.View(context.Background(), func(tx *db.DB) (err error) {
		key, err = seal.Open(context.Background(), tx, id)
		return err
	})
	return key, err
}

func mustOpen(t testing.TB, d *db.DB, id seal.OwnerID) seal.Key {
	t.Helper()
	key, err := opened(t, d, id)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSealedTextOpensOnlyWhereItBelongs(t *testing.T) {
	all := dbtest.New(t)
	north, south := practice(t, all, "north"), practice(t, all, "south")
	key := owner(t, north, "ana")
	other, elsewhere := owner(t, north, "ben"), owner(t, south, "ana")
	at := seal.Place{Table: "note", Row: "n1", Column: "body"}
	const text = "We talked about Tuesday. \u00e9\U0001F331"
	sealed := key.Seal(at, text)

	tests := []struct {
		name string
		key  seal.Key
		at   seal.Place
		want error
	}{
		{"the same place", key, at, nil},
		{"the key opened again", mustOpen(t, north, "ana"), at, nil},
		{"another row", key, seal.Place{Table: "note", Row: "n2", Column: "body"}, seal.ErrChanged},
		{"another column", key, seal.Place{Table: "note", Row: "n1", Column: "title"}, seal.ErrChanged},
		{"another table", key, seal.Place{Table: "moment", Row: "n1", Column: "body"}, seal.ErrChanged},
		{"parts cut elsewhere", key, seal.Place{Table: "noten", Row: "1", Column: "body"}, seal.ErrChanged},
		{"another owner", other, at, seal.ErrChanged},
		{"the same id in another practice", elsewhere, at, seal.ErrChanged},
		{"no key", seal.Key{}, at, seal.ErrNoKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.key.Open(tt.at, sealed)
			if !errors.Is(err, tt.want) {
				t.Fatalf("Open: got error %v, want %v", err, tt.want)
			}
			if want := text; tt.want == nil && got != want || tt.want != nil && got != "" {
				t.Errorf("Open: got %q, want %q only without an error", got, want)
			}
		})
	}
}

func TestEveryChangedByteIsSeen(t *testing.T) {
	key := owner(t, practice(t, dbtest.New(t), "north"), "ana")
	at := seal.Place{Table: "note", Row: "n1", Column: "body"}
	sealed := key.Seal(at, "short")
	for i := range sealed {
		for bit := range 8 {
			changed := append([]byte{}, sealed...)
			changed[i] ^= 1 << bit
			if text, err := key.Open(at, changed); err == nil {
				t.Errorf("bit %d of byte %d changed: got %q, want an error", bit, i, text)
			}
		}
	}
	for n := range sealed {
		if _, err := key.Open(at, sealed[:n]); err == nil {
			t.Errorf("cut to %d bytes: got no error", n)
		}
	}
	if again := key.Seal(at, "short"); string(again) == string(sealed) {
		t.Error("the same text sealed twice gave the same bytes")
	}
}

func TestSealedJSON(t *testing.T) {
	key := owner(t, practice(t, dbtest.New(t), "north"), "ana")
	at := seal.Place{Table: "client", Row: "ana", Column: "profile"}
	type profile struct{ Name, Phone string }
	want := profile{"Ana Example", "312 555 0100"}
	sealed, err := key.SealJSON(at, want)
	if err != nil {
		t.Fatal(err)
	}
	var got profile
	if err := key.OpenJSON(at, sealed, &got); err != nil || got != want {
		t.Errorf("OpenJSON: got %v, %v, want %v", got, err, want)
	}
	err = key.OpenJSON(at, key.Seal(at, `"a secret word"`), &got)
	if err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("OpenJSON of another type: got error %v, want one that repeats no content", err)
	}
	if _, err := key.SealJSON(at, func() {}); err == nil {
		t.Error("SealJSON of a function: got no error")
	}
}

func TestKeysDoNotPrint(t *testing.T) {
	key := owner(t, practice(t, dbtest.New(t), "north"), "ana")
	type client struct{ key seal.Key }
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if got := fmt.Sprintf(verb, key); got != "seal.Key" {
			t.Errorf("Sprintf(%s): got %q, want seal.Key", verb, got)
		}
		if got := fmt.Sprintf(verb, client{key}); strings.Contains(got, "[") || strings.Contains(got, "ana") {
			t.Errorf("Sprintf(%s) of a value that holds a key: got %q", verb, got)
		}
	}
}

func TestSwappedRowsDoNotOpen(t *testing.T) {
	d := practice(t, dbtest.New(t), "north")
	key := owner(t, d, "ana")
	place := func(id string) seal.Place { return seal.Place{Table: "practice", Row: id, Column: "settings"} }
	all := d.ForAll()
	practice(t, all, "south")
	inTx(t, all, func(ctx context.Context, tx *db.DB) error {
		for _, id := range []string{"north", "south"} {
			_, err := tx.Exec(ctx, `UPDATE practice SET settings = $2 WHERE practice_id = $1`, id, key.Seal(place(id), "of "+id))
			if err != nil {
				return err
			}
		}
		return nil
	})
	read := func(id string) (string, error) {
		var sealed []byte
		if err := all.Row(context.Background(), `SELECT settings FROM practice WHERE practice_id = $1`, id).Scan(&sealed); err != nil {
			t.Fatal(err)
		}
		return key.Open(place(id), sealed)
	}
	if got, err := read("north"); got != "of north" || err != nil {
		t.Fatalf("before: got %q, %v, want %q", got, err, "of north")
	}
	inTx(t, all, func(ctx context.Context, tx *db.DB) error {
		_, err := tx.Exec(ctx, `
			WITH was AS (SELECT practice_id, settings FROM practice)
			UPDATE practice SET settings = was.settings FROM was WHERE was.practice_id <> practice.practice_id`)
		return err
	})
	for _, id := range []string{"north", "south"} {
		if got, err := read(id); !errors.Is(err, seal.ErrChanged) {
			t.Errorf("%s after the swap: got %q, %v, want ErrChanged", id, got, err)
		}
	}
}

func TestDigest(t *testing.T) {
	d := practice(t, dbtest.New(t), "north")
	key, other := owner(t, d, "ana"), owner(t, d, "ben")
	now := dbtest.Start
	digest := key.Digest("appointment", "a1", "booked", int64(3), true, now, nil, 2.5, []byte{1})
	type state string
	tests := []struct {
		name   string
		key    seal.Key
		row    string
		values []any
		want   error
	}{
		{"same", key, "a1", []any{"booked", int64(3), true, now, nil, 2.5, []byte{1}}, nil},
		{"same, of named types", key, "a1", []any{state("booked"), 3, true, now.Local(), nil, 2.5, []byte{1}}, nil},
		{"another owner", other, "a1", []any{"booked", 3, true, now, nil, 2.5, []byte{1}}, seal.ErrChanged},
		{"another row", key, "a2", []any{"booked", 3, true, now, nil, 2.5, []byte{1}}, seal.ErrChanged},
		{"another value", key, "a1", []any{"moved", 3, true, now, nil, 2.5, []byte{1}}, seal.ErrChanged},
		{"a number as a text", key, "a1", []any{"booked", "3", true, now, nil, 2.5, []byte{1}}, seal.ErrChanged},
		{"values shifted", key, "a1", []any{"booke", "d3", true, now, nil, 2.5, []byte{1}}, seal.ErrChanged},
		{"a value less", key, "a1", []any{"booked", 3, true, now, nil, 2.5}, seal.ErrChanged},
		{"forgotten", seal.Key{}, "a1", nil, seal.ErrNoKey},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.key.Check(digest, "appointment", tt.row, tt.values...); !errors.Is(err, tt.want) {
				t.Errorf("Check: got %v, want %v", err, tt.want)
			}
		})
	}
	if err := key.Check(nil, "appointment", "a1"); !errors.Is(err, seal.ErrChanged) {
		t.Errorf("Check of no digest: got %v, want ErrChanged", err)
	}
}

func FuzzOpen(f *testing.F) {
	key := owner(f, practice(f, dbtest.New(f), "north"), "ana")
	at := seal.Place{Table: "note", Row: "n1", Column: "body"}
	sealed := key.Seal(at, "known")
	f.Add(sealed)
	f.Add(sealed[:20])
	f.Add([]byte{1, 0, 0, 0, 2})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		if text, err := key.Open(at, b); err == nil && string(b) != string(sealed) {
			t.Errorf("opened bytes that were never sealed, to %q", text)
		}
		if err := key.Check(b, "note", "n1", "x"); err == nil {
			t.Errorf("took bytes for a digest that never was one")
		}
	})
}
