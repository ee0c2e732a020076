package backup

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/internal/db"
	"attune/internal/seal"
)

// kept are tables whose rows stay when someone is forgotten: the log holds ids only and must stay whole, taken time
// stays taken, and the keys are package seal's to destroy.
var kept = []string{"claim", "audit_leaf", "audit_hash", "audit_checkpoint", "seal_key", "seal_name", "seal_shred", "practice", "staff"}

// doomed is what has to go with an owner: its ids, and the keys among them.
type doomed struct {
	ids  map[string]bool
	keys []seal.OwnerID
}

// forget destroys an owner's key and every row that is about the owner: directly, or by referring to a row that is.
// A course goes with the last of its participants. Past time stays taken, by nobody.
func forget(ctx context.Context, tx *db.DB, owner seal.OwnerID) error {
	d := doomed{ids: map[string]bool{}}
	if err := d.spread(ctx, tx, owner); err != nil {
		return err
	}
	version, err := tx.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	tables, err := db.Tables(version)
	if err != nil {
		return err
	}
	tables = slices.DeleteFunc(tables, func(t db.Table) bool { return slices.Contains(kept, t.Name) || len(referring(t)) == 0 })
	for _, t := range tables {
		if err := d.find(ctx, tx, t); err != nil {
			return err
		}
	}
	for _, t := range slices.Backward(tables) {
		if err := d.remove(ctx, tx, t); err != nil {
			return err
		}
	}
	if err := d.freeTime(ctx, tx); err != nil {
		return err
	}
	if err := d.dropJobs(ctx, tx); err != nil {
		return err
	}
	for _, key := range d.keys {
		if err := seal.Shred(ctx, tx, key); err != nil {
			return err
		}
	}
	return nil
}

// spread finds the people and the courses whose key it is, and the courses of which it is the last participant.
func (d *doomed) spread(ctx context.Context, tx *db.DB, owner seal.OwnerID) error {
	d.ids[string(owner)] = true
	d.keys = []seal.OwnerID{owner}
	err := tx.Each(ctx, `
		SELECT c.id, '' FROM client c WHERE c.practice_id = $1 AND c.key_id = $2
		UNION ALL SELECT k.id, '' FROM course k WHERE k.practice_id = $1 AND k.key_id = $2
		UNION ALL SELECT k.id, k.key_id FROM course k
			JOIN course_client x ON x.practice_id = k.practice_id AND x.course_id = k.id
			JOIN client c ON c.practice_id = x.practice_id AND c.id = x.client_id
			WHERE k.practice_id = $1 AND c.key_id = $2 AND NOT EXISTS (
				SELECT 1 FROM course_client o WHERE o.practice_id = k.practice_id AND o.course_id = k.id AND o.client_id <> c.id)`,
		[]any{tx.PracticeID(), owner}, func(scan func(...any) error) error {
			var id, key string
			if err := scan(&id, &key); err != nil {
				return err
			}
			d.ids[id] = true
			if key != "" {
				d.ids[key] = true
				d.keys = append(d.keys, seal.OwnerID(key))
			}
			return nil
		})
	if err != nil {
		return fmt.Errorf("find what goes with %s: %w", owner, err)
	}
	return nil
}

// referring are the columns of a table that may name a row or a key elsewhere.
func referring(t db.Table) []string {
	var names []string
	for _, c := range t.Columns {
		if c.Type == "TEXT" && strings.HasSuffix(c.Name, "_id") && c.Name != "practice_id" {
			names = append(names, c.Name)
		}
	}
	return names
}

// condition finds the rows of a table that refer to what is doomed, or are it. The ids are argument 2.
func condition(tx *db.DB, t db.Table) string {
	names := referring(t)
	if hasID(t) {
		names = append(names, "id")
	}
	var parts []string
	for _, name := range names {
		parts = append(parts, name+" "+tx.AnyOf(2))
	}
	return "practice_id = $1 AND (" + strings.Join(parts, " OR ") + ")"
}

func hasID(t db.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c db.Column) bool { return c.Name == "id" })
}

func (d *doomed) list() db.Strings {
	var ids db.Strings
	for id := range d.ids {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// find adds the ids of a table's rows that have to go.
func (d *doomed) find(ctx context.Context, tx *db.DB, t db.Table) error {
	if !hasID(t) {
		return nil
	}
	err := tx.Each(ctx, "SELECT id FROM "+t.Name+" WHERE "+condition(tx, t), []any{tx.PracticeID(), d.list()}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		d.ids[id] = true
		return err
	})
	if err != nil {
		return fmt.Errorf("find what goes of %s: %w", t.Name, err)
	}
	return nil
}

func (d *doomed) remove(ctx context.Context, tx *db.DB, t db.Table) error {
	_, err := tx.Exec(ctx, "DELETE FROM "+t.Name+" WHERE "+condition(tx, t), tx.PracticeID(), d.list())
	if err != nil {
		return fmt.Errorf("remove rows of %s: %w", t.Name, err)
	}
	return nil
}

// freeTime gives time to come back and lets time that has passed belong to nobody.
func (d *doomed) freeTime(ctx context.Context, tx *db.DB) error {
	_, err := tx.Exec(ctx, `DELETE FROM claim WHERE practice_id = $1 AND ref_id `+tx.AnyOf(2)+` AND end_at > $3`, tx.PracticeID(), d.list(), tx.Now())
	if err == nil {
		_, err = tx.Exec(ctx, `UPDATE claim SET ref_id = '' WHERE practice_id = $1 AND ref_id `+tx.AnyOf(2), tx.PracticeID(), d.list())
	}
	if err != nil {
		return fmt.Errorf("free time: %w", err)
	}
	return nil
}

// dropJobs removes jobs that name someone or something that is gone. Their payload is JSON with ids.
func (d *doomed) dropJobs(ctx context.Context, tx *db.DB) error {
	var drop db.Strings
	err := tx.Each(ctx, `SELECT id, unique_key, payload FROM job WHERE practice_id = $1`, []any{tx.PracticeID()}, func(scan func(...any) error) error {
		var id, key, payload string
		if err := scan(&id, &key, &payload); err != nil {
			return err
		}
		words := strings.FieldsFunc(key+" "+payload, func(r rune) bool { return strings.ContainsRune(` "{}[],:`, r) })
		if slices.ContainsFunc(words, func(w string) bool { return d.ids[w] }) {
			drop = append(drop, id)
		}
		return nil
	})
	if err == nil && len(drop) > 0 {
		_, err = tx.Exec(ctx, `DELETE FROM job WHERE practice_id = $1 AND id `+tx.AnyOf(2), tx.PracticeID(), drop)
	}
	if err != nil {
		return fmt.Errorf("drop jobs: %w", err)
	}
	return nil
}
