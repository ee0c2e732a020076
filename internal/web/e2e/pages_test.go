package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"attune/internal/auth"
	"attune/internal/letter"
	"attune/internal/web"
	"attune/internal/web/e2e"
	"attune/internal/web/webtest"
)

// noPages are routes that answer with something else than a page of ours, or are there at a step of signing in only.
var noPages = []string{"site.feed", "site.sitemap", "site.robots", "site.favicon", "site.assets", "site.left", "portal.stay",
	"portal.sign_in.next", "portal.account.email.confirm", "portal.account.passkey", "portal.account.passkeys.new", "staff.audit.csv",
	// The journey goes there: they come after a deed.
	"portal.check_in.link.thanks", "portal.times.change", "staff.offer.preview"}

// TestEveryPage goes to every page that there is, by the links on the pages before it, as everyone who has such pages,
// and holds each against the checklist of the design.
func TestEveryPage(t *testing.T) {
	if testing.Short() {
		t.Skip("it runs without -short")
	}
	c := webtest.Gather(t, nil)
	base := "http://north.localhost:" + c.Serve()
	mux := http.NewServeMux()
	missing := map[string]bool{}
	for _, r := range web.Routes().Routes() {
		if r.Method == http.MethodGet {
			mux.HandleFunc("GET "+r.Pattern, func(http.ResponseWriter, *http.Request) {})
			missing[r.Pattern] = !slices.Contains(noPages, r.Name) && !strings.HasSuffix(r.Pattern, "event.ics")
		}
	}
	visit := func(w *e2e.Window, who string, start ...string) {
		been := map[string]bool{}
		for queue := start; len(queue) > 0; {
			path := queue[0]
			queue = queue[1:]
			r, err := http.NewRequest(http.MethodGet, base+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			_, pattern := mux.Handler(r)
			_, pattern, _ = strings.Cut(pattern, " ")
			if been[path] || !missing[pattern] && !slices.Contains(start, path) {
				continue
			}
			been[path] = true
			w.Open(path)
			if w.Text("h1") == "There is no such page" {
				t.Errorf("%s: a link leads to %s, where there is no page", who, path)
				continue
			}
			missing[pattern] = false
			queue = append(queue, w.Links()...)
		}
	}
	for _, p := range c.People {
		if p.Practice == "north" && p.Bearer() {
			visit(inspected(t, base, phone), p.Name, letter.Path(p.Task)+p.Token)
		}
	}
	of := func(bundle, kind string) string {
		id, _ := c.Object("north "+bundle, kind)
		return id
	}
	for _, who := range []struct {
		name string
		look e2e.Look
		from []string
	}{
		{"anyone", phone, []string{"/", "/sign-in", "/crisis", "/younger", "/appointment/sent", "/sign-in/sent", "/out?to=https://example.org/"}},
		{"rosa", phone, []string{"/home", "/account", "/account/confirm", "/forms", "/looked", "/check-in/" + of("rosa", "held") + "/thanks"}},
		{"theo", desk, []string{"/today", "/profile", "/ruptures/" + of("rosa", "rupture"), "/sessions/" + of("rosa", "session") + "/note", "/account/done", "/account/recovery"}},
		{"cora", desk, []string{"/inbox", "/courses/" + of("ines", "course") + "/person"}},
		{"sami", desk, []string{"/supervision"}},
		{"olga", desk, []string{"/practice", "/people/" + of("theo", "staff") + "/profile"}},
	} {
		p := c.Person("north " + who.name)
		w := inspected(t, base, who.look)
		if p.Token != "" {
			w.SetCookie(auth.CookieName(false), p.Token)
		}
		visit(w, who.name, who.from...)
	}
	for pattern, still := range missing {
		if still {
			t.Errorf("no link leads to %s", pattern)
		}
	}
}
