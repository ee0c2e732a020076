// Package route is how a door declares what it answers: each route with the
// right it needs, what it is about, and what it takes.
package route

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"attune/internal/access"
)

// Auth is how someone comes through a route.
type Auth string

// None lets anyone in, Link only the bearer of a link, SignIn only who has
// signed in, and Either both of the last two.
const (
	None   Auth = "none"
	Link   Auth = "link"
	SignIn Auth = "session"
	Either Auth = "link or session"
)

// Rate is the budget that a route draws on.
type Rate string

// The budgets, per address and, where someone has signed in, per person.
const (
	Reading Rate = "read"
	Writing Rate = "write"
	Public  Rate = "public"  // a form that anyone may send
	Guess   Rate = "guess"   // a place where a secret could be guessed
	Unmeted Rate = "unmeted" // static answers that cost nothing
)

// Field is one value that a form may send. A form that sends anything else, or
// one value twice, is refused.
type Field struct {
	Name string // a name that ends in * stands for all names that begin so
	Max  int    // characters at most; 0 means 200
	Many bool   // may be sent several times
	Line bool   // no line breaks
}

// Object is an id that a route takes in its path.
type Object struct {
	Param string
	Type  string
}

// Route is one entry of the table that serves requests.
type Route struct {
	Method  string
	Pattern string // as in net/http's ServeMux, without method or host
	Name    string // "client.appointment.cancel"
	Right   access.Right
	Auth    Auth
	StepUp  bool // needs a fresh proof of who one is
	// Clients marks a page of a client's own: staff have none of it, also where their rights reach what it shows.
	Clients bool
	// Unfinished admits a sign-in that still lacks its second factor.
	Unfinished bool
	Objects    []Object
	Fields     []Field
	Query      []Field // what the address may carry
	Body       int64   // bytes at most; 0 means 64 KiB
	Rate       Rate
	// Apart marks a deed that must not run inside one transaction from start to
	// end, because it hashes a password or talks to somebody: its handler calls
	// Visit.Once itself.
	Apart bool
	// Bare is answered before the practice and the person are looked up, and nobody notes it: what must be there when
	// the database is not. The server has its handler, so Do is nil.
	Bare bool
	// Static answers may be kept by caches.
	Static  bool
	Success []int
	Failure []int
	Do      Handler
	// Faulty shows the page of the form again, with what was typed and with
	// Visit.Faults beside it, after the deed was undone.
	Faulty Handler
}

// Handler answers one visit. It calls one verb of the story, picks a page, and
// returns its error; nothing is sent when it returns one.
type Handler func(w http.ResponseWriter, v *Visit) error

// Mutates reports whether the route changes something.
func (r Route) Mutates() bool { return r.Method != http.MethodGet }

// Registry is the table of routes. A route without a right in the table of
// access, or with one that does not fit its method, cannot be registered.
type Registry struct{ routes []Route }

// Add registers routes. It panics on a route that is not fully declared, which
// a test must have caught: better no process than an open door.
func (g *Registry) Add(routes ...Route) {
	for _, r := range routes {
		if problem := g.problem(r); problem != "" {
			panic(fmt.Sprintf("route %s %s: %s", r.Method, r.Pattern, problem))
		}
		g.routes = append(g.routes, withDefaults(r))
	}
}

// Routes lists all routes in the order in which they were added.
func (g *Registry) Routes() []Route { return slices.Clone(g.routes) }

func (g *Registry) problem(r Route) string {
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodPost:
		return "the method must be GET or POST"
	case !strings.HasPrefix(r.Pattern, "/"):
		return "the pattern must begin with /"
	case !access.Known(r.Right):
		return "the right is not in the table"
	case r.Auth == "":
		return "nothing is said about who may come"
	case r.Name == "" || (r.Do == nil) != r.Bare:
		return "a name and a handler are needed"
	case slices.ContainsFunc(g.routes, func(o Route) bool { return o.Name == r.Name }):
		return "the name is taken"
	case strings.Count(r.Pattern, "{") != len(r.Objects)+strings.Count(r.Pattern, "{$}"):
		return "each id in the path must be declared in Objects"
	}
	for _, o := range r.Objects {
		if !strings.Contains(r.Pattern, "{"+o.Param+"}") {
			return "the path has no {" + o.Param + "}"
		}
	}
	return ""
}

// IdempotencyField is the hidden field of every form that changes something.
const IdempotencyField = "idempotency"

func withDefaults(r Route) Route {
	if r.Body == 0 {
		r.Body = 64 << 10
	}
	if r.Mutates() {
		r.Fields = append(slices.Clone(r.Fields), Field{Name: IdempotencyField, Max: 64, Line: true})
		r.Success = orElse(r.Success, http.StatusSeeOther)
		r.Failure = orElse(r.Failure, http.StatusNotFound, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusTooManyRequests)
	} else {
		r.Query = append(slices.Clone(r.Query), Field{Name: "said", Max: 40, Line: true})
		r.Success = orElse(r.Success, http.StatusOK)
		r.Failure = orElse(r.Failure, http.StatusNotFound, http.StatusTooManyRequests)
	}
	if r.Rate == "" {
		r.Rate = Reading
		if r.Mutates() {
			r.Rate = Writing
		}
	}
	return r
}

func orElse(given []int, otherwise ...int) []int {
	if len(given) > 0 {
		return given
	}
	return otherwise
}
