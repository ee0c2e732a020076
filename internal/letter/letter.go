// Package letter is what a practice sends: neutral words to a safe address,
// with a link that does one thing.
package letter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/job"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/seal"
)

// Letter is one message that is to be sent.
type Letter struct {
	Name texts.MailName
	// Owner is whose key seals the address until the letter has left: the key of
	// the inquiry or client, or the practice's own for staff.
	Owner seal.OwnerID
	To    string
	// FullName lets the letter carry the practice's full name; only where the
	// person chose that.
	FullName bool
	Values   map[string]string // what the message's fixed words leave open, neutral

	// Task, Person, Subject, Opens and Expires are those of the link in it. The
	// link is made when the letter leaves, so that no token is kept.
	Task    access.Task
	Person  string
	Subject string
	Opens   time.Time
	Expires time.Time
	Path    string // instead of a link with a task: a page behind sign-in

	Calendar []byte
}

// paths are where links of each task lead. They tell a bystander nothing.
var paths = map[access.Task]string{
	access.TaskOffer:       "/times/",
	access.TaskAppointment: "/time/",
	access.TaskIntake:      "/forms/",
	access.TaskCheckIn:     "/questions/",
	access.TaskRecord:      "/page/",
	access.TaskInvite:      "/welcome/",
	access.TaskReset:       "/renew/",
	access.TaskSignIn:      "/enter/",
	access.TaskRequest:     "/request/",
}

// Path is where a link of the task leads, followed by its token.
func Path(task access.Task) string { return paths[task] }

// Job is the kind of job that sends a letter.
const Job job.Kind = "letter"

// envelope is what waits in the database: ids in the open, the rest sealed.
type envelope struct {
	ID    string       `json:"id"`
	Owner seal.OwnerID `json:"owner"`
	Body  []byte       `json:"body"`
}

func place(id string) seal.Place { return seal.Place{Table: "job", Row: id, Column: "letter"} }

// Send has a letter sent once the transaction is kept. A letter without an
// address is not sent: whoever wrote it says so on the page.
func Send(ctx context.Context, tx *db.DB, l Letter) error {
	if l.To == "" {
		return nil
	}
	key, err := keyOf(ctx, tx, l.Owner)
	if err != nil {
		return err
	}
	e := envelope{ID: tx.NewID(), Owner: l.Owner}
	if e.Body, err = key.SealJSON(place(e.ID), l); err != nil {
		return err
	}
	return job.Later(ctx, tx, Job, e.ID, tx.Now(), e)
}

// keyOf is the owner's key; of the practice itself, its own.
func keyOf(ctx context.Context, tx *db.DB, owner seal.OwnerID) (seal.Key, error) {
	if string(owner) == tx.PracticeID() {
		return seal.Practice(ctx, tx)
	}
	return seal.Open(ctx, tx, owner)
}

// ToClient is a letter to a client at their safe address: without one, or where
// mail is not safe for them, it has no address and is not sent.
func ToClient(c practice.Client, name texts.MailName) Letter {
	l := Letter{Name: name, Owner: c.KeyID, FullName: c.Contact.PracticeName, Person: string(c.ID), Values: map[string]string{}}
	if c.Contact.Mail {
		l.To = c.Email
	}
	return l
}

// ToStaff is a letter to someone who works at the practice.
func ToStaff(p practice.ID, s practice.Staff, name texts.MailName) Letter {
	return Letter{Name: name, Owner: seal.OwnerID(p), To: s.Email, Person: string(s.ID), Values: map[string]string{}}
}

// Post takes letters out of the building.
type Post struct {
	// Sender is used where a practice has set no mail server of its own.
	Sender mail.Sender
	// Base is the address that links begin with, for a host name of the practice.
	Base func(host string) string
	// Host is used where a practice has no host name of its own: the listening address.
	Host string
}

// Deliver sends the letter of one job. A letter whose key is gone is dropped:
// the person has been forgotten.
func (p Post) Deliver(ctx context.Context, d *db.DB, payload []byte) error {
	var e envelope
	if err := json.Unmarshal(payload, &e); err != nil {
		return fmt.Errorf("read a letter's envelope: %w", err)
	}
	var m mail.Message
	var sender mail.Sender
	err := d.InTx(ctx, func(tx *db.DB) error {
		key, err := keyOf(ctx, tx, e.Owner)
		if err != nil {
			return err
		}
		var l Letter
		if err := key.OpenJSON(place(e.ID), e.Body, &l); err != nil {
			return err
		}
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		if sender, err = p.senderOf(house); err != nil {
			return err
		}
		m, err = p.write(ctx, tx, house, e.ID, l)
		return err
	})
	if errors.Is(err, seal.ErrNoKey) {
		return nil
	}
	if err != nil {
		return err
	}
	err = sender.Send(ctx, m)
	if errors.Is(err, mail.ErrRefused) {
		return fmt.Errorf("%w: %w", job.ErrGiveUp, err)
	}
	return err
}

func (p Post) senderOf(house practice.Practice) (mail.Sender, error) {
	if house.MailServer == "" {
		return p.Sender, nil
	}
	setting := house.MailServer
	if at, err := url.Parse(setting); err == nil && (at.Scheme == "smtp" || at.Scheme == "smtps") && house.MailUser != "" {
		at.User = url.UserPassword(house.MailUser, house.MailSecret)
		setting = at.String()
	}
	return mail.Open(setting)
}

func (p Post) write(ctx context.Context, tx *db.DB, house practice.Practice, id string, l Letter) (mail.Message, error) {
	words, err := texts.Message(l.Name)
	if err != nil {
		return mail.Message{}, err
	}
	base, err := p.base(ctx, tx)
	if err != nil {
		return mail.Message{}, err
	}
	values := map[string]string{"sender": house.ShortName, "link": base + l.Path}
	if l.FullName {
		values["sender"] = house.Name
	}
	for name, value := range l.Values {
		values[name] = value
	}
	if l.Task != "" {
		token, err := auth.NewLink(ctx, tx, l.Task, l.Person, l.Subject, l.Opens, l.Expires)
		if err != nil {
			return mail.Message{}, err
		}
		values["link"] = base + paths[l.Task] + token.Text()
	}
	body, err := mail.Fill(words.Body, values)
	if err != nil {
		return mail.Message{}, fmt.Errorf("write letter %s: %w", l.Name, err)
	}
	from := house.MailFrom
	if from == "" {
		from = house.Email
	}
	return mail.Message{ID: id, At: tx.Now(), From: from, FromName: values["sender"], To: l.To,
		Subject: mail.Subject(words.Subject), Body: body, Calendar: l.Calendar}, nil
}

// base is the address that links of the practice begin with.
func (p Post) base(ctx context.Context, tx *db.DB) (string, error) {
	var host string
	err := tx.Row(ctx, `SELECT COALESCE(MIN(host), '') FROM practice_host WHERE practice_id = $1`, tx.PracticeID()).Scan(&host)
	if err != nil {
		return "", fmt.Errorf("find the practice's host: %w", err)
	}
	if host == "" {
		host = p.Host
	}
	return p.Base(host), nil
}
