package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/internal/db"
)

// Tables by where they go. What is of one moment or one installation goes nowhere.
var (
	ofKeys  = []string{"seal_key", "seal_shred"}
	nowhere = []string{"throttle", "idempotency", "sign_in", "passkey_challenge", "schema_version", "backup_last", "key_rotation"}
)

// rawTables are the tables of one of the two files, in an order in which they can be filled.
func rawTables(schema int, holds string) ([]db.Table, error) {
	all, err := db.Tables(schema)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(t db.Table) bool {
		return slices.Contains(nowhere, t.Name) || slices.Contains(ofKeys, t.Name) != (holds == "keys")
	}), nil
}

// writeRaw writes every row of a table as it lies in the database, in the order of its key.
func writeRaw(ctx context.Context, tx *db.DB, t db.Table, f *framer) error {
	c := columns{Table: t.Name}
	for _, column := range t.Columns {
		c.Names, c.Types = append(c.Names, column.Name), append(c.Types, column.Type)
	}
	if err := f.begin(c); err != nil {
		return err
	}
	query := fmt.Sprintf("SELECT %s FROM %s ORDER BY %s", strings.Join(c.Names, ", "), t.Name, strings.Join(t.Key, ", "))
	values := make([]any, len(c.Names))
	err := tx.Each(ctx, query, nil, func(scan func(...any) error) error {
		dest := rawDest(t)
		if err := scan(dest...); err != nil {
			return err
		}
		for i, d := range dest {
			values[i] = rawValue(t.Columns[i], d)
		}
		return f.row(values)
	})
	if err != nil {
		return fmt.Errorf("read table %s: %w", t.Name, err)
	}
	return f.done()
}

func rawDest(t db.Table) []any {
	dest := make([]any, len(t.Columns))
	for i, c := range t.Columns {
		switch c.Type {
		case "BIGINT":
			dest[i] = new(*int64)
		case "BOOLEAN":
			dest[i] = new(*bool)
		case "DOUBLE PRECISION":
			dest[i] = new(*float64)
		case "BYTEA":
			dest[i] = new([]byte)
		default:
			dest[i] = new(*string)
		}
	}
	return dest
}

// rawValue is what was scanned. Bytes that are none are no bytes where there must be some value, and else no value.
func rawValue(c db.Column, dest any) any {
	b, ok := dest.(*[]byte)
	switch {
	case !ok:
		return value(dest)
	case *b != nil:
		return *b
	case c.Null:
		return nil
	}
	return []byte{}
}

// filler puts rows back into the tables of a database of the same schema.
type filler struct {
	tables []db.Table
	insert string
	next   int // the table to come
}

// table begins a table. They come in the order in which they were made, and all of them.
func (f *filler) table(c columns) error {
	if f.next >= len(f.tables) || f.tables[f.next].Name != c.Table {
		return errDamaged
	}
	t := f.tables[f.next]
	f.next++
	var marks []string
	for i, column := range t.Columns {
		if i >= len(c.Names) || c.Names[i] != column.Name || c.Types[i] != column.Type {
			return errDamaged
		}
		marks = append(marks, fmt.Sprintf("$%d", i+1))
	}
	if len(c.Names) != len(t.Columns) {
		return errDamaged
	}
	f.insert = fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", c.Table, strings.Join(c.Names, ", "), strings.Join(marks, ", "))
	return nil
}
