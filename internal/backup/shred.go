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
	"attune/internal/seal"
)

// Forgot is the deed of forgetting a client.
const Forgot audit.Deed = "forgot a client"

// Certificate says who was forgotten, by random ids, and when no backup can bring them back any more.
type Certificate struct {
	Practice   string           `json:"practice"`
	Client     string           `json:"client"`
	Keys       []seal.OwnerID   `json:"keys_destroyed"`
	At         time.Time        `json:"at"`
	Beyond     time.Time        `json:"no_backup_after"` // when the last file of keys that holds theirs is removed
	Checkpoint audit.Checkpoint `json:"checkpoint"`      // of the log that has the entry
}

// Shred forgets a client, or an inquiry that never became one: the keys, the sign-in, the links, the names' index,
// and every row about them; a course goes with its last participant. The log keeps that it happened, under ids. Taken
// time that has passed stays taken, by nobody. Where dir is given, the list of the forgotten in that folder of backups
// has them at once, or else from the next backup on; a restore from there forgets them again.
func Shred(ctx context.Context, d *db.DB, id, dir string) (Certificate, error) {
	practice, owner, err := whose(ctx, d, id)
	if err != nil {
		return Certificate{}, err
	}
	d = d.For(practice)
	c := Certificate{Client: id}
	err = d.InTx(ctx, func(tx *db.DB) error {
		c.At, c.Beyond = tx.Now(), tx.Now().Add(KeysKept)
		if err := tx.Row(ctx, `SELECT ref FROM practice WHERE practice_id = $1`, practice).Scan(&c.Practice); err != nil {
			return err
		}
		if err := forget(ctx, tx, owner); err != nil {
			return err
		}
		c.Keys = nil
		err := tx.Each(ctx, `SELECT owner_id FROM seal_shred WHERE practice_id = $1 AND at = $2 ORDER BY owner_id`, []any{practice, tx.Now()},
			func(scan func(...any) error) error {
				var key seal.OwnerID
				err := scan(&key)
				c.Keys = append(c.Keys, key)
				return err
			})
		if err != nil {
			return err
		}
		return recordForgotten(ctx, tx, id, c.Keys)
	})
	if err != nil {
		return Certificate{}, fmt.Errorf("forget %s: %w", id, err)
	}
	if dir != "" {
		var gone []forgotten
		for _, key := range c.Keys {
			gone = append(gone, forgotten{practice, string(key), c.At})
		}
		if err := noteForgotten(dir, gone...); err != nil {
			return c, err
		}
	}
	if err := d.Compact(ctx); err != nil {
		return c, err
	}
	c.Checkpoint, err = audit.Sequence(ctx, d)
	return c, err
}

func recordForgotten(ctx context.Context, tx *db.DB, id string, keys []seal.OwnerID) error {
	for _, key := range keys {
		err := audit.Record(ctx, tx, access.OfProgram(tx.PracticeID()), Forgot,
			audit.Subject{Right: access.WriteAbout, ClientID: id, Type: "key", ID: string(key), Why: "was asked to forget"})
		if err != nil {
			return err
		}
	}
	return nil
}

// whose finds the practice and the key of a client or an inquiry.
func whose(ctx context.Context, d *db.DB, id string) (practice string, owner seal.OwnerID, err error) {
	err = d.ForAll().Row(ctx, `
		SELECT practice_id, key_id FROM client WHERE id = $1
		UNION ALL SELECT practice_id, key_id FROM inquiry WHERE id = $1`, id).Scan(&practice, &owner)
	if errors.Is(err, db.ErrNone) {
		err = fault.Invalid("", "There is no client and no inquiry of this id: look it up at the end of the address of their page.")
	}
	return practice, owner, err
}
