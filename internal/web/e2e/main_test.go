package e2e_test

import (
	"os"
	"sync"
	"testing"

	"attune/internal/web/e2e"
)

// browser is the one Chromium of all tests.
var browser = sync.OnceValues(e2e.Start)

func TestMain(m *testing.M) {
	code := m.Run()
	if c, err := browser(); err == nil && c != nil {
		c.Stop()
	}
	os.Exit(code)
}

// open gives a window of the one Chromium, which looks through every page that it opens.
func open(t *testing.T, base string, look e2e.Look) *e2e.Window {
	t.Helper()
	e2e.Need(t, e2e.Installed(), "Chromium")
	c, err := browser()
	if err != nil {
		t.Fatalf("start Chromium: %v", err)
	}
	w := c.Window(t, base, look)
	t.Cleanup(w.Close)
	return w
}

// inspected is a window that holds every page it opens against the checklist.
func inspected(t *testing.T, base string, look e2e.Look) *e2e.Window {
	t.Helper()
	axe, err := e2e.Axe()
	if err != nil {
		t.Fatal(err)
	}
	e2e.Need(t, axe != "", "axe-core")
	w := open(t, base, look)
	seen := map[string]bool{}
	w.After = func(w *e2e.Window) {
		if key := w.Kind(); !seen[key] {
			seen[key] = true
			w.Inspect(axe)
		}
	}
	return w
}
