package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
)

// TLS says how the way to the mail server is protected.
type TLS string

// The ways there are.
const (
	StartTLS TLS = "starttls" // encrypted after the greeting, or not at all sent
	Implicit TLS = "implicit" // encrypted from the first byte
	NoTLS    TLS = "none"     // to this machine only
)

// smtpTimeout bounds each step of a conversation with the server, and the whole of it twice over.
const smtpTimeout = 15 * time.Second

// SMTP hands messages over to a mail server.
type SMTP struct {
	Host     string
	Port     int
	User     string // empty: without signing in
	Password string
	TLS      TLS
	Roots    *x509.CertPool // who may vouch for the server; nil: whom this machine trusts
}

// ParseSMTP reads smtp://USER:PASSWORD@HOST:PORT, which demands STARTTLS, or smtps://…, which is encrypted from the
// start. Ports default to 587 and 465. "?password-file=PATH" takes the password from a file, and "?tls=none" leaves
// out encryption to a server on this machine.
func ParseSMTP(setting string) (*SMTP, error) {
	u, err := url.Parse(setting)
	if err != nil || u.Hostname() == "" || u.Path != "" || u.Fragment != "" {
		return nil, errors.New("the mail server must be written smtp://USER:PASSWORD@HOST:PORT") // never the password
	}
	s := &SMTP{Host: u.Hostname(), Port: 587, User: u.User.Username(), TLS: StartTLS}
	s.Password, _ = u.User.Password()
	if u.Scheme == "smtps" {
		s.Port, s.TLS = 465, Implicit
	}
	if u.Port() != "" {
		if s.Port, err = strconv.Atoi(u.Port()); err != nil {
			return nil, errors.New("the port of the mail server is no number")
		}
	}
	for name, values := range u.Query() {
		switch {
		case name == "tls" && values[0] == string(NoTLS):
			s.TLS = NoTLS
		case name == "password-file":
			if s.Password, err = readPassword(values[0]); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("the mail server has no setting %q but password-file=PATH and tls=none", name)
		}
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s, nil
}

func readPassword(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read the mail server's password: %w", err)
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// Check says what is wrong with the settings, in a sentence.
func (s *SMTP) Check() error {
	switch {
	case s.Host == "" || strings.ContainsAny(s.Host, " \t\r\n/@"):
		return errors.New("the mail server needs a host name")
	case s.Port < 1 || s.Port > 65535:
		return errors.New("the port of the mail server must be 1 to 65535")
	case (s.User == "") != (s.Password == ""):
		return errors.New("the mail server needs both a user and a password, or neither")
	case s.TLS != StartTLS && s.TLS != Implicit && s.TLS != NoTLS:
		return errors.New("the mail server's encryption must be starttls, implicit or none")
	case s.TLS == NoTLS && !local(s.Host):
		return errors.New("mail goes unencrypted to a server on this machine only: use STARTTLS")
	}
	return nil
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// Send hands the message over, in a conversation of its own that ends when ctx does and after 30 seconds.
func (s *SMTP) Send(ctx context.Context, m Message) error {
	msg, err := m.build()
	if err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	ctx, hangUp := context.WithTimeout(ctx, 2*smtpTimeout)
	defer hangUp()
	client, err := s.client(ctx)
	if err != nil {
		return fmt.Errorf("message %s: %w", m.ID, err)
	}
	err = client.DialAndSendWithContext(ctx, msg)
	switch {
	case err == nil, msg.IsDelivered(): // once the server took it, an unfriendly goodbye must not send it twice
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("message %s: the mail server took too long: %w", m.ID, ctx.Err())
	}
	return fmt.Errorf("message %s: %w", m.ID, explain(err))
}

// client makes the client for one conversation.
func (s *SMTP) client(ctx context.Context) (*gomail.Client, error) {
	policy := gomail.NoTLS // where dial encrypts, or where nothing leaves this machine
	if s.TLS == StartTLS {
		policy = gomail.TLSMandatory
	}
	options := []gomail.Option{
		gomail.WithPort(s.Port),
		gomail.WithTimeout(smtpTimeout),
		gomail.WithoutNoop(),
		gomail.WithTLSPolicy(policy),
		gomail.WithTLSConfig(s.config()),
		gomail.WithDialContextFunc(s.dial(ctx)),
	}
	if s.User != "" {
		options = append(options, gomail.WithUsername(s.User), gomail.WithPassword(s.Password),
			gomail.WithOpportunisticSMTPAuth(gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin))
	}
	return gomail.NewClient(s.Host, options...)
}

func (s *SMTP) config() *tls.Config {
	return &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
}

// dial reaches the server, and hangs up when talk ends: once it talks, the library does neither of itself.
func (s *SMTP) dial(talk context.Context) gomail.DialContextFunc {
	return func(ctx context.Context, network, address string) (conn net.Conn, err error) {
		if s.TLS == Implicit {
			conn, err = (&tls.Dialer{Config: s.config()}).DialContext(ctx, network, address)
		} else {
			conn, err = (&net.Dialer{}).DialContext(ctx, network, address)
		}
		if err != nil {
			return nil, err
		}
		context.AfterFunc(talk, func() { _ = conn.Close() }) // nobody is left to be told
		return conn, nil
	}
}

// explain says what went wrong without the words of server and library, which repeat the recipient's address.
func explain(err error) error {
	var refused *gomail.SendError
	if !errors.As(err, &refused) {
		return fmt.Errorf("the mail server cannot be reached: %w", err) // before any message was named
	}
	aboutMessage := refused.Reason == gomail.ErrSMTPRcptTo || refused.Reason == gomail.ErrSMTPDataClose
	if aboutMessage && refused.ErrorCode() >= 500 {
		return fmt.Errorf("%w: the mail server answered %d while %s", ErrRefused, refused.ErrorCode(), refused.Reason)
	}
	return fmt.Errorf("the mail server answered %d while %s", refused.ErrorCode(), refused.Reason)
}
