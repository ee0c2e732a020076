// Package mail sends messages out of the building, in fixed and neutral words.
package mail

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gomail "github.com/wneessen/go-mail"
)

// Subject is the subject line of a message: one of those below, which tell a bystander nothing.
type Subject string

// All subjects there are.
const (
	Received Subject = "We received your message"
	Reply    Subject = "A reply to your message"
	Booked   Subject = "Your appointment"
	Reminder Subject = "A reminder"
	Changed  Subject = "A change to your appointment"
	Form     Subject = "A few questions for you"
	SignIn   Subject = "Your link to sign in"
	Account  Subject = "A change to your account"
	Invited  Subject = "Your invitation"
	Waiting  Subject = "Something is waiting for you"
)

// Subjects lists all subjects.
func Subjects() []Subject {
	return []Subject{Received, Reply, Booked, Reminder, Changed, Form, SignIn, Account, Invited, Waiting}
}

// Message is one message to one person.
type Message struct {
	ID       string    // 1 to 64 letters, digits, - and _; a message that is sent again keeps it
	At       time.Time // when it was written
	From     string    // address
	FromName string    // shown beside the address; may be empty
	To       string    // one address, as Address returns it
	Subject  Subject
	Body     string // plain text, made by Fill; lines end with \n
	Calendar []byte // an iCalendar file to attach; nil for none
}

// Sender takes messages out.
type Sender interface {
	// Send returns nil once the message is handed over for good, and ErrRefused where trying again is no use.
	// Its errors name no person.
	Send(ctx context.Context, m Message) error
}

// ErrRefused says that the message will never be taken: it is malformed, or there is no such address.
var ErrRefused = errors.New("the message is refused for good")

const (
	calendarName = "event.ics"
	maxAddress   = 254       // RFC 5321, 4.5.3.1.3, without the angle brackets
	maxBody      = 32 << 10  // bytes; a message is a few lines
	maxLine      = 990       // bytes; RFC 5322, 2.1.1 allows 998
	maxCalendar  = 256 << 10 // bytes
	maxFromName  = 100       // bytes
)

var messageID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// Open makes the sender that a setting names: "off", "sink:DIR", or "smtp://USER:PASSWORD@HOST:PORT" as ParseSMTP
// reads it.
func Open(setting string) (sender Sender, err error) {
	kind, rest, _ := strings.Cut(setting, ":")
	switch {
	case setting == "off":
		sender = Off{}
	case kind == "sink" && rest != "":
		sender, err = OpenSink(rest)
	case kind == "smtp" || kind == "smtps":
		sender, err = ParseSMTP(setting)
	default:
		err = errors.New("the mail setting must be off, sink:DIR, smtp://… or smtps://…")
	}
	if err != nil {
		return nil, err
	}
	return sender, nil
}

// Off sends nothing. It refuses what others would refuse.
type Off struct{}

// Send checks the message and drops it.
func (Off) Send(_ context.Context, m Message) error {
	_, err := m.build()
	return err
}

// Address returns a mail address without blanks around it, or a sentence that says what is wrong with it. It takes
// one plain address in ASCII, without a name and without quotes.
func Address(text string) (string, error) {
	text = strings.TrimSpace(text)
	a, err := mail.ParseAddress(text)
	local, domain, _ := strings.Cut(text, "@")
	plain := strings.IndexFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`"\()<>,;:[]`, r) }) < 0
	if err != nil || a.Address != text || !plain || len(text) > maxAddress || len(local) > 64 || !strings.Contains(domain, ".") {
		return "", errors.New("write one e-mail address like name@example.org")
	}
	return text, nil
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// Fill puts values into a text: {name} becomes the value of "name", just as it is, once. Every {name} of the text
// must have a value, and no value may hold a line break or another control character. Anything else in braces is
// ordinary text.
func Fill(text string, values map[string]string) (string, error) {
	var faults []error
	filled := placeholder.ReplaceAllStringFunc(text, func(found string) string {
		name := found[1 : len(found)-1]
		value, ok := values[name]
		switch {
		case !ok:
			faults = append(faults, fmt.Errorf("the text asks for %s, which this message does not have", found))
		case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
			faults = append(faults, fmt.Errorf("the value of %s holds a control character", found))
		}
		return value
	})
	if err := errors.Join(faults...); err != nil {
		return "", err
	}
	return filled, nil
}

// check says what would make the message unfit to be sent, without repeating any of it.
func (m Message) check() error {
	from, fromErr := Address(m.From)
	to, toErr := Address(m.To)
	switch {
	case !messageID.MatchString(m.ID):
		return errors.New("its id is not 1 to 64 letters, digits, - and _")
	case m.At.IsZero():
		return errors.New("it has no date")
	case fromErr != nil || from != m.From:
		return errors.New("its sender is no plain address")
	case toErr != nil || to != m.To:
		return errors.New("its recipient is no plain address")
	case !fit(m.FromName, "") || len(m.FromName) > maxFromName:
		return errors.New("the sender's name is too long or holds a control character")
	case !slices.Contains(Subjects(), m.Subject):
		return errors.New("its subject is not one of the fixed ones")
	case strings.TrimSpace(m.Body) == "" || len(m.Body) > maxBody || !fit(m.Body, "\n\t"):
		return errors.New("its text is empty, too long or holds a control character")
	case len(m.Calendar) > maxCalendar:
		return errors.New("its calendar file is too long")
	}
	return nil
}

// fit reports whether s is text without control characters other than those allowed.
func fit(s, allowed string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return unicode.IsControl(r) && !strings.ContainsRune(allowed, r)
	})
}

// build makes the message as RFC 5322 wants it; the same message always gives the same bytes.
func (m Message) build() (*gomail.Msg, error) {
	if err := m.check(); err != nil {
		return nil, fmt.Errorf("message %.64q: %w: %w", m.ID, ErrRefused, err)
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithBoundary(m.boundary()))
	msg.FromMailAddress(&mail.Address{Name: m.FromName, Address: m.From})
	msg.ToMailAddress(&mail.Address{Address: m.To})
	msg.Subject(string(m.Subject))
	msg.SetDateWithValue(m.At.UTC())
	_, domain, _ := strings.Cut(m.From, "@")
	msg.SetMessageIDWithValue(m.ID + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: absence notes stay unsent
	body, encoding := m.text()
	msg.SetBodyString(gomail.TypeTextPlain, body, gomail.WithPartEncoding(encoding))
	if m.Calendar == nil {
		return msg, nil
	}
	err := msg.AttachReader(calendarName, bytes.NewReader(m.Calendar),
		gomail.WithFileContentType("text/calendar; charset=utf-8"))
	if err != nil {
		return nil, fmt.Errorf("message %s: attach the calendar file: %w", m.ID, err)
	}
	return msg, nil
}

// text is the body with the line ends of the mail, and its encoding: none where plain ASCII needs none, so that a
// link stands whole in its line. That is labelled 8bit, because the library encodes what it labels 7bit.
func (m Message) text() (string, gomail.Encoding) {
	encoding := gomail.NoEncoding
	for line := range strings.Lines(m.Body) {
		if len(line) > maxLine || strings.ContainsFunc(line, func(r rune) bool { return r >= utf8.RuneSelf }) {
			encoding = gomail.EncodingQP
		}
	}
	return strings.ReplaceAll(strings.TrimRight(m.Body, "\n")+"\n", "\n", "\r\n"), encoding
}

// boundary parts the text from the attachment. No text can hold a digest of itself but by chance.
func (m Message) boundary() string {
	sum := sha256.Sum256([]byte(m.ID + "\x00" + m.Body))
	return hex.EncodeToString(sum[:16])
}
