package portal

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/mail"
	"net/url"
	"strings"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	signInPage = ui.Parse(pages, ui.Client, "signin.html", "signin_parts.html")
	askPage    = ui.Parse(pages, ui.Client, "signin_ask.html")
	sentPage   = ui.Parse(pages, ui.Client, "signin_sent.html")
)

// What forms about signing in send. A password is long enough for any sentence; what is too long is refused in words.
var (
	emailField     = route.Field{Name: "email", Max: 254, Line: true}
	passwordField  = route.Field{Name: "password", Max: 1000}
	nextField      = route.Field{Name: "next", Max: 500, Line: true}
	codeField      = route.Field{Name: "code", Max: 80, Line: true}
	challengeField = route.Field{Name: "challenge", Max: 64, Line: true}
	responseField  = route.Field{Name: "response", Max: 20000}
	nameField      = route.Field{Name: "name", Max: 60, Line: true}
)

func addSignIn(g *route.Registry) {
	next := []route.Field{nextField}
	open := func(method, pattern, name string, do, faulty route.Handler, rate route.Rate, fields ...route.Field) route.Route {
		r := route.Route{Method: method, Pattern: pattern, Name: name, Right: access.SignIn, Auth: route.None, Rate: rate, Do: do, Faulty: faulty}
		if r.Mutates() {
			r.Fields = fields
		} else {
			r.Query = fields
		}
		return r
	}
	apart := func(r route.Route) route.Route { r.Apart = true; return r }
	g.Add(
		open(http.MethodGet, "/sign-in", "portal.sign_in", signInForm, nil, "", next...),
		apart(open(http.MethodPost, "/sign-in", "portal.sign_in.send", signIn, showSignIn, route.Guess, emailField, passwordField, nextField)),
		begins(apart(open(http.MethodPost, "/sign-in/passkey/begin", "portal.sign_in.passkey.begin", beginPasskey, nil, route.Guess))),
		apart(open(http.MethodPost, "/sign-in/passkey", "portal.sign_in.passkey", passkeySignIn, showSignIn, route.Guess,
			challengeField, responseField, nextField)),
		open(http.MethodGet, "/sign-in/link", "portal.sign_in.link", askForm, nil, ""),
		open(http.MethodPost, "/sign-in/link", "portal.sign_in.link.send", ask(access.TaskSignIn), askForm, route.Public, emailField),
		open(http.MethodGet, "/forgot", "portal.forgot", askForm, nil, ""),
		open(http.MethodPost, "/forgot", "portal.forgot.send", ask(access.TaskReset), askForm, route.Public, emailField),
		open(http.MethodGet, "/sign-in/sent", "portal.sign_in.sent", linkSent, nil, ""),
		apart(open(http.MethodPost, "/sign-out", "portal.sign_out", signOut, nil, "")),
		route.Route{Method: http.MethodPost, Pattern: "/stay", Name: "portal.stay", Right: access.FinishSignIn, Auth: route.SignIn,
			Unfinished: true, Apart: true, Rate: route.Unmeted, Success: []int{http.StatusNoContent}, Do: stay},
	)
	addSecondStep(g)
	addWaysIn(g)
}

// begins marks a route that answers a script with a challenge instead of leading on.
func begins(r route.Route) route.Route {
	r.Success = []int{http.StatusOK}
	return r
}

// plain is the shell of the pages on which someone is not signed in yet.
func plain(v *route.Visit) ui.Frame {
	f := v.Frame()
	f.SignedIn, f.Idle = false, 0
	return f
}

type signInView struct {
	Faults          []fault.Fault
	Email, Password ui.Field
	Passkey         passkeyForm
	Next            string
}

// passkeyForm is a form that the passkeys' script fills in.
type passkeyForm struct {
	Possible   bool   // the site can have passkeys
	Kind       string // "get" or "create"
	Begin, End string // where the script asks for a challenge, and where it sends the answer
	Label      string
	Error      string
	Next       string
	Name       bool // asks for a name
}

func signInForm(w http.ResponseWriter, v *route.Visit) error {
	if v.By.SignInID != "" {
		if v.By.Stage != access.Full {
			return v.See(w, onward("/sign-in/next", v.Form.Text("next")))
		}
		return v.See(w, ui.SamePath(v.Form.Text("next"), homeOf(v.By.Staff())))
	}
	return showSignIn(w, v)
}

func showSignIn(w http.ResponseWriter, v *route.Visit) error {
	next := ui.SamePath(v.Form.Text("next"), "")
	return v.Page(w, signInPage, plain(v), signInView{
		Faults: v.Faults,
		Email: ui.Field{Name: "email", Type: "email", Label: "Email", Value: v.Form.Text("email"), Autocomplete: "username",
			Error: ui.FaultIn(v.Faults, "email"), Required: true},
		Password: ui.Field{Name: "password", Type: "password", Label: "Password", Autocomplete: "current-password",
			Error: ui.FaultIn(v.Faults, "password"), Required: true},
		Passkey: passkeyForm{Possible: siteOf(v).Passkeys(), Kind: "get", Begin: "/sign-in/passkey/begin", End: "/sign-in/passkey",
			Label: "Sign in with a passkey", Error: ui.FaultIn(v.Faults, "passkey"), Next: next},
		Next: next,
	})
}

func signIn(w http.ResponseWriter, v *route.Visit) error {
	checked, err := v.House.Guard.CheckPassword(v.Context(), v.DB, v.Form.Text("email"), v.Form.Raw("password"), deviceOf(v))
	if err != nil {
		return err
	}
	return enter(w, v, func(tx *db.DB) (auth.Token, auth.SignIn, error) {
		return auth.Begin(v.Context(), tx, checked, deviceOf(v))
	})
}

// enter begins a sign-in, in one transaction with the form's key, and leads on to what comes next.
func enter(w http.ResponseWriter, v *route.Visit, begin func(tx *db.DB) (auth.Token, auth.SignIn, error)) error {
	var token auth.Token
	err := v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		var s auth.SignIn
		var err error
		if token, s, err = begin(tx); err != nil {
			return err
		}
		if err := letter.TellUnfamiliar(v.Context(), tx, s); err != nil {
			return err
		}
		return v.See(w, afterwards(s, v.Form.Text("next")))
	})
	if err == nil {
		setToken(v, token)
	}
	return err
}

// afterwards is where a sign-in leads: to its next step, or to where the person was going.
func afterwards(s auth.SignIn, next string) string {
	if s.Stage != access.Full {
		return onward("/sign-in/next", next)
	}
	return ui.SamePath(next, homeOf(s.Kind == auth.Staff))
}

// onward is a path of a step on the way to next.
func onward(path, next string) string {
	if next = ui.SamePath(next, ""); next == "" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

func homeOf(staff bool) string {
	if staff {
		return "/desk"
	}
	return "/home"
}

func deviceOf(v *route.Visit) auth.Device {
	return auth.Device{Agent: v.UserAgent(), Address: v.Address}
}

// siteOf is where passkeys of this practice belong to: the host that the person is using.
func siteOf(v *route.Visit) auth.Site {
	host := v.Host
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return auth.Site{Host: strings.ToLower(host), Origin: v.House.BaseURL(v.Host), Name: v.Practice.ShortName}
}

// setToken has the browser keep the token of a sign-in until it is closed; an empty token changes nothing.
func setToken(v *route.Visit, token auth.Token) {
	if token.Text() != "" {
		v.Cookies = append(v.Cookies, signInCookie(v, token.Text(), 0))
	}
}

func signInCookie(v *route.Visit, value string, maxAge int) *http.Cookie {
	return &http.Cookie{Name: auth.CookieName(v.House.Secure), Value: value, Path: "/", MaxAge: maxAge,
		Secure: v.House.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

func beginPasskey(w http.ResponseWriter, v *route.Visit) error {
	return challenge(w, v, func(tx *db.DB) (auth.Challenge, error) {
		return auth.BeginPasskeySignIn(v.Context(), tx, siteOf(v))
	})
}

// challenge answers the passkeys' script.
func challenge(w http.ResponseWriter, v *route.Visit, begin func(tx *db.DB) (auth.Challenge, error)) error {
	var c auth.Challenge
	err := v.DB.InTx(v.Context(), func(tx *db.DB) (err error) {
		c, err = begin(tx)
		return err
	})
	if err != nil {
		return err
	}
	answer, err := json.Marshal(map[string]any{"challenge": c.ID, "options": json.RawMessage(c.Options)})
	if err != nil {
		return fmt.Errorf("write a challenge: %w", err)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, err = w.Write(answer)
	return err
}

func passkeySignIn(w http.ResponseWriter, v *route.Visit) error {
	token, s, notices, err := auth.FinishPasskeySignIn(v.Context(), v.DB, siteOf(v), v.Form.Text("challenge"),
		[]byte(v.Form.Raw("response")), deviceOf(v))
	if err != nil {
		return tryAgain(err)
	}
	err = v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		if err := letter.Tell(v.Context(), tx, notices...); err != nil {
			return err
		}
		if err := letter.TellUnfamiliar(v.Context(), tx, s); err != nil {
			return err
		}
		return v.See(w, afterwards(s, v.Form.Text("next")))
	})
	if err == nil {
		setToken(v, token)
	}
	return err
}

// tryAgain is the answer to a passkey whose challenge has been used, or took too long.
func tryAgain(err error) error {
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindNotFound {
		return fault.Invalid("passkey", "That took too long. Please try again.")
	}
	return err
}

type askView struct {
	Faults []fault.Fault
	Email  ui.Field
	Reset  bool
	Action string
}

func askForm(w http.ResponseWriter, v *route.Visit) error {
	return v.Page(w, askPage, plain(v), askView{
		Faults: v.Faults,
		Email: ui.Field{Name: "email", Type: "email", Label: "The email address you sign in with", Value: v.Form.Text("email"),
			Autocomplete: "username", Error: ui.FaultIn(v.Faults, "email"), Required: true},
		Reset:  v.URL.Path == "/forgot",
		Action: v.URL.Path,
	})
}

// ask keeps that someone asked for a link. Everybody is answered the same.
func ask(task access.Task) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		email := v.Form.Text("email")
		if parsed, err := mail.ParseAddress(email); err != nil || parsed.Address != email {
			return fault.Invalid("email", "Enter an email address like name@example.org.")
		}
		if err := letter.Ask(v.Context(), v.DB, task, email); err != nil {
			return err
		}
		return v.See(w, "/sign-in/sent")
	}
}

func linkSent(w http.ResponseWriter, v *route.Visit) error {
	return v.Page(w, sentPage, plain(v), struct{ Phone, Link string }{v.Practice.Phone, v.Practice.PhoneLink()})
}

// signOut ends the sign-in, if there is one, and has the browser forget the site.
func signOut(w http.ResponseWriter, v *route.Visit) error {
	if v.By.SignInID != "" {
		err := v.DB.InTx(v.Context(), func(tx *db.DB) error { return auth.End(v.Context(), tx, v.By) })
		if err != nil {
			return err
		}
	}
	return leaveSignIn(w, v, "/sign-in?said=signedout")
}

// leaveSignIn has the browser forget a sign-in that has ended.
func leaveSignIn(w http.ResponseWriter, v *route.Visit, path string) error {
	v.Cookies = append(v.Cookies, signInCookie(v, "", -1))
	w.Header().Set("Clear-Site-Data", `"cache", "cookies", "storage"`)
	return v.See(w, path)
}

// stay answers that the sign-in goes on: finding out who is acting has noted that they are here.
func stay(w http.ResponseWriter, _ *route.Visit) error {
	w.WriteHeader(http.StatusNoContent)
	return nil
}
