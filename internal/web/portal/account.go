package portal

import (
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	accountPage = inBothShells("account.html")
	deedsPage   = ui.Parse(pages, ui.Staff, "account_deeds.html")
)

func addAccount(g *route.Registry) {
	end := ownAccount(http.MethodPost, "/account/sign-ins/{signin}/end", "portal.account.end", endSignIn)
	end.Objects = []route.Object{{Param: "signin", Type: "sign-in"}}
	g.Add(
		ownAccount(http.MethodGet, "/account", "portal.account", account), end,
		ownAccount(http.MethodPost, "/account/sign-ins/end", "portal.account.end_all", endSignIns),
		route.Route{Method: http.MethodGet, Pattern: "/account/done", Name: "portal.account.done", Right: access.ReadDeeds, Auth: route.SignIn, Do: deeds},
	)
	addConfirm(g)
	addAccountWays(g)
	addAccountFactors(g)
}

// ownAccount is a route about how one signs in, for anyone who has signed in.
func ownAccount(method, pattern, name string, do route.Handler) route.Route {
	return route.Route{Method: method, Pattern: pattern, Name: name, Right: access.KeepAccount, Auth: route.SignIn, Do: do}
}

// freshAccount is an ownAccount that needs a fresh proof of who one is.
func freshAccount(method, pattern, name string, do route.Handler) route.Route {
	r := ownAccount(method, pattern, name, do)
	r.StepUp = true
	return r
}

// taking adds what the route's form sends, and the page that shows it again when it is faulty.
func taking(r route.Route, faulty route.Handler, fields ...route.Field) route.Route {
	r.Faulty, r.Fields = faulty, fields
	return r
}

// inBothShells is a page of one's own account: clients see it among their pages, staff among theirs.
func inBothShells(name string, parts ...string) func(v *route.Visit) *ui.Page {
	client, staff := ui.Parse(pages, ui.Client, name, parts...), ui.Parse(pages, ui.Staff, name, parts...)
	return func(v *route.Visit) *ui.Page {
		if v.By.Staff() {
			return staff
		}
		return client
	}
}

// accountFrame is the shell of one's own account. Staff have no navigation there: the mark leads back to their desk.
func accountFrame(v *route.Visit) ui.Frame {
	if !v.By.Staff() {
		return frame(v, "")
	}
	f := v.Frame()
	f.Home = homeOf(true)
	if s, err := practice.Colleague(v.Context(), v.DB, practice.StaffID(v.By.ID)); err == nil {
		f.Who = s.Title()
	}
	return f
}

type accountView struct {
	Ways     auth.Ways
	Staff    bool
	Passkeys []auth.Passkey
	Can      bool // the site can have passkeys
	SignIns  []signedInDevice
	Home     string
}

// signedInDevice is one device on which the person is signed in.
type signedInDevice struct {
	auth.SignIn
	Words string // "Firefox on Windows"
}

func account(w http.ResponseWriter, v *route.Visit) error {
	view := accountView{Staff: v.By.Staff(), Can: siteOf(v).Passkeys(), Home: homeOf(v.By.Staff())}
	var err error
	if view.Ways, err = auth.WaysOf(v.Context(), v.DB, v.By); err != nil {
		return err
	}
	if view.Passkeys, err = auth.Passkeys(v.Context(), v.DB, v.By); err != nil {
		return err
	}
	all, err := auth.SignIns(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	for _, s := range all {
		view.SignIns = append(view.SignIns, signedInDevice{s, auth.DeviceWords(s.Device)})
	}
	return v.Page(w, accountPage(v), accountFrame(v), view)
}

func endSignIn(w http.ResponseWriter, v *route.Visit) error {
	id := v.PathValue("signin")
	if err := auth.EndOne(v.Context(), v.DB, v.By, id); err != nil {
		return err
	}
	if id == v.By.SignInID {
		return leaveSignIn(w, v, "/sign-in?said=signedout")
	}
	return v.See(w, "/account?said=elsewhere")
}

func endSignIns(w http.ResponseWriter, v *route.Visit) error {
	if err := auth.EndAll(v.Context(), v.DB, v.By, v.By.ID); err != nil {
		return err
	}
	return leaveSignIn(w, v, "/sign-in?said=signedout")
}

// mostDeeds is how far back one sees what one did.
const mostDeeds = 200

// ownDeed is one entry of what one did, in words.
type ownDeed struct {
	audit.Looked
	Words  string
	Client string // their name, where one may still know it
}

func deeds(w http.ResponseWriter, v *route.Visit) error {
	all, err := audit.OwnDeeds(v.Context(), v.DB, v.By, mostDeeds)
	if err != nil {
		return err
	}
	var ids []practice.ClientID
	for _, one := range all {
		if one.ClientID != "" {
			ids = append(ids, practice.ClientID(one.ClientID))
		}
	}
	clients := map[practice.ClientID]practice.Client{}
	if access.Of(v.By, access.ReadAbout) != 0 {
		if clients, err = practice.ClientsOf(v.Context(), v.DB, v.By, access.ReadAbout, ids); err != nil {
			return err
		}
	}
	view := struct {
		Deeds []ownDeed
		Most  int
	}{Most: mostDeeds}
	for _, one := range all {
		view.Deeds = append(view.Deeds, ownDeed{one, ownDeedWords(one), clients[practice.ClientID(one.ClientID)].Name})
	}
	return v.Page(w, deedsPage, accountFrame(v), view)
}

// ownDeedWords says what was done to what: "Read: note".
func ownDeedWords(one audit.Looked) string {
	words := string(one.Deed)
	first, size := utf8.DecodeRuneInString(words)
	words = string(unicode.ToUpper(first)) + words[size:]
	if one.Type == "" {
		return words
	}
	return words + ": " + strings.ReplaceAll(one.Type, "_", " ")
}
