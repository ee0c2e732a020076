package e2e

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/security"
	"github.com/chromedp/chromedp"
)

// Axe is the text of axe-core, which scripts/tools fetches; empty where it was not fetched.
func Axe() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			text, err := os.ReadFile(filepath.Join(folder, ".cache", "axe.min.js"))
			if errors.Is(err, fs.ErrNotExist) {
				return "", nil
			}
			return string(text), err
		}
	}
	return "", errors.New("this is not inside the module")
}

// violation is what axe says of one rule.
type violation struct {
	ID, Help string
	Nodes    []string
}

func (v violation) String() string {
	return fmt.Sprintf("%s (%s)\n\t%s", v.ID, v.Help, strings.Join(v.Nodes, "\n\t"))
}

// allRules has axe run everything of WCAG 2.2 A and AA and its best practices, and of AAA contrast and the size of
// what is pressed; onlyColors has it run what depends on the colours.
const (
	allRules   = `{ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"], rules: { "color-contrast-enhanced": { enabled: true }, "target-size": { enabled: true } } }`
	onlyColors = `{ runOnly: { type: "rule", values: ["color-contrast", "color-contrast-enhanced", "link-in-text-block"] } }`
)

// axe holds the page against rules as it looks now.
func (w *Window) axe(script, rules string) []violation {
	w.t.Helper()
	if !evaluate[bool](w, `() => !!window.axe`) {
		w.must(chromedp.Do(w.ctx, chromedp.Evaluate[chromedp.Void](script)))
	}
	return evaluate[[]violation](w, `async () => {
		const found = await axe.run(document, { ...`+rules+`, resultTypes: ["violations"] });
		return found.violations.map((v) => ({ ID: v.id, Help: v.help, Nodes: v.nodes.slice(0, 5).map((n) => n.target.join(" ") + ": " + n.html.slice(0, 160) + " " + n.any.concat(n.all, n.none).map((c) => c.message).join("; ").slice(0, 200)) }));
	}`)
}

// Inspect holds the page against the checklist of design/README.md section 8: axe at 390 and 1280 pixels, light and dark,
// and no scrolling sideways at 320. The window looks as before when it is done.
func (w *Window) Inspect(axe string) {
	w.t.Helper()
	look := w.look
	where := w.where()
	for _, at := range []struct {
		width int
		dark  bool
		rules string
	}{{390, false, allRules}, {390, true, onlyColors}, {1280, true, onlyColors}, {1280, false, allRules}} {
		w.Look(Look{Width: at.width, Dark: at.dark, Script: look.Script})
		for _, v := range w.axe(axe, at.rules) {
			w.t.Errorf("%s at %d px, dark %t: %v", where, at.width, at.dark, v)
		}
	}
	w.Look(Look{Width: 320, Script: look.Script})
	if wide := evaluate[[]string](w, sideways); len(wide) > 0 {
		w.t.Errorf("%s scrolls sideways at 320 px because of\n\t%s", where, strings.Join(wide, "\n\t"))
	}
	w.Look(look)
}

// sideways names what makes the page wider than the window; nothing where it is not.
const sideways = `() => {
	const root = document.documentElement;
	if (root.scrollWidth <= root.clientWidth && document.body.scrollWidth <= root.clientWidth) return [];
	const wide = [...document.querySelectorAll("body *")].filter((n) => n.getBoundingClientRect().right > root.clientWidth + 1);
	return ["width " + root.scrollWidth].concat(wide.slice(0, 5).map((n) => n.outerHTML.slice(0, 160)));
}`

// mayKeep are the cookies that there may be: the sign-in and the choices of this device.
var mayKeep = []string{"__Host-sign-in", "sign-in", "prefs"}

// kept sees that the site left nothing in the browser but its cookies.
func (w *Window) kept() {
	w.t.Helper()
	left := evaluate[[]string](w, `async () => {
		if (location.protocol === "about:") return [];
		const found = Object.keys(localStorage).concat(Object.keys(sessionStorage));
		if (indexedDB.databases) found.push(...(await indexedDB.databases()).map((d) => d.name));
		if (window.caches) found.push(...await caches.keys());
		if (navigator.serviceWorker) found.push(...(await navigator.serviceWorker.getRegistrations()).map((r) => r.scope));
		return found;
	}`)
	if len(left) > 0 {
		w.t.Errorf("%s left in the browser: %q", w.where(), left)
	}
	for _, cookie := range w.Cookies() {
		if !slices.Contains(mayKeep, cookie.Name) {
			w.t.Errorf("%s set the cookie %q", w.where(), cookie.Name)
		}
	}
}

// Cookies are those of the site.
func (w *Window) Cookies() []*network.Cookie {
	w.t.Helper()
	got, err := chromedp.Call(w.ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{w.base}})
	w.must(err)
	return got.Cookies
}

// SetCookie has the window hold a cookie of the site.
func (w *Window) SetCookie(name, value string) *Window {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, network.SetCookie, network.SetCookieParams{Name: name, Value: value, URL: w.base})
	w.must(err)
	return w
}

// Links are the paths of the site that the page links to.
func (w *Window) Links() []string {
	w.t.Helper()
	return evaluate[[]string](w, `() => [...new Set([...document.querySelectorAll("a[href]")].map((n) => new URL(n.href))
		.filter((u) => u.origin === location.origin).map((u) => u.pathname + u.search))]`)
}

// Picture is a picture of what is in view, as PNG.
func (w *Window) Picture() []byte {
	w.t.Helper()
	picture, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	w.must(err)
	return picture
}

// Kind tells pages apart that a person would: its path, its heading and whether it says that something is wrong.
func (w *Window) Kind() string {
	w.t.Helper()
	return evaluate[string](w, `() => location.pathname + " " + document.title + " " + (document.querySelector("h1") || {}).innerText`)
}

// TrustAll has the window take any certificate.
func (w *Window) TrustAll() {
	w.t.Helper()
	_, err := chromedp.Call(w.ctx, security.SetIgnoreCertificateErrors, security.SetIgnoreCertificateErrorsParams{Ignore: true})
	w.must(err)
}

// Back goes back, as the button of the browser does.
func (w *Window) Back() *Window {
	w.t.Helper()
	w.must(chromedp.Do(w.ctx, chromedp.NavigateBack()))
	return w
}
