package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	driver "modernc.org/sqlite"
	code "modernc.org/sqlite/lib"
)

// sqliteEngine keeps one connection that writes and a few that read, all for as long as it is open.
type sqliteEngine struct {
	file    *sqliteFile
	pool    *sql.DB
	writer  chan *conn
	readers chan *conn
	closed  chan struct{}
	closing sync.Once
	stopped atomic.Bool // after a disk error nothing is written any more
}

// minSQLite is the first release without the WAL-reset bug that could damage a database.
var minSQLite = [3]int{3, 51, 3}

const sqlitePragmas = "_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)" +
	"&_pragma=foreign_keys(1)&_pragma=trusted_schema(0)&_pragma=mmap_size(0)" +
	"&_pragma=secure_delete(1)&_pragma=temp_store(2)&_pragma=cache_size(-16000)"

// openSQLite opens the file, alone among all programs.
func openSQLite(ctx context.Context, path string) (*sqliteEngine, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	address := url.URL{Path: file.path}
	pool, err := sql.Open("sqlite", "file:"+address.EscapedPath()+"?"+sqlitePragmas)
	if err != nil {
		return nil, errors.Join(err, file.close(false))
	}
	pool.SetMaxIdleConns(-1) // the two pools below keep their own
	readers := max(2, runtime.NumCPU())
	e := &sqliteEngine{
		file: file, pool: pool,
		writer: make(chan *conn, 1), readers: make(chan *conn, readers), closed: make(chan struct{}),
	}
	w, err := e.connect(ctx, true)
	if err == nil {
		err = e.examine(ctx, w)
	}
	if err != nil {
		return nil, errors.Join(err, pool.Close(), file.close(false))
	}
	e.writer <- w
	for range readers {
		e.readers <- nil // connected when first wanted
	}
	return e, nil
}

// connect opens a connection and makes sure that it keeps what it is told.
func (e *sqliteEngine) connect(ctx context.Context, write bool) (*conn, error) {
	raw, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", e.file.path, err)
	}
	c := &conn{Conn: raw, prepared: map[string]*sql.Stmt{}, writes: write}
	if err := assertSQLite(ctx, c); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	if !write {
		if _, err := raw.ExecContext(ctx, "PRAGMA query_only = 1"); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
	}
	return c, nil
}

func assertSQLite(ctx context.Context, c *conn) error {
	var version string
	if err := c.one(ctx, "SELECT sqlite_version()", &version); err != nil {
		return err
	}
	if !atLeast(version, minSQLite) {
		return fmt.Errorf("SQLite %s is too old: 3.51.3 or later is needed", version)
	}
	for _, must := range []struct{ pragma, want string }{
		{"journal_mode", "wal"}, {"synchronous", "2"}, {"foreign_keys", "1"}, {"trusted_schema", "0"},
	} {
		var got string
		if err := c.one(ctx, "PRAGMA "+must.pragma, &got); err != nil {
			return err
		}
		if got != must.want {
			return fmt.Errorf("SQLite did not take the setting %s = %s: it is %s", must.pragma, must.want, got)
		}
	}
	return nil
}

func atLeast(version string, want [3]int) bool {
	parts := strings.SplitN(version, ".", 3)
	for i, w := range want {
		got := 0
		if i < len(parts) {
			got, _ = strconv.Atoi(parts[i]) // no number counts as none
		}
		if got != w {
			return got > w
		}
	}
	return true
}

// examine checks the whole file where the last program did not close it.
func (e *sqliteEngine) examine(ctx context.Context, c *conn) error {
	if !e.file.unclean {
		return nil
	}
	var found string
	if err := c.one(ctx, "PRAGMA integrity_check(1)", &found); err != nil {
		return fmt.Errorf("check %s: %w", e.file.path, err)
	}
	if found != "ok" {
		return fmt.Errorf("the database %s is damaged (%s): restore a backup", e.file.path, found)
	}
	return nil
}

func (e *sqliteEngine) dialect() dialect { return sqlite }

func (e *sqliteEngine) acquire(ctx context.Context, write bool) (*conn, error) {
	pool := e.readers
	if write {
		if e.stopped.Load() {
			return nil, ErrStopped
		}
		pool = e.writer
	}
	select {
	case <-e.closed:
		return nil, errClosed
	default:
	}
	var c *conn
	select {
	case c = <-pool:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-e.closed:
		return nil, errClosed
	}
	if c != nil {
		return c, nil
	}
	c, err := e.connect(context.WithoutCancel(ctx), write)
	if err != nil {
		pool <- nil
		return nil, err
	}
	return c, nil
}

func (e *sqliteEngine) release(c *conn, drop bool) {
	pool := e.readers
	if c.writes {
		pool = e.writer
	}
	if drop {
		_ = c.forget()     // closing what has failed: the failure itself
		_ = c.Conn.Close() // has been returned already
		c = nil
	}
	pool <- c
}

func (e *sqliteEngine) begin(ctx context.Context, c *conn, write bool, _ string) error {
	query := "BEGIN"
	if write {
		query = "BEGIN IMMEDIATE"
	}
	_, err := c.run(ctx, query, nil)
	return e.explain(err)
}

func (e *sqliteEngine) narrow(context.Context, *conn, string) error { return nil }

func (e *sqliteEngine) commit(ctx context.Context, c *conn) error {
	_, err := c.run(context.WithoutCancel(ctx), "COMMIT", nil) // an interrupt would leave its outcome open
	if err == nil {
		return nil
	}
	if isDiskError(err) {
		e.stopped.Store(true)
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
	}
	return e.explain(err)
}

func (e *sqliteEngine) rollback(ctx context.Context, c *conn) error {
	_, err := c.run(context.WithoutCancel(ctx), "ROLLBACK", nil)
	return err
}

func (e *sqliteEngine) lock(context.Context, *conn, []string) error { return nil }
func (e *sqliteEngine) unlock(context.Context, *conn) error         { return nil }

func (e *sqliteEngine) statement(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithoutCancel(ctx), func() {}
}

func (e *sqliteEngine) explain(err error) error {
	var failed *driver.Error
	if !errors.As(err, &failed) {
		return err
	}
	if isDiskError(err) {
		e.stopped.Store(true)
		return fmt.Errorf("%w: %w", ErrStopped, err)
	}
	text := failed.Error()
	switch failed.Code() {
	case code.SQLITE_CONSTRAINT_UNIQUE, code.SQLITE_CONSTRAINT_PRIMARYKEY:
		return fmt.Errorf("%w: %w", ErrDuplicate, err)
	case code.SQLITE_CONSTRAINT_FOREIGNKEY:
		return fmt.Errorf("%w: %w", ErrReference, err)
	case code.SQLITE_CONSTRAINT_TRIGGER:
		if strings.Contains(text, "FOREIGN KEY") { // ON DELETE RESTRICT reports itself as a trigger
			return fmt.Errorf("%w: %w", ErrReference, err)
		}
		if strings.Contains(text, "overlap") {
			return fmt.Errorf("%w: %w", ErrOverlap, err)
		}
	}
	return err
}

func (e *sqliteEngine) verdict(err error) verdict {
	var failed *driver.Error
	if !errors.As(err, &failed) || errors.Is(err, ErrUnknownOutcome) {
		return final
	}
	switch failed.Code() & 0xff {
	case code.SQLITE_BUSY, code.SQLITE_LOCKED:
		return again
	}
	return final
}

// isDiskError says whether the file can no longer be trusted to keep what is written.
func isDiskError(err error) bool {
	var failed *driver.Error
	if !errors.As(err, &failed) {
		return false
	}
	switch failed.Code() & 0xff {
	case code.SQLITE_IOERR, code.SQLITE_CORRUPT, code.SQLITE_NOTADB:
		return true
	}
	return false
}

// migrate lets tables be rebuilt: references are checked once at the end instead of at every step.
func (e *sqliteEngine) migrate(ctx context.Context, fn func(c *conn) error) error {
	c, err := e.acquire(ctx, true)
	if err != nil {
		return err
	}
	defer func() { e.release(c, true) }() // a fresh connection has its references checked again
	if _, err := c.ExecContext(ctx, "PRAGMA foreign_keys = 0"); err != nil {
		return err
	}
	return fn(c)
}

func (e *sqliteEngine) apply(ctx context.Context, c *conn, script string) error {
	if _, err := c.ExecContext(ctx, forSQLite(script)); err != nil {
		return err
	}
	var table string
	err := c.one(ctx, `SELECT "table" FROM pragma_foreign_key_check LIMIT 1`, &table)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return errors.Join(err, fmt.Errorf("rows of %s refer to rows that do not exist", table))
}

func (e *sqliteEngine) close(ctx context.Context) (err error) {
	e.closing.Do(func() {
		close(e.closed)
		err = e.closeAll(ctx)
	})
	return err
}

func (e *sqliteEngine) closeAll(ctx context.Context) error {
	var failed []error
	for range cap(e.readers) {
		failed = append(failed, closeNext(ctx, e.readers))
	}
	// The writer goes last: it copies the log into the file and removes it.
	failed = append(failed, closeNext(ctx, e.writer), e.pool.Close())
	err := errors.Join(failed...)
	return errors.Join(err, e.file.close(err == nil && !e.stopped.Load()))
}

func closeNext(ctx context.Context, pool chan *conn) error {
	select {
	case c := <-pool:
		if c == nil {
			return nil
		}
		return errors.Join(c.forget(), c.Conn.Close())
	case <-ctx.Done():
		return errors.New("a transaction was still running when the database was closed")
	}
}
