package portal

import (
	"net/http"
	"slices"
	"strconv"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var formsPage = ui.Parse(pages, ui.Client, "forms.html", "crisis.html")

func addForms(g *route.Registry) {
	link := byLink("/forms/{token}", "portal.forms.link")
	mine := way{pattern: "/forms", name: "portal.forms", auth: route.SignIn}
	for _, at := range []way{link, mine} {
		g.Add(at.get("", "", access.ReadIntake, formsOn(at)))
		addConsentOn(g, at)
		addMeasureOn(g, at)
	}
}

// paperwork is all that a client was asked to read and answer at the beginning.
type paperwork struct {
	base     string
	consents []practice.Consent
	forms    []measure.Response
}

// papers reads what the actor was asked.
func papers(v *route.Visit, base string) (paperwork, error) {
	p := paperwork{base: base}
	var err error
	if p.consents, err = practice.Consents(v.Context(), v.DB, v.By, practice.ClientID(v.By.ID)); err != nil {
		return p, err
	}
	p.forms, err = measure.Own(v.Context(), v.DB, v.By)
	return p, err
}

// paper is one page to read or to answer.
type paper struct {
	Href     string
	Title    string
	Text     string
	Done     bool
	Optional bool
}

// list is everything in its order: what is to be read and signed, then the questions.
func (p paperwork) list() []paper {
	var all []paper
	for _, c := range p.consents {
		one := paper{Href: p.base + "/read/" + c.Text.ID, Title: c.Text.Title, Done: c.Signed(), Optional: !c.Text.Required,
			Text: "To read and sign"}
		if one.Optional {
			one.Text = "To read; signing it is up to you"
		}
		if one.Done {
			one.Text = "Signed"
		}
		all = append(all, one)
	}
	for i, r := range p.forms {
		one := paper{Href: p.base + "/questions/" + string(r.ID), Title: partTitle(i, len(p.forms)), Done: r.State == "done", Text: "About two minutes"}
		switch {
		case one.Done:
			one.Text = "Finished"
		case len(r.Answers) > 0:
			one.Text = "Begun; your answers are kept"
		}
		all = append(all, one)
	}
	return all
}

// partTitle is what a client reads in place of a questionnaire's name.
func partTitle(i, of int) string {
	if of == 1 {
		return "How you have been"
	}
	return "How you have been, part " + number(i+1) + " of " + number(of)
}

// number is a small number in words.
func number(n int) string {
	words := []string{"none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}

// open counts what is still to be done; what is up to the client does not count.
func (p paperwork) open() int {
	n := 0
	for _, one := range p.list() {
		if !one.Done && !one.Optional {
			n++
		}
	}
	return n
}

// after is where to go on after a page: to the next that is open, else to the
// first that is, else to the list.
func (p paperwork) after(href string) string {
	all := p.list()
	i := slices.IndexFunc(all, func(one paper) bool { return one.Href == href })
	for _, one := range all[i+1:] {
		if !one.Done {
			return one.Href
		}
	}
	for _, one := range all {
		if !one.Done && !one.Optional {
			return one.Href
		}
	}
	return p.base
}

// calls reports whether any answer asks for a person: the page then says at once
// where there is help.
func (p paperwork) calls() bool {
	return slices.ContainsFunc(p.forms, func(r measure.Response) bool {
		return len(r.Form.Safety(r.Answers, measure.Result{Part: r.Total})) > 0
	})
}

type formsView struct {
	Papers []paper
	Open   int
	Next   string // where to go on; empty where nothing is open
	Begun  bool
	Phone  string
	Link   string
	Calls  bool
	Home   bool // signed in, so there is a home to go to
	Faults []fault.Fault
}

func formsOn(at way) route.Handler {
	return func(w http.ResponseWriter, v *route.Visit) error {
		p, err := papers(v, at.base(v))
		if err != nil {
			return err
		}
		view := formsView{Papers: p.list(), Open: p.open(), Phone: v.Practice.Phone, Link: v.Practice.PhoneLink(), Calls: p.calls(),
			Home: v.By.SignInID != "", Faults: v.Faults}
		if view.Open > 0 {
			view.Next = p.after("")
		}
		view.Begun = view.Open < len(view.Papers) && slices.ContainsFunc(view.Papers, func(one paper) bool { return one.Done })
		return v.Page(w, formsPage, frame(v, ""), view)
	}
}
