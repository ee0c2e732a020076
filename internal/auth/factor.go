package auth

import (
	"context"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
)

// Tries of a second factor and of a fresh proof before one has to wait.
const (
	factorFree = 10
	proofFree  = 5
)

var errCode = fault.Invalid("code", "This code is not right, or was used already; please type the newest one.")

// PassFactor finishes a sign-in at Factor with a code from the person's app or a recovery code. After 10 tries each
// further one has to wait. d is not inside a transaction: a wrong code is kept as a failure. The use of a recovery
// code comes with a notice.
func (g *Guard) PassFactor(ctx context.Context, d *db.DB, by access.Actor, code string) (Raised, error) {
	if by.PracticeID != d.PracticeID() || by.SignInID == "" || by.Stage != access.Factor {
		return Raised{}, fault.NotFound()
	}
	var r Raised
	var refused error
	err := d.InTx(ctx, func(tx *db.DB) (err error) {
		r, refused = Raised{}, nil
		if err := g.try(ctx, tx, "factor "+by.ID, factorFree); err != nil {
			return err
		}
		l, err := known(loginOf(ctx, tx, by.ID))
		if err != nil {
			return err
		}
		how, err := secondStep(ctx, tx, l, code)
		if err != nil {
			return err
		}
		if how == "" {
			refused = errCode
			return audit.Record(ctx, tx, by, audit.Failed, l.about("sign-in", by.SignInID, "wrong code"))
		}
		r, err = passed(ctx, tx, by, l, how)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Raised{}, err
	}
	return r, nil
}

// passed finishes a sign-in whose second step was right.
func passed(ctx context.Context, tx *db.DB, by access.Actor, l login, how string) (r Raised, err error) {
	if how == byRecovery {
		r.Notices = []Notice{l.notice(RecoveryCodeUsed)}
	}
	if err := clearTries(ctx, tx, "factor "+by.ID); err != nil {
		return Raised{}, err
	}
	if r.Token, err = raise(ctx, tx, by, access.Factor, how); err != nil {
		return Raised{}, err
	}
	return r, audit.Record(ctx, tx, by, audit.SignedIn, l.about("sign-in", by.SignInID, byPassword+how))
}

// What the second step was.
const (
	byCode     = " and code"
	byRecovery = " and recovery code"
)

// secondStep takes a code from the app or a recovery code and tells which it was; empty where it was neither.
func secondStep(ctx context.Context, tx *db.DB, l login, code string) (how string, err error) {
	right, err := useCode(ctx, tx, l, code)
	if err != nil {
		return "", err
	}
	if right {
		return byCode, nil
	}
	if right, err = useRecoveryCode(ctx, tx, l.ID, code); err != nil || !right {
		return "", err
	}
	return byRecovery, nil
}

// Proof is what a signed-in person shows to prove anew who they are: the password and, where codes from an app are set
// up, one of those or a recovery code.
type Proof struct{ Password, Code string }

var errProof = fault.Invalid("password", "That is not right; please check your password, and type the newest code if you use them.")

// StepUp takes a fresh proof; what needs one is open for access.StepUpFor then, under the new token. After 5 tries
// each further one has to wait. d is not inside a transaction. Who has no password proves it by a passkey.
func (g *Guard) StepUp(ctx context.Context, d *db.DB, by access.Actor, proof Proof) (Raised, error) {
	if by.PracticeID != d.PracticeID() || by.SignInID == "" || access.Of(by, access.KeepAccount) == 0 {
		return Raised{}, fault.NotFound()
	}
	var l login
	err := d.InTx(ctx, func(tx *db.DB) (err error) {
		if err := g.try(ctx, tx, "proof "+by.ID, proofFree); err != nil {
			return err
		}
		l, err = known(loginOf(ctx, tx, by.ID))
		return err
	})
	if err != nil {
		return Raised{}, err
	}
	right, _, err := g.compare(ctx, proof.Password, l.password)
	if err != nil {
		return Raised{}, err
	}
	if !right {
		return Raised{}, failed(ctx, d, by, l, "wrong password", errProof)
	}
	return stepUp(ctx, d, by, l, proof.Code)
}

// stepUp finishes StepUp for who knew the password of l.
func stepUp(ctx context.Context, d *db.DB, by access.Actor, before login, code string) (Raised, error) {
	var r Raised
	var refused error
	err := d.InTx(ctx, func(tx *db.DB) (err error) {
		r, refused = Raised{}, nil
		l, err := known(loginOf(ctx, tx, by.ID))
		if err != nil {
			return err
		}
		if l.password != before.password {
			refused = errProof
			return nil
		}
		if l.totp != nil {
			how, err := secondStep(ctx, tx, l, code)
			if err != nil {
				return err
			}
			switch how {
			case "":
				refused = errProof
				return audit.Record(ctx, tx, by, audit.Failed, l.about("sign-in", by.SignInID, "wrong code"))
			case byRecovery:
				r.Notices = []Notice{l.notice(RecoveryCodeUsed)}
			}
		}
		if err := clearTries(ctx, tx, "proof "+by.ID); err != nil {
			return err
		}
		r.Token, err = proved(ctx, tx, by, l, byPassword)
		return err
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return Raised{}, err
	}
	return r, nil
}

// proved keeps a fresh proof.
func proved(ctx context.Context, tx *db.DB, by access.Actor, l login, how string) (Token, error) {
	token, err := raise(ctx, tx, by, access.Full, "")
	if err != nil {
		return Token{}, err
	}
	return token, audit.Record(ctx, tx, by, audit.SteppedUp, l.about("sign-in", by.SignInID, how))
}
