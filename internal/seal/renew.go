package seal

import (
	"context"
	"fmt"

	"attune/internal/db"
)

// Renew gives the practice a new version of its own key, which seals and wraps from now on. The older versions
// stay, to open what they sealed and to find what they indexed.
func Renew(ctx context.Context, tx *db.DB) error {
	practice, err := practiceRing(ctx, tx)
	if err != nil {
		return err
	}
	wrapper, err := rootWrapper(tx.Root())
	if err != nil {
		return err
	}
	made := fresh(tx, practice.owner, practice.newest+1)
	if err := keep(ctx, tx, made, ofPractice, rootVersion, wrapper); err != nil {
		return fmt.Errorf("renew the key of practice %s: %w", practice.practice, err)
	}
	return nil
}

// Rewrap wraps up to limit keys of persons and courses, which an older version of the practice's key wraps, under
// its newest one, and returns how many. Every row names its wrapper, so a stop half-way does no harm: it is called
// until it returns 0.
func Rewrap(ctx context.Context, tx *db.DB, limit int) (int, error) {
	practice, err := practiceRing(ctx, tx)
	if err != nil {
		return 0, err
	}
	var rows []kept
	err = tx.Each(ctx, `
		SELECT owner_id, kind, version, wrapper_version, wrapped FROM seal_key
		WHERE practice_id = $1 AND kind <> 'practice' AND wrapper_version < $2
		ORDER BY owner_id, version LIMIT $3`, []any{practice.practice, practice.newest, limit},
		func(scan func(...any) error) error {
			row := kept{practice: practice.practice}
			err := scan(&row.owner, &row.kind, &row.version, &row.wrapper, &row.wrapped)
			rows = append(rows, row)
			return err
		})
	if err != nil {
		return 0, fmt.Errorf("rewrap keys of practice %s: %w", practice.practice, err)
	}
	for _, row := range rows {
		if err := rewrap(ctx, tx, practice, row); err != nil {
			return 0, fmt.Errorf("rewrap the key of %s: %w", row.owner, err)
		}
	}
	return len(rows), nil
}

func rewrap(ctx context.Context, tx *db.DB, practice *ring, row kept) error {
	older, ok := practice.secrets[row.wrapper]
	if !ok {
		return ErrNoKey
	}
	s, err := row.unwrap(older.derive(forKeys))
	if err != nil {
		return err
	}
	row.wrapper = practice.newest
	_, err = tx.Exec(ctx, `
		UPDATE seal_key SET wrapper_version = $4, wrapped = $5
		WHERE practice_id = $1 AND owner_id = $2 AND version = $3`,
		row.practice, row.owner, row.version, row.wrapper, row.wrap(s, practice.secrets[practice.newest].derive(forKeys)))
	return err
}
