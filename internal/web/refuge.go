package web

import (
	"context"
	"html/template"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var crisisPage = ui.Parse(pages, ui.Crisis, "crisis.html")

// addBare declares what is answered before anything is looked up.
func addBare(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/crisis", Name: "site.crisis", Right: access.ReadSite, Auth: route.None, Rate: route.Unmeted, Bare: true},
		route.Route{Method: http.MethodPost, Pattern: "/leave", Name: "site.leave", Right: access.ReadSite, Auth: route.None, Rate: route.Unmeted, Bare: true},
		route.Route{Method: http.MethodGet, Pattern: "/left", Name: "site.left", Right: access.ReadSite, Auth: route.None, Rate: route.Unmeted, Bare: true},
		route.Route{Method: http.MethodGet, Pattern: "/assets/", Name: "site.assets", Right: access.ReadSite, Auth: route.None, Rate: route.Unmeted, Bare: true, Static: true},
	)
}

func (d *door) bare(name string) http.Handler {
	return map[string]http.Handler{
		"site.crisis": http.HandlerFunc(d.refuge.crisis),
		"site.leave":  http.HandlerFunc(d.leave),
		"site.left":   http.HandlerFunc(d.refuge.left),
		"site.assets": ui.Assets(),
	}[name]
}

// refuge keeps in memory what must be there when the database is not: the crisis page, and where Leave quickly goes.
type refuge struct {
	db      *db.DB
	builtIn shelter

	mu      sync.Mutex
	known   map[string]shelter // by host name
	asked   map[string]time.Time
	reading bool
}

// shelter is what the refuge keeps of one practice.
type shelter struct {
	version int64 // of the practice's settings
	crisis  []byte
	leave   string
	at      time.Time
}

const (
	staleAfter = time.Minute
	readLimit  = 5 * time.Second
	// firstWait is how long the first visitor under a host waits for the practice's own text. With a database that
	// answers it takes a millisecond; without one the built-in text is there after it.
	firstWait = 15 * time.Millisecond
	mostHosts = 1000
	// weather is where Leave quickly goes while the practice's own choice is not known.
	weather = "https://www.weather.gov/"
)

func newRefuge(d *db.DB) *refuge {
	return &refuge{db: d, builtIn: build(practice.Practice{}), known: map[string]shelter{}, asked: map[string]time.Time{}}
}

// build makes the page of a practice; with no text of its own, or for no practice, the built-in one.
func build(p practice.Practice) shelter {
	words, err := texts.Read(texts.Crisis)
	if err != nil {
		panic("web: the built-in crisis text: " + err.Error()) // it is part of the program, and its tests read it
	}
	text := words.Body
	if strings.TrimSpace(p.Crisis) != "" {
		text = p.Crisis
	}
	s := shelter{version: p.Version, leave: p.LeaveURL}
	if s.leave == "" {
		s.leave = weather
	}
	v := route.Visit{Practice: p, Request: &http.Request{URL: &url.URL{Path: "/crisis"}}, Route: &route.Route{Method: http.MethodGet}}
	frame := v.Frame()
	if frame.Practice.ShortName == "" {
		frame.Practice.ShortName = "Home"
	}
	frame.Practice.LeaveURL = s.leave
	view := struct {
		Title string
		Text  template.HTML
	}{words.Title, ui.ProseStraight(text)}
	answer := route.NewAnswer()
	if err := ui.Render(answer, v.Request, crisisPage, http.StatusOK, frame, view); err != nil {
		panic("web: the crisis page: " + err.Error())
	}
	s.crisis = answer.Body()
	return s
}

// crisis answers with the crisis page. It looks nothing up, and nobody notes who asked.
func (f *refuge) crisis(w http.ResponseWriter, r *http.Request) {
	s := f.of(r.Host)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(s.crisis) // the reader has gone
}

// left answers with a page that says nothing and goes on to a harmless place. It stands between, because a browser
// under our content policy does not follow a form to another site.
func (f *refuge) left(w http.ResponseWriter, r *http.Request) {
	to := f.of(r.Host).leave
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Refresh", "0; url="+to)
	_, _ = w.Write([]byte(`<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Loading</title>` +
		`<meta name="viewport" content="width=device-width"></head><body><p><a rel="nofollow noreferrer" href="` +
		template.HTMLEscapeString(to) + `">Continue</a></p></body></html>`)) // the reader has gone
}

// of is what is known under a host: the practice's own where it was ever read, else what is built in. What is old is
// read again in the background.
func (f *refuge) of(hostport string) shelter {
	host := hostOf(hostport)
	f.mu.Lock()
	s, ok := f.known[host]
	old := time.Since(s.at) > staleAfter && time.Since(f.asked[host]) > staleAfter
	var done <-chan struct{}
	if old && !f.reading {
		done = f.readAgain(host)
	}
	f.mu.Unlock()
	if ok {
		return s
	}
	if done != nil {
		select {
		case <-done:
		case <-time.After(firstWait):
		}
		f.mu.Lock()
		defer f.mu.Unlock()
		if s, ok = f.known[host]; ok {
			return s
		}
	}
	return f.builtIn
}

// readAgain reads the practice in the background. f.mu is held.
func (f *refuge) readAgain(host string) <-chan struct{} {
	f.reading = true
	if len(f.asked) >= mostHosts { // hosts that nobody has, made up by visitors
		f.asked = map[string]time.Time{}
	}
	f.asked[host] = time.Now() //nolint:forbidigo // how old a copy is, is no time of the practice
	done := make(chan struct{})
	go func() {
		defer close(done)
		ctx, cancel := context.WithTimeout(context.Background(), readLimit)
		defer cancel()
		if id, err := practice.ByHost(ctx, f.db, host); err == nil {
			if p, err := practice.Read(ctx, f.db.For(string(id))); err == nil {
				f.know(host, p)
			}
		}
		f.mu.Lock()
		f.reading = false
		f.mu.Unlock()
	}()
	return done
}

// know keeps what the refuge needs of a practice. The door tells it of every practice that it reads.
func (f *refuge) know(hostport string, p practice.Practice) {
	host := hostOf(hostport)
	f.mu.Lock()
	s, ok := f.known[host]
	f.mu.Unlock()
	if !ok || s.version != p.Version {
		s = build(p)
	}
	s.at = time.Now() //nolint:forbidigo // as above
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= mostHosts { // names of the loopback, made up by visitors
		f.known = map[string]shelter{}
	}
	f.known[host] = s
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		hostport = host
	}
	return strings.ToLower(hostport)
}

// leaveLimit is how long someone who leaves quickly waits for their sign-in to end.
const leaveLimit = 2 * time.Second

// leave ends the sign-in and goes on to a harmless page, whatever else may fail: whoever leaves quickly leaves. The
// pages they saw were never stored, so only cookies and storage are cleared; clearing the cache can take seconds.
func (d *door) leave(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), leaveLimit)
	defer cancel()
	if err := d.endSignIn(r.WithContext(ctx)); err != nil {
		d.Log.Error("leave quickly: the sign-in was not ended", "request", r.Header.Get("X-Request-Id"), "error", err)
	}
	http.SetCookie(w, &http.Cookie{Name: auth.CookieName(d.Secure), Path: "/", MaxAge: -1, Secure: d.Secure, HttpOnly: true, SameSite: http.SameSiteLaxMode})
	w.Header().Set("Clear-Site-Data", `"cookies", "storage"`)
	http.Redirect(w, r, "/left", http.StatusSeeOther)
}

func (d *door) endSignIn(r *http.Request) error {
	if _, err := r.Cookie(auth.CookieName(d.Secure)); err != nil {
		return nil
	}
	id, err := practice.ByHost(r.Context(), d.DB, r.Host)
	if err != nil {
		return err
	}
	v := &route.Visit{Request: r, DB: d.DB.For(string(id)), Route: &route.Route{Auth: route.SignIn}}
	if err := d.who(v); err != nil || v.By.SignInID == "" {
		return err
	}
	return v.DB.InTx(r.Context(), func(tx *db.DB) error { return auth.End(r.Context(), tx, v.By) })
}
