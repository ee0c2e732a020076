package staff_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/job"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

func wantPage(t *testing.T, what string, p *webtest.Page, status int, words string) {
	t.Helper()
	if p.Status != status || !strings.Contains(p.Words("body"), words) {
		t.Errorf("%s: got %d at %s, want %d with %q: %s", what, p.Status, p.Path, status, words, p.Words("main"))
	}
}

func TestOwnerHome(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	p := owner.Get("/practice")
	wantPage(t, "the owner", p, http.StatusOK, "Fewer than five people, so this is hidden.")
	wantPage(t, "nobody on duty", p, http.StatusOK, "Nobody is on duty.")
	for _, role := range []access.Role{access.Therapist, access.Coordinator, access.Supervisor} {
		other := h.SignInStaff(h.Staff(practice.StaffID(role), "Some One", role))
		for _, path := range []string{"/practice", "/practice/settings", "/practice/settings/name", "/people", "/practice/audit", "/practice/audit.csv", "/practice/import"} {
			wantPage(t, string(role)+" at "+path, other.Get(path), http.StatusNotFound, "no such page")
		}
	}
}

func TestDeadJobs(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	w := job.Worker{DB: h.All, Do: map[job.Kind]job.Func{"letter": func(context.Context, *db.DB, []byte) error { return job.ErrGiveUp }}}
	err := h.DB.InTx(h.Context(), func(tx *db.DB) error { return job.Later(h.Context(), tx, "letter", "a", tx.Now(), nil) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.RunDue(h.Context()); err == nil {
		t.Fatal("RunDue: got no error")
	}
	p := owner.Get("/practice")
	action := p.Attr(`form[action^="/practice/jobs/"]`, "action")
	if action == "" {
		t.Fatalf("the dead job is not shown: %s", p.Words("main"))
	}
	if p = owner.Send(p, action); p.Path != "/practice?said=again" || p.Has(`form[action^="/practice/jobs/"]`) {
		t.Errorf("led to %s, still dead: %v", p.Path, p.Has(`form[action^="/practice/jobs/"]`))
	}
	wantPage(t, "again", owner.Post(action, url.Values{}), http.StatusNotFound, "")
}

func TestAuditLog(t *testing.T) {
	h := webtest.New(t)
	m, _ := h.Member("olga", "Olga Brandt", access.Owner)
	owner := h.Enter(m)
	p := owner.Get("/practice/audit")
	wantPage(t, "what happened", p, http.StatusOK, "Signed in: sign-in")
	wantPage(t, "of one person", owner.Get("/practice/audit?person=nobody"), http.StatusOK, "Nothing yet.")
	p = owner.Get("/practice/audit.csv?person=olga")
	rows, err := csv.NewReader(bytes.NewReader(p.Body)).ReadAll()
	if err != nil || len(rows) < 3 || rows[0][1] != "actor" || rows[1][1] != "olga" || strings.Contains(string(p.Body), "Olga") {
		t.Errorf("the table: got %d rows, %v, %v; want ids and no names", len(rows), rows[:1], err)
	}
	if !strings.Contains(p.Header.Get("Content-Disposition"), "attachment") {
		t.Error("the table is not to be kept as a file")
	}
	wantPage(t, "that it was taken", owner.Get("/practice/audit"), http.StatusOK, "Downloaded: audit log")
	wantPage(t, "checked", owner.Get("/practice/audit/check"), http.StatusOK, "The log is whole")
}

func TestCrisisTextTakesTwo(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	coordinator := h.SignInStaff(h.Staff("cora", "Cora Whitlock", access.Coordinator))
	p := owner.Send(owner.Get("/practice/crisis"), "/practice/crisis", "crisis", "Call **555-0199** at any hour.")
	wantPage(t, "proposed", p, http.StatusOK, "Someone else has to confirm it")
	wantPage(t, "confirmed by oneself", owner.Send(p, "/practice/crisis/decide", "decide", "yes"), http.StatusConflict, "somebody else has to confirm")
	if h.Practice().Crisis != "" {
		t.Fatal("the text holds already")
	}
	if got := h.Mail()["cora@birch.example"]; !strings.Contains(got, "/practice/crisis") {
		t.Errorf("the coordinator got %q, want to be asked", got)
	}
	if coordinator.Get("/practice/crisis").Has(`form[action="/practice/crisis"]`) {
		t.Error("a coordinator may propose")
	}
	coordinator.Send(coordinator.Get("/practice/crisis"), "/practice/crisis/decide", "decide", "yes")
	if got := h.Practice().Crisis; got != "Call **555-0199** at any hour." {
		t.Errorf("got %q, want the new text", got)
	}
	therapist := h.SignInStaff(h.Staff("theo", "Theo Lindqvist", access.Therapist))
	wantPage(t, "a therapist", therapist.Get("/practice/crisis"), http.StatusNotFound, "")
}
