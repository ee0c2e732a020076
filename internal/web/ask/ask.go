// Package ask is the eight questions of a request for an appointment as a form: for visitors on the site, and for the
// coordinator who takes them down on the phone.
package ask

import (
	"embed"
	"io/fs"
	"slices"

	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

//go:embed questions.html
var part embed.FS

// Part is the file of the part "questions", which takes Questions.
const Part = "questions.html"

// With is a door's pages with the file of the part "questions" among them.
func With(pages fs.FS) fs.FS { return joined{pages} }

type joined struct{ pages fs.FS }

// Open implements fs.FS.
func (j joined) Open(name string) (fs.File, error) {
	if name == Part {
		return part.Open(name)
	}
	return j.pages.Open(name)
}

// Fields are what the form may send.
var Fields = []route.Field{
	{Name: "name", Max: 100, Line: true},
	{Name: "pronouns", Max: 60, Line: true},
	{Name: "email", Max: 254, Line: true},
	{Name: "phone", Max: 40, Line: true},
	{Name: "voicemail", Max: 3, Line: true},
	{Name: "full_name", Max: 3, Line: true},
	{Name: "safely", Max: 500},
	{Name: "adult", Max: 3, Line: true},
	{Name: "for", Max: 20, Line: true},
	{Name: "brings", Max: 20, Many: true, Line: true},
	{Name: "words", Max: 4000},
	{Name: "wishes", Max: 2000},
	{Name: "therapist", Max: 100, Line: true},
	{Name: "language", Max: 60, Line: true},
	{Name: "sliding", Max: 3, Line: true},
	{Name: "times", Max: 20, Many: true, Line: true},
	{Name: "where", Max: 20, Line: true},
	{Name: "else", Max: 2000},
}

// Younger reports whether the form says that the person is under 18: nothing of it may be kept.
func Younger(f route.Form) bool { return f.Text("adult") == "no" }

// Request is what the form says. A therapist who is not among those on the site is nobody.
func Request(f route.Form, therapists []practice.Therapist) intake.Request {
	r := intake.Request{
		Name: f.Text("name"), Pronouns: f.Text("pronouns"), Email: f.Text("email"), Phone: f.Text("phone"),
		Adult: f.Text("adult") == "yes", For: f.Text("for"), Brings: f.All("brings"), InWords: f.Text("words"),
		Wishes: f.Text("wishes"), Language: f.Text("language"), Sliding: f.Text("sliding") == "yes",
		Times: f.All("times"), Where: f.Text("where"), Else: f.Text("else"),
	}
	r.Contact = practice.SafeContact{Mail: r.Email != "", Call: r.Phone != "", Voicemail: f.Text("voicemail") == "yes",
		When: f.Text("safely"), PracticeName: f.Text("full_name") == "yes"}
	if i := slices.IndexFunc(therapists, func(t practice.Therapist) bool { return t.Slug == f.Text("therapist") }); i >= 0 {
		r.Therapist = therapists[i].ID
	}
	return r
}

// Questions is the form as part "questions" draws it.
type Questions struct {
	Name, Pronouns, Email, Phone, Safely ui.Field
	Voicemail, FullName                  ui.Check
	Adult                                ui.Choices
	For, Brings                          ui.Choices
	Words, Wishes, Therapist, Language   ui.Field
	Languages                            bool // there is one to choose
	Sliding                              ui.Check
	Times                                ui.Times
	Where                                ui.Choices
	Else                                 ui.Field
}

// About is what the form asks with, beside what was typed.
type About struct {
	House      practice.Practice
	Therapists []practice.Therapist // those on the site
	Days       int                  // of the week with times to wish for, from Monday
}

// New is the form with what was typed, and the faults at their fields.
func New(about About, f route.Form, faults []fault.Fault) Questions {
	q := Questions{
		Name: ui.Field{Name: "name", Label: "What should we call you?", Autocomplete: "nickname", Required: true, MaxLength: 100},
		Pronouns: ui.Field{Name: "pronouns", Label: "Pronouns", Optional: true, Autocomplete: "off", MaxLength: 60,
			Suggestions: []string{"she/her", "he/him", "they/them", "she/they", "he/they"}},
		Email: ui.Field{Name: "email", Type: "email", Label: "Email", Autocomplete: "email", MaxLength: 254, DescribedBy: "reach-hint"},
		Phone: ui.Field{Name: "phone", Type: "tel", Label: "Phone", Autocomplete: "tel", MaxLength: 40, DescribedBy: "reach-hint"},
		Safely: ui.Field{Name: "safely", Label: "When and how is it safe to reach you?", Optional: true, Autocomplete: "off", MaxLength: 500,
			Hint: "For example: only by email, or calls after 6 pm. You do not need to say why."},
		Words: ui.Field{Name: "words", Type: "textarea", Label: "In your own words", Optional: true, Hint: "A sentence is plenty.", MaxLength: 4000},
		Wishes: ui.Field{Name: "wishes", Type: "textarea", Rows: 2, Label: "What do you wish for in a therapist?", Optional: true, MaxLength: 2000,
			Hint: "Culture, faith, gender, sexuality, disability, a way of working: in your own words, or not at all."},
		Else: ui.Field{Name: "else", Type: "textarea", Label: "Anything else we should know?", Optional: true, MaxLength: 2000},
	}
	q.chooseFrom(about, f)
	for _, field := range []*ui.Field{&q.Name, &q.Pronouns, &q.Email, &q.Phone, &q.Safely, &q.Words, &q.Wishes, &q.Therapist, &q.Language, &q.Else} {
		field.Value, field.Error = f.Text(field.Name), ui.FaultIn(faults, field.Name)
	}
	for _, choices := range []*ui.Choices{&q.Adult, &q.For, &q.Brings, &q.Where} {
		choices.Options, choices.Error = ui.Pick(choices.Options, f.All(choices.Name)...), ui.FaultIn(faults, choices.Name)
	}
	for _, check := range []*ui.Check{&q.Voicemail, &q.FullName, &q.Sliding} {
		check.Checked = f.Text(check.Name) == "yes"
	}
	q.Times.Error = ui.FaultIn(faults, "times")
	return q
}

func (q *Questions) chooseFrom(about About, f route.Form) {
	q.Voicemail = ui.Check{Name: "voicemail", Label: "It’s OK to leave a voicemail"}
	q.FullName = ui.Check{Name: "full_name", Label: "Messages may say our full name, “" + about.House.Name + "”"}
	q.Adult = ui.Choices{Name: "adult", Legend: "Are you 18 or older?", Required: true, Layout: "chips",
		Options: []ui.Option{{Value: "yes", Label: "Yes"}, {Value: "no", Label: "No, I am younger"}}}
	q.For = ui.Choices{Name: "for", Legend: "Who is it for?", Layout: "chips", Options: options(intake.ForWhom)}
	q.Brings = ui.Choices{Name: "brings", Legend: "Choose any that fit", Optional: true, Multiple: true, Layout: "cols", Options: options(practice.Concerns)}
	q.Where = ui.Choices{Name: "where", Legend: "Where?", Layout: "chips", Options: options(intake.Wheres)}
	q.Therapist = ui.Field{Name: "therapist", Type: "select", Label: "Therapist you have in mind", Optional: true,
		Options: []ui.Option{{Value: "", Label: "Please suggest someone"}}}
	q.Language = ui.Field{Name: "language", Type: "select", Label: "Language you would rather speak", Optional: true,
		Options: []ui.Option{{Value: "", Label: "English"}}}
	for _, t := range about.Therapists {
		q.Therapist.Options = append(q.Therapist.Options, ui.Option{Value: t.Slug, Label: t.Name})
	}
	for _, language := range Languages(about.Therapists) {
		if language != "English" {
			q.Language.Options = append(q.Language.Options, ui.Option{Value: language, Label: language})
			q.Languages = true
		}
	}
	q.Sliding = ui.Check{Name: "sliding", Label: "I would need a reduced fee"}
	q.Times = ui.Times{Name: "times", Legend: "Times that could suit you", Optional: true, Days: ui.Week(about.Days, f.All("times")...)}
}

func options(all []practice.Concern) []ui.Option {
	list := make([]ui.Option, len(all))
	for i, c := range all {
		list[i] = ui.Option{Value: c.Code, Label: c.Words}
	}
	return list
}

// Languages are all that the therapists speak, in order.
func Languages(therapists []practice.Therapist) []string {
	var all []string
	for _, t := range therapists {
		all = append(all, t.Languages...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}
