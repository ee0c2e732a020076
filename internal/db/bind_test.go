package db_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"attune/internal/db"
	"attune/internal/fault"
)

type (
	word   string
	sealed []byte
	flag   bool
	size   int
)

func TestBindAndScan(t *testing.T) {
	d := fresh(t)
	at := time.Date(2027, 5, 4, 3, 2, 1, 987654321, time.FixedZone("CEST", 7200))
	kept := time.Date(2027, 5, 4, 1, 2, 1, 987654000, time.UTC)
	text, noText := "text", (*string)(nil)

	for _, c := range []struct {
		name, column string
		in, out      any // out: a pointer to what is scanned into
		want         any
	}{
		{"text", "words", "Zoë; it's", new(string), "Zoë; it's"},
		{"empty text", "words", "", new(string), ""},
		{"named text", "words", word("w"), new(word), word("w")},
		{"pointer to text", "words", &text, new(*string), &text},
		{"no text", "words", noText, new(*string), noText},
		{"number", "n", int64(math.MaxInt64), new(int64), int64(math.MaxInt64)},
		{"int", "n", -3, new(int), -3},
		{"named number", "n", size(4), new(size), size(4)},
		{"unsigned", "n", uint16(9), new(uint16), uint16(9)},
		{"fraction", "x", 0.1, new(float64), 0.1},
		{"whole fraction", "x", 2.0, new(float64), 2.0},
		{"whole number as fraction", "x", 2, new(float64), 2.0},
		{"true", "sure", true, new(bool), true},
		{"named false", "sure", flag(false), new(flag), flag(false)},
		{"perhaps", "sure", (*bool)(nil), new(*bool), (*bool)(nil)},
		{"bytes", "raw", []byte{0, 1, 255}, new([]byte), []byte{0, 1, 255}},
		{"named bytes", "raw", sealed{7, 0}, new(sealed), sealed{7, 0}},
		{"no bytes", "raw", []byte(nil), new([]byte), []byte(nil)},
		{"no named bytes", "raw", sealed(nil), new(sealed), sealed(nil)},
		{"empty bytes", "raw", []byte{}, new([]byte), []byte(nil)},
		{"moment", "at", at, new(time.Time), kept},
		{"zero moment", "at", time.Time{}, new(time.Time), time.Time{}},
		{"before 1970", "at", time.UnixMicro(-5), new(time.Time), time.UnixMicro(-5).UTC()},
		{"pointer to moment", "at", &at, new(*time.Time), &kept},
		{"no moment", "at", (*time.Time)(nil), new(*time.Time), (*time.Time)(nil)},
		{"null", "n", nil, new(*int64), (*int64)(nil)},
	} {
		t.Run(c.name, func(t *testing.T) {
			exec(t, d, "DELETE FROM thing")
			exec(t, d, "INSERT INTO thing (practice_id, id, "+c.column+") VALUES ($1, $2, $3)", "one", "a", c.in)
			if err := d.Row(ctx, "SELECT "+c.column+" FROM thing WHERE id = $1", word("a")).Scan(c.out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, deref(c.out)); diff != "" {
				t.Errorf("want -, got +:\n%s", diff)
			}
		})
	}
}

func deref(pointer any) any { return reflect.ValueOf(pointer).Elem().Interface() }

func TestBindRefuses(t *testing.T) {
	d := fresh(t)
	for _, c := range []struct {
		name    string
		in      any
		invalid bool // the person is told
	}{
		{"not a number", math.NaN(), false},
		{"infinite", math.Inf(1), false},
		{"too large", uint64(math.MaxUint64), false},
		{"a struct", struct{ A int }{1}, false},
		{"a channel", make(chan int), false},
		{"a zero byte", "a\x00b", true},
		{"no UTF-8", "a\xffb", true},
		{"a list with no UTF-8", db.Strings{"a\xff"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := d.InTx(ctx, func(tx *db.DB) error {
				_, err := tx.Exec(ctx, "INSERT INTO thing (practice_id, id, words) VALUES ('one', 'a', $1)", c.in)
				return err
			})
			if err == nil {
				t.Fatal("it was kept")
			}
			if got := fault.Invalids(err) != nil; got != c.invalid {
				t.Errorf("told to the person: got %t, want %t (%v)", got, c.invalid, err)
			}
		})
	}
}

func TestAnyOf(t *testing.T) {
	d := fresh(t)
	for _, id := range []string{"a", "b", `quo"te`, "d"} {
		if err := put(d, id, 1); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		list any
		want string
	}{
		{"some", db.Strings{"b", "d", "x"}, "b d"},
		{"quoted", db.Strings{`quo"te`}, `quo"te`},
		{"named ids", []word{"a", "b"}, "a b"},
		{"none", db.Strings{}, ""},
		{"nil", db.Strings(nil), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			query := "SELECT id FROM thing WHERE practice_id = $1 AND id " + d.AnyOf(2) + " ORDER BY id"
			err := d.Each(ctx, query, []any{"one", c.list}, func(scan func(dest ...any) error) error {
				var id string
				err := scan(&id)
				got = append(got, id)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if strings.Join(got, " ") != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestSumsAndMeansScan(t *testing.T) {
	d := fresh(t)
	for i, id := range []string{"a", "b"} {
		if err := put(d, id, i+1); err != nil {
			t.Fatal(err)
		}
	}
	var sum, most int64
	var none *int64
	if err := d.Row(ctx, "SELECT SUM(n), MAX(n), MAX(at) FROM thing").Scan(&sum, &most, &none); err != nil {
		t.Fatal(err)
	}
	if sum != 3 || most != 2 || none != nil {
		t.Errorf("got %d, %d, %v; want 3, 2, nil", sum, most, none)
	}
}
