package db

import (
	"crypto/rand"
	"encoding/base32"
	"io"
	"sync"
)

// ids spells what is random in letters that are safe in addresses, file names and forms.
var ids = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewID returns an id that nobody can guess: 128 random bits in 26 lower-case letters and digits.
func (d *DB) NewID() string {
	var bits [16]byte
	if _, err := io.ReadFull(d.Rand(), bits[:]); err != nil {
		panic("db: the source of randomness ran dry: " + err.Error()) // an id that is not random must not be kept
	}
	return ids.EncodeToString(bits[:])
}

// Rand is where all randomness comes from, safe for many goroutines: the machine's, unless Open was given a
// source of its own.
func (d *DB) Rand() io.Reader { return d.random }

// oneByOne lets goroutines share a source that was not made for it.
type oneByOne struct {
	mu     sync.Mutex
	source io.Reader
}

// Read implements io.Reader.
func (o *oneByOne) Read(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.source.Read(p)
}

func randomness(source io.Reader) io.Reader {
	if source == nil {
		return rand.Reader
	}
	return &oneByOne{source: source}
}
