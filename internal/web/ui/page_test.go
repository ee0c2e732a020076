package ui_test

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"attune/internal/web/ui"
)

func TestSmoke(t *testing.T) {
	fsys := fstest.MapFS{"p.html": {Data: []byte(`{{define "title"}}Today{{end}}{{define "main"}}<h1>{{name .Prefs "Ann Lee"}}</h1>{{with .View}}{{template "field" .}}{{end}}{{end}}`)}}
	for s := ui.Public; s <= ui.Crisis; s++ {
		p := ui.Parse(fsys, s, "p.html")
		w := httptest.NewRecorder()
		if err := ui.Render(w, httptest.NewRequest("GET", "/x", nil), p, 200, ui.Frame{SignedIn: true, Demo: true, Who: "x"}, ui.Field{Name: "a", Label: "A", Hint: "h", Error: "e"}); err != nil {
			t.Fatal(err)
		}
		_ = fmt.Sprint()
	}
}
