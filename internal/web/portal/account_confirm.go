package portal

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var confirmPage = inBothShells("account_confirm.html", "signin_parts.html")

func addConfirm(g *route.Registry) {
	look := ownAccount(http.MethodGet, "/account/confirm", "portal.confirm", confirmForm)
	look.Query = []route.Field{nextField}
	send := taking(ownAccount(http.MethodPost, "/account/confirm", "portal.confirm.send", confirm), confirmForm, passwordField, codeField, nextField)
	begin := begins(ownAccount(http.MethodPost, "/account/confirm/passkey/begin", "portal.confirm.passkey.begin", beginProof))
	passkey := taking(ownAccount(http.MethodPost, "/account/confirm/passkey", "portal.confirm.passkey", passkeyProof), confirmForm,
		challengeField, responseField, nextField)
	link := ownAccount(http.MethodPost, "/account/confirm/link", "portal.confirm.link", askOwnLink)
	link.Rate = route.Public
	send.Apart, begin.Apart, passkey.Apart = true, true, true
	send.Rate, begin.Rate, passkey.Rate = route.Guess, route.Guess, route.Guess
	g.Add(look, send, begin, passkey, link)
}

type confirmView struct {
	Faults         []fault.Fault
	Ways           auth.Ways
	Password, Code ui.Field
	Passkey        passkeyForm
	Next           string
}

// confirmForm asks for a fresh proof, by whatever the person has set up.
func confirmForm(w http.ResponseWriter, v *route.Visit) error {
	ways, err := auth.WaysOf(v.Context(), v.DB, v.By)
	if err != nil {
		return err
	}
	next := ui.SamePath(v.Form.Text("next"), "")
	view := confirmView{Faults: v.Faults, Ways: ways, Next: next,
		Password: ui.Field{Name: "password", Type: "password", Label: "Your password", Autocomplete: "current-password", Required: true,
			Error: ui.FaultIn(v.Faults, "password")},
		Code: codeBox("The code that your app shows now, or a recovery code", v.Faults),
		Passkey: passkeyForm{Possible: ways.Passkeys > 0 && siteOf(v).Passkeys(), Kind: "get", Begin: "/account/confirm/passkey/begin",
			End: "/account/confirm/passkey", Label: "Use a passkey", Error: ui.FaultIn(v.Faults, "passkey"), Next: next},
	}
	return v.Page(w, confirmPage(v), accountFrame(v), view)
}

func confirm(w http.ResponseWriter, v *route.Visit) error {
	raised, err := v.House.Guard.StepUp(v.Context(), v.DB, v.By, auth.Proof{Password: v.Form.Raw("password"), Code: v.Form.Text("code")})
	if err != nil {
		return err
	}
	return proven(w, v, raised, ui.SamePath(v.Form.Text("next"), "/account"))
}

func beginProof(w http.ResponseWriter, v *route.Visit) error {
	return challenge(w, v, func(tx *db.DB) (auth.Challenge, error) {
		return auth.BeginPasskeyProof(v.Context(), tx, v.By, siteOf(v))
	})
}

func passkeyProof(w http.ResponseWriter, v *route.Visit) error {
	raised, err := auth.FinishPasskeyProof(v.Context(), v.DB, v.By, siteOf(v), v.Form.Text("challenge"), []byte(v.Form.Raw("response")))
	if err != nil {
		return tryAgain(err)
	}
	return proven(w, v, raised, ui.SamePath(v.Form.Text("next"), "/account"))
}

// askOwnLink has a client who has neither password nor passkey sent a link: signing in by it is their fresh proof.
func askOwnLink(w http.ResponseWriter, v *route.Visit) error {
	email, err := auth.EmailOf(v.Context(), v.DB, v.By.ID)
	if err != nil {
		return err
	}
	if err := letter.Ask(v.Context(), v.DB, access.TaskSignIn, email); err != nil {
		return err
	}
	return v.See(w, "/sign-in/sent")
}
