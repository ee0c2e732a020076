package staff

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"attune/internal/access"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

func addMailTest(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodPost, Pattern: "/practice/settings/mail/test", Name: "staff.settings.mail.test", Right: access.WriteSettings,
		Auth: route.SignIn, Do: sendTest})
}

// sendTest has the owner sent a message that says only that mail works.
func sendTest(w http.ResponseWriter, v *route.Visit) error {
	if err := letter.Test(v.Context(), v.DB, v.By); err != nil {
		return err
	}
	return v.See(w, "/practice/settings/mail?said=test")
}

var mailSettings = []setting{
	{Field: ui.Field{Name: "mail_server", Label: "Server", Optional: true,
		Hint: "Such as smtp.example.org:587; port 465 is TLS from the start. Empty: as the program was started. “off”: nothing leaves."}, Most: 200,
		Get: func(p practice.Practice) string { return serverWords(p.MailServer) },
		Set: func(p *practice.Practice, text string) string {
			server, ok := parseServer(text)
			if !ok {
				return "Enter a server like smtp.example.org:587, or “off”."
			}
			if hostOf(server) != hostOf(p.MailServer) {
				p.MailSecret = "" // another server must not be handed the password of this one
			}
			p.MailServer = server
			return ""
		}},
	{Field: ui.Field{Name: "mail_user", Label: "User", Hint: "Empty where the server asks for none.", Autocomplete: "off", Optional: true}, Most: 200,
		Get: func(p practice.Practice) string { return p.MailUser },
		Set: func(p *practice.Practice, text string) string { p.MailUser = text; return "" }},
	{Field: ui.Field{Name: "mail_secret", Type: "password", Label: "Password", Autocomplete: "new-password",
		Hint: "It is kept sealed and never shown. Leave this empty to keep the one that is set, for the same server."}, Most: 200,
		Get: func(practice.Practice) string { return "" },
		Set: func(p *practice.Practice, text string) string {
			switch {
			case p.MailUser == "":
				p.MailSecret = ""
			case text != "":
				p.MailSecret = text
			}
			return ""
		}},
	{Field: ui.Field{Name: "mail_from", Label: "Sender’s address", Hint: "Empty: the practice’s email address.", Optional: true}, Most: 254,
		Get: func(p practice.Practice) string { return p.MailFrom },
		Set: func(p *practice.Practice, text string) string {
			if text != "" {
				if _, err := mail.Address(text); err != nil {
					return "Enter an address like hello@example.org."
				}
			}
			p.MailFrom = text
			return ""
		}},
}

// hostOf is the machine that a setting names; empty where it names none.
func hostOf(setting string) string {
	at, err := url.Parse(setting)
	if err != nil {
		return ""
	}
	return at.Hostname()
}

const smtpsPort = "465" // TLS from the first byte (RFC 8314)

// parseServer reads a server as an owner writes it into the setting that mail.Open reads. A folder of the machine
// cannot be set here: that is for whoever starts the program.
func parseServer(text string) (setting string, ok bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	if text == "" || text == "off" {
		return text, true
	}
	host, port, err := net.SplitHostPort(text)
	if err != nil {
		host, port = text, "587"
	}
	plain := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' }
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || host == "" || strings.Trim(host, ".-") != host ||
		strings.ContainsFunc(host, func(r rune) bool { return !plain(r) }) {
		return "", false
	}
	at := url.URL{Scheme: "smtp", Host: net.JoinHostPort(host, port)}
	if port == smtpsPort {
		at.Scheme = "smtps"
	}
	return at.String(), true
}

// serverWords is a setting as parseServer reads it; one that only whoever starts the program could have made is
// shown as it is.
func serverWords(setting string) string {
	if at, err := url.Parse(setting); err == nil && (at.Scheme == "smtp" || at.Scheme == "smtps") {
		return at.Host
	}
	return setting
}
