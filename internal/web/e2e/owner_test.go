package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/web/e2e"
	"attune/internal/web/webtest"
)

// entered signs someone on the staff in, who sets up a passkey for it.
func entered(w *e2e.Window, invitation string) *e2e.Window {
	w.Passkeys().Open(invitation).Press("Set up a passkey").Press("Sign in with a passkey")
	return w
}

func TestOwnerPages(t *testing.T) {
	h := webtest.New(t)
	h.Therapist("theo", "Theo Lindqvist")
	h.Staff("sami", "Sami Haddad", access.Supervisor)
	owner := h.Staff("olga", "Olga Brandt", access.Owner)
	w := inspected(t, named(h), e2e.Look{Width: 390, Script: true})
	w.Expect("422")
	entered(w, welcomed(t, h, owner)).Want("Fewer than five people, so this is hidden.")
	for path, words := range map[string]string{
		"/practice/settings": "Name and contact", "/practice/settings/name": "Short name", "/practice/settings/hours": "Monday",
		"/practice/settings/times": "Reminders", "/practice/settings/home": "Headline", "/practice/settings/fees": "Markdown",
		"/practice/settings/leave": "https://", "/practice/settings/mail": "Send a test message", "/practice/settings/hosts": "house.example",
		"/practice/settings/places": "Add one", "/practice/settings/consents": "Texts to sign",
		"/practice/crisis": "takes two people", "/practice/audit": "What happened", "/practice/audit/check": "The log is whole",
		"/practice/import": "Bring in clients", "/people": "Sami Haddad", "/people/invite": "Invite someone", "/people/theo": "End their access",
		"/people/sami": "Supervision", "/people/theo/profile": "About the work", "/vouch": "Nobody is waiting",
		"/account": "How you sign in", "/account/done": "What I did", "/account/codes": "Set up an app", "/account/passkeys/new": "Add a passkey",
		"/account/password": "Choose a new password", "/account/email": "Change your email address",
	} {
		w.Open(path).Want(words)
	}
	w.Open("/practice/settings/times").Fill("reply_hours", "soon").Press("Save").Want("Enter a whole number.")
	w.Fill("reply_hours", "7").Press("Save").Want("Saved.")
	w.Open("/practice/settings/consents").Press("[main li a]").Want("Publish the new version")
	w.Open("/account/codes").Press("Set up an app").Want("In the app, add an account")
}

func TestBringClientsAlong(t *testing.T) {
	h := webtest.New(t)
	h.Therapist("theo", "Theo Lindqvist")
	w := inspected(t, named(h), e2e.Look{Width: 390, Script: true})
	w.Expect("422")
	entered(w, welcomed(t, h, h.Staff("olga", "Olga Brandt", access.Owner)))
	table := "name,phone,therapist\nWren Castellan,312-555-0133,theo@birch.example\n"
	file := filepath.Join(t.TempDir(), "clients.csv")
	if err := os.WriteFile(file, []byte(table+"Ada Quill,,theo@birch.example\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w.Open("/practice/import").Attach("file", file).Press("Check the table").Want("Line 3: an email address or a phone number is needed.")
	w.Fill("csv", strings.TrimSpace(table)).Press("Check the table").Want("1 client would come", "Wren Castellan")
	w.Press("Bring in 1 client").Want("They are all here now.")
}

func TestTwoPeopleChangeTheCrisisText(t *testing.T) {
	h := webtest.New(t)
	owner, coordinator := h.Staff("olga", "Olga Brandt", access.Owner), h.Staff("cora", "Cora Whitlock", access.Coordinator)
	one := inspected(t, named(h), e2e.Look{Width: 1280, Script: true})
	entered(one, welcomed(t, h, owner)).Open("/practice/crisis").Fill("crisis", "Call **555-0199** at any hour.").Press("Propose this text")
	one.Want("Someone else has to confirm it")
	other := inspected(t, named(h), e2e.Look{Width: 390, Script: true})
	entered(other, welcomed(t, h, coordinator)).Open("/practice/crisis").Press("Confirm it").Want("555-0199")
	other.Open("/crisis").Want("555-0199")
}
