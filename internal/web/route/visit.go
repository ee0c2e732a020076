package route

import (
	"bytes"
	"crypto/hmac"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/seal"
	"attune/internal/web/ui"
)

// Visit is one request at the door: who asks, in which practice, with what.
type Visit struct {
	*http.Request
	ID string // the request's id, which errors and logs carry
	// DB is narrowed to the practice. Where the route changes something, it is
	// the transaction of the deed: what the handler's verb did is kept together
	// with the answer to the form's idempotency key, or not at all.
	DB       *db.DB
	By       access.Actor
	Practice practice.Practice
	Form     Form          // the form, or the query of a GET
	Faults   []fault.Fault // what was wrong with the form, for Route.Faulty
	Route    *Route
	House    *House
	Cookies  []*http.Cookie // to be set with the answer
	// Address is where the request came from, for budgets; never logged whole.
	Address string
	Token   string // the link's token in the path, for pages behind a link
}

// House is what doors know of the running program.
type House struct {
	Secure bool // cookies and links are for TLS
	// BaseURL is the address that links in mail begin with, given the request's host.
	BaseURL func(host string) string
	// Wake tells the worker that a job was enqueued.
	Wake func()
	// Guard keeps the budgets, and bounds how many passwords are hashed at once.
	Guard *auth.Guard
}

// See sends the person on to another page of this site: what they did is kept.
func (v *Visit) See(w http.ResponseWriter, path string) error {
	http.Redirect(w, v.Request, path, http.StatusSeeOther)
	return nil
}

// Said is what the last deed said it did, as a code that the page turns into a sentence.
func (v *Visit) Said() string {
	if v.Mutates() {
		return ""
	}
	return v.Form.Text("said")
}

// Mutates reports whether the visit's route changes something.
func (v *Visit) Mutates() bool { return v.Route.Mutates() }

// Page renders a page of this visit: with status 422, 409 or 429 where it has faults, else 200.
func (v *Visit) Page(w http.ResponseWriter, p *ui.Page, f ui.Frame, view any) error {
	status := http.StatusOK
	for _, found := range v.Faults {
		switch {
		case found.Kind == fault.KindConflict:
			status = http.StatusConflict
		case found.Kind == fault.KindTooMany:
			status = http.StatusTooManyRequests
		case status == http.StatusOK:
			status = http.StatusUnprocessableEntity
		}
	}
	return ui.Render(w, v.Request, p, status, f, view)
}

// Frame is what every page's shell needs to know; doors add their navigation.
func (v *Visit) Frame() ui.Frame {
	p := v.Practice
	return ui.Frame{
		Practice: ui.Practice{Name: p.Name, ShortName: p.ShortName, Phone: p.Phone, PhoneLink: p.PhoneLink(),
			LeaveURL: p.LeaveURL, Email: p.Email, Address: strings.Split(p.Address, "\n")},
		Demo:     p.Demo,
		SignedIn: v.By.SignInID != "",
		Idle:     auth.Idle,
		Flash:    said[v.Said()],
		Zone:     p.Location(),
	}
}

// said are the sentences that a page may say after a deed, by the code in its address.
var said = map[string]string{
	"saved":     "Saved.",
	"sent":      "Sent.",
	"signed":    "Signed.",
	"booked":    "Booked.",
	"moved":     "The time was changed.",
	"cancelled": "The time was canceled.",
	"marked":    "Marked.",
	"undone":    "Taken back.",
	"invited":   "The invitation is on its way.",
	"disabled":  "They can no longer sign in.",
	"enabled":   "They can sign in again.",
	"published": "Published.",
	"removed":   "Removed.",
	"held":      "Thank you. A person reads every reply before it appears.",
	"offered":   "The times are held and the message is on its way.",
	"call":      "Kept. There is no email address, so please call them.",
	"referred":  "The message is on its way.",
	"waiting":   "On the wait list.",
	"closed":    "Closed.",
	"imported":  "They are all here now.",
	"ended":     "The course has ended.",
	"signedout": "You are signed out.",
	"password":  "Your password was changed.",
	"factor":    "Your second step is set up.",
	"passkey":   "Your passkey is set up.",
	"thanks":    "Thank you.",
	"answered":  "Thank you. Your answers are kept.",
	"added":     "Added.",
	"ready":     "Ready.",
	"elsewhere": "That device is signed out.",
	"address":   "You sign in with the new address from now on.",
	"proposed":  "It waits for a second person.",
	"again":     "It is being tried again.",
	"test":      "A test is on its way to you.",
	"vouched":   "Your word is kept.",
}

// Once runs deed in one transaction and keeps, under the form's idempotency key,
// where its answer sent the person. The same form sent again is answered the
// same and does nothing; the same key with other content is refused.
func (v *Visit) Once(w http.ResponseWriter, deed func(tx *db.DB, w http.ResponseWriter) error) error {
	key := v.Form.Text(IdempotencyField)
	if key == "" {
		return fault.Invalid("", "This form is missing a part. Please load the page again.")
	}
	var answer *Answer
	err := v.DB.InTx(v.Context(), func(tx *db.DB) error {
		answer = NewAnswer()
		done, err := v.before(tx, key, answer)
		if err != nil || done {
			return err
		}
		if err := deed(tx, answer); err != nil {
			return err
		}
		if answer.Status >= 400 {
			return errRefused
		}
		return v.keep(tx, key, answer)
	})
	if err != nil && !errors.Is(err, errRefused) {
		return err
	}
	answer.Send(w)
	return nil
}

// errRefused undoes a deed whose page says that it did not happen.
var errRefused = errors.New("refused with a page")

// before answers a form that was sent before.
func (v *Visit) before(tx *db.DB, key string, w *Answer) (done bool, err error) {
	var body []byte
	var route, location, person string
	err = tx.Row(v.Context(), `
		SELECT person_id, route, body, location FROM idempotency WHERE practice_id = $1 AND key = $2`,
		v.By.PracticeID, key).Scan(&person, &route, &body, &location)
	if errors.Is(err, db.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look up idempotency key: %w", err)
	}
	digest, err := v.digest(tx)
	if err != nil {
		return false, err
	}
	if person != v.principal() || route != v.Route.Name || !hmac.Equal(body, digest) {
		return false, fault.Invalid("", "This form was sent before with other answers. Please load the page again.")
	}
	http.Redirect(w, v.Request, strings.ReplaceAll(location, tokenMark, v.Token), http.StatusSeeOther)
	return true, nil
}

// tokenMark stands for the link's token in a location that is kept: the token itself would open the link.
const tokenMark = "{token}"

func (v *Visit) keep(tx *db.DB, key string, w *Answer) error {
	digest, err := v.digest(tx)
	if err != nil {
		return err
	}
	location := w.Header().Get("Location")
	if v.Token != "" {
		location = strings.ReplaceAll(location, v.Token, tokenMark)
	}
	_, err = tx.Exec(v.Context(), `
		INSERT INTO idempotency (practice_id, key, person_id, route, body, status, location, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		v.By.PracticeID, key, v.principal(), v.Route.Name, digest, w.Status, location, tx.Now())
	if err != nil {
		return fmt.Errorf("keep idempotency key: %w", err)
	}
	return nil
}

// principal is who an idempotency key belongs to: a person, or a link.
func (v *Visit) principal() string {
	if v.By.Link != nil {
		return "link " + v.By.Link.ID
	}
	return v.By.ID
}

// digest tells forms from each other. It is keyed: a form may hold a password or an address, and whoever has only the
// database must not be able to try some against it.
func (v *Visit) digest(tx *db.DB) ([]byte, error) {
	values := url.Values{}
	for name, sent := range v.Form.values {
		if name != IdempotencyField {
			values[name] = sent
		}
	}
	return seal.Blind(v.Context(), tx, "form sent", v.URL.Path+"\n"+values.Encode())
}

// Answer is an answer that has not been sent: it is kept until the deed is.
type Answer struct {
	Status int
	header http.Header
	body   bytes.Buffer
}

// NewAnswer is an empty answer.
func NewAnswer() *Answer { return &Answer{header: http.Header{}} }

// Header is the answer's header.
func (a *Answer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *Answer) WriteHeader(status int) {
	if a.Status == 0 {
		a.Status = status
	}
}

// Write keeps a part of the body.
func (a *Answer) Write(p []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(p)
}

// Body is what was written.
func (a *Answer) Body() []byte { return a.body.Bytes() }

// Send sends what was kept. Its headers stand in place of those of the same name, but for cookies and Vary, which add up.
func (a *Answer) Send(w http.ResponseWriter) {
	for name, values := range a.header {
		if name != "Set-Cookie" && name != "Vary" {
			w.Header().Del(name)
		}
		for _, value := range values {
			w.Header().Add(name, value)
		}
	}
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.body.Bytes()) // the reader has gone: the deed is kept all the same
}
