package auth

import (
	"context"
	"crypto/subtle"
	"encoding/base32"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

const (
	step        = 30 // seconds that a code is for (RFC 6238)
	codeDigits  = 6
	secretBytes = 20               // RFC 4226 section 4, R6
	codesLife   = 15 * time.Minute // between beginning and confirming
)

// Enrolment is what an app needs to give codes for a person: the secret to type, or the address in the picture.
type Enrolment struct {
	Secret string // base32
	URL    string // otpauth
	QR     QR
}

// BeginTOTP begins to set up codes from an app, for who has just begun (Enrol) or has proved lately who they are.
// Until ConfirmTOTP nothing changes; asked again within 15 minutes it gives the same secret. issuer is what the app
// shows beside the address.
func BeginTOTP(ctx context.Context, tx *db.DB, by access.Actor, issuer string) (Enrolment, error) {
	l, err := enroller(ctx, tx, by)
	if err != nil {
		return Enrolment{}, err
	}
	secret, err := pendingSecret(ctx, tx, l.ID)
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindNotFound {
		secret, err = newSecret(ctx, tx, l.ID)
	}
	if err != nil {
		return Enrolment{}, err
	}
	return enrolment(l.Email, issuer, secret)
}

// PendingTOTP is what BeginTOTP gave, without beginning anything: NotFound where nothing was begun.
func PendingTOTP(ctx context.Context, tx *db.DB, by access.Actor, issuer string) (Enrolment, error) {
	var e Enrolment
	err := tx.View(ctx, func(tx *db.DB) error {
		l, err := enroller(ctx, tx, by)
		if err != nil {
			return err
		}
		secret, err := pendingSecret(ctx, tx, l.ID)
		if err != nil {
			return err
		}
		e, err = enrolment(l.Email, issuer, secret)
		return err
	})
	return e, err
}

// enroller is the login of someone who may add a second factor by a sign-in.
func enroller(ctx context.Context, tx *db.DB, by access.Actor) (login, error) {
	if by.Stage != access.Enrol {
		return keeper(ctx, tx, by)
	}
	if by.PracticeID != tx.PracticeID() || by.SignInID == "" || access.Of(by, access.FinishSignIn) == 0 {
		return login{}, fault.NotFound()
	}
	l, err := known(loginOf(ctx, tx, by.ID))
	if err == nil && l.factor() {
		return login{}, fault.NotFound() // it was set up meanwhile: this sign-in must show it
	}
	return l, err
}

func codesID(personID string) string { return "codes " + personID }

func newSecret(ctx context.Context, tx *db.DB, personID string) (string, error) {
	raw := make([]byte, secretBytes)
	if _, err := io.ReadFull(tx.Rand(), raw); err != nil {
		return "", fmt.Errorf("make a secret for %s: %w", personID, err)
	}
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(raw)
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return "", err
	}
	id := codesID(personID)
	return secret, keepBegun(ctx, tx, begun{id: id, personID: personID, purpose: addCodes,
		data: practice.Seal(placeOf("passkey_challenge", id, "data"), secret), until: tx.Now().Add(codesLife)})
}

func pendingSecret(ctx context.Context, tx *db.DB, personID string) (string, error) {
	b, err := readBegun(ctx, tx, codesID(personID), addCodes)
	if err != nil {
		return "", err
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return "", err
	}
	return practice.Open(placeOf("passkey_challenge", b.id, "data"), b.data)
}

func enrolment(email, issuer, secret string) (Enrolment, error) {
	raw, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(secret)
	if err != nil {
		return Enrolment{}, fmt.Errorf("read a secret: %w", err)
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: email, Secret: raw, Period: step, Digits: codeDigits})
	if err != nil {
		return Enrolment{}, fmt.Errorf("describe a secret: %w", err)
	}
	picture, err := drawQR(key.URL())
	return Enrolment{Secret: secret, URL: key.URL(), QR: picture}, err
}

// ConfirmTOTP sets up the codes that BeginTOTP began, with a first code that proves that the app has them. Codes set
// up before are no longer valid, every other sign-in of the person ends, and an unfinished one is finished. Where the
// person has no recovery codes, ten are made.
func ConfirmTOTP(ctx context.Context, tx *db.DB, by access.Actor, code string) (Raised, error) {
	l, err := enroller(ctx, tx, by)
	if err != nil {
		return Raised{}, err
	}
	secret, err := pendingSecret(ctx, tx, l.ID)
	if err != nil {
		return Raised{}, err
	}
	at, right, err := matches(secret, code, tx.Now(), 0)
	if err != nil {
		return Raised{}, err
	}
	if !right {
		return Raised{}, fault.Invalid("code", "This is not the code that the app shows now; please type the newest one.")
	}
	if _, err := takeBegun(ctx, tx, codesID(l.ID), addCodes); err != nil {
		return Raised{}, err
	}
	if err := keepSecret(ctx, tx, l.ID, secret, at); err != nil {
		return Raised{}, err
	}
	return settleFactor(ctx, tx, by, l, CodesAdded, " and code")
}

// settleFactor does what follows on a new second factor.
func settleFactor(ctx context.Context, tx *db.DB, by access.Actor, l login, change Change, method string) (Raised, error) {
	r := Raised{Notices: []Notice{l.notice(change)}}
	if by.Stage == access.Full {
		method = ""
	}
	var err error
	if r.Token, err = raise(ctx, tx, by, by.Stage, method); err != nil {
		return Raised{}, err
	}
	if err := endAllBut(ctx, tx, l.ID, by.SignInID); err != nil {
		return Raised{}, err
	}
	left, err := recoveryLeft(ctx, tx, l.ID)
	if err != nil {
		return Raised{}, err
	}
	if left == 0 && (l.Kind == Staff || change == CodesAdded) {
		if r.Codes, err = makeRecoveryCodes(ctx, tx, l.ID); err != nil {
			return Raised{}, err
		}
	}
	return r, audit.Record(ctx, tx, by, audit.Changed, l.about("second factor", l.ID, string(change)))
}

// keepSecret makes the secret the person's own; the step of the code that confirmed it is used.
func keepSecret(ctx context.Context, tx *db.DB, personID, secret string, at int64) error {
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE login SET totp = $3, totp_confirmed = TRUE, totp_step = $4, changed_at = $5
		WHERE practice_id = $1 AND person_id = $2`,
		tx.PracticeID(), personID, practice.Seal(placeOf("login", personID, "totp"), secret), at, tx.Now())
	if err != nil {
		return fmt.Errorf("keep the codes of %s: %w", personID, err)
	}
	return nil
}

// matches reports whether code is the one of now, of the step before or of the one after, and which step that is. Steps
// up to after do not count.
func matches(secret, code string, now time.Time, after int64) (at int64, right bool, err error) {
	code = bareCode(code)
	current := now.Unix() / step
	for s := current - 1; s <= current+1; s++ {
		wanted, err := totp.GenerateCodeCustom(secret, time.Unix(s*step, 0),
			totp.ValidateOpts{Period: step, Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return 0, false, fmt.Errorf("work out a code: %w", err)
		}
		if subtle.ConstantTimeCompare([]byte(wanted), []byte(code)) == 1 && s > after {
			at, right = s, true
		}
	}
	return at, right, nil
}

// bareCode drops the blanks and hyphens that apps and people put between digits.
func bareCode(code string) string {
	return strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code)
}

// useCode takes a code of the person's app. A code is right once, also for those who send it at the same time.
func useCode(ctx context.Context, tx *db.DB, l login, code string) (bool, error) {
	if l.totp == nil || len(bareCode(code)) != codeDigits {
		return false, nil
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return false, err
	}
	secret, err := practice.Open(placeOf("login", l.ID, "totp"), l.totp)
	if err != nil {
		return false, err
	}
	at, right, err := matches(secret, code, tx.Now(), 0)
	if err != nil || !right {
		return false, err
	}
	n, err := tx.Exec(ctx, `UPDATE login SET totp_step = $3 WHERE practice_id = $1 AND person_id = $2 AND totp_step < $3`,
		tx.PracticeID(), l.ID, at)
	if err != nil {
		return false, fmt.Errorf("use a code of %s: %w", l.ID, err)
	}
	return n == 1, nil
}

// RemoveTOTP takes a client's codes away; staff replace theirs by setting up new ones. The password is then the only
// step, so a new one of 15 characters comes with it.
func RemoveTOTP(ctx context.Context, tx *db.DB, by access.Actor, h Hashed) (Raised, error) {
	l, err := keeper(ctx, tx, by)
	if err != nil {
		return Raised{}, err
	}
	if l.Kind == Staff {
		return Raised{}, fault.Conflict("Everyone who works here signs in with a second step; please set up another instead.")
	}
	if l.totp == nil {
		return Raised{}, fault.NotFound()
	}
	if err := dropCodes(ctx, tx, l.ID); err != nil {
		return Raised{}, err
	}
	r, err := SetPassword(ctx, tx, by, h)
	r.Notices = append(r.Notices, l.notice(CodesRemoved))
	return r, err
}

// dropCodes takes away the codes from an app and the recovery codes.
func dropCodes(ctx context.Context, tx *db.DB, personID string) error {
	_, err := tx.Exec(ctx, `
		UPDATE login SET totp = NULL, totp_confirmed = FALSE, changed_at = $3 WHERE practice_id = $1 AND person_id = $2`,
		tx.PracticeID(), personID, tx.Now())
	if err != nil {
		return fmt.Errorf("remove the codes of %s: %w", personID, err)
	}
	_, err = tx.Exec(ctx, `DELETE FROM recovery_code WHERE practice_id = $1 AND person_id = $2`, tx.PracticeID(), personID)
	if err != nil {
		return fmt.Errorf("remove the recovery codes of %s: %w", personID, err)
	}
	return nil
}

// Ways is what a person has set up to sign in with.
type Ways struct {
	Email         string
	Password      bool
	TOTP          bool
	Passkeys      int
	RecoveryCodes int // left
}

// WaysOf is what the actor has set up.
func WaysOf(ctx context.Context, tx *db.DB, by access.Actor) (Ways, error) {
	if by.PracticeID != tx.PracticeID() || by.Link != nil || access.Of(by, access.FinishSignIn) == 0 {
		return Ways{}, fault.NotFound()
	}
	var w Ways
	err := tx.View(ctx, func(tx *db.DB) error {
		l, err := loginOf(ctx, tx, by.ID)
		if errors.Is(err, db.ErrNone) {
			return nil
		}
		if err != nil {
			return err
		}
		w = Ways{Email: l.Email, Password: l.password != "", TOTP: l.totp != nil, Passkeys: l.passkeys}
		w.RecoveryCodes, err = recoveryLeft(ctx, tx, by.ID)
		return err
	})
	return w, err
}
