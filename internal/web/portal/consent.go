package portal

import (
	"html/template"
	"net/http"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var consentPage = ui.Parse(pages, ui.Client, "consent.html")

func addConsentOn(g *route.Registry, at way) {
	const text = "/read/{text}"
	g.Add(
		about(at.get(text, ".text", access.ReadIntake, consentOn(at)), "text", "consent_text"),
		about(at.post(text, ".sign", access.AnswerIntake, signOn(at), consentOn(at), route.Field{Name: "signature", Max: 120, Line: true}), "text", "consent_text"),
		about(at.post("/withdraw/{text}", ".withdraw", access.AnswerIntake, withdrawOn(at), consentOn(at)), "text", "consent_text"),
	)
}

type consentView struct {
	Action   string
	Withdraw string
	Title    string
	Body     template.HTML
	Version  int
	Required bool
	Signed   bool
	As       string // the name that it was signed with
	At       time.Time
	Taken    time.Time // when an earlier signature was taken back
	Next     string
	All      string
	Name     ui.Field
	Phone    string
	Link     string
	Faults   []fault.Fault
}

func consentOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		p, err := papers(v, at.base(v))
		if err != nil {
			return err
		}
		c, err := p.consent(v.PathValue("text"))
		if err != nil {
			return err
		}
		action := p.base + "/read/" + c.Text.ID
		view := consentView{Action: action, Withdraw: p.base + "/withdraw/" + c.Text.ID, Title: c.Text.Title, Body: ui.Prose(c.Text.Body), Version: c.Text.Version,
			Required: c.Text.Required, Signed: c.Signed(), As: c.Signature, At: c.SignedAt, Taken: c.WithdrawnAt, Next: p.after(action),
			All: p.base, Phone: v.Practice.Phone, Link: v.Practice.PhoneLink(), Faults: v.Faults}
		view.Name = ui.Field{Name: "signature", Label: "Your name", Required: true, Autocomplete: "name", MaxLength: 120,
			Hint: "Typing it here signs this text, with today’s date.", Value: v.Form.Text("signature"), Error: ui.FaultIn(v.Faults, "signature")}
		return v.Page(w, consentPage, frame(v, ""), view)
	}
}

// consent is where the client stands with a text; NotFound where it is none of the current ones.
func (p paperwork) consent(textID string) (practice.Consent, error) {
	i := slices.IndexFunc(p.consents, func(c practice.Consent) bool { return c.Text.ID == textID })
	if i < 0 {
		return practice.Consent{}, fault.NotFound()
	}
	return p.consents[i], nil
}

func signOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		text := v.PathValue("text")
		if err := practice.Sign(v.Context(), v.DB, v.By, text, v.Form.Text("signature")); err != nil {
			return err
		}
		p, err := papers(v, at.base(v))
		if err != nil {
			return err
		}
		return v.See(w, p.after(p.base+"/read/"+text)+"?said=signed")
	}
}

func withdrawOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		p, err := papers(v, at.base(v))
		if err != nil {
			return err
		}
		c, err := p.consent(v.PathValue("text"))
		if err != nil {
			return err
		}
		if err := practice.Withdraw(v.Context(), v.DB, v.By, c.ID); err != nil {
			return err
		}
		return v.See(w, p.base+"/read/"+c.Text.ID+"?said=undone")
	}
}
