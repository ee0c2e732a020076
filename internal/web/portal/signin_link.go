package portal

import (
	"net/http"
	"strconv"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	enterPage   = ui.Parse(pages, ui.Client, "signin_enter.html")
	welcomePage = ui.Parse(pages, ui.Client, "signin_welcome.html", "signin_parts.html")
)

func addWaysIn(g *route.Registry) {
	way := func(method, pattern, name string, do, faulty route.Handler, fields ...route.Field) route.Route {
		return route.Route{Method: method, Pattern: pattern, Name: name, Right: access.SignIn, Auth: route.Link, Do: do, Faulty: faulty,
			Fields: fields, Objects: []route.Object{{Param: "token", Type: "link"}}}
	}
	apart := func(r route.Route) route.Route { r.Apart = true; r.Rate = route.Guess; return r }
	invited, lost := ofTask(access.TaskInvite), ofTask(access.TaskReset)
	g.Add(
		way(http.MethodGet, "/enter/{token}", "portal.enter", ofTask(access.TaskSignIn)(enterForm), nil),
		way(http.MethodPost, "/enter/{token}", "portal.enter.send", ofTask(access.TaskSignIn)(enterByLink), nil),
		way(http.MethodGet, "/welcome/{token}", "portal.welcome", invited(showWelcome), nil),
		apart(way(http.MethodPost, "/welcome/{token}", "portal.welcome.send", invited(choosePassword), showWelcome, passwordField)),
		begins(apart(way(http.MethodPost, "/welcome/{token}/passkey/begin", "portal.welcome.passkey.begin", invited(beginNewPasskey), nil))),
		way(http.MethodPost, "/welcome/{token}/passkey", "portal.welcome.passkey", invited(arriveByPasskey), showWelcome,
			challengeField, responseField, nameField),
		way(http.MethodGet, "/renew/{token}", "portal.renew", lost(showWelcome), nil),
		apart(way(http.MethodPost, "/renew/{token}", "portal.renew.send", lost(choosePassword), showWelcome, passwordField)),
	)
}

// ofTask lets in only those whose link is for the task: all of these tasks are about signing in, but each has its page.
func ofTask(task access.Task) func(route.Handler) route.Handler {
	return func(do route.Handler) route.Handler {
		return func(w http.ResponseWriter, v *route.Visit) error {
			if v.By.Link == nil || v.By.Link.Task != task {
				return fault.NotFound()
			}
			return do(w, v)
		}
	}
}

func enterForm(w http.ResponseWriter, v *route.Visit) error {
	return v.Page(w, enterPage, plain(v), struct{ Action string }{v.URL.Path})
}

func enterByLink(w http.ResponseWriter, v *route.Visit) error {
	token, s, err := auth.EnterByLink(v.Context(), v.DB, v.By, deviceOf(v))
	if err != nil {
		return err
	}
	if err := letter.TellUnfamiliar(v.Context(), v.DB, s); err != nil {
		return err
	}
	setToken(v, token)
	return v.See(w, afterwards(s, ""))
}

type welcomeView struct {
	Faults   []fault.Fault
	New      bool // an invitation; else a lost password
	Staff    bool
	Email    string
	Password ui.Field
	Passkey  passkeyForm
	Action   string
}

func showWelcome(w http.ResponseWriter, v *route.Visit) error {
	email, err := auth.EmailOf(v.Context(), v.DB, v.By.ID)
	if err != nil {
		return err
	}
	password, err := newPasswordBox(v)
	if err != nil {
		return err
	}
	path := letter.Path(v.By.Link.Task) + v.Token
	isNew := v.By.Link.Task == access.TaskInvite
	return v.Page(w, welcomePage, plain(v), welcomeView{
		Faults: v.Faults, New: isNew, Staff: v.By.Staff(), Email: email, Password: password, Action: path,
		Passkey: passkeyForm{Possible: isNew && siteOf(v).Passkeys(), Kind: "create", Begin: path + "/passkey/begin", End: path + "/passkey",
			Label: "Set up a passkey", Error: ui.FaultIn(v.Faults, "passkey"), Name: true},
	})
}

// newPasswordBox asks for a new password of the person who is acting.
func newPasswordBox(v *route.Visit) (ui.Field, error) {
	least, err := auth.MinLength(v.Context(), v.DB, v.By.ID)
	return ui.Field{Name: "password", Type: "password", Label: "New password", Autocomplete: "new-password", Required: true,
		Hint:  "At least " + strconv.Itoa(least) + " characters. Four words that have nothing to do with each other are easy to keep and hard to guess.",
		Error: ui.FaultIn(v.Faults, "password")}, err
}

// hashed prepares the password that was typed. It takes a while, so it is called outside any transaction.
func hashed(v *route.Visit) (auth.Hashed, error) {
	words, err := guessed(v)
	if err != nil {
		return auth.Hashed{}, err
	}
	return v.House.Guard.HashPassword(v.Context(), v.Form.Raw("password"), words...)
}

// guessed are the words that someone would try first: of the practice, its people and the person's address.
func guessed(v *route.Visit) ([]string, error) {
	words := []string{v.Practice.Name, v.Practice.ShortName, v.Practice.Ref, "Attune"}
	all, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return nil, err
	}
	for _, s := range all {
		words = append(words, s.Name)
	}
	email, err := auth.EmailOf(v.Context(), v.DB, v.By.ID)
	return append(words, email), err
}

func choosePassword(w http.ResponseWriter, v *route.Visit) error {
	password, err := hashed(v)
	if err != nil {
		return err
	}
	return v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		raised, err := auth.SetPassword(v.Context(), tx, v.By, password)
		if err != nil {
			return err
		}
		if v.By.Link.Task == access.TaskInvite {
			return v.See(w, "/sign-in?said=ready")
		}
		if err := letter.Tell(v.Context(), tx, raised.Notices...); err != nil {
			return err
		}
		return v.See(w, "/sign-in?said=password")
	})
}

func arriveByPasskey(w http.ResponseWriter, v *route.Visit) error {
	if _, err := newPasskey(v); err != nil {
		return err
	}
	if err := practice.Arrive(v.Context(), v.DB, practice.StaffID(v.By.ID)); err != nil {
		return err
	}
	return v.See(w, "/sign-in?said=passkey")
}
