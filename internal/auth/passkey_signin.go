package auth

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// BeginPasskeySignIn asks the browser for any passkey of this site. It says nothing about who has one.
func BeginPasskeySignIn(ctx context.Context, tx *db.DB, site Site) (Challenge, error) {
	return beginAssertion(ctx, tx, "", enterPasskey, site, nil)
}

// BeginPasskeyProof asks the browser for one of the actor's passkeys, as a fresh proof.
func BeginPasskeyProof(ctx context.Context, tx *db.DB, by access.Actor, site Site) (Challenge, error) {
	if by.PracticeID != tx.PracticeID() || by.SignInID == "" || access.Of(by, access.KeepAccount) == 0 {
		return Challenge{}, fault.NotFound()
	}
	l, err := known(loginOf(ctx, tx, by.ID))
	if err != nil {
		return Challenge{}, err
	}
	k, err := holderOf(ctx, tx, l)
	if err != nil {
		return Challenge{}, err
	}
	if len(k.keys) == 0 {
		return Challenge{}, fault.Conflict("You have no passkey here yet; please use your password.")
	}
	return beginAssertion(ctx, tx, l.ID, provePasskey, site, k.descriptors())
}

func beginAssertion(ctx context.Context, tx *db.DB, personID, purpose string, site Site, allowed []protocol.CredentialDescriptor) (Challenge, error) {
	party, err := site.party()
	if err != nil {
		return Challenge{}, err
	}
	options, session, err := party.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired),
		webauthn.WithAllowedCredentials(allowed))
	if err != nil {
		return Challenge{}, fmt.Errorf("begin to %s: %w", purpose, err)
	}
	return keepChallenge(ctx, tx, personID, purpose, options.Response, session)
}

// FinishPasskeySignIn signs in whoever holds the passkey, fully: a passkey is two factors. No limit of passwords stands
// in its way. d is not inside a transaction: a wrong answer uses up the challenge and is kept as a failure. A notice
// says that the passkey's counter went back, as it would had the passkey been copied.
func FinishPasskeySignIn(ctx context.Context, d *db.DB, site Site, challengeID string, response []byte, from Device) (Token, SignIn, []Notice, error) {
	var token Token
	var s SignIn
	notices, err := assert(ctx, d, access.OfVisitor(d.PracticeID()), enterPasskey, answer{site, challengeID, response},
		func(tx *db.DB, l login) (err error) {
			token, s, err = begin(ctx, tx, l, byPasskey, access.Full, from)
			return err
		})
	if err != nil {
		return Token{}, SignIn{}, nil, err
	}
	return token, s, notices, nil
}

// FinishPasskeyProof is StepUp by passkey.
func FinishPasskeyProof(ctx context.Context, d *db.DB, by access.Actor, site Site, challengeID string, response []byte) (Raised, error) {
	if by.PracticeID != d.PracticeID() || by.SignInID == "" || access.Of(by, access.KeepAccount) == 0 {
		return Raised{}, fault.NotFound()
	}
	var r Raised
	notices, err := assert(ctx, d, by, provePasskey, answer{site, challengeID, response}, func(tx *db.DB, l login) (err error) {
		r.Token, err = proved(ctx, tx, by, l, byPasskey)
		return err
	})
	if err != nil {
		return Raised{}, err
	}
	r.Notices = notices
	return r, nil
}

// answer is what a browser sent for a challenge.
type answer struct {
	site        Site
	challengeID string
	response    []byte
}

// assert checks an answer to a challenge and does, in the same transaction, what the right answer allows.
func assert(ctx context.Context, d *db.DB, by access.Actor, purpose string, a answer, then func(tx *db.DB, l login) error) ([]Notice, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(a.response)
	if err != nil {
		return nil, errPasskey
	}
	party, err := a.site.party()
	if err != nil {
		return nil, err
	}
	var notices []Notice
	var refused error
	err = d.InTx(ctx, func(tx *db.DB) error {
		notices, refused = nil, nil
		session, err := takeChallenge(ctx, tx, a.challengeID, purpose, by.ID)
		if err != nil {
			return err
		}
		k, err := loginByHandle(ctx, tx, parsed.Response.UserHandle)
		if err != nil && !errors.Is(err, db.ErrNone) {
			return err
		}
		credential, why := held(party, k, session, parsed)
		if why == "" && (!k.may() || by.ID != "" && by.ID != k.ID) {
			why = "passkey of someone who may not"
		}
		if why != "" {
			refused = errPasskey
			return audit.Record(ctx, tx, by, audit.Failed, k.about("login", k.ID, why))
		}
		if notices, err = usePasskey(ctx, tx, k, credential); err != nil {
			return err
		}
		return then(tx, k.login)
	})
	if err == nil {
		err = refused
	}
	return notices, err
}

// held checks the answer against the person's passkeys; why says what is wrong with it, and is empty where nothing is.
func held(party *webauthn.WebAuthn, k keyholder, session webauthn.SessionData, parsed *protocol.ParsedCredentialAssertionData) (*webauthn.Credential, string) {
	if k.ID == "" {
		return nil, "unknown passkey"
	}
	find := func(_, _ []byte) (webauthn.User, error) { return k, nil }
	_, credential, err := party.ValidatePasskeyLogin(find, session, parsed)
	if err != nil {
		return nil, "wrong passkey"
	}
	return credential, ""
}

// usePasskey keeps what the passkey said of itself this time, its counter above all.
func usePasskey(ctx context.Context, tx *db.DB, k keyholder, credential *webauthn.Credential) ([]Notice, error) {
	var notices []Notice
	id := ""
	for _, key := range k.keys {
		if bytes.Equal(key.credential.ID, credential.ID) {
			id = key.ID
		}
	}
	if credential.Authenticator.CloneWarning {
		notices = []Notice{k.notice(PasskeyDoubtful)}
		err := audit.Record(ctx, tx, k.actor(tx, "", access.Factor), audit.Failed, k.about("passkey", id, "counter went back"))
		if err != nil {
			return nil, err
		}
		credential.Authenticator.CloneWarning = false // told once for each time
	}
	practice, err := seal.Practice(ctx, tx)
	if err != nil {
		return nil, err
	}
	sealed, err := practice.SealJSON(placeOf("passkey", id, "credential"), credential)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `UPDATE passkey SET credential = $3, used_at = $4 WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), id, sealed, tx.Now())
	if err != nil {
		return nil, fmt.Errorf("keep the use of passkey %s: %w", id, err)
	}
	return notices, nil
}
