package auth_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"log/slog"
	"math/bits"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
)

// Of 10,000 tokens none is twice, and each of the 256 bits is set in about half of them: 5 standard deviations are
// 2.5 percent.
func TestTokensAreRandom(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	const n = 10_000
	var ones [256]int
	seen := map[string]bool{}
	p.tx(func(ctx context.Context, tx *db.DB) error {
		clear(ones[:])
		clear(seen)
		for range n {
			token, err := auth.NewLink(ctx, tx, access.TaskCheckIn, "rosa", "s1", time.Time{}, tx.Now().Add(time.Hour))
			if err != nil {
				return err
			}
			seen[token.Text()] = true
			raw, err := base64.RawURLEncoding.DecodeString(token.Text())
			if err != nil || len(raw) != 32 {
				return fmt.Errorf("token of %d bytes: %w", len(raw), err)
			}
			for i := range ones {
				ones[i] += bits.OnesCount8(raw[i/8] & (1 << (i % 8)))
			}
		}
		return nil
	})
	if len(seen) != n {
		t.Errorf("got %d different tokens of %d", len(seen), n)
	}
	for i, count := range ones {
		if count < n*475/1000 || count > n*525/1000 {
			t.Errorf("bit %d is set in %d of %d tokens, want about half", i, count, n)
		}
	}
}

func TestTokenIsNotPrinted(t *testing.T) {
	t.Parallel()
	token, err := auth.ParseToken(strings.Repeat("A", 43))
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("a token", "token", token, "with", struct{ T auth.Token }{token})
	printed := fmt.Sprintf("%v %+v %#v %s %q %x %d", token, token, token, token, token, token, token) + fmt.Sprint(&token) + log.String()
	if strings.Contains(printed, "AAAA") || strings.Contains(printed, "4141") {
		t.Errorf("got %q, want no secret in it", printed)
	}
}

func FuzzParseToken(f *testing.F) {
	for _, seed := range []string{"", "A", strings.Repeat("A", 43), strings.Repeat("A", 42) + "B", strings.Repeat("_", 43), strings.Repeat("A", 44), "é" + strings.Repeat("A", 42), strings.Repeat("A", 42) + "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := auth.ParseToken(text)
		if err != nil {
			want(t, "what is no token", err, fault.KindNotFound)
			return
		}
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil || len(raw) != 32 || token.Text() != text || base64.RawURLEncoding.EncodeToString(raw) != text {
			t.Errorf("took %q for a token", text)
		}
	})
}
