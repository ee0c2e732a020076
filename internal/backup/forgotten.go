package backup

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"attune/internal/db"
	"attune/internal/fault"
)

// forgotten is an owner whose key was destroyed.
type forgotten struct {
	practice, owner string
	at              time.Time
}

// forgottenName is the list of the forgotten beside the backups: ids alone, so that it needs no key, and whoever
// restores an older backup from there forgets them again.
const forgottenName = "forgotten.txt"

func (f forgotten) line() string {
	return f.practice + " " + f.owner + " " + f.at.UTC().Format(time.RFC3339)
}

func forgottenIn(ctx context.Context, tx *db.DB) ([]forgotten, error) {
	var all []forgotten
	err := tx.Each(ctx, `SELECT practice_id, owner_id, at FROM seal_shred ORDER BY practice_id, owner_id`, nil, func(scan func(...any) error) error {
		var f forgotten
		err := scan(&f.practice, &f.owner, &f.at)
		all = append(all, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the list of the forgotten: %w", err)
	}
	return all, nil
}

// readForgotten reads a list; none is an empty one where it may be missing.
func readForgotten(path string, may bool) ([]forgotten, error) {
	file, err := os.Open(path)
	if may && errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.Invalid("", fmt.Sprintf("The list of the forgotten cannot be read: %v.", err))
	}
	defer file.Close() //nolint:errcheck // it was only read
	var all []forgotten
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		parts := strings.Fields(lines.Text())
		if len(parts) == 0 {
			continue
		}
		at, err := time.Parse(time.RFC3339, parts[len(parts)-1])
		if len(parts) != 3 || err != nil {
			return nil, fault.Invalid("", fmt.Sprintf("%s is no list of the forgotten: each line has a practice, an owner and a time.", path))
		}
		all = append(all, forgotten{parts[0], parts[1], at})
	}
	return all, lines.Err()
}

// noteForgotten adds to the list in a folder whoever is not on it yet.
func noteForgotten(dir string, more ...forgotten) error {
	path := filepath.Join(dir, forgottenName)
	there, err := readForgotten(path, true)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, f := range more {
		known := slices.ContainsFunc(there, func(o forgotten) bool { return o.practice == f.practice && o.owner == f.owner })
		if !known {
			text.WriteString(f.line() + "\n")
		}
	}
	if text.Len() == 0 {
		return nil
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("keep the list of the forgotten: %w", err)
	}
	_, err = file.WriteString(text.String())
	if err := errors.Join(err, file.Sync(), file.Close(), syncFolder(dir)); err != nil {
		return fmt.Errorf("keep the list of the forgotten: %w", err)
	}
	return nil
}
