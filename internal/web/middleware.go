package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/web/route"
)

// policy is the one content security policy of all pages (S-41).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

type door struct {
	Settings
	house  *route.House
	csrf   *http.CrossOriginProtection
	refuge *refuge
}

// outermost puts the headers on every answer, limits the address, refuses what
// comes from other sites, and survives a panic.
func (d *door) outermost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := requestID()
		r.Header.Set("X-Request-Id", id)
		d.headers(w.Header(), id)
		defer func() {
			if found := recover(); found != nil {
				d.Log.Error("panic", "request", id, "found", fmt.Sprint(found), "stack", string(debug.Stack()))
				d.plain(w, r, http.StatusInternalServerError)
			}
		}()
		if len(r.URL.RequestURI()) > 8<<10 {
			d.plain(w, r, http.StatusRequestURITooLong)
			return
		}
		if err := d.csrf.Check(r); err != nil {
			d.Log.Info("cross-origin request refused", "request", id)
			d.plain(w, r, http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *door) headers(h http.Header, id string) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()")
	h.Set("X-Request-Id", id)
	h.Set("Cache-Control", "no-store")
	if d.Secure {
		h.Set("Strict-Transport-Security", "max-age=63072000; includeSubDomains")
	}
}

func requestID() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails; see its documentation
	return hex.EncodeToString(b[:])
}

// visit serves one route.
func (d *door) visit(r route.Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		start := time.Now() //nolint:forbidigo // how long an answer took is no time of the practice
		v := &route.Visit{Request: req, ID: req.Header.Get("X-Request-Id"), Route: &r, House: d.house, Address: d.address(req)}
		answer := route.NewAnswer()
		if err := d.serve(answer, v); err != nil {
			answer = route.NewAnswer()
			d.refuse(answer, v, d.noted(v, err))
		}
		for _, cookie := range v.Cookies {
			http.SetCookie(answer, cookie)
		}
		if cacheable(v, answer) {
			w.Header().Set("Cache-Control", "public, max-age=300")
		}
		answer.Send(w)
		d.Log.Info("answered", "request", v.ID, "route", r.Name, "status", answer.Status, "took", time.Since(start))
	})
}

// cacheable reports whether caches may keep the answer for a while: it is a static page as anyone would get it, and
// nothing was said or set with it. Everything else stays no-store, as headers says.
func cacheable(v *route.Visit, answer *route.Answer) bool {
	return v.Route.Static && answer.Status == http.StatusOK && v.By.SignInID == "" && v.Said() == "" && len(v.Cookies) == 0
}

// serve finds the practice and the person, checks the route's right, reads the
// form and runs the deed.
func (d *door) serve(w http.ResponseWriter, v *route.Visit) error {
	id, err := practice.ByHost(v.Context(), d.DB, v.Host)
	if err != nil {
		return err
	}
	v.DB = d.DB.For(string(id))
	if v.Practice, err = practice.Read(v.Context(), v.DB); err != nil {
		return err
	}
	d.refuge.know(v.Host, v.Practice)
	if err := d.who(v); err != nil {
		return err
	}
	if err := d.mayEnter(v); err != nil {
		return err
	}
	if err := readForm(w, v); err != nil {
		return d.again(w, v, err)
	}
	if err := d.budget(v); err != nil {
		return d.again(w, v, err)
	}
	if err := d.do(w, v); err != nil {
		return d.again(w, v, err)
	}
	if v.Mutates() {
		d.house.Wake()
	}
	return nil
}

// do runs the route's handler: in one transaction with the form's key where it is a deed.
func (d *door) do(w http.ResponseWriter, v *route.Visit) error {
	if !v.Mutates() || v.Route.Apart {
		return v.Route.Do(w, v)
	}
	err := v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		inner := *v
		inner.DB, inner.Cookies = tx, nil
		err := v.Route.Do(w, &inner)
		v.Cookies = inner.Cookies
		return err
	})
	if err != nil {
		v.Cookies = nil // they belong to a deed that was undone
	}
	return err
}

// again shows a faulty form again with what was typed, where the route can.
func (d *door) again(w http.ResponseWriter, v *route.Visit, err error) error {
	if err == nil || v.Route.Faulty == nil {
		return err
	}
	v.Faults = fault.Invalids(err)
	found, ok := fault.Of(err)
	if ok && len(v.Faults) == 0 && (found.Kind == fault.KindConflict || found.Kind == fault.KindTooMany) {
		v.Faults = []fault.Fault{found}
	}
	if len(v.Faults) == 0 {
		return err
	}
	return v.Route.Faulty(w, v)
}

// who finds out who is acting: by link where the path has a token, else by sign-in.
func (d *door) who(v *route.Visit) error {
	v.By = access.OfVisitor(v.DB.PracticeID())
	if token := v.PathValue("token"); token != "" && v.Route.Auth != route.None && v.Route.Auth != route.SignIn {
		v.Token = token
		by, err := auth.OpenLink(v.Context(), v.DB, token)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(v.Route.Pattern, letter.Path(by.Link.Task)) {
			return fault.NotFound() // a link does one task: it opens no other's page
		}
		v.By = by
		return nil
	}
	cookie, err := v.Cookie(auth.CookieName(d.Secure))
	if err != nil {
		return nil
	}
	by, _, err := auth.Who(v.Context(), v.DB, cookie.Value)
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	v.By = by
	return nil
}

// errSignIn sends a person to the sign-in page.
var errSignIn = errors.New("sign in first")

// errStage sends a person to the next step of an unfinished sign-in.
var errStage = errors.New("finish signing in first")

func (d *door) mayEnter(v *route.Visit) error {
	visitor := v.By.SignInID == "" && v.By.Link == nil
	switch v.Route.Auth {
	case route.SignIn:
		if visitor {
			return errSignIn
		}
		if v.By.Stage != access.Full && !v.Route.Unfinished {
			return errStage
		}
	case route.Link, route.Either:
		if visitor {
			return fault.NotFound()
		}
	}
	if access.Of(v.By, v.Route.Right) == 0 || v.Route.Clients && v.By.Staff() {
		return fault.NotFound()
	}
	if v.Route.StepUp && !access.Fresh(v.By, d.DB.Now()) {
		return fault.StepUp()
	}
	return nil
}

// readForm reads and checks the form of a POST or the query of a GET.
func readForm(w http.ResponseWriter, v *route.Visit) error {
	if !v.Mutates() {
		values, err := url.ParseQuery(v.URL.RawQuery)
		if err != nil {
			return fault.NotFound()
		}
		v.Form, err = route.Check(values, v.Route.Query)
		if err != nil {
			return fault.NotFound()
		}
		return nil
	}
	if v.URL.RawQuery != "" {
		return fault.NotFound()
	}
	v.Body = http.MaxBytesReader(w, v.Body, v.Route.Body)
	if err := parseBody(v); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return fault.Invalid("", "This is too long to send. Please shorten it.")
		}
		return fault.Invalid("", "This form could not be read. Please load the page again.")
	}
	var err error
	v.Form, err = route.Check(v.PostForm, v.Route.Fields)
	return err
}

func parseBody(v *route.Visit) error {
	if kind, _, _ := strings.Cut(v.Header.Get("Content-Type"), ";"); kind == "multipart/form-data" {
		if err := v.ParseMultipartForm(v.Route.Body); err != nil {
			return err
		}
		if len(v.MultipartForm.Value)+len(v.MultipartForm.File) > 100 {
			return errors.New("too many parts")
		}
		return nil
	}
	if err := v.ParseForm(); err != nil {
		return err
	}
	if len(v.PostForm) > 1000 {
		return errors.New("too many keys")
	}
	return nil
}

// address is where the request came from: forwarding headers count only from a declared proxy.
func (d *door) address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	peer := net.ParseIP(host)
	if !slices.ContainsFunc(d.Proxies, func(n *net.IPNet) bool { return n.Contains(peer) }) {
		return host
	}
	hops := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
	for _, hop := range slices.Backward(hops) {
		ip := net.ParseIP(strings.TrimSpace(hop))
		if ip == nil {
			return host
		}
		if !slices.ContainsFunc(d.Proxies, func(n *net.IPNet) bool { return n.Contains(ip) }) {
			return ip.String()
		}
	}
	return host
}

// publicForms is how many forms one address may send in an hour without having signed in.
const publicForms = 20

// budget counts what an address sends through the forms that anyone may send.
func (d *door) budget(v *route.Visit) error {
	if v.Route.Rate != route.Public {
		return nil
	}
	device := auth.Device{Address: v.Address}
	return v.DB.InTx(v.Context(), func(tx *db.DB) error {
		return d.house.Guard.Allow(v.Context(), tx, "form "+device.Net(), publicForms, time.Hour)
	})
}

// orNowhere answers what no route is for: 405 where the path is known by another method, else the page for what does
// not exist. The mux alone would do so in its own words.
func (d *door) orNowhere(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		unknown, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		its := route.NewAnswer()
		unknown.ServeHTTP(its, r)
		if its.Status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", its.Header().Get("Allow"))
			d.plain(w, r, http.StatusMethodNotAllowed)
			return
		}
		d.nowhere(w, r)
	})
}

// nowhere answers as for an object that is not there or must not be known of, to the byte.
func (d *door) nowhere(w http.ResponseWriter, r *http.Request) {
	v := &route.Visit{Request: r, ID: r.Header.Get("X-Request-Id"), House: d.house, Route: &route.Route{Method: r.Method, Name: "nowhere"}}
	answer := route.NewAnswer()
	if id, err := practice.ByHost(r.Context(), d.DB, r.Host); err == nil {
		v.DB = d.DB.For(string(id))
		if v.Practice, err = practice.Read(r.Context(), v.DB); err != nil {
			v.DB = nil
		} else {
			d.refuge.know(r.Host, v.Practice)
		}
	}
	d.refuse(answer, v, fault.NotFound())
	answer.Send(w)
	d.Log.Log(r.Context(), slog.LevelDebug, "nowhere", "request", v.ID)
}
