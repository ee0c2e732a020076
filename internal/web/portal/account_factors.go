package portal

import (
	"net/http"
	"slices"

	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	appCodesPage = inBothShells("account_codes.html", "signin_parts.html")
	passkeyPage  = inBothShells("account_passkey.html", "signin_parts.html")
	recoveryPage = inBothShells("account_recovery.html")
)

func addAccountFactors(g *route.Registry) {
	confirmApp := taking(freshAccount(http.MethodPost, "/account/codes", "portal.account.codes.send", changeCodes), appCodes, codeField)
	confirmApp.Rate, confirmApp.Success = route.Guess, shownOnce
	remove := taking(freshAccount(http.MethodPost, "/account/codes/remove", "portal.account.codes.remove", removeCodes), appCodes, passwordField)
	remove.Apart = true
	begin := begins(freshAccount(http.MethodPost, "/account/passkeys/begin", "portal.account.passkeys.begin", beginNewPasskey))
	begin.Apart = true
	add := taking(freshAccount(http.MethodPost, "/account/passkeys", "portal.account.passkeys.send", addPasskey), passkeyAdd,
		challengeField, responseField, nameField)
	add.Success = shownOnce
	one := freshAccount(http.MethodGet, "/account/passkeys/{passkey}", "portal.account.passkey", passkeyRemove)
	drop := freshAccount(http.MethodPost, "/account/passkeys/{passkey}/remove", "portal.account.passkey.remove", removePasskey)
	one.Objects, drop.Objects = []route.Object{{Param: "passkey", Type: "passkey"}}, []route.Object{{Param: "passkey", Type: "passkey"}}
	drop.Faulty = passkeyRemove
	anew := freshAccount(http.MethodPost, "/account/recovery", "portal.account.recovery.send", newRecoveryCodes)
	anew.Success, anew.Faulty = shownOnce, recoveryForm
	g.Add(
		freshAccount(http.MethodGet, "/account/codes", "portal.account.codes", appCodes),
		freshAccount(http.MethodPost, "/account/codes/begin", "portal.account.codes.begin", beginAppCodes),
		confirmApp, remove, begin, add,
		freshAccount(http.MethodGet, "/account/passkeys/new", "portal.account.passkeys.new", passkeyAdd), one, drop,
		freshAccount(http.MethodGet, "/account/recovery", "portal.account.recovery", recoveryForm), anew,
	)
}

type codesView struct {
	Faults   []fault.Fault
	Ways     auth.Ways
	Staff    bool
	Enrol    *enrolling
	Code     ui.Field
	Password ui.Field // the longer one that stands alone when a client gives the codes up
}

func appCodes(w http.ResponseWriter, v *route.Visit) error {
	view := codesView{Faults: v.Faults, Staff: v.By.Staff(), Code: codeBox("The code that the app shows now", v.Faults),
		Password: ui.Field{Name: "password", Type: "password", Label: "New password", Autocomplete: "new-password", Required: true,
			Hint:  "At least 15 characters, because it is then the only step.",
			Error: ui.FaultIn(v.Faults, "password")}}
	var err error
	if view.Ways, err = auth.WaysOf(v.Context(), v.DB, v.By); err != nil {
		return err
	}
	if view.Enrol, err = pendingCodes(v); err != nil {
		return err
	}
	return v.Page(w, appCodesPage(v), accountFrame(v), view)
}

func beginAppCodes(w http.ResponseWriter, v *route.Visit) error {
	if _, err := auth.BeginTOTP(v.Context(), v.DB, v.By, v.Practice.ShortName); err != nil {
		return err
	}
	return v.See(w, "/account/codes")
}

func changeCodes(w http.ResponseWriter, v *route.Visit) error {
	raised, err := auth.ConfirmTOTP(v.Context(), v.DB, v.By, v.Form.Text("code"))
	if err != nil {
		return err
	}
	return settled(w, v, raised, "/account?said=factor")
}

func removeCodes(w http.ResponseWriter, v *route.Visit) error {
	password, err := hashed(v)
	if err != nil {
		return err
	}
	var raised auth.Raised
	err = v.Once(w, func(tx *db.DB, w http.ResponseWriter) (err error) {
		if raised, err = auth.RemoveTOTP(v.Context(), tx, v.By, password); err != nil {
			return err
		}
		if err := letter.Tell(v.Context(), tx, raised.Notices...); err != nil {
			return err
		}
		return v.See(w, "/account?said=removed")
	})
	if err == nil {
		setToken(v, raised.Token)
	}
	return err
}

type passkeyView struct {
	Faults []fault.Fault
	Add    passkeyForm
	Remove *auth.Passkey
}

func passkeyAdd(w http.ResponseWriter, v *route.Visit) error {
	return v.Page(w, passkeyPage(v), accountFrame(v), passkeyView{Faults: v.Faults,
		Add: passkeyForm{Possible: siteOf(v).Passkeys(), Kind: "create", Begin: "/account/passkeys/begin", End: "/account/passkeys",
			Label: "Add a passkey", Error: ui.FaultIn(v.Faults, "passkey"), Name: true}})
}

func addPasskey(w http.ResponseWriter, v *route.Visit) error {
	raised, err := newPasskey(v)
	if err != nil {
		return err
	}
	return settled(w, v, raised, "/account?said=passkey")
}

func passkeyRemove(w http.ResponseWriter, v *route.Visit) error {
	all, err := auth.Passkeys(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(p auth.Passkey) bool { return p.ID == v.PathValue("passkey") })
	if i < 0 {
		return fault.NotFound()
	}
	return v.Page(w, passkeyPage(v), accountFrame(v), passkeyView{Faults: v.Faults, Remove: &all[i]})
}

func removePasskey(w http.ResponseWriter, v *route.Visit) error {
	raised, err := auth.RemovePasskey(v.Context(), v.DB, v.By, v.PathValue("passkey"))
	if err != nil {
		return err
	}
	if err := letter.Tell(v.Context(), v.DB, raised.Notices...); err != nil {
		return err
	}
	setToken(v, raised.Token)
	return v.See(w, "/account?said=removed")
}

func recoveryForm(w http.ResponseWriter, v *route.Visit) error {
	ways, err := auth.WaysOf(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	return v.Page(w, recoveryPage(v), accountFrame(v), struct {
		Faults []fault.Fault
		Left   int
	}{v.Faults, ways.RecoveryCodes})
}

func newRecoveryCodes(w http.ResponseWriter, v *route.Visit) error {
	codes, notice, err := auth.NewRecoveryCodes(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	if err := letter.Tell(v.Context(), v.DB, notice); err != nil {
		return err
	}
	return showCodes(w, v, codes, "/account")
}
