package db

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// Compact makes deleted rows leave the disk: SQLite's file is written anew and its log emptied, PostgreSQL's tables are
// vacuumed by their owner. PostgreSQL's own log and the disk's unused blocks are beyond it.
func (d *DB) Compact(ctx context.Context) error {
	if d.tx != nil {
		return errors.New("compact: inside a transaction")
	}
	var err error
	switch e := d.engine.(type) {
	case *sqliteEngine:
		err = e.compact(ctx)
	case *postgresEngine:
		err = e.compact(ctx)
	}
	if err != nil {
		return fmt.Errorf("compact: %w", err)
	}
	return nil
}

func (e *sqliteEngine) compact(ctx context.Context) (err error) {
	c, err := e.acquire(ctx, true)
	if err != nil {
		return err
	}
	defer func() { e.release(c, err != nil) }()
	if _, err := c.ExecContext(ctx, "VACUUM"); err != nil {
		return err
	}
	for range 100 { // one who still reads what was there before is waited for
		var busy, frames, copied int
		if err := c.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &copied); err != nil {
			return err
		}
		if busy == 0 {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("someone went on reading for too long: try again")
}

func (e *postgresEngine) compact(ctx context.Context) (err error) {
	pool := stdlib.OpenDB(*e.owner)
	defer func() { err = errors.Join(err, pool.Close()) }()
	rows, err := pool.QueryContext(ctx, `SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema() AND tableowner = current_user`)
	if err != nil {
		return err
	}
	var tables []string
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return errors.Join(err, rows.Close())
		}
		tables = append(tables, table)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := pool.ExecContext(ctx, "VACUUM "+table); err != nil {
			return err
		}
	}
	return nil
}
