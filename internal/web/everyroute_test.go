package web_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"attune/internal/auth"
	"attune/internal/web"
	"attune/internal/web/route"
	"attune/internal/web/webtest"
)

// admitted is someone whom the route lets in, and what about; false where the cast has nobody.
func admitted(m *matrix, r route.Route) (*webtest.Person, about, bool) {
	things, _ := m.things(r)
	for _, p := range m.people(r) {
		for _, a := range things {
			if p.Practice == "north" && p.State != "stale" && want(r, p, a) == "let in" {
				return p, a, true
			}
		}
	}
	return nil, about{}, false
}

// request is a request to north's door as the person.
func request(t *testing.T, p *webtest.Person, method, path string, form url.Values) *http.Request {
	t.Helper()
	r := httptest.NewRequest(method, "http://north.example"+path, strings.NewReader(form.Encode())).WithContext(t.Context())
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if !p.Bearer() && p.Token != "" {
		r.AddCookie(&http.Cookie{Name: auth.CookieName(false), Value: p.Token})
	}
	return r
}

func serve(m *matrix, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	m.Handler.ServeHTTP(w, r)
	return w
}

// lightest is what every page may weigh at most with its styles and script, compressed; and the crisis page as it is.
const lightest, crisisWeight = 60_000, 14_000

var assets = regexp.MustCompile(`(?:href|src)="(/assets/[^"]+)"`)

// TestWeight holds every page, with what a first visit to it loads, to design/README.md's page weight.
func TestWeight(t *testing.T) {
	m := &matrix{Cast: webtest.Gather(t, nil)}
	weigh := func(path string, body []byte) int {
		size := zipped(t, body)
		for _, found := range assets.FindAllSubmatch(body, -1) {
			size += zipped(t, m.Ask(m.Person("north anyone"), http.MethodGet, string(found[1]), nil).Body.Bytes())
		}
		if size > lightest {
			t.Errorf("%s weighs %d bytes, want at most %d", path, size, lightest)
		}
		return size
	}
	n, most := 0, 0
	for _, r := range web.Routes().Routes() {
		if r.Mutates() || r.Bare {
			continue
		}
		if p, a, ok := admitted(m, r); ok {
			got, _ := m.send(r, p, a)
			if got.Code == http.StatusOK && strings.HasPrefix(got.Header().Get("Content-Type"), "text/html") {
				n, most = n+1, max(most, weigh(r.Pattern, got.Body.Bytes()))
			}
		}
	}
	crisis := m.Ask(m.Person("north anyone"), http.MethodGet, "/crisis", nil).Body.Bytes()
	if size := weigh("/crisis", crisis); size > crisisWeight {
		t.Errorf("/crisis weighs %d bytes, want at most %d", size, crisisWeight)
	}
	if n < 80 {
		t.Errorf("%d pages were weighed, want most of them", n)
	}
	t.Logf("%d pages, the heaviest %d bytes", n, most)
}

func zipped(t *testing.T, text []byte) int {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.Len()
}

// headers are on every answer (security.md S-41, S-42).
var headers = map[string]string{
	"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; " +
		"form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'",
	"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}

// headersOf tells what is wrong with the headers of an answer.
func headersOf(t *testing.T, what string, signedIn bool, got *httptest.ResponseRecorder) {
	t.Helper()
	h := got.Header()
	for name, want := range headers {
		if values := h.Values(name); len(values) != 1 || values[0] != want {
			t.Errorf("%s (%d): %s is %q, want %q", what, got.Code, name, values, want)
		}
	}
	for _, name := range []string{"Server", "X-Powered-By", "Access-Control-Allow-Origin"} {
		if h.Get(name) != "" {
			t.Errorf("%s (%d): %s is %q", what, got.Code, name, h.Get(name))
		}
	}
	if h.Get("Permissions-Policy") == "" || h.Get("X-Request-Id") == "" || len(h.Values("Cache-Control")) != 1 {
		t.Errorf("%s (%d): Permissions-Policy %q, X-Request-Id %q, Cache-Control %q", what, got.Code, h.Get("Permissions-Policy"), h.Get("X-Request-Id"), h.Values("Cache-Control"))
	}
	if (signedIn || got.Code >= 400) && h.Get("Cache-Control") != "no-store" {
		t.Errorf("%s (%d): Cache-Control is %q, want no-store", what, got.Code, h.Get("Cache-Control"))
	}
	if kind := h.Get("Content-Type"); got.Body.Len() > 0 && (kind == "" || strings.HasPrefix(kind, "text/") && !strings.Contains(kind, "charset=utf-8")) {
		t.Errorf("%s (%d): Content-Type is %q", what, got.Code, kind)
	}
}

// TestHeadersOfEveryRoute is T-26: every route as someone who is let in and as anyone, and every kind of error; by GET,
// HEAD, and methods that there are not.
func TestHeadersOfEveryRoute(t *testing.T) {
	m := &matrix{Cast: webtest.Gather(t, nil)}
	anyone := m.Person("north anyone")
	for _, r := range web.Routes().Routes() {
		p, a, ok := anyone, about{ids: map[string]string{}}, true
		if !r.Bare {
			if p, a, ok = admitted(m, r); !ok {
				continue
			}
		}
		at, _ := path(r, p, a)
		signedIn := p.Token != "" && !p.Bearer()
		for _, who := range []*webtest.Person{p, anyone} {
			headersOf(t, r.Name, signedIn && who == p, serve(m, request(t, who, r.Method, at, nil)))
		}
		if r.Method == http.MethodGet {
			get, head := serve(m, request(t, p, http.MethodGet, at, nil)), serve(m, request(t, p, http.MethodHead, at, nil))
			if head.Code != get.Code || head.Header().Get("Content-Type") != get.Header().Get("Content-Type") {
				t.Errorf("%s: HEAD answers %d %q, GET %d %q", r.Name, head.Code, head.Header().Get("Content-Type"), get.Code, get.Header().Get("Content-Type"))
			}
			headersOf(t, r.Name+" HEAD", signedIn, head)
		}
		for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch, http.MethodOptions, http.MethodTrace, "PROPFIND"} {
			r := request(t, p, method, at, nil)
			r.Header.Set("X-HTTP-Method-Override", http.MethodPost)
			got := serve(m, r)
			if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") == "" {
				t.Errorf("%s %s answers %d, Allow %q; want 405", method, at, got.Code, got.Header().Get("Allow"))
			}
			headersOf(t, method+" "+at, signedIn, got)
		}
	}
	for name, r := range errorsToSee(t, m) {
		headersOf(t, name, false, serve(m, r))
	}
}

// errorsToSee are requests for each kind of error.
func errorsToSee(t *testing.T, m *matrix) map[string]*http.Request {
	t.Helper()
	rosa := m.Person("north rosa")
	foreign := request(t, rosa, http.MethodPost, "/me", url.Values{"name": {"Eve"}})
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	stranger := request(t, rosa, http.MethodGet, "/", nil)
	stranger.Host = "elsewhere.example"
	return map[string]*http.Request{
		"nothing": request(t, rosa, http.MethodGet, "/nothing", nil), "unknown host": stranger, "foreign form": foreign,
		"a long address": request(t, rosa, http.MethodGet, "/"+strings.Repeat("a", 9000), nil),
		"a large form":   request(t, rosa, http.MethodPost, "/me", url.Values{"name": {strings.Repeat("a", 70_000)}}),
		"a faulty form":  request(t, rosa, http.MethodPost, "/me", url.Values{"nom": {"x"}}),
		"a bad query":    request(t, rosa, http.MethodGet, "/home?said=%zz", nil),
		"a fresh proof":  request(t, m.Person("north rosa stale"), http.MethodGet, "/looked", nil),
	}
}

// TestForeignFormsOnEveryRoute is T-27: no form of another site is taken, whatever the browser says of where it is from.
func TestForeignFormsOnEveryRoute(t *testing.T) {
	m := &matrix{Cast: webtest.Gather(t, nil)}
	before := m.State()
	for _, r := range web.Routes().Routes() {
		if !r.Mutates() || r.Bare {
			continue
		}
		p, a, ok := admitted(m, r)
		if !ok {
			continue
		}
		at, _ := path(r, p, a)
		for _, from := range []map[string]string{
			{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "cross-site", "Origin": "null"}, {"Sec-Fetch-Site": "same-site", "Origin": "http://sibling.north.example"},
			{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://north.example.evil.example"},
		} {
			req := request(t, p, http.MethodPost, at, url.Values{route.IdempotencyField: {webtest.NewKey()}})
			for name, value := range from {
				req.Header.Set(name, value)
			}
			if got := serve(m, req); got.Code != http.StatusForbidden {
				t.Errorf("%s: a form with %v was answered %d, want 403", r.Name, from, got.Code)
			}
		}
	}
	if after := m.State(); !slices.Equal(flat(before), flat(after)) {
		t.Errorf("forms of other sites left a trace: %v, then %v", before, after)
	}
}

func flat(state map[string]string) []string {
	var all []string
	for table, hash := range state {
		all = append(all, table+" "+hash)
	}
	slices.Sort(all)
	return all
}

// TestStrangeForms is T-23: what a form does not declare is refused, and so is what is sent twice, is too long or is no
// text. Nothing comes of it.
func TestStrangeForms(t *testing.T) {
	m := &matrix{Cast: webtest.Gather(t, nil)}
	names := map[string]bool{"role": true, "roles": true, "practice_id": true, "id": true, "state": true, "therapist_id": true, "duty": true, "client_id": true}
	for _, r := range web.Routes().Routes() {
		for _, f := range r.Fields {
			names[strings.TrimSuffix(f.Name, "*")] = true
		}
	}
	n := 0
	for _, r := range web.Routes().Routes() {
		p, a, ok := admitted(m, r)
		if !r.Mutates() || r.Bare || !ok {
			continue
		}
		at, _ := path(r, p, a)
		before := m.State()
		for what, form := range strange(r, names) {
			if !form.Has(route.IdempotencyField) {
				form.Set(route.IdempotencyField, webtest.NewKey())
			}
			got := serve(m, request(t, p, http.MethodPost, at, form))
			n++
			if got.Code < 400 || got.Code >= 500 {
				t.Errorf("%s: %s was answered %d %s, want to be refused", r.Name, what, got.Code, got.Header().Get("Location"))
			}
		}
		if after := m.State(); !slices.Equal(flat(before), flat(after)) {
			t.Errorf("%s: a strange form left a trace", r.Name)
		}
	}
	t.Logf("%d strange forms", n)
}

// strange are forms that the route must refuse, by what is strange about them.
func strange(r route.Route, names map[string]bool) map[string]url.Values {
	declared := func(name string) bool {
		return slices.ContainsFunc(r.Fields, func(f route.Field) bool {
			begin, wild := strings.CutSuffix(f.Name, "*")
			return f.Name == name || wild && strings.HasPrefix(name, begin)
		})
	}
	all := map[string]url.Values{}
	add := func(name string) {
		if !declared(name) {
			all["a field "+name] = url.Values{name: {"owner"}}
		}
	}
	for name := range names {
		add(name)
	}
	for _, f := range r.Fields {
		for _, variant := range []string{strings.ToUpper(f.Name), f.Name + "[]", f.Name + " ", f.Name + "\x00"} {
			add(variant)
		}
		name := strings.TrimSuffix(f.Name, "*")
		if f.Name != name {
			name += "x"
		}
		if !f.Many && name != route.IdempotencyField {
			all["twice "+name] = url.Values{name: {"a", "b"}}
		}
		limit := f.Max
		if limit == 0 {
			limit = 200
		}
		if limit < 60_000 {
			all["a long "+name] = url.Values{name: {strings.Repeat("é", limit+1)}}
		}
		all["a NUL in "+name] = url.Values{name: {"a\x00b"}}
		all["no text in "+name] = url.Values{name: {"a\xff\xfe"}}
	}
	return all
}
