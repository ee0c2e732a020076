// Package texts holds the words that a new practice starts with: consents, public pages and neutral mail.
package texts

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

//go:embed consent/*.md pages/*.md mail/*.txt home.json
var files embed.FS

// Consent is the first version of a text that clients are asked to sign.
type Consent struct {
	Kind     string // such as "therapy"; also the name of its file
	Version  int    // 1 or more
	Required bool   // therapy cannot begin without it
	Title    string
	Body     string // Markdown
}

// Consents lists all consents in the order in which they are read, required ones first.
func Consents() ([]Consent, error) {
	var all []Consent
	for _, kind := range []string{"therapy", "fees", "privacy", "telehealth", "check-ins"} {
		head, body, err := read("consent/"+kind+".md", "kind", "version", "required", "title")
		if err != nil {
			return nil, err
		}
		version, err := strconv.Atoi(head["version"])
		if err != nil {
			return nil, fmt.Errorf("version of consent %s: %w", kind, err)
		}
		required, err := strconv.ParseBool(head["required"])
		if err != nil {
			return nil, fmt.Errorf("required in consent %s: %w", kind, err)
		}
		all = append(all, Consent{head["kind"], version, required, head["title"], body})
	}
	return all, nil
}

// PageName names a page of the public site.
type PageName string

// All pages there are.
const (
	Crisis    PageName = "crisis"
	Minors    PageName = "minors"
	HowWeWork PageName = "how-we-work"
	Privacy   PageName = "privacy"
	Fees      PageName = "fees" // without amounts, which each practice sets
)

// Page is a text of the public site.
type Page struct {
	Title   string
	Version int    // 1 or more
	Body    string // Markdown; its headings begin at the second level
}

// Read returns the page of that name.
func Read(name PageName) (Page, error) {
	head, body, err := read("pages/"+string(name)+".md", "title", "version")
	if err != nil {
		return Page{}, err
	}
	version, err := strconv.Atoi(head["version"])
	if err != nil {
		return Page{}, fmt.Errorf("version of page %s: %w", name, err)
	}
	return Page{head["title"], version, body}, nil
}

// Home is what the first page of the public site says.
type Home struct {
	Headline string  `json:"headline"`
	Lead     string  `json:"lead"`
	Sayings  Sayings `json:"sayings"`
	How      How     `json:"how"`
	NotSure  string  `json:"not_sure"` // for those who do not know whom to ask for
}

// Sayings are what people might say when they first write. They are invented, and Note says so beside them.
type Sayings struct {
	Title string   `json:"title"`
	Note  string   `json:"note"`
	Items []string `json:"items"`
}

// How tells in a few steps how the work goes.
type How struct {
	Title string `json:"title"`
	Steps []Step `json:"steps"`
}

// Step is one of the steps of How.
type Step struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// FirstPage returns the words of the first page of the public site.
func FirstPage() (Home, error) {
	src, err := files.ReadFile("home.json")
	if err != nil {
		return Home{}, err
	}
	var home Home
	if err := Decode(src, &home); err != nil {
		return Home{}, fmt.Errorf("home.json: %w", err)
	}
	return home, nil
}

// Decode reads one JSON value strictly: it refuses unknown fields and anything that follows the value.
func Decode(src []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the value")
	}
	return nil
}

// MailName names a message.
type MailName string

// All messages there are, with the values that each asks for.
const (
	RequestReceived MailName = "request-received" // reply_by, link, sender
	RequestAnswered MailName = "request-answered" // link, sender; referred elsewhere, or put on the wait list
	TimesOffered    MailName = "times-offered"    // until, link, sender
	Booked          MailName = "booked"           // when, link, sender
	ReminderDays    MailName = "reminder-days"    // when, cutoff, link, sender
	ReminderHours   MailName = "reminder-hours"   // when, link, sender
	Changed         MailName = "changed"          // when, link, sender
	Cancelled       MailName = "cancelled"        // when, link, sender
	Forms           MailName = "forms"            // link, sender; consents and intake measures
	CheckIn         MailName = "check-in"         // link, sender
	PageReady       MailName = "page-ready"       // until, link, sender; such as who has looked at my record
	SignInLink      MailName = "sign-in-link"     // until, link, sender
	StaffInvite     MailName = "staff-invite"     // until, link, sender
	Reset           MailName = "reset"            // until, link, sender
	NewSignIn       MailName = "new-sign-in"      // when, link, sender
	AccountChanged  MailName = "account-changed"  // when, link, sender; a password, an address or a second step
	ConfirmAddress  MailName = "confirm-address"  // until, link, sender; to the new address
	SecondWord      MailName = "second-word"      // link, sender; what two people decide
	TestMessage     MailName = "test-message"     // link, sender; whether mail works
	ReplyHeld       MailName = "reply-held"       // link, sender
	NeedsYou        MailName = "needs-you"        // link, sender; a risk task, to the person on duty
)

// MailNames lists all messages.
func MailNames() []MailName {
	return []MailName{RequestReceived, RequestAnswered, TimesOffered, Booked, ReminderDays, ReminderHours, Changed,
		Cancelled, Forms, CheckIn, PageReady, SignInLink, StaffInvite, Reset, NewSignIn, AccountChanged, ConfirmAddress, SecondWord,
		TestMessage, ReplyHeld, NeedsYou}
}

// Mail is a message before mail.Fill puts its values in. It says nothing of what the practice is or does; the value of
// sender is the practice's short neutral name.
type Mail struct {
	Subject string // one of mail.Subjects
	Body    string // plain text; lines end with \n
}

// Message returns the mail of that name.
func Message(name MailName) (Mail, error) {
	head, body, err := read("mail/"+string(name)+".txt", "subject")
	if err != nil {
		return Mail{}, err
	}
	return Mail{head["subject"], body}, nil
}

func read(path string, keys ...string) (map[string]string, string, error) {
	src, err := files.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	head, body, err := Split(string(src), keys...)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", path, err)
	}
	return head, body, nil
}

// Split parts a text from the front matter above it: lines of "key: value" between two lines "---". Each of the keys
// must be there once with a value, and no other. The text begins at its first line that is not empty.
func Split(src string, keys ...string) (map[string]string, string, error) {
	rest, ok := strings.CutPrefix(src, "---\n")
	lines, text, closed := strings.Cut(rest, "\n---\n")
	if !ok || !closed {
		return nil, "", errors.New("a text begins with front matter between two lines ---")
	}
	head := map[string]string{}
	for line := range strings.SplitSeq(lines, "\n") {
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case !slices.Contains(keys, key):
			return nil, "", fmt.Errorf("unknown key %q", key)
		case head[key] != "":
			return nil, "", fmt.Errorf("key %q stands twice", key)
		case value == "":
			return nil, "", fmt.Errorf("key %q has no value", key)
		}
		head[key] = value
	}
	for _, key := range keys {
		if head[key] == "" {
			return nil, "", fmt.Errorf("key %q is missing", key)
		}
	}
	return head, strings.TrimLeft(text, "\n"), nil
}
