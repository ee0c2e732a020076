package ui

import (
	"html/template"
	"net/http"
	"strings"
)

// Prefs is what a person has chosen for this device. It identifies nobody, so it
// may live in a cookie that the script reads too.
type Prefs struct {
	Theme    string // "light", "dark", or "" for the system's own
	Discreet bool   // names become initials and the title says nothing
}

const prefsCookie = "prefs"

// ReadPrefs reads the preferences cookie. What it does not understand it leaves out.
func ReadPrefs(r *http.Request) Prefs {
	cookie, err := r.Cookie(prefsCookie)
	if err != nil {
		return Prefs{}
	}
	var p Prefs
	for _, choice := range strings.Split(cookie.Value, "-") {
		switch choice {
		case "theme.light", "theme.dark":
			p.Theme = strings.TrimPrefix(choice, "theme.")
		case "discreet.on":
			p.Discreet = true
		}
	}
	return p
}

// String is the cookie's value, such as "theme.dark-discreet.on".
func (p Prefs) String() string {
	var choices []string
	if p.Theme != "" {
		choices = append(choices, "theme."+p.Theme)
	}
	if p.Discreet {
		choices = append(choices, "discreet.on")
	}
	return strings.Join(choices, "-")
}

// Name is a person's name as this reader wants it: initials in discreet mode, else
// the name with its initials beside it for the script to switch to.
func (p Prefs) Name(full string) template.HTML {
	short := template.HTMLEscapeString(Initials(full))
	if p.Discreet {
		return template.HTML(`<span data-initials>` + short + `</span>`)
	}
	return template.HTML(`<span data-initials="` + short + `">` + template.HTMLEscapeString(full) + `</span>`)
}

// SavePrefs keeps the choice that a form of the More menu sends without script
// (fields theme, discreet, back) and goes back to the page. secure marks the cookie
// for TLS only.
func SavePrefs(secure bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := ReadPrefs(r)
		switch theme := r.PostFormValue("theme"); theme {
		case "light", "dark":
			p.Theme = theme
		case "system":
			p.Theme = ""
		}
		switch r.PostFormValue("discreet") {
		case "on":
			p.Discreet = true
		case "off":
			p.Discreet = false
		}
		http.SetCookie(w, &http.Cookie{
			Name: prefsCookie, Value: p.String(), Path: "/", MaxAge: 365 * 24 * 60 * 60,
			SameSite: http.SameSiteLaxMode, Secure: secure,
		})
		http.Redirect(w, r, SamePath(r.PostFormValue("back"), "/"), http.StatusSeeOther)
	})
}
