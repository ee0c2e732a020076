package auth

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"
	"golang.org/x/text/unicode/norm"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
)

// How many characters a password has (security.md S-21): at least Shortest beside a second factor, ShortestAlone
// without one, and at most Longest.
const (
	Shortest      = 8
	ShortestAlone = 15
	Longest       = 128
)

// strength is what hashing a password costs: 64 MiB of memory, three times, on one thread (security.md S-20).
var strength = argon2id.Params{Memory: 64 << 10, Iterations: 3, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// dummy is the hash of a password that nobody has, to be compared with where there is none.
const dummy = "$argon2id$v=19$m=65536,t=3,p=1$/JZRguVB7XHIY342ZF84nw$xtf/wF2kJVpT7bLtnXBn6MTgcuW3toJKukver102Axc"

// Hashed is a new password, hashed and held against the rules that need no database.
type Hashed struct {
	hash   string
	length int // characters
}

// HashPassword prepares a new password for SetPassword. It takes about 0.2 seconds, so it is called outside any
// transaction; it waits while two others are hashed. A password that is too short or too long, that many people
// use, or that consists of the given words (the practice's name, its therapists' names, the person's address), is
// Invalid in the field "password". Characters are counted after Unicode's NFC; none is cut.
func (g *Guard) HashPassword(ctx context.Context, password string, words ...string) (Hashed, error) {
	password = norm.NFC.String(password)
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return Hashed{}, fault.Invalid("password", "Please type this password again; a character in it could not be read.")
	case n < Shortest:
		return Hashed{}, fault.Invalid("password", "Please choose a longer password: at least 8 characters.")
	case n > Longest:
		return Hashed{}, fault.Invalid("password", "Please choose a shorter password: at most 128 characters.")
	case guessable(password, words):
		return Hashed{}, fault.Invalid("password", "This password is easy to guess; please choose another, such as four words that have nothing to do with each other.")
	}
	hash, err := g.hash(ctx, password)
	return Hashed{hash: hash, length: n}, err
}

// hash hashes a normalised password, when it is its turn.
func (g *Guard) hash(ctx context.Context, password string) (string, error) {
	leave, err := g.turn(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	hash, err := argon2id.CreateHash(password, &strength)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return hash, nil
}

// turn waits until fewer than two passwords are being hashed.
func (g *Guard) turn(ctx context.Context) (leave func(), err error) {
	select {
	case g.hashing <- struct{}{}:
		return func() { <-g.hashing }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// compare holds a password against a hash; an empty hash is compared with a dummy, in the same time. Where it is
// right and was hashed with less than today's strength, renewed is its hash at today's.
func (g *Guard) compare(ctx context.Context, password, hash string) (right bool, renewed string, err error) {
	none := hash == ""
	if none {
		hash = dummy
	}
	password = norm.NFC.String(password)
	leave, err := g.turn(ctx)
	if err != nil {
		return false, "", err
	}
	right, cost, err := argon2id.CheckHash(password, hash)
	leave()
	if err != nil {
		return false, "", fmt.Errorf("compare a password: %w", err)
	}
	if !right || none {
		return false, "", nil
	}
	if cost.Memory < strength.Memory || cost.Iterations < strength.Iterations {
		renewed, err = g.hash(ctx, password)
	}
	return true, renewed, err
}

// SetPassword gives the actor a new password: by an invitation or a reset link, which it uses up, or by a sign-in
// whose proof is fresh. Every other sign-in of the person ends now; one's own goes on under the new token, which is
// empty for those who came by link: they sign in next, with their second factor.
func SetPassword(ctx context.Context, tx *db.DB, by access.Actor, h Hashed) (Raised, error) {
	l, err := setter(ctx, tx, by)
	if err != nil {
		return Raised{}, err
	}
	if l.Kind == Client && l.totp == nil && h.length < ShortestAlone {
		return Raised{}, fault.Invalid("password", "Please choose a password of at least 15 characters: it is the only step of your signing in.")
	}
	if err := keepPassword(ctx, tx, l.ID, h.hash); err != nil {
		return Raised{}, err
	}
	r := Raised{Notices: []Notice{l.notice(PasswordChanged)}}
	if by.Link == nil {
		if r.Token, err = raise(ctx, tx, by, access.Full, ""); err != nil {
			return Raised{}, err
		}
	}
	if err := endAllBut(ctx, tx, l.ID, by.SignInID); err != nil {
		return Raised{}, err
	}
	if err := revokeOf(ctx, tx, l.ID, access.TaskReset); err != nil {
		return Raised{}, err
	}
	return r, audit.Record(ctx, tx, by, audit.Changed, l.about("password", l.ID, ""))
}

// setter is the login of someone who may choose a password now.
func setter(ctx context.Context, tx *db.DB, by access.Actor) (login, error) {
	if by.Link == nil {
		return keeper(ctx, tx, by)
	}
	if by.PracticeID != tx.PracticeID() || access.Of(by, access.SignIn) == 0 {
		return login{}, fault.NotFound()
	}
	l, err := known(loginOf(ctx, tx, by.ID))
	if err != nil {
		return login{}, err
	}
	if !l.may() || by.Link.Task == access.TaskInvite && l.set {
		return login{}, ErrOver
	}
	return l, UseUp(ctx, tx, by.Link.ID)
}

func keepPassword(ctx context.Context, tx *db.DB, personID, hash string) error {
	_, err := tx.Exec(ctx, `UPDATE login SET password = $3, changed_at = $4 WHERE practice_id = $1 AND person_id = $2`,
		tx.PracticeID(), personID, hash, tx.Now())
	if err != nil {
		return fmt.Errorf("keep the password of %s: %w", personID, err)
	}
	return nil
}

// MinLength is how many characters a new password of the person must have.
func MinLength(ctx context.Context, tx *db.DB, personID string) (int, error) {
	l, err := loginOf(ctx, tx, personID)
	if err != nil && !errors.Is(err, db.ErrNone) {
		return 0, err
	}
	if l.Kind == Staff || l.totp != nil {
		return Shortest, nil
	}
	return ShortestAlone, nil
}
