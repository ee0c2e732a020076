package mail_test

import (
	"bytes"
	"context"
	netmail "net/mail"
	"os"
	"path/filepath"
	"testing"

	"attune/internal/mail"
)

// FuzzMessage sees that whatever is taken comes out with the same headers, one recipient, and no others.
func FuzzMessage(f *testing.F) {
	f.Add("Alder Street", "ana@example.org", "Hello\n.\n")
	f.Add("Grün\r\nBcc: x@example.org", "ana@example.org\r\nCc: x@example.org", "\r\n.\r\nMAIL FROM:<x@example.org>")
	f.Add("\u2028", "a@b.c", "--\n")
	f.Fuzz(func(t *testing.T, name, to, body string) {
		m := valid()
		m.FromName, m.To, m.Body, m.Calendar = name, to, body, []byte(calendar)
		if (mail.Off{}).Send(context.Background(), m) != nil {
			return
		}
		dir := t.TempDir()
		sink, err := mail.OpenSink(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := sink.Send(context.Background(), m); err != nil {
			t.Fatalf("the sink refused what Off took: %v", err)
		}
		text, err := os.ReadFile(filepath.Join(dir, "000001-"+m.ID+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := netmail.ReadMessage(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if len(got.Header) != 8 {
			t.Errorf("got %d headers, want 8: %v", len(got.Header), got.Header)
		}
		if list, err := got.Header.AddressList("To"); err != nil || len(list) != 1 || list[0].Address != to {
			t.Errorf("To: got %v, %v, want %q", list, err, to)
		}
		wantParts(t, text, m)
	})
}

func FuzzParseSMTP(f *testing.F) {
	f.Add("smtp://u:p@mail.example.org:587?password-file=x")
	f.Add("smtps://[::1]?tls=none")
	f.Add("smtp://a b")
	f.Fuzz(func(t *testing.T, setting string) {
		s, err := mail.ParseSMTP(setting)
		if err == nil && s.Check() != nil {
			t.Errorf("took settings that do not pass: %v", s.Check())
		}
	})
}
