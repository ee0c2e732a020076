package backup

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"

	"filippo.io/age"
)

var errNoExport = fault.Invalid("", "This is no whole export of a practice: it is damaged, cut short or was changed.")

// Import takes a practice in from an export: all of it or nothing, under new keys, into a migrated database of either
// kind that does not have it yet. The hash of what came in must be that of what went out.
func Import(ctx context.Context, d *db.DB, from string, identities []age.Identity) (Manifest, error) {
	m, err := verifyExport(from, identities)
	if err != nil {
		return m, err
	}
	ordered, err := inOrder()
	if err != nil {
		return m, err
	}
	d = d.For(m.Practice)
	err = d.InTx(ctx, func(tx *db.DB) error {
		i := importer{ctx: ctx, tx: tx, made: map[string]db.Table{}, owners: map[seal.OwnerID]seal.Kind{}, keys: map[seal.OwnerID]seal.Key{}}
		if err := i.begin(); err != nil {
			return err
		}
		if err := eachTable(from, identities, ordered, i.fill); err != nil {
			return err
		}
		if err := i.makeKeys(); err != nil {
			return err
		}
		if err := eachTable(from, identities, ordered, i.seal); err != nil {
			return err
		}
		return i.finish(m, from, identities)
	})
	if err != nil {
		return m, err
	}
	_, err = audit.Sequence(ctx, d)
	return m, err
}

// eachFile calls fn for every file of an export, in the order in which it was written.
func eachFile(from string, identities []age.Identity, ordered []table, fn func(name string, in io.Reader) error) error {
	info, err := os.Stat(from)
	if err != nil {
		return fault.Invalid("", fmt.Sprintf("The export cannot be read: %v.", err))
	}
	if !info.IsDir() {
		return readSealed(from, identities, func(in io.Reader) error {
			files := tar.NewReader(in)
			for {
				h, err := files.Next()
				if errors.Is(err, io.EOF) {
					_, err := io.Copy(io.Discard, in) // to its end, which is sealed too
					return damagedAs(err)
				}
				if err != nil {
					return errDamaged
				}
				if err := fn(h.Name, files); err != nil {
					return err
				}
			}
		})
	}
	names := []string{"hosts.txt", "manifest.json"}
	for _, t := range ordered {
		names = append(names, rowsName(t))
	}
	for _, name := range names {
		b, err := os.Open(filepath.Join(from, filepath.FromSlash(name)))
		if err != nil {
			return errNoExport
		}
		if err := errors.Join(fn(name, b), b.Close()); err != nil {
			return err
		}
	}
	return nil
}

func damagedAs(err error) error {
	if err != nil {
		return errDamaged
	}
	return nil
}

// verifyExport reads all files and holds them against the sums in the manifest.
func verifyExport(from string, identities []age.Identity) (Manifest, error) {
	var m Manifest
	ordered, err := inOrder()
	if err != nil {
		return m, err
	}
	sums := map[string]string{}
	err = eachFile(from, identities, ordered, func(name string, in io.Reader) error {
		if name == "manifest.json" {
			return notWhole(json.NewDecoder(in).Decode(&m))
		}
		sum := sha256.New()
		if _, err := io.Copy(sum, in); err != nil {
			return errDamaged
		}
		if table, ok := strings.CutPrefix(name, "tables/"); ok {
			sums[strings.TrimSuffix(table, ".jsonl")] = hex.EncodeToString(sum.Sum(nil))
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	if m.Format != exportNumber || m.Practice == "" || len(m.Sums) != len(ordered) {
		return m, errNoExport
	}
	for name, sum := range m.Sums {
		if sums[name] != sum {
			return m, errNoExport
		}
	}
	return m, nil
}

func notWhole(err error) error {
	if err != nil {
		return errNoExport
	}
	return nil
}

// eachTable calls fn for the rows of every table, in the order of the tables.
func eachTable(from string, identities []age.Identity, ordered []table, fn func(t table, line map[string]json.RawMessage) error) error {
	next := 0
	return eachFile(from, identities, ordered, func(name string, in io.Reader) error {
		if next >= len(ordered) || name != rowsName(ordered[next]) {
			return nil
		}
		t := ordered[next]
		next++
		lines := bufio.NewReader(in)
		for {
			text, err := lines.ReadBytes('\n')
			if errors.Is(err, io.EOF) && len(text) == 0 {
				return nil
			}
			var line map[string]json.RawMessage
			if err != nil || json.Unmarshal(text, &line) != nil || len(line) != len(t.plain)+len(t.sealed) {
				return errNoExport
			}
			if err := fn(t, line); err != nil {
				return err
			}
		}
	})
}

// importer takes one practice in, inside one transaction.
type importer struct {
	ctx    context.Context
	tx     *db.DB
	made   map[string]db.Table
	owners map[seal.OwnerID]seal.Kind
	keys   map[seal.OwnerID]seal.Key
}

func (i *importer) begin() error {
	there := 0
	if err := i.tx.Row(i.ctx, `SELECT COUNT(*) FROM practice WHERE practice_id = $1`, i.tx.PracticeID()).Scan(&there); err != nil {
		return err
	}
	if there > 0 {
		return fault.Invalid("", "This practice is in this database already: import it into another one.")
	}
	version, err := i.tx.SchemaVersion(i.ctx)
	if err != nil {
		return err
	}
	all, err := db.Tables(version)
	for _, t := range all {
		i.made[t.Name] = t
	}
	return err
}

// fill keeps a row with nothing in its sealed columns: whose key seals them shows only when all rows are there.
func (i *importer) fill(t table, line map[string]json.RawMessage) error {
	made := i.made[t.name]
	var names, marks []string
	var values []any
	for _, c := range made.Columns {
		v, err := i.first(t, c, line)
		if err != nil {
			return err
		}
		names, values = append(names, c.Name), append(values, v)
		marks = append(marks, fmt.Sprintf("$%d", len(values)))
	}
	_, err := i.tx.Exec(i.ctx, fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", t.name, strings.Join(names, ", "), strings.Join(marks, ", ")), values...)
	if err != nil {
		return fmt.Errorf("take in %s: %w", t.name, err)
	}
	if key := textOf(line["key_id"]); key != "" {
		i.owners[seal.OwnerID(key)] = map[bool]seal.Kind{true: seal.Course, false: seal.Person}[t.name == "course"]
	}
	return nil
}

// first is what a column begins with.
func (i *importer) first(t table, c db.Column, line map[string]json.RawMessage) (any, error) {
	for _, p := range t.plain {
		if p.name == c.Name {
			return plainValue(p, line[p.name])
		}
	}
	switch {
	case c.Name == "practice_id":
		return i.tx.PracticeID(), nil
	case c.Name == "created_at":
		return i.tx.Now(), nil
	case t.name == "practice" && c.Name == "state":
		return "active", nil
	case c.Null:
		return nil, nil
	}
	return map[string]any{"BIGINT": int64(0), "BOOLEAN": false, "DOUBLE PRECISION": 0.0, "BYTEA": []byte{}, "TEXT": ""}[c.Type], nil
}

func plainValue(c column, text json.RawMessage) (any, error) {
	if bytes.Equal(text, []byte("null")) {
		return nil, nil
	}
	var dest any
	switch c.kind {
	case number:
		dest = new(*int64)
	case truth:
		dest = new(*bool)
	case real:
		dest = new(*float64)
	default:
		dest = new(*string)
	}
	if json.Unmarshal(text, dest) != nil {
		return nil, errNoExport
	}
	return value(dest), nil
}

// makeKeys gives the practice, and everyone whose key a row names, new keys.
func (i *importer) makeKeys() error {
	if _, err := seal.Begin(i.ctx, i.tx); err != nil {
		return err
	}
	for owner, kind := range i.owners {
		key, err := seal.NewOwner(i.ctx, i.tx, kind, owner)
		if err != nil {
			return err
		}
		i.keys[owner] = key
	}
	return nil
}

// seal seals the columns of a row that is there.
func (i *importer) seal(t table, line map[string]json.RawMessage) error {
	where, args := "", []any{i.tx.PracticeID()}
	for _, name := range t.key {
		for _, p := range t.plain {
			if p.name != name {
				continue
			}
			v, err := plainValue(p, line[name])
			if err != nil {
				return err
			}
			args = append(args, v)
			where += fmt.Sprintf(" AND x.%s = $%d", name, len(args))
		}
	}
	for _, s := range t.sealed {
		if text := line[s.name]; !bytes.Equal(text, []byte("null")) {
			if err := i.sealOne(t, s, text, where, args); err != nil {
				return err
			}
		}
	}
	return nil
}

func (i *importer) sealOne(t table, s sealedColumn, text json.RawMessage, where string, args []any) error {
	owner := s.owner
	if owner == "" {
		owner = "x.practice_id"
	}
	var whose seal.OwnerID
	at := seal.Place{Table: t.name, Column: s.name}
	err := i.tx.Row(i.ctx, "SELECT "+owner+", "+s.row+" FROM "+t.name+" x WHERE x.practice_id = $1"+where, args...).Scan(&whose, &at.Row)
	if err != nil {
		return fmt.Errorf("find whose %s it is: %w", t.name, err)
	}
	key, ok := i.keys[whose]
	if s.owner == "" {
		key, err = seal.Practice(i.ctx, i.tx)
		ok = err == nil
	}
	if !ok {
		return errors.Join(err, errNoExport)
	}
	words := textOf(text)
	if text[0] != '"' {
		words = string(text)
	}
	where = strings.ReplaceAll(where, " x.", " ")
	_, err = i.tx.Exec(i.ctx, fmt.Sprintf("UPDATE %s SET %s = $%d WHERE practice_id = $1%s", t.name, s.name, len(args)+1, where),
		append(args[:len(args):len(args)], key.Seal(at, words))...)
	if err != nil {
		return fmt.Errorf("seal %s: %w", t.name, err)
	}
	if t.name == "client" {
		var about practice.About
		if json.Unmarshal([]byte(words), &about) != nil {
			return errNoExport
		}
		return seal.IndexName(i.ctx, i.tx, whose, about.Name)
	}
	return nil
}

func textOf(text json.RawMessage) string {
	var s string
	if json.Unmarshal(text, &s) != nil {
		return ""
	}
	return s
}

// finish makes the digests, keeps the hosts, and holds what came in against what went out.
func (i *importer) finish(m Manifest, from string, identities []age.Identity) error {
	for _, g := range digests {
		if err := g.renew(i.ctx, i.tx, ""); err != nil {
			return err
		}
	}
	err := eachFile(from, identities, nil, func(name string, in io.Reader) error {
		if name != "hosts.txt" {
			return nil
		}
		hosts, err := io.ReadAll(in)
		if err != nil {
			return errDamaged
		}
		for _, host := range strings.Fields(string(hosts)) {
			if _, err := i.tx.Exec(i.ctx, `INSERT INTO practice_host (host, practice_id) VALUES ($1, $2)`, host, m.Practice); err != nil {
				return fmt.Errorf("keep host %s: %w", host, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	state, err := Hash(i.ctx, i.tx)
	if err != nil {
		return err
	}
	if state.Hash != m.Hash {
		return errNoExport
	}
	if err := schedule.RemindAll(i.ctx, i.tx); err != nil {
		return err
	}
	return audit.Record(i.ctx, i.tx, access.OfProgram(m.Practice), audit.Imported,
		audit.Subject{Right: access.WriteSettings, Type: "practice", ID: m.Practice, Why: "role in the practice"})
}
