package letter_test

import (
	"io"
	"log"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-smtp"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
	"attune/internal/practice/texts"
	"attune/internal/seal"
)

// office is a mail server that keeps what it takes, or refuses every recipient.
type office struct {
	mu     sync.Mutex
	refuse *smtp.SMTPError
	taken  []string
}

func (o *office) NewSession(*smtp.Conn) (smtp.Session, error) { return &counter{o}, nil }

type counter struct{ *office }

func (c *counter) Mail(string, *smtp.MailOptions) error { return nil }

func (c *counter) Rcpt(string, *smtp.RcptOptions) error {
	if c.refuse != nil {
		return c.refuse
	}
	return nil
}

func (c *counter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = append(c.taken, strings.ReplaceAll(strings.ReplaceAll(string(text), "=\r\n", ""), "\r\n", "\n"))
	return err
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

// serve opens the office, and returns the setting by which a practice reaches it.
func (o *office) serve(t *testing.T) string {
	t.Helper()
	server := smtp.NewServer(o)
	server.Domain = "localhost"
	server.ErrorLog = log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() { _ = server.Serve(l) }) // it ends with the error that it was closed
	t.Cleanup(func() {
		_ = server.Close()
		_ = l.Close() // which the server does not know yet where it was too slow to begin
		running.Wait()
	})
	return "smtp://" + l.Addr().String() + "?tls=none"
}

// newOffice is a desk whose letters go to a mail server.
func newOffice(t *testing.T) (*desk, *office) {
	t.Helper()
	d, o := newDesk(t), &office{}
	sender, err := mail.Open(o.serve(t))
	if err != nil {
		t.Fatal(err)
	}
	post := letter.Post{Sender: sender, Base: func(host string) string { return "https://" + host }, Host: "north.example"}
	d.worker.Do[letter.Job] = post.Deliver
	return d, o
}

// write has a letter with a link to the forms sent to Rosa.
func (d *desk) write(change func(*letter.Letter)) {
	d.T.Helper()
	rosa, err := practice.OneClient(ctx, d.DB, d.By(practicetest.Cora), access.ReadAbout, practicetest.Rosa)
	if err != nil {
		d.T.Fatal(err)
	}
	l := letter.ToClient(rosa, texts.Forms)
	l.Task, l.Subject, l.Expires = access.TaskIntake, practicetest.Rosa, d.Clock.Now().AddDate(0, 0, 7)
	change(&l)
	d.Tx(func(tx *db.DB) error { return letter.Send(ctx, tx, l) })
}

func (d *desk) dead() []job.Job {
	d.T.Helper()
	dead, err := job.Dead(ctx, d.DB)
	if err != nil {
		d.T.Fatal(err)
	}
	return dead
}

func TestDeliver(t *testing.T) {
	d, o := newOffice(t)
	for _, change := range []func(*letter.Letter){
		func(*letter.Letter) {},
		func(l *letter.Letter) { l.FullName = true },
		func(l *letter.Letter) { l.To = "" },
	} {
		d.write(change)
		d.sent() // letters of one moment leave in any order
	}
	if len(o.taken) != 2 {
		t.Fatalf("the server took %d letters, want 2: one has no address", len(o.taken))
	}
	for i, sender := range []string{"North Street", "North Street Practice"} {
		text := o.taken[i]
		if got := header(text, "From"); got != `"`+sender+`" <hello@north.example>` {
			t.Errorf("got a letter from %s, want %s", got, sender)
		}
		if strings.Contains(text, "Rosa") {
			t.Errorf("the letter names its reader: %s", text)
		}
		_, token, _ := strings.Cut(text, "https://north.example/forms/")
		token, _, _ = strings.Cut(token, "\n")
		by, err := auth.OpenLink(ctx, d.DB, token)
		if err != nil || by.ID != practicetest.Rosa || by.Link.Task != access.TaskIntake {
			t.Errorf("its link is for %+v (%v), want Rosa's forms", by, err)
		}
	}
}

func header(text, name string) string {
	_, value, _ := strings.Cut("\n"+text, "\n"+name+": ")
	value, _, _ = strings.Cut(value, "\n")
	return value
}

// TestDeliverOfAPractice wants the practice's own server to be used where it has one.
func TestDeliverOfAPractice(t *testing.T) {
	d, programs := newOffice(t)
	own := &office{}
	p, err := practice.Read(ctx, d.DB)
	if err != nil {
		t.Fatal(err)
	}
	p.MailServer, p.MailFrom = own.serve(t), "letters@north.example"
	if err := practice.Save(ctx, d.DB, d.By(practicetest.Olga), p); err != nil {
		t.Fatal(err)
	}
	d.write(func(*letter.Letter) {})
	d.sent()
	if len(own.taken) != 1 || len(programs.taken) != 0 || !strings.Contains(header(own.taken[0], "From"), "<letters@north.example>") {
		t.Errorf("its server took %q, the program's %d; want one letter from its address", own.taken, len(programs.taken))
	}
}

// TestDeliverRefused wants a refusal for good not to be tried again, and any other to be.
func TestDeliverRefused(t *testing.T) {
	for _, test := range []struct{ code, dead, failing int }{{550, 1, 0}, {451, 0, 1}} {
		d, o := newOffice(t)
		o.refuse = &smtp.SMTPError{Code: test.code, EnhancedCode: smtp.EnhancedCode{test.code / 100, 1, 1}, Message: "<rosa@mail.example> no"}
		d.write(func(*letter.Letter) {})
		if _, err := d.worker.RunDue(ctx); err == nil || strings.Contains(err.Error(), "rosa") {
			t.Errorf("%d: got %v, want an error without the address", test.code, err)
		}
		failing, err := job.Failing(ctx, d.DB)
		if err != nil || len(failing) != test.failing || len(d.dead()) != test.dead {
			t.Errorf("%d: %d wait and %d are dead (%v), want %d and %d", test.code, len(failing), len(d.dead()), err, test.failing, test.dead)
		}
	}
}

// TestDeliverToTheForgotten wants a letter to be dropped whose reader was forgotten before it left.
func TestDeliverToTheForgotten(t *testing.T) {
	d, o := newOffice(t)
	d.write(func(*letter.Letter) {})
	d.Tx(func(tx *db.DB) error { return seal.Shred(ctx, tx, "key-rosa") })
	if n, err := d.worker.RunDue(ctx); n != 1 || err != nil {
		t.Errorf("got %d jobs done (%v), want the one, without an error", n, err)
	}
	if len(o.taken) != 0 || len(d.dead()) != 0 {
		t.Errorf("the server took %d letters and %d jobs are dead, want neither", len(o.taken), len(d.dead()))
	}
	if n, err := d.worker.RunDue(ctx); n != 0 || err != nil {
		t.Errorf("afterwards: got %d jobs due (%v), want none", n, err)
	}
}

// TestReseal wants a letter that waits to be readable after its reader's key was renewed and the old one dropped.
func TestReseal(t *testing.T) {
	d, o := newOffice(t)
	d.write(func(*letter.Letter) {})
	d.Tx(func(tx *db.DB) error {
		key, err := seal.RenewOwner(ctx, tx, "key-rosa")
		if err != nil {
			return err
		}
		if err := letter.Reseal(ctx, tx, "key-rosa", key); err != nil {
			return err
		}
		return seal.DropOlder(ctx, tx, "key-rosa")
	})
	if n, err := d.worker.RunDue(ctx); n != 1 || err != nil || len(o.taken) != 1 {
		t.Errorf("got %d jobs done (%v) and %d letters, want one", n, err, len(o.taken))
	}
}
