package seal

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"

	"attune/internal/db"
)

const (
	rootVersion  = 1 // of the root key, of which there is one
	firstVersion = 1 // of any other key
)

var errNoPractice = errors.New("the database handle is not narrowed to one practice")

// Begin makes the practice's own key, once, when the practice is made.
func Begin(ctx context.Context, tx *db.DB) (Key, error) {
	practice := OwnerID(tx.PracticeID())
	if practice == "" {
		return Key{}, errNoPractice
	}
	wrapper, err := rootWrapper(tx.Root())
	if err != nil {
		return Key{}, err
	}
	made := fresh(tx, practice, firstVersion)
	if err := keep(ctx, tx, made, ofPractice, rootVersion, wrapper); err != nil {
		return Key{}, fmt.Errorf("make the key of practice %s: %w", practice, err)
	}
	return held(made), nil
}

// Practice opens the practice's own key: for its staff, its settings, and what belongs to no client.
func Practice(ctx context.Context, tx *db.DB) (Key, error) {
	r, err := practiceRing(ctx, tx)
	if err != nil {
		return Key{}, err
	}
	return held(r), nil
}

// NewOwner makes the key of a person or a course. A forgotten owner gets no new one: the error is ErrNoKey.
func NewOwner(ctx context.Context, tx *db.DB, kind Kind, id OwnerID) (Key, error) {
	practice, err := practiceRing(ctx, tx)
	if err != nil {
		return Key{}, err
	}
	if id == "" || id == practice.owner || kind != Person && kind != Course {
		return Key{}, fmt.Errorf("make a key: %q is no kind of owner, or its id %q is not its own", kind, id)
	}
	forgotten := 0
	err = tx.Row(ctx, `SELECT COUNT(*) FROM seal_shred WHERE practice_id = $1 AND owner_id = $2`,
		practice.practice, id).Scan(&forgotten)
	if err == nil && forgotten > 0 {
		err = ErrNoKey
	}
	if err != nil {
		return Key{}, fmt.Errorf("make the key of %s: %w", id, err)
	}
	made := fresh(tx, id, firstVersion)
	wrapper := practice.secrets[practice.newest].derive(forKeys)
	if err := keep(ctx, tx, made, kind, practice.newest, wrapper); err != nil {
		return Key{}, fmt.Errorf("make the key of %s: %w", id, err)
	}
	return held(made), nil
}

// Open opens the key of a person or a course.
func Open(ctx context.Context, tx *db.DB, owner OwnerID) (Key, error) {
	keys, err := OpenAll(ctx, tx, []OwnerID{owner})
	if err != nil {
		return Key{}, err
	}
	if keys[owner].hidden == nil {
		return Key{}, fmt.Errorf("open the key of %s: %w", owner, ErrNoKey)
	}
	return keys[owner], nil
}

// OpenAll opens the keys of several owners with one query. Who has none is left out of the answer, and the zero
// Key that it then gives opens nothing.
func OpenAll(ctx context.Context, tx *db.DB, owners []OwnerID) (map[OwnerID]Key, error) {
	if tx.PracticeID() == "" {
		return nil, errNoPractice
	}
	ids := make(db.Strings, len(owners))
	for i, o := range owners {
		ids[i] = string(o)
	}
	keys := make(map[OwnerID]Key, len(owners))
	wrappers := map[uint32][]byte{} // of the practice, by version; nearly always one
	err := tx.Each(ctx, `
		SELECT k.owner_id, k.kind, k.version, k.wrapper_version, k.wrapped, p.wrapped
		FROM seal_key k
		JOIN seal_key p ON p.practice_id = k.practice_id AND p.owner_id = k.practice_id AND p.version = k.wrapper_version
		WHERE k.practice_id = $1 AND k.kind <> 'practice' AND k.owner_id `+tx.AnyOf(2), []any{tx.PracticeID(), ids},
		func(scan func(...any) error) error {
			var row kept
			var practice []byte
			if err := scan(&row.owner, &row.kind, &row.version, &row.wrapper, &row.wrapped, &practice); err != nil {
				return err
			}
			row.practice = tx.PracticeID()
			return row.addTo(keys, wrappers, tx.Root(), practice)
		})
	if err != nil {
		return nil, fmt.Errorf("open %d keys: %w", len(owners), err)
	}
	return keys, nil
}

// addTo opens a person's or a course's key and puts it on its owner's ring.
func (row kept) addTo(keys map[OwnerID]Key, wrappers map[uint32][]byte, root, practice []byte) error {
	wrapper := wrappers[row.wrapper]
	if wrapper == nil {
		s, err := openPracticeSecret(row.practice, row.wrapper, practice, root)
		if err != nil {
			return err
		}
		wrapper = s.derive(forKeys)
		wrappers[row.wrapper] = wrapper
	}
	s, err := row.unwrap(wrapper)
	if err != nil {
		return fmt.Errorf("of %s: %w", row.owner, err)
	}
	if keys[row.owner].hidden == nil {
		keys[row.owner] = held(&ring{practice: row.practice, owner: row.owner, secrets: map[uint32]secret{}})
	}
	keys[row.owner].ring().add(row.version, s)
	return nil
}

// Shred forgets an owner: the keys and the searchable names go, and the list of the forgotten says so, for a
// backup that is brought back. What was sealed for the owner can then not be opened by anyone.
func Shred(ctx context.Context, tx *db.DB, owner OwnerID) error {
	practice := tx.PracticeID()
	if practice == "" || string(owner) == practice {
		return fmt.Errorf("forget %s: a practice is not forgotten", owner)
	}
	for _, q := range []string{
		`DELETE FROM seal_key WHERE practice_id = $1 AND owner_id = $2`,
		`DELETE FROM seal_name WHERE practice_id = $1 AND owner_id = $2`,
	} {
		if _, err := tx.Exec(ctx, q, practice, owner); err != nil {
			return fmt.Errorf("forget %s: %w", owner, err)
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO seal_shred (practice_id, owner_id, at) VALUES ($1, $2, $3)
		ON CONFLICT (practice_id, owner_id) DO NOTHING`, practice, owner, tx.Now())
	if err != nil {
		return fmt.Errorf("forget %s: %w", owner, err)
	}
	return nil
}

// kept is a row of seal_key.
type kept struct {
	practice string
	owner    OwnerID
	kind     Kind
	version  uint32
	wrapper  uint32 // version of the key it is wrapped under
	wrapped  []byte
}

// wrap encrypts a key under another one.
func (row kept) wrap(s secret, under []byte) []byte {
	return encrypt(under, []byte{format}, s, row.bind())
}

func (row kept) unwrap(under []byte) (secret, error) {
	if len(row.wrapped) == 0 || row.wrapped[0] != format {
		return nil, ErrChanged
	}
	s, err := decrypt(under, row.wrapped[1:], row.bind())
	if err != nil || len(s) != secretSize {
		return nil, ErrChanged
	}
	return s, nil
}

// bind is what a wrapped key is tied to beside the key that wraps it.
func (row kept) bind() []byte {
	versions := binary.BigEndian.AppendUint32([]byte{format}, row.version)
	versions = binary.BigEndian.AppendUint32(versions, row.wrapper)
	return join(string(versions), row.practice, string(row.owner), string(row.kind))
}

// fresh makes an owner's new key. It comes from the machine, also where a world is made from a seed.
func fresh(tx *db.DB, owner OwnerID, version uint32) *ring {
	s := make(secret, secretSize)
	_, _ = rand.Read(s) // never fails: it ends the program first
	r := &ring{practice: tx.PracticeID(), owner: owner, secrets: map[uint32]secret{}}
	r.add(version, s)
	return r
}

func (r *ring) add(version uint32, s secret) {
	r.secrets[version] = s
	r.newest = max(r.newest, version)
}

// keep writes the newest version of a key, wrapped under another one.
func keep(ctx context.Context, tx *db.DB, r *ring, kind Kind, wrapperVersion uint32, wrapper []byte) error {
	row := kept{practice: r.practice, owner: r.owner, kind: kind, version: r.newest, wrapper: wrapperVersion}
	_, err := tx.Exec(ctx, `
		INSERT INTO seal_key (practice_id, owner_id, version, kind, wrapper_version, wrapped, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		row.practice, row.owner, row.version, row.kind, row.wrapper, row.wrap(r.secrets[r.newest], wrapper), tx.Now())
	return err
}

// practiceRing opens all versions of the practice's own key.
func practiceRing(ctx context.Context, tx *db.DB) (*ring, error) {
	practice := tx.PracticeID()
	if practice == "" {
		return nil, errNoPractice
	}
	r := &ring{practice: practice, owner: OwnerID(practice), secrets: map[uint32]secret{}}
	err := tx.Each(ctx, `
		SELECT version, wrapped FROM seal_key
		WHERE practice_id = $1 AND owner_id = $1 AND kind = 'practice' AND wrapper_version = $2`,
		[]any{practice, rootVersion}, func(scan func(...any) error) error {
			var version uint32
			var wrapped []byte
			if err := scan(&version, &wrapped); err != nil {
				return err
			}
			s, err := openPracticeSecret(practice, version, wrapped, tx.Root())
			if err != nil {
				return err
			}
			r.add(version, s)
			return nil
		})
	if err == nil && len(r.secrets) == 0 {
		err = ErrNoKey
	}
	if err != nil {
		return nil, fmt.Errorf("open the key of practice %s: %w", practice, err)
	}
	return r, nil
}

func openPracticeSecret(practice string, version uint32, wrapped, root []byte) (secret, error) {
	wrapper, err := rootWrapper(root)
	if err != nil {
		return nil, err
	}
	row := kept{practice, OwnerID(practice), ofPractice, version, rootVersion, wrapped}
	s, err := row.unwrap(wrapper)
	if err != nil {
		return nil, ErrRoot
	}
	return s, nil
}

// rootWrapper is the key that wraps the practices' keys.
func rootWrapper(root []byte) ([]byte, error) {
	if len(root) != secretSize {
		return nil, fmt.Errorf("%w: it has %d bytes, not %d", ErrRoot, len(root), secretSize)
	}
	return secret(root).derive(forKeys), nil
}
