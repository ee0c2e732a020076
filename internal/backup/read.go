package backup

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/db"
	"attune/internal/seal"
)

// row is one row of a table with what was sealed opened.
type row struct {
	values []any // string, int64, bool, float64 or nil, in the order of the plain columns
	opened []*string
	// failed names the sealed columns that could not be opened.
	failed []string
	id     string
}

// batchRows is how many rows are opened together, so that their keys come with one query.
const batchRows = 500

// filter narrows a table to some of its rows.
type filter struct {
	condition string // SQL over alias x, in which %s stands for the argument
	argument  string
}

// readTable reads a table of the practice in the order of its key.
func readTable(ctx context.Context, tx *db.DB, t table, each func(row) error) error {
	return readSome(ctx, tx, t, nil, each)
}

// readSome is readTable of the rows that a filter lets through; all where it is nil.
func readSome(ctx context.Context, tx *db.DB, t table, only *filter, each func(row) error) error {
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	var waiting []sealedRow
	flush := func() error {
		err := openRows(ctx, tx, practice, t, waiting, each)
		waiting = waiting[:0]
		return err
	}
	after := make([]any, len(t.key))
	for {
		n, err := page(ctx, tx, t, only, after, &waiting)
		if err != nil {
			return fmt.Errorf("read table %s: %w", t.name, err)
		}
		if n > 0 {
			copy(after, waiting[len(waiting)-1].key)
		}
		if err := flush(); err != nil {
			return err
		}
		if n < batchRows {
			return nil
		}
	}
}

type sealedRow struct {
	row
	key    []any
	owners []*string
	places []*string
	boxes  [][]byte
}

// page reads up to batchRows rows after the given key.
func page(ctx context.Context, tx *db.DB, t table, only *filter, after []any, into *[]sealedRow) (int, error) {
	query, args := t.query(tx.PracticeID(), only, after)
	n := 0
	err := tx.Each(ctx, query, args, func(scan func(...any) error) error {
		r, dest := t.fresh()
		if err := scan(dest...); err != nil {
			return err
		}
		*into = append(*into, t.finish(r, dest))
		n++
		return nil
	})
	return n, err
}

// query is the statement for one page. Keys are texts or numbers that are never null.
func (t table) query(practice string, only *filter, after []any) (string, []any) {
	var columns []string
	for _, c := range t.plain {
		columns = append(columns, "x."+c.name)
	}
	for _, s := range t.sealed {
		owner := "CAST(NULL AS TEXT)"
		if s.owner != "" {
			owner = s.owner
		}
		columns = append(columns, owner, s.row, "x."+s.name)
	}
	args := []any{practice}
	where, order := "x.practice_id = $1", ""
	if len(t.key) > 0 {
		order = " ORDER BY x." + strings.Join(t.key, ", x.")
		if after[0] != nil {
			var marks []string
			for i, value := range after {
				args = append(args, value)
				marks = append(marks, fmt.Sprintf("$%d", i+2))
			}
			where += " AND (x." + strings.Join(t.key, ", x.") + ") > (" + strings.Join(marks, ", ") + ")"
		}
	}
	if only != nil {
		args = append(args, only.argument)
		where += " AND " + fmt.Sprintf(only.condition, fmt.Sprintf("$%d", len(args)))
	}
	return fmt.Sprintf("SELECT %s FROM %s x WHERE %s%s LIMIT %d", strings.Join(columns, ", "), t.name, where, order, batchRows), args
}

// fresh makes the destinations of one row.
func (t table) fresh() (sealedRow, []any) {
	r := sealedRow{owners: make([]*string, len(t.sealed)), places: make([]*string, len(t.sealed)), boxes: make([][]byte, len(t.sealed))}
	var dest []any
	for _, c := range t.plain {
		switch c.kind {
		case number:
			dest = append(dest, new(*int64))
		case truth:
			dest = append(dest, new(*bool))
		case real:
			dest = append(dest, new(*float64))
		default:
			dest = append(dest, new(*string))
		}
	}
	for i := range t.sealed {
		dest = append(dest, &r.owners[i], &r.places[i], &r.boxes[i])
	}
	return r, dest
}

func (t table) finish(r sealedRow, dest []any) sealedRow {
	byName := map[string]any{}
	for i, c := range t.plain {
		value := value(dest[i])
		r.values = append(r.values, value)
		byName[c.name] = value
	}
	var words []string
	for _, name := range t.key {
		r.key = append(r.key, byName[name])
		words = append(words, fmt.Sprint(byName[name]))
	}
	r.id = strings.Join(words, " ")
	return r
}

func value(dest any) any {
	switch d := dest.(type) {
	case **int64:
		if *d != nil {
			return **d
		}
	case **bool:
		if *d != nil {
			return **d
		}
	case **float64:
		if *d != nil {
			return **d
		}
	case **string:
		if *d != nil {
			return **d
		}
	}
	return nil
}

func openRows(ctx context.Context, tx *db.DB, practice seal.Key, t table, rows []sealedRow, each func(row) error) error {
	var owners []seal.OwnerID
	for _, r := range rows {
		for _, o := range r.owners {
			if o != nil {
				owners = append(owners, seal.OwnerID(*o))
			}
		}
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for _, r := range rows {
		for i, s := range t.sealed {
			key := practice
			if s.owner != "" {
				key = seal.Key{}
				if r.owners[i] != nil {
					key = keys[seal.OwnerID(*r.owners[i])]
				}
			}
			opened, failed := openBox(key, t, s, r, i)
			if failed {
				r.failed = append(r.failed, s.name)
			}
			r.opened = append(r.opened, opened)
		}
		if err := each(r.row); err != nil {
			return err
		}
	}
	return nil
}

func openBox(key seal.Key, t table, s sealedColumn, r sealedRow, i int) (opened *string, failed bool) {
	if len(r.boxes[i]) == 0 {
		return nil, false
	}
	if r.places[i] == nil {
		return nil, true
	}
	text, err := key.Open(seal.Place{Table: t.name, Row: *r.places[i], Column: s.name}, r.boxes[i])
	if err != nil {
		return nil, true
	}
	return &text, false
}
