package e2e_test

import (
	"strings"
	"testing"
)

// TestPasskey registers a passkey of the device and signs in with nothing else.
func TestPasskey(t *testing.T) {
	h := newHouse(t)
	// A passkey is for a name, and this machine's name is localhost.
	w := inspected(t, strings.Replace(h.URL, "127.0.0.1", "localhost", 1), desk).Authenticator()
	h.signIn(w, h.theo)
	w.Open("/account/passkeys/new").Fill("passkey-name", "My laptop").Press("Add a passkey").Want("My laptop", "not used yet")
	w.Tap("[summary]")
	w.Press("Sign out")
	w.Open("/sign-in").Press("Sign in with a passkey")
	w.Open("/today").Want("Today")
	w.Open("/account").Want("last used")
	if got := len(w.Cookies()); got != 1 {
		t.Errorf("%d cookies, want that of the sign-in", got)
	}
}
