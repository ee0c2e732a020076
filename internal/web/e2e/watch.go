package e2e

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
)

// watch notes what a window asks for and complains of.
type watch struct {
	base  string
	stop  func()
	mu    sync.Mutex
	found []string
	may   []string
	seen  int // requests
}

// see is told of every event of the window.
func (l *watch) see(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		l.request(e.Request.URL)
	case *runtime.EventExceptionThrown:
		l.note("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		var words []string
		for _, arg := range e.Args {
			words = append(words, string(arg.Value))
		}
		l.note("console.%s: %s", e.Type, strings.Join(words, " "))
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelInfo || e.Entry.Level == log.EntryLevelVerbose {
			return
		}
		l.note("%s %s: %s %s", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
	}
}

// request holds an address against the one host that pages may ask.
func (l *watch) request(address string) {
	l.mu.Lock()
	l.seen++
	l.mu.Unlock()
	at, err := url.Parse(address)
	switch {
	case err != nil:
		l.note("a request to what is no address: %q", address)
	case at.Scheme == "data":
	case !strings.HasPrefix(address, l.base+"/"):
		l.note("a request to another host: %s", address)
	}
}

func (l *watch) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.found = append(l.found, fmt.Sprintf(format, args...))
}

// complaints are what was noted and not expected, and how many requests there were.
func (l *watch) complaints() (found []string, requests int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, text := range l.found {
		if !slices.ContainsFunc(l.may, func(part string) bool { return strings.Contains(text, part) }) {
			found = append(found, text)
		}
	}
	return found, l.seen
}

// Expect says that complaints with these words in them are meant to come.
func (w *Window) Expect(words string) {
	w.log.mu.Lock()
	defer w.log.mu.Unlock()
	w.log.may = append(w.log.may, words)
}

// Close closes the window, and tells what it complained of, what it asked of others, and what it was left with.
func (w *Window) Close() {
	w.t.Helper()
	w.kept()
	found, requests := w.log.complaints()
	for _, text := range found {
		w.t.Errorf("the window complains: %s", text)
	}
	if requests == 0 && w.opened {
		w.t.Errorf("the window saw no request: its watch is blind")
	}
	w.log.stop()
}
