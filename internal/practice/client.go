package practice

import (
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
	"attune/internal/mail"
	"attune/internal/seal"
)

// ClientID names a client.
type ClientID string

// Client is someone who comes, or came, to a course of therapy.
type Client struct {
	ID      ClientID
	KeyID   seal.OwnerID
	State   string // "active" or "former"
	Since   time.Time
	Version int64
	About
}

// About is who a client is and how to reach them safely. All of it is sealed.
type About struct {
	Name      string
	Pronouns  string
	Email     string
	Phone     string
	Contact   SafeContact
	Emergency Emergency
	Proposed  *About // a change that the client has proposed and nobody has taken over yet
}

// SafeContact is how a person wishes to be reached; it wins over everything else (S-82).
type SafeContact struct {
	Mail         bool   // messages by e-mail are safe
	Call         bool   // phone calls are safe
	Voicemail    bool   // leaving a voicemail is safe
	When         string // in the person's words
	PracticeName bool   // messages may carry the practice's full name
}

// Emergency is whom to call when someone is in danger.
type Emergency struct {
	Name, Tie, Phone string
}

// Validate collects what is wrong, by form field.
func (a About) Validate() error {
	var faults fault.List
	if strings.TrimSpace(a.Name) == "" {
		faults.Add("name", "Enter a name.")
	}
	if a.Email == "" && a.Phone == "" {
		faults.Add("email", "Enter an email address or a phone number so we can reply.")
	}
	if a.Email != "" {
		if clean, err := mail.Address(a.Email); err != nil || clean != a.Email {
			faults.Add("email", "Enter an email address like name@example.org.")
		}
	}
	return faults.Err()
}

func aboutPlace(key seal.OwnerID) seal.Place {
	return seal.Place{Table: "client", Row: string(key), Column: "profile"}
}

// AddClient keeps a new client under a key that exists already: the key of the
// inquiry that they came by. The caller has decided that it may; the deed is
// audited as theirs.
func AddClient(ctx context.Context, tx *db.DB, by access.Actor, c Client) error {
	if err := c.Validate(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		key, err := seal.Open(ctx, tx, c.KeyID)
		if err != nil {
			return err
		}
		sealed, err := key.SealJSON(aboutPlace(c.KeyID), c.About)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO client (practice_id, id, key_id, state, profile, version, created_at)
			VALUES ($1, $2, $3, 'active', $4, 1, $5)`, tx.PracticeID(), c.ID, c.KeyID, sealed, tx.Now())
		if err != nil {
			return fmt.Errorf("add client %s: %w", c.ID, err)
		}
		if err := seal.IndexName(ctx, tx, c.KeyID, c.Name); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Wrote,
			audit.Subject{Right: access.WriteAbout, ClientID: string(c.ID), Type: "client", ID: string(c.ID)})
	})
}

const clientColumns = `c.id, c.key_id, c.state, c.profile, c.version, c.created_at`

// OneClient is the client, where the actor may reach them by the right. It does
// not write to the audit log; verbs that read clinical data do.
func OneClient(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id ClientID) (Client, error) {
	found, err := clients(ctx, tx, by, right, `c.id = $5`, id)
	if err != nil {
		return Client{}, err
	}
	if len(found) == 0 {
		return Client{}, fault.NotFound()
	}
	return found[0], nil
}

// ClientsOf lists those of the given clients whom the actor may reach by the right, by id.
func ClientsOf(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, ids []ClientID) (map[ClientID]Client, error) {
	texts := make(db.Strings, len(ids))
	for i, id := range ids {
		texts[i] = string(id)
	}
	found, err := clients(ctx, tx, by, right, `c.id `+tx.AnyOf(5), texts)
	byID := make(map[ClientID]Client, len(found))
	for _, c := range found {
		byID[c.ID] = c
	}
	return byID, err
}

// mostFound is how many clients a search finds at most; beyond it one types more of the name.
const mostFound = 20

// FindClients finds clients by the beginnings of their names, within the actor's
// reach: at most 20, the first by name.
func FindClients(ctx context.Context, tx *db.DB, by access.Actor, query string) ([]Client, error) {
	var found []Client
	err := tx.InTx(ctx, func(tx *db.DB) error {
		owners, err := seal.FindNames(ctx, tx, query, 400)
		if err != nil {
			return err
		}
		keys := make(db.Strings, len(owners))
		for i, owner := range owners {
			keys[i] = string(owner)
		}
		found, err = clients(ctx, tx, by, access.FindClient, `c.key_id `+tx.AnyOf(5), keys)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read, audit.Subject{Right: access.FindClient, Type: "search"})
	})
	slices.SortFunc(found, func(a, b Client) int { return strings.Compare(a.Name, b.Name) })
	return found[:min(len(found), mostFound)], err
}

func clients(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, arg any) ([]Client, error) {
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	var found []Client
	err = tx.View(ctx, func(tx *db.DB) error {
		found = nil
		sealed := map[ClientID][]byte{}
		err := tx.Each(ctx, `SELECT `+clientColumns+` FROM client c WHERE `+access.Clients+` AND `+where, scope.Args(arg),
			func(scan func(...any) error) error {
				var c Client
				var profile []byte
				if err := scan(&c.ID, &c.KeyID, &c.State, &profile, &c.Version, &c.Since); err != nil {
					return err
				}
				found, sealed[c.ID] = append(found, c), profile
				return nil
			})
		if err != nil {
			return fmt.Errorf("read clients: %w", err)
		}
		return openAbouts(ctx, tx, found, sealed)
	})
	return found, err
}

func openAbouts(ctx context.Context, tx *db.DB, found []Client, sealed map[ClientID][]byte) error {
	owners := make([]seal.OwnerID, len(found))
	for i, c := range found {
		owners[i] = c.KeyID
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for i, c := range found {
		if err := keys[c.KeyID].OpenJSON(aboutPlace(c.KeyID), sealed[c.ID], &found[i].About); err != nil {
			return fmt.Errorf("open client %s: %w", c.ID, err)
		}
	}
	return nil
}

// ChangeAbout keeps what the coordinator changed about a client.
func ChangeAbout(ctx context.Context, tx *db.DB, by access.Actor, id ClientID, version int64, about About) error {
	if err := about.Validate(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		c, err := OneClient(ctx, tx, by, access.WriteAbout, id)
		if err != nil {
			return err
		}
		if c.Version != version {
			return fault.Conflict("Someone else changed this meanwhile. Look at it again, then make your change.")
		}
		if err := keepAbout(ctx, tx, c, about); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed,
			audit.Subject{Right: access.WriteAbout, ClientID: string(id), Type: "client", ID: string(id)})
	})
}

// ProposeAbout keeps the change that a client proposes to their own name,
// contact or emergency contact; how to reach them safely holds at once.
func ProposeAbout(ctx context.Context, tx *db.DB, by access.Actor, about About) error {
	if err := about.Validate(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		c, err := OneClient(ctx, tx, by, access.ProposeAbout, ClientID(by.ID))
		if err != nil {
			return err
		}
		changed := c.About
		changed.Contact, changed.Emergency = about.Contact, about.Emergency
		changed.Proposed = &About{Name: about.Name, Pronouns: about.Pronouns, Email: about.Email, Phone: about.Phone}
		if about.Name == c.Name && about.Pronouns == c.Pronouns && about.Email == c.Email && about.Phone == c.Phone {
			changed.Proposed = nil
		}
		if err := keepAbout(ctx, tx, c, changed); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed,
			audit.Subject{Right: access.ProposeAbout, ClientID: by.ID, Type: "client", ID: by.ID})
	})
}

func keepAbout(ctx context.Context, tx *db.DB, c Client, about About) error {
	key, err := seal.Open(ctx, tx, c.KeyID)
	if err != nil {
		return err
	}
	sealed, err := key.SealJSON(aboutPlace(c.KeyID), about)
	if err != nil {
		return err
	}
	n, err := tx.Exec(ctx, `UPDATE client SET profile = $3, version = version + 1 WHERE practice_id = $1 AND id = $2 AND version = $4`,
		tx.PracticeID(), c.ID, sealed, c.Version)
	if err != nil {
		return fmt.Errorf("keep client %s: %w", c.ID, err)
	}
	if n == 0 {
		return errors.New("keep client: the version moved inside a transaction")
	}
	return seal.IndexName(ctx, tx, c.KeyID, about.Name)
}
