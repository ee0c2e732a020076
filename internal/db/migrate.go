package db

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// migration is one step of the tables' history.
type migration struct {
	version int
	name    string
	script  string
}

var migrationName = regexp.MustCompile(`^([0-9]{4})_([a-z0-9_]+)(?:\.(sqlite|postgres))?\.sql$`)

// readMigrations returns the steps for one database in order. They are numbered from 1 without gaps; a step is
// one file for both databases, or a pair named for them.
func readMigrations(files fs.FS, to dialect) ([]migration, error) {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return nil, err
	}
	var steps []migration
	for _, name := range names {
		part := migrationName.FindStringSubmatch(path.Base(name))
		if part == nil {
			return nil, fmt.Errorf("migration %s: the name must be like 0007_audit_kept.sql", name)
		}
		if part[3] != "" && !slices.Contains(names, partner(name, dialect(part[3]))) {
			return nil, fmt.Errorf("migration %s: its partner for the other database is missing", name)
		}
		if part[3] != "" && part[3] != string(to) {
			continue
		}
		script, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		version, err := strconv.Atoi(part[1])
		if err != nil {
			return nil, err
		}
		steps = append(steps, migration{version, part[2], string(script)})
	}
	slices.SortFunc(steps, func(a, b migration) int { return cmp.Compare(a.version, b.version) })
	for i, m := range steps {
		if m.version != i+1 {
			return nil, fmt.Errorf("migrations for %s: number %d is missing, or there twice", to, min(i+1, m.version))
		}
	}
	return steps, nil
}

// partner returns the name of the same step for the other database.
func partner(name string, of dialect) string {
	other := map[dialect]dialect{sqlite: postgres, postgres: sqlite}[of]
	return strings.TrimSuffix(name, string(of)+".sql") + string(other) + ".sql"
}

const createVersions = `CREATE TABLE IF NOT EXISTS schema_version (
	version BIGINT NOT NULL PRIMARY KEY,
	name TEXT NOT NULL,
	at BIGINT NOT NULL
)`

// Migrate brings the tables to the program's version, each step in a transaction of its own, so that one that
// fails leaves no trace and the next start goes on from there. Programs that start together wait for each other.
// A database newer than the program is refused. One that is of the program's version needs nothing of the tables' owner.
func (d *DB) Migrate(ctx context.Context) error { return d.MigrateTo(ctx, len(d.migrations)) }

// MigrateTo is Migrate up to an earlier version, for what was kept by an older program. Tables that are newer stay.
func (d *DB) MigrateTo(ctx context.Context, version int) error {
	if version < 0 || version > len(d.migrations) {
		return fmt.Errorf("migrate: there is no version %d", version)
	}
	if d.tx != nil {
		return errors.New("migrate: inside a transaction")
	}
	// A role that may not look yet is let in by the first step.
	if at, err := d.SchemaVersion(ctx); at > len(d.migrations) {
		return fmt.Errorf("migrate: %w", err)
	} else if err == nil && at >= max(version, 1) {
		return nil
	}
	return d.engine.migrate(ctx, func(c *conn) error {
		if err := d.step(ctx, c, createVersions, migration{}); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		var at int
		if err := c.one(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_version", &at); err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		if err := d.refuseNewer(at); err != nil {
			return err
		}
		for _, m := range d.migrations[min(at, version):version] {
			if err := d.step(ctx, c, m.script, m); err != nil {
				return fmt.Errorf("migrate to %04d_%s: %w", m.version, m.name, err)
			}
		}
		return nil
	})
}

// step runs one script in one transaction and writes its version down, where it has one.
func (d *DB) step(ctx context.Context, c *conn, script string, m migration) (err error) {
	if err := d.engine.begin(ctx, c, true, everyPractice); err != nil {
		return err
	}
	kept := false
	defer func() {
		if !kept {
			err = errors.Join(err, d.engine.rollback(context.WithoutCancel(ctx), c))
		}
	}()
	if err := d.engine.apply(ctx, c, script); err != nil {
		return err
	}
	if m.version > 0 {
		_, err := c.exec(ctx, "INSERT INTO schema_version (version, name, at) VALUES ($1, $2, $3)",
			[]any{int64(m.version), m.name, d.Now().UnixMicro()})
		if err != nil {
			return err
		}
	}
	limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), commitLimit)
	defer cancel()
	err = d.engine.commit(limit, c)
	kept = err == nil
	return err
}

func (d *DB) refuseNewer(at int) error {
	if at > len(d.migrations) {
		return fmt.Errorf("the database is of version %d and this program knows only %d: run the newer program", at, len(d.migrations))
	}
	return nil
}

// SchemaVersion returns the version of the tables; 0 where there are none yet. It returns an error where they
// are newer than the program.
func (d *DB) SchemaVersion(ctx context.Context) (int, error) {
	var there int
	find := `SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'`
	if d.engine.dialect() == postgres {
		find = `SELECT COUNT(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'schema_version'`
	}
	if err := d.Row(ctx, find).Scan(&there); err != nil || there == 0 {
		return 0, err
	}
	var at int
	if err := d.Row(ctx, "SELECT COALESCE(MAX(version), 0) FROM schema_version").Scan(&at); err != nil {
		return 0, err
	}
	return at, d.refuseNewer(at)
}
