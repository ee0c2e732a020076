package backup

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/db"
	"attune/internal/seal"
)

// digested is a table whose rows carry a digest of columns that are not sealed.
type digested struct {
	table  string
	owner  string   // SQL over alias x that gives whose key makes it; empty for the practice itself
	values []string // SQL over alias x, in the order in which the digest takes them
}

const ofSession = `(SELECT s.%s FROM session s WHERE s.practice_id = x.practice_id AND s.appointment_id = x.id)`

var digests = []digested{
	{"appointment", "", []string{"x.course_id", "x.therapist_id", "x.place_id", "x.start_at", "x.end_at", "x.state",
		"COALESCE(" + fmt.Sprintf(ofSession, "id") + ", '')", "COALESCE(" + fmt.Sprintf(ofSession, "number") + ", 0)"}},
	{"rupture", clientsKey, []string{"x.course_id", "x.client_id", "x.therapist_id", "x.state", "x.kind", "x.noticed_by", "x.wish",
		"x.start_number", "x.asked_from", "x.unknowns", "x.quiet", "x.earlier_id"}},
}

// digestRow is one row as its digest sees it.
type digestRow struct {
	id     string
	owner  seal.OwnerID
	values []any
	digest []byte
}

// read returns the rows of a table, of one owner or (where that is empty) of all.
func (g digested) read(ctx context.Context, tx *db.DB, owner seal.OwnerID) ([]digestRow, error) {
	whose, where, args := "''", "", []any{tx.PracticeID()}
	if g.owner != "" {
		whose = "COALESCE(" + g.owner + ", '')"
	}
	if owner != "" {
		where, args = " AND "+belongs(g.owner), append(args, owner)
	}
	var all []digestRow
	err := tx.Each(ctx, "SELECT x.id, "+whose+", x.digest, "+strings.Join(g.values, ", ")+" FROM "+g.table+" x WHERE x.practice_id = $1"+where, args,
		func(scan func(...any) error) error {
			r := digestRow{values: make([]any, len(g.values))}
			dest := []any{&r.id, &r.owner, &r.digest}
			for i := range r.values {
				dest = append(dest, &r.values[i])
			}
			err := scan(dest...)
			all = append(all, r)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read digests of %s: %w", g.table, err)
	}
	return all, nil
}

// each calls fn for the rows with the key that makes their digests; the zero Key where there is none.
func (g digested) each(ctx context.Context, tx *db.DB, owner seal.OwnerID, fn func(r digestRow, key seal.Key) error) error {
	rows, err := g.read(ctx, tx, owner)
	if err != nil {
		return err
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	var owners []seal.OwnerID
	for _, r := range rows {
		owners = append(owners, r.owner)
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for _, r := range rows {
		key := practice
		if g.owner != "" {
			key = keys[r.owner]
		}
		if err := fn(r, key); err != nil {
			return err
		}
	}
	return nil
}

// renew makes the digests of rows anew: of one owner or (where that is empty) of all.
func (g digested) renew(ctx context.Context, tx *db.DB, owner seal.OwnerID) error {
	return g.each(ctx, tx, owner, func(r digestRow, key seal.Key) error {
		_, err := tx.Exec(ctx, "UPDATE "+g.table+" SET digest = $3 WHERE practice_id = $1 AND id = $2",
			tx.PracticeID(), r.id, key.Digest(g.table, r.id, r.values...))
		if err != nil {
			return fmt.Errorf("digest %s %s: %w", g.table, r.id, err)
		}
		return nil
	})
}
