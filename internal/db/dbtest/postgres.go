package dbtest

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"attune/internal/db"
)

// The tests sign in as appRole, which row-level security binds; ownerRole owns databases and tables.
const (
	ownerRole = "attune_owner"
	appRole   = "attune_app"
)

// cluster is the PostgreSQL server that the tests of one run share.
type cluster struct {
	admin    string   // address of a superuser
	password string   // of both roles, the same for every process that uses the server
	template string   // name of the migrated database
	use      *os.File // locked as long as this process lives, so that the server stays; nil for one of the caller's
}

// shared finds or starts the server and prepares roles and template, once in a process.
var shared = sync.OnceValues(func() (*cluster, error) {
	c := &cluster{admin: os.Getenv("ATTUNE_TEST_PG")}
	if c.admin == "" {
		var err error
		if c.admin, c.use, err = startServer(); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return c, c.prepare(ctx)
})

// postgresDatabase returns the addresses of a new database for the test: the program's and the owner's.
func postgresDatabase(t testing.TB, migrated bool) (dsn, owner string) {
	t.Helper()
	c, err := shared()
	if errors.Is(err, errNoServer) {
		missing(t, err.Error())
	}
	if err != nil {
		t.Fatalf("prepare PostgreSQL for tests: %v", err)
	}
	from := "template0"
	if migrated {
		from = c.template
	}
	name := "attune_t_" + randomName()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := c.create(ctx, name, from); err != nil {
		t.Fatalf("create the test's database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := c.run(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return c.address(appRole, name), c.address(ownerRole, name)
}

func randomName() string {
	b := make([]byte, 6)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func (c *cluster) create(ctx context.Context, name, template string) error {
	return c.run(ctx, fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s OWNER %s", name, template, ownerRole))
}

// address returns how a role signs in to a database of the server.
func (c *cluster) address(role, database string) string {
	u, err := url.Parse(c.admin)
	if err != nil { // connect has parsed it before
		panic(err)
	}
	u.User = url.UserPassword(role, c.password)
	u.Path = "/" + database
	return u.String()
}

// run runs statements as the superuser, each in its own transaction.
func (c *cluster) run(ctx context.Context, statements ...string) (err error) {
	conn, err := pgx.Connect(ctx, c.admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the roles and the template, while other test programs wait.
func (c *cluster) prepare(ctx context.Context) (err error) {
	if _, err := url.Parse(c.admin); err != nil {
		return errors.New("ATTUNE_TEST_PG is no postgres:// address")
	}
	conn, err := pgx.Connect(ctx, c.admin)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock(2027)"); err != nil { // closing unlocks
		return err
	}
	if err := c.makeRoles(ctx, conn); err != nil {
		return err
	}
	if c.template, err = templateName(); err != nil {
		return err
	}
	var there bool
	if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", c.template).Scan(&there); err != nil || there {
		return err
	}
	return errors.Join(c.makeTemplate(ctx), c.dropOld(ctx, conn))
}

// dropOld drops the templates of test programs that were built long ago: every build has one of its own.
func (c *cluster) dropOld(ctx context.Context, conn *pgx.Conn) error {
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE datname LIKE 'attune#_m#_%' ESCAPE '#' ORDER BY oid DESC OFFSET 60")
	if err != nil {
		return err
	}
	old, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range old {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+name); err != nil {
			return err
		}
	}
	return nil
}

// makeRoles makes the two roles. Their password follows from the server, so that every test program knows it.
func (c *cluster) makeRoles(ctx context.Context, conn *pgx.Conn) error {
	var server int64
	if err := conn.QueryRow(ctx, "SELECT system_identifier FROM pg_control_system()").Scan(&server); err != nil {
		return err
	}
	sum := sha256.Sum256(fmt.Append(nil, "roles for tests at ", server))
	c.password = hex.EncodeToString(sum[:16])
	for _, role := range []string{ownerRole, appRole} {
		var there bool
		if err := conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1)", role).Scan(&there); err != nil {
			return err
		}
		if there {
			continue
		}
		if _, err := conn.Exec(ctx, "CREATE ROLE "+role+" LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '"+c.password+"'"); err != nil {
			return err
		}
	}
	return nil
}

// makeTemplate migrates a database and only then gives it the template's name.
func (c *cluster) makeTemplate(ctx context.Context) error {
	name := "attune_n_" + randomName()
	if err := c.create(ctx, name, "template0"); err != nil {
		return err
	}
	d, err := db.Open(ctx, c.address(appRole, name), db.Options{OwnerDSN: c.address(ownerRole, name)})
	if err != nil {
		return err
	}
	if err := errors.Join(d.Migrate(ctx), d.Close()); err != nil {
		return err
	}
	return c.run(ctx, "ALTER DATABASE "+name+" RENAME TO "+c.template)
}

// templateName depends on the test program, so that tables are those of its migrations and rules.
func templateName() (name string, err error) {
	path, err := os.Executable()
	if err != nil {
		return "", err
	}
	program, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	sum := sha256.New()
	if _, err := io.Copy(sum, program); err != nil {
		return "", err
	}
	return "attune_m_" + hex.EncodeToString(sum.Sum(nil)[:8]), nil
}
