package ui_test

import (
	"slices"
	"strings"
	"testing"

	"attune/internal/web/ui"
)

func TestProse(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"paragraphs and emphasis", "One *two*.\n\n**Three**", "<p>One <em>two</em>.</p>\n<p><strong>Three</strong></p>\n"},
		{"headings begin at the second level", "# A\n\n## B\n\n### C", "<h2>A</h2>\n<h2>B</h2>\n<h3>C</h3>\n"},
		{"HTML is left out", "a <script>alert(1)</script> b", "<p>a alert(1) b</p>\n"},
		{"a block of HTML is left out", "<div onclick=x>a</div>", "\n"},
		{"a link to this site", "[fees](/fees)", "<p><a href=\"/fees\">fees</a></p>\n"},
		{"a link outward goes by the notice", "[x](https://example.org/a?b=c)",
			`<p><a href="/out?to=https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc" rel="nofollow noreferrer noopener">x</a></p>` + "\n"},
		{"an address in the text is a link", "see www.example.org.",
			`<p>see <a href="/out?to=http%3A%2F%2Fwww.example.org" rel="nofollow noreferrer noopener">www.example.org</a>.</p>` + "\n"},
		{"mail", "<hello@example.org>", "<p><a href=\"mailto:hello@example.org\">hello@example.org</a></p>\n"},
		{"script in a link", "[x](javascript:alert(1))", "<p>x</p>\n"},
		{"script in capitals", "[x](JaVaScRiPt:alert(1))", "<p>x</p>\n"},
		{"data", "[x](data:text/html;base64,PHN2Zz4=)", "<p>x</p>\n"},
		{"another host without a scheme", "[x](//evil.example)", "<p>x</p>\n"},
		{"another host in references", "[x](/&sol;evil.example) [y](/&#47;evil.example)", "<p>x y</p>\n"},
		{"another host in references to references", "[x](/&amp;sol;evil.example)", "<p><a href=\"/&amp;sol;evil.example\">x</a></p>\n"},
		{"a reference in a query", "[x](/a?b=c&amp;d=e)", "<p><a href=\"/a?b=c&amp;d=e\">x</a></p>\n"},
		{"a backslash", `[x](/\\evil.example)`, "<p>x</p>\n"},
		{"a name in the address", "[x](https://good.example@evil.example/)", "<p>x</p>\n"},
		{"a picture leaves its words", "![a cat](https://example.org/cat.png)", "<p>a cat</p>\n"},
		{"a title cannot break out", `[x](/a "\" onmouseover=alert(1)")`, "<p><a href=\"/a\">x</a></p>\n"},
		{"template source is text", "{{.}} ${7*7} <%= 1 %>", "<p>{{.}} ${7*7} &lt;%= 1 %&gt;</p>\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(ui.Prose(test.text)); got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

func TestOutwardLinks(t *testing.T) {
	got := ui.OutwardLinks("[a](https://a.example/) [b](/b) ![c](https://c.example/c.png) www.d.example [e](javascript:1)")
	want := []string{"https://a.example/", "http://www.d.example"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzProse(f *testing.F) {
	for _, seed := range []string{"# a", "[x](javascript:1)", "<a href=javascript:1>x</a>", "![x](y)", "<<script>script>", "&#106;avascript:", "[x](&#106;avascript:1)", "~~a~~"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, markdown string) {
		got := strings.ToLower(string(ui.Prose(markdown)))
		for _, refused := range []string{"<script", "<img", "<iframe", "<h1", "<style", `href="javascript`, `href="data`, `href="//`, `href="/\`} {
			if strings.Contains(got, refused) {
				t.Errorf("%q became %q, which has %s", markdown, got, refused)
			}
		}
	})
}
