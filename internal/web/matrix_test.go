package web_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"attune/internal/web"
	"attune/internal/web/route"
	"attune/internal/web/webtest"
)

// answered is an answer without what is drawn anew.
type answered struct {
	code   int
	header http.Header
	body   string
}

// matrix tries every route as everyone, about everything.
type matrix struct {
	*webtest.Cast
	routes []route.Route
	cells  map[string]int // by what was to come of them
	faults []string
	done   map[string]bool // the people and things whose deed was done
	// nobodys is what the person at hand was answered about an id that nothing has.
	nobodys *answered
}

func (m *matrix) fault(format string, args ...any) {
	m.faults = append(m.faults, fmt.Sprintf(format, args...))
}

// about is what a request is about: an id for each place in the path.
type about struct {
	practice, bundle string // both empty where the route is about nothing
	kind             string
	ids              map[string]string
}

// nobodys is an id that nothing has, of the form that ids have.
const nobodys = "zzzzzzzzzzzzzzzzzzzzzzzzzz"

// noToken is a token that nobody was given.
var noToken = strings.Repeat("A", 43)

// aliases are the kinds of thing that a route is about, where it is about not just any appointment, or an article by
// its id and not by its name.
func kindOf(r route.Route, kind string) string {
	if kind == "article" && strings.HasPrefix(r.Name, "staff.") {
		return "article_id"
	}
	if r.Name == "staff.person.profile" || r.Name == "staff.person.profile.save" || r.Name == "staff.person.supervise" {
		return "profile" // only who sees clients has one
	}
	if kind == "consent text" {
		return "consent_text"
	}
	if kind == "appointment" {
		switch r.Name {
		case "portal.check_in.thanks", "portal.check_in.wish":
			return "held"
		case "staff.rate", "staff.rate.send":
			return "open"
		case "portal.check_in", "portal.check_in.send", "staff.mark":
			return "begun"
		}
	}
	return kind
}

// place is where a route takes an id: in its path, or carried in the address or the form.
type place struct{ param, kind string }

// carried are the ids that routes take outside of their path (S-03).
var carried = map[string]place{
	"staff.week": {"of", "calendar"}, "staff.hours": {"of", "calendar"}, "staff.hour.new": {"course", "course"}, "staff.hour.add": {"course", "course"},
	"staff.hours.add": {"of", "calendar"}, "staff.off.add": {"of", "calendar"},
}

// places are where the route takes ids, but for the token of a link.
func places(r route.Route) (all []place) {
	for _, o := range r.Objects {
		if o.Type != "link" {
			all = append(all, place{o.Param, kindOf(r, o.Type)})
		}
	}
	if more, ok := carried[r.Name]; ok {
		all = append(all, more)
	}
	return all
}

// things lists what a route may be about: of every bundle of both practices, and nothing that there is.
func (m *matrix) things(r route.Route) (all []about, nothing about) {
	nothing = about{ids: map[string]string{}}
	all = []about{}
	at := places(r)
	for _, o := range at {
		nothing.ids[o.param], nothing.kind = nobodys, at[0].kind
	}
	if len(at) == 0 {
		return []about{nothing}, nothing
	}
	for _, practice := range webtest.Practices {
		for _, bundle := range m.Bundles(practice) {
			thing := about{practice, bundle, nothing.kind, map[string]string{}}
			for _, o := range at {
				if id, ok := m.Object(practice+" "+bundle, o.kind); ok {
					thing.ids[o.param] = id
				}
			}
			same := func(o about) bool {
				return o.practice == practice && maps.Equal(o.ids, thing.ids) && slices.Contains(unbound, o.kind)
			}
			if len(thing.ids) == len(at) && !slices.ContainsFunc(all, same) {
				all = append(all, thing)
			}
		}
	}
	if len(all) == 0 {
		m.fault("%s: the cast has no %v for anyone: give it one", r.Name, at)
	}
	return append(all, nothing), nothing
}

// path is the route's path with the ids in it.
func path(r route.Route, p *webtest.Person, a about) (string, []string) {
	at, ids := strings.TrimSuffix(r.Pattern, "{$}"), []string{}
	for _, o := range r.Objects {
		id := a.ids[o.Param]
		if o.Type == "link" {
			id = noToken
			if p.Bearer() {
				id = p.Token
			}
		}
		ids = append(ids, id)
		at = strings.Replace(at, "{"+o.Param+"}", url.PathEscape(id), 1)
	}
	if more, ok := carried[r.Name]; ok {
		ids = append(ids, a.ids[more.param])
		if !r.Mutates() {
			at += "?" + more.param + "=" + url.QueryEscape(a.ids[more.param])
		}
	}
	return at, ids
}

// want is what is to come of a cell.
func want(r route.Route, p *webtest.Person, a about) string {
	signedIn := !p.Bearer() && (p.State == "full" || p.State == "stale" || p.State == "factor" || p.State == "enrol")
	switch {
	case r.Auth == route.None && a.kind == "":
		return "let in"
	case r.Auth == route.Link && !p.Bearer():
		return "refuse"
	case r.Auth == route.SignIn && !signedIn:
		return "sign in"
	case r.Auth == route.SignIn && p.State != "full" && p.State != "stale" && !r.Unfinished:
		return "next step"
	case r.Auth == route.None:
		if a.practice == p.Practice && shown(a) {
			return "let in"
		}
		return "refuse"
	case r.StepUp && p.State == "stale" && may(r, p, "", "", ""):
		return "step up" // before anything is looked up
	case a.kind != "" && a.bundle == "", !may(r, p, a.practice, a.bundle, a.kind):
		return "refuse"
	}
	return "let in"
}

// shown says whether the public site shows the thing: not those who are not here any more, or not yet.
func shown(a about) bool {
	return a.bundle != "" && !(a.kind == "therapist" && (a.bundle == "dora" || a.bundle == "ivo"))
}

// people are those who try a route: the bearers of links at doors for links, and everyone with a cookie.
func (m *matrix) people(r route.Route) []*webtest.Person {
	var all []*webtest.Person
	for _, p := range m.People {
		if p.Bearer() == (r.Auth == route.Link) && (p.Practice == "north" || p.Bearer() || p.State == "full") || r.Auth == route.Link && p.State == "full" {
			all = append(all, p)
		}
	}
	return all
}

// run tries all cells in which something is refused, and sees that nothing came of it; then those that let in.
func (m *matrix) run(letIn bool) {
	m.cells, m.done = map[string]int{}, map[string]bool{}
	for _, r := range m.routes {
		if r.Bare {
			continue
		}
		if _, ok := policy[r.Right]; !ok {
			m.fault("%s: the right %q is not in the test's own table", r.Name, r.Right)
			continue
		}
		before := m.State()
		things, nothing := m.things(r)
		for _, p := range m.people(r) {
			m.nobodys = nil
			for i, a := range things {
				w := want(r, p, a)
				if (w == "let in") != letIn && r.Mutates() {
					continue
				}
				if (w == "sign in" || w == "next step") && i > 0 && i < len(things)-1 {
					continue // nothing is looked up for them: one thing and no thing will do
				}
				m.cells[w]++
				m.cell(r, p, a, nothing, w)
			}
		}
		if !letIn || !r.Mutates() {
			m.unchanged(r, before)
		}
	}
}

func (m *matrix) unchanged(r route.Route, before map[string]string) {
	for table, hash := range m.State() {
		if before[table] != hash {
			m.fault("%s: what was refused or only read left a trace in %s", r.Name, table)
		}
	}
}

func (m *matrix) send(r route.Route, p *webtest.Person, a about) (*httptest.ResponseRecorder, []string) {
	at, ids := path(r, p, a)
	if !r.Mutates() {
		return m.Ask(p, http.MethodGet, at+queries[r.Name], nil), ids
	}
	form := formOf(m.Cast, r, p, a)
	if more, ok := carried[r.Name]; ok {
		form.Set(more.param, a.ids[more.param])
	}
	form.Set(route.IdempotencyField, webtest.NewKey())
	return m.Ask(p, http.MethodPost, at, form), ids
}

// cell tries one cell.
func (m *matrix) cell(r route.Route, p *webtest.Person, a, nothing about, want string) {
	got, ids := m.send(r, p, a)
	who := fmt.Sprintf("%s: %s (%s) about %s %s", r.Name, p.Ref(), p.State, a.practice, a.bundle)
	location := got.Header().Get("Location")
	if got.Code >= 500 {
		m.fault("%s: answered %d", who, got.Code)
		return
	}
	switch want {
	case "sign in":
		if got.Code != http.StatusSeeOther || !strings.HasPrefix(location, "/sign-in") || strings.HasPrefix(location, "/sign-in/next") {
			m.fault("%s: answered %d %s, want to be sent to the sign-in", who, got.Code, location)
		}
	case "next step":
		if got.Code != http.StatusSeeOther || !strings.HasPrefix(location, "/sign-in/next") {
			m.fault("%s: answered %d %s, want to be sent to the next step", who, got.Code, location)
		}
	case "step up":
		if got.Code != http.StatusForbidden || !strings.HasPrefix(location, "/account/confirm") {
			m.fault("%s: answered %d %s, want to be asked for a fresh proof", who, got.Code, location)
		}
	case "refuse":
		m.refused(r, p, nothing, got, ids, who)
	case "let in":
		if slices.Contains(bySpecialMeans, r.Name) {
			return
		}
		if got.Code < 400 && r.Mutates() {
			m.done[p.ID], m.done[a.practice+" "+a.bundle] = true, true
		}
		if (got.Code == http.StatusNotFound || got.Code == http.StatusSeeOther) && (m.done[p.ID] || m.done[a.practice+" "+a.bundle]) {
			return // it was done, so it is not there any more
		}
		if got.Code == http.StatusNotFound && !slices.Contains(notYet, r.Name) || got.Code == http.StatusForbidden || (location == "/sign-in" || strings.HasPrefix(location, "/sign-in?next=")) {
			m.fault("%s: answered %d %s, want to be let in", who, got.Code, location)
		}
	}
}

// refused holds a refusal against the answer to an id that nothing has: to the byte the same.
func (m *matrix) refused(r route.Route, p *webtest.Person, nothing about, got *httptest.ResponseRecorder, ids []string, who string) {
	// What is carried beside the path may be passed over, or be a fault of the form; then it is so for all ids.
	_, beside := carried[r.Name]
	if got.Code != http.StatusNotFound && !(beside && (got.Code == http.StatusOK || got.Code == http.StatusUnprocessableEntity)) {
		m.fault("%s: answered %d %s, want a refusal", who, got.Code, got.Header().Get("Location"))
		return
	}
	if m.nobodys == nil {
		w, otherIDs := m.send(r, p, nothing)
		m.nobodys = &answered{w.Code, w.Header(), webtest.Same(w.Body.String(), "ID", otherIDs...)}
	}
	if one := webtest.Same(got.Body.String(), "ID", ids...); m.nobodys.code != got.Code || one != m.nobodys.body {
		m.fault("%s: the refusal differs from that for an id that nothing has (%d):\n%s", who, m.nobodys.code, difference(one, m.nobodys.body))
	}
	for name, values := range got.Header() {
		if name != "X-Request-Id" && !slices.Equal(values, m.nobodys.header[name]) {
			m.fault("%s: the refusal's header %s is %q, for an id that nothing has %q", who, name, values, m.nobodys.header[name])
		}
	}
}

func difference(one, two string) string {
	n := 0
	for n < min(len(one), len(two)) && one[n] == two[n] {
		n++
	}
	return fmt.Sprintf("%.80q\n%.80q", one[n:], two[n:])
}

// report gives the faults to the test, not too many of a kind.
func (m *matrix) report(t *testing.T) {
	t.Helper()
	told := map[string]int{}
	for _, fault := range m.faults {
		name, _, _ := strings.Cut(fault, ":")
		if told[name]++; told[name] <= 4 {
			t.Error(fault)
		}
	}
	for name, n := range told {
		if n > 4 {
			t.Errorf("%s: and %d more", name, n-4)
		}
	}
}

// atLength leaves out what takes long and runs nothing at once, where the race detector makes everything slow.
func atLength(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it runs without -short")
	}
}

// TestMatrix is T-21: every route as everyone about everything that is theirs, another's, another practice's or nobody's.
func TestMatrix(t *testing.T) {
	atLength(t)
	m := &matrix{Cast: webtest.Gather(t, nil), routes: web.Routes().Routes()}
	m.run(false)
	m.report(t)
	t.Logf("%d routes, cells: %v", len(m.routes), m.cells)
}

// TestMatrixLetsIn tries each deed as those who may do it, each on a cast of its own: every deed succeeds for someone.
func TestMatrixLetsIn(t *testing.T) {
	atLength(t)
	if onPostgres() {
		t.Skip("what the deeds do there is tested with their verbs")
	}
	n := 0
	for _, r := range web.Routes().Routes() {
		if r.Bare || !r.Mutates() {
			continue
		}
		m := &matrix{Cast: webtest.Gather(t, nil), routes: []route.Route{r}}
		succeeded := 0
		m.Handler = counting(m.Handler, &succeeded)
		m.run(true)
		m.report(t)
		n += m.cells["let in"]
		if succeeded == 0 && !slices.Contains(bySpecialMeans, r.Name) {
			t.Errorf("%s: it succeeded for nobody: give the test a form that works", r.Name)
		}
	}
	t.Logf("cells that let in: %d", n)
}

// counting counts the answers of success to deeds.
func counting(next http.Handler, n *int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if answer.Code < 400 && answer.Header().Get("Location") != "/sign-in" {
			*n++
		}
		replay(w, answer, nil)
	})
}

func replay(w http.ResponseWriter, answer *httptest.ResponseRecorder, change func([]byte) []byte) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	body := answer.Body.Bytes()
	if change != nil {
		body = change(body)
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(body)
}

// TestMatrixCatches plants, at the door, what the matrix is there to find.
func TestMatrixCatches(t *testing.T) {
	as := func(c *webtest.Cast, who string, when func(r *http.Request) bool) http.Handler {
		door := c.Handler
		cookie := &http.Cookie{Name: "sign-in", Value: c.Person(who).Token}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if when(r) {
				r.Header.Set("Cookie", cookie.String())
			}
			door.ServeHTTP(w, r)
		})
	}
	tests := []struct {
		name, route, want string
		plant             func(c *webtest.Cast) http.Handler
	}{
		{"a policy that lets everyone in", "staff.inquiry", "want a refusal", func(c *webtest.Cast) http.Handler {
			return as(c, "north cora", func(r *http.Request) bool { return r.Host == "north.example" && r.Header.Get("Cookie") != "" })
		}},
		{"a fetch without its scope", "portal.appointment", "want a refusal", func(c *webtest.Cast) http.Handler {
			nells, _ := c.Object("north nell", "appointment")
			return as(c, "north nell", func(r *http.Request) bool { return strings.Contains(r.URL.Path, nells) })
		}},
		{"a refusal that does the deed", "portal.appointment.cancel", "left a trace in appointment", func(c *webtest.Cast) http.Handler {
			door, nells := c.Handler, ""
			nells, _ = c.Object("north nell", "appointment")
			allowed := as(c, "north nell", func(*http.Request) bool { return true })
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost && strings.Contains(r.URL.Path, nells) {
					body := new(bytes.Buffer)
					_, _ = body.ReadFrom(r.Body)
					again := r.Clone(r.Context())
					again.Body, r.Body = nopCloser{bytes.NewReader(body.Bytes())}, nopCloser{bytes.NewReader(body.Bytes())}
					allowed.ServeHTTP(httptest.NewRecorder(), again)
				}
				door.ServeHTTP(w, r)
			})
		}},
		{"a refusal that says that there is something", "staff.inquiry", "the refusal differs", func(c *webtest.Cast) http.Handler {
			door := c.Handler
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := httptest.NewRecorder()
				door.ServeHTTP(answer, r)
				replay(w, answer, func(body []byte) []byte {
					if answer.Code == http.StatusNotFound && !strings.Contains(r.URL.Path, nobodys) {
						return append(body, '.')
					}
					return body
				})
			})
		}},
		{"a failure", "staff.inquiry", "answered 500", func(*webtest.Cast) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
		}},
		{"a door that is shut to all", "staff.inbox", "want to be let in", func(*webtest.Cast) http.Handler { return http.NotFoundHandler() }},
	}
	all := web.Routes().Routes()
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := slices.IndexFunc(all, func(r route.Route) bool { return r.Name == test.route })
			m := &matrix{Cast: webtest.Gather(t, nil), routes: all[n : n+1]}
			m.Handler = test.plant(m.Cast)
			m.run(false)
			if !slices.ContainsFunc(m.faults, func(f string) bool { return strings.Contains(f, test.want) }) {
				t.Errorf("the matrix found %d faults, none of which says %q: %.3q", len(m.faults), test.want, m.faults)
			}
		})
	}
}

type nopCloser struct{ *bytes.Reader }

// Close does nothing.
func (nopCloser) Close() error { return nil }
