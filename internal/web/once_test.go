package web_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/intake"
	"attune/internal/web/webtest"
)

// TestWhatIsKeptOfAForm holds that whoever has the database without the root key can neither try passwords and
// addresses against what is kept of a form, nor open a link from it. A form sent again still leads where it led.
func TestWhatIsKeptOfAForm(t *testing.T) {
	h := webtest.New(t)
	i, err := intake.Send(t.Context(), h.DB, h.Visitor(), intake.Request{Name: "Wren", Email: "wren@example.org", Adult: true}, "web")
	if err != nil {
		t.Fatal(err)
	}
	path := h.Link(access.TaskRequest, "/request/", string(i.KeyID), string(i.ID))
	form := url.Values{"email": {"wren@example.org"}}
	h.Browser().Post("/forgot", form)
	key := url.Values{"idempotency": {webtest.NewKey()}}
	for _, time := range []string{"first", "again"} {
		if p := h.Browser().Post(path+"/back", key); p.Status != http.StatusOK || p.Path != path+"?said=undone" {
			t.Errorf("%s: came to %s with %d", time, p.Path, p.Status)
		}
	}

	plain := sha256.Sum256([]byte("/forgot\n" + form.Encode()))
	rows := 0
	err = h.DB.Each(t.Context(), `SELECT body, location FROM idempotency WHERE practice_id = $1`, []any{"house"}, func(scan func(...any) error) error {
		var body []byte
		var location string
		err := scan(&body, &location)
		if rows++; bytes.Equal(body, plain[:]) {
			t.Error("a hash that anyone can compute is kept of the form")
		}
		if strings.Contains(location, strings.TrimPrefix(path, "/request/")) {
			t.Errorf("the location %q opens the link", location)
		}
		return err
	})
	if err != nil || rows != 2 {
		t.Fatalf("%d forms are kept, %v; want 2", rows, err)
	}
}
