package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"attune/internal/backup"
	"attune/internal/db"
	"attune/internal/mail"
	"attune/internal/seal"
)

type doctorCmd struct {
	storage
	Mail   string `default:"off" help:"Where mail goes, as for serve." env:"ATTUNE_MAIL"`
	Backup string `name:"backup-dir" help:"Folder of backups, as for serve." env:"ATTUNE_BACKUP_DIR"`
	JSON   bool   `help:"Print JSON."`
}

// symptom is one thing that is wrong here, or worth knowing, in a sentence that says what to do.
type symptom struct {
	Check    string `json:"check"`
	Wrong    bool   `json:"wrong"`
	Sentence string `json:"sentence"`
}

// doctor collects what it finds.
type doctor struct{ found []symptom }

func (d *doctor) wrong(check, format string, args ...any) {
	d.found = append(d.found, symptom{check, true, fmt.Sprintf(format, args...)})
}

func (d *doctor) note(check, format string, args ...any) {
	d.found = append(d.found, symptom{check, false, fmt.Sprintf(format, args...)})
}

// Run says what is wrong here.
func (c *doctorCmd) Run(ctx context.Context, t *terminal) error {
	doc := &doctor{found: []symptom{}}
	keyed := c.lookAtKey(doc)
	c.lookAtFiles(doc)
	c.lookAtMail(ctx, doc)
	if keyed {
		if err := c.lookInside(ctx, doc); err != nil {
			return err
		}
	}
	wrong := false
	for _, s := range doc.found {
		wrong = wrong || s.Wrong
	}
	if c.JSON {
		if err := t.json(doc.found); err != nil {
			return err
		}
	} else {
		for _, s := range doc.found {
			t.say("%s %s: %s", map[bool]string{true: "WRONG", false: "note "}[s.Wrong], s.Check, s.Sentence)
		}
		if !wrong {
			t.say("Nothing is wrong here.")
		}
	}
	if wrong {
		return errFound
	}
	return nil
}

// lookAtKey looks at the root key: its place, its mode, and whether it is one.
func (c *doctorCmd) lookAtKey(doc *doctor) bool {
	if err := c.keysApart(); err != nil {
		doc.wrong("key", "%v", err)
		return false
	}
	if _, err := seal.LoadRoot(c.Keys); err != nil {
		doc.wrong("key", "The root key cannot be used: %v.", err)
		return false
	}
	return true
}

// leastFree is the space on the disk below which it is time to make some: bytes.
const leastFree = 1 << 30

// lookAtFiles looks at modes and at the space on the disk.
func (c *doctorCmd) lookAtFiles(doc *doctor) {
	folders := []string{}
	if file, ok := strings.CutPrefix(c.DB, "sqlite:"); ok {
		for _, path := range []string{filepath.Dir(file), file, file + "-wal", file + "-shm", file + ".lock"} {
			info, err := os.Stat(path)
			if err != nil {
				continue // one that is missing is told of below, by opening it
			}
			if mode := info.Mode().Perm(); mode&0o077 != 0 {
				doc.wrong("files", "Others can read %s (mode %04o): run chmod go-rwx on it.", path, mode)
			}
		}
		folders = append(folders, filepath.Dir(file))
	}
	if c.Backup != "" {
		folders = append(folders, c.Backup)
	}
	for _, folder := range folders {
		var disk syscall.Statfs_t
		if err := syscall.Statfs(folder, &disk); err != nil {
			doc.wrong("disk", "The folder %s cannot be looked at: %v.", folder, err)
			continue
		}
		free, all := disk.Bavail*uint64(disk.Bsize), disk.Blocks*uint64(disk.Bsize)
		if free < leastFree || free < all/20 {
			doc.wrong("disk", "Only %d MB are free where %s lies: make room before writes fail.", free>>20, folder)
		}
	}
}

// lookAtMail looks whether mail can leave, without sending any.
func (c *doctorCmd) lookAtMail(ctx context.Context, doc *doctor) {
	sender, err := mail.Open(c.Mail)
	if err != nil {
		doc.wrong("mail", "%v", err)
		return
	}
	switch s := sender.(type) {
	case *mail.SMTP:
		ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
		defer cancel()
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.Port)))
		if err != nil {
			doc.wrong("mail", "The mail server %s does not answer: check its address, port and the firewall.", s.Host)
			return
		}
		_ = conn.Close() // nothing was said
	case mail.Off:
		doc.note("mail", "Mail is off: nobody gets links or reminders unless the practice has set a mail server of its own.")
	}
}

// lookInside looks at what the database says of itself.
func (c *doctorCmd) lookInside(ctx context.Context, doc *doctor) error {
	if file, ok := strings.CutPrefix(c.DB, "sqlite:"); ok {
		if there, err := exists(file); err != nil || !there {
			doc.wrong("database", "There is no database %s: make a practice with attune init, or restore a backup.", file)
			return nil
		}
	}
	d, err := c.open(ctx, nil)
	var refused refusal
	switch {
	case errors.As(err, &refused) && strings.Contains(refused.sentence, "another program has the database"):
		doc.note("database", "Attune has the database open, so only what lies outside it was looked at: stop it, or ask its /metrics.")
		return nil
	case err != nil:
		doc.wrong("database", "The database cannot be opened: %v.", err)
		return nil
	}
	defer d.Close() //nolint:errcheck // it was only read
	return examine(ctx, d, doc)
}

func examine(ctx context.Context, d *db.DB, doc *doctor) error {
	at, err := d.SchemaVersion(ctx)
	if err != nil {
		doc.wrong("schema", "%v", err)
		return nil
	}
	newest, err := db.Schema()
	if err != nil {
		return err
	}
	if at < newest {
		doc.wrong("schema", "%d migrations are pending: run attune migrate, or start attune serve.", newest-at)
		return nil
	}
	if ok, err := backup.Opens(ctx, d); err != nil {
		return err
	} else if !ok {
		doc.wrong("key", "The root key is not the one of this database: give the right one with --keys.")
	}
	h, err := backup.HealthOf(ctx, d)
	if err != nil {
		return err
	}
	diagnose(h, d.Now(), doc)
	return nil
}

// diagnose says what the figures mean.
func diagnose(h backup.Health, now time.Time, doc *doctor) {
	if h.Practices == 0 {
		doc.wrong("practice", "There is no practice in this database: make one with attune init.")
	}
	if h.NewestEntry.After(now.Add(time.Minute)) {
		doc.wrong("clock", "This machine's clock is behind: the log has an entry from %s, and here it is %s.", h.NewestEntry.Format(time.RFC3339), now.Format(time.RFC3339))
	}
	if h.Dead > 0 {
		doc.wrong("jobs", "%d jobs failed for good: the owner sees them on the practice's page and can have them tried again.", h.Dead)
	}
	if h.Unsequenced > 0 && now.Sub(h.OldestEntry) > time.Hour {
		doc.note("audit", "%d entries of the log wait for the tree, the oldest since %s: attune serve puts them there each minute.", h.Unsequenced, h.OldestEntry.Format(time.RFC3339))
	}
	switch {
	case h.Failed:
		doc.wrong("backup", "The last backup did not work: run attune backup create to see why.")
	case h.Backup.IsZero() && h.Practices > 0:
		doc.wrong("backup", "There has never been a backup: start attune serve with --backup-dir, or run attune backup create.")
	case h.Practices > 0 && now.Sub(h.Backup) > 48*time.Hour:
		doc.wrong("backup", "The last backup is from %s: find out why none was made since.", h.Backup.Format(time.RFC3339))
	}
}
