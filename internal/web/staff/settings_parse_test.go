package staff

import (
	"testing"

	"attune/internal/civil"
	"attune/internal/mail"
)

func TestParseSpans(t *testing.T) {
	for text, want := range map[string]string{
		"":                        "",
		"9:00 am to 6:00 pm":      "9:00 am to 6:00 pm",
		"9:00-12:30, 13:30–18:00": "9:00 am to 12:30 pm, 1:30 pm to 6:00 pm",
		"noon to 24:00":           "12:00 pm to 12:00 am",
	} {
		spans, ok := parseSpans(text)
		if got := spansWords(spans); !ok || got != want {
			t.Errorf("%q: got %q, %v; want %q", text, got, ok, want)
		}
	}
	for _, text := range []string{"9", "9 to", "6 pm to 9 am", "9 am to 9 am", "9 am to 1 pm, noon to 2 pm", "1 pm to 2 pm, 9 am to 10 am", "9 am to 1 pm,"} {
		if spans, ok := parseSpans(text); ok {
			t.Errorf("%q: got %v, want it refused", text, spans)
		}
	}
}

func FuzzParseSpans(f *testing.F) {
	f.Add("9:00 am to 12:30 pm, 13:30-18:00")
	f.Add("noon–24:00")
	f.Fuzz(func(t *testing.T, text string) {
		spans, ok := parseSpans(text)
		if !ok {
			return
		}
		week := civil.Hours{Week: [7][]civil.Span{spans}}
		if err := week.Validate(); err != nil {
			t.Fatalf("%q: got %v: %v", text, spans, err)
		}
	})
}

func FuzzParseServer(f *testing.F) {
	for _, seed := range []string{"", "off", "smtp.example.org", "smtp.example.org:465", "sink:/tmp", "a?tls=none", "[::1]:25", "x@y:1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		setting, ok := parseServer(text)
		if !ok || setting == "" || setting == "off" {
			return
		}
		server, err := mail.ParseSMTP(setting)
		if err != nil || server.Host == "" || server.User != "" || server.Password != "" || server.TLS != mail.StartTLS && server.TLS != mail.Implicit {
			t.Fatalf("%q became %q: %+v, %v", text, setting, server, err)
		}
		if again, ok := parseServer(serverWords(setting)); !ok || again != setting {
			t.Fatalf("%q became %q, and shown again %q", text, setting, again)
		}
	})
}
