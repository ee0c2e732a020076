package db

import (
	"context"
	"database/sql"
)

// dialect names a database.
type dialect string

const (
	sqlite   dialect = "sqlite"
	postgres dialect = "postgres"
)

// engine is all that differs between the two databases. It is wider than an interface should be because it is
// the one place for it: everything above runs alike on both.
type engine interface {
	dialect() dialect

	// acquire takes a connection, waiting for one until ctx ends.
	acquire(ctx context.Context, write bool) (*conn, error)
	// release gives it back, or closes it where it is not to be trusted any more.
	release(c *conn, drop bool)

	// begin opens a serializable transaction for writing, or a snapshot for reading.
	begin(ctx context.Context, c *conn, write bool, setting string) error
	// narrow changes whose rows the open transaction sees.
	narrow(ctx context.Context, c *conn, setting string) error
	// commit ends the transaction. An error is ErrUnknownOutcome unless nothing was kept for certain.
	commit(ctx context.Context, c *conn) error
	// rollback ends the transaction without keeping anything.
	rollback(ctx context.Context, c *conn) error

	// lock takes the named locks in an order of its own, before begin; unlock gives all of them back.
	lock(ctx context.Context, c *conn, keys []string) error
	unlock(ctx context.Context, c *conn) error

	// statement makes the context of one statement in a transaction that writes.
	statement(ctx context.Context) (context.Context, context.CancelFunc)
	// explain wraps a driver's error in the one of ours that fits.
	explain(err error) error
	// verdict says what a failed statement means for its transaction.
	verdict(err error) verdict

	// migrate calls fn with a connection that may change tables, alone among all programs.
	migrate(ctx context.Context, fn func(c *conn) error) error
	// apply runs one migration inside the open transaction.
	apply(ctx context.Context, c *conn, script string) error

	close(ctx context.Context) error
}

// verdict is what a failed statement means for its transaction.
type verdict int

const (
	final  verdict = iota // the caller's: running it again would not help
	again                 // another transaction was in the way
	broken                // the connection is lost or leads to a server that cannot write
)

// conn is one connection with the statements prepared on it.
type conn struct {
	*sql.Conn
	prepared map[string]*sql.Stmt // nil where the driver keeps its own
	writes   bool                 // taken from the pool for writing
}

// maxPrepared bounds the statements kept on a connection: texts are hand-written and few.
const maxPrepared = 500

func (c *conn) exec(ctx context.Context, query string, args []any) (int64, error) {
	result, err := c.run(ctx, query, args)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (c *conn) run(ctx context.Context, query string, args []any) (sql.Result, error) {
	if c.prepared == nil {
		return c.ExecContext(ctx, query, args...)
	}
	s, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, query string, args []any) (*sql.Rows, error) {
	if c.prepared == nil {
		return c.QueryContext(ctx, query, args...)
	}
	s, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

func (c *conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.prepared[query]; ok {
		return s, nil
	}
	if len(c.prepared) >= maxPrepared {
		if err := c.forget(); err != nil {
			return nil, err
		}
	}
	s, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.prepared[query] = s
	return s, nil
}

// forget closes all prepared statements.
func (c *conn) forget() error {
	for text, s := range c.prepared {
		if err := s.Close(); err != nil {
			return err
		}
		delete(c.prepared, text)
	}
	return nil
}

// one reads a single value.
func (c *conn) one(ctx context.Context, query string, dest any) error {
	return c.QueryRowContext(ctx, query).Scan(dest)
}
