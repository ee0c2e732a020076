package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"attune/internal/db"

	"filippo.io/age"
)

// Drilled is what came of a drill.
type Drilled struct {
	Rows      int             `json:"rows"`
	Bytes     int64           `json:"bytes"`
	BackedUp  time.Duration   `json:"backed_up_ns"`
	Restored  time.Duration   `json:"restored_ns"`
	Practices []DrillPractice `json:"practices"`
}

// DrillPractice is one practice before the backup and after its restore.
type DrillPractice struct {
	Ref      string    `json:"ref"`
	Before   string    `json:"before"`
	After    string    `json:"after"`
	Same     bool      `json:"same"`
	Problems []Problem `json:"problems"`
}

// Well reports whether every practice came back as it was.
func (r Drilled) Well() bool {
	for _, p := range r.Practices {
		if !p.Same || len(p.Problems) > 0 {
			return false
		}
	}
	return true
}

// Drill backs up, restores into an SQLite database in a passing folder, and compares every practice with itself. Its
// backup has passing recipients, and nothing of it stays. Nobody else may write meanwhile, or the two will differ.
func Drill(ctx context.Context, d *db.DB) (r Drilled, err error) {
	dir, err := os.MkdirTemp("", "attune-drill-")
	if err != nil {
		return r, fmt.Errorf("drill: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	records, err := age.GenerateX25519Identity()
	if err != nil {
		return r, err
	}
	keys, err := age.GenerateX25519Identity()
	if err != nil {
		return r, err
	}
	begun := time.Now()
	m, err := create(ctx, d.ForAll(), Plan{filepath.Join(dir, "backup"), []age.Recipient{records.Recipient()}, []age.Recipient{keys.Recipient()}})
	if err != nil {
		return r, err
	}
	r.Rows, r.Bytes, r.BackedUp = m.Rows, m.Bytes, time.Since(begun)
	there, err := db.Open(ctx, "sqlite:"+filepath.Join(dir, "attune.db"), db.Options{Root: d.Root()})
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, there.Close()) }()
	begun = time.Now()
	if _, err := Restore(ctx, there, Source{File: m.File, Identities: []age.Identity{records, keys}}); err != nil {
		return r, err
	}
	r.Restored = time.Since(begun)
	r.Practices, err = compare(ctx, d, there)
	return r, err
}

func compare(ctx context.Context, d, there *db.DB) ([]DrillPractice, error) {
	ids, err := practices(ctx, d)
	if err != nil {
		return nil, err
	}
	all := []DrillPractice{}
	for _, id := range ids {
		before, err := Hash(ctx, d.For(id))
		if err != nil {
			return nil, err
		}
		after, err := Hash(ctx, there.For(id))
		if err != nil {
			return nil, err
		}
		problems, err := Check(ctx, there.For(id))
		if err != nil {
			return nil, err
		}
		all = append(all, DrillPractice{before.Ref, before.Hash, after.Hash, before.Hash == after.Hash, problems})
	}
	return all, nil
}
