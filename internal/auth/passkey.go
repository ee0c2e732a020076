package auth

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// Site is where passkeys belong to: the practice's host, without port; the origin of its pages, as in
// "https://host"; and the name that a device shows.
type Site struct{ Host, Origin, Name string }

// Passkeys reports whether the site can have passkeys: one that is reached by a bare IP address cannot.
func (s Site) Passkeys() bool { return protocol.ValidateRPID(s.Host) == nil }

var errNoHost = fault.Conflict("Passkeys need a site with a name; please open it by its name instead of its number.")

func (s Site) party() (*webauthn.WebAuthn, error) {
	if !s.Passkeys() {
		return nil, errNoHost
	}
	name := s.Name
	if name == "" {
		name = s.Host
	}
	life := webauthn.TimeoutConfig{Timeout: challengeLife, TimeoutUVD: challengeLife}
	party, err := webauthn.New(&webauthn.Config{
		RPID: s.Host, RPDisplayName: name, RPOrigins: []string{s.Origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey: protocol.ResidentKeyRequirementRequired, RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification: protocol.VerificationRequired,
		},
		Timeouts: webauthn.TimeoutsConfig{Login: life, Registration: life},
		// Some browsers volunteer results that nobody asked for; none is read.
		ExtensionsUnsolicitedOutputPolicy: protocol.UnsolicitedOutputPolicyIgnore,
	})
	if err != nil {
		return nil, fmt.Errorf("describe site %s: %w", s.Host, err)
	}
	return party, nil
}

// Challenge is what a browser is asked to answer within 5 minutes, once: Options are the JSON for
// PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON.
type Challenge struct {
	ID      string
	Options []byte
}

// Passkey is one of a person's passkeys.
type Passkey struct {
	ID        string
	Name      string
	CreatedAt time.Time
	UsedAt    time.Time // zero: never
}

// keyholder is a login as the WebAuthn library wants it.
type keyholder struct {
	login
	keys []kept
}

// kept is a passkey with what its signatures are checked by.
type kept struct {
	Passkey
	credential webauthn.Credential
}

// WebAuthnID implements webauthn.User.
func (k keyholder) WebAuthnID() []byte { return k.handle }

// WebAuthnName implements webauthn.User.
func (k keyholder) WebAuthnName() string { return k.Email }

// WebAuthnDisplayName implements webauthn.User.
func (k keyholder) WebAuthnDisplayName() string { return k.Email }

// WebAuthnCredentials implements webauthn.User.
func (k keyholder) WebAuthnCredentials() []webauthn.Credential {
	all := make([]webauthn.Credential, len(k.keys))
	for i, key := range k.keys {
		all[i] = key.credential
	}
	return all
}

func (k keyholder) descriptors() []protocol.CredentialDescriptor {
	return webauthn.Credentials(k.WebAuthnCredentials()).CredentialDescriptors()
}

// holderOf adds the passkeys to a login, the newest first.
func holderOf(ctx context.Context, tx *db.DB, l login) (keyholder, error) {
	k := keyholder{login: l}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return k, err
	}
	err = tx.Each(ctx, `
		SELECT id, name, credential, created_at, used_at FROM passkey WHERE practice_id = $1 AND person_id = $2
		ORDER BY created_at DESC, id`, []any{tx.PracticeID(), l.ID}, func(scan func(...any) error) error {
		var key kept
		var name, credential []byte
		err := scan(&key.ID, &name, &credential, &key.CreatedAt, &key.UsedAt)
		if err != nil {
			return err
		}
		if key.Name, err = practice.Open(placeOf("passkey", key.ID, "name"), name); err != nil {
			return err
		}
		k.keys = append(k.keys, key)
		return practice.OpenJSON(placeOf("passkey", key.ID, "credential"), credential, &k.keys[len(k.keys)-1].credential)
	})
	if err != nil {
		return k, fmt.Errorf("read the passkeys of %s: %w", l.ID, err)
	}
	return k, nil
}

// adder is the login of someone who may add a passkey: by an invitation that nobody has followed, as the first
// second factor, or after a fresh proof. A reset link is not enough: it would go past the second factor.
func adder(ctx context.Context, tx *db.DB, by access.Actor) (login, error) {
	if by.Link == nil {
		return enroller(ctx, tx, by)
	}
	if by.PracticeID != tx.PracticeID() || by.Link.Task != access.TaskInvite {
		return login{}, fault.NotFound()
	}
	l, err := known(loginOf(ctx, tx, by.ID))
	if err == nil && (l.set || !l.may()) {
		err = ErrOver
	}
	return l, err
}

// BeginPasskey asks the browser for a new passkey of the actor's.
func BeginPasskey(ctx context.Context, tx *db.DB, by access.Actor, site Site) (Challenge, error) {
	l, err := adder(ctx, tx, by)
	if err != nil {
		return Challenge{}, err
	}
	party, err := site.party()
	if err != nil {
		return Challenge{}, err
	}
	k, err := holderOf(ctx, tx, l)
	if err != nil {
		return Challenge{}, err
	}
	options, session, err := party.BeginRegistration(k, webauthn.WithExclusions(k.descriptors()))
	if err != nil {
		return Challenge{}, fmt.Errorf("begin a passkey of %s: %w", l.ID, err)
	}
	return keepChallenge(ctx, tx, l.ID, addPasskey, options.Response, session)
}

func keepChallenge(ctx context.Context, tx *db.DB, personID, purpose string, options any, session *webauthn.SessionData) (Challenge, error) {
	c := Challenge{ID: tx.NewID()}
	data, err := json.Marshal(session)
	if err != nil {
		return Challenge{}, fmt.Errorf("keep a challenge: %w", err)
	}
	if c.Options, err = json.Marshal(options); err != nil {
		return Challenge{}, fmt.Errorf("write a challenge: %w", err)
	}
	return c, keepBegun(ctx, tx, begun{id: c.ID, personID: personID, purpose: purpose, data: data, until: tx.Now().Add(challengeLife)})
}

// takeChallenge takes a challenge for the one answer that it gets, from the person it was put to: none where someone
// is about to sign in.
func takeChallenge(ctx context.Context, tx *db.DB, id, purpose, personID string) (webauthn.SessionData, error) {
	var session webauthn.SessionData
	b, err := takeBegun(ctx, tx, id, purpose)
	if err == nil && b.personID != personID {
		err = fault.NotFound()
	}
	if err != nil {
		return session, err
	}
	if err := json.Unmarshal(b.data, &session); err != nil {
		return session, fmt.Errorf("read a challenge: %w", err)
	}
	return session, nil
}

var errPasskey = fault.Invalid("passkey", "This passkey could not be checked; please try again, or sign in another way.")

// FinishPasskey adds the passkey that BeginPasskey asked for under a name of the person's choice. Like a new
// second factor it ends every other sign-in and finishes an unfinished one. The token is empty for who came by
// invitation, whose link is used up: they sign in with the passkey next.
func FinishPasskey(ctx context.Context, tx *db.DB, by access.Actor, site Site, challengeID string, response []byte, name string) (Raised, error) {
	l, err := adder(ctx, tx, by)
	if err != nil {
		return Raised{}, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return Raised{}, errPasskey
	}
	party, err := site.party()
	if err != nil {
		return Raised{}, err
	}
	session, err := takeChallenge(ctx, tx, challengeID, addPasskey, l.ID)
	if err != nil {
		return Raised{}, err
	}
	credential, err := party.CreateCredential(keyholder{login: l}, session, parsed)
	if err != nil {
		return Raised{}, errPasskey // the library's reasons are about the browser, and of no use to the person
	}
	if err := insertPasskey(ctx, tx, l.ID, name, credential); err != nil {
		return Raised{}, err
	}
	if by.Link == nil {
		return settleFactor(ctx, tx, by, l, PasskeyAdded, " and passkey")
	}
	r := Raised{Notices: []Notice{l.notice(PasskeyAdded)}}
	if err := UseUp(ctx, tx, by.Link.ID); err != nil {
		return Raised{}, err
	}
	return r, audit.Record(ctx, tx, by, audit.Changed, l.about("second factor", l.ID, string(PasskeyAdded)))
}

const longestName = 60 // characters of a passkey's name

func insertPasskey(ctx context.Context, tx *db.DB, personID, name string, credential *webauthn.Credential) error {
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	if name = shorten(strings.TrimSpace(name)); name == "" {
		name = "Passkey"
	}
	letters := []rune(name)
	id := tx.NewID()
	sealed, err := practice.SealJSON(placeOf("passkey", id, "credential"), credential)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(credential.ID)
	n, err := tx.Exec(ctx, `
		INSERT INTO passkey (practice_id, id, person_id, credential_hash, credential, name, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
		tx.PracticeID(), id, personID, hash[:], sealed,
		practice.Seal(placeOf("passkey", id, "name"), string(letters[:min(len(letters), longestName)])), tx.Now())
	if err != nil {
		return fmt.Errorf("keep a passkey of %s: %w", personID, err)
	}
	if n == 0 {
		return fault.Conflict("This passkey is in use already; please choose another.")
	}
	return nil
}

// Passkeys lists the actor's passkeys, the newest first.
func Passkeys(ctx context.Context, tx *db.DB, by access.Actor) ([]Passkey, error) {
	if by.PracticeID != tx.PracticeID() || access.Of(by, access.KeepAccount) == 0 {
		return nil, fault.NotFound()
	}
	var all []Passkey
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		l, err := known(loginOf(ctx, tx, by.ID))
		if err != nil {
			return err
		}
		k, err := holderOf(ctx, tx, l)
		for _, key := range k.keys {
			all = append(all, key.Passkey)
		}
		return err
	})
	return all, err
}

// RemovePasskey takes one of the actor's passkeys away. Every other sign-in ends. The last one stays where it is the
// only way in, or the only second step of someone on the staff.
func RemovePasskey(ctx context.Context, tx *db.DB, by access.Actor, id string) (Raised, error) {
	l, err := keeper(ctx, tx, by)
	if err != nil {
		return Raised{}, err
	}
	last := l.passkeys == 1 && (l.password == "" || l.Kind == Staff && l.totp == nil)
	n, err := tx.Exec(ctx, `DELETE FROM passkey WHERE practice_id = $1 AND id = $2 AND person_id = $3`, tx.PracticeID(), id, l.ID)
	switch {
	case err != nil:
		return Raised{}, fmt.Errorf("remove passkey %s: %w", id, err)
	case n == 0:
		return Raised{}, fault.NotFound()
	case last:
		return Raised{}, errLastPasskey
	}
	r := Raised{Notices: []Notice{l.notice(PasskeyRemoved)}}
	if r.Token, err = raise(ctx, tx, by, access.Full, ""); err != nil {
		return Raised{}, err
	}
	if err := endAllBut(ctx, tx, l.ID, by.SignInID); err != nil {
		return Raised{}, err
	}
	return r, audit.Record(ctx, tx, by, audit.Changed, l.about("second factor", l.ID, string(PasskeyRemoved)))
}

var errLastPasskey = fault.Conflict("This passkey is the last one you can sign in with; please set up another way first.")

// loginByHandle finds the person that a passkey names, or db.ErrNone.
func loginByHandle(ctx context.Context, tx *db.DB, handle []byte) (keyholder, error) {
	l, err := readLogin(ctx, tx, loginColumns+`l.user_handle = $2`, handle)
	if errors.Is(err, db.ErrNone) {
		return keyholder{}, err
	}
	if err != nil {
		return keyholder{}, err
	}
	return holderOf(ctx, tx, l)
}
