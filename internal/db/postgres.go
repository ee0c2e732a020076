package db

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	sqldriver "database/sql/driver"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresEngine is a pool of connections to one server, or to whichever of several may write.
type postgresEngine struct {
	pool  *sql.DB
	role  string          // that the pool signs in as
	owner *pgx.ConnConfig // that migrates; the pool's own where none was named
}

const (
	statementLimit = 30 * time.Second // for a statement of a transaction that writes
	lockWait       = "20s"            // for a row or an advisory lock
	unsynced       = "attune.warned"  // marks a connection whose server warned during the last statement
)

// openPostgres connects to the server and refuses one whose settings would lose what it has acknowledged.
func openPostgres(ctx context.Context, dsn, ownerDSN string) (*postgresEngine, error) {
	config, err := postgresConfig(dsn)
	if err != nil {
		return nil, err
	}
	e := &postgresEngine{role: config.User, owner: config}
	if ownerDSN != "" {
		if e.owner, err = postgresConfig(ownerDSN); err != nil {
			return nil, err
		}
	}
	e.pool = stdlib.OpenDB(*config)
	size := max(8, 4*runtime.NumCPU())
	e.pool.SetMaxOpenConns(size)
	e.pool.SetMaxIdleConns(size)
	e.pool.SetConnMaxLifetime(time.Hour) // so that a promoted server's connections spread again
	if err := e.assert(ctx); err != nil {
		return nil, errors.Join(err, e.pool.Close())
	}
	return e, nil
}

func postgresConfig(dsn string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the PostgreSQL address cannot be read") // the error's text may hold the password
	}
	if err := refuseUnsafe(config); err != nil {
		return nil, err
	}
	if len(config.Fallbacks) > 0 && config.ValidateConnect == nil {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 5 * time.Second
	}
	for name, value := range map[string]string{
		"application_name": "attune", "lock_timeout": lockWait,
		"tcp_keepalives_idle": "15", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
	} {
		if _, set := config.RuntimeParams[name]; !set {
			config.RuntimeParams[name] = value
		}
	}
	config.OnNotice = func(c *pgconn.PgConn, n *pgconn.Notice) {
		if n.SeverityUnlocalized == "WARNING" {
			c.CustomData()[unsynced] = n.Message
		}
	}
	return config, nil
}

// refuseUnsafe refuses a password that is empty or everybody's guess, and a connection in clear to another machine.
func refuseUnsafe(config *pgx.ConnConfig) error {
	ways := []*pgconn.FallbackConfig{{Host: config.Host, TLSConfig: config.TLSConfig}}
	for _, way := range append(ways, config.Fallbacks...) {
		if strings.HasPrefix(way.Host, "/") { // a socket of this machine, whose folder says who may use it
			continue
		}
		address := net.ParseIP(way.Host)
		if way.TLSConfig == nil && way.Host != "localhost" && (address == nil || !address.IsLoopback()) {
			return fmt.Errorf("the PostgreSQL server %s is on another machine: its address must say sslmode=verify-full", way.Host)
		}
		certified := way.TLSConfig != nil && len(way.TLSConfig.Certificates) > 0
		guesses := []string{"", config.User, "postgres", "password", "attune", "admin", "root", "secret", "changeme"}
		if !certified && slices.Contains(guesses, config.Password) {
			return errors.New("the PostgreSQL password is empty or a default one: set a long random password")
		}
	}
	return nil
}

// assert makes sure that the server is recent, keeps what it acknowledges, and holds the role to its rows.
func (e *postgresEngine) assert(ctx context.Context) error {
	var version int
	var commit string
	var bypass bool
	err := e.pool.QueryRowContext(ctx, `
		SELECT CAST(current_setting('server_version_num') AS INTEGER), current_setting('synchronous_commit'),
			rolsuper OR rolbypassrls
		FROM pg_roles WHERE rolname = current_user`).Scan(&version, &commit, &bypass)
	switch {
	case err != nil:
		return fmt.Errorf("open PostgreSQL: %w", err)
	case version < 130000:
		return errors.New("PostgreSQL is too old: 13 or later is needed")
	case commit != "on" && commit != "remote_apply":
		return fmt.Errorf("PostgreSQL's synchronous_commit is %s: it must be on or remote_apply", commit)
	case bypass:
		return fmt.Errorf("the PostgreSQL role %s may pass over row-level security: use one that is no superuser and has NOBYPASSRLS", e.role)
	}
	return nil
}

func (e *postgresEngine) dialect() dialect { return postgres }

func (e *postgresEngine) acquire(ctx context.Context, _ bool) (*conn, error) {
	c, err := e.pool.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

func (e *postgresEngine) release(c *conn, drop bool) {
	if drop {
		// ErrBadConn closes the connection; it is also what Raw then returns.
		_ = c.Raw(func(any) error { return sqldriver.ErrBadConn })
	}
	_ = c.Conn.Close() // returns it to the pool; it says only whether that has been done before
}

// native calls fn with pgx's own connection.
func native(c *conn, fn func(c *pgconn.PgConn) error) error {
	return c.Raw(func(raw any) error { return fn(raw.(*stdlib.Conn).Conn().PgConn()) })
}

// simple sends statements without arguments in one message and returns the tag of the last.
func simple(ctx context.Context, c *conn, script string) (tag string, err error) {
	err = native(c, func(c *pgconn.PgConn) error {
		results, err := c.Exec(ctx, script).ReadAll()
		if err == nil && len(results) > 0 {
			tag = results[len(results)-1].CommandTag.String()
		}
		return err
	})
	return tag, err
}

// setPractice tells the open transaction whose rows it sees.
func setPractice(setting string) string {
	return "SELECT set_config('attune.practice', '" + strings.ReplaceAll(setting, "'", "''") + "', true)"
}

func (e *postgresEngine) begin(ctx context.Context, c *conn, write bool, setting string) error {
	if _, err := bindText(setting); err != nil {
		return err
	}
	mode := "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; "
	if write {
		mode = "BEGIN ISOLATION LEVEL SERIALIZABLE READ WRITE; "
	}
	_, err := simple(ctx, c, mode+setPractice(setting))
	return e.explain(err)
}

func (e *postgresEngine) narrow(ctx context.Context, c *conn, setting string) error {
	if _, err := bindText(setting); err != nil {
		return err
	}
	_, err := simple(ctx, c, setPractice(setting))
	return err
}

// commit also takes a warning for an unknown outcome: a wait for the standby that is cancelled ends in one, with
// the row visible here and perhaps nowhere else.
func (e *postgresEngine) commit(ctx context.Context, c *conn) error {
	var warning any
	var tag string
	err := native(c, func(c *pgconn.PgConn) error {
		if c.IsClosed() {
			return sqldriver.ErrBadConn
		}
		delete(c.CustomData(), unsynced)
		results, err := c.Exec(ctx, "COMMIT").ReadAll()
		if len(results) > 0 {
			tag = results[0].CommandTag.String()
		}
		warning = c.CustomData()[unsynced]
		return err
	})
	var said *pgconn.PgError
	switch {
	case warning != nil:
		return fmt.Errorf("%w: the server warned: %v", ErrUnknownOutcome, warning)
	case err == nil && tag != "COMMIT":
		return errors.New("the server rolled the transaction back")
	case err == nil:
		return nil
	case errors.As(err, &said) && said.SeverityUnlocalized == "ERROR", errors.Is(err, sqldriver.ErrBadConn), errors.Is(err, sql.ErrConnDone):
		return e.explain(err) // rolled back, or never sent
	}
	// Not even SafeToRetry is to be believed here: pgconn says so of a connection that was cut after COMMIT was sent.
	return fmt.Errorf("%w: %w", ErrUnknownOutcome, err)
}

func (e *postgresEngine) rollback(ctx context.Context, c *conn) error {
	_, err := simple(ctx, c, "ROLLBACK")
	return err
}

// lock takes the locks in the order of their numbers, the same for all, so that no two wait for each other.
func (e *postgresEngine) lock(ctx context.Context, c *conn, keys []string) error {
	numbers := make([]int64, len(keys))
	for i, key := range keys {
		numbers[i] = lockNumber(key)
	}
	slices.SortFunc(numbers, cmp.Compare[int64])
	for _, n := range slices.Compact(numbers) {
		if _, err := c.exec(ctx, "SELECT pg_advisory_lock($1)", []any{n}); err != nil {
			return err
		}
	}
	return nil
}

// lockNumber is the number that PostgreSQL knows a lock by. Two names that share one only wait needlessly.
func lockNumber(key string) int64 {
	sum := sha256.Sum256([]byte(key))
	return int64(binary.BigEndian.Uint64(sum[:8]))
}

func (e *postgresEngine) unlock(ctx context.Context, c *conn) error {
	_, err := simple(ctx, c, "SELECT pg_advisory_unlock_all()")
	return err
}

func (e *postgresEngine) statement(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), statementLimit)
}

func (e *postgresEngine) explain(err error) error {
	var said *pgconn.PgError
	if !errors.As(err, &said) {
		return err
	}
	switch said.Code {
	case "23505":
		return fmt.Errorf("%w: %w", ErrDuplicate, err)
	case "23503", "23001":
		return fmt.Errorf("%w: %w", ErrReference, err)
	case "23P01":
		return fmt.Errorf("%w: %w", ErrOverlap, err)
	}
	return err
}

// verdict follows PostgreSQL's table of error codes (appendix A).
func (e *postgresEngine) verdict(err error) verdict {
	if errors.Is(err, ErrUnknownOutcome) {
		return final
	}
	var said *pgconn.PgError
	if errors.As(err, &said) {
		switch said.Code {
		case "40001", "40P01", "55P03": // conflict, deadlock, lock_timeout
			return again
		case "0A000": // a migration changed a table under a prepared statement
			if strings.Contains(said.Message, "cached plan") {
				return again
			}
		case "25006", "57P01", "57P02", "57P03", "57P05", "53300": // a standby; shut down, crashed or starting; full
			return broken
		}
		if strings.HasPrefix(said.Code, "08") {
			return broken
		}
		return final
	}
	var network net.Error
	var connect *pgconn.ConnectError
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), nothingSent(err):
		return broken
	case errors.As(err, &network), errors.As(err, &connect):
		return broken
	}
	return final
}

// nothingSent says that the server has not been told anything.
func nothingSent(err error) bool {
	return errors.Is(err, sqldriver.ErrBadConn) || errors.Is(err, sql.ErrConnDone) || pgconn.SafeToRetry(err)
}

func (e *postgresEngine) close(context.Context) error { return e.pool.Close() }
