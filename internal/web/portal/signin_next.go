package portal

import (
	"html/template"
	"net/http"

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
	stepPage  = ui.Parse(pages, ui.Client, "signin_next.html", "signin_parts.html")
	enrolPage = ui.Parse(pages, ui.Client, "signin_enrol.html", "signin_parts.html")
	codesPage = ui.Parse(pages, ui.Client, "signin_codes.html")
)

// shownOnce are the answers of a deed whose page may hold recovery codes, which are shown this once.
var shownOnce = []int{http.StatusOK, http.StatusSeeOther}

func addSecondStep(g *route.Registry) {
	unfinished := route.Route{Method: http.MethodPost, Right: access.FinishSignIn, Auth: route.SignIn, Unfinished: true, Rate: route.Guess,
		Fields: []route.Field{nextField}}
	with := func(pattern, name string, do, faulty route.Handler, fields ...route.Field) route.Route {
		r := unfinished
		r.Pattern, r.Name, r.Do, r.Faulty = pattern, name, do, faulty
		r.Fields = append(fields, nextField)
		return r
	}
	look := unfinished
	look.Method, look.Pattern, look.Name, look.Do, look.Fields, look.Query, look.Rate = http.MethodGet, "/sign-in/next", "portal.sign_in.next",
		nextStep, nil, []route.Field{nextField}, ""
	pass := with("/sign-in/next", "portal.sign_in.next.send", passStep, showStep, codeField)
	pass.Apart = true
	confirm := with("/sign-in/next/codes", "portal.sign_in.codes", confirmCodes, showEnrol, codeField)
	confirm.Success = shownOnce
	passkey := with("/sign-in/next/passkey", "portal.sign_in.add_passkey", addFirstPasskey, showEnrol, challengeField, responseField, nameField)
	passkey.Success = shownOnce
	beginKey := begins(with("/sign-in/next/passkey/begin", "portal.sign_in.add_passkey.begin", beginNewPasskey, nil))
	beginKey.Apart = true
	g.Add(look, pass, with("/sign-in/next/codes/begin", "portal.sign_in.codes.begin", beginCodes, nil), confirm, beginKey, passkey)
}

type stepView struct {
	Faults  []fault.Fault
	Code    ui.Field
	Passkey passkeyForm
	Next    string
	Enrol   *enrolling
}

// enrolling is what an app needs to give codes; nil before that is asked for.
type enrolling struct {
	QR     auth.QR
	Href   template.URL // an otpauth address, which the app opens
	Secret string       // in groups of four, to be typed
}

func nextStep(w http.ResponseWriter, v *route.Visit) error {
	switch v.By.Stage {
	case access.Factor:
		return showStep(w, v)
	case access.Enrol:
		return showEnrol(w, v)
	}
	return v.See(w, ui.SamePath(v.Form.Text("next"), homeOf(v.By.Staff())))
}

func showStep(w http.ResponseWriter, v *route.Visit) error {
	next := ui.SamePath(v.Form.Text("next"), "")
	return v.Page(w, stepPage, plain(v), stepView{
		Faults: v.Faults,
		Code:   codeBox("The code that your app shows now", v.Faults),
		Passkey: passkeyForm{Possible: siteOf(v).Passkeys(), Kind: "get", Begin: "/sign-in/passkey/begin", End: "/sign-in/passkey",
			Label: "Use a passkey instead", Next: next},
		Next: next,
	})
}

// codeBox asks for a code; what was typed is not shown again.
func codeBox(label string, faults []fault.Fault) ui.Field {
	return ui.Field{Name: "code", Label: label, Autocomplete: "one-time-code", Error: ui.FaultIn(faults, "code"), Required: true, Short: true}
}

func passStep(w http.ResponseWriter, v *route.Visit) error {
	raised, err := v.House.Guard.PassFactor(v.Context(), v.DB, v.By, v.Form.Text("code"))
	if err != nil {
		return err
	}
	return proven(w, v, raised, ui.SamePath(v.Form.Text("next"), homeOf(v.By.Staff())))
}

// proven tells of what a proof changed and leads on, under the new token.
func proven(w http.ResponseWriter, v *route.Visit, raised auth.Raised, path string) error {
	err := v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		if err := letter.Tell(v.Context(), tx, raised.Notices...); err != nil {
			return err
		}
		return v.See(w, path)
	})
	setToken(v, raised.Token) // the proof is kept, whatever became of the rest
	return err
}

func showEnrol(w http.ResponseWriter, v *route.Visit) error {
	next := ui.SamePath(v.Form.Text("next"), "")
	view := stepView{
		Faults: v.Faults,
		Code:   codeBox("The code that the app shows now", v.Faults),
		Passkey: passkeyForm{Possible: siteOf(v).Passkeys(), Kind: "create", Begin: "/sign-in/next/passkey/begin", End: "/sign-in/next/passkey",
			Label: "Set up a passkey", Error: ui.FaultIn(v.Faults, "passkey"), Next: next, Name: true},
		Next: next,
	}
	var err error
	if view.Enrol, err = pendingCodes(v); err != nil {
		return err
	}
	return v.Page(w, enrolPage, plain(v), view)
}

// pendingCodes is what the person's app needs, or nil where nothing was begun.
func pendingCodes(v *route.Visit) (*enrolling, error) {
	e, err := auth.PendingTOTP(v.Context(), v.DB, v.By, v.Practice.ShortName)
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindNotFound {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &enrolling{QR: e.QR, Href: template.URL(e.URL), Secret: inFours(e.Secret)}, nil
}

// inFours puts a space after every fourth letter.
func inFours(secret string) string {
	var spaced []rune
	for i, r := range secret {
		if i > 0 && i%4 == 0 {
			spaced = append(spaced, ' ')
		}
		spaced = append(spaced, r)
	}
	return string(spaced)
}

func beginCodes(w http.ResponseWriter, v *route.Visit) error {
	if _, err := auth.BeginTOTP(v.Context(), v.DB, v.By, v.Practice.ShortName); err != nil {
		return err
	}
	return v.See(w, onward("/sign-in/next", v.Form.Text("next")))
}

func confirmCodes(w http.ResponseWriter, v *route.Visit) error {
	raised, err := auth.ConfirmTOTP(v.Context(), v.DB, v.By, v.Form.Text("code"))
	if err != nil {
		return err
	}
	return settled(w, v, raised, ui.SamePath(v.Form.Text("next"), homeOf(v.By.Staff())))
}

func beginNewPasskey(w http.ResponseWriter, v *route.Visit) error {
	return challenge(w, v, func(tx *db.DB) (auth.Challenge, error) {
		return auth.BeginPasskey(v.Context(), tx, v.By, siteOf(v))
	})
}

func addFirstPasskey(w http.ResponseWriter, v *route.Visit) error {
	raised, err := newPasskey(v)
	if err != nil {
		return err
	}
	return settled(w, v, raised, ui.SamePath(v.Form.Text("next"), homeOf(v.By.Staff())))
}

func newPasskey(v *route.Visit) (auth.Raised, error) {
	raised, err := auth.FinishPasskey(v.Context(), v.DB, v.By, siteOf(v), v.Form.Text("challenge"), []byte(v.Form.Raw("response")), v.Form.Text("name"))
	return raised, tryAgain(err)
}

// settled ends the setting up of a second step, in its transaction: whoever was invited has arrived now, the person is
// told, and recovery codes are shown where some were made.
func settled(w http.ResponseWriter, v *route.Visit, raised auth.Raised, path string) error {
	if err := practice.Arrive(v.Context(), v.DB, practice.StaffID(v.By.ID)); err != nil {
		return err
	}
	if v.By.Stage == access.Full { // a first second step is news to nobody
		if err := letter.Tell(v.Context(), v.DB, raised.Notices...); err != nil {
			return err
		}
	}
	setToken(v, raised.Token)
	if len(raised.Codes) == 0 {
		return v.See(w, path)
	}
	return showCodes(w, v, raised.Codes, path)
}

// showCodes shows recovery codes. They are kept nowhere but hashed: a form that is sent again leads on without them.
func showCodes(w http.ResponseWriter, v *route.Visit, codes []string, path string) error {
	w.Header().Set("Location", path)
	return v.Page(w, codesPage, plain(v), struct {
		Codes []string
		Next  string
	}{codes, path})
}
