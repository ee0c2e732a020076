package db

import (
	"context"
	"errors"
	"fmt"
)

// Exec runs a statement and returns how many rows it touched. It runs only inside InTx.
func (d *DB) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	switch {
	case d.tx == nil:
		return 0, errOutside
	case !d.tx.write:
		return 0, errReadOnly
	}
	values, err := bindAll(d.engine.dialect(), args)
	if err != nil {
		return 0, err
	}
	limit, cancel, err := d.ready(ctx)
	if err != nil {
		return 0, err
	}
	defer cancel()
	n, err := d.tx.conn.exec(limit, query, values)
	return n, d.outcome(err)
}

// Each runs a query and calls row for each of its rows, in order, with a function that scans the row's columns.
// An error of row ends it and is returned. row runs no statement of its own. Outside a transaction it is a View.
func (d *DB) Each(ctx context.Context, query string, args []any, row func(scan func(dest ...any) error) error) (err error) {
	if d.tx == nil {
		return d.View(ctx, func(tx *DB) error { return tx.Each(ctx, query, args, row) })
	}
	values, err := bindAll(d.engine.dialect(), args)
	if err != nil {
		return err
	}
	limit, cancel, err := d.ready(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	rows, err := d.tx.conn.query(limit, query, values)
	if err != nil {
		return d.outcome(err)
	}
	d.tx.reading = true
	defer func() {
		d.tx.reading = false
		if failed := rows.Close(); err == nil {
			err = d.outcome(failed)
		}
	}()
	for rows.Next() {
		if err := row(func(dest ...any) error { return scanAll(rows.Scan, dest) }); err != nil {
			return err
		}
	}
	return d.outcome(rows.Err())
}

// Row is the first row of a query that has not run yet.
type Row struct {
	db    *DB
	ctx   context.Context
	query string
	args  []any
}

// Row returns the first row of a query, to be scanned. Outside a transaction it is a View.
func (d *DB) Row(ctx context.Context, query string, args ...any) Row {
	return Row{d, ctx, query, args}
}

// Scan runs the query and copies the columns of its first row. Where there is none the error is ErrNone.
func (r Row) Scan(dest ...any) error {
	found := false
	err := r.db.Each(r.ctx, r.query, r.args, func(scan func(dest ...any) error) error {
		found = true
		if err := scan(dest...); err != nil {
			return err
		}
		return errEnough
	})
	switch {
	case errors.Is(err, errEnough):
		return nil
	case err == nil && !found:
		return ErrNone
	}
	return err
}

var errEnough = errors.New("no more rows wanted")

// ready says whether the transaction can run another statement, and gives the context for it.
func (d *DB) ready(ctx context.Context) (context.Context, context.CancelFunc, error) {
	t := d.tx
	switch {
	case t.wanted != "":
		return nil, nil, errBeginAgain
	case t.failed != nil:
		return nil, nil, fmt.Errorf("the transaction has failed already: %w", t.failed)
	case t.reading:
		return nil, nil, errNested
	case ctx.Err() != nil:
		return nil, nil, ctx.Err()
	}
	limit, cancel := ctx, context.CancelFunc(func() {})
	if t.write {
		limit, cancel = d.engine.statement(ctx)
	}
	if t.setting != d.setting {
		if err := d.engine.narrow(limit, t.conn, d.setting); err != nil {
			cancel()
			return nil, nil, d.outcome(err)
		}
		t.setting = d.setting
	}
	return limit, cancel, nil
}

// outcome explains a statement's error and remembers that the transaction failed.
func (d *DB) outcome(err error) error {
	if err == nil {
		return nil
	}
	err = d.engine.explain(err)
	if d.tx.failed == nil {
		d.tx.failed = err
	}
	return err
}
