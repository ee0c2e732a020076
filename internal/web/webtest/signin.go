package webtest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/intake"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// Password is the password of everyone whom Member lets in by the pages, and of everyone in a cast.
const Password = "quiet lamp under seven rivers"

// Member is someone who has set up their sign-in through the pages.
type Member struct {
	Staff  practice.Staff
	Secret string   // of the codes from their app
	Codes  []string // recovery codes
	used   time.Time
}

// Code is what their app shows next: a code that was not used yet. The clock moves on where it has to.
func (h *House) Code(m *Member) string {
	h.t.Helper()
	if step := 30 * time.Second; !h.Clock.Now().Truncate(step).After(m.used) {
		h.Clock.Set(m.used.Add(step))
	}
	m.used = h.Clock.Now().Truncate(30 * time.Second)
	code, err := totp.GenerateCode(m.Secret, h.Clock.Now())
	h.must(err)
	return code
}

// Member adds someone on the staff, whom the program invites and who sets up password and codes through the pages. The
// browser is the one in which they did so: they are signed in.
func (h *House) Member(id practice.StaffID, name string, roles ...access.Role) (*Member, *Browser) {
	h.t.Helper()
	m := &Member{Staff: h.Staff(id, name, roles...)}
	var token auth.Token
	h.must(h.DB.InTx(h.Context(), func(tx *db.DB) (err error) {
		token, err = auth.Invite(h.Context(), tx, access.OfProgram("house"), auth.Person{ID: string(id), Kind: auth.Staff, Email: m.Staff.Email})
		return err
	}))
	b := h.Browser()
	path := "/welcome/" + token.Text()
	b.Send(b.Get(path), path, "password", Password)
	begun := b.Send(b.Get("/sign-in"), "/sign-in", "email", m.Staff.Email, "password", Password)
	asked := b.Send(begun, "/sign-in/next/codes/begin")
	m.Secret = strings.ReplaceAll(asked.Words("form code"), " ", "")
	shown := b.Send(asked, "/sign-in/next/codes", "code", h.Code(m))
	for _, n := range shown.Find("ol code") {
		m.Codes = append(m.Codes, text(n))
	}
	if len(m.Codes) == 0 {
		h.t.Fatalf("%s has no recovery codes after setting up the second step: %d %s", id, shown.Status, shown.Words("main"))
	}
	return m, b
}

// Enter signs a member in by password and code, through the pages, in a new browser.
func (h *House) Enter(m *Member) *Browser {
	h.t.Helper()
	b := h.Browser()
	next := b.Send(b.Get("/sign-in"), "/sign-in", "email", m.Staff.Email, "password", Password)
	if end := b.Send(next, "/sign-in/next", "code", h.Code(m)); end.Has(`form[action="/sign-in/next"]`) {
		h.t.Fatalf("%s is not signed in: %d %s", m.Staff.ID, end.Status, end.Words("main"))
	}
	return b
}

// Client adds a client, for whom mail is safe and who may sign in by link.
func (h *House) Client(id practice.ClientID, name string) practice.Client {
	h.t.Helper()
	c := practice.Client{ID: id, KeyID: seal.OwnerID("key-" + id), About: practice.About{Name: name, Email: string(id) + "@mail.example",
		Contact: practice.SafeContact{Mail: true, Call: true}}}
	h.must(h.DB.InTx(h.Context(), func(tx *db.DB) error {
		if _, err := seal.NewOwner(h.Context(), tx, seal.Person, c.KeyID); err != nil {
			return err
		}
		if err := practice.AddClient(h.Context(), tx, access.OfProgram("house"), c); err != nil {
			return err
		}
		_, err := auth.Invite(h.Context(), tx, access.OfProgram("house"), auth.Person{ID: string(id), Kind: auth.Client, Email: c.Email})
		return err
	}))
	return c
}

// EnterByLink signs a client in by a link that they ask for and get by mail, through the pages.
func (h *House) EnterByLink(c practice.Client) *Browser {
	h.t.Helper()
	b := h.Browser()
	b.Send(b.Get("/sign-in/link"), "/sign-in/link", "email", c.Email)
	_, path, found := strings.Cut(h.Mail()[c.Email], "/enter/")
	if !found {
		h.t.Fatalf("no link to sign in came to %s", c.Email)
	}
	path, _, _ = strings.Cut(path, "\n")
	b.Send(b.Get("/enter/"+path), "/enter/"+path)
	return b
}

// Mail does the jobs that are due and returns the letters that left, by the address that each went to. Where several
// went to one address they stand below each other.
func (h *House) Mail() map[string]string {
	h.t.Helper()
	dir := h.t.TempDir()
	sink, err := mail.OpenSink(dir)
	h.must(err)
	post := letter.Post{Sender: sink, Base: func(string) string { return h.URL }, Host: "house.example"}
	w := &job.Worker{DB: h.All, Do: map[job.Kind]job.Func{letter.Job: post.Deliver},
		DoTx: map[job.Kind]job.Func{letter.AskJob: letter.Answer(auth.NewGuard(1)),
			schedule.CheckInJob: intake.SendCheckIns, schedule.ReminderJob: intake.Remind}}
	for {
		n, err := w.RunDue(context.WithoutCancel(h.Context()))
		h.must(err)
		if n == 0 {
			break
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.eml"))
	h.must(err)
	slices.Sort(files)
	letters := map[string]string{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		h.must(err)
		words := strings.NewReplacer("=\r\n", "", "\r\n", "\n").Replace(string(raw))
		_, to, _ := strings.Cut(words, "\nTo: ")
		to, _, _ = strings.Cut(to, "\n")
		letters[strings.Trim(to, "<>")] += words
	}
	return letters
}
