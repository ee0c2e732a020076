package backup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/seal"
)

// RenewedKeys is the deed of giving new versions to keys.
const RenewedKeys audit.Deed = "renewed keys"

// step is how many keys one transaction takes where each is only wrapped anew.
const step = 500

// RotatePractice gives a practice a new key and wraps the keys of its people and courses under it, while others work.
// Where an earlier run was cut off it goes on from there. It returns how many were wrapped; told is called after each
// step with how many that were so far, and its error ends the run.
func RotatePractice(ctx context.Context, d *db.DB, told func(n int) error) (int, error) {
	err := d.InTx(ctx, func(tx *db.DB) error {
		_, fresh, err := begun(ctx, tx, "practice")
		if err != nil || !fresh {
			return err
		}
		return seal.Renew(ctx, tx)
	})
	for all := 0; err == nil; {
		n := 0
		err = d.InTx(ctx, func(tx *db.DB) error {
			var err error
			if n, err = seal.Rewrap(ctx, tx, step); err != nil || n > 0 {
				return err
			}
			return ended(ctx, tx, "practice")
		})
		if all += n; err == nil && n == 0 {
			return all, nil
		}
		if err == nil {
			err = told(all)
		}
	}
	return 0, err
}

// RotateClients gives every person and course of a practice a new key and seals all that is theirs anew, one owner in
// each transaction, while others work. The older keys are destroyed. Where an earlier run was cut off it goes on from
// there. Backups from before need the file of keys that belongs to them.
func RotateClients(ctx context.Context, d *db.DB, told func(n int) error) (int, error) {
	var began time.Time
	err := d.InTx(ctx, func(tx *db.DB) (err error) {
		began, _, err = begun(ctx, tx, "clients")
		return err
	})
	for all := 0; err == nil; {
		var owners []seal.OwnerID
		if owners, err = seal.OlderThan(ctx, d, began, step); err == nil && len(owners) == 0 {
			return all, d.InTx(ctx, func(tx *db.DB) error { return ended(ctx, tx, "clients") })
		}
		for _, owner := range owners {
			if err == nil {
				err = d.InTx(ctx, func(tx *db.DB) error { return renewOwner(ctx, tx, owner) })
			}
			if err == nil {
				all++
				err = told(all)
			}
		}
	}
	return 0, err
}

// begun says when the rotation that is under way began, and begins one where there is none.
func begun(ctx context.Context, tx *db.DB, what string) (at time.Time, fresh bool, err error) {
	err = tx.Row(ctx, `SELECT began_at FROM key_rotation WHERE practice_id = $1 AND what = $2 AND done_at IS NULL`, tx.PracticeID(), what).Scan(&at)
	if !errors.Is(err, db.ErrNone) {
		return at, false, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO key_rotation (practice_id, what, began_at) VALUES ($1, $2, $3)
		ON CONFLICT (practice_id, what) DO UPDATE SET began_at = $3, done_at = NULL`, tx.PracticeID(), what, tx.Now())
	if err != nil {
		return at, false, fmt.Errorf("begin to renew keys: %w", err)
	}
	return tx.Now(), true, nil
}

func ended(ctx context.Context, tx *db.DB, what string) error {
	_, err := tx.Exec(ctx, `UPDATE key_rotation SET done_at = $3 WHERE practice_id = $1 AND what = $2`, tx.PracticeID(), what, tx.Now())
	if err != nil {
		return fmt.Errorf("end renewing keys: %w", err)
	}
	return recordKeys(ctx, tx, what)
}

// renewOwner renews one key and seals everything under it. An owner who was forgotten meanwhile is left alone.
func renewOwner(ctx context.Context, tx *db.DB, owner seal.OwnerID) error {
	key, err := seal.RenewOwner(ctx, tx, owner)
	if errors.Is(err, seal.ErrNoKey) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, t := range tables {
		if err := reseal(ctx, tx, t, owner, key); err != nil {
			return fmt.Errorf("seal %s of %s anew: %w", t.name, owner, err)
		}
	}
	for _, g := range digests {
		if g.owner == "" {
			continue
		}
		if err := g.renew(ctx, tx, owner); err != nil {
			return err
		}
	}
	if err := letter.Reseal(ctx, tx, owner, key); err != nil {
		return err
	}
	return seal.DropOlder(ctx, tx, owner)
}

// box is one sealed value where it lies.
type box struct {
	key    []any
	place  string
	sealed []byte
}

// reseal seals an owner's values in a table under the newest version of the key.
func reseal(ctx context.Context, tx *db.DB, t table, owner seal.OwnerID, key seal.Key) error {
	for _, s := range t.sealed {
		if s.owner == "" {
			continue
		}
		boxes, err := boxesOf(ctx, tx, t, s, owner)
		if err != nil {
			return err
		}
		update := "UPDATE " + t.name + " SET " + s.name + " = $2 WHERE practice_id = $1"
		for i, name := range t.key {
			update += fmt.Sprintf(" AND %s = $%d", name, i+3)
		}
		for _, b := range boxes {
			at := seal.Place{Table: t.name, Row: b.place, Column: s.name}
			text, err := key.Open(at, b.sealed)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, update, append([]any{tx.PracticeID(), key.Seal(at, text)}, b.key...)...); err != nil {
				return err
			}
		}
	}
	return nil
}

func boxesOf(ctx context.Context, tx *db.DB, t table, s sealedColumn, owner seal.OwnerID) ([]box, error) {
	query := "SELECT " + s.row + ", x." + s.name
	for _, name := range t.key {
		query += ", x." + name
	}
	var all []box
	err := tx.Each(ctx, query+" FROM "+t.name+" x WHERE x.practice_id = $1 AND "+belongs(s.owner), []any{tx.PracticeID(), owner},
		func(scan func(...any) error) error {
			b := box{key: make([]any, len(t.key))}
			dest := []any{&b.place, &b.sealed}
			for i := range b.key {
				dest = append(dest, &b.key[i])
			}
			err := scan(dest...)
			if len(b.sealed) > 0 {
				all = append(all, b)
			}
			return err
		})
	return all, err
}

// belongings finds the rows of one owner, who is argument 2, from the owner's side, so that an index helps.
var belongings = map[string]string{
	clientsKey: `x.client_id IN (SELECT c.id FROM client c WHERE c.practice_id = $1 AND c.key_id = $2)`,
	coursesKey: `x.course_id IN (SELECT k.id FROM course k WHERE k.practice_id = $1 AND k.key_id = $2)`,
	inquirys:   `x.inquiry_id IN (SELECT i.id FROM inquiry i WHERE i.practice_id = $1 AND i.key_id = $2)`,
	ruptures: `x.rupture_id IN (SELECT r.id FROM rupture r JOIN client c ON c.practice_id = r.practice_id AND c.id = r.client_id
		WHERE r.practice_id = $1 AND c.key_id = $2)`,
	notes: `x.note_id IN (SELECT n.id FROM note n JOIN course k ON k.practice_id = n.practice_id AND k.id = n.course_id
		WHERE n.practice_id = $1 AND k.key_id = $2)`,
}

// belongs is the condition that a row is of the owner who is argument 2.
func belongs(owner string) string {
	if quick, ok := belongings[owner]; ok {
		return quick
	}
	return owner + " = $2"
}

// ChangeRoot puts every practice under another root key, in one transaction: from then on only that one opens them.
func ChangeRoot(ctx context.Context, d *db.DB, root []byte) error {
	ids, err := practices(ctx, d)
	if err != nil {
		return err
	}
	return d.ForAll().InTx(ctx, func(tx *db.DB) error {
		for _, id := range ids {
			tx := tx.For(id)
			if err := seal.ChangeRoot(ctx, tx, root); err != nil {
				return err
			}
			if err := audit.Resign(ctx, tx, root); err != nil {
				return err
			}
			if err := recordKeys(ctx, tx, "root"); err != nil {
				return err
			}
		}
		return nil
	})
}

// Opens reports whether the root key that the database was opened with is that of all its practices.
func Opens(ctx context.Context, d *db.DB) (bool, error) {
	err := d.ForAll().View(ctx, func(tx *db.DB) error { return opens(ctx, tx) })
	if _, refused := fault.Of(err); refused {
		return false, nil
	}
	return err == nil, err
}

func recordKeys(ctx context.Context, tx *db.DB, what string) error {
	return audit.Record(ctx, tx, access.OfProgram(tx.PracticeID()), RenewedKeys,
		audit.Subject{Right: access.WriteSettings, Type: "keys", ID: what, Why: "role in the practice"})
}
