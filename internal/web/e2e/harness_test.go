package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"attune/internal/web/e2e"
)

// listener takes the place of a test, to see what a window would tell it.
type listener struct {
	testing.TB
	told []string
}

func (l *listener) Helper() {}
func (l *listener) Errorf(format string, args ...any) {
	l.told = append(l.told, fmt.Sprintf(format, args...))
}

// TestWindowsSeeFaults plants what the windows are there to find.
func TestWindowsSeeFaults(t *testing.T) {
	axe, err := e2e.Axe()
	if err != nil {
		t.Fatal(err)
	}
	e2e.Need(t, axe != "", "axe-core")
	e2e.Need(t, e2e.Installed(), "Chromium")
	c, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	start := `<!doctype html><html lang="en"><title>T</title><main><h1>A page</h1>`
	tests := []struct{ name, page, want string }{
		{"a field without a label", `<input name="a">`, "label ("},
		{"weak colours", `<p style="color:#666;background:#fff">pale words</p>`, "color-contrast-enhanced"},
		{"small things side by side", `<button style="width:12px;height:12px;padding:0"></button><button style="width:12px;height:12px;padding:0"></button>`, "target-size"},
		{"a wide thing", `<div style="width:700px">wide</div>`, "scrolls sideways"},
		{"another host", `<img alt="" src="http://tracker.example/pixel">`, "another host: http://tracker.example/pixel"},
		{"an exception", `<script>throw new Error("oh")</script>`, "exception"},
		{"a missing file", `<link rel="stylesheet" href="/none.css">`, "none.css"},
		{"something stored", `<script>localStorage.setItem("who", "me")</script>`, `left in the browser: ["who"]`},
		{"a cookie", `<script>document.cookie = "track=1"</script>`, `set the cookie "track"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/" {
					http.NotFound(w, r)
					return
				}
				_, _ = fmt.Fprint(w, start+test.page)
			}))
			defer server.Close()
			told := &listener{TB: t}
			w := c.Window(told, server.URL, e2e.Look{Script: true})
			w.Open("/").Inspect(axe)
			w.Close()
			if !strings.Contains(strings.Join(told.told, "\n"), test.want) {
				t.Errorf("the window told %q, want %q", told.told, test.want)
			}
		})
	}
}
