package auth

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// Limits of guessing passwords (security.md S-31). Only those who do not know the password come near them.
const (
	triesFree    = 5 // of one account in 15 minutes; then each waits longer
	triesNet     = 50
	triesAll     = 1000
	triesWindow  = 15 * time.Minute
	bucketAll    = "sign-in, all"
	bucketNet    = "sign-in, net "
	bucketPerson = "sign-in, account "
)

// Checked is the proof that a password was right, for Begin. It holds as long as that password does.
type Checked struct {
	personID string
	hash     string // what it was held against
	renewed  string // the same password, hashed at today's strength; empty where it was
	buckets  []string
}

var errWrong = fault.Invalid("password", "This e-mail address and password do not belong together; please check both, or choose a new password.")

// CheckPassword holds a password against the one of the person with the address. d is not inside a transaction: tries
// are counted before the hashing, and failures kept after it. The answer and its time are the same for an unknown
// address, a person who has no password, and one who may not sign in: Invalid in the field "password". It is TooMany
// after 5 tries of one address in 15 minutes, and after too many from one network or in all; refusals for that reason
// are not kept one by one, or a flood of them would fill the audit log.
func (g *Guard) CheckPassword(ctx context.Context, d *db.DB, email, password string, from Device) (Checked, error) {
	var l login
	var c Checked
	err := d.InTx(ctx, func(tx *db.DB) error {
		index, err := seal.Blind(ctx, tx, seal.Email, email)
		if err != nil {
			return err
		}
		c = Checked{buckets: []string{bucketPerson + hex.EncodeToString(index), bucketNet + from.Net()}}
		if err := g.enter(ctx, tx, c.buckets); err != nil {
			return err
		}
		l, err = readLogin(ctx, tx, loginColumns+`l.email_index = $2`, index)
		if errors.Is(err, db.ErrNone) {
			l, err = login{}, nil
		}
		return err
	})
	if err != nil {
		return Checked{}, err
	}
	right, renewed, err := g.compare(ctx, password, l.password)
	if err != nil {
		return Checked{}, err
	}
	if !right || !l.may() {
		return Checked{}, failed(ctx, d, access.OfVisitor(d.PracticeID()), l, "wrong password", errWrong)
	}
	c.personID, c.hash, c.renewed = l.ID, l.password, renewed
	return c, nil
}

// enter counts a try of a password everywhere it counts.
func (g *Guard) enter(ctx context.Context, tx *db.DB, buckets []string) error {
	if err := g.Allow(ctx, tx, bucketAll, triesAll, triesWindow); err != nil {
		return err
	}
	if err := g.Allow(ctx, tx, buckets[1], triesNet, triesWindow); err != nil {
		return err
	}
	return g.try(ctx, tx, buckets[0], triesFree)
}

// failed keeps a failure to prove who one is and returns the answer to it.
func failed(ctx context.Context, d *db.DB, by access.Actor, l login, why string, answer error) error {
	err := d.InTx(ctx, func(tx *db.DB) error {
		return audit.Record(ctx, tx, by, audit.Failed, l.about("login", l.ID, why))
	})
	if err != nil {
		return err
	}
	return answer
}

// Begin starts a sign-in for who knew the password, always under a new token. Its stage says what comes next: Factor
// where a second factor is set up, Enrol for staff without one, Full for clients without one.
func Begin(ctx context.Context, tx *db.DB, c Checked, from Device) (Token, SignIn, error) {
	l, err := loginOf(ctx, tx, c.personID)
	if errors.Is(err, db.ErrNone) || err == nil && (!l.may() || l.password != c.hash) {
		return Token{}, SignIn{}, errWrong
	}
	if err != nil {
		return Token{}, SignIn{}, err
	}
	if c.renewed != "" {
		if err := keepPassword(ctx, tx, l.ID, c.renewed); err != nil {
			return Token{}, SignIn{}, err
		}
	}
	if err := clearTries(ctx, tx, c.buckets[0]); err != nil {
		return Token{}, SignIn{}, fmt.Errorf("forget tries: %w", err)
	}
	for _, bucket := range []string{c.buckets[1], bucketAll} {
		if err := giveBack(ctx, tx, bucket); err != nil {
			return Token{}, SignIn{}, fmt.Errorf("forget tries: %w", err)
		}
	}
	return begin(ctx, tx, l, byPassword, l.stage(), from)
}

// stage is how far the right password alone brings the person.
func (l login) stage() access.Stage {
	switch {
	case l.factor():
		return access.Factor
	case l.Kind == Staff:
		return access.Enrol
	}
	return access.Full
}
