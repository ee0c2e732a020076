package staff_test

import (
	"testing"

	"attune/internal/access"
	"attune/internal/web/webtest"
)

func TestAnotherMailServerIsNotHandedThePassword(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	const path = "/practice/settings/mail"
	owner.Send(owner.Get(path), path, "mail_server", "smtp.example.org", "mail_user", "birch", "mail_secret", "s3cret words")
	owner.Send(owner.Get(path), path, "mail_server", "smtp.elsewhere.example")
	if p := h.Practice(); p.MailServer != "smtp://smtp.elsewhere.example:587" || p.MailSecret != "" {
		t.Errorf("%s has the password %q, want none", p.MailServer, p.MailSecret)
	}
}
