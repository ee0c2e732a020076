package auth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"

	"attune/internal/db"
	"attune/internal/fault"
)

const tokenBytes = 32

// Token is a secret of 256 random bits that stands for a sign-in or a link. The database holds its SHA-256 only.
// It prints as its type; Text is the secret itself, for a cookie or the address of a link.
type Token struct{ text string }

func newToken(tx *db.DB) (Token, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(tx.Rand(), raw); err != nil {
		return Token{}, fmt.Errorf("make a token: %w", err)
	}
	return Token{base64.RawURLEncoding.EncodeToString(raw)}, nil
}

// ParseToken reads a token's text, 43 characters of base64url. Anything else is NotFound.
func ParseToken(text string) (Token, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != tokenBytes || base64.RawURLEncoding.EncodeToString(raw) != text {
		return Token{}, fault.NotFound()
	}
	return Token{text}, nil
}

// Text is the secret.
func (t Token) Text() string { return t.text }

// String does not give the secret away.
func (t Token) String() string { return "auth.Token" }

// Format prints the type and never the secret.
func (t Token) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, t.String()) // a printer that cannot be written to has nobody to tell
}

// LogValue keeps the secret out of logs.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

func (t Token) hash() []byte {
	sum := sha256.Sum256([]byte(t.text))
	return sum[:]
}
