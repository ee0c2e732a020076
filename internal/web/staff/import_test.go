package staff_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

const table = "name,email,phone,therapist,since\nWren Castellan,wren@mail.example,312-555-0133,tess@birch.example,2026-01-02\n"

func TestImport(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	h.Therapist("tess", "Tess Adeyemi")
	p := owner.Send(owner.Get("/practice/import"), "/practice/import/check", "csv", table+"Ada Quill,,312,nobody@birch.example,\n")
	wantPage(t, "a wrong table", p, http.StatusUnprocessableEntity, "Line 3: nobody who sees clients here has the address")
	if !strings.Contains(p.Form("/practice/import/check").Get("csv"), "Wren Castellan") {
		t.Error("the table that was typed is gone")
	}
	p = owner.Send(owner.Get("/practice/import"), "/practice/import/check", "csv", table)
	wantPage(t, "a good table", p, http.StatusOK, "1 client would come")
	if found := search(t, h, "wren"); len(found) != 0 {
		t.Errorf("checking kept %v", found)
	}
	done := owner.Send(p, "/practice/import", "safe", "yes", "forms", "yes")
	wantPage(t, "brought in", done, http.StatusOK, "They are all here now.")
	owner.Send(p, "/practice/import", "safe", "yes", "forms", "yes")
	if found := search(t, h, "wren"); len(found) != 1 {
		t.Errorf("sent twice: got %d clients, want 1", len(found))
	}
	if got := h.Mail()["wren@mail.example"]; !strings.Contains(got, "/forms/") {
		t.Errorf("they got %q, want the forms", got)
	}
	p = owner.Send(owner.Get("/practice/import"), "/practice/import/check", "csv", table)
	wantPage(t, "the same table again", p, http.StatusOK, "Nobody new")
}

func search(t *testing.T, h *webtest.House, name string) []practice.Client {
	t.Helper()
	by := access.Actor{PracticeID: "house", ID: "olga", Roles: []access.Role{access.Owner}, Stage: access.Full}
	found, err := practice.FindClients(h.Context(), h.DB, by, name)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestImportFromAFile(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	h.Therapist("tess", "Tess Adeyemi")
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("idempotency", webtest.NewKey())
	_ = form.WriteField("csv", "")
	file, err := form.CreateFormFile("file", "clients.csv")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write([]byte("\ufeff" + table))
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	p := owner.Do(owner.Request(http.MethodPost, "/practice/import/check", form.FormDataContentType(), body.String()))
	wantPage(t, "a file", p, http.StatusOK, "1 client would come")
	wantPage(t, "brought in", owner.Send(p, "/practice/import"), http.StatusOK, "They are all here now.")
	if found := search(t, h, "wren"); len(found) != 1 || found[0].Contact.Mail {
		t.Errorf("got %+v, want one, to whom nothing is written", found)
	}
}
