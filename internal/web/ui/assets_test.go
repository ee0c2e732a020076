package ui_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"attune/internal/web/ui"
)

func fetch(path, encoding string) *http.Response {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Accept-Encoding", encoding)
	w := httptest.NewRecorder()
	ui.Assets().ServeHTTP(w, r)
	return w.Result()
}

func TestAssets(t *testing.T) {
	tests := []struct{ path, contentType, cache string }{
		{ui.StylePath(ui.Public), "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{ui.StylePath(ui.Crisis), "text/css; charset=utf-8", "public, max-age=31536000, immutable"},
		{ui.ScriptPath(), "text/javascript; charset=utf-8", "public, max-age=31536000, immutable"},
		{"/assets/icon.svg", "image/svg+xml", "public, max-age=86400"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			plain, packed := fetch(test.path, ""), fetch(test.path, "br, gzip;q=0.8")
			for _, got := range []*http.Response{plain, packed} {
				if got.Header.Get("Content-Type") != test.contentType || got.Header.Get("Cache-Control") != test.cache || got.Header.Get("Vary") != "Accept-Encoding" {
					t.Errorf("headers are %v", got.Header)
				}
			}
			z, err := gzip.NewReader(packed.Body)
			if err != nil {
				t.Fatal(err)
			}
			want, _ := io.ReadAll(plain.Body)
			got, err := io.ReadAll(z)
			if err != nil || !bytes.Equal(got, want) || len(want) == 0 {
				t.Errorf("packed and plain differ (%v)", err)
			}
			if strings.Contains(string(want), "//fonts.") || strings.Contains(string(want), "@import") {
				t.Error("loads something from elsewhere")
			}
		})
	}
}

func TestAssetsAreNamedByHash(t *testing.T) {
	named := regexp.MustCompile(`^/assets/[a-z]+\.[0-9a-f]{12}\.(css|js)$`)
	for _, path := range []string{ui.StylePath(ui.Public), ui.StylePath(ui.Client), ui.StylePath(ui.Staff), ui.StylePath(ui.Calendar), ui.ScriptPath()} {
		if !named.MatchString(path) {
			t.Errorf("%s is not named by a hash", path)
		}
	}
	if got := fetch("/assets/staff.css", "").StatusCode; got != http.StatusNotFound {
		t.Errorf("an unknown name answers %d, want 404", got)
	}
	if got := fetch(ui.ScriptPath(), "gzip;q=0").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("gzip;q=0 is answered with %s", got)
	}
}

// TestScript holds the script to 8 KB and away from what trusted types refuse.
func TestScript(t *testing.T) {
	text, _ := io.ReadAll(fetch(ui.ScriptPath(), "").Body)
	if len(text) > 8_000 {
		t.Errorf("script has %d bytes, want at most 8000", len(text))
	}
	for _, refused := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage", "sessionStorage"} {
		if strings.Contains(string(text), refused) {
			t.Errorf("script uses %s", refused)
		}
	}
}
