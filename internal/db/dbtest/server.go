package dbtest

import (
	"cmp"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// keeper starts the server and stops it when nobody has used it for two minutes.
//
//go:embed keeper.sh
var keeper string

var errNoServer = errors.New("install Debian's postgresql-15, or set ATTUNE_TEST_PG to a superuser's postgres:// address")

// folder is where the user's test server lives: its data, its socket and the locks of those who use it.
func folder() string {
	return filepath.Join(os.TempDir(), "attune-test-pg-"+strconv.Itoa(os.Getuid()))
}

// startServer finds the running test server or starts one. It stays for as long as use is open.
func startServer() (admin string, use *os.File, err error) {
	bin, err := binaries()
	if err != nil {
		return "", nil, err
	}
	as, err := unprivileged()
	if err != nil {
		return "", nil, err
	}
	if err := makeFolder(as); err != nil {
		return "", nil, err
	}
	if use, err = lockFile("use.lock", syscall.LOCK_SH); err != nil { // waits for a server that is stopping
		return "", nil, err
	}
	start, err := lockFile("start.lock", syscall.LOCK_EX)
	if err != nil {
		return "", nil, errors.Join(err, use.Close())
	}
	admin = address()
	if !answers(admin) {
		err = launch(bin, as)
	}
	if err := errors.Join(err, start.Close()); err != nil {
		return "", nil, errors.Join(err, use.Close())
	}
	return admin, use, nil
}

func address() string {
	query := url.Values{"host": {folder()}, "sslmode": {"disable"}}
	return "postgres://postgres@/postgres?" + query.Encode()
}

// binaries returns the folder of the newest PostgreSQL that Debian has installed.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errNoServer
	}
	// Longer names are later versions: 9 before 15. Of one length the alphabet decides.
	slices.SortFunc(found, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged returns whom the server runs as: PostgreSQL refuses root.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		who, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, errU := strconv.ParseUint(who.Uid, 10, 32)
	gid, errG := strconv.ParseUint(who.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(errU, errG)
}

func makeFolder(as *syscall.Credential) error {
	if err := os.Mkdir(folder(), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	if as == nil {
		return nil
	}
	return os.Chown(folder(), int(as.Uid), int(as.Gid))
}

// lockFile locks a file of the server's folder until it is closed.
func lockFile(name string, how int) (*os.File, error) {
	path := filepath.Join(folder(), name)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.Chmod(path, 0o666), syscall.Flock(int(file.Fd()), how))
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

func answers(admin string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return false
	}
	return conn.Close(ctx) == nil
}

// launch makes a new server, which outlives this process.
func launch(bin string, as *syscall.Credential) error {
	data := filepath.Join(folder(), "data")
	for _, old := range []string{data, filepath.Join(folder(), "stop")} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
	initdb.Dir = folder()
	initdb.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	server := exec.Command("/bin/sh", "-c", keeper, "keeper", bin, folder())
	server.Dir = folder()
	server.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setsid: true}
	if err := server.Start(); err != nil { // without our input and output: go test would wait for them
		return err
	}
	if err := server.Process.Release(); err != nil {
		return err
	}
	for range 300 {
		if answers(address()) {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the test server did not start within 30 seconds: see %s", filepath.Join(folder(), "log"))
}

// StopServer stops the user's test server, if there is one, and waits until it is gone.
func StopServer(ctx context.Context) error {
	data := filepath.Join(folder(), "data")
	if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if !answers(address()) {
		return os.RemoveAll(folder())
	}
	if err := os.WriteFile(filepath.Join(folder(), "stop"), nil, 0o600); err != nil {
		return err
	}
	for {
		if _, err := os.Stat(data); errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the test server is still there: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}
