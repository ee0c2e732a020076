package webtest

import (
	"bytes"
	"crypto/rand"
	"encoding/base32"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"

	"attune/internal/web/route"
)

// Browser fetches pages and sends their forms, as a browser without script does. It keeps cookies and follows
// redirects.
type Browser struct {
	t      testing.TB
	base   string
	client *http.Client
}

func newBrowser(t testing.TB, base string, jar http.CookieJar) *Browser {
	return &Browser{t: t, base: base, client: &http.Client{Jar: jar}}
}

func (b *Browser) setCookie(name, value string) {
	at, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	b.client.Jar.SetCookies(at, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// Cookies are those that the browser would send to the house.
func (b *Browser) Cookies() []*http.Cookie {
	at, err := url.Parse(b.base)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.client.Jar.Cookies(at)
}

// Page is an answer.
type Page struct {
	t      testing.TB
	Status int
	Path   string // where redirects led, with its query
	Header http.Header
	Body   []byte
	tree   *html.Node
}

// Do sends any request to the house; its URL may be a path. Redirects are followed.
func (b *Browser) Do(r *http.Request) *Page {
	b.t.Helper()
	answer, err := b.client.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }() // it was read to its end
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if bytes.Contains(body, []byte("#ZgotmplZ")) { // what html/template writes instead of an address that it does not trust
		b.t.Errorf("%s has a link that leads nowhere", r.URL)
	}
	p := &Page{t: b.t, Status: answer.StatusCode, Path: answer.Request.URL.RequestURI(), Header: answer.Header, Body: body}
	if p.tree, err = html.Parse(bytes.NewReader(body)); err != nil {
		b.t.Fatal(err)
	}
	return p
}

// Request is a request to the house, to be changed and given to Do.
func (b *Browser) Request(method, path, contentType, body string) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	return r
}

// Get fetches a page.
func (b *Browser) Get(path string) *Page {
	b.t.Helper()
	return b.Do(b.Request(http.MethodGet, path, "", ""))
}

// Post sends values to a path, under a key of their own where they have none.
func (b *Browser) Post(path string, values url.Values) *Page {
	b.t.Helper()
	values = cloned(values)
	if values.Get(route.IdempotencyField) == "" {
		values.Set(route.IdempotencyField, NewKey())
	}
	return b.Do(b.Request(http.MethodPost, path, "application/x-www-form-urlencoded", values.Encode()))
}

// Send fills in the form of the page that is sent to action, and sends it. It starts from what the form holds, the
// hidden fields too; pairs are names and values that replace those. An empty value leaves the name out.
func (b *Browser) Send(p *Page, action string, pairs ...string) *Page {
	b.t.Helper()
	values := p.Form(action)
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Del(pairs[i])
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Add(pairs[i], pairs[i+1])
		}
	}
	return b.Post(action, values)
}

// NewKey is a fresh idempotency key.
func NewKey() string {
	var bits [16]byte
	_, _ = rand.Read(bits[:]) // never fails; see its documentation
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(bits[:])
}

func cloned(values url.Values) url.Values {
	own := make(url.Values, len(values))
	for name, all := range values {
		own[name] = slices.Clone(all)
	}
	return own
}

// Find is all elements that a CSS selector names.
func (p *Page) Find(selector string) []*html.Node {
	p.t.Helper()
	sel, err := cascadia.Compile(selector)
	if err != nil {
		p.t.Fatalf("selector %q: %v", selector, err)
	}
	return cascadia.QueryAll(p.tree, sel)
}

// Has reports whether the page has such an element.
func (p *Page) Has(selector string) bool {
	p.t.Helper()
	return len(p.Find(selector)) > 0
}

// Words is the text of all such elements, with single spaces.
func (p *Page) Words(selector string) string {
	p.t.Helper()
	var parts []string
	for _, n := range p.Find(selector) {
		parts = append(parts, text(n))
	}
	return strings.Join(strings.Fields(strings.Join(parts, " ")), " ")
}

// Attr is an attribute of the first such element; empty where there is none.
func (p *Page) Attr(selector, name string) string {
	p.t.Helper()
	for _, n := range p.Find(selector) {
		return attr(n, name)
	}
	return ""
}

// Form is what the form that is sent to action holds. It fails the test where there is no such form.
func (p *Page) Form(action string) url.Values {
	p.t.Helper()
	forms := p.Find(`form[action="` + action + `"]`)
	if len(forms) == 0 {
		p.t.Fatalf("%s (%d) has no form to %s:\n%s", p.Path, p.Status, action, p.Words("main"))
	}
	values := url.Values{}
	for _, n := range cascadia.QueryAll(forms[0], cascadia.MustCompile("input, textarea, select")) {
		name := attr(n, "name")
		if name == "" || has(n, "disabled") {
			continue
		}
		for _, value := range held(n) {
			values.Add(name, value)
		}
	}
	return values
}

// held is what a field would send.
func held(n *html.Node) []string {
	switch {
	case n.Data == "textarea":
		return []string{strings.TrimPrefix(text(n), "\n")}
	case n.Data == "select":
		options := cascadia.QueryAll(n, cascadia.MustCompile("option[selected]"))
		if len(options) == 0 {
			options = cascadia.QueryAll(n, cascadia.MustCompile("option"))
		}
		if len(options) > 0 {
			return []string{attr(options[0], "value")}
		}
		return nil
	case (attr(n, "type") == "checkbox" || attr(n, "type") == "radio") && !has(n, "checked"), attr(n, "type") == "submit", attr(n, "type") == "file":
		return nil
	}
	return []string{attr(n, "value")}
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}
