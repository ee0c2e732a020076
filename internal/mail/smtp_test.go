package mail_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"attune/internal/mail"
)

const (
	mailUser, mailPassword = "hello@alder.example", "correct horse"
)

// post is a mail server that keeps what it takes.
type post struct {
	mu       sync.Mutex
	refuse   *smtp.SMTPError // what it answers to each recipient; nil: it takes them
	dataFail *smtp.SMTPError // what it answers to each text
	signedIn bool
	from, to string
	text     []byte
	taken    int
}

// NewSession implements smtp.Backend.
func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return &visit{post: p}, nil }

// visit is one connection to the server.
type visit struct{ *post }

func (v *visit) AuthMechanisms() []string { return []string{sasl.Plain} }

func (v *visit) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != mailUser || password != mailPassword {
			return smtp.ErrAuthFailed
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.signedIn = true
		return nil
	}), nil
}

func (v *visit) Mail(from string, _ *smtp.MailOptions) error { v.from = from; return nil }

func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	v.to = to
	if v.refuse != nil {
		return v.refuse
	}
	return nil
}

func (v *visit) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if v.dataFail != nil {
		return v.dataFail
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.text, v.taken = text, v.taken+1
	return nil
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

// serve starts the mail server. The settings reach it, without a user.
func serve(t *testing.T, p *post, kind mail.TLS) *mail.SMTP {
	t.Helper()
	cert, roots := certificate(t)
	server := smtp.NewServer(p)
	server.Domain = "localhost"
	server.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	config := &tls.Config{Certificates: []tls.Certificate{cert}}
	switch kind {
	case mail.StartTLS:
		server.TLSConfig = config
	case mail.Implicit:
		l = tls.NewListener(l, config)
	case mail.NoTLS:
		server.AllowInsecureAuth = true
	}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(l) }) // it ends with the error that it was closed
	t.Cleanup(func() {
		_ = server.Close()
		_ = l.Close() // which the server does not know yet where it was too slow to begin
		running.Wait()
	})
	return &mail.SMTP{Host: "127.0.0.1", Port: port, TLS: kind, Roots: roots}
}

// certificate makes the server's own certificate and who vouches for it: itself.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now() // the library checks certificates by the machine's clock
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail.alder.example"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(made)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func TestSMTPDelivers(t *testing.T) {
	for _, kind := range []mail.TLS{mail.StartTLS, mail.Implicit, mail.NoTLS} {
		for _, user := range []string{"", mailUser} {
			t.Run(string(kind)+" "+user, func(t *testing.T) {
				p := &post{}
				s := serve(t, p, kind)
				if user != "" {
					s.User, s.Password = user, mailPassword
				}
				m := valid()
				m.Calendar = []byte(calendar)
				m.Body = "Hello,\n.\n..two dots\nFrom here\n"
				if err := s.Send(context.Background(), m); err != nil {
					t.Fatal(err)
				}
				if p.from != m.From || p.to != m.To || p.taken != 1 || p.signedIn != (user != "") {
					t.Errorf("got from %q to %q, %d messages, signed in %v", p.from, p.to, p.taken, p.signedIn)
				}
				if want := sunk(t, m); !bytes.Equal(p.text, want) {
					t.Errorf("got\n%s\nwant as in the sink\n%s", p.text, want)
				}
				wantParts(t, p.text, m)
			})
		}
	}
}

func TestSMTPRefusals(t *testing.T) {
	answer := func(code int) *smtp.SMTPError {
		return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{code / 100, 1, 1}, Message: "<ana@example.org> no"}
	}
	tests := []struct {
		name    string
		post    post
		change  func(s *mail.SMTP)
		forGood bool
		want    string // part of the error
	}{
		{name: "unknown recipient", post: post{refuse: answer(550)}, forGood: true, want: "550"},
		{name: "recipient later", post: post{refuse: answer(451)}, want: "451"},
		{name: "text refused", post: post{dataFail: answer(554)}, forGood: true, want: "554"},
		{name: "text later", post: post{dataFail: answer(452)}, want: "452"},
		{name: "unknown certificate", change: func(s *mail.SMTP) { s.Roots = x509.NewCertPool() }, want: "certificate"},
		{name: "another host's certificate", change: func(s *mail.SMTP) { s.Host = "localhost" }, want: "certificate"},
		{name: "wrong password", change: func(s *mail.SMTP) { s.User, s.Password = mailUser, "wrong" }, want: "535"},
		{name: "nobody listens", change: func(s *mail.SMTP) { s.Port = 1 }, want: "cannot be reached"},
		{name: "implicit to a STARTTLS server", change: func(s *mail.SMTP) { s.TLS = mail.Implicit }, want: "cannot be reached"},
	}
	for i := range tests {
		tt := &tests[i]
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, &tt.post, mail.StartTLS)
			if tt.change != nil {
				tt.change(s)
			}
			err := s.Send(context.Background(), valid())
			if err == nil || errors.Is(err, mail.ErrRefused) != tt.forGood || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q, refused for good: %v", err, tt.want, tt.forGood)
			}
			if err != nil && (strings.Contains(err.Error(), "ana@") || strings.Contains(err.Error(), "Tuesday")) {
				t.Errorf("the error names the recipient or the text: %v", err)
			}
			if tt.post.taken != 0 {
				t.Error("the server took the message")
			}
		})
	}
}

func TestSMTPNeverGoesUnencrypted(t *testing.T) {
	p := &post{}
	s := serve(t, p, mail.NoTLS)
	s.TLS = mail.StartTLS
	if err := s.Send(context.Background(), valid()); err == nil || p.from != "" {
		t.Errorf("to a server without STARTTLS: got %v, sender told: %q", err, p.from)
	}
}

func TestSMTPInjection(t *testing.T) {
	p := &post{}
	s := serve(t, p, mail.StartTLS)
	m := valid()
	m.To = "ana@example.org>\r\nRCPT TO:<ben@example.org"
	if err := s.Send(context.Background(), m); !errors.Is(err, mail.ErrRefused) || p.from != "" {
		t.Errorf("got %v, server told %q, want ErrRefused before anything is said", err, p.from)
	}
}

func TestSMTPEndsWithItsContext(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // answers nobody
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	s := &mail.SMTP{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, TLS: mail.StartTLS}
	if err := s.Send(ctx, valid()); err == nil || time.Since(start) > 5*time.Second {
		t.Errorf("got %v after %v, want an error soon", err, time.Since(start))
	}
}

func TestOpen(t *testing.T) {
	passwordFile := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(passwordFile, []byte("from file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		setting string
		want    mail.SMTP // zero: refused
	}{
		{"smtp://mail.example.org", mail.SMTP{Host: "mail.example.org", Port: 587, TLS: mail.StartTLS}},
		{"smtps://mail.example.org", mail.SMTP{Host: "mail.example.org", Port: 465, TLS: mail.Implicit}},
		{"smtp://u%40x:p%2Fw@mail.example.org:2525",
			mail.SMTP{Host: "mail.example.org", Port: 2525, User: "u@x", Password: "p/w", TLS: mail.StartTLS}},
		{"smtp://u@mail.example.org?password-file=" + passwordFile,
			mail.SMTP{Host: "mail.example.org", Port: 587, User: "u", Password: "from file", TLS: mail.StartTLS}},
		{"smtp://127.0.0.1:25?tls=none", mail.SMTP{Host: "127.0.0.1", Port: 25, TLS: mail.NoTLS}},
		{"smtp://mail.example.org?tls=none", mail.SMTP{}},
		{"smtp://mail.example.org?tls=maybe", mail.SMTP{}},
		{"smtp://mail.example.org?x=y", mail.SMTP{}},
		{"smtp://u@mail.example.org", mail.SMTP{}},
		{"smtp://u:secret@mail.example.org:port", mail.SMTP{}},
		{"smtp://u:secret@mail.example.org:0", mail.SMTP{}},
		{"smtp://u:secret@mail.example.org/x", mail.SMTP{}},
		{"smtp://u@mail.example.org?password-file=/no/such/file", mail.SMTP{}},
		{"smtp:", mail.SMTP{}},
		{"smtp://", mail.SMTP{}},
		{"sink:", mail.SMTP{}},
		{"of", mail.SMTP{}},
		{"", mail.SMTP{}},
	}
	for _, tt := range tests {
		t.Run(tt.setting, func(t *testing.T) {
			sender, err := mail.Open(tt.setting)
			if tt.want.Host == "" {
				if err == nil || strings.Contains(err.Error(), "secret") {
					t.Errorf("got %v, want an error without the password", err)
				}
				return
			}
			if got, ok := sender.(*mail.SMTP); !ok || err != nil || *got != tt.want {
				t.Errorf("got %+v, %v, want %+v", sender, err, tt.want)
			}
		})
	}
	if sender, err := mail.Open("off"); sender != (mail.Off{}) || err != nil {
		t.Errorf("off: got %T, %v", sender, err)
	}
}
