package site

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"time"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/writing"
)

func addFeed(g *route.Registry) {
	add := func(path, name string, do route.Handler) {
		g.Add(route.Route{Method: http.MethodGet, Pattern: path, Name: name, Right: access.ReadSite, Auth: route.None, Static: true, Do: do})
	}
	add("/feed.atom", "site.feed", feed)
	add("/sitemap.xml", "site.sitemap", sitemap)
	add("/robots.txt", "site.robots", robots)
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/favicon.ico", Name: "site.favicon", Right: access.ReadSite, Auth: route.None,
		Success: []int{http.StatusPermanentRedirect}, Do: favicon})
}

// atomFeed is a feed as RFC 4287 has it.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomPerson  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID        string      `xml:"id"`
	Title     string      `xml:"title"`
	Published string      `xml:"published"`
	Updated   string      `xml:"updated"`
	Author    *atomPerson `xml:"author"`
	Link      atomLink    `xml:"link"`
	Summary   string      `xml:"summary"`
}

const newestInFeed = 30

func feed(w http.ResponseWriter, v *route.Visit) error {
	all, err := writing.Published(v.Context(), v.DB, v.By, newestInFeed)
	if err != nil {
		return err
	}
	names, err := staffNames(v)
	if err != nil {
		return err
	}
	out := atomFeed{ID: address(v, "/feed.atom"), Title: v.Practice.Name, Author: atomPerson{v.Practice.Name},
		Links: []atomLink{{Rel: "self", Type: "application/atom+xml", Href: address(v, "/feed.atom")}, {Rel: "alternate", Type: "text/html", Href: address(v, "/writing")}}}
	latest := time.Unix(0, 0)
	for _, a := range all {
		if a.Changed.After(latest) {
			latest = a.Changed
		}
		entry := atomEntry{ID: address(v, articleHref(a)), Title: a.Title, Published: moment(a.Published), Updated: moment(a.Changed),
			Link: atomLink{Rel: "alternate", Type: "text/html", Href: address(v, articleHref(a))}, Summary: a.Summary}
		if name := names[a.AuthorID]; name != "" {
			entry.Author = &atomPerson{name}
		}
		out.Entries = append(out.Entries, entry)
	}
	out.Updated = moment(latest)
	return writeXML(w, "application/atom+xml; charset=utf-8", out)
}

func moment(t time.Time) string { return t.UTC().Truncate(time.Second).Format(time.RFC3339) }

func writeXML(w http.ResponseWriter, contentType string, v any) error {
	text, err := xml.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", contentType, err)
	}
	w.Header().Set("Content-Type", contentType)
	_, err = w.Write(append([]byte(xml.Header), text...))
	return err
}

// urlSet is a sitemap as sitemaps.org has it.
type urlSet struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteURL `xml:"url"`
}

type siteURL struct {
	Loc     string `xml:"loc"`
	LastMod string `xml:"lastmod,omitempty"`
}

func sitemap(w http.ResponseWriter, v *route.Visit) error {
	all, err := writing.Published(v.Context(), v.DB, v.By, 0)
	if err != nil {
		return err
	}
	people, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	var out urlSet
	add := func(path, changed string) { out.URLs = append(out.URLs, siteURL{address(v, path), changed}) }
	for _, path := range []string{"/", "/how-we-work", "/therapists", "/fees", "/writing", "/appointment", "/crisis", "/privacy"} {
		add(path, "")
	}
	for _, t := range people {
		add(therapistHref(t), "")
	}
	for _, a := range all {
		add(articleHref(a), moment(a.Changed))
	}
	return writeXML(w, "application/xml; charset=utf-8", out)
}

func robots(w http.ResponseWriter, v *route.Visit) error {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, err := fmt.Fprintf(w, "User-agent: *\nDisallow: /out\nDisallow: /sign-in\n\nSitemap: %s\n", address(v, "/sitemap.xml"))
	return err
}

func favicon(w http.ResponseWriter, v *route.Visit) error {
	http.Redirect(w, v.Request, "/assets/icon.svg", http.StatusPermanentRedirect)
	return nil
}
