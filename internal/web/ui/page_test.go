package ui_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"attune/internal/fault"
	"attune/internal/web/ui"
)

var allShells = map[string]ui.Shell{"public": ui.Public, "client": ui.Client, "staff": ui.Staff, "calendar": ui.Calendar, "crisis": ui.Crisis}

func frame() ui.Frame {
	return ui.Frame{
		Practice: ui.Practice{
			Name: "Alder Street Relational Therapy", ShortName: "Alder Street",
			Phone: "312-555-0142", PhoneLink: "+13125550142", LeaveURL: "https://weather.example/",
			Hours: "weekdays 9 to 6", Email: "hello@alderstreet.example", Address: []string{"1900 W. Alder Street", "Chicago"},
		},
		Demo: true, SignedIn: true, Who: "Marisol Tamayo", Role: "Client", Idle: 15 * time.Minute, Zone: time.UTC,
		Nav: []ui.NavItem{{Href: "/", Icon: "home", Label: "Home", Current: true}, {Href: "/notes", Icon: "note", Label: "Notes", Count: 2}},
	}
}

// parts is every part with something in it, faults too.
var parts = map[string]any{
	"field": ui.Field{Name: "email", Type: "email", Label: "Email", Hint: "One is enough.", Error: "Enter an email address.",
		Required: true, Suggestions: []string{"a@example.org"}},
	"field textarea": ui.Field{Name: "words", Type: "textarea", Label: "In your own words", Value: "<b>", Optional: true, DescribedBy: "email-hint"},
	"field select":   ui.Field{Name: "who", Type: "select", Label: "Therapist", Value: "io", Options: []ui.Option{{Value: "", Label: "Anyone"}, {Value: "io", Label: "Imani Okafor"}}},
	"choices": ui.Choices{Name: "for", Legend: "Who is it for?", Hint: "Choose one.", Error: "Choose one.", Required: true,
		Options: ui.Pick([]ui.Option{{Value: "me", Label: "Me"}, {Value: "us", Label: "Us"}}, "us")},
	"choices chips": ui.Choices{Name: "need", Legend: "I needed", Layout: "chips", Multiple: true, Options: []ui.Option{{Value: "a", Label: "space"}}},
	"check":         ui.Check{Name: "adult", Label: "I am 18 or older", Hint: "We work with adults.", Error: "Tick this.", Required: true},
	"scale": ui.Scale{Name: "heard", Legend: "I felt heard", Error: "Choose one.", Required: true, Answers: []ui.Option{{Value: "1", Label: "Not at all"},
		{Value: "2", Label: "A little"}, {Value: "3", Label: "Partly"}, {Value: "4", Label: "Mostly", Checked: true}, {Value: "5", Label: "Fully"}}},
	"slots":  ui.Slots{Name: "slot", Legend: "Thursday", Options: []ui.Option{{Value: "1", Label: "9:00"}, {Value: "2", Label: "10:00", Disabled: true}}},
	"times":  ui.Times{Name: "times", Legend: "Times that could suit you", Error: "Choose one.", Days: ui.Week(6, "tue-evening")},
	"errors": []fault.Fault{{Field: "email", Sentence: "Enter an email address."}, {Sentence: "Somebody was there first."}},
	"badge":  ui.RuptureBadge("open"),
	"note":   ui.Note{Tone: "rupture", Icon: "tear", Title: "A rupture is open", Text: []string{"Care first."}, Href: "/r", Link: "Open it"},
	"table": ui.Table{Caption: "Sessions", Columns: []ui.Column{{Label: "Day"}, {Label: "Minutes", End: true}},
		Rows: [][]ui.Cell{{{Text: "May 7", Href: "/s"}, {Text: "50"}}, {{Name: ui.Prefs{}.Name("Marisol Tamayo")}, {Badge: ui.SignalBadge("dip")}}}},
	"steps":    ui.Steps{Items: []ui.Step{{Title: "You wrote", Text: "Today", Done: true}, {Title: "We reply", Current: true}}},
	"timeline": []ui.TimelineItem{{Icon: "mend", Title: "Repaired", When: "May 10", Text: "Better", Apart: true}, {Icon: "tear", Title: "Rupture", Href: "/r", Link: "Open"}},
	"day": []ui.DayRow{{When: "9:00", Who: ui.Prefs{}.Name("Ansel Whitcomb"), About: "Session 6", Badge: ui.SignalBadge("milestone"), Text: "Said no.", Href: "/b", Action: "Open brief", Next: true},
		{Gap: true, When: "12:00", Text: "Supervision"}},
	"empty":           ui.Empty{Icon: "circles", Title: "Your map is empty for now.", Href: "/add", Action: "Add a person"},
	"tabs":            ui.Tabs{Label: "Inquiries", Items: []ui.Tab{{Href: "/a", Label: "Open", Count: 2, Current: true}, {Href: "/b", Label: "All"}}},
	"stats":           []ui.Stat{{Label: "Repaired", Figure: "74%", Text: "of 23"}},
	"facts":           []ui.Fact{{Name: "Fee", Is: "$165"}},
	"required-key":    nil,
	"autosave-status": nil,
	"keep-status":     nil,
}

// partsPage is a page that shows every part.
func partsPage(t *testing.T, shell ui.Shell) *ui.Page {
	t.Helper()
	text := `{{define "title"}}Everything{{end}}{{define "main"}}<h1>Everything</h1><section aria-labelledby="head">{{template "card-head" (index .View "card-head")}}</section>`
	for key := range parts {
		name, _, _ := strings.Cut(key, " ")
		text += `{{template "` + name + `" (index .View "` + key + `")}}`
	}
	return ui.Parse(fstest.MapFS{"all.html": {Data: []byte(text + `{{end}}`)}}, shell, "all.html")
}

func partsView() map[string]any {
	view := map[string]any{"card-head": ui.CardHead{ID: "head", Title: "To finish", Href: "/all", Link: "All", Aside: "3 open"}}
	for key, part := range parts {
		view[key] = part
	}
	return view
}

// rendered is the page as bytes and as a tree.
func rendered(t *testing.T, p *ui.Page, r *http.Request, status int, f ui.Frame, view any) ([]byte, *html.Node) {
	t.Helper()
	w := httptest.NewRecorder()
	if err := ui.Render(w, r, p, status, f, view); err != nil {
		t.Fatal(err)
	}
	if w.Code != status || w.Header().Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("got %d %s, want %d text/html; charset=utf-8", w.Code, w.Header().Get("Content-Type"), status)
	}
	tree, err := html.Parse(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	return w.Body.Bytes(), tree
}

func find(tree *html.Node, selector string) []*html.Node {
	return cascadia.QueryAll(tree, cascadia.MustCompile(selector))
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func words(nodes ...*html.Node) string {
	var b strings.Builder
	for _, n := range nodes {
		for d := range n.Descendants() {
			if d.Type == html.TextNode {
				b.WriteString(d.Data)
			}
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func TestShellsAndPartsAreWired(t *testing.T) {
	for name, shell := range allShells {
		t.Run(name, func(t *testing.T) {
			_, tree := rendered(t, partsPage(t, shell), httptest.NewRequest("GET", "/everything", nil), 422, frame(), partsView())
			checkWiring(t, tree)
			checkPolicy(t, tree)
			for _, selector := range []string{"h1", "main", "title", "header", ".toasts[role=status]"} {
				if n := len(find(tree, selector)); n != 1 && selector != "header" {
					t.Errorf("%d elements match %s, want 1", n, selector)
				}
			}
			if first := find(tree, "body a")[0]; attr(first, "href") != "#main" {
				t.Errorf("first link goes to %s, want #main", attr(first, "href"))
			}
			for _, form := range find(tree, "form[method=post]") {
				if len(find(form, "input[name=idempotency]")) != 1 {
					t.Errorf("form to %s has no idempotency key", attr(form, "action"))
				}
			}
		})
	}
}

// checkWiring finds ids used twice and references to ids that are not there.
func checkWiring(t *testing.T, tree *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for _, n := range find(tree, "[id]") {
		if ids[attr(n, "id")] {
			t.Errorf("id %q is used twice", attr(n, "id"))
		}
		ids[attr(n, "id")] = true
	}
	for _, key := range []string{"for", "list", "aria-describedby", "aria-labelledby", "aria-controls"} {
		for _, n := range find(tree, "["+key+"]") {
			for _, id := range strings.Fields(attr(n, key)) {
				if !ids[id] {
					t.Errorf("<%s %s=%q> points to nothing", n.Data, key, id)
				}
			}
		}
	}
	for _, n := range find(tree, `a[href^="#"], use`) {
		if id := strings.TrimPrefix(attr(n, "href"), "#"); !ids[id] {
			t.Errorf("<%s> leads to #%s, which is not there", n.Data, id)
		}
	}
	for _, n := range find(tree, "input:not([type=hidden]), select, textarea") {
		labelled := n.Parent.Data == "label" || len(find(tree, `label[for="`+attr(n, "id")+`"]`)) == 1
		if !labelled {
			t.Errorf("<%s name=%q> has no label", n.Data, attr(n, "name"))
		}
	}
}

// checkPolicy finds what the content policy of S-41 refuses.
func checkPolicy(t *testing.T, tree *html.Node) {
	t.Helper()
	for n := range tree.Descendants() {
		if n.Data == "style" || n.Data == "script" && attr(n, "src") == "" {
			t.Errorf("inline <%s>", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("<%s> has %s=%q", n.Data, a.Key, a.Val)
			}
		}
	}
}

func TestFieldFault(t *testing.T) {
	_, tree := rendered(t, partsPage(t, ui.Client), httptest.NewRequest("GET", "/", nil), 422, frame(), partsView())
	email := find(tree, "#email")[0]
	if got := attr(email, "aria-describedby"); got != "email-hint email-error" {
		t.Errorf("aria-describedby is %q", got)
	}
	if attr(email, "aria-invalid") != "true" {
		t.Error("the faulty field is not marked invalid")
	}
	if got := words(find(tree, ".error-box h2")...); got != "Two things need your attention" {
		t.Errorf("summary is headed %q", got)
	}
	if got := words(find(tree, "#words")...); got != "<b>" {
		t.Errorf("text came back as %q, want what was typed", got)
	}
	if got := attr(find(tree, "select [selected]")[0], "value"); got != "io" {
		t.Errorf("selected is %q", got)
	}
}

func TestTitles(t *testing.T) {
	page := fstest.MapFS{"p.html": {Data: []byte(`{{define "title"}}Check-in{{end}}{{define "main"}}{{end}}`)}}
	tests := []struct {
		name   string
		shell  ui.Shell
		status int
		title  string
		prefs  string
		want   string
	}{
		{"public", ui.Public, 200, "", "", "Check-in | Alder Street"},
		{"public stays public in discreet mode", ui.Public, 200, "", "discreet.on", "Check-in | Alder Street"},
		{"client", ui.Client, 200, "", "", "Check-in"},
		{"client with faults", ui.Client, 422, "", "", "Error: Check-in"},
		{"staff", ui.Staff, 200, "", "", "Check-in | Attune"},
		{"another title", ui.Staff, 200, "Brief", "", "Brief | Attune"},
		{"discreet", ui.Staff, 200, "Brief", "theme.dark-discreet.on", "Notes"},
		{"crisis", ui.Crisis, 200, "", "", "Check-in"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.AddCookie(&http.Cookie{Name: "prefs", Value: test.prefs})
			f := frame()
			f.Title = test.title
			_, tree := rendered(t, ui.Parse(page, test.shell, "p.html"), r, test.status, f, nil)
			if got := words(find(tree, "title")...); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestOnlyIconsInUse(t *testing.T) {
	page := fstest.MapFS{"p.html": {Data: []byte(`{{define "title"}}T{{end}}{{define "main"}}{{icon "tear"}}{{icon "tear"}}{{end}}`)}}
	_, tree := rendered(t, ui.Parse(page, ui.Crisis, "p.html"), httptest.NewRequest("GET", "/", nil), 200, frame(), nil)
	if got := len(find(tree, "symbol")); got != 2 { // tear, and exit of the button to leave
		t.Errorf("%d symbols, want 2", got)
	}
}

func TestRenderIsWholeOrNot(t *testing.T) {
	page := fstest.MapFS{"p.html": {Data: []byte(`{{define "title"}}T{{end}}{{define "main"}}{{icon .View}}{{end}}`)}}
	p := ui.Parse(page, ui.Client, "p.html")
	w := httptest.NewRecorder()
	if err := ui.Render(w, httptest.NewRequest("GET", "/", nil), p, 200, frame(), "no-such-icon"); err == nil {
		t.Error("an unknown icon is no error")
	}
	if w.Body.Len() != 0 {
		t.Errorf("%d bytes were written before the error", w.Body.Len())
	}
	crowded := frame()
	crowded.Nav = make([]ui.NavItem, 6)
	if err := ui.Render(w, httptest.NewRequest("GET", "/", nil), p, 200, crowded, "tear"); err == nil {
		t.Error("six items of navigation are no error")
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct{ name, text string }{
		{"no title", `{{define "main"}}{{end}}`},
		{"no main", `{{define "title"}}T{{end}}`},
		{"what cannot be escaped", `{{define "title"}}T{{end}}{{define "main"}}<a href={{if .Demo}}"{{end}}>{{end}}`},
		{"an unknown part", `{{define "title"}}T{{end}}{{define "main"}}{{template "nothing"}}{{end}}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("Parse accepts it")
				}
			}()
			ui.Parse(fstest.MapFS{"p.html": {Data: []byte(test.text)}}, ui.Staff, "p.html")
		})
	}
}

// TestWeight holds a page with every part and all that it loads to the budget of
// the design: 60 KB in gzip, 14 KB for the crisis page.
func TestWeight(t *testing.T) {
	for name, shell := range allShells {
		whole, tree := rendered(t, partsPage(t, shell), httptest.NewRequest("GET", "/", nil), 200, frame(), partsView())
		total := zipped(whole)
		for _, n := range find(tree, "link[href^='/assets/'], script[src]") {
			at := attr(n, "href") + attr(n, "src")
			r := httptest.NewRequest("GET", at, nil)
			r.Header.Set("Accept-Encoding", "gzip")
			w := httptest.NewRecorder()
			ui.Assets().ServeHTTP(w, r)
			if w.Code != http.StatusOK {
				t.Errorf("%s answers %d", at, w.Code)
			}
			total += w.Body.Len()
		}
		budget := 20_000
		if shell == ui.Crisis {
			budget = 14_000
		}
		if total > budget {
			t.Errorf("%s weighs %d bytes, want at most %d", name, total, budget)
		}
	}
}

func zipped(text []byte) int {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	_ = z.Close()
	return b.Len()
}
