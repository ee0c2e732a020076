// Package ui is what all pages share: layout, parts, styles and script. It knows
// no record and no database, only how a page of Attune looks and behaves.
package ui

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io"
	"io/fs"
	"net/http"
	"regexp"
	"sync"
)

//go:embed shells/*.html parts/*.html
var files embed.FS

// Shell is the frame that a page stands in, with the styles that go with it.
type Shell int

const (
	// Public is the site that anyone may read.
	Public Shell = iota
	// Client is a client's own pages, and the pages behind a one-task link.
	Client
	// Staff is the practice's pages.
	Staff
	// Calendar is Staff with the styles of the week and the practice day.
	Calendar
	// Crisis is the crisis page: the fewest bytes, no navigation, no sign-in.
	Crisis
)

// layout is the file in shells/ that draws the shell.
func (s Shell) layout() string {
	return [...]string{"public", "client", "staff", "staff", "crisis"}[s]
}

// private says whether the shell's pages are kept out of search engines and
// bear neutral titles in discreet mode.
func (s Shell) private() bool { return s == Client || s == Staff || s == Calendar }

// Page is a parsed page, ready to be rendered any number of times at once.
type Page struct {
	name     string
	shell    Shell
	template *template.Template
}

// Parse reads the page name from fsys and sets it in a shell, together with the
// parts all pages share and further files of fsys that it names in parts. The page
// defines "title" (text) and "main"; it may define "head" (more meta tags) and
// "after" (dialogs, which come after main). Parse is for package variables, so it
// panics when the page does not parse, lacks a definition or cannot be escaped.
func Parse(fsys fs.FS, shell Shell, name string, parts ...string) *Page {
	base := template.Must(shells[shell]().Clone())
	page := template.Must(base.ParseFS(fsys, append([]string{name}, parts...)...))
	for _, needed := range []string{"title", "main"} {
		if page.Lookup(needed) == nil {
			panic(fmt.Sprintf("page %s does not define %q", name, needed))
		}
	}
	// Escaping happens at the first execution. An empty one here finds a page that
	// cannot be escaped at start; that it lacks its view is no fault.
	var unsafe *template.Error
	if err := page.Execute(io.Discard, content{}); errors.As(err, &unsafe) {
		panic(fmt.Sprintf("page %s: %v", name, err))
	}
	return &Page{name: name, shell: shell, template: page}
}

// shells holds each shell's layout and parts, parsed once.
var shells = func() (parsed [Crisis + 1]func() *template.Template) {
	for s := Public; s <= Crisis; s++ {
		parsed[s] = sync.OnceValue(func() *template.Template {
			t := template.New(s.layout() + ".html").Funcs(functions).Funcs(template.FuncMap{
				"style":    func() string { return StylePath(s) },
				"script":   ScriptPath,
				"passkeys": PasskeyPath,
			})
			return template.Must(t.ParseFS(files, "shells/head.html", "shells/"+s.layout()+".html", "parts/*.html"))
		})
	}
	return parsed
}()

// content is the dot of a page: what the shell needs, and the page's own view.
type content struct {
	Frame
	View any

	Path   string // of the request, to come back to after a preference
	Failed bool   // a form came back with faults
	Hidden bool   // no search engine may keep it
}

// Render writes the page whole or not at all: an error means that nothing was
// written. In the page's templates the dot has the fields of f and the page's view
// in .View. With status 422 the title begins with "Error:".
func Render(w http.ResponseWriter, r *http.Request, p *Page, status int, f Frame, view any) error {
	if p.shell != Public && len(f.Nav) > 5 {
		return fmt.Errorf("render %s: %d items of navigation, at most 5 fit", p.name, len(f.Nav))
	}
	f.Prefs = ReadPrefs(r)
	f.Discreet = f.Prefs.Discreet && p.shell.private()
	var page bytes.Buffer
	err := p.template.Execute(&page, content{
		Frame:  f,
		View:   view,
		Path:   r.URL.Path,
		Failed: status == http.StatusUnprocessableEntity || status == http.StatusConflict,
		Hidden: f.NoIndex || p.shell.private(),
	})
	if err != nil {
		return fmt.Errorf("render %s: %w", p.name, err)
	}
	whole, err := withSprite(page.Bytes())
	if err != nil {
		return fmt.Errorf("render %s: %w", p.name, err)
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Add("Vary", "Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(whole) // the reader has gone: nobody is left to tell
	return nil
}

var (
	usedIcon = regexp.MustCompile(`href="#i-([a-z]+)"`)
	bodyEnd  = []byte("</body>")
)

// withSprite adds the symbols of the icons that the page uses, each once, at the
// end of its body.
func withSprite(page []byte) ([]byte, error) {
	end := bytes.LastIndex(page, bodyEnd)
	if end < 0 {
		return nil, errors.New("page has no end of body")
	}
	var sprite bytes.Buffer
	seen := map[string]bool{}
	for _, use := range usedIcon.FindAllSubmatch(page, -1) {
		name := string(use[1])
		if seen[name] {
			continue
		}
		seen[name] = true
		symbol, ok := icons()[name]
		if !ok {
			return nil, fmt.Errorf("no icon %q", name)
		}
		sprite.WriteString(symbol)
	}
	if sprite.Len() == 0 {
		return page, nil
	}
	whole := make([]byte, 0, len(page)+sprite.Len()+64)
	whole = append(whole, page[:end]...)
	whole = append(whole, `<svg class="vh" aria-hidden="true">`...)
	whole = append(whole, sprite.Bytes()...)
	whole = append(whole, "</svg>\n"...)
	return append(whole, page[end:]...), nil
}
