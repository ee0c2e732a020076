package web_test

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

func TestNowhere(t *testing.T) {
	b := webtest.New(t).Browser()
	for _, path := range []string{"/nothing", "/therapists/nobody", "/nothing?said=saved", "/NOTHING/at/all"} {
		p := b.Get(path)
		if p.Status != http.StatusNotFound || p.Words("h1") != "There is no such page" {
			t.Errorf("%s answers %d %q, want 404", path, p.Status, p.Words("h1"))
		}
		if got := p.Header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("%s: Cache-Control is %q, want no-store", path, got)
		}
	}
}

// TestNothingTellsWhatIsThere is S-05: what does not exist and what one may not know of look alike.
func TestNothingTellsWhatIsThere(t *testing.T) {
	h := webtest.New(t)
	b := h.SignInStaff(h.Staff("ann", "Ann Oak", access.Therapist))
	key := regexp.MustCompile(`value="[0-9A-Z]{26}"`)
	want := ""
	for _, path := range []string{"/nothing", "/writing/nothing", "/articles/nothing", "/replies", "/request/nothing"} {
		p := b.Get(path)
		got := key.ReplaceAllString(string(p.Body), "")
		if want == "" {
			want = got
		}
		if p.Status != http.StatusNotFound || got != want {
			t.Errorf("%s answers %d, and its page differs: %v", path, p.Status, got != want)
		}
	}
}

func TestNobodysHost(t *testing.T) {
	b := webtest.New(t).Browser()
	for host, want := range map[string]int{"house.example": 200, "HOUSE.example.": 200, "house.example:8443": 200, "other.example": 404} {
		r := b.Request("GET", "/", "", "")
		r.Host = host
		if p := b.Do(r); p.Status != want {
			t.Errorf("%s answers %d, want %d", host, p.Status, want)
		}
	}
}

func TestMethods(t *testing.T) {
	b := webtest.New(t).Browser()
	tests := []struct {
		method, path string
		status       int
		allow        string
	}{
		{"HEAD", "/crisis", 200, ""},
		{"HEAD", "/", 200, ""},
		{"POST", "/", 405, "GET, HEAD"},
		{"POST", "/crisis", 405, "GET, HEAD"},
		{"PUT", "/leave", 405, "POST"},
		{"GET", "/leave", 405, "POST"},
		{"TRACE", "/crisis", 405, "GET, HEAD"},
		{"OPTIONS", "/crisis", 405, "GET, HEAD"},
		{"DELETE", "/nothing", 404, ""},
	}
	for _, test := range tests {
		p := b.Do(b.Request(test.method, test.path, "", ""))
		if p.Status != test.status || p.Header.Get("Allow") != test.allow {
			t.Errorf("%s %s answers %d, Allow %q; want %d, %q", test.method, test.path, p.Status, p.Header.Get("Allow"), test.status, test.allow)
		}
	}
}

func TestHeadersOnEveryAnswer(t *testing.T) {
	b := webtest.New(t).Browser()
	for _, path := range []string{"/crisis", "/left", "/nothing", "/assets/icon.svg", "/assets/nothing", "/leave"} {
		h := b.Get(path).Header
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
		} {
			if len(h.Values(name)) != 1 || h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Values(name), want)
			}
		}
		if !strings.HasPrefix(h.Get("Content-Security-Policy"), "default-src 'none';") || len(h.Values("Cache-Control")) != 1 {
			t.Errorf("%s: policy %q, Cache-Control %q", path, h.Get("Content-Security-Policy"), h.Values("Cache-Control"))
		}
	}
}

// TestForeignForms holds the door against forms of other sites. A native form under no-referrer says Origin: null.
func TestForeignForms(t *testing.T) {
	b := webtest.New(t).Browser()
	tests := []struct {
		name, site, origin string
		status             int
	}{
		{"our own form", "same-origin", "null", http.StatusOK},
		{"our own form, with its origin", "same-origin", b.Request("GET", "", "", "").URL.String(), http.StatusOK},
		{"no browser", "", "", http.StatusOK},
		{"another site", "cross-site", "https://evil.example", http.StatusForbidden},
		{"a sibling", "same-site", "https://sibling.house.example", http.StatusForbidden},
		{"a sandbox", "cross-site", "null", http.StatusForbidden},
		{"an old browser on another site", "", "https://evil.example", http.StatusForbidden},
		{"an old browser in a sandbox", "", "null", http.StatusForbidden},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := b.Request(http.MethodPost, "/leave", "application/x-www-form-urlencoded", "")
			if test.site != "" {
				r.Header.Set("Sec-Fetch-Site", test.site)
			}
			if test.origin != "" {
				r.Header.Set("Origin", test.origin)
			}
			if p := b.Do(r); p.Status != test.status {
				t.Errorf("got %d, want %d", p.Status, test.status)
			}
		})
	}
}

func TestLeaveQuicklyEndsTheSignIn(t *testing.T) {
	h := webtest.New(t)
	b := h.SignInStaff(h.Staff("ann", "Ann Oak", access.Owner))
	if len(b.Cookies()) != 1 {
		t.Fatalf("%d cookies, want that of the sign-in", len(b.Cookies()))
	}
	cookie := b.Cookies()[0]
	p := b.Post("/leave", nil)
	if p.Status != http.StatusOK || p.Path != "/left" || p.Header.Get("Refresh") != "0; url=https://weather.example/" {
		t.Errorf("got %d at %s, Refresh %q", p.Status, p.Path, p.Header.Get("Refresh"))
	}
	if len(b.Cookies()) != 0 {
		t.Error("the cookie of the sign-in is still there")
	}
	ended := 0
	if err := h.DB.Row(t.Context(), `SELECT COUNT(*) FROM sign_in WHERE ended_at IS NOT NULL`).Scan(&ended); err != nil || ended != 1 {
		t.Errorf("%d sign-ins ended (%v), want 1; its token was %d long", ended, err, len(cookie.Value))
	}
}

func TestCrisisPage(t *testing.T) {
	h := webtest.New(t)
	b := h.Browser()
	p := b.Get("/crisis")
	if p.Status != http.StatusOK || p.Attr(`a[href="tel:988"]`, "href") == "" || !strings.Contains(p.Words("main"), "Messages to us are not watched") {
		t.Errorf("got %d %q", p.Status, p.Words("main"))
	}
	if len(b.Cookies()) != 0 {
		t.Error("the page set a cookie")
	}
	h.Settle(func(s *practice.Settings) { s.Crisis = "Call **555-0199**, our own line." })
	b.Get("/nothing") // any page tells the refuge
	if got := b.Get("/crisis").Words("main"); !strings.Contains(got, "our own line") {
		t.Errorf("the practice's own text is not shown: %q", got)
	}
}

// TestCrisisPageWithoutDatabase is T-43: it is there when nothing else is.
func TestCrisisPageWithoutDatabase(t *testing.T) {
	b, log := withoutDatabase(t)
	p := b.Get("/crisis")
	if p.Status != http.StatusOK || !p.Has(`a[href="tel:988"]`) {
		t.Errorf("got %d %q", p.Status, p.Words("main"))
	}
	style := b.Get(p.Attr("link[rel=stylesheet]", "href"))
	script := b.Get(p.Attr("script", "src"))
	if style.Status != http.StatusOK || script.Status != http.StatusOK {
		t.Errorf("its style answers %d, its script %d", style.Status, script.Status)
	}
	if size := len(p.Body) + len(style.Body) + len(script.Body); size > 14_000 {
		t.Errorf("%d bytes uncompressed, want at most 14000", size)
	}
	if bytes.Contains(log.Bytes(), []byte("crisis")) {
		t.Errorf("the visit was noted: %s", log)
	}
	p = b.Get("/")
	if p.Status != http.StatusInternalServerError || !p.Has(`a[href="/crisis"]`) || p.Attr("[data-leave]", "data-to") == "" {
		t.Errorf("another page answers %d %q", p.Status, p.Words("main"))
	}
	if p := b.Post("/leave", url.Values{}); p.Path != "/left" || p.Header.Get("Refresh") == "" {
		t.Errorf("leaving led to %s (%d)", p.Path, p.Status)
	}
}
