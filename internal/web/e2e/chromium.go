// Package e2e drives the running program in a real Chromium, as people do: with a mouse, a keyboard and their eyes.
package e2e

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// T is what the windows tell when something is not as it should be; testing.TB has it.
type T interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Chromium is one browser program, in which many people may have windows.
type Chromium struct {
	ctx  context.Context
	stop []context.CancelFunc
}

// Start starts Chromium without a screen, under a profile that is thrown away.
func Start() (*Chromium, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-US"))
	alloc, stopProgram := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopTab := chromedp.NewContext(alloc, chromedp.WithErrorf(func(string, ...any) {})) // newer events than it knows
	c := &Chromium{ctx, []context.CancelFunc{stopTab, stopProgram}}
	if err := chromedp.Do(ctx); err != nil { // the program lives as long as the context of the first action
		c.Stop()
		return nil, err
	}
	return c, nil
}

// Stop ends the program.
func (c *Chromium) Stop() {
	for _, stop := range c.stop {
		stop()
	}
}

// Installed reports whether there is a Chromium to start.
func Installed() bool {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if _, err := exec.LookPath(name); err == nil {
			return true
		}
	}
	return false
}

// Need skips the test for want of a program or file, except where a pass must mean that it ran.
func Need(t testing.TB, there bool, what string) {
	t.Helper()
	if there {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("%s is missing: run scripts/tools", what)
	}
	t.Skipf("SKIPPED, NOT TESTED: %s is missing: run scripts/tools", what)
}

// Look is what a window looks like, and to whom.
type Look struct {
	Width  int // CSS pixels; 0 means 1280
	Dark   bool
	Script bool // scripts run
}

// Window is a page before one person, in a profile of its own: nobody else's cookies are in it.
type Window struct {
	t    T
	ctx  context.Context
	base string // of the site, without a slash at its end
	look Look
	log  *watch
	// opened says that a page was asked for.
	opened bool
	// After is called for every page that was opened, when it stands.
	After func(w *Window)
}

// waitFor is how long a window waits for what should come soon.
const waitFor = 20 * time.Second

// Window opens a window on the site at base. Close it when it is no longer needed.
func (c *Chromium) Window(t T, base string, look Look) *Window {
	t.Helper()
	ctx, stop := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	w := &Window{t: t, ctx: ctx, base: base, log: &watch{base: base, stop: stop}}
	w.must(chromedp.Do(ctx))
	w.must(chromedp.Listen(ctx, w.log.see))
	_, err := chromedp.Call(ctx, network.Enable, network.EnableParams{})
	w.must(err)
	w.Look(look)
	return w
}

func (w *Window) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("the window at %s: %v", w.where(), err)
	}
}

func (w *Window) where() string {
	at, err := chromedp.Run(w.ctx, chromedp.Location())
	if err != nil {
		return "no address"
	}
	return strings.TrimPrefix(at, w.base)
}

// Look changes how the window looks. Script counts from the next page on.
func (w *Window) Look(look Look) {
	w.t.Helper()
	if look.Width == 0 {
		look.Width = 1280
	}
	w.look = look
	height := int64(900)
	if look.Width < 600 {
		height = 844
	}
	_, err := chromedp.Call(w.ctx, emulation.SetDeviceMetricsOverride,
		emulation.SetDeviceMetricsOverrideParams{Width: int64(look.Width), Height: height, DeviceScaleFactor: 1})
	w.must(err)
	scheme := "light"
	if look.Dark {
		scheme = "dark"
	}
	_, err = chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
	w.must(err)
	_, err = chromedp.Call(w.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !look.Script})
	w.must(err)
}

// evaluate runs script in the page, whether or not its own scripts run, and waits for what it promises.
func evaluate[V any](w *Window, script string, args ...any) V {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, waitFor)
	defer cancel()
	quoted := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		w.must(err)
		quoted[i] = string(text)
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte]("("+script+")("+strings.Join(quoted, ",")+")", chromedp.EvalAwaitPromise))
	w.must(err)
	var value V
	if len(text) > 0 {
		w.must(json.Unmarshal(text, &value))
	}
	return value
}
