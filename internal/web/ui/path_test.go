package ui_test

import (
	"net/url"
	"strings"
	"testing"

	"attune/internal/web/ui"
)

func TestSamePath(t *testing.T) {
	for _, c := range []struct{ path, want string }{
		{"/today", "/today"},
		{"/clients/7?tab=notes", "/clients/7?tab=notes"},
		{"/", "/"},
		{"", "/else"},
		{"today", "/else"},
		{"//evil.example", "/else"},
		{"///evil.example", "/else"},
		{`/\evil.example`, "/else"},
		{`\\evil.example`, "/else"},
		{"/%2f%2fevil.example", "/else"},
		{"/%2Fevil.example", "/else"},
		{"/%5cevil.example", "/else"},
		{"https://evil.example/", "/else"},
		{"https:/evil.example", "/else"},
		{"javascript:alert(1)", "/else"},
		{"//user@evil.example/", "/else"},
		{"/\r\nSet-Cookie: a=b", "/else"},
		{"/%0d%0aSet-Cookie:%20a=b", "/else"},
		{"/a\tb", "/else"},
		{"/a%20b#part", "/a%20b"},
	} {
		if got := ui.SamePath(c.path, "/else"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.path, got, c.want)
		}
	}
}

func FuzzSamePath(f *testing.F) {
	for _, seed := range []string{"/today", "//evil.example", `/\evil`, "/%2f%2fevil", "https://evil.example", "/a?b=//c", "/\x00"} {
		f.Add(seed)
	}
	base, err := url.Parse("https://alder.example/sign-in")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := ui.SamePath(path, "/")
		at, err := base.Parse(got)
		if err != nil || at.Host != base.Host || at.Scheme != "https" || at.User != nil {
			t.Fatalf("%q: got %q, which leads to %v (%v)", path, got, at, err)
		}
		// What browsers make of a path: backslashes are slashes, tabs and line breaks are not there.
		seen := strings.NewReplacer(`\`, "/", "\t", "", "\n", "", "\r", "").Replace(got)
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Fatalf("%q: got %q, which a browser may read as another site", path, got)
		}
		if again := ui.SamePath(got, "/"); again != got {
			t.Fatalf("%q: got %q, and of that %q", path, got, again)
		}
	})
}
