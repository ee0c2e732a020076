package mail_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	netmail "net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/internal/mail"
)

var update = flag.Bool("update", false, "write the golden files anew")

// valid is a message that every sender takes.
func valid() mail.Message {
	return mail.Message{
		ID:       "msg2abc",
		At:       time.Date(2027, time.January, 11, 15, 4, 5, 0, time.UTC),
		From:     "hello@alder.example",
		FromName: "Alder Street",
		To:       "ana@example.org",
		Subject:  mail.Booked,
		Body:     "Hello,\n\nsee you on Tuesday. To change or cancel:\nhttps://alder.example/l/abcdefghijklmnopqrstuvwxyz234567?a=1\n",
	}
}

const calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Attune//EN\r\nEND:VCALENDAR\r\n"

func TestGolden(t *testing.T) {
	plain, calendared, foreign := valid(), valid(), valid()
	calendared.Calendar = []byte(calendar)
	foreign.FromName = "Praxis Grün, \"Am Park\""
	foreign.Body = "Guten Tag José,\n\n.\n.. ein Punkt am Anfang, ein „Wort“, ein = und " + strings.Repeat("lang ", 200) + "\n"
	tests := []struct {
		name    string
		message mail.Message
	}{{"plain", plain}, {"calendar", calendared}, {"foreign", foreign}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := sunk(t, tt.message)
			if bytes.Contains(bytes.ReplaceAll(got, []byte("\r\n"), nil), []byte("\n")) {
				t.Error("a line does not end with CRLF")
			}
			golden := filepath.Join("testdata", tt.name+".eml")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			wantParts(t, got, tt.message)
		})
	}
}

// sunk sends a message into a fresh sink and returns its file.
func sunk(t *testing.T, m mail.Message) []byte {
	t.Helper()
	dir := t.TempDir()
	s, err := mail.Open("sink:" + dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "000001-"+m.ID+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// wantParts reads a message with the standard library and compares it with what was sent.
func wantParts(t *testing.T, text []byte, m mail.Message) {
	t.Helper()
	got, err := netmail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	from, err := got.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != m.FromName || from[0].Address != m.From {
		t.Errorf("From: got %v, %v, want %q <%s>", from, err, m.FromName, m.From)
	}
	if subject := got.Header.Get("Subject"); subject != string(m.Subject) {
		t.Errorf("Subject: got %q, want %q", subject, m.Subject)
	}
	if date, err := got.Header.Date(); err != nil || !date.Equal(m.At) {
		t.Errorf("Date: got %v, %v, want %v", date, err, m.At)
	}
	kind, values, err := mime.ParseMediaType(got.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Calendar == nil {
		wantBody(t, got.Body, got.Header.Get("Content-Transfer-Encoding"), m.Body)
		return
	}
	if kind != "multipart/mixed" {
		t.Fatalf("Content-Type: got %s, want multipart/mixed", kind)
	}
	parts := multipart.NewReader(got.Body, values["boundary"])
	first, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	wantBody(t, first, first.Header.Get("Content-Transfer-Encoding"), m.Body)
	second, err := parts.NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if second.FileName() != "event.ics" || !strings.HasPrefix(second.Header.Get("Content-Type"), "text/calendar") {
		t.Errorf("attachment: got %q of type %q", second.FileName(), second.Header.Get("Content-Type"))
	}
	if _, err := parts.NextRawPart(); err != io.EOF {
		t.Errorf("after the attachment: got %v, want the end", err)
	}
}

func wantBody(t *testing.T, r io.Reader, encoding, want string) {
	t.Helper()
	if encoding == "quoted-printable" {
		r = quotedprintable.NewReader(r)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.TrimRight(strings.ReplaceAll(string(got), "\r\n", "\n"), "\n"); text != strings.TrimRight(want, "\n") {
		t.Errorf("text: got %q, want %q", text, want)
	}
}

// TestInjection puts each of a corpus of line breaks into each field and sees that no message leaves.
func TestInjection(t *testing.T) {
	dir := t.TempDir()
	sink, err := mail.Open("sink:" + dir)
	if err != nil {
		t.Fatal(err)
	}
	breaks := []string{"\r\n", "\n", "\r", "\r\n ", "\n\t", "\x00", "\v", "\f", "\u0085", "\x1b[2K", "\r\n\r\n", "%0d%0a\r\n", "\xff\n", "\u2028\r"}
	fields := map[string]func(m *mail.Message, s string){
		"id":        func(m *mail.Message, s string) { m.ID += s },
		"from":      func(m *mail.Message, s string) { m.From += s },
		"from name": func(m *mail.Message, s string) { m.FromName += s },
		"to":        func(m *mail.Message, s string) { m.To += s },
		"subject":   func(m *mail.Message, s string) { m.Subject += mail.Subject(s) },
	}
	for _, off := range []mail.Sender{sink, mail.Off{}} {
		for name, put := range fields {
			for _, b := range breaks {
				m := valid()
				put(&m, b+"Bcc: everyone@example.org")
				if err := off.Send(context.Background(), m); !errors.Is(err, mail.ErrRefused) || strings.Contains(err.Error(), "ana@") {
					t.Errorf("%T, %s with %q: got %v, want ErrRefused without the address", off, name, b, err)
				}
			}
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 0 {
		t.Errorf("files in the sink: got %d, %v, want none", len(files), err)
	}
}

func TestUnfitMessages(t *testing.T) {
	tests := []struct {
		name   string
		change func(m *mail.Message)
	}{
		{"no id", func(m *mail.Message) { m.ID = "" }},
		{"an id that leaves its folder", func(m *mail.Message) { m.ID = "../x" }},
		{"no date", func(m *mail.Message) { m.At = time.Time{} }},
		{"a subject of its own", func(m *mail.Message) { m.Subject = "Your therapy session" }},
		{"no subject", func(m *mail.Message) { m.Subject = "" }},
		{"two recipients", func(m *mail.Message) { m.To = "a@example.org, b@example.org" }},
		{"a recipient with a name", func(m *mail.Message) { m.To = "Ana <ana@example.org>" }},
		{"no recipient", func(m *mail.Message) { m.To = "" }},
		{"an empty text", func(m *mail.Message) { m.Body = " \n" }},
		{"a carriage return in the text", func(m *mail.Message) { m.Body = "a\r\nb" }},
		{"a broken letter", func(m *mail.Message) { m.Body = "\xff" }},
		{"a long text", func(m *mail.Message) { m.Body = strings.Repeat("a", 33<<10) }},
		{"a long sender's name", func(m *mail.Message) { m.FromName = strings.Repeat("a", 101) }},
		{"a long calendar file", func(m *mail.Message) { m.Calendar = make([]byte, 257<<10) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := valid()
			tt.change(&m)
			if err := (mail.Off{}).Send(context.Background(), m); !errors.Is(err, mail.ErrRefused) {
				t.Errorf("got %v, want ErrRefused", err)
			}
		})
	}
	if err := (mail.Off{}).Send(context.Background(), valid()); err != nil {
		t.Errorf("a fit message: got %v", err)
	}
}

func TestSubjectsAreFewAndNeutral(t *testing.T) {
	subjects := mail.Subjects()
	if len(subjects) > 10 {
		t.Errorf("got %d subjects, want at most 10", len(subjects))
	}
	for _, s := range subjects {
		for _, word := range []string{"therap", "session", "counsel", "client", "patient", "practice", "mental", "couple", "clinic", "psych"} {
			if strings.Contains(strings.ToLower(string(s)), word) {
				t.Errorf("subject %q holds %q", s, word)
			}
		}
	}
}

func TestAddress(t *testing.T) {
	tests := []struct {
		text, want string // empty: refused
	}{
		{" ana@example.org\n", "ana@example.org"},
		{"ana.maria+x@mail.example.org", "ana.maria+x@mail.example.org"},
		{"o'brien@example.org", "o'brien@example.org"},
		{"ana", ""},
		{"ana@", ""},
		{"@example.org", ""},
		{"ana@localhost", ""},
		{"ana@example.org,ben@example.org", ""},
		{"ana@example.org ben@example.org", ""},
		{"Ana <ana@example.org>", ""},
		{`"ana maria"@example.org`, ""},
		{"ana@[127.0.0.1]", ""},
		{"ana@exämple.org", ""},
		{"ana@example.org (me)", ""},
		{"ana\r\n@example.org", ""},
		{strings.Repeat("a", 65) + "@example.org", ""},
		{"a@" + strings.Repeat("a.", 130) + "org", ""},
		{"", ""},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			got, err := mail.Address(tt.text)
			if got != tt.want || (err == nil) != (tt.want != "") {
				t.Errorf("Address(%q): got %q, %v, want %q", tt.text, got, err, tt.want)
			}
		})
	}
}

func TestFill(t *testing.T) {
	values := map[string]string{"name": "Ana {link}", "link": "https://alder.example/l/1", "time_local": "9:30 $1 %s"}
	tests := []struct {
		text, want string
		works      bool
	}{
		{"Hello {name}, {link}.", "Hello Ana {link}, https://alder.example/l/1.", true},
		{"{time_local}{time_local}", "9:30 $1 %s9:30 $1 %s", true},
		{"{{.}} {{7*7}} ${7*7} <%= 1 %> { name } {Name} {}", "{{.}} {{7*7}} ${7*7} <%= 1 %> { name } {Name} {}", true},
		{"Hello {nobody}", "", false},
		{"", "", true},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			if got, err := mail.Fill(tt.text, values); got != tt.want || (err == nil) != tt.works {
				t.Errorf("Fill: got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
	for _, bad := range []string{"a\nb", "a\r", "\x00", "\xff", "\u0085"} {
		if got, err := mail.Fill("{name}", map[string]string{"name": bad}); err == nil {
			t.Errorf("Fill with the value %q: got %q and no error", bad, got)
		}
	}
}

func TestSinkGoesOnCounting(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "sink")
	for start := range 2 {
		s, err := mail.Open("sink:" + dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			m := valid()
			m.ID = fmt.Sprintf("m%d%d", start, i)
			if err := s.Send(context.Background(), m); err != nil {
				t.Fatal(err)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		files[i] = filepath.Base(f)
	}
	want := "000001-m00.eml 000002-m01.eml 000003-m10.eml 000004-m11.eml"
	if got := strings.Join(files, " "); got != want {
		t.Errorf("files: got %s, want %s", got, want)
	}
}

func TestSinkThatCannotWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sink")
	s, err := mail.Open("sink:" + dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := s.Send(context.Background(), valid()); err == nil || errors.Is(err, mail.ErrRefused) {
		t.Errorf("got %v, want an error that is worth another try", err)
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := mail.Open("sink:" + dir); err == nil {
		t.Error("a file as a sink: got no error")
	}
}
