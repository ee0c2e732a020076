package route_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"attune/internal/fault"
	"attune/internal/web/route"
)

var fields = []route.Field{{Name: "name", Max: 10, Line: true}, {Name: "words"}, {Name: "time", Many: true}, {Name: "q.*", Max: 5}}

func TestCheck(t *testing.T) {
	tests := []struct {
		name, sent string
		fault      string // the field that it is about; "whole" for the form
		get, want  string
	}{
		{"as declared", "name=Sam&words=a%0D%0Ab", "", "words", "a\nb"},
		{"breaks in a line", "name=a%0D%0Ab", "", "name", "a b"},
		{"a name that begins so", "q.7=yes", "", "q.7", "yes"},
		{"composed anew", "name=e%CC%81", "", "name", "é"},
		{"not declared", "nom=Sam", "whole", "", ""},
		{"another case", "Name=Sam", "whole", "", ""},
		{"twice", "name=a&name=b", "whole", "", ""},
		{"several that may be", "time=a&time=b", "", "time", "a"},
		{"too long", "name=12345678901", "name", "", ""},
		{"no text", "words=%FF", "words", "", ""},
		{"a NUL", "words=a%00b", "words", "", ""},
		{"a very long name", "q." + strings.Repeat("x", 100) + "=1", "whole", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			values, err := url.ParseQuery(test.sent)
			if err != nil {
				t.Fatal(err)
			}
			form, err := route.Check(values, fields)
			invalid := fault.Invalids(err)
			if test.fault == "" {
				if err != nil || form.Text(test.get) != test.want {
					t.Errorf("got %q, %v; want %q", form.Text(test.get), err, test.want)
				}
				return
			}
			if len(invalid) != 1 || (invalid[0].Field != test.fault && test.fault != "whole") {
				t.Errorf("got faults %v (%v), want one in %q", invalid, err, test.fault)
			}
		})
	}
}

// FuzzCheck sees that what is taken is declared, is text, fits, and comes once where it may only once.
func FuzzCheck(f *testing.F) {
	f.Add("name=Sam&words=a%0D%0Ab&time=a&time=b&q.1=x")
	f.Add("name=%F0%9F%98%80&q.=1&%00=1&q.*=2")
	f.Add("words=" + strings.Repeat("e%CC%81", 210))
	f.Fuzz(func(t *testing.T, sent string) {
		values, err := url.ParseQuery(sent)
		if err != nil {
			return
		}
		form, err := route.Check(values, fields)
		if err != nil {
			return
		}
		for name := range values {
			limit, known := map[string]int{"name": 10, "words": 200, "time": 200}[name]
			if !known {
				limit = 5
				if !strings.HasPrefix(name, "q.") {
					t.Errorf("took %q, which is not declared", name)
				}
			}
			if len(form.All(name)) > 1 && name != "time" {
				t.Errorf("took %q twice", name)
			}
			for _, value := range form.All(name) {
				if !utf8.ValidString(value) || strings.ContainsRune(value, 0) || !norm.NFC.IsNormalString(value) || utf8.RuneCountInString(value) > limit {
					t.Errorf("took %q for %q", value, name)
				}
				if name == "name" && strings.ContainsAny(value, "\r\n") {
					t.Errorf("took a break in the line %q", value)
				}
			}
		}
	})
}
