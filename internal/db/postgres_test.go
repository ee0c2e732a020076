package db_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/url"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"attune/internal/db"
	"attune/internal/db/dbtest"
)

func needPostgres(t *testing.T) {
	t.Helper()
	if !onPostgres() {
		t.Skip("for PostgreSQL")
	}
}

func TestRowsOfAnotherPracticeAreHidden(t *testing.T) {
	needPostgres(t)
	d := fresh(t)
	if err := errors.Join(put(d, "a", 1), put(d.For("it's two"), "b", 2)); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		seen *db.DB
		want int
	}{
		{"its own", d, 1}, {"a quoted one", d.For("it's two"), 1}, {"another", d.For("three"), 0},
		{"all", d.ForAll(), 2}, {"none", d.For(""), 0},
	} {
		if got := count(t, c.seen); got != c.want {
			t.Errorf("%s: sees %d rows, want %d", c.name, got, c.want)
		}
	}
	other := d.For("it's two")
	if got := exec(t, other, "UPDATE thing SET n = 9 WHERE id = 'a'") + exec(t, other, "DELETE FROM thing WHERE id = 'a'"); got != 0 {
		t.Errorf("another practice touched %d rows", got)
	}
	err := other.InTx(ctx, func(tx *db.DB) error {
		_, err := tx.Exec(ctx, "INSERT INTO thing (practice_id, id) VALUES ('one', 'c')")
		return err
	})
	if err == nil {
		t.Error("another practice put a row among ours")
	}
}

func TestNarrowingInsideATransaction(t *testing.T) {
	needPostgres(t)
	d := fresh(t)
	if err := errors.Join(put(d, "a", 1), put(d.For("two"), "b", 2)); err != nil {
		t.Fatal(err)
	}
	err := d.ForAll().InTx(ctx, func(tx *db.DB) error {
		for _, c := range []struct {
			seen *db.DB
			want int
		}{{tx, 2}, {tx.For("two"), 1}, {tx.For("three"), 0}, {tx, 2}} {
			if got := count(t, c.seen); got != c.want {
				t.Errorf("practice %q sees %d rows, want %d", c.seen.PracticeID(), got, c.want)
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTheOwnerIsBoundToo(t *testing.T) {
	needPostgres(t)
	dsn, owner := dbtest.Empty(t)
	d := dbtest.Open(t, dsn, db.Options{OwnerDSN: owner, Migrations: ground})
	if err := errors.Join(d.Migrate(ctx), put(d.For("one"), "a", 1)); err != nil {
		t.Fatal(err)
	}
	as := dbtest.Open(t, owner, db.Options{Migrations: ground})
	if got := count(t, as.For("two")); got != 0 {
		t.Errorf("the owner sees %d rows of another practice", got)
	}
	if err := as.Migrate(ctx); err != nil {
		t.Errorf("one role for both: %v", err)
	}
}

func TestEveryTableOfThePracticeIsHidden(t *testing.T) {
	needPostgres(t)
	d := dbtest.New(t)
	open := map[string]bool{}
	err := d.Each(ctx, `
		SELECT t.relname FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = 'practice_id'
		WHERE t.relkind = 'r' AND NOT (t.relrowsecurity AND t.relforcerowsecurity)`, nil,
		func(scan func(dest ...any) error) error {
			var name string
			err := scan(&name)
			open[name] = true
			return err
		})
	if err != nil || len(open) > 0 {
		t.Errorf("open to all: %v (%v)", open, err)
	}
}

func TestHostsAreReadByAllAndChangedByTheirPractice(t *testing.T) {
	needPostgres(t)
	d, _ := freshWith(t, fstest.MapFS{"0001_host.sql": file("CREATE TABLE practice_host (host TEXT PRIMARY KEY, practice_id TEXT NOT NULL)")})
	exec(t, d.For("one"), "INSERT INTO practice_host (host, practice_id) VALUES ('one.example', 'one')")
	var host string
	if err := d.Row(ctx, "SELECT host FROM practice_host").Scan(&host); err != nil {
		t.Errorf("before the practice is known: %v", err)
	}
	if got := exec(t, d.For("two"), "DELETE FROM practice_host"); got != 0 {
		t.Errorf("another practice removed %d hosts", got)
	}
}

func TestASuperuserIsRefused(t *testing.T) {
	needPostgres(t)
	dsn, _ := dbtest.Empty(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("postgres")
	d, err := db.Open(ctx, u.String(), db.Options{})
	if err == nil {
		_ = d.Close()
		t.Error("a superuser was taken, whom no row is hidden from")
	}
}

// line stands between the program and its server, and can spoil what it carries.
type line struct {
	upstream *pgx.ConnConfig
	spoil    atomic.Pointer[spoiling]
}

// spoiling is what happens, once, to a message that contains word.
type spoiling struct {
	word   string
	pass   bool   // the server still gets it
	answer string // what the program gets before the server's answer; empty: the line is cut
}

// lineTo returns an address that leads to dsn's server through a line.
func lineTo(t *testing.T, dsn string) (*line, string) {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	listener, err := net.Listen("unix", filepath.Join(folder, ".s.PGSQL.5432"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	l := &line{upstream: config}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.carry(client)
		}
	}()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = "", url.Values{"host": {folder}, "port": {"5432"}, "sslmode": {"disable"}}.Encode()
	return l, u.String()
}

func (l *line) carry(client net.Conn) {
	defer client.Close()
	network, address := pgconn.NetworkAddress(l.upstream.Host, l.upstream.Port)
	server, err := net.Dial(network, address)
	if err != nil {
		return
	}
	defer server.Close()
	var mute atomic.Bool
	go func() {
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if err != nil || mute.Load() {
				return
			}
			if _, err := client.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}
		if s := l.spoil.Load(); s != nil && bytes.Contains(buffer[:n], []byte(s.word)) && l.spoil.CompareAndSwap(s, nil) {
			if s.answer == "" {
				mute.Store(true)
			} else if _, err := client.Write([]byte(s.answer)); err != nil {
				return
			}
			if !s.pass {
				return
			}
		}
		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}
	}
}

// warning is a NoticeResponse, as the server sends it when a wait for the standby is cancelled.
func warning() string {
	fields := "SWARNING\x00VWARNING\x00C01000\x00Mcanceling wait for synchronous replication due to user request\x00\x00"
	return "N" + string([]byte{0, 0, 0, byte(len(fields) + 4)}) + fields
}

func TestALostConnection(t *testing.T) {
	needPostgres(t)
	for _, c := range []struct {
		name    string
		spoil   spoiling
		unknown bool
		runs    int
		rows    int
	}{
		{"before a statement", spoiling{word: "INSERT"}, false, 2, 1},
		{"after a statement", spoiling{word: "INSERT", pass: true}, false, 2, 1},
		{"at the beginning", spoiling{word: "BEGIN"}, false, 1, 1},
		{"before the commit", spoiling{word: "COMMIT"}, true, 1, 0},
		{"after the commit", spoiling{word: "COMMIT", pass: true}, true, 1, 1},
		{"a commit that the standby may lack", spoiling{word: "COMMIT", pass: true, answer: warning()}, true, 1, 1},
		{"another warning", spoiling{word: "INSERT", pass: true, answer: warning()}, false, 1, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			dsn, owner := dbtest.Empty(t)
			l, through := lineTo(t, dsn)
			d := dbtest.Open(t, through, db.Options{OwnerDSN: owner, Migrations: ground}).For("one")
			if err := d.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			l.spoil.Store(&c.spoil)
			runs := 0
			err := d.InTx(ctx, func(tx *db.DB) error {
				runs++
				_, err := tx.Exec(ctx, "INSERT INTO thing (practice_id, id) VALUES ('one', 'a')")
				return err
			})
			if got := errors.Is(err, db.ErrUnknownOutcome); got != c.unknown || (err == nil) == c.unknown {
				t.Errorf("got %v, want an unknown outcome: %t", err, c.unknown)
			}
			if runs != c.runs {
				t.Errorf("the function ran %d times, want %d", runs, c.runs)
			}
			if got := eventually(t, d, c.rows); got != c.rows {
				t.Errorf("%d rows, want %d", got, c.rows)
			}
		})
	}
}

// eventually counts until it finds want rows or a second has passed: the server may still be at it.
func eventually(t *testing.T, d *db.DB, want int) (n int) {
	t.Helper()
	for range 50 {
		if n = count(t, d); n == want {
			return n
		}
		time.Sleep(20 * time.Millisecond)
	}
	return n
}

func TestSeveralHosts(t *testing.T) {
	needPostgres(t)
	dsn, owner := dbtest.Empty(t)
	_, through := lineTo(t, dsn)
	u, err := url.Parse(through)
	if err != nil {
		t.Fatal(err)
	}
	alive := u.Query().Get("host")
	u.RawQuery = url.Values{"host": {t.TempDir() + "," + alive}, "port": {"5432,5432"}, "sslmode": {"disable"}}.Encode()
	d := dbtest.Open(t, u.String(), db.Options{OwnerDSN: owner, Migrations: ground})
	if err := errors.Join(d.Migrate(ctx), put(d.For("one"), "a", 1)); err != nil {
		t.Errorf("with one of two hosts gone: %v", err)
	}
}

func TestAServerThatEndsTheSession(t *testing.T) {
	needPostgres(t)
	d := fresh(t)
	runs := 0
	err := d.InTx(ctx, func(tx *db.DB) error {
		if runs++; runs < 3 {
			_, err := tx.Exec(ctx, "SELECT pg_terminate_backend(pg_backend_pid())") // 57P01
			return err
		}
		return put(tx, "a", runs)
	})
	if err != nil || number(t, d, "a") != 3 {
		t.Errorf("got %v after %d runs", err, runs)
	}
	// All idle connections end, as when the server is restarted: reads go on as well.
	together(4, func(int) {
		_ = d.View(ctx, func(tx *db.DB) error { return tx.Row(ctx, "SELECT pg_sleep(0.05)").Scan(new(any)) })
	})
	if err := d.View(ctx, func(tx *db.DB) error {
		return tx.Row(ctx, "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").Scan(new(int))
	}); err != nil {
		t.Fatal(err)
	}
	for range 6 {
		if got := count(t, d); got != 1 {
			t.Errorf("got %d rows, want 1", got)
		}
	}
}

func TestAReadOnlyServerIsLeft(t *testing.T) {
	needPostgres(t)
	d := fresh(t)
	runs := 0
	err := d.InTx(ctx, func(tx *db.DB) error {
		if runs++; runs == 1 {
			if _, err := tx.Exec(ctx, "SET TRANSACTION READ ONLY"); err != nil { // as on a standby: 25006
				return err
			}
		}
		return put(tx, "a", 1)
	})
	if err != nil || runs != 2 || count(t, d) != 1 {
		t.Errorf("got %v after %d runs", err, runs)
	}
}

func TestLockWaitersLeaveConnectionsToOthers(t *testing.T) {
	needPostgres(t)
	d := fresh(t)
	inside, leave := make(chan struct{}), make(chan struct{})
	first := make(chan error, 1)
	go func() {
		first <- d.InTx(ctx, func(tx *db.DB) error {
			if err := tx.Lock("k"); err != nil {
				return err
			}
			close(inside)
			<-leave
			return nil
		})
	}()
	<-inside
	waiting, cancel := context.WithCancel(ctx)
	done := make(chan error, 200)
	for range 200 {
		go func() { done <- d.InTx(waiting, func(tx *db.DB) error { return tx.Lock("k") }) }()
	}
	time.Sleep(200 * time.Millisecond)
	soon, stop := context.WithTimeout(ctx, 5*time.Second)
	defer stop()
	if err := d.Row(soon, "SELECT COUNT(*) FROM thing").Scan(new(int)); err != nil {
		t.Errorf("a reader beside 200 who wait for a lock: %v", err)
	}
	cancel()
	close(leave)
	if err := <-first; err != nil {
		t.Error(err)
	}
	for range 200 {
		if err := <-done; err != nil && !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
}

func TestSettingsOfTheConnection(t *testing.T) {
	needPostgres(t)
	d := fresh(t)
	for _, c := range []struct{ name, want string }{{"lock_timeout", "20s"}, {"application_name", "attune"}} {
		var got string
		if err := d.Row(ctx, "SELECT current_setting('"+c.name+"')").Scan(&got); err != nil || got != c.want {
			t.Errorf("%s: got %q (%v), want %q", c.name, got, err, c.want)
		}
	}
	var isolation string
	err := d.InTx(ctx, func(tx *db.DB) error {
		return tx.Row(ctx, "SELECT current_setting('transaction_isolation')").Scan(&isolation)
	})
	if err != nil || isolation != "serializable" {
		t.Errorf("isolation: got %q (%v)", isolation, err)
	}
}
