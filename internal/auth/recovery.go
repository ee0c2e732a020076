package auth

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
)

const (
	recoveryCodes = 10
	recoveryBytes = 16
	recoveryGroup = 5 // letters between hyphens
)

// NewRecoveryCodes makes ten recovery codes in place of those the person had. They are given this once.
func NewRecoveryCodes(ctx context.Context, tx *db.DB, by access.Actor) ([]string, Notice, error) {
	l, err := keeper(ctx, tx, by)
	if err != nil {
		return nil, Notice{}, err
	}
	if !l.factor() {
		return nil, Notice{}, fault.Conflict("Recovery codes stand in for a second step; please set one up first.")
	}
	codes, err := makeRecoveryCodes(ctx, tx, l.ID)
	if err != nil {
		return nil, Notice{}, err
	}
	return codes, l.notice(RecoveryCodesNew), audit.Record(ctx, tx, by, audit.Changed, l.about("second factor", l.ID, string(RecoveryCodesNew)))
}

func makeRecoveryCodes(ctx context.Context, tx *db.DB, personID string) ([]string, error) {
	if _, err := tx.Exec(ctx, `DELETE FROM recovery_code WHERE practice_id = $1 AND person_id = $2`, tx.PracticeID(), personID); err != nil {
		return nil, fmt.Errorf("replace the recovery codes of %s: %w", personID, err)
	}
	codes := make([]string, recoveryCodes)
	for i := range codes {
		raw := make([]byte, recoveryBytes)
		if _, err := io.ReadFull(tx.Rand(), raw); err != nil {
			return nil, fmt.Errorf("make a recovery code: %w", err)
		}
		letters := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw))
		codes[i] = grouped(letters)
		_, err := tx.Exec(ctx, `INSERT INTO recovery_code (practice_id, person_id, hash) VALUES ($1, $2, $3)`,
			tx.PracticeID(), personID, recoveryHash(letters))
		if err != nil {
			return nil, fmt.Errorf("keep a recovery code of %s: %w", personID, err)
		}
	}
	return codes, nil
}

// grouped puts a hyphen after every fifth letter.
func grouped(letters string) string {
	var b strings.Builder
	for i, r := range letters {
		if i > 0 && i%recoveryGroup == 0 {
			b.WriteByte('-')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// misread are digits that are not in the codes, typed for letters that look like them.
var misread = strings.NewReplacer("0", "o", "1", "l", "8", "b")

// recoveryHash is what is kept of a code, however it was typed. 128 random bits need no slow hash.
func recoveryHash(code string) []byte {
	sum := sha256.Sum256([]byte(misread.Replace(strings.ToLower(bareCode(strings.TrimSpace(code))))))
	return sum[:]
}

// useRecoveryCode takes one of the person's recovery codes, which is right once.
func useRecoveryCode(ctx context.Context, tx *db.DB, personID, code string) (bool, error) {
	n, err := tx.Exec(ctx, `
		UPDATE recovery_code SET used_at = $4 WHERE practice_id = $1 AND person_id = $2 AND hash = $3 AND used_at IS NULL`,
		tx.PracticeID(), personID, recoveryHash(code), tx.Now())
	if err != nil {
		return false, fmt.Errorf("use a recovery code of %s: %w", personID, err)
	}
	return n == 1, nil
}

func recoveryLeft(ctx context.Context, tx *db.DB, personID string) (int, error) {
	n := 0
	err := tx.Row(ctx, `SELECT COUNT(*) FROM recovery_code WHERE practice_id = $1 AND person_id = $2 AND used_at IS NULL`,
		tx.PracticeID(), personID).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the recovery codes of %s: %w", personID, err)
	}
	return n, nil
}
