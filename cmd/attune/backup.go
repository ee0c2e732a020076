package main

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"attune/internal/backup"
	"attune/internal/db"
)

type backupCmd struct {
	Create   backupCreateCmd   `cmd:"" help:"Write a backup of everything. While Attune serves from SQLite it makes its own: see serve --backup-dir."`
	Verify   backupVerifyCmd   `cmd:"" help:"Open a file of a backup and hold it against its sums, without restoring it."`
	List     backupListCmd     `cmd:"" help:"List the backups in a folder."`
	Restore  backupRestoreCmd  `cmd:"" help:"Bring a backup back into an empty database of either kind."`
	Identity backupIdentityCmd `cmd:"" help:"Make an age identity, whose public key backups are sealed for."`
}

// vault says where backups go and who opens them.
type vault struct {
	Dir    string   `name:"backup-dir" help:"Folder for backups." env:"ATTUNE_BACKUP_DIR"`
	To     []string `name:"backup-to" help:"Who can open the records: age public keys (age1…) or files of them." env:"ATTUNE_BACKUP_TO"`
	KeysTo []string `name:"backup-keys-to" help:"Who can open the keys: others than those of the records." env:"ATTUNE_BACKUP_KEYS_TO"`
}

func (v vault) plan() (backup.Plan, error) {
	to, err := backup.Recipients(v.To)
	if err != nil {
		return backup.Plan{}, err
	}
	keysTo, err := backup.Recipients(v.KeysTo)
	if err != nil {
		return backup.Plan{}, err
	}
	if v.Dir == "" {
		return backup.Plan{}, refuse("Name the folder for backups with --backup-dir.")
	}
	return backup.Plan{Dir: v.Dir, To: to, KeysTo: keysTo}, nil
}

type backupCreateCmd struct {
	storage
	vault
	JSON bool `help:"Print JSON."`
}

// Run writes one backup.
func (c *backupCreateCmd) Run(ctx context.Context, t *terminal) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	m, err := backup.Create(ctx, d, plan)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(m)
	}
	t.say("%d rows are in %s.", m.Rows, m.File)
	t.say("Their keys are in %s: keep it in another place. The root key is in neither.", m.Keys)
	return nil
}

type backupVerifyCmd struct {
	File     string   `arg:"" help:"A file of a backup: its records or its keys."`
	Identity []string `required:"" help:"File with an age identity that opens it."`
	JSON     bool     `help:"Print JSON."`
}

// Run reads one file to its end.
func (c *backupVerifyCmd) Run(t *terminal) error {
	ids, err := backup.Identities(c.Identity)
	if err != nil {
		return err
	}
	found, err := backup.Verify(c.File, ids)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(found)
	}
	rows := 0
	for _, n := range found.Rows {
		rows += n
	}
	t.say("%s is whole: %d rows (%s) of %d tables, from %s.", filepath.Base(c.File), rows, found.Holds, len(found.Rows), found.At.Format(time.RFC3339))
	return nil
}

type backupListCmd struct {
	Dir  string `arg:"" help:"Folder of backups."`
	JSON bool   `help:"Print JSON."`
}

// Run lists a folder.
func (c *backupListCmd) Run(t *terminal) error {
	all, err := backup.List(c.Dir)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(all)
	}
	for _, f := range all {
		words := "with its keys until " + f.Expires.Format(time.DateOnly)
		if f.Keys == "" {
			words = "WITHOUT its keys"
		}
		t.say("%s  %10d bytes  %s  %s", f.At.Format(time.RFC3339), f.Bytes, filepath.Base(f.File), words)
	}
	return nil
}

type backupRestoreCmd struct {
	storage
	From      string    `arg:"" help:"The file of records, or a folder of backups, of which the newest is taken."`
	At        time.Time `help:"With a folder: the newest backup from this moment or before it (RFC 3339)."`
	KeysFile  string    `name:"keys-file" help:"The file of keys; without it, the one beside the records."`
	Identity  []string  `required:"" help:"Files with the age identities that open records and keys."`
	Forgotten []string  `help:"Further lists of forgotten people, beside forgotten.txt in the folder of the backup."`
	JSON      bool      `help:"Print JSON."`
}

// Run brings a backup back.
func (c *backupRestoreCmd) Run(ctx context.Context, t *terminal) error {
	ids, err := backup.Identities(c.Identity)
	if err != nil {
		return err
	}
	from := backup.Source{File: c.From, Keys: c.KeysFile, Identities: ids, Forgotten: c.Forgotten}
	if info, err := os.Stat(c.From); err == nil && info.IsDir() {
		at := c.At
		if at.IsZero() {
			at = time.Now()
		}
		newest, err := backup.Before(c.From, at)
		if err != nil {
			return err
		}
		from.File = newest.File
	}
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	r, err := backup.Restore(ctx, d, from)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(r)
	}
	t.say("Everything from %s is back. %d keys of people forgotten since then were destroyed again.", r.At.Format(time.RFC3339), r.Forgotten)
	t.say("Look at it with: attune fsck")
	return nil
}

type backupIdentityCmd struct {
	Out  string `required:"" help:"New file for the identity. Keep it away from this machine."`
	JSON bool   `help:"Print JSON."`
}

// Run makes an identity and prints its public key.
func (c *backupIdentityCmd) Run(t *terminal) error {
	public, err := backup.NewIdentity(c.Out)
	if err != nil {
		return err
	}
	if c.JSON {
		return t.json(map[string]string{"recipient": public, "file": c.Out})
	}
	t.say("%s", public)
	return nil
}

type drillCmd struct {
	storage
	JSON bool `help:"Print JSON."`
}

// Run backs up, restores into a passing place and compares.
func (c *drillCmd) Run(ctx context.Context, t *terminal) error {
	d, err := c.open(ctx, nil)
	if err != nil {
		return err
	}
	defer d.Close() //nolint:errcheck // the process ends
	r, err := backup.Drill(ctx, d)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := t.json(r); err != nil {
			return err
		}
	} else {
		for _, p := range r.Practices {
			t.say("%s: %s, %d problems", p.Ref, map[bool]string{true: "the same", false: "NOT the same"}[p.Same], len(p.Problems))
		}
		t.say("%d rows, %d bytes; backed up in %v, restored in %v.", r.Rows, r.Bytes, r.BackedUp, r.Restored)
	}
	if !r.Well() {
		return errFound
	}
	return nil
}

// ownBackups are those that the serving program makes by itself.
type ownBackups struct {
	vault
	Every time.Duration `name:"backup-every" default:"24h" help:"How often to back up, where there is a folder for it." env:"ATTUNE_BACKUP_EVERY"`
}

// begin backs up as often as wished until what it returns is called, which waits for a backup that runs.
func (o ownBackups) begin(ctx context.Context, d *db.DB, log *slog.Logger) (end func(), err error) {
	if o.Dir == "" {
		return func() {}, nil
	}
	if o.Every < time.Minute {
		return nil, refuse("Backups once a minute are the most there can be: give --backup-every 1m or more.")
	}
	plan, err := o.plan()
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(min(o.Every, time.Minute) / 2)
		defer tick.Stop()
		for {
			o.once(ctx, d, plan, log)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() { stop(); <-done }, nil
}

// once makes a backup where one is due.
func (o ownBackups) once(ctx context.Context, d *db.DB, plan backup.Plan, log *slog.Logger) {
	due, err := backup.Due(ctx, d, o.Every)
	if err == nil && due {
		_, err = backup.Create(ctx, d, plan)
	}
	if err != nil && ctx.Err() == nil {
		log.Error("the backup did not work", "error", err)
	}
}
