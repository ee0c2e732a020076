package world

import (
	"context"
	"encoding/base32"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
)

// browser is what every invented sign-in comes from.
var browser = auth.Device{Agent: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", Address: "127.0.0.1"}

// entrance sets up the sign-ins of people, as they would by themselves.
type entrance struct {
	db     *db.DB // narrowed to the practice
	clock  *Clock
	source *Source
	guard  *auth.Guard
}

// entered is a person who can sign in, and is signed in.
type entered struct {
	password string
	secret   string
	codes    []string
	by       access.Actor
	token    auth.Token
}

// words are for passwords that people can type. There are 64 of them.
var words = strings.Fields(`amber basket candle cedar clover copper cotton dune ember fable fern field flint garden ginger
	glade harbor hazel heron hollow island ivory jasmine kettle ladder lantern lemon linen lilac maple marble meadow mellow
	mint moss needle nectar oak olive orchard paper pebble pepper pillow plum quartz quilt raven reed river saddle saffron
	silver sparrow spruce stone summer thistle timber velvet walnut willow winter yarrow`)

// newPassword draws five words and a number: long enough also without a second step.
func newPassword(from io.Reader) (string, error) {
	raw := make([]byte, 6)
	if _, err := io.ReadFull(from, raw); err != nil {
		return "", fmt.Errorf("draw a password: %w", err)
	}
	parts := make([]string, 5)
	for i := range parts {
		parts[i] = words[raw[i]%64]
	}
	return strings.Join(parts, "-") + fmt.Sprintf("-%d", 10+raw[5]%90), nil
}

// step runs one deed on a page of its own.
func (e entrance) step(ctx context.Context, page string, do func(tx *db.DB) error) error {
	return e.db.InTx(ctx, func(tx *db.DB) error {
		e.source.Turn(page)
		return do(tx)
	})
}

// enter has a person follow an invitation: they choose a password, staff set up codes from an app, and then they are
// signed in. It hashes one password twice, which takes most of its time.
func (e entrance) enter(ctx context.Context, p auth.Person, page string) (entered, error) {
	in, checked, err := e.invited(ctx, p, page)
	if err != nil {
		return in, err
	}
	if err := e.finish(ctx, page, checked, &in); err != nil {
		return in, fmt.Errorf("sign %s in: %w", p.ID, err)
	}
	return in, nil
}

// invited is the first part of enter: the password is chosen, and was right.
func (e entrance) invited(ctx context.Context, p auth.Person, page string) (entered, auth.Checked, error) {
	var in entered
	var err error
	e.source.Turn(page + " password")
	if in.password, err = newPassword(e.source); err != nil {
		return in, auth.Checked{}, err
	}
	hashed, err := e.guard.HashPassword(ctx, in.password)
	if err != nil {
		return in, auth.Checked{}, err
	}
	err = e.step(ctx, page+" invitation", func(tx *db.DB) error {
		token, err := auth.Invite(ctx, tx, access.OfProgram(tx.PracticeID()), p)
		if err != nil {
			return err
		}
		by, err := auth.OpenLink(ctx, tx, token.Text())
		if err != nil {
			return err
		}
		_, err = auth.SetPassword(ctx, tx, by, hashed)
		return err
	})
	if err != nil {
		return in, auth.Checked{}, fmt.Errorf("let %s in: %w", p.ID, err)
	}
	e.source.Turn(page + " check")
	checked, err := e.guard.CheckPassword(ctx, e.db, p.Email, in.password, browser)
	if err != nil {
		return in, checked, fmt.Errorf("check the password of %s: %w", p.ID, err)
	}
	return in, checked, nil
}

// finish signs a person in who knew the password, and sets up the second step of staff.
func (e entrance) finish(ctx context.Context, page string, checked auth.Checked, in *entered) error {
	err := e.step(ctx, page+" sign-in", func(tx *db.DB) (err error) {
		in.token, _, err = auth.Begin(ctx, tx, checked, browser)
		return err
	})
	if err != nil {
		return err
	}
	if in.by, _, err = auth.Who(ctx, e.db, in.token.Text()); err != nil {
		return err
	}
	if in.by.Stage == access.Enrol {
		return e.enrol(ctx, page, in)
	}
	return nil
}

func (e entrance) enrol(ctx context.Context, page string, in *entered) error {
	err := e.step(ctx, page+" enrol", func(tx *db.DB) error {
		begun, err := auth.BeginTOTP(ctx, tx, in.by, "Attune")
		if err != nil {
			return err
		}
		in.secret = begun.Secret
		code, err := Code(in.secret, tx.Now())
		if err != nil {
			return err
		}
		raised, err := auth.ConfirmTOTP(ctx, tx, in.by, code)
		in.token, in.codes = raised.Token, raised.Codes
		return err
	})
	if err != nil {
		return err
	}
	in.by, _, err = auth.Who(ctx, e.db, in.token.Text())
	return err
}

// Code is the code that an authenticator app with the secret shows at a moment. The secret is base32, with or without
// spaces, in letters of either case.
func Code(secret string, at time.Time) (string, error) {
	secret = strings.ToUpper(strings.ReplaceAll(secret, " ", ""))
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(strings.TrimRight(secret, "=")); err != nil || secret == "" {
		return "", fmt.Errorf("the secret %q is not base32", secret)
	}
	return totp.GenerateCode(secret, at)
}
