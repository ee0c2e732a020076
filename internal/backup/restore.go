package backup

import (
	"context"
	"errors"
	"fmt"
	"io"

	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"

	"filippo.io/age"
)

// Source is what a restore reads.
type Source struct {
	File       string
	Keys       string // empty: the file of keys beside File
	Identities []age.Identity
	Forgotten  []string // lists of the forgotten, beside the one that lies with File
}

// Restored is what a restore brought back.
type Restored struct {
	Contents
	Forgotten int `json:"forgotten"` // owners who were forgotten after the backup, and were again
}

// Restore brings a backup back into a database that holds nothing, of either kind: all of it or nothing. Whoever was
// forgotten since then is forgotten again in the same transaction. Both files are read to their ends before anything
// is written. The database needs the root key that the backup was made under.
func Restore(ctx context.Context, d *db.DB, from Source) (Restored, error) {
	d = d.ForAll()
	if from.Keys == "" {
		from.Keys = keysBeside(from.File)
	}
	data, err := from.verify()
	if err != nil {
		return Restored{}, err
	}
	gone, err := readForgotten(beside(from.File, forgottenName), true)
	if err != nil {
		return Restored{}, err
	}
	for _, path := range from.Forgotten {
		more, err := readForgotten(path, false)
		if err != nil {
			return Restored{}, err
		}
		gone = append(gone, more...)
	}
	if err := makeReady(ctx, d, data.Schema); err != nil {
		return Restored{}, err
	}
	r := Restored{Contents: data}
	err = d.InTx(ctx, func(tx *db.DB) error {
		for _, file := range []struct{ path, holds string }{{from.File, "data"}, {from.Keys, "keys"}} {
			if err := fill(ctx, tx, file.path, file.holds, data.Schema, from.Identities); err != nil {
				return err
			}
		}
		var err error
		if r.Forgotten, err = forgetAgain(ctx, tx, gone); err != nil {
			return err
		}
		return opens(ctx, tx)
	})
	if err != nil {
		return Restored{}, err
	}
	return r, d.Migrate(ctx)
}

// verify reads both files and makes sure that they are two halves of one backup.
func (from Source) verify() (Contents, error) {
	data, err := Verify(from.File, from.Identities)
	if err != nil {
		return data, err
	}
	keys, err := Verify(from.Keys, from.Identities)
	if err != nil {
		return data, err
	}
	newest, err := db.Schema()
	switch {
	case err != nil:
		return data, err
	case data.Holds != "data" || keys.Holds != "keys" || data.ID != keys.ID:
		return data, fault.Invalid("", "These two files do not belong together: give the records and the keys of one backup.")
	case data.Schema > newest:
		return data, fault.Invalid("", "This backup was made by a newer program: use that one.")
	}
	return data, nil
}

// makeReady gives an empty database the tables of the backup's time, and refuses one that holds something.
func makeReady(ctx context.Context, d *db.DB, schema int) error {
	at, err := d.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	if at > 0 {
		practices := 0
		if err := d.Row(ctx, `SELECT COUNT(*) FROM practice`).Scan(&practices); err != nil {
			return err
		}
		if practices > 0 {
			return fault.Invalid("", "There is a practice in this database already: restore into an empty one.")
		}
	}
	if at > schema {
		return fault.Invalid("", "This backup is older than the tables of this database: restore it into a database that has none yet.")
	}
	return d.MigrateTo(ctx, schema)
}

func fill(ctx context.Context, tx *db.DB, path, holds string, schema int, identities []age.Identity) error {
	tables, err := rawTables(schema, holds)
	if err != nil {
		return err
	}
	return readSealed(path, identities, func(in io.Reader) error {
		f := &filler{tables: tables}
		_, _, err := readFrames(in, reading{table: f.table, row: func(values []any) error {
			if _, err := tx.Exec(ctx, f.insert, values...); err != nil {
				return fmt.Errorf("fill %s: %w", f.tables[f.next-1].Name, err)
			}
			return nil
		}})
		if err == nil && f.next != len(tables) {
			return errDamaged
		}
		return err
	})
}

// forgetAgain forgets whoever is on the lists and has still a key, and reports how many.
func forgetAgain(ctx context.Context, tx *db.DB, gone []forgotten) (int, error) {
	n := 0
	for _, f := range gone {
		var keys int
		err := tx.Row(ctx, `SELECT COUNT(*) FROM seal_key WHERE practice_id = $1 AND owner_id = $2 AND kind <> 'practice'`, f.practice, f.owner).Scan(&keys)
		if err != nil {
			return 0, err
		}
		if keys == 0 {
			continue
		}
		if err := forget(ctx, tx.For(f.practice), seal.OwnerID(f.owner)); err != nil {
			return 0, err
		}
		n++
	}
	return n, nil
}

// opens makes sure that the root key opens what was brought back.
func opens(ctx context.Context, tx *db.DB) error {
	ids, err := practices(ctx, tx)
	if err != nil {
		return err
	}
	for _, id := range ids {
		_, err := seal.Practice(ctx, tx.For(id))
		if errors.Is(err, seal.ErrRoot) || errors.Is(err, seal.ErrNoKey) {
			return fault.Invalid("", "The root key does not open this backup: give the one it was made under with --keys.")
		}
		if err != nil {
			return err
		}
	}
	return nil
}
