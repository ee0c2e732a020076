package intake_test

import (
	"strings"
	"testing"

	"attune/internal/fault"
	"attune/internal/intake"
)

func TestRequestValidate(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(*intake.Request)
		want   string // the faulty fields, in order
	}{
		{"name, address and age", func(*intake.Request) {}, ""},
		{"a phone number will do", func(r *intake.Request) { r.Email, r.Phone = "", "(312) 555-0100" }, ""},
		{"all that is asked", func(r *intake.Request) {
			r.For, r.Where, r.Brings, r.Times = "couple", "video", []string{"loss", "other"}, []string{"tue-evening"}
		}, ""},
		{"nothing", func(r *intake.Request) { *r = intake.Request{} }, "name email adult"},
		{"a name of blanks", func(r *intake.Request) { r.Name = " \t" }, "name"},
		{"no way to reply", func(r *intake.Request) { r.Email = "" }, "email"},
		{"an address without a domain", func(r *intake.Request) { r.Email = "rosa@localhost" }, "email"},
		{"an address with a name", func(r *intake.Request) { r.Email = "Rosa <rosa@mail.example>" }, "email"},
		{"an address in quotes, which mail cannot be sent to", func(r *intake.Request) { r.Email = `"ro sa"@mail.example` }, "email"},
		{"an address with blanks", func(r *intake.Request) { r.Email = " rosa@mail.example" }, "email"},
		{"a phone number without an area code", func(r *intake.Request) { r.Phone = "55-0100" }, "phone"},
		{"a child", func(r *intake.Request) { r.Adult = false }, "adult"},
		{"codes that no form has", func(r *intake.Request) {
			r.For, r.Where, r.Brings, r.Times = "cat", "moon", []string{"loss", "x", "y"}, []string{"tue-night", "x"}
		}, "for where brings times"},
	} {
		r := intake.Request{Name: "Rosa", Email: "rosa@mail.example", Adult: true}
		test.change(&r)
		var fields []string
		for _, f := range fault.Invalids(r.Validate()) {
			fields = append(fields, f.Field)
		}
		if got := strings.Join(fields, " "); got != test.want {
			t.Errorf("%s: got faults in %q, want %q", test.name, got, test.want)
		}
	}
}
