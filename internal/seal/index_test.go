package seal_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/seal"
)

func TestFindNames(t *testing.T) {
	d := practice(t, dbtest.New(t), "north")
	inTx(t, d, func(ctx context.Context, tx *db.DB) error {
		for id, names := range map[seal.OwnerID][]string{
			"jose":   {"José María", "Núñez-Example"},
			"siobh":  {"Siobhán", "O’Sample"},
			"soren":  {"Søren", "Großmann"},
			"li":     {"Li", "J"},
			"long":   {"Maximilianus", "Wolkenstein"},
			"anna":   {"Anna", "Beispiel"},
			"annika": {"Annika", "Beispiel"},
		} {
			if err := seal.IndexName(ctx, tx, id, names...); err != nil {
				return err
			}
		}
		return nil
	})
	tests := []struct {
		query string
		want  []seal.OwnerID
	}{
		{"jo", []seal.OwnerID{"jose"}},
		{"JOSE\u0301", []seal.OwnerID{"jose"}},
		{"nunez-exa", []seal.OwnerID{"jose"}},
		{"example, josé", []seal.OwnerID{"jose"}},
		{"o'sa", []seal.OwnerID{"siobh"}},
		{"osample", []seal.OwnerID{"siobh"}},
		{"soren grossm", []seal.OwnerID{"soren"}},
		{"li", []seal.OwnerID{"li"}},
		{"Li J", []seal.OwnerID{"li"}},
		{"maximilianus", []seal.OwnerID{"long"}},
		{"maximiliana", []seal.OwnerID{"long"}}, // the same first 8 letters
		{"ann beisp", []seal.OwnerID{"anna", "annika"}},
		{"anna anna", []seal.OwnerID{"anna"}},
		{"ann wolken", nil},
		{"ose", nil},
		{"j", nil},
		{"", nil},
		{" - ' ", nil},
		{"%", nil},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			got, err := seal.FindNames(context.Background(), d, tt.query, 10)
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("FindNames(%q): got %v, %v, want %v", tt.query, got, err, tt.want)
			}
		})
	}
	if got, err := seal.FindNames(context.Background(), d, "beispiel", 1); err != nil || len(got) != 1 {
		t.Errorf("FindNames with limit 1: got %v, %v", got, err)
	}
}

func TestIndexNameReplaces(t *testing.T) {
	ctx := context.Background()
	all := dbtest.New(t)
	north, south := practice(t, all, "north"), practice(t, all, "south")
	for _, name := range []string{"Old", "New"} {
		inTx(t, north, func(ctx context.Context, tx *db.DB) error { return seal.IndexName(ctx, tx, "ana", name) })
	}
	for query, want := range map[string]int{"old": 0, "new": 1} {
		if got, err := seal.FindNames(ctx, north, query, 10); err != nil || len(got) != want {
			t.Errorf("FindNames(%q): got %v, %v, want %d", query, got, err, want)
		}
	}
	if got, err := seal.FindNames(ctx, south, "new", 10); err != nil || len(got) != 0 {
		t.Errorf("in another practice: got %v, %v, want nobody", got, err)
	}
}

func TestBlind(t *testing.T) {
	ctx := context.Background()
	all := dbtest.New(t)
	north, south := practice(t, all, "north"), practice(t, all, "south")
	blind := func(d *db.DB, what, value string) []byte {
		index, err := seal.Blind(ctx, d, what, value)
		if err != nil {
			t.Fatal(err)
		}
		return index
	}
	tests := []struct {
		name, whatA, a, whatB, b string
		want                     bool
	}{
		{"case and blanks", seal.Email, "Ana@Example.org ", seal.Email, "ana@example.org", true},
		{"one letter, two ways", seal.Email, "jos\u00e9@example.org", seal.Email, "jose\u0301@example.org", true},
		{"another address", seal.Email, "ana@example.org", seal.Email, "ana1@example.org", false},
		{"digits of a phone", seal.Phone, "(312) 555-0100", seal.Phone, "312.555.0100", true},
		{"another phone", seal.Phone, "312 555 0100", seal.Phone, "312 555 0101", false},
		{"another use", seal.Email, "3125550100", seal.Phone, "3125550100", false},
		{"anything else as it is", "handle", "A", "handle", "a", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := bytes.Equal(blind(north, tt.whatA, tt.a), blind(north, tt.whatB, tt.b)); got != tt.want {
				t.Errorf("Blind(%q) equals Blind(%q): got %v, want %v", tt.a, tt.b, got, tt.want)
			}
		})
	}
	if bytes.Equal(blind(north, seal.Email, "ana@example.org"), blind(south, seal.Email, "ana@example.org")) {
		t.Error("two practices have the same index for one address")
	}
}

// BenchmarkFindNames searches among 100,000 clients, whose names share few syllables and so many prefixes; an eighth
// of them are called Maria, another eighth Johnson. It fails where a search takes 50 ms or more on average.
func BenchmarkFindNames(b *testing.B) {
	const clients, limit = 100_000, 50 * time.Millisecond
	d := practice(b, dbtest.New(b), "north")
	for start := 0; start < clients; start += 5000 {
		inTx(b, d, func(ctx context.Context, tx *db.DB) error {
			for i := start; i < start+5000; i++ {
				first, last := syllables(i%1201), syllables(i*7%9973)
				switch i % 8 { // two prefixes that many have and hardly anyone has both of
				case 0:
					first = "Maria"
				case 1:
					last = "Johnson"
				}
				if err := seal.IndexName(ctx, tx, seal.OwnerID(fmt.Sprintf("client%06d", i*7919%clients)), first, last); err != nil {
					return err
				}
			}
			return nil
		})
	}
	for _, query := range []string{"ba", "ba be", "babebi", "ba zzzz", "maria", "ma jo", "maria johnson", "babe dazo", syllables(17) + " " + syllables(119)} {
		b.Run(query, func(b *testing.B) {
			for b.Loop() {
				if _, err := seal.FindNames(context.Background(), d, query, 20); err != nil {
					b.Fatal(err)
				}
			}
			if mean := b.Elapsed() / time.Duration(b.N); mean > limit {
				b.Errorf("got %v a search, want at most %v", mean, limit)
			}
		})
	}
}

// syllables spells a number as a name.
func syllables(n int) string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	name := ""
	for range 4 {
		name += string(consonants[n%14]) + string(vowels[n/14%5])
		n = n/3 + 11
	}
	return name
}
