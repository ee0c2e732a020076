package db_test

import (
	"context"
	"errors"
	"testing"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

func TestSmoke(t *testing.T) {
	d := dbtest.New(t)
	ctx := context.Background()
	err := d.InTx(ctx, func(tx *db.DB) error {
		_, err := tx.Exec(ctx, "INSERT INTO practice (practice_id, ref, zone, state, demo, settings, version, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8)",
			"p", "r", "Europe/Berlin", "active", true, []byte{}, 1, tx.Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	err = d.Row(ctx, "SELECT ref FROM practice WHERE practice_id = $1", "q").Scan(new(string))
	if !errors.Is(err, db.ErrNone) {
		t.Fatal(err)
	}
	var demo bool
	var s []byte
	if err := d.Row(ctx, "SELECT demo, settings FROM practice WHERE practice_id = $1", "p").Scan(&demo, &s); err != nil || !demo {
		t.Fatal(err, demo, s)
	}
}
