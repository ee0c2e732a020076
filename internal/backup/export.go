package backup

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"

	"filippo.io/age"
)

// exportNumber is the number of the export's format: docs/export.md.
const exportNumber = 1

// Manifest says what an export holds.
type Manifest struct {
	Format   int               `json:"format"`
	Practice string            `json:"practice"` // its id
	Ref      string            `json:"ref"`
	At       time.Time         `json:"at"`
	Hash     string            `json:"statehash"`
	Rows     map[string]int    `json:"rows"`
	Sums     map[string]string `json:"sha256"` // of each file of rows
}

// Export writes everything that a practice holds, opened, in open formats: a folder of plain files where nobody is
// named to open it, and else one file that only they can open. It is written at one moment, while others go on.
func Export(ctx context.Context, d *db.DB, out string, to []age.Recipient) (Manifest, error) {
	var m Manifest
	write := func(w writer) error {
		return d.View(ctx, func(tx *db.DB) (err error) {
			m, err = export(ctx, tx, w)
			return err
		})
	}
	if err := refuseThere(out); err != nil {
		return m, err
	}
	var err error
	if len(to) > 0 {
		err = writeSealed(out, to, func(file io.Writer) error {
			t := tar.NewWriter(file)
			return errors.Join(write(tarWriter{t, d.Now()}), t.Close())
		})
	} else if err = os.Mkdir(out, 0o700); err == nil {
		err = write(folderWriter{out})
	}
	if err != nil {
		return m, fmt.Errorf("export: %w", err)
	}
	return m, d.InTx(ctx, func(tx *db.DB) error {
		return audit.Record(ctx, tx, access.OfProgram(tx.PracticeID()), audit.Downloaded,
			audit.Subject{Right: access.WriteSettings, Type: "export", Why: "role in the practice"})
	})
}

func refuseThere(out string) error {
	if _, err := os.Lstat(out); err == nil {
		return fault.Invalid("", fmt.Sprintf("%s is there already: name another.", out))
	}
	return nil
}

// writer takes the files of an export. fill may be called twice and writes the same each time.
type writer interface {
	file(name string, fill func(io.Writer) error) error
}

type folderWriter struct{ dir string }

func (f folderWriter) file(name string, fill func(io.Writer) error) error {
	target := filepath.Join(f.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriter(file)
	return errors.Join(fill(buffered), buffered.Flush(), file.Sync(), file.Close())
}

// tarWriter writes every file twice, the first time only to learn its length.
type tarWriter struct {
	to *tar.Writer
	at time.Time
}

func (t tarWriter) file(name string, fill func(io.Writer) error) error {
	var n counter
	if err := fill(&n); err != nil {
		return err
	}
	if err := t.to.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(n), ModTime: t.at}); err != nil {
		return err
	}
	return fill(t.to)
}

type counter int64

// Write implements io.Writer and only counts.
func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

func export(ctx context.Context, tx *db.DB, w writer) (Manifest, error) {
	state, err := Hash(ctx, tx)
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{exportNumber, tx.PracticeID(), state.Ref, tx.Now(), state.Hash, map[string]int{}, map[string]string{}}
	ordered, err := inOrder()
	if err != nil {
		return m, err
	}
	for _, t := range ordered {
		sum := sha256.New()
		err := w.file(rowsName(t), func(out io.Writer) error {
			sum.Reset()
			n := 0
			err := readTable(ctx, tx, t, func(r row) error {
				n++
				return writeRow(io.MultiWriter(out, sum), t, r)
			})
			m.Rows[t.name] = n
			return err
		})
		if err != nil {
			return m, err
		}
		m.Sums[t.name] = hex.EncodeToString(sum.Sum(nil))
	}
	for _, part := range []func(context.Context, *db.DB, writer) error{exportHosts, exportLog, exportLists, exportRecords} {
		if err := part(ctx, tx, w); err != nil {
			return m, err
		}
	}
	return m, w.file("manifest.json", func(out io.Writer) error {
		text, err := json.MarshalIndent(m, "", "  ")
		if err != nil {
			return err
		}
		_, err = out.Write(append(text, '\n'))
		return err
	})
}

func rowsName(t table) string { return path.Join("tables", t.name+".jsonl") }

// inOrder are the tables in the order in which they can be filled.
func inOrder() ([]table, error) {
	version, err := db.Schema()
	if err != nil {
		return nil, err
	}
	all, err := db.Tables(version)
	if err != nil {
		return nil, err
	}
	var ordered []table
	for _, made := range all {
		for _, t := range tables {
			if t.name == made.Name {
				ordered = append(ordered, t)
			}
		}
	}
	return ordered, nil
}

// writeRow writes a row as one line of JSON, its columns in the order of the table. What was sealed stands opened:
// as it is where it is a JSON object or list, and else as a text.
func writeRow(out io.Writer, t table, r row) error {
	line := []byte{'{'}
	add := func(name string, v any) error {
		text, err := plainJSON(v)
		if err != nil {
			return err
		}
		if len(line) > 1 {
			line = append(line, ',')
		}
		line = append(append(append(append(line, '"'), name...), '"', ':'), text...)
		return nil
	}
	for i, c := range t.plain {
		if err := add(c.name, r.values[i]); err != nil {
			return err
		}
	}
	for i, s := range t.sealed {
		var v any
		if text := r.opened[i]; text != nil {
			v = *text
			if nested(*text) {
				v = json.RawMessage(*text)
			}
		}
		if err := add(s.name, v); err != nil {
			return err
		}
	}
	_, err := out.Write(append(line, '}', '\n'))
	return err
}

func nested(text string) bool {
	return (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && json.Valid([]byte(text))
}

// plainJSON is JSON without the detours that only HTML needs.
func plainJSON(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return []byte(strings.TrimSuffix(b.String(), "\n")), nil
}

func exportHosts(ctx context.Context, tx *db.DB, w writer) error {
	var hosts []string
	err := tx.Each(ctx, `SELECT host FROM practice_host WHERE practice_id = $1 ORDER BY host`, []any{tx.PracticeID()}, func(scan func(...any) error) error {
		var host string
		err := scan(&host)
		hosts = append(hosts, host+"\n")
		return err
	})
	if err != nil {
		return err
	}
	return w.file("hosts.txt", func(out io.Writer) error {
		_, err := io.WriteString(out, strings.Join(hosts, ""))
		return err
	})
}

// exportLog writes the audit log to be read; an import does not take it over, since its tree is of one installation.
func exportLog(ctx context.Context, tx *db.DB, w writer) error {
	return w.file("audit.jsonl", func(out io.Writer) error {
		return tx.Each(ctx, `
			SELECT at, actor_id, actor_role, via, deed, class, client_id, object_type, object_id, why FROM audit_leaf
			WHERE practice_id = $1 ORDER BY at, id`, []any{tx.PracticeID()}, func(scan func(...any) error) error {
			var l struct {
				At     time.Time `json:"at"`
				Actor  string    `json:"actor"`
				Role   string    `json:"role"`
				Via    string    `json:"via"`
				Deed   string    `json:"deed"`
				Class  string    `json:"class"`
				Client string    `json:"client"`
				Type   string    `json:"object_type"`
				Object string    `json:"object"`
				Why    string    `json:"why"`
			}
			if err := scan(&l.At, &l.Actor, &l.Role, &l.Via, &l.Deed, &l.Class, &l.Client, &l.Type, &l.Object, &l.Why); err != nil {
				return err
			}
			return json.NewEncoder(out).Encode(l)
		})
	})
}
