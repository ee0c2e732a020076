package staff_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"attune/internal/practice"
)

func TestClients(t *testing.T) {
	h := newPractice(t)
	a := h.hold("alone", h.Clock.Now())
	h.say("rosa", a, 1, "asc-off", "not_talked")
	own := want(t, "caseload", h.in("theo").Get("/clients"), http.StatusOK)
	if !strings.Contains(own.Words("table"), "Rosa Vance Rupture open") || !strings.Contains(own.Words("table"), "Ines Marchetti and Paul Marchetti") {
		t.Errorf("Theo's caseload: %q", own.Words("table"))
	}
	kept := want(t, "coordinator", h.in("cora").Get("/clients"), http.StatusOK)
	if strings.Contains(kept.Words("main"), "Rupture") || !strings.Contains(kept.Words("table"), "Theo Lindqvist") {
		t.Errorf("the coordinator's list: %q", kept.Words("main"))
	}
	found := want(t, "find", h.in("cora").Get("/find?q=van"), http.StatusOK)
	if !strings.Contains(found.Words("table"), "Rosa Vance") || strings.Contains(found.Words("table"), "Ines") {
		t.Errorf("found: %q", found.Words("main"))
	}
	if none := h.in("tess").Get("/find?q=van"); !strings.Contains(none.Words("main"), "Nobody by that name.") {
		t.Errorf("Tess finds %q", none.Words("main"))
	}
}

func TestClient(t *testing.T) {
	h := newPractice(t)
	h.must(practice.ProposeAbout(h.Context(), h.DB, h.by("rosa"), practice.About{Name: "Rosa Okoye", Email: "rosa@mail.example",
		Contact: practice.SafeContact{Mail: true, When: "after six"}, Emergency: practice.Emergency{Name: "Vera", Tie: "aunt", Phone: "312-555-0122"}}))
	b := h.in("cora")
	p := want(t, "page", b.Get("/clients/rosa"), http.StatusOK)
	for _, says := range []string{"Messages by email are safe.", "Do not call.", "“after six”", "Vera", "Rosa Okoye"} {
		if !strings.Contains(p.Words("main"), says) {
			t.Errorf("the page does not say %q: %q", says, p.Words("main"))
		}
	}
	if strings.Contains(p.Words("main"), "distance") || p.Has(`a[href^="/courses/"]`) {
		t.Error("the coordinator's page says what brought her, or leads to the brief")
	}
	bad := b.Send(p, "/clients/rosa", "name", "", "pronouns", "she/her")
	if bad.Status != http.StatusUnprocessableEntity || bad.Attr("#pronouns", "value") != "she/her" || !bad.Has("#name[aria-invalid]") {
		t.Errorf("without a name: %d, pronouns %q", bad.Status, bad.Attr("#pronouns", "value"))
	}
	p = want(t, "taken over", b.Send(p, "/clients/rosa/proposal", "answer", "accept"), http.StatusOK)
	if !strings.Contains(p.Words("h1"), "Rosa Okoye") || p.Has("#prop") {
		t.Errorf("after taking it over: %q", p.Words("main"))
	}
	p = want(t, "changed", b.Send(p, "/clients/rosa", "phone", "312-555-0199"), http.StatusOK)
	if !strings.Contains(p.Words("main"), "312-555-0199") {
		t.Errorf("after the change: %q", p.Words("main"))
	}
	if stale := b.Post("/clients/rosa", url.Values{"version": {"1"}, "name": {"X"}, "email": {"x@mail.example"}}); stale.Status != http.StatusConflict {
		t.Errorf("a change over an old version: %d, want 409", stale.Status)
	}
	seen := want(t, "therapist", h.in("theo").Get("/clients/rosa"), http.StatusOK)
	if seen.Has("main form") || !seen.Has(`a[href^="/courses/alone"]`) {
		t.Error("the therapist may change who the client is, or finds no brief")
	}
	for _, who := range []string{"tess", "rosa"} {
		if p := h.in(who).Get("/clients/rosa"); p.Status != http.StatusNotFound {
			t.Errorf("%s opens the page: %d, want 404", who, p.Status)
		}
	}
}
