package ui_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"attune/internal/web/ui"
)

// policy is the content policy of every page (security S-41).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'"

// site is a small site to try the script on. It remembers what was posted to it.
type site struct {
	*httptest.Server
	mu     sync.Mutex
	posts  []post
	broken bool // answers posts with 503
}

type post struct {
	path string
	form url.Values
}

func (s *site) posted(path string) []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	var forms []url.Values
	for _, p := range s.posts {
		if p.path == path {
			forms = append(forms, p.form)
		}
	}
	return forms
}

func (s *site) breakDown(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = broken
}

// answer keeps a post and answers as the program would: 204 to the script's own
// paths, 303 to forms.
func (s *site) answer(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	s.mu.Lock()
	s.posts = append(s.posts, post{r.URL.Path, r.PostForm})
	broken := s.broken
	s.mu.Unlock()
	switch {
	case broken:
		w.WriteHeader(http.StatusServiceUnavailable)
	case r.URL.Path == "/stay" || r.URL.Path == "/draft":
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Redirect(w, r, "/neutral", http.StatusSeeOther)
	}
}

func newSite(t *testing.T) *site {
	t.Helper()
	pages := fstest.MapFS{"page.html": {Data: []byte(`{{define "title"}}Check-in{{end}}{{define "main"}}
		<h1>With {{name .Prefs "Imani Okafor"}}</h1>
		<form method="post" action="/note" data-autosave="/draft">{{idempotency}}<input type="hidden" name="draft" value="7">
		  <input id="one" name="one"><input id="two" name="two">{{template "autosave-status"}}</form>
		<form method="post" action="/send" data-keep>{{idempotency}}{{template "scale" .View.Scale}}
		  <div id="help" role="alert" data-revealed>Call 988</div>{{template "keep-status"}}<button id="send">Send</button></form>{{end}}`)}}
	page := ui.Parse(pages, ui.Client, "page.html")
	s := &site{}
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", ui.Assets())
	mux.HandleFunc("GET /neutral", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<title>Weather</title><p id=weather>Sunny"))
	})
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		idle, _ := time.ParseDuration(r.URL.Query().Get("idle"))
		f := frame()
		f.Practice.LeaveURL, f.Idle = "/neutral", idle
		err := ui.Render(w, r, page, http.StatusOK, f, map[string]any{"Scale": ui.Scale{Name: "safe", Legend: "It felt safe",
			Answers: []ui.Option{{Value: "1", Label: "Not at all", Reveals: "help"}, {Value: "5", Label: "Fully"}}}})
		if err != nil {
			t.Error(err)
		}
	})
	mux.HandleFunc("POST /", s.answer)
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// newBrowser is a fresh Chromium. A page that breaks the content policy or throws
// fails the test.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("no Chromium: install the Debian package chromium")
		}
		t.Skip("no Chromium: install the Debian package chromium to try the script")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(ctx)
	t.Cleanup(closeTab)
	run(t, ctx) // starts the browser, which must outlive the limit below
	go func() {
		for message, err := range chromedp.Console(ctx) {
			if err == nil && (message.IsException() || strings.Contains(message.String(), "Content Security Policy")) {
				t.Errorf("the page complains: %v", message)
			}
		}
	}()
	limited, end := context.WithTimeout(ctx, time.Minute) // another variable: the goroutine above still reads the first
	t.Cleanup(end)
	return limited
}

func run(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if holds() {
			return
		}
	}
	t.Fatalf("%s did not happen within 20 s", what)
}

func text(t *testing.T, ctx context.Context, selector string) string {
	t.Helper()
	return value[string](t, ctx, "document.querySelector('"+selector+"').textContent")
}

func value[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	found, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestLeaveQuickly(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		by   chromedp.Action[chromedp.Void]
	}{
		{"button", chromedp.Click(chromedp.CSS("[data-leave]"))},
		{"shift three times", chromedp.KeyEvent(kb.Shift + kb.Shift + kb.Shift)},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, ctx := newSite(t), newBrowser(t)
			run(t, ctx, chromedp.Navigate(s.URL+"/page"), chromedp.WaitReady(chromedp.CSS("#one")), test.by, chromedp.WaitReady(chromedp.CSS("#weather")))
			eventually(t, "ending the sign-in", func() bool { return len(s.posted("/leave")) == 1 })
			if got := value[int](t, ctx, "history.length"); got > 2 {
				t.Errorf("history has %d entries, want the page's own replaced", got)
			}
			if key := s.posted("/leave")[0].Get("idempotency"); len(key) != 26 {
				t.Errorf("idempotency key %q, want 26 characters", key)
			}
		})
	}
}

func TestPreferencesAreOneCookie(t *testing.T) {
	t.Parallel()
	s, ctx := newSite(t), newBrowser(t)
	run(t, ctx, chromedp.Navigate(s.URL+"/page"), chromedp.WaitReady(chromedp.CSS("#one")), chromedp.Click(chromedp.CSS(".menu summary")),
		chromedp.Click(chromedp.CSS("[data-theme-set=dark]")), chromedp.Click(chromedp.CSS("[data-discreet]")))
	if got := value[string](t, ctx, "document.cookie"); got != "prefs=theme.dark-discreet.on" {
		t.Errorf("cookie is %q", got)
	}
	if got := text(t, ctx, "h1"); got != "With IO" {
		t.Errorf("heading is %q, want initials", got)
	}
	run(t, ctx, chromedp.Reload(), chromedp.WaitReady(chromedp.CSS("#one")))
	if got := value[string](t, ctx, "document.documentElement.outerHTML"); strings.Contains(got, "Okafor") {
		t.Error("the server sent a name to a page in discreet mode")
	}
	if got := value[string](t, ctx, "document.title"); got != "Notes" {
		t.Errorf("title is %q, want Notes", got)
	}
}

func TestAutosave(t *testing.T) {
	t.Parallel()
	s, ctx := newSite(t), newBrowser(t)
	s.breakDown(true)
	run(t, ctx, chromedp.Navigate(s.URL+"/page"), chromedp.SendKeys(chromedp.CSS("#two"), "We spoke"))
	eventually(t, "telling that it is not saved", func() bool {
		return strings.HasPrefix(text(t, ctx, "[data-autosave-status]"), "Not saved since ")
	})
	s.breakDown(false)
	eventually(t, "saving", func() bool { return strings.HasPrefix(text(t, ctx, "[data-autosave-status]"), "Saved ") })
	drafts := s.posted("/draft")
	last := drafts[len(drafts)-1]
	if last.Get("two") != "We spoke" || last.Get("draft") != "7" || last.Has("one") {
		t.Errorf("saved %v, want field two and the hidden draft only", last)
	}
	if last.Get("idempotency") == drafts[0].Get("idempotency") || len(last.Get("idempotency")) != 26 {
		t.Errorf("keys %q and %q, want a fresh one for each save", drafts[0].Get("idempotency"), last.Get("idempotency"))
	}
}

func TestKeepSendsUntilAnswered(t *testing.T) {
	t.Parallel()
	s, ctx := newSite(t), newBrowser(t)
	s.breakDown(true)
	run(t, ctx, chromedp.Navigate(s.URL+"/page"), chromedp.WaitReady(chromedp.CSS("#one")))
	if hidden := value[bool](t, ctx, "document.querySelector('#help').hidden"); !hidden {
		t.Error("help is shown before an answer calls for it")
	}
	run(t, ctx, chromedp.Click(chromedp.CSS("#safe")))
	if hidden := value[bool](t, ctx, "document.querySelector('#help').hidden"); hidden {
		t.Error("help is not shown at once")
	}
	run(t, ctx, chromedp.Click(chromedp.CSS("#send")))
	eventually(t, "telling that it did not send", func() bool {
		return strings.HasPrefix(text(t, ctx, "[data-keep-status]"), "It didn’t send. Your answers are still here.")
	})
	s.breakDown(false)
	run(t, ctx, chromedp.WaitReady(chromedp.CSS("#weather")))
	sent := s.posted("/send")
	for _, form := range sent {
		if form.Get("safe") != "1" || form.Get("idempotency") != sent[0].Get("idempotency") {
			t.Errorf("sent %v, want the same answer under the same key as %v", form, sent[0])
		}
	}
}

func TestIdleWarning(t *testing.T) {
	t.Parallel()
	s, ctx := newSite(t), newBrowser(t)
	run(t, ctx, chromedp.Navigate(s.URL+"/page?idle=121s"), chromedp.WaitVisible(chromedp.CSS("#idle")))
	if got := text(t, ctx, "#idle p"); !strings.HasPrefix(got, "You’ll be signed out at ") {
		t.Errorf("warning is %q", got)
	}
	run(t, ctx, chromedp.KeyEvent("x"), chromedp.WaitNotVisible(chromedp.CSS("#idle")))
	if got := len(s.posted("/stay")); got != 1 {
		t.Errorf("asked to stay %d times, want once", got)
	}
}
