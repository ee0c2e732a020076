package backup

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"attune/internal/db"
	"attune/internal/fault"

	"filippo.io/age"
)

// KeysKept is how long a file of keys is kept: what was forgotten can be brought back by nobody after it.
const KeysKept = 35 * 24 * time.Hour

// Plan says where backups go and who can open them. The records and the keys have recipients of their own, so that
// who opens one file alone reads nobody's words.
type Plan struct {
	Dir    string
	To     []age.Recipient
	KeysTo []age.Recipient
}

// Made is one backup: its two files, and what the first holds.
type Made struct {
	File  string    `json:"file"`
	Keys  string    `json:"keys"`
	At    time.Time `json:"at"`
	Bytes int64     `json:"bytes"`
	Rows  int       `json:"rows"`
}

// Create writes everything that all practices hold into two new files, as it was at one moment, while others go on
// writing: the rows as they lie in the database, and apart from them the wrapped keys. The root key is in neither.
// It also keeps the list of the forgotten beside them, removes files that are older than KeysKept, and remembers
// what became of it.
func Create(ctx context.Context, d *db.DB, p Plan) (Made, error) {
	m, err := create(ctx, d.ForAll(), p)
	return m, errors.Join(err, remember(context.WithoutCancel(ctx), d, m, err))
}

func create(ctx context.Context, d *db.DB, p Plan) (Made, error) {
	if err := p.check(); err != nil {
		return Made{}, err
	}
	if err := os.MkdirAll(p.Dir, 0o700); err != nil {
		return Made{}, fault.Invalid("", fmt.Sprintf("The folder for backups cannot be made: %v", err))
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails: it ends the program first
	var m Made
	var gone []forgotten
	err := d.View(ctx, func(tx *db.DB) error {
		schema, err := tx.SchemaVersion(ctx)
		if err != nil {
			return err
		}
		m.At = tx.Now()
		h := head{formatNumber, "data", hex.EncodeToString(id), schema, tx.Dialect(), m.At}
		base := filepath.Join(p.Dir, "backup-"+m.At.Format(stampForm))
		m.File, m.Keys = base+dataEnd, base+keysEnd
		if m.Rows, err = writeFile(ctx, tx, h, m.File, p.To); err != nil {
			return err
		}
		h.Holds = "keys"
		if _, err = writeFile(ctx, tx, h, m.Keys, p.KeysTo); err != nil {
			return errors.Join(err, os.Remove(m.File)) // one without the other is of no use
		}
		gone, err = forgottenIn(ctx, tx)
		return err
	})
	if err != nil {
		return Made{}, err
	}
	info, err := os.Stat(m.File)
	if err != nil {
		return m, err
	}
	m.Bytes = info.Size()
	return m, errors.Join(noteForgotten(p.Dir, gone...), expire(p.Dir, m.At))
}

func (p Plan) check() error {
	switch {
	case p.Dir == "":
		return fault.Invalid("", "Name the folder for backups.")
	case len(p.To) == 0 || len(p.KeysTo) == 0:
		return fault.Invalid("", "Name at least one recipient of the records and one of the keys (age1…).")
	}
	for _, to := range p.To {
		if slices.ContainsFunc(p.KeysTo, func(k age.Recipient) bool { return fmt.Sprint(k) == fmt.Sprint(to) }) {
			return fault.Invalid("", "Records and keys need recipients of their own: whoever holds one of the two files must not open the other with the same identity.")
		}
	}
	return nil
}

// writeFile writes one file under a passing name and gives it its own when all of it is on the disk.
func writeFile(ctx context.Context, tx *db.DB, h head, path string, to []age.Recipient) (rows int, err error) {
	tables, err := rawTables(h.Schema, h.Holds)
	if err != nil {
		return 0, err
	}
	err = writeSealed(path, to, func(out io.Writer) error {
		f := newFramer(out)
		if err := f.json(headFrame, h); err != nil {
			return err
		}
		for _, t := range tables {
			if err := writeRaw(ctx, tx, t, f); err != nil {
				return err
			}
		}
		rows = f.all
		return f.end()
	})
	return rows, err
}

// writeSealed has fn write a new file that only the recipients can open.
func writeSealed(path string, to []age.Recipient, fn func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fault.Invalid("", fmt.Sprintf("%s is there already: name another.", path))
	}
	passing := path + ".part"
	file, err := os.OpenFile(passing, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(passing))
		}
	}()
	sealed, err := age.Encrypt(file, to...)
	if err != nil {
		return errors.Join(err, file.Close())
	}
	if err := errors.Join(fn(sealed), sealed.Close(), file.Sync(), file.Close()); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	if err := os.Rename(passing, path); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Recipients reads who may open a file: age public keys (age1…), or paths of files with one in each line.
func Recipients(texts []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, text := range texts {
		lines := text
		if !strings.HasPrefix(text, "age1") {
			b, err := os.ReadFile(text)
			if err != nil {
				return nil, fault.Invalid("", fmt.Sprintf("%q is neither an age public key (age1…) nor a file of them that can be read.", text))
			}
			lines = string(b)
		}
		found, err := age.ParseRecipients(strings.NewReader(lines))
		if err != nil {
			return nil, fault.Invalid("", fmt.Sprintf("The recipient %q is no age public key (age1…).", text))
		}
		all = append(all, found...)
	}
	return all, nil
}

// Identities reads the age identities that open files, from files with one in each line.
func Identities(paths []string) ([]age.Identity, error) {
	var all []age.Identity
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			return nil, fault.Invalid("", fmt.Sprintf("The identity file cannot be read: %v.", err))
		}
		found, err := age.ParseIdentities(strings.NewReader(string(b)))
		if err != nil {
			return nil, fault.Invalid("", fmt.Sprintf("%s holds no age identity (AGE-SECRET-KEY-…).", path))
		}
		all = append(all, found...)
	}
	return all, nil
}

// NewIdentity writes a new age identity to a new file that only its owner may read, and returns its public key.
func NewIdentity(path string) (string, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", fault.Invalid("", fmt.Sprintf("The identity file cannot be made: %v.", err))
	}
	_, err = fmt.Fprintf(file, "# public key: %s\n%s\n", identity.Recipient(), identity)
	return identity.Recipient().String(), errors.Join(err, file.Sync(), file.Close())
}
