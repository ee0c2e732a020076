package seal

import (
	"context"
	"fmt"
	"time"

	"attune/internal/db"
)

// RenewOwner gives a person or a course a new version of their key, which seals from now on. The older versions open
// what they sealed until DropOlder: in between, the caller seals everything of the owner anew.
func RenewOwner(ctx context.Context, tx *db.DB, owner OwnerID) (Key, error) {
	key, err := Open(ctx, tx, owner)
	if err != nil {
		return Key{}, err
	}
	practice, err := practiceRing(ctx, tx)
	if err != nil {
		return Key{}, err
	}
	var kind Kind
	err = tx.Row(ctx, `SELECT kind FROM seal_key WHERE practice_id = $1 AND owner_id = $2`, practice.practice, owner).Scan(&kind)
	if err != nil {
		return Key{}, fmt.Errorf("renew the key of %s: %w", owner, err)
	}
	made := fresh(tx, owner, key.ring().newest+1)
	if err := keep(ctx, tx, made, kind, practice.newest, practice.secrets[practice.newest].derive(forKeys)); err != nil {
		return Key{}, fmt.Errorf("renew the key of %s: %w", owner, err)
	}
	return Open(ctx, tx, owner)
}

// DropOlder destroys all versions of an owner's key but the newest: what they sealed opens no more.
func DropOlder(ctx context.Context, tx *db.DB, owner OwnerID) error {
	_, err := tx.Exec(ctx, `
		DELETE FROM seal_key WHERE practice_id = $1 AND owner_id = $2 AND kind <> 'practice' AND version < (
			SELECT MAX(k.version) FROM seal_key k WHERE k.practice_id = $1 AND k.owner_id = $2)`, tx.PracticeID(), owner)
	if err != nil {
		return fmt.Errorf("drop older keys of %s: %w", owner, err)
	}
	return nil
}

// OlderThan returns up to limit persons and courses whose newest key was made before a moment, in the order of ids.
func OlderThan(ctx context.Context, tx *db.DB, made time.Time, limit int) ([]OwnerID, error) {
	var all []OwnerID
	err := tx.Each(ctx, `
		SELECT owner_id FROM seal_key WHERE practice_id = $1 AND kind <> 'practice'
		GROUP BY owner_id HAVING MAX(created_at) < $2 ORDER BY owner_id LIMIT $3`, []any{tx.PracticeID(), made, limit},
		func(scan func(...any) error) error {
			var owner OwnerID
			err := scan(&owner)
			all = append(all, owner)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("find older keys: %w", err)
	}
	return all, nil
}

// ChangeRoot wraps the practice's keys under another root key, in the transaction given. Once it is kept only that
// root key opens them.
func ChangeRoot(ctx context.Context, tx *db.DB, root []byte) error {
	wrapper, err := rootWrapper(root)
	if err != nil {
		return err
	}
	practice, err := practiceRing(ctx, tx)
	if err != nil {
		return err
	}
	for version, s := range practice.secrets {
		row := kept{practice: practice.practice, owner: practice.owner, kind: ofPractice, version: version, wrapper: rootVersion}
		_, err := tx.Exec(ctx, `UPDATE seal_key SET wrapped = $3 WHERE practice_id = $1 AND owner_id = $1 AND version = $2`,
			row.practice, row.version, row.wrap(s, wrapper))
		if err != nil {
			return fmt.Errorf("wrap the key of practice %s under another root: %w", row.practice, err)
		}
	}
	return nil
}
