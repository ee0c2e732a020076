package practice

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice/texts"
	"attune/internal/seal"
)

// ConsentText is one version of a text that clients are asked to sign. A
// published version is never changed; a new wording is a new version.
type ConsentText struct {
	ID       string
	Kind     string
	Version  int
	Required bool // therapy cannot begin without it
	Title    string
	Body     string // Markdown
	Since    time.Time
}

// Consent is where a client stands with the newest version of one text.
type Consent struct {
	Text        ConsentText
	ID          string // empty while unsigned
	Signature   string // the name as typed
	SignedAt    time.Time
	WithdrawnAt time.Time
}

// Signed reports whether the consent holds.
func (c Consent) Signed() bool { return !c.SignedAt.IsZero() && c.WithdrawnAt.IsZero() }

type consentWords struct{ Title, Body string }

func textPlace(id string) seal.Place {
	return seal.Place{Table: "consent_text", Row: id, Column: "body"}
}

func beginTexts(ctx context.Context, tx *db.DB) error {
	all, err := texts.Consents()
	if err != nil {
		return err
	}
	for _, t := range all {
		text := ConsentText{Kind: t.Kind, Version: t.Version, Required: t.Required, Title: t.Title, Body: t.Body}
		if err := publishText(ctx, tx, text); err != nil {
			return err
		}
	}
	return nil
}

// PublishText publishes a new version of a consent text.
func PublishText(ctx context.Context, tx *db.DB, by access.Actor, text ConsentText) error {
	if _, err := access.Within(by, access.WriteSettings, tx.Now()); err != nil {
		return err
	}
	var faults fault.List
	if strings.TrimSpace(text.Title) == "" {
		faults.Add("title", "Enter a title.")
	}
	if strings.TrimSpace(text.Body) == "" {
		faults.Add("body", "Enter the text.")
	}
	if err := faults.Err(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		newest, err := Texts(ctx, tx)
		if err != nil {
			return err
		}
		for _, t := range newest {
			if t.Kind == text.Kind {
				text.Version, text.Required = t.Version+1, t.Required
			}
		}
		if text.Version == 0 {
			return fault.NotFound()
		}
		if err := publishText(ctx, tx, text); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Published,
			audit.Subject{Right: access.WriteSettings, Type: "consent text", ID: text.Kind})
	})
}

func publishText(ctx context.Context, tx *db.DB, text ConsentText) error {
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return err
	}
	id := tx.NewID()
	sealed, err := key.SealJSON(textPlace(id), consentWords{text.Title, text.Body})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO consent_text (practice_id, id, kind, version, required, body, published_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tx.PracticeID(), id, text.Kind, text.Version, text.Required, sealed, tx.Now())
	if err != nil {
		return fmt.Errorf("publish consent text %s: %w", text.Kind, err)
	}
	return nil
}

// Texts lists the newest version of every consent text, required ones first.
func Texts(ctx context.Context, tx *db.DB) ([]ConsentText, error) {
	var all []ConsentText
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `
			SELECT t.id, t.kind, t.version, t.required, t.body, t.published_at FROM consent_text t
			WHERE t.practice_id = $1 AND NOT EXISTS (SELECT 1 FROM consent_text n
				WHERE n.practice_id = $1 AND n.kind = t.kind AND n.version > t.version)`,
			[]any{tx.PracticeID()}, func(scan func(...any) error) error {
				text, err := scanText(scan, key)
				all = append(all, text)
				return err
			})
	})
	slices.SortFunc(all, func(a, b ConsentText) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Title, b.Title))
	})
	return all, err
}

// rank puts the required texts first.
func rank(t ConsentText) int {
	if t.Required {
		return 0
	}
	return 1
}

// NewestText is the newest version of the text of which id names any version.
func NewestText(ctx context.Context, tx *db.DB, id string) (ConsentText, error) {
	var found ConsentText
	err := tx.View(ctx, func(tx *db.DB) error {
		var kind string
		err := tx.Row(ctx, `SELECT kind FROM consent_text WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), id).Scan(&kind)
		if errors.Is(err, db.ErrNone) {
			return fault.NotFound()
		}
		if err != nil {
			return fmt.Errorf("read consent text %s: %w", id, err)
		}
		all, err := Texts(ctx, tx)
		for _, t := range all {
			if t.Kind == kind {
				found = t
			}
		}
		return err
	})
	return found, err
}

func scanText(scan func(...any) error, key seal.Key) (ConsentText, error) {
	var text ConsentText
	var sealed []byte
	var words consentWords
	if err := scan(&text.ID, &text.Kind, &text.Version, &text.Required, &sealed, &text.Since); err != nil {
		return text, err
	}
	err := key.OpenJSON(textPlace(text.ID), sealed, &words)
	text.Title, text.Body = words.Title, words.Body
	return text, err
}

func signaturePlace(id string) seal.Place {
	return seal.Place{Table: "consent", Row: id, Column: "signature"}
}

// Consents is where a client stands with each text, for whoever has the right.
func Consents(ctx context.Context, tx *db.DB, by access.Actor, client ClientID) ([]Consent, error) {
	var all []Consent
	err := tx.View(ctx, func(tx *db.DB) error {
		c, err := OneClient(ctx, tx, by, access.ReadIntake, client)
		if err != nil {
			return err
		}
		all, err = consentsOf(ctx, tx, c)
		return err
	})
	return all, err
}

func consentsOf(ctx context.Context, tx *db.DB, c Client) ([]Consent, error) {
	newest, err := Texts(ctx, tx)
	if err != nil {
		return nil, err
	}
	all := make([]Consent, len(newest))
	for i, text := range newest {
		all[i].Text = text
	}
	key, err := seal.Open(ctx, tx, c.KeyID)
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, `
		SELECT id, text_id, signature, signed_at, withdrawn_at FROM consent
		WHERE practice_id = $1 AND client_id = $2 ORDER BY signed_at`,
		[]any{tx.PracticeID(), c.ID}, func(scan func(...any) error) error {
			var found Consent
			var textID string
			var sealed []byte
			if err := scan(&found.ID, &textID, &sealed, &found.SignedAt, &found.WithdrawnAt); err != nil {
				return err
			}
			i := slices.IndexFunc(all, func(c Consent) bool { return c.Text.ID == textID })
			if i < 0 {
				return nil
			}
			var err error
			found.Text = all[i].Text
			found.Signature, err = key.Open(signaturePlace(found.ID), sealed)
			all[i] = found // the latest of several counts
			return err
		})
	return all, err
}

// Sign keeps the actor's own consent to a text, with their name as typed.
func Sign(ctx context.Context, tx *db.DB, by access.Actor, textID, name string) error {
	if strings.TrimSpace(name) == "" {
		return fault.Invalid("signature", "Type your name to sign.")
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		c, err := OneClient(ctx, tx, by, access.AnswerIntake, ClientID(by.ID))
		if err != nil {
			return err
		}
		current, err := Texts(ctx, tx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(current, func(t ConsentText) bool { return t.ID == textID }) {
			return fault.Conflict("This text has a newer version. Please read that one.")
		}
		key, err := seal.Open(ctx, tx, c.KeyID)
		if err != nil {
			return err
		}
		id := tx.NewID()
		_, err = tx.Exec(ctx, `
			INSERT INTO consent (practice_id, id, client_id, text_id, signature, signed_at)
			VALUES ($1, $2, $3, $4, $5, $6)`,
			by.PracticeID, id, c.ID, textID, key.Seal(signaturePlace(id), name), tx.Now())
		if errors.Is(err, db.ErrDuplicate) {
			return fault.Conflict("You have signed this already.")
		}
		if err != nil {
			return fmt.Errorf("sign consent: %w", err)
		}
		return audit.Record(ctx, tx, by, audit.Signed,
			audit.Subject{Right: access.AnswerIntake, ClientID: string(c.ID), Type: "consent", ID: id})
	})
}

// Withdraw takes the actor's own consent back, from now on.
func Withdraw(ctx context.Context, tx *db.DB, by access.Actor, consentID string) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := access.Within(by, access.AnswerIntake, tx.Now()); err != nil {
			return err
		}
		n, err := tx.Exec(ctx, `
			UPDATE consent SET withdrawn_at = $4
			WHERE practice_id = $1 AND id = $2 AND client_id = $3 AND withdrawn_at IS NULL`,
			by.PracticeID, consentID, by.ID, tx.Now())
		if err != nil {
			return fmt.Errorf("withdraw consent %s: %w", consentID, err)
		}
		if n == 0 {
			return fault.NotFound()
		}
		return audit.Record(ctx, tx, by, audit.Withdrew,
			audit.Subject{Right: access.AnswerIntake, ClientID: by.ID, Type: "consent", ID: consentID})
	})
}
