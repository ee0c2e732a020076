package db

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// readByAll are the tables whose rows everyone may read before it is known which practice they belong to.
// Only their own practice may change them.
var readByAll = []string{"practice_host"}

// ownRows is the rule that row-level security holds every transaction to.
const ownRows = `practice_id = (SELECT current_setting('attune.practice', true))
	OR (SELECT current_setting('attune.practice', true)) = '*'`

// migrate signs in as the owner of the tables and waits for any other program that migrates.
func (e *postgresEngine) migrate(ctx context.Context, fn func(c *conn) error) (err error) {
	pool := stdlib.OpenDB(*e.owner)
	defer func() { err = errors.Join(err, pool.Close()) }() // closing it unlocks
	raw, err := pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, raw.Close()) }()
	c := &conn{Conn: raw}
	if _, err := c.exec(ctx, "SET lock_timeout = 0", nil); err != nil {
		return err
	}
	if err := e.lock(ctx, c, []string{"attune migration"}); err != nil {
		return err
	}
	return fn(c)
}

// apply runs the script, then hides the rows of every table that has some from other practices, and lets the
// program's role use it.
func (e *postgresEngine) apply(ctx context.Context, c *conn, script string) error {
	if e.owner.User != e.role {
		if err := e.share(ctx, c); err != nil {
			return err
		}
	}
	if _, err := simple(ctx, c, script); err != nil {
		return err
	}
	tables, err := unhidden(ctx, c)
	if err != nil {
		return err
	}
	for _, table := range tables {
		if _, err := simple(ctx, c, hide(table)); err != nil {
			return fmt.Errorf("hide rows of %s: %w", table, err)
		}
	}
	return nil
}

// share lets the program's role use the tables that are there and all that are still to come. It does so once for
// a role, so that a migration can take some of it back.
func (e *postgresEngine) share(ctx context.Context, c *conn) error {
	var schema string
	var shared bool
	err := c.QueryRowContext(ctx, `SELECT COALESCE(has_table_privilege($1, to_regclass('schema_version'), 'SELECT'), FALSE)`, e.role).Scan(&shared)
	if err != nil || shared {
		return err
	}
	if err := c.one(ctx, "SELECT current_schema()", &schema); err != nil {
		return err
	}
	in, to := pgx.Identifier{schema}.Sanitize(), pgx.Identifier{e.role}.Sanitize()
	_, err = simple(ctx, c, strings.NewReplacer("$in", in, "$to", to).Replace(`
		GRANT USAGE ON SCHEMA $in TO $to;
		GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA $in TO $to;
		ALTER DEFAULT PRIVILEGES IN SCHEMA $in GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO $to`))
	return err
}

// unhidden returns the tables with a practice_id that have no rule for it yet.
func unhidden(ctx context.Context, c *conn) (tables []string, err error) {
	rows, err := c.query(ctx, `
		SELECT t.relname FROM pg_class t
		JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'practice_id' AND NOT a.attisdropped
		WHERE t.relkind IN ('r', 'p') AND t.relnamespace = CAST(current_schema() AS regnamespace)
			AND NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = t.oid AND p.polname = 'own_rows')
		ORDER BY t.relname`, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var table string
		if err := rows.Scan(&table); err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, rows.Err()
}

func hide(table string) string {
	name := pgx.Identifier{table}.Sanitize()
	script := "ALTER TABLE " + name + " ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;" +
		"CREATE POLICY own_rows ON " + name + " USING (" + ownRows + ");"
	if slices.Contains(readByAll, table) {
		script += "CREATE POLICY read_by_all ON " + name + " FOR SELECT USING (true);"
	}
	return script
}
