package staff_test

import (
	"net/http"
	"testing"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/seal"
	"attune/internal/web/webtest"
)

func TestBringInOneMorePerson(t *testing.T) {
	h := webtest.New(t)
	theo := h.Therapist("theo", "Theo Lindqvist")
	_, desk := h.Member("cora", "Cora Whitlock", access.Coordinator)
	ana := h.Client("ana", "Ana Quill")
	program := access.OfProgram("house")
	for id, modality := range map[practice.CourseID]string{"both": "couple", "alone": "individual"} {
		k := practice.Course{ID: id, KeyID: seal.OwnerID("key of " + string(id)), TherapistID: theo.ID, Modality: modality, ClientIDs: []practice.ClientID{ana.ID}}
		if err := practice.BeginCourse(h.Context(), h.DB, program, k); err != nil {
			t.Fatal(err)
		}
	}
	if p := desk.Get("/courses/alone/person"); p.Status != http.StatusConflict {
		t.Errorf("a course for one person answers %d, want 409", p.Status)
	}
	p := desk.Get("/clients/ana")
	if !p.Has("a[href='/courses/both/person']") || p.Has("a[href='/courses/alone/person']") {
		t.Errorf("the client's page does not lead to the couple's course alone")
	}
	p = desk.Get("/courses/both/person")
	if p = desk.Send(p, "/courses/both/person", "name", "Bo Quill"); p.Status != http.StatusUnprocessableEntity || p.Attr("#name", "value") != "Bo Quill" {
		t.Errorf("without a way to reach them: %d, name %q; want 422 with what was typed", p.Status, p.Attr("#name", "value"))
	}
	p = desk.Send(p, "/courses/both/person", "email", "bo@example.org", "safe", "mail")
	if p.Status != http.StatusOK || p.Words("h1") != "Bo Quill" {
		t.Fatalf("brought in: %d, %q", p.Status, p.Words("h1"))
	}
	k, err := practice.OneCourse(h.Context(), h.DB, program, access.ReadCourse, "both")
	if err != nil || len(k.ClientIDs) != 2 {
		t.Errorf("got %d people in the course, %v; want 2", len(k.ClientIDs), err)
	}
	linkTo := h.Mail()["bo@example.org"]
	if linkTo == "" {
		t.Error("the forms did not go out")
	}
	desk.Send(desk.Get("/clients/ana"), "/clients/ana/forms")
	if h.Mail()[ana.Email] == "" {
		t.Error("the forms did not go out again")
	}
}
