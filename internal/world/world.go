// Package world makes invented practices through the real verbs, from a seed: the demonstration, and small worlds for
// tests.
package world

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"attune/internal/access"
)

// Clock is a clock that a builder sets. It stands still in between.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// NewClock makes a clock that stands at a moment.
func NewClock(at time.Time) *Clock { return &Clock{now: at} }

// Now returns the time it was set to.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Set moves the clock, also back.
func (c *Clock) Set(at time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at
}

// Source gives ids, tokens and codes from a seed, for db.Options.Rand. It is read page by page: what is on a page does
// not depend on how much of the page before it was used, so a transaction that runs again finds the same.
type Source struct {
	seed uint64
	mu   sync.Mutex
	page *rand.ChaCha8
}

// NewSource opens the source of a seed at its first page.
func NewSource(seed uint64) *Source {
	s := &Source{seed: seed}
	s.Turn("first")
	return s
}

// Turn goes to the beginning of the page of that name.
func (s *Source) Turn(page string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.page = rand.NewChaCha8(sum(fmt.Sprintf("world %d %s", s.seed, page)))
}

// Read implements io.Reader. It never fails.
func (s *Source) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.page.Read(p)
}

// dice are for what a builder decides by chance, apart from the ids.
func (s *Source) dice(page string) *rand.Rand {
	return rand.New(rand.NewChaCha8(sum(fmt.Sprintf("dice %d %s", s.seed, page))))
}

func sum(text string) [32]byte { return sha256.Sum256([]byte("attune " + text)) }

// Login is a way into an invented practice. TOTP is the secret of an authenticator app, empty for clients.
type Login struct {
	Role     access.Role `json:"role"`
	Login    string      `json:"login"`
	Password string      `json:"password"`
	TOTP     string      `json:"totp"`
}
