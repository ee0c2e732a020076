package site_test

import (
	"net/http"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/intake"
)

func (h house) inquiries(t *testing.T) []intake.Inquiry {
	t.Helper()
	all, err := intake.Inbox(t.Context(), h.DB, h.Actor(h.coordinator), intake.New, intake.Closed)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestAskForAnAppointment(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get("/appointment?therapist=imani")
	if got := p.Attr("select[name=therapist] option[selected]", "value"); got != "imani" {
		t.Errorf("%q is chosen, want imani", got)
	}
	h.later()
	p = b.Send(p, "/appointment", "name", "Wren", "pronouns", "they/them", "email", "wren@example.org", "phone", "312-555-0177",
		"voicemail", "yes", "safely", "after 6 pm", "adult", "yes", "for", "couple", "brings", "loss", "brings", "anxiety", "words", "It ended.",
		"wishes", "Patience", "language", "Polish", "sliding", "yes", "times", "tue-evening", "times", "sat-morning", "where", "either", "else", "Thanks")
	if p.Status != http.StatusOK || !strings.HasPrefix(p.Path, "/appointment/sent?by=") {
		t.Fatalf("came to %s (%d): %s", p.Path, p.Status, p.Words(".error-box"))
	}
	if got := p.Words("[aria-current=step] b"); got != "Rosa replies by Monday, January 11 at 6:00 pm" {
		t.Errorf("the promise is %q", got)
	}
	for _, told := range []string{"Wren", "wren", "0177"} {
		if strings.Contains(p.Path, told) || strings.Contains(string(p.Body), told) {
			t.Errorf("the receipt tells %q", told)
		}
	}
	all := h.inquiries(t)
	if len(all) != 1 {
		t.Fatalf("%d inquiries, want 1", len(all))
	}
	r := all[0].Request
	if r.Name != "Wren" || r.Therapist != "imani" || !r.Contact.Voicemail || r.Contact.PracticeName || r.Contact.When != "after 6 pm" ||
		len(r.Brings) != 2 || len(r.Times) != 2 || r.Language != "Polish" || !r.Sliding || !r.Adult {
		t.Errorf("kept %+v", r)
	}
	if h.Wakes.Load() == 0 {
		t.Error("nobody woke the worker, so the letter waits")
	}
}

func TestThePromiseStandsStill(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get("/appointment")
	h.later()
	p = b.Send(p, "/appointment", "name", "Wren", "phone", "312-555-0177", "adult", "yes")
	first := p.Words("[aria-current=step] b")
	h.Clock.Advance(72 * 3600e9)
	if got := b.Get(p.Path).Words("[aria-current=step] b"); got != first {
		t.Errorf("three days later the receipt says %q, not %q", got, first)
	}
	made := b.Get("/appointment/sent?by=9999999999").Words("[aria-current=step] b")
	if strings.Contains(made, "November") {
		t.Errorf("someone made us promise %q", made)
	}
}

func TestFaultyRequestKeepsEverything(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get("/appointment")
	h.later()
	p = b.Send(p, "/appointment", "name", "Wren", "brings", "loss", "words", "It <b>ended</b>.", "times", "tue-evening", "adult", "")
	if p.Status != http.StatusUnprocessableEntity || p.Words(".error-box h2") != "Two things need your attention" {
		t.Fatalf("got %d %q", p.Status, p.Words(".error-box"))
	}
	if got := p.Words("title"); got != "Error: Make an appointment | Birch Lane" {
		t.Errorf("title is %q", got)
	}
	if p.Attr("#email", "aria-invalid") != "true" || p.Words("#words") != "It <b>ended</b>." || !p.Has(`input[name=brings][value=loss][checked]`) ||
		!p.Has(`input[value=tue-evening][checked]`) {
		t.Error("something that was typed is gone, or the fault is not marked")
	}
	for _, link := range p.Find(".error-box a") {
		if id := strings.TrimPrefix(link.Attr[0].Val, "#"); !p.Has("#" + id) {
			t.Errorf("the summary leads to #%s, which is not there", id)
		}
	}
	// Fixed within a second: the time of the first page counts.
	h.Clock.Advance(1e9)
	if p = b.Send(p, "/appointment", "email", "wren@example.org", "adult", "yes"); !strings.HasPrefix(p.Path, "/appointment/sent") || len(h.inquiries(t)) != 1 {
		t.Errorf("came to %s with %d inquiries", p.Path, len(h.inquiries(t)))
	}
}

func TestWhoIsYoungerLeavesNoTrace(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get("/appointment")
	h.later()
	p = b.Send(p, "/appointment", "name", "Canary", "email", "canary@example.org", "adult", "no", "words", "canary")
	if p.Path != "/younger" || !strings.Contains(p.Words("main"), "We have not kept what you wrote.") {
		t.Errorf("came to %s", p.Path)
	}
	for _, table := range []string{"inquiry", "idempotency", "audit_leaf", "job", "seal_name"} {
		if got := h.count(t, table); table != "audit_leaf" && got != 0 {
			t.Errorf("table %s has %d rows, want none", table, got)
		}
	}
}

func TestProgramsAreAnsweredAsPeopleAre(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	good := []string{"name", "Bot", "email", "bot@example.org", "adult", "yes"}
	tests := []struct {
		name  string
		fill  func()
		pairs []string
	}{
		{"fills in what nobody sees", h.later, []string{"url", "https://spam.example"}},
		{"too fast", func() { h.Clock.Advance(1e9) }, nil},
		{"never fetched the form", h.later, []string{"stamp", ""}},
		{"made up its stamp", h.later, []string{"stamp", "abc.def"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := b.Get("/appointment")
			test.fill()
			p = b.Send(p, "/appointment", append(append([]string(nil), good...), test.pairs...)...)
			if !strings.HasPrefix(p.Path, "/appointment/sent?by=") || len(h.inquiries(t)) != 0 {
				t.Errorf("came to %s, %d kept", p.Path, len(h.inquiries(t)))
			}
		})
	}
}

func TestBudgetOfTheForm(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get("/appointment")
	h.later()
	refused := 0
	for range 25 {
		got := b.Send(p, "/appointment", "name", "Wren", "email", "wren@example.org", "adult", "yes", "words", "Kept")
		if got.Status == http.StatusTooManyRequests {
			refused++
			if got.Words("#words") != "Kept" || got.Words(".error-box") == "" {
				t.Fatal("what was typed is gone")
			}
		}
	}
	if refused != 5 {
		t.Errorf("%d of 25 were refused, want 5", refused)
	}
}

func TestSentTwiceIsKeptOnce(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	form := b.Get("/appointment").Form("/appointment")
	h.later()
	form.Set("name", "Wren")
	form.Set("email", "wren@example.org")
	form.Set("adult", "yes")
	first, second := b.Post("/appointment", form), b.Post("/appointment", form)
	if first.Path != second.Path || len(h.inquiries(t)) != 1 {
		t.Errorf("came to %s and %s with %d inquiries", first.Path, second.Path, len(h.inquiries(t)))
	}
}

func TestOwnRequestByLink(t *testing.T) {
	h := newHouse(t)
	i, err := intake.Send(t.Context(), h.DB, h.Visitor(), intake.Request{Name: "Wren", Email: "wren@example.org", Adult: true, InWords: "It ended.", Times: []string{"tue-evening"}}, "web")
	if err != nil {
		t.Fatal(err)
	}
	path := h.Link(access.TaskRequest, "/request/", string(i.KeyID), string(i.ID))
	b := h.Browser()
	p := b.Get(path)
	if p.Words("h1") != "We have your request" || !strings.Contains(p.Words(".facts"), "It ended.") || !strings.Contains(p.Words(".facts"), "Tuesday evening") {
		t.Errorf("got %d %q: %q", p.Status, p.Words("h1"), p.Words("main"))
	}
	if title := p.Words("title"); title != "Your message" {
		t.Errorf("title is %q", title)
	}
	if b.Get(path); h.inquiries(t)[0].State != intake.New {
		t.Error("opening the link changed something")
	}
	if p = b.Send(p, path+"/back"); p.Words("h1") != "This request is closed" || p.Has("main form") {
		t.Errorf("after taking it back: %q", p.Words("main"))
	}
	if got := h.inquiries(t)[0].State; got != intake.Closed {
		t.Errorf("the request is %s, want closed", got)
	}
}

func TestAnswerByLink(t *testing.T) {
	h := newHouse(t)
	i, err := intake.Send(t.Context(), h.DB, h.Visitor(), intake.Request{Name: "Wren", Email: "wren@example.org", Adult: true}, "web")
	if err != nil {
		t.Fatal(err)
	}
	if err := intake.Refer(t.Context(), h.DB, h.Actor(h.coordinator), i.ID, "There is a good place nearer to you."); err != nil {
		t.Fatal(err)
	}
	p := h.Browser().Get(h.Link(access.TaskRequest, "/request/", string(i.KeyID), string(i.ID)))
	if p.Words("h1") != "Our answer" || !strings.Contains(p.Words("main"), "a good place nearer to you") {
		t.Errorf("got %q", p.Words("main"))
	}
	for _, other := range []string{"/request/nothing", h.Link(access.TaskOffer, "/request/", string(i.KeyID), string(i.ID))} {
		if p := h.Browser().Get(other); p.Status != http.StatusNotFound {
			t.Errorf("another link answers %d, want 404", p.Status)
		}
	}
	if _, err := intake.Own(t.Context(), h.DB, h.Visitor()); !isNotFound(err) {
		t.Errorf("without a link: %v", err)
	}
}

func isNotFound(err error) bool {
	found, ok := fault.Of(err)
	return ok && found.Kind == fault.KindNotFound
}
