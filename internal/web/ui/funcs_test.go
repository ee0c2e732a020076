package ui_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"attune/internal/web/ui"
)

func TestTimesInWords(t *testing.T) {
	chicago, err := time.LoadLocation("America/Chicago")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 21, 15, 0, 0, 0, time.UTC)
	tests := []struct{ name, got, want string }{
		{"long", ui.DateLong(chicago, at), "Thursday, May 21"},
		{"short", ui.DateShort(chicago, at), "May 21"},
		{"year", ui.DateYear(chicago, at), "May 21, 2026"},
		{"clock", ui.Clock(chicago, at), "10:00 am"},
		{"no zone", ui.Clock(nil, at), "3:00 pm"},
		{"span", ui.Span(chicago, at, at.Add(50*time.Minute)), "10:00 to 10:50 am"},
		{"span over noon", ui.Span(chicago, at.Add(90*time.Minute), at.Add(140*time.Minute)), "11:30 am to 12:20 pm"},
	}
	for _, test := range tests {
		if test.got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, test.got, test.want)
		}
	}
}

func TestInitials(t *testing.T) {
	tests := map[string]string{
		"Marisol Tamayo": "MT", "Imani Okafor, PsyD": "IO", "Hye-jin Bae": "HB", "Ravi and Elena P.": "RP",
		"Ólafur": "Ó", "  ": "", "maria (mia) de la cruz": "MC",
	}
	for name, want := range tests {
		if got := ui.Initials(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

func TestLines(t *testing.T) {
	got := string(ui.Lines("One <b>\r\ntwo\n\n\n\nthree & four\n"))
	if want := "<p>One &lt;b&gt;<br>two</p><p>three &amp; four</p>"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestIdempotencyIsAFreshULID(t *testing.T) {
	ulid := regexp.MustCompile(`value="[0-7][0-9A-HJKMNP-TV-Z]{25}"`)
	one, two := string(ui.Idempotency()), string(ui.Idempotency())
	if !ulid.MatchString(one) || one == two {
		t.Errorf("got %s and %s, want two different ULIDs", one, two)
	}
}

func TestPrefs(t *testing.T) {
	tests := []struct {
		cookie string
		want   ui.Prefs
	}{
		{"theme.dark-discreet.on", ui.Prefs{Theme: "dark", Discreet: true}},
		{"theme.light", ui.Prefs{Theme: "light"}},
		{"", ui.Prefs{}},
		{"theme.\"><script>-discreet.off-x", ui.Prefs{}},
	}
	for _, test := range tests {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", "prefs="+test.cookie)
		if got := ui.ReadPrefs(r); got != test.want {
			t.Errorf("%q: got %+v, want %+v", test.cookie, got, test.want)
		}
	}
}

func TestNameInDiscreetMode(t *testing.T) {
	if got := string(ui.Prefs{}.Name("Ann <Lee>")); got != `<span data-initials="A&lt;">Ann &lt;Lee&gt;</span>` {
		t.Errorf("got %s", got)
	}
	if got := string(ui.Prefs{Discreet: true}.Name("Marisol Tamayo")); got != `<span data-initials>MT</span>` {
		t.Errorf("got %s", got)
	}
}

func TestSavePrefs(t *testing.T) {
	tests := []struct{ form, wantCookie, wantPath string }{
		{"theme=dark&back=/today", "prefs=theme.dark-discreet.on", "/today"},
		{"theme=system&discreet=off&back=//evil.example", "prefs=", "/"},
		{`discreet=on&back=/\evil.example`, "prefs=discreet.on", "/"},
	}
	for _, test := range tests {
		form, _ := url.ParseQuery(test.form)
		r := httptest.NewRequest("POST", "/prefs", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if strings.Contains(test.wantCookie, "theme.dark-discreet") {
			r.AddCookie(&http.Cookie{Name: "prefs", Value: "discreet.on"})
		}
		w := httptest.NewRecorder()
		ui.SavePrefs(true).ServeHTTP(w, r)
		if got := w.Header().Get("Set-Cookie"); !strings.HasPrefix(got, test.wantCookie+";") || !strings.Contains(got, "Secure") {
			t.Errorf("%s: cookie %q, want %s", test.form, got, test.wantCookie)
		}
		if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != test.wantPath {
			t.Errorf("%s: %d to %q, want 303 to %q", test.form, w.Code, got, test.wantPath)
		}
	}
}
