package portal

import (
	"net/http"

	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	passwordPage = inBothShells("account_password.html")
	emailPage    = inBothShells("account_email.html")
)

func addAccountWays(g *route.Registry) {
	password := taking(freshAccount(http.MethodPost, "/account/password", "portal.account.password.send", changePassword), passwordForm, passwordField)
	password.Apart = true
	confirmed := []route.Object{{Param: "token", Type: "link"}}
	look := ownAccount(http.MethodGet, "/account/email/{token}", "portal.account.email.confirm", emailConfirmForm)
	send := ownAccount(http.MethodPost, "/account/email/{token}", "portal.account.email.confirm.send", confirmEmail)
	look.Objects, send.Objects = confirmed, confirmed
	g.Add(
		freshAccount(http.MethodGet, "/account/password", "portal.account.password", passwordForm), password,
		freshAccount(http.MethodGet, "/account/email", "portal.account.email", emailForm),
		taking(freshAccount(http.MethodPost, "/account/email", "portal.account.email.send", changeEmail), emailForm, emailField),
		look, send,
	)
}

type passwordView struct {
	Faults   []fault.Fault
	Email    string // for password managers
	Password ui.Field
}

func passwordForm(w http.ResponseWriter, v *route.Visit) error {
	box, err := newPasswordBox(v)
	if err != nil {
		return err
	}
	email, err := auth.EmailOf(v.Context(), v.DB, v.By.ID)
	if err != nil {
		return err
	}
	return v.Page(w, passwordPage(v), accountFrame(v), passwordView{v.Faults, email, box})
}

func changePassword(w http.ResponseWriter, v *route.Visit) error {
	password, err := hashed(v)
	if err != nil {
		return err
	}
	var raised auth.Raised
	err = v.Once(w, func(tx *db.DB, w http.ResponseWriter) (err error) {
		if raised, err = auth.SetPassword(v.Context(), tx, v.By, password); err != nil {
			return err
		}
		if err := letter.Tell(v.Context(), tx, raised.Notices...); err != nil {
			return err
		}
		return v.See(w, "/account?said=password")
	})
	if err == nil {
		setToken(v, raised.Token)
	}
	return err
}

type emailView struct {
	Faults []fault.Fault
	Email  ui.Field
	Now    string // the address until now
	Sent   bool
	Action string // of the confirmation; empty where none is asked for
}

func emailForm(w http.ResponseWriter, v *route.Visit) error {
	now, err := auth.EmailOf(v.Context(), v.DB, v.By.ID)
	if err != nil {
		return err
	}
	return v.Page(w, emailPage(v), accountFrame(v), emailView{Faults: v.Faults, Now: now, Sent: v.Said() == "sent",
		Email: ui.Field{Name: "email", Type: "email", Label: "New email address", Value: v.Form.Text("email"), Autocomplete: "email",
			Error: ui.FaultIn(v.Faults, "email"), Required: true}})
}

func changeEmail(w http.ResponseWriter, v *route.Visit) error {
	change, err := auth.ChangeEmail(v.Context(), v.DB, v.By, v.Form.Text("email"))
	if err != nil {
		return err
	}
	if change.Free {
		if err := letter.ConfirmAddress(v.Context(), v.DB, change); err != nil {
			return err
		}
	}
	return v.See(w, "/account/email?said=sent")
}

func emailConfirmForm(w http.ResponseWriter, v *route.Visit) error {
	now, err := auth.EmailOf(v.Context(), v.DB, v.By.ID)
	if err != nil {
		return err
	}
	return v.Page(w, emailPage(v), accountFrame(v), emailView{Now: now, Action: v.URL.Path})
}

// confirmEmail changes the address. The old one is told, and messages for someone on the staff go to the new one.
func confirmEmail(w http.ResponseWriter, v *route.Visit) error {
	notice, err := auth.ConfirmEmail(v.Context(), v.DB, v.By, v.PathValue("token"))
	if err != nil {
		return err
	}
	if err := letter.Tell(v.Context(), v.DB, notice); err != nil {
		return err
	}
	now, err := auth.EmailOf(v.Context(), v.DB, v.By.ID)
	if err != nil {
		return err
	}
	if err := practice.KeepAddress(v.Context(), v.DB, practice.StaffID(v.By.ID), now); err != nil {
		return err
	}
	return v.See(w, "/account?said=address")
}
