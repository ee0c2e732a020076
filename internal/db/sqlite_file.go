package db

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// sqliteFile is the database's file and the lock beside it, which also tells whether the last program that
// had it open closed it.
type sqliteFile struct {
	path    string // absolute, links resolved
	lock    *os.File
	unclean bool // the file was there, and nobody says that it was closed
}

const (
	wordOpen   = "open\n"
	wordClosed = "closed\n"
)

// openFile makes sure that the file is there for this program alone, readable by its user alone, on a disk of
// this machine; then it locks it.
func openFile(path string) (*sqliteFile, error) {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return nil, errors.New("sqlite: needs the path of a file")
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	f := &sqliteFile{path: filepath.Join(folder, filepath.Base(path))}
	if err := refuseNetwork(folder); err != nil {
		return nil, err
	}
	if err := f.takeLock(); err != nil {
		return nil, err
	}
	if err := f.create(); err != nil {
		return nil, errors.Join(err, f.lock.Close())
	}
	if err := f.mark(wordOpen); err != nil {
		return nil, errors.Join(err, f.lock.Close())
	}
	return f, nil
}

// takeLock locks the file beside the database, which a crash unlocks.
func (f *sqliteFile) takeLock() error {
	lock, err := os.OpenFile(f.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		err = fmt.Errorf("another program has the database %s open: stop it first", f.path)
	}
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	word, err := io.ReadAll(lock)
	if err != nil {
		return errors.Join(err, lock.Close())
	}
	f.lock = lock
	f.unclean = string(word) != wordClosed
	return nil
}

// create makes the file where there is none, and refuses one that everybody may read.
func (f *sqliteFile) create() error {
	new, err := os.OpenFile(f.path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err == nil {
		f.unclean = false
		return errors.Join(new.Close(), syncFolder(filepath.Dir(f.path)))
	}
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, end := range []string{"", "-wal", "-shm", ".lock"} {
		info, err := os.Lstat(f.path + end)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() { // a link would let two programs lock two names of one file
			return fmt.Errorf("%s is a link or no file at all: name the file itself", f.path+end)
		}
		if info.Mode().Perm()&0o007 != 0 {
			return fmt.Errorf("everybody on this machine may read %s: run chmod 600 on it", f.path+end)
		}
	}
	return nil
}

// mark writes down whether the database is open, durably.
func (f *sqliteFile) mark(word string) error {
	if err := f.lock.Truncate(0); err != nil {
		return err
	}
	if _, err := f.lock.WriteAt([]byte(word), 0); err != nil {
		return err
	}
	return f.lock.Sync()
}

// close gives the lock back, and says that all is well where it is.
func (f *sqliteFile) close(clean bool) error {
	var err error
	if clean {
		err = f.mark(wordClosed)
	}
	return errors.Join(err, f.lock.Close())
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// networkDisks are file systems on which SQLite's locks or its shared memory do not hold.
var networkDisks = []string{
	"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "lustre", "glusterfs", "gfs2", "ocfs2", "9p", "davfs",
	"fuse.sshfs", "fuse.glusterfs", "fuse.ceph-fuse", "fuse.rclone", "fuse.s3fs", "fuse.goofys", "fuse.smbnetfs",
	"fuse.davfs2", "fuse.curlftpfs", "fuse.juicefs",
}

// refuseNetwork refuses a folder on another machine's disk. Where the mounts cannot be read it lets it pass.
func refuseNetwork(folder string) error {
	mounts, err := os.Open("/proc/self/mountinfo")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	kind, err := diskOf(mounts, folder)
	if err := errors.Join(err, mounts.Close()); err != nil {
		return err
	}
	if slices.Contains(networkDisks, kind) {
		return fmt.Errorf("%s is on a network disk (%s), where SQLite is not safe: use a disk of this machine", folder, kind)
	}
	return nil
}

// diskOf returns the file system type of the mount that holds folder, from Linux's mountinfo (proc(5)).
func diskOf(mountinfo io.Reader, folder string) (kind string, err error) {
	longest := -1
	lines := bufio.NewScanner(mountinfo)
	for lines.Scan() {
		before, after, ok := strings.Cut(lines.Text(), " - ")
		fields := strings.Fields(before)
		types := strings.Fields(after)
		if !ok || len(fields) < 5 || len(types) == 0 {
			continue
		}
		point := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(fields[4])
		inside := folder == point || strings.HasPrefix(folder, strings.TrimSuffix(point, "/")+"/")
		if inside && len(point) >= longest { // the last of equals lies on top
			longest, kind = len(point), types[0]
		}
	}
	return kind, lines.Err()
}
