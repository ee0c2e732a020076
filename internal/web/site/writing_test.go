package site_test

import (
	"net/http"
	"strings"
	"testing"

	"attune/internal/writing"
)

func (h house) held(t *testing.T) []writing.Reply {
	t.Helper()
	all, err := writing.Replies(t.Context(), h.DB, h.Actor(h.coordinator), writing.Held)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const smallRupture = "/writing/a-small-rupture"

func TestLeaveAReply(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get(smallRupture)
	h.later()
	p = b.Send(p, smallRupture, "name", "K.", "email", "k@example.org", "text", "I am the one who gets busy.")
	if p.Path != smallRupture+"?said=held" || !strings.Contains(p.Words("#replies"), "A person reads every reply before it appears.") {
		t.Fatalf("came to %s: %q", p.Path, p.Words("#replies"))
	}
	if strings.Contains(string(p.Body), "gets busy") {
		t.Error("the reply appears before anyone read it")
	}
	held := h.held(t)
	if len(held) != 1 {
		t.Fatalf("%d held, want 1", len(held))
	}
	if err := writing.PublishReply(t.Context(), h.DB, h.Actor(h.coordinator), held[0].ID); err != nil {
		t.Fatal(err)
	}
	p = h.Browser().Get(smallRupture)
	if got := p.Words("#replies h2"); got != "1 reply" {
		t.Errorf("headed %q", got)
	}
	if !strings.Contains(p.Words("#replies"), "gets busy") || strings.Contains(string(p.Body), "k@example.org") {
		t.Error("the reply is missing, or its e-mail is shown")
	}
}

func TestTheAuthorsReplyBearsABadge(t *testing.T) {
	h := newHouse(t)
	b := h.SignInStaff(h.author.Staff)
	p := b.Get(smallRupture)
	h.later()
	b.Send(p, smallRupture, "name", "Imani", "email", "imani@birch.example", "text", "Thank you.")
	if err := writing.PublishReply(t.Context(), h.DB, h.Actor(h.coordinator), h.held(t)[0].ID); err != nil {
		t.Fatal(err)
	}
	if got := h.Browser().Get(smallRupture).Words("#replies .badge"); got != "Author" {
		t.Errorf("the badge is %q, want Author", got)
	}
}

func TestFaultyReply(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get(smallRupture)
	h.later()
	p = b.Send(p, smallRupture, "name", "K.", "email", "not an address", "text", "Kept <i>as typed</i>")
	if p.Status != http.StatusUnprocessableEntity || p.Attr("#email", "aria-invalid") != "true" || p.Words("textarea") != "Kept <i>as typed</i>" {
		t.Errorf("got %d %q", p.Status, p.Words(".error-box"))
	}
	if len(h.held(t)) != 0 {
		t.Error("a faulty reply was kept")
	}
}

func TestScriptInAReplyIsText(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get(smallRupture)
	h.later()
	b.Send(p, smallRupture, "name", "<script>alert(1)</script>", "email", "k@example.org", "text", "<img src=x onerror=alert(1)>{{.}}")
	if err := writing.PublishReply(t.Context(), h.DB, h.Actor(h.coordinator), h.held(t)[0].ID); err != nil {
		t.Fatal(err)
	}
	p = h.Browser().Get(smallRupture)
	if p.Has("main script, main img") || !strings.Contains(p.Words("#replies"), "<img src=x onerror=alert(1)>{{.}}") {
		t.Errorf("the reply became %q", p.Words("#replies"))
	}
}

func TestSpamIsAnsweredAndNotKept(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get(smallRupture)
	h.later()
	p = b.Send(p, smallRupture, "name", "Best", "email", "b@example.org", "text", "Low prices.", "url", "https://spam.example")
	if p.Path != smallRupture+"?said=held" || len(h.held(t)) != 0 {
		t.Errorf("came to %s, %d kept", p.Path, len(h.held(t)))
	}
}
