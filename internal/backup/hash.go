package backup

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"math"

	"attune/internal/db"
)

// State is the canonical hash of what a practice holds.
type State struct {
	Practice string            `json:"practice"`
	Ref      string            `json:"ref"`
	Hash     string            `json:"hash"`
	Tables   map[string]string `json:"tables"`
	Rows     map[string]int    `json:"rows"`
}

// Hash is the SHA-256 over the decrypted, canonical content of every row of a
// practice, by table and primary key. It is the same on both databases, and
// after any key was changed. It needs the keys.
func Hash(ctx context.Context, d *db.DB) (State, error) {
	var s State
	err := d.View(ctx, func(tx *db.DB) error {
		s = State{Practice: tx.PracticeID(), Tables: map[string]string{}, Rows: map[string]int{}}
		if err := tx.Row(ctx, `SELECT ref FROM practice WHERE practice_id = $1`, tx.PracticeID()).Scan(&s.Ref); err != nil {
			return fmt.Errorf("find the practice: %w", err)
		}
		whole := sha256.New()
		for _, t := range tables {
			sum := sha256.New()
			err := readTable(ctx, tx, t, func(r row) error {
				if len(r.failed) > 0 {
					return fmt.Errorf("table %s, row %s: %v cannot be opened", t.name, r.id, r.failed)
				}
				s.Rows[t.name]++
				return addRow(sum, r)
			})
			if err != nil {
				return err
			}
			s.Tables[t.name] = hex.EncodeToString(sum.Sum(nil))
			_, _ = fmt.Fprintln(whole, t.name, s.Tables[t.name]) // a hash takes everything
		}
		s.Hash = hex.EncodeToString(whole.Sum(nil))
		return nil
	})
	return s, err
}

// addRow adds every value with its kind and length before it.
func addRow(sum hash.Hash, r row) error {
	for _, v := range r.values {
		switch v := v.(type) {
		case nil:
			add(sum, 'n', nil)
		case string:
			add(sum, 's', []byte(v))
		case int64:
			add(sum, 'i', binary.BigEndian.AppendUint64(nil, uint64(v)))
		case bool:
			add(sum, 'b', []byte(fmt.Sprint(v)))
		case float64:
			add(sum, 'f', binary.BigEndian.AppendUint64(nil, math.Float64bits(v)))
		default:
			return fmt.Errorf("a value of type %T has no canonical form", v)
		}
	}
	for _, text := range r.opened {
		if text == nil {
			add(sum, 'n', nil)
			continue
		}
		add(sum, 't', canonical(*text))
	}
	add(sum, 'r', nil)
	return nil
}

func add(sum hash.Hash, kind byte, value []byte) {
	head := binary.AppendUvarint([]byte{kind}, uint64(len(value)))
	_, _ = sum.Write(append(head, value...)) // a hash takes everything
}

// canonical is JSON with its keys in order, whoever wrote it; other texts are as they are.
func canonical(text string) []byte {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		return []byte(text)
	}
	if out, err := json.Marshal(v); err == nil {
		return out
	}
	return []byte(text)
}
