package ui_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"attune/internal/web/ui"
)

// FuzzReadPrefs sees that any cookie gives choices that there are, and that these come back as they were written.
func FuzzReadPrefs(f *testing.F) {
	f.Add("theme.dark-discreet.on")
	f.Add("theme.light-theme.dark")
	f.Add("\"theme.light\"; x=y")
	f.Fuzz(func(t *testing.T, value string) {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", "prefs="+value)
		p := ui.ReadPrefs(r)
		if p.Theme != "" && p.Theme != "light" && p.Theme != "dark" {
			t.Errorf("%q gives the theme %q", value, p.Theme)
		}
		r.Header.Set("Cookie", "prefs="+p.String())
		if again := ui.ReadPrefs(r); again != p {
			t.Errorf("%q gives %+v, which comes back as %+v", value, p, again)
		}
	})
}
