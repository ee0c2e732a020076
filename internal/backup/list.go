package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"attune/internal/db"
	"attune/internal/fault"

	"filippo.io/age"
)

const (
	stampForm = "20060102T150405.000000Z"
	dataEnd   = ".age"
	keysEnd   = ".keys.age"
)

// File is a backup as it lies in a folder.
type File struct {
	File    string    `json:"file"`
	Keys    string    `json:"keys"` // empty where its keys are gone
	At      time.Time `json:"at"`
	Bytes   int64     `json:"bytes"`
	Expires time.Time `json:"expires"` // when its keys are removed
}

// List returns the backups in a folder, oldest first, by their names alone.
func List(dir string) ([]File, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fault.Invalid("", fmt.Sprintf("The folder of backups cannot be read: %v.", err))
	}
	found := []File{}
	for _, e := range entries {
		at, ok := stampOf(e.Name())
		if !ok || strings.HasSuffix(e.Name(), keysEnd) {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("list backups: %w", err)
		}
		f := File{File: filepath.Join(dir, e.Name()), At: at, Bytes: info.Size(), Expires: at.Add(KeysKept)}
		if _, err := os.Stat(keysBeside(f.File)); err == nil {
			f.Keys = keysBeside(f.File)
		}
		found = append(found, f)
	}
	slices.SortFunc(found, func(a, b File) int { return a.At.Compare(b.At) })
	return found, nil
}

// Before returns the newest backup in a folder that was made at a moment or before it.
func Before(dir string, at time.Time) (File, error) {
	all, err := List(dir)
	if err != nil {
		return File{}, err
	}
	for _, f := range slices.Backward(all) {
		if !f.At.After(at) {
			return f, nil
		}
	}
	return File{}, fault.Invalid("", "There is no backup from that moment or before it in this folder.")
}

func stampOf(name string) (time.Time, bool) {
	stamp, ok := strings.CutPrefix(name, "backup-")
	if !ok {
		return time.Time{}, false
	}
	if cut, ok := strings.CutSuffix(stamp, keysEnd); ok {
		stamp = cut
	} else if stamp, ok = strings.CutSuffix(stamp, dataEnd); !ok {
		return time.Time{}, false
	}
	at, err := time.Parse(stampForm, stamp)
	return at, err == nil
}

func keysBeside(file string) string { return strings.TrimSuffix(file, dataEnd) + keysEnd }

// expire removes what was made longer ago than KeysKept: without its keys a backup is of no use.
func expire(dir string, now time.Time) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if at, ok := stampOf(e.Name()); ok && now.Sub(at) > KeysKept {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("remove an old backup: %w", err)
			}
		}
	}
	return nil
}

// Contents is what a file holds.
type Contents struct {
	File   string         `json:"file"`
	Holds  string         `json:"holds"` // "data" or "keys"
	ID     string         `json:"id"`    // the same for the two files of one backup
	Schema int            `json:"schema"`
	Engine string         `json:"engine"`
	At     time.Time      `json:"at"`
	Rows   map[string]int `json:"rows"`
}

// Verify reads a whole file without restoring it: it opens it and holds every table against its counts and sums.
func Verify(file string, identities []age.Identity) (Contents, error) {
	var c Contents
	err := readSealed(file, identities, func(in io.Reader) error {
		h, counts, err := readFrames(in, reading{})
		c = Contents{file, h.Holds, h.ID, h.Schema, h.Engine, h.At, counts}
		return err
	})
	return c, err
}

// readSealed has fn read what a file holds, and says in one sentence what is wrong with it.
func readSealed(path string, identities []age.Identity, fn func(io.Reader) error) error {
	if len(identities) == 0 {
		return fault.Invalid("", "Give the identity file of one of the recipients.")
	}
	file, err := os.Open(path)
	if err != nil {
		return fault.Invalid("", fmt.Sprintf("The backup cannot be read: %v.", err))
	}
	defer file.Close() //nolint:errcheck // it was only read
	in, err := age.Decrypt(file, identities...)
	var nobody *age.NoIdentityMatchError
	if errors.As(err, &nobody) {
		return fault.Invalid("", fmt.Sprintf("The identity does not open %s: use that of one of its recipients.", filepath.Base(path)))
	}
	if err == nil {
		err = fn(in)
	} else {
		err = errDamaged
	}
	if errors.Is(err, errDamaged) {
		return fault.Invalid("", fmt.Sprintf("%s cannot be used because it is damaged or cut short: use another backup.", filepath.Base(path)))
	}
	return err
}

// Status is what became of the last backup.
type Status struct {
	Begun time.Time // the last try
	Done  time.Time // the last that worked; zero where none did
	File  string    // its name without the folder
	Bytes int64
	Rows  int64
	Fault string // why the last try did not work; empty where it did
}

// Last says what became of the last backup; the error is db.ErrNone where there was none.
func Last(ctx context.Context, tx *db.DB) (Status, error) {
	var s Status
	err := tx.Row(ctx, `SELECT begun_at, done_at, file, bytes, row_count, fault FROM backup_last WHERE practice_id = $1`, tx.PracticeID()).
		Scan(&s.Begun, &s.Done, &s.File, &s.Bytes, &s.Rows, &s.Fault)
	return s, err
}

// remember keeps for every practice what became of a backup.
func remember(ctx context.Context, d *db.DB, m Made, failed error) error {
	return eachPractice(ctx, d, func(tx *db.DB) error {
		if failed != nil {
			_, err := tx.Exec(ctx, `
				INSERT INTO backup_last (practice_id, begun_at, file, bytes, row_count, fault) VALUES ($1, $2, '', 0, 0, $3)
				ON CONFLICT (practice_id) DO UPDATE SET begun_at = $2, fault = $3`, tx.PracticeID(), tx.Now(), failed.Error())
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO backup_last (practice_id, begun_at, done_at, file, bytes, row_count, fault) VALUES ($1, $2, $2, $3, $4, $5, '')
			ON CONFLICT (practice_id) DO UPDATE SET begun_at = $2, done_at = $2, file = $3, bytes = $4, row_count = $5, fault = ''`,
			tx.PracticeID(), m.At, filepath.Base(m.File), m.Bytes, m.Rows)
		return err
	})
}

// Due reports whether the last backup began longer ago than every, and if so that this one begins: of several
// programs on one database one is told so.
func Due(ctx context.Context, d *db.DB, every time.Duration) (bool, error) {
	due := false
	err := d.ForAll().InTx(ctx, func(tx *db.DB) error {
		due = false
		var last time.Time
		if err := tx.Row(ctx, `SELECT MAX(begun_at) FROM backup_last`).Scan(&last); err != nil {
			return err
		}
		if tx.Now().Sub(last) < every {
			return nil
		}
		due = true
		_, err := tx.Exec(ctx, `
			INSERT INTO backup_last (practice_id, begun_at, done_at, file, bytes, row_count, fault)
			SELECT practice_id, $1, NULL, '', 0, 0, '' FROM practice WHERE TRUE
			ON CONFLICT (practice_id) DO UPDATE SET begun_at = excluded.begun_at`, tx.Now())
		return err
	})
	return due, err
}

// practices are the ids of all practices.
func practices(ctx context.Context, d *db.DB) ([]string, error) {
	var all []string
	err := d.ForAll().Each(ctx, `SELECT practice_id FROM practice ORDER BY practice_id`, nil, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		all = append(all, id)
		return err
	})
	return all, err
}

// eachPractice runs fn in a transaction of each practice.
func eachPractice(ctx context.Context, d *db.DB, fn func(tx *db.DB) error) error {
	all, err := practices(ctx, d)
	if err != nil {
		return err
	}
	for _, id := range all {
		if err := d.For(id).InTx(ctx, fn); err != nil {
			return err
		}
	}
	return nil
}

func beside(file, name string) string { return filepath.Join(filepath.Dir(file), name) }
