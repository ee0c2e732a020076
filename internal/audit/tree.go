package audit

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"attune/internal/db"

	"golang.org/x/mod/sumdb/tlog"
)

// Leaf is one entry of the log as it is kept.
type Leaf struct {
	ID       string
	At       time.Time
	ActorID  string
	Role     string
	Via      string
	Deed     Deed
	Class    string
	ClientID string
	Type     string
	Object   string
	Why      string
	Salt     []byte
	Seq      int64 // its place in the tree; -1 until the sequencer has been
}

const leafColumns = `id, at, actor_id, actor_role, via, deed, class, client_id, object_type, object_id, why, salt, COALESCE(seq, -1)`

func scanLeaf(scan func(...any) error) (Leaf, error) {
	var l Leaf
	err := scan(&l.ID, &l.At, &l.ActorID, &l.Role, &l.Via, &l.Deed, &l.Class, &l.ClientID, &l.Type, &l.Object, &l.Why, &l.Salt, &l.Seq)
	return l, err
}

// record is the leaf as the tree hashes it: every field with its length before
// it, so that no two leaves read the same.
func (l Leaf) record() []byte {
	var b []byte
	at := binary.BigEndian.AppendUint64(nil, uint64(l.At.UnixMicro()))
	for _, field := range [][]byte{[]byte(l.ID), at, []byte(l.ActorID), []byte(l.Role), []byte(l.Via), []byte(l.Deed),
		[]byte(l.Class), []byte(l.ClientID), []byte(l.Type), []byte(l.Object), []byte(l.Why), l.Salt} {
		b = binary.AppendUvarint(b, uint64(len(field)))
		b = append(b, field...)
	}
	return b
}

// Checkpoint is the signed state of a practice's log: what it was at one moment,
// provably, when it is also kept in a second place.
type Checkpoint struct {
	Practice  string    `json:"practice"`
	Size      int64     `json:"size"`
	Root      tlog.Hash `json:"root"`
	At        time.Time `json:"at"`
	Signature []byte    `json:"signature"`
}

func (c Checkpoint) text() []byte {
	return fmt.Appendf(nil, "attune audit checkpoint\n%s\n%d\n%s\n%d\n", c.Practice, c.Size, base64.StdEncoding.EncodeToString(c.Root[:]), c.At.UnixMicro())
}

// signer is the key that signs a practice's checkpoints. It comes from the root
// key, which no database and no backup holds.
func signer(root []byte, practice string) (ed25519.PrivateKey, error) {
	seed, err := hkdf.Key(sha256.New, root, nil, "attune audit signer "+practice, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("derive the audit key: %w", err)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// batch is how many leaves one transaction of the sequencer takes.
const batch = 1000

// Sequence folds new leaves into the practice's tree, in the order of their
// time, and signs a checkpoint where there were any. Deeds never wait for it.
func Sequence(ctx context.Context, d *db.DB) (Checkpoint, error) {
	var last Checkpoint
	for {
		n, c, err := sequence(ctx, d)
		if err != nil {
			return last, err
		}
		if n > 0 {
			last = c
		}
		if n < batch {
			return last, nil
		}
	}
}

func sequence(ctx context.Context, d *db.DB) (n int, c Checkpoint, err error) {
	err = d.InTx(ctx, func(tx *db.DB) error {
		if err := tx.Lock("audit tree of " + tx.PracticeID()); err != nil {
			return err
		}
		fresh, err := leaves(ctx, tx, `seq IS NULL ORDER BY at, id LIMIT $2`, batch)
		if err != nil || len(fresh) == 0 {
			n = 0
			return err
		}
		n = len(fresh)
		size, err := sizeOf(ctx, tx)
		if err != nil {
			return err
		}
		if err := grow(ctx, tx, size, fresh); err != nil {
			return err
		}
		c, err = sign(ctx, tx, size+int64(n))
		return err
	})
	return n, c, err
}

func leaves(ctx context.Context, tx *db.DB, where string, args ...any) ([]Leaf, error) {
	var all []Leaf
	err := tx.Each(ctx, `SELECT `+leafColumns+` FROM audit_leaf WHERE practice_id = $1 AND `+where,
		append([]any{tx.PracticeID()}, args...), func(scan func(...any) error) error {
			l, err := scanLeaf(scan)
			all = append(all, l)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read audit leaves: %w", err)
	}
	return all, nil
}

func sizeOf(ctx context.Context, tx *db.DB) (int64, error) {
	var size int64
	err := tx.Row(ctx, `SELECT COALESCE(MAX(seq), -1) + 1 FROM audit_leaf WHERE practice_id = $1`, tx.PracticeID()).Scan(&size)
	if err != nil {
		return 0, fmt.Errorf("read the size of the audit tree: %w", err)
	}
	return size, nil
}

func grow(ctx context.Context, tx *db.DB, size int64, fresh []Leaf) error {
	hashes := &stored{ctx: ctx, tx: tx, known: map[int64]tlog.Hash{}}
	for i, l := range fresh {
		seq := size + int64(i)
		added, err := tlog.StoredHashes(seq, l.record(), hashes)
		if err != nil {
			return fmt.Errorf("hash audit leaf %s: %w", l.ID, err)
		}
		first := tlog.StoredHashIndex(0, seq)
		for k, h := range added {
			hashes.known[first+int64(k)] = h
			_, err := tx.Exec(ctx, `INSERT INTO audit_hash (practice_id, n, hash) VALUES ($1, $2, $3)`,
				tx.PracticeID(), first+int64(k), h[:])
			if err != nil {
				return fmt.Errorf("keep an audit hash: %w", err)
			}
		}
		_, err = tx.Exec(ctx, `UPDATE audit_leaf SET seq = $3 WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), l.ID, seq)
		if err != nil {
			return fmt.Errorf("place audit leaf %s: %w", l.ID, err)
		}
	}
	return nil
}

// stored reads the tree's hashes, for tlog.
type stored struct {
	ctx   context.Context
	tx    *db.DB
	known map[int64]tlog.Hash
}

// ReadHashes implements tlog.HashReader.
func (s *stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if h, ok := s.known[n]; ok {
			out[i] = h
			continue
		}
		var hash []byte
		err := s.tx.Row(s.ctx, `SELECT hash FROM audit_hash WHERE practice_id = $1 AND n = $2`, s.tx.PracticeID(), n).Scan(&hash)
		if err != nil {
			return nil, fmt.Errorf("read audit hash %d: %w", n, err)
		}
		if len(hash) != tlog.HashSize {
			return nil, fmt.Errorf("audit hash %d has %d bytes", n, len(hash))
		}
		copy(out[i][:], hash)
		s.known[n] = out[i]
	}
	return out, nil
}

func sign(ctx context.Context, tx *db.DB, size int64) (Checkpoint, error) {
	root, err := tlog.TreeHash(size, &stored{ctx: ctx, tx: tx, known: map[int64]tlog.Hash{}})
	if err != nil {
		return Checkpoint{}, fmt.Errorf("hash the audit tree: %w", err)
	}
	c := Checkpoint{Practice: tx.PracticeID(), Size: size, Root: root, At: tx.Now()}
	key, err := signer(tx.Root(), c.Practice)
	if err != nil {
		return c, err
	}
	c.Signature = ed25519.Sign(key, c.text())
	_, err = tx.Exec(ctx, `
		INSERT INTO audit_checkpoint (practice_id, size, root, signature, at) VALUES ($1, $2, $3, $4, $5)`,
		c.Practice, c.Size, c.Root[:], c.Signature, c.At)
	if err != nil {
		return c, fmt.Errorf("keep an audit checkpoint: %w", err)
	}
	return c, nil
}

// Finding is one thing that is wrong with a log.
type Finding struct {
	Seq  int64  `json:"seq"`
	What string `json:"what"`
}

// Report is what verifying a log found.
type Report struct {
	Practice string    `json:"practice"`
	Leaves   int64     `json:"leaves"`
	Waiting  int64     `json:"waiting"` // not in the tree yet
	Last     time.Time `json:"last_checkpoint"`
	Findings []Finding `json:"findings"`
}

// Verify reads the whole log of a practice and holds it against its tree, its
// checkpoints, and a checkpoint from a second place where one is given.
func Verify(ctx context.Context, d *db.DB, outside *Checkpoint) (Report, error) {
	r := Report{Practice: d.PracticeID(), Findings: []Finding{}}
	err := d.View(ctx, func(tx *db.DB) error {
		r = Report{Practice: d.PracticeID(), Findings: []Finding{}}
		points, err := checkpoints(ctx, tx)
		if err != nil {
			return err
		}
		if outside != nil {
			points = append(points, *outside)
		}
		v := &verifier{report: &r, tree: newTree(), stored: map[int64]tlog.Hash{}, points: points}
		if err := v.loadHashes(ctx, tx); err != nil {
			return err
		}
		err = tx.Each(ctx, `SELECT `+leafColumns+` FROM audit_leaf WHERE practice_id = $1 AND seq IS NOT NULL ORDER BY seq`,
			[]any{tx.PracticeID()}, func(scan func(...any) error) error {
				l, err := scanLeaf(scan)
				if err != nil {
					return err
				}
				v.leaf(l)
				return nil
			})
		if err != nil {
			return fmt.Errorf("read the audit log: %w", err)
		}
		if err := v.checkpoints(tx); err != nil {
			return err
		}
		return tx.Row(ctx, `SELECT COUNT(*) FROM audit_leaf WHERE practice_id = $1 AND seq IS NULL`, tx.PracticeID()).Scan(&r.Waiting)
	})
	return r, err
}

func checkpoints(ctx context.Context, tx *db.DB) ([]Checkpoint, error) {
	var all []Checkpoint
	err := tx.Each(ctx, `SELECT size, root, signature, at FROM audit_checkpoint WHERE practice_id = $1 ORDER BY size`,
		[]any{tx.PracticeID()}, func(scan func(...any) error) error {
			c := Checkpoint{Practice: tx.PracticeID()}
			var root []byte
			if err := scan(&c.Size, &root, &c.Signature, &c.At); err != nil {
				return err
			}
			copy(c.Root[:], root)
			all = append(all, c)
			return nil
		})
	return all, err
}

// Newest is the newest checkpoint of the practice, to be kept in a second place; false where there is none.
func Newest(ctx context.Context, d *db.DB) (Checkpoint, bool, error) {
	var all []Checkpoint
	err := d.View(ctx, func(tx *db.DB) (err error) { all, err = checkpoints(ctx, tx); return err })
	if err != nil || len(all) == 0 {
		return Checkpoint{}, false, err
	}
	return all[len(all)-1], true, nil
}

// verifier builds the tree anew from the leaves and compares.
type verifier struct {
	report *Report
	tree   *tree
	stored map[int64]tlog.Hash
	points []Checkpoint
}

// tree is an RFC 6962 tree that is only appended to.
type tree struct{ hashes []tlog.Hash }

func newTree() *tree { return &tree{} }

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, n := range indexes {
		if n >= int64(len(t.hashes)) {
			return nil, errors.New("there is no such hash")
		}
		out[i] = t.hashes[n]
	}
	return out, nil
}

func (v *verifier) loadHashes(ctx context.Context, tx *db.DB) error {
	return tx.Each(ctx, `SELECT n, hash FROM audit_hash WHERE practice_id = $1`, []any{tx.PracticeID()}, func(scan func(...any) error) error {
		var n int64
		var hash []byte
		if err := scan(&n, &hash); err != nil {
			return err
		}
		var h tlog.Hash
		copy(h[:], hash)
		v.stored[n] = h
		return nil
	})
}

func (v *verifier) find(seq int64, what string) {
	v.report.Findings = append(v.report.Findings, Finding{seq, what})
}

func (v *verifier) leaf(l Leaf) {
	seq := v.report.Leaves
	if l.Seq != seq {
		v.find(seq, "an entry is missing or doubled here")
	}
	added, err := tlog.StoredHashes(seq, l.record(), v.tree)
	if err != nil {
		v.find(seq, "the tree cannot be built here")
		return
	}
	first := tlog.StoredHashIndex(0, seq)
	for k, h := range added {
		if kept, ok := v.stored[first+int64(k)]; !ok || kept != h {
			v.find(seq, "the entry is not the one that was kept here")
			break
		}
	}
	v.tree.hashes = append(v.tree.hashes, added...)
	v.report.Leaves++
}

// checkpoints holds every checkpoint against the tree and its signature.
func (v *verifier) checkpoints(tx *db.DB) error {
	key, err := signer(tx.Root(), tx.PracticeID())
	if err != nil {
		return err
	}
	public := key.Public().(ed25519.PublicKey)
	for _, c := range v.points {
		if c.Practice != tx.PracticeID() || !ed25519.Verify(public, c.text(), c.Signature) {
			v.find(c.Size, "a checkpoint is not signed by this practice's key")
			continue
		}
		if c.Size > v.report.Leaves {
			v.find(c.Size, "the log is shorter than a checkpoint says: it was cut or rolled back")
			continue
		}
		root, err := tlog.TreeHash(c.Size, v.tree)
		if err != nil || !bytes.Equal(root[:], c.Root[:]) {
			v.find(c.Size, "the log is not the one that a checkpoint signed")
		}
		if c.At.After(v.report.Last) {
			v.report.Last = c.At
		}
	}
	if v.report.Leaves > 0 && len(v.points) == 0 {
		v.find(0, "there is no checkpoint")
	}
	if n := int64(len(v.points)); n > 0 && v.points[n-1].Size < v.report.Leaves {
		v.find(v.report.Leaves, "entries follow the last checkpoint unsigned")
	}
	return nil
}
