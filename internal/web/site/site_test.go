package site_test

import (
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"attune/internal/practice"
)

func TestPagesOfTheSite(t *testing.T) {
	h := newHouse(t)
	tests := []struct{ path, h1, has, cache string }{
		{"/", "How we relate is learned. It can be learned again.", `.hero a[href="/appointment"]`, "public, max-age=300"},
		{"/how-we-work", "How we work", `main a[href="/appointment"]`, "public, max-age=300"},
		{"/therapists", "Who works here", `a[href="/therapists/imani"]`, "public, max-age=300"},
		{"/therapists/imani", "Imani Okafor", `a[href="/appointment?therapist=imani"]`, "public, max-age=300"},
		{"/fees", "Fees", `a[href^="/out?to=http%3A%2F%2Fwww.cms.gov"]`, "public, max-age=300"},
		{"/writing", "Writing", `a[href="/writing/a-small-rupture"]`, "public, max-age=300"},
		{"/writing/a-small-rupture", "A small rupture", `form[action="/writing/a-small-rupture"] textarea[name=text][required]`, "no-store"},
		{"/appointment", "Make an appointment", `form[action="/appointment"] input[name=email]`, "no-store"},
		{"/appointment/sent", "Thank you. We have your request.", `a[href="tel:988"]`, "no-store"},
		{"/younger", "If you are under 18", `form[action="/leave"]`, "no-store"},
		{"/privacy", "Your privacy on this site", `main h2`, "public, max-age=300"},
		{"/crisis", "Help right now", `a[href="tel:988"]`, "public, max-age=300"},
	}
	for _, test := range tests {
		t.Run(test.path, func(t *testing.T) {
			b := h.Browser()
			p := b.Get(test.path)
			if p.Status != http.StatusOK || p.Words("h1") != test.h1 {
				t.Fatalf("got %d %q, want 200 %q", p.Status, p.Words("h1"), test.h1)
			}
			if !p.Has(test.has) {
				t.Errorf("nothing matches %s", test.has)
			}
			if got := p.Header.Get("Cache-Control"); got != test.cache {
				t.Errorf("Cache-Control is %q, want %q", got, test.cache)
			}
			if len(b.Cookies()) != 0 {
				t.Errorf("reading set %v", b.Cookies())
			}
			if test.path != "/crisis" && (!p.Has(`a[href="/appointment"]`) || !p.Has(`a[href="tel:+13125550100"]`)) {
				t.Error("the way to an appointment or the phone number is missing")
			}
			for _, n := range p.Find("[href], [src]") {
				for _, a := range n.Attr {
					if (a.Key == "href" || a.Key == "src") && n.Data != "link" && strings.Contains(a.Val, "://") {
						t.Errorf("<%s> leads to %s", n.Data, a.Val)
					}
				}
			}
		})
	}
}

func TestSignedInReadersAreNotCached(t *testing.T) {
	h := newHouse(t)
	if got := h.SignInStaff(h.coordinator).Get("/").Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q, want no-store", got)
	}
}

func TestMetaData(t *testing.T) {
	h := newHouse(t)
	p := h.Browser().Get("/writing/a-small-rupture")
	for selector, want := range map[string]string{
		`meta[name=description]`: "What two people do next.", `meta[property="og:title"]`: "A small rupture",
		`meta[property="og:type"]`: "article", `meta[property="og:url"]`: h.URL + "/writing/a-small-rupture",
	} {
		if got := p.Attr(selector, "content"); got != want {
			t.Errorf("%s is %q, want %q", selector, got, want)
		}
	}
	if got := p.Attr("link[rel=canonical]", "href"); got != h.URL+"/writing/a-small-rupture" {
		t.Errorf("canonical is %q", got)
	}
	if got := p.Words("title"); got != "A small rupture | Birch Lane" {
		t.Errorf("title is %q", got)
	}
	for _, path := range []string{"/appointment/sent", "/younger"} {
		if p := h.Browser().Get(path); !p.Has(`meta[name=robots][content*=noindex]`) {
			t.Errorf("%s may be kept by search engines", path)
		}
	}
}

func TestDirectory(t *testing.T) {
	b := newHouse(t).Browser()
	tests := []struct{ query, want string }{
		{"", "Daniel Brzeski Imani Okafor"},
		{"?focus=family", "Imani Okafor"},
		{"?for=family", "Daniel Brzeski"},
		{"?language=Polish", "Daniel Brzeski"},
		{"?focus=family&for=family", ""},
		{"?focus=nothing", ""},
	}
	for _, test := range tests {
		if got := b.Get("/therapists" + test.query).Words("main li h3"); got != test.want {
			t.Errorf("%q shows %q, want %q", test.query, got, test.want)
		}
	}
	if p := b.Get("/therapists?sort=name"); p.Status != http.StatusNotFound {
		t.Errorf("an undeclared parameter answers %d, want 404", p.Status)
	}
	if p := b.Get("/therapists/nobody"); p.Status != http.StatusNotFound {
		t.Errorf("nobody's page answers %d, want 404", p.Status)
	}
}

func TestWhoIsNotShown(t *testing.T) {
	h := newHouse(t)
	h.author.Published = false
	if err := practice.KeepTherapist(t.Context(), h.DB, h.author); err != nil {
		t.Fatal(err)
	}
	b := h.Browser()
	if p := b.Get("/therapists/imani"); p.Status != http.StatusNotFound {
		t.Errorf("answers %d, want 404", p.Status)
	}
	if p := b.Get("/writing/a-small-rupture"); p.Has(`main a[href="/therapists/imani"]`) {
		t.Error("the article leads to a page that is not there")
	}
}

func TestThePracticesOwnWords(t *testing.T) {
	h := newHouse(t)
	h.Settle(func(s *practice.Settings) {
		s.Headline, s.Lead = "Ours", "Our lead."
		s.Fees = "- **Individual, 50 minutes**: $165\n- **Sliding scale**: $60 to $130\n\n## More\n\n{{.}} <script>alert(1)</script>"
	})
	b := h.Browser()
	p := b.Get("/")
	if p.Words("h1") != "Ours" || p.Words(".hero .lead") != "Our lead." || p.Words("main .facts dd") != "$165 $60 to $130" {
		t.Errorf("got %q, %q, %q", p.Words("h1"), p.Words(".hero .lead"), p.Words("main .facts dd"))
	}
	if p := b.Get("/fees"); !strings.Contains(p.Words("main"), "{{.}}") || p.Has("main script") {
		t.Errorf("fees read %q", p.Words("main"))
	}
}

func TestOut(t *testing.T) {
	b := newHouse(t).Browser()
	to := "/out?to=https%3A%2F%2Fresearch.example%2Frepair"
	if got := b.Get("/writing/a-small-rupture").Attr(`main a[href^="/out"]`, "href"); got != to {
		t.Errorf("the article leads to %q, want %q", got, to)
	}
	p := b.Get(to)
	if p.Path != to || p.Attr("main a.btn", "href") != "https://research.example/repair" || p.Attr("main a.btn", "rel") != "nofollow noreferrer noopener" {
		t.Errorf("got %s, link to %q", p.Path, p.Attr("main a.btn", "href"))
	}
	for _, evil := range []string{"https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "javascript%3Aalert(1)", "https%3A%2F%2Fresearch.example", "", "%00"} {
		if p := b.Get("/out?to=" + evil); p.Status != http.StatusNotFound {
			t.Errorf("to %s answers %d, want 404", evil, p.Status)
		}
	}
}

func TestFeedAndSitemap(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Updated string   `xml:"updated"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Author  string `xml:"author>name"`
			Link    struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
		} `xml:"entry"`
	}
	p := b.Get("/feed.atom")
	if err := xml.Unmarshal(p.Body, &feed); err != nil || p.Header.Get("Content-Type") != "application/atom+xml; charset=utf-8" {
		t.Fatalf("%v, %s", err, p.Header.Get("Content-Type"))
	}
	if len(feed.Entries) != 1 || feed.Entries[0].Title != "A small rupture" || feed.Entries[0].Author != "Imani Okafor" || feed.Entries[0].Link.Href != h.URL+"/writing/a-small-rupture" {
		t.Errorf("the feed has %+v", feed.Entries)
	}
	if _, err := time.Parse(time.RFC3339, feed.Updated); err != nil || feed.ID == "" {
		t.Errorf("id %q, updated %q", feed.ID, feed.Updated)
	}
	var site struct {
		XMLName xml.Name `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
		Locs    []string `xml:"url>loc"`
	}
	if err := xml.Unmarshal(b.Get("/sitemap.xml").Body, &site); err != nil || len(site.Locs) != 11 {
		t.Fatalf("%v, %d addresses, want 11", err, len(site.Locs))
	}
	for _, loc := range site.Locs {
		path, ok := strings.CutPrefix(loc, h.URL)
		if p := b.Get(path); !ok || p.Status != http.StatusOK {
			t.Errorf("%s answers %d", loc, p.Status)
		}
	}
	if robots := string(b.Get("/robots.txt").Body); !strings.Contains(robots, "Sitemap: "+h.URL+"/sitemap.xml") {
		t.Errorf("robots.txt is %q", robots)
	}
}

func TestPreferencesWithoutScript(t *testing.T) {
	h := newHouse(t)
	b := h.Browser()
	p := b.Get("/nothing")
	p = b.Send(p, "/prefs", "theme", "dark", "back", "/fees")
	if p.Path != "/fees" || p.Attr("html", "data-theme") != "dark" {
		t.Errorf("came to %s in theme %q, want /fees in dark", p.Path, p.Attr("html", "data-theme"))
	}
	if p := b.Send(b.Get("/nothing"), "/prefs", "theme", "light", "back", "//evil.example"); p.Path != "/" {
		t.Errorf("was led to %s, want /", p.Path)
	}
}
