package portal_test

import (
	"net/http"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

// names are words that a client must not read: of questionnaires, of severity and of diagnoses.
var names = []string{"phq", "gad", "core-10", "severe", "moderate", "depression", "disorder"}

func neutral(t *testing.T, p *webtest.Page) {
	t.Helper()
	text := strings.ToLower(p.Words("body") + " " + p.Words("title"))
	for _, name := range names {
		if strings.Contains(text, name) {
			t.Errorf("%s says %q", p.Path, name)
		}
	}
}

func TestForms(t *testing.T) {
	h := open(t)
	h.client("rosa", "Rosa Vance")
	link, b := h.Link(access.TaskIntake, "/forms/", "rosa", "rosa"), h.Browser()
	p := b.Get(link)
	want(t, p, ok, "Before we begin")
	neutral(t, p)
	for n := 0; n < 12 && p.Words("h1") != "Thank you. That is all."; n++ {
		p = b.Get(p.Attr("main a.btn.full", "href"))
		neutral(t, p)
		action := p.Attr("main form", "action")
		if p.Has("input[name=signature]") {
			if empty := b.Send(p, action); empty.Status != http.StatusUnprocessableEntity {
				t.Fatalf("an empty signature answers %d", empty.Status)
			}
			b.Send(p, action, "signature", "Rosa Vance")
		} else {
			b.Send(p, action, allOf(p, "0")...)
		}
		p = b.Get(link)
	}
	want(t, p, ok, "Thank you. That is all.")
	if p.Has("#crisis") {
		t.Error("crisis help stands there without cause")
	}
	mine := h.in("rosa").Get("/forms")
	want(t, mine, ok, "Thank you. That is all.")
	neutral(t, mine)
}

// allOf answers every question of a page with the same value.
func allOf(p *webtest.Page, value string) []string {
	var pairs []string
	seen := map[string]bool{}
	for _, n := range p.Find("main input[type=radio]") {
		for _, a := range n.Attr {
			if a.Key == "name" && !seen[a.Val] {
				seen[a.Val] = true
				pairs = append(pairs, a.Val, value)
			}
		}
	}
	return pairs
}

func questions(t *testing.T, p *webtest.Page, part string) string {
	t.Helper()
	for _, n := range p.Find("ol.steps a") {
		for _, a := range n.Attr {
			if a.Key == "href" && strings.Contains(a.Val, "/questions/") && n.FirstChild != nil && strings.Contains(n.FirstChild.Data, part) {
				return a.Val
			}
		}
	}
	t.Fatalf("no part %q in %s", part, p.Words("main"))
	return ""
}

// TestCrisisHelp wants help to stand on the page before anything is sent, after
// it, and when nothing could be kept.
func TestCrisisHelp(t *testing.T) {
	h := open(t)
	h.client("rosa", "Rosa Vance")
	b := h.in("rosa")
	href := questions(t, b.Get("/forms"), "part one")
	p := b.Get(href)
	help := p.Find("[data-revealed]")
	if len(help) != 1 || !strings.Contains(p.Words("[data-revealed]"), "988") {
		t.Fatalf("%d places of help on the page, want one with 988", len(help))
	}
	reveals := p.Find("input[data-reveals]")
	if len(reveals) != 4 {
		t.Errorf("%d answers call for help, want 4", len(reveals))
	}
	p = b.Send(p, href, "q.core10-6", "1")
	if !strings.Contains(p.Path, "open=yes") || !strings.Contains(p.Words("[role=status]"), "9 questions") || !p.Has(`input[name="q.core10-6"][value="1"][checked]`) {
		t.Fatalf("after leaving questions out: %s %s", p.Path, p.Words("main"))
	}
	tasks, err := measure.RiskTasks(h.Context(), h.DB, h.Actor(h.imani.Staff), "rosa")
	h.must(err)
	if len(tasks) != 1 || tasks[0].Answer != "Only occasionally" {
		t.Fatalf("risk tasks %+v, want one with the answer", tasks)
	}
	p = b.Send(p, href, "anyway", "yes")
	want(t, p, ok, "Before we begin")
	if !strings.Contains(p.Words("#crisis"), "988") {
		t.Errorf("after finishing there is no help: %s", p.Words("main"))
	}
	if faulty := b.Post(href, map[string][]string{"q.core10-6": {"9"}}); faulty.Status != http.StatusUnprocessableEntity && faulty.Status != http.StatusConflict {
		t.Errorf("an answer that there is not gives %d", faulty.Status)
	}
}

func TestAutosave(t *testing.T) {
	h := open(t)
	h.client("rosa", "Rosa Vance")
	link, b := h.Link(access.TaskIntake, "/forms/", "rosa", "rosa"), h.Browser()
	href := questions(t, b.Get(link), "part two")
	save := b.Get(href).Attr("form[data-autosave]", "data-autosave")
	if p := b.Post(save, map[string][]string{"q.phq9-1": {"2"}}); p.Status != http.StatusNoContent {
		t.Fatalf("autosave answers %d %s", p.Status, p.Body)
	}
	if p := b.Post(save, map[string][]string{"q.phq9-2": {"1"}}); p.Status != http.StatusNoContent {
		t.Fatalf("autosave answers %d", p.Status)
	}
	p := b.Get(href)
	if !p.Has(`input[name="q.phq9-1"][value="2"][checked]`) || !p.Has(`input[name="q.phq9-2"][value="1"][checked]`) {
		t.Error("what was saved is not on the page")
	}
	p = b.Post(save, map[string][]string{"q.phq9-2": {"7"}})
	if p.Status != http.StatusUnprocessableEntity || !strings.HasPrefix(p.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("an answer that there is not gives %d %s", p.Status, p.Header.Get("Content-Type"))
	}
	b.Send(b.Get(href), href, "anyway", "yes")
	if p = b.Post(save, map[string][]string{"q.phq9-1": {"0"}}); p.Status != http.StatusConflict {
		t.Errorf("saving what was handed in answers %d, want 409", p.Status)
	}
	h.client("nell", "Nell Carver")
	if p = h.in("nell").Post(strings.Replace(save, link, "/forms", 1), map[string][]string{"q.phq9-1": {"0"}}); p.Status != http.StatusNotFound {
		t.Errorf("saving another's answers gives %d, want 404", p.Status)
	}
}

func TestWithdrawAndNewVersion(t *testing.T) {
	h := open(t)
	h.client("rosa", "Rosa Vance")
	b := h.in("rosa")
	href := b.Get("/forms").Attr("ol.steps a", "href")
	b.Send(b.Get(href), href, "signature", "Rosa Vance")
	p := b.Get(href)
	if p.Words("#sg") != "Signed" || !strings.Contains(p.Words("main"), "Rosa Vance") {
		t.Fatalf("signed, the page says %s", p.Words("main"))
	}
	p = b.Send(p, strings.Replace(href, "/read/", "/withdraw/", 1))
	if !p.Has("input[name=signature]") || !strings.Contains(p.Words("main"), "took your signature back") {
		t.Errorf("taken back, the page says %s", p.Words("main"))
	}
	b.Send(p, href, "signature", "Rosa Vance")
	texts, err := practice.Texts(h.Context(), h.DB)
	h.must(err)
	for _, text := range texts {
		if strings.HasSuffix(href, text.ID) {
			text.Body = "New words."
			h.must(practice.PublishText(h.Context(), h.DB, h.Actor(h.owner), text))
		}
	}
	if p = b.Get(href); p.Status != http.StatusNotFound {
		t.Errorf("the old version answers %d, want 404", p.Status)
	}
	if p = b.Get("/forms"); p.Has("ol.steps li.done") {
		t.Error("a new version counts as signed")
	}
}
