package e2e_test

import (
	"bytes"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"attune/internal/auth"
	"attune/internal/practice"
	"attune/internal/web/e2e"
)

// TestLeaveQuickly is T-50: by the button, by three Shifts and without script, nothing of the page is left to see, the
// sign-in has ended, and Back does not return.
func TestLeaveQuickly(t *testing.T) {
	release := make(chan struct{}, 9)
	weather := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select { // so slowly that what is seen meanwhile can be seen
		case <-release:
		case <-time.After(time.Second):
		}
		_, _ = w.Write([]byte("<!doctype html><title>Weather</title><link rel=icon href=data:,><h1>Sunny</h1>"))
	}))
	defer weather.Close()
	h := newHouse(t)
	h.Settle(func(s *practice.Settings) { s.LeaveURL = weather.URL + "/" })
	rosa := h.Client("rosa", "Rosa Vance")
	tests := []struct {
		name  string
		look  e2e.Look
		leave func(w *e2e.Window)
	}{
		{"the button", phone, func(w *e2e.Window) { w.Tap("Leave") }},
		{"three Shifts", desk, func(w *e2e.Window) { w.Shift().Shift().Shift() }},
		{"without script", bare, func(w *e2e.Window) { w.Tap("Leave") }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w := open(t, h.URL, test.look)
			w.Expect(weather.URL)
			w.TrustAll()
			cookies := h.SignIn(auth.Client, string(rosa.ID), rosa.Email).Cookies()
			w.SetCookie(cookies[0].Name, cookies[0].Value)
			w.Open("/home").Want("Rosa").Open("/me").Want("My details")
			test.leave(w)
			if test.look.Script {
				time.Sleep(100 * time.Millisecond)
				if !plain(t, w.Picture()) {
					t.Error("something of the page is still seen after 100 ms")
				}
			}
			release <- struct{}{}
			w.Until("the weather", `() => document.title === "Weather"`)
			h.ended(t, cookies[0].Value)
			w.Back()
			w.Until("a page", `() => document.readyState === "complete"`)
			if text := w.Text("body"); strings.Contains(text, "Rosa") || strings.Contains(text, "My details") {
				t.Errorf("Back returned to %s: %s", w.Path(), text)
			}
		})
	}
}

// ended sees that nobody is signed in by the token any more.
func (h *house) ended(t *testing.T, token string) {
	t.Helper()
	var err error
	for end := time.Now().Add(5 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if _, _, err = auth.Who(t.Context(), h.DB, token); err != nil {
			return
		}
	}
	t.Error("the sign-in lives on")
}

// plain reports whether a picture is of one colour all over.
func plain(t *testing.T, picture []byte) bool {
	t.Helper()
	seen, err := png.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	first := seen.At(0, 0)
	for y := range seen.Bounds().Dy() {
		for x := range seen.Bounds().Dx() {
			if seen.At(x, y) != first {
				return false
			}
		}
	}
	return true
}
