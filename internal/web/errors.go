package web

import (
	"embed"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

//go:embed error.html crisis.html
var pages embed.FS

var errorPage = ui.Parse(pages, ui.Client, "error.html")

// errorView is what an error page says. It never says more than a person may know.
type errorView struct {
	Title, Sentence string
	RequestID       string // only for faults of ours
	Confirm         string // where to prove anew who one is
}

// refuse turns an error into an answer: the one place where that happens.
func (d *door) refuse(w http.ResponseWriter, v *route.Visit, err error) {
	switch {
	case errors.Is(err, errSignIn):
		d.toSignIn(w, v, "/sign-in")
		return
	case errors.Is(err, errStage):
		d.toSignIn(w, v, "/sign-in/next")
		return
	}
	status, view := http.StatusInternalServerError, errorView{
		Title:     "This didn't work",
		Sentence:  "Something went wrong on our side. If you were sending something, send it again: it is kept once at most.",
		RequestID: v.ID,
	}
	found, ok := fault.Of(err)
	if !ok {
		if invalid := fault.Invalids(err); len(invalid) > 0 {
			found, ok = invalid[0], true
		}
	}
	if ok {
		status, view = d.answerTo(w, v, found)
	} else {
		d.Log.Error("failed", "request", v.ID, "route", v.Route.Name, "error", err)
		if errors.Is(err, db.ErrUnknownOutcome) {
			status = http.StatusServiceUnavailable
			w.Header().Set("Retry-After", "5")
		}
	}
	if v.DB == nil && status == http.StatusNotFound { // nobody's host
		d.plain(w, v.Request, status)
		return
	}
	if err := ui.Render(w, placeless(v.Request), errorPage, status, d.errorFrame(v), view); err != nil {
		d.Log.Error("render error page", "request", v.ID, "error", err)
		http.Error(w, http.StatusText(status), status)
	}
}

// errorFrame is the shell of an error page. It is the same for everyone, signed in or not.
func (d *door) errorFrame(v *route.Visit) ui.Frame {
	if v.DB == nil {
		return ui.Frame{NoIndex: true, Practice: ui.Practice{ShortName: "Home", LeaveURL: d.refuge.of(v.Host).leave}}
	}
	frame := v.Frame()
	frame.SignedIn, frame.Idle, frame.Flash = false, 0, ""
	return frame
}

// placeless is the request without its path, so that the page for what is not there does not say what was asked for.
func placeless(r *http.Request) *http.Request {
	bare := *r
	bare.URL = &url.URL{Path: "/"}
	return &bare
}

func (d *door) answerTo(w http.ResponseWriter, v *route.Visit, found fault.Fault) (int, errorView) {
	switch found.Kind {
	case fault.KindInvalid:
		return http.StatusUnprocessableEntity, errorView{Title: "Please check what you sent", Sentence: found.Sentence}
	case fault.KindConflict:
		return http.StatusConflict, errorView{Title: "Someone was there first", Sentence: found.Sentence}
	case fault.KindForbidden:
		return http.StatusForbidden, errorView{Title: "This is not open to you", Sentence: found.Sentence}
	case fault.KindTooMany:
		w.Header().Set("Retry-After", "60")
		return http.StatusTooManyRequests, errorView{Title: "Please wait a little", Sentence: found.Sentence}
	case fault.KindStepUp:
		back := ""
		if v.Method == http.MethodGet {
			back = "?next=" + url.QueryEscape(v.URL.Path)
		}
		w.Header().Set("Location", "/account/confirm"+back)
		return http.StatusForbidden, errorView{Title: "Please confirm that it is you",
			Sentence: "This page needs a fresh sign-in.", Confirm: "/account/confirm" + back}
	}
	return http.StatusNotFound, errorView{Title: "There is no such page",
		Sentence: "The address may be mistyped, or what it led to may have ended. Links in messages stop working after a while: call us and we send a new one."}
}

func (d *door) toSignIn(w http.ResponseWriter, v *route.Visit, path string) {
	if v.Method == http.MethodGet {
		path += "?next=" + url.QueryEscape(v.URL.Path)
	}
	http.Redirect(w, v.Request, path, http.StatusSeeOther)
}

// noted keeps in the audit log that someone asked for what is not theirs, or is
// not there: the two look alike from outside, and here too. A refusal that cannot
// be recorded is a fault of ours.
func (d *door) noted(v *route.Visit, err error) error {
	found, ok := fault.Of(err)
	if !ok || found.Kind != fault.KindNotFound || v.By.SignInID == "" && v.By.Link == nil {
		return err
	}
	subject := audit.Subject{Right: v.Route.Right, Type: "route", ID: v.Route.Name}
	failed := v.DB.InTx(v.Context(), func(tx *db.DB) error { return audit.Record(v.Context(), tx, v.By, audit.Refused, subject) })
	if failed != nil {
		return fmt.Errorf("record a refusal: %w", failed)
	}
	return err
}

// plain answers without a page, where there is no practice to show one for.
func (d *door) plain(w http.ResponseWriter, _ *http.Request, status int) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = fmt.Fprintln(w, http.StatusText(status)) // the reader has gone
}
