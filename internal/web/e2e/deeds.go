package e2e

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// Open goes to a path of the site, or to a whole address, and waits for the page.
func (w *Window) Open(path string) *Window {
	w.t.Helper()
	address := path
	if strings.HasPrefix(path, "/") {
		address = w.base + path
	}
	ctx, cancel := context.WithTimeout(w.ctx, waitFor)
	defer cancel()
	w.opened = true
	w.must(chromedp.Do(ctx, chromedp.Navigate(address)))
	w.arrived()
	return w
}

func (w *Window) arrived() {
	w.t.Helper()
	if w.After != nil {
		w.After(w)
	}
}

// place finds what can be pressed: a button, link, summary or label whose words are text, or begin with it, or hold it; or the one
// that a selector in [brackets] names. It scrolls there and gives the middle of it.
const place = `(text) => {
	const words = (n) => (n.innerText || n.textContent || "").replace(/\s+/g, " ").trim();
	const seen = (n) => { const r = n.getBoundingClientRect(); return r.width > 0 && r.height > 0 && getComputedStyle(n).visibility !== "hidden"; };
	let n;
	if (text.startsWith("[")) n = document.querySelector(text.slice(1, -1));
	else {
		const all = [...document.querySelectorAll("dialog[open] button, dialog[open] a, main button, main a, main summary, button, a, summary, label")].filter(seen);
		n = all.find((n) => words(n) === text) || all.find((n) => words(n).startsWith(text)) || all.find((n) => words(n).includes(text));
	}
	if (!n) return null;
	if (n.matches("input[type=radio], input[type=checkbox]")) n = n.closest("label") || (n.id && document.querySelector("label[for='" + CSS.escape(n.id) + "']")) || n;
	n.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
	const r = n.getClientRects()[0] || n.getBoundingClientRect();
	const x = r.left + r.width / 2, y = r.top + r.height / 2;
	const top = document.elementFromPoint(x, y);
	return { x, y, covered: !(top && (n.contains(top) || top.contains(n))) ? (top ? top.outerHTML.slice(0, 200) : "nothing") : "" };
}`

type spot struct {
	X, Y    float64
	Covered string
}

// Tap presses a thing and does not wait for a page. text is what stands on it, or its selector in [brackets].
func (w *Window) Tap(text string) {
	w.t.Helper()
	found := evaluate[*spot](w, place, text)
	if found == nil {
		w.t.Fatalf("%s has nothing to press that says %q:\n%s", w.where(), text, w.Text("body"))
	}
	if found.Covered != "" {
		w.t.Errorf("%s: %q is covered by %s", w.where(), text, found.Covered)
	}
	w.must(chromedp.Do(w.ctx, chromedp.MouseClickXY(found.X, found.Y)))
}

// Press presses a thing that leads to another page, and waits for it.
func (w *Window) Press(text string) *Window {
	w.t.Helper()
	w.leaving(func() { w.Tap(text) })
	return w
}

// Enter presses the Enter key, and waits for the page that comes of it.
func (w *Window) Enter() *Window {
	w.t.Helper()
	w.leaving(func() { w.must(chromedp.Do(w.ctx, chromedp.KeyEvent("\r"))) })
	return w
}

// leaving does something that brings another page, and waits until that stands.
func (w *Window) leaving(do func()) {
	w.t.Helper()
	evaluate[bool](w, `() => window.before = true`)
	do()
	w.Until("another page", `() => !window.before && document.readyState === "complete"`)
	w.arrived()
}

// Until waits until script gives true.
func (w *Window) Until(what, script string) {
	w.t.Helper()
	for end := time.Now().Add(waitFor); time.Now().Before(end); time.Sleep(15 * time.Millisecond) {
		ok, err := chromedp.Run(w.ctx, chromedp.Evaluate[bool]("("+script+")()"))
		if err == nil && ok { // between two pages there is nothing to ask
			return
		}
	}
	w.t.Fatalf("%s: waited in vain for %s:\n%s", w.where(), what, w.Text("body"))
}

// Fill types a value into the field of that name, in place of what is there.
func (w *Window) Fill(name, value string) *Window {
	w.t.Helper()
	kind := evaluate[string](w, `(name) => {
		const n = [...document.querySelectorAll("input, textarea, select")].find((n) => n.name === name || n.id === name);
		if (!n) return "";
		n.scrollIntoView({ block: "center" });
		n.focus();
		if (n.select) n.select();
		return n.tagName === "SELECT" ? "select" : n.type;
	}`, name)
	switch kind {
	case "":
		w.t.Fatalf("%s has no field %q:\n%s", w.where(), name, w.Text("main"))
	case "select", "date", "time", "datetime-local", "range", "number":
		evaluate[bool](w, `(name, value) => {
			const n = [...document.querySelectorAll("input, textarea, select")].find((n) => n.name === name || n.id === name);
			n.value = value;
			n.dispatchEvent(new Event("input", { bubbles: true }));
			n.dispatchEvent(new Event("change", { bubbles: true }));
			return n.value === value;
		}`, name, value)
	default:
		_, err := chromedp.Call(w.ctx, input.InsertText, input.InsertTextParams{Text: value})
		w.must(err)
	}
	return w
}

// Choose ticks the box or picks the answer of that name and value; an empty value means the first one.
func (w *Window) Choose(name, value string) *Window {
	w.t.Helper()
	script := `(name, value) => [...document.querySelectorAll("input")].find((n) => n.name === name && !n.disabled &&
		(n.type === "radio" || n.type === "checkbox") && (value === "" || n.value === value))`
	if !evaluate[bool](w, `(name, value) => { const n = (`+script+`)(name, value); if (n) n.dataset.e2e = "chosen"; return !!n; }`, name, value) {
		w.t.Fatalf("%s has nothing to choose for %q = %q:\n%s", w.where(), name, value, w.Text("main"))
	}
	w.Tap(`[input[data-e2e=chosen]]`)
	if !evaluate[bool](w, `() => { const n = document.querySelector("input[data-e2e=chosen]"); delete n.dataset.e2e; return n.checked; }`) {
		w.t.Errorf("%s: %q = %q was tapped and is not chosen", w.where(), name, value)
	}
	return w
}

// Attach puts a file into the file field of that name.
func (w *Window) Attach(name, path string) *Window {
	w.t.Helper()
	if _, err := os.Stat(path); err != nil {
		w.t.Fatalf("attach: %v", err)
	}
	page, err := chromedp.Call(w.ctx, dom.GetDocument, dom.GetDocumentParams{})
	w.must(err)
	field, err := chromedp.Call(w.ctx, dom.QuerySelector, dom.QuerySelectorParams{NodeID: page.Root.NodeID,
		Selector: `input[type=file][name="` + name + `"]`})
	w.must(err)
	_, err = chromedp.Call(w.ctx, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, NodeID: field.NodeID})
	w.must(err)
	return w
}

// Keys presses keys, one after the other.
func (w *Window) Keys(keys string) *Window {
	w.t.Helper()
	w.must(chromedp.Do(w.ctx, chromedp.KeyEvent(keys)))
	return w
}

// Text is the words of the first element that the selector names, with single spaces.
func (w *Window) Text(selector string) string {
	w.t.Helper()
	return evaluate[string](w, `(sel) => { const n = document.querySelector(sel); return n ? (n.innerText || "").replace(/\s+/g, " ").trim() : ""; }`, selector)
}

// Has reports whether the page has such an element.
func (w *Window) Has(selector string) bool {
	w.t.Helper()
	return evaluate[bool](w, `(sel) => !!document.querySelector(sel)`, selector)
}

// Path is where the window is, from the site's root, with the query.
func (w *Window) Path() string { return w.where() }

// Want fails the test where the page does not say all of the words.
func (w *Window) Want(words ...string) *Window {
	w.t.Helper()
	text := w.Text("body")
	for _, word := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			w.t.Fatalf("%s does not say %q:\n%s", w.where(), word, text)
		}
	}
	return w
}

// AnswerAll answers every question of the page that has answers to choose from, with the first of them, and returns how
// many that were.
func (w *Window) AnswerAll() int {
	w.t.Helper()
	names := evaluate[[]string](w, `() => [...new Set([...document.querySelectorAll("main input[type=radio]")].filter((n) => n.name && n.getClientRects().length).map((n) => n.name))]`)
	for _, name := range names {
		w.Choose(name, "")
	}
	return len(names)
}

// Scripts reports whether the window runs scripts.
func (w *Window) Scripts() bool { return w.look.Script }

// Shift presses the Shift key alone.
func (w *Window) Shift() *Window {
	w.t.Helper()
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
		_, err := chromedp.Call(w.ctx, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: kind, Key: "Shift", Code: "ShiftLeft", WindowsVirtualKeyCode: 16})
		w.must(err)
	}
	return w
}
