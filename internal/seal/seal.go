// Package seal says what is encrypted for whom, and how it is forgotten.
package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// OwnerID names whose key it is: a person, a course, or the practice itself.
type OwnerID string

// Kind is what sort of owner a key has.
type Kind string

// The owners there are beside the practice itself.
const (
	Person Kind = "person" // an inquiry, which becomes the client with the same key
	Course Kind = "course" // what the participants of one course wrote together
)

const ofPractice Kind = "practice"

// Place is the column of the row where a sealed value lives. A value that was moved elsewhere does not open.
type Place struct{ Table, Row, Column string }

var (
	// ErrNoKey says that there is no key: its owner was forgotten, or never had one.
	ErrNoKey = errors.New("there is no key: its owner is forgotten, or never had one")
	// ErrRoot says that the root key is not the one under which this practice's key was kept.
	ErrRoot = errors.New("the root key does not open this practice's key")
	// ErrChanged says that a value or a key was moved, changed, cut, or sealed for someone else.
	ErrChanged = errors.New("it was moved, changed, or sealed for another owner")
)

// Key is an owner's data key, opened: it seals with the newest version and opens what any version sealed. It
// prints as its type's name only, and as an address inside other values. The zero Key opens nothing.
type Key struct{ hidden func() *ring } // a function, because fmt prints what a pointer in a private field leads to

func held(r *ring) Key { return Key{func() *ring { return r }} }

// ring is nil for the zero Key.
func (k Key) ring() *ring {
	if k.hidden == nil {
		return nil
	}
	return k.hidden()
}

// ring holds the versions of one owner's key.
type ring struct {
	practice string
	owner    OwnerID
	newest   uint32
	secrets  map[uint32]secret
}

// secret is one version of a key, 32 bytes. It is not used itself, but what is derived from it for one purpose.
type secret []byte

// Each purpose has its own key, so that nothing made for one can be passed off as another.
const (
	forText   = "attune seal 1: text"
	forDigest = "attune seal 1: digest"
	forKeys   = "attune seal 1: keys"
	forIndex  = "attune seal 1: index"
)

const (
	secretSize = 32
	format     = 1     // of sealed values, wrapped keys and digests: their first byte
	headSize   = 1 + 4 // format and version of the key
	nonceSize  = 12
	tagSize    = 16
)

// Format prints the type and never the key.
func (Key) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "seal.Key") // a printer that cannot be written to has nobody to tell
}

// Seal encrypts text for its place: a format byte, 4 bytes of key version, 12 of nonce, and the AES-256-GCM
// ciphertext. The nonce always comes from the machine, never from a seeded source: one used twice would open
// both texts.
func (k Key) Seal(at Place, text string) []byte {
	return k.ring().seal(at, []byte(text))
}

// Open gives the text that was sealed for this owner at this place, or ErrNoKey or ErrChanged.
func (k Key) Open(at Place, sealed []byte) (string, error) {
	text, err := k.ring().open(at, sealed)
	return string(text), err
}

// SealJSON seals v as JSON.
func (k Key) SealJSON(at Place, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("seal %s.%s of %s: %w", at.Table, at.Column, at.Row, err)
	}
	return k.ring().seal(at, text), nil
}

// OpenJSON opens what SealJSON sealed into v.
func (k Key) OpenJSON(at Place, sealed []byte, v any) error {
	text, err := k.ring().open(at, sealed)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		// The decoder's own words may repeat the content.
		return fmt.Errorf("open %s.%s of %s: not the JSON of a %T", at.Table, at.Column, at.Row, v)
	}
	return nil
}

func (r *ring) seal(at Place, text []byte) []byte {
	out := make([]byte, headSize, headSize+nonceSize+len(text)+tagSize)
	out[0] = format
	binary.BigEndian.PutUint32(out[1:], r.newest)
	return encrypt(r.secrets[r.newest].derive(forText), out, text, r.bind(at, out))
}

func (r *ring) open(at Place, sealed []byte) ([]byte, error) {
	text, err := r.decrypt(at, sealed)
	if err != nil {
		return nil, fmt.Errorf("open %s.%s of %s: %w", at.Table, at.Column, at.Row, err)
	}
	return text, nil
}

func (r *ring) decrypt(at Place, sealed []byte) ([]byte, error) {
	if r == nil {
		return nil, ErrNoKey
	}
	if len(sealed) < headSize || sealed[0] != format {
		return nil, ErrChanged
	}
	s, ok := r.secrets[binary.BigEndian.Uint32(sealed[1:])]
	if !ok {
		return nil, ErrNoKey
	}
	head, rest := sealed[:headSize], sealed[headSize:]
	return decrypt(s.derive(forText), rest, r.bind(at, head))
}

// bind is what a sealed value is tied to beside its key.
func (r *ring) bind(at Place, head []byte) []byte {
	return join(string(head), r.practice, string(r.owner), at.Table, at.Row, at.Column)
}

// join writes each part with its length before it, so that different parts never read alike.
func join(parts ...string) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		_ = binary.Write(&b, binary.BigEndian, uint32(len(p))) // a Buffer takes everything
		b.WriteString(p)
	}
	return b.Bytes()
}

// derive makes the key for one purpose.
func (s secret) derive(purpose string) []byte {
	key, err := hkdf.Expand(sha256.New, s, purpose, secretSize)
	if err != nil {
		panic("seal: " + err.Error()) // only for a length that HKDF cannot give
	}
	return key
}

// encrypt appends a fresh nonce and the ciphertext of text to out.
func encrypt(key, out, text, bound []byte) []byte {
	nonce := make([]byte, nonceSize)
	_, _ = rand.Read(nonce) // never fails: it ends the program first
	return gcm(key).Seal(append(out, nonce...), nonce, text, bound)
}

// decrypt opens a nonce followed by its ciphertext.
func decrypt(key, sealed, bound []byte) ([]byte, error) {
	if len(sealed) < nonceSize+tagSize {
		return nil, ErrChanged
	}
	text, err := gcm(key).Open(nil, sealed[:nonceSize], sealed[nonceSize:], bound)
	if err != nil {
		return nil, ErrChanged
	}
	return text, nil
}

func gcm(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic("seal: " + err.Error()) // only for a key that is not 16, 24 or 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("seal: " + err.Error()) // only for a cipher that is not AES
	}
	return aead
}
