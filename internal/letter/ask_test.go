package letter_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
)

var ctx = context.Background()

// desk does the jobs of a practice and reads what leaves the building.
type desk struct {
	*practicetest.House
	worker *job.Worker
	dir    string
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	h := practicetest.New(t)
	d := &desk{House: h, dir: t.TempDir()}
	sink, err := mail.OpenSink(d.dir)
	if err != nil {
		t.Fatal(err)
	}
	post := letter.Post{Sender: sink, Base: func(host string) string { return "https://" + host }, Host: "north.example"}
	d.worker = &job.Worker{DB: h.DB.ForAll(), Do: map[job.Kind]job.Func{letter.Job: post.Deliver},
		DoTx: map[job.Kind]job.Func{letter.AskJob: letter.Answer(auth.NewGuard(1))}}
	return d
}

// invite prepares the sign-in of someone.
func (d *desk) invite(id string, kind auth.Kind, email string) {
	d.T.Helper()
	d.Tx(func(tx *db.DB) error {
		_, err := auth.Invite(ctx, tx, access.OfProgram("north"), auth.Person{ID: id, Kind: kind, Email: email})
		return err
	})
}

// sent does what is due and returns the letters that have left since, by whom they went to.
func (d *desk) sent() map[string]string {
	d.T.Helper()
	for range 3 { // a job may put off another
		if _, err := d.worker.RunDue(ctx); err != nil {
			d.T.Fatal(err)
		}
	}
	files, err := filepath.Glob(filepath.Join(d.dir, "*.eml"))
	if err != nil {
		d.T.Fatal(err)
	}
	all := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			d.T.Fatal(err)
		}
		if err := os.Remove(file); err != nil {
			d.T.Fatal(err)
		}
		text = bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("=\r\n"), nil), []byte("\r\n"), []byte("\n"))
		_, to, _ := strings.Cut(string(text), "\nTo: ")
		to, _, _ = strings.Cut(to, "\n")
		all[strings.Trim(to, "<>")] = string(text)
	}
	return all
}

func (d *desk) ask(task access.Task, email string) {
	d.T.Helper()
	d.Tx(func(tx *db.DB) error { return letter.Ask(ctx, tx, task, email) })
}

func TestAsk(t *testing.T) {
	d := newDesk(t)
	d.invite(practicetest.Rosa, auth.Client, "rosa@mail.example")
	d.invite(practicetest.Theo, auth.Staff, "theo@north.example")
	for _, c := range []struct {
		task  access.Task
		email string
		path  string // empty: nothing is sent
	}{
		{access.TaskSignIn, "rosa@mail.example", "/enter/"},
		{access.TaskSignIn, "theo@north.example", ""}, // staff have no way in by mail alone
		{access.TaskSignIn, "nobody@mail.example", ""},
		{access.TaskReset, "nobody@mail.example", ""},
		{access.TaskReset, "rosa@mail.example", ""}, // who has nothing set up has nothing to renew
	} {
		d.ask(c.task, c.email)
		all := d.sent()
		if (c.path == "") != (len(all) == 0) || c.path != "" && !strings.Contains(all[c.email], "https://north.example"+c.path) {
			t.Errorf("%s to %s: got %v, want a link to %q", c.task, c.email, all, c.path)
		}
	}
}

func TestAskIsKeptSealed(t *testing.T) {
	d := newDesk(t)
	d.ask(access.TaskSignIn, "rosa@mail.example")
	err := d.DB.Each(ctx, `SELECT payload FROM job WHERE practice_id = $1`, []any{"north"}, func(scan func(...any) error) error {
		var payload string
		err := scan(&payload)
		if strings.Contains(payload, "rosa") {
			t.Errorf("the address stands in the open: %s", payload)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAskGoesToNobodyForWhomMailIsNotSafe(t *testing.T) {
	d := newDesk(t)
	d.invite(practicetest.Rosa, auth.Client, "rosa@mail.example")
	rosa, err := practice.OneClient(ctx, d.DB, d.By(practicetest.Cora), access.WriteAbout, practicetest.Rosa)
	if err != nil {
		t.Fatal(err)
	}
	rosa.Contact.Mail = false
	if err := practice.ChangeAbout(ctx, d.DB, d.By(practicetest.Cora), rosa.ID, rosa.Version, rosa.About); err != nil {
		t.Fatal(err)
	}
	d.ask(access.TaskSignIn, "rosa@mail.example")
	d.Tx(func(tx *db.DB) error {
		return letter.Tell(ctx, tx, auth.Notice{PersonID: practicetest.Rosa, Kind: auth.Client, Email: "rosa@mail.example"})
	})
	if all := d.sent(); len(all) != 0 {
		t.Errorf("got %v, want nothing", all)
	}
}

func TestTell(t *testing.T) {
	d := newDesk(t)
	d.Tx(func(tx *db.DB) error {
		return letter.Tell(ctx, tx, auth.Notice{PersonID: practicetest.Rosa, Kind: auth.Client, Email: "rosa.old@mail.example"},
			auth.Notice{PersonID: practicetest.Theo, Kind: auth.Staff, Email: "theo@north.example"})
	})
	all := d.sent()
	for _, to := range []string{"rosa.old@mail.example", "theo@north.example"} {
		if !strings.Contains(all[to], "Subject: A change to your account") || !strings.Contains(all[to], "https://north.example/account\n") {
			t.Errorf("to %s: got %q, want a change, and where to look", to, all[to])
		}
	}
}

func TestSecondWord(t *testing.T) {
	d := newDesk(t)
	d.Tx(func(tx *db.DB) error {
		return letter.SecondWord(ctx, tx, d.By(practicetest.Olga), "/practice/crisis", access.Owner, access.Supervisor, access.Coordinator)
	})
	var to []string
	for one := range d.sent() {
		to = append(to, one)
	}
	slices.Sort(to)
	if want := []string{"cora@north.example", "sami@north.example"}; !slices.Equal(to, want) {
		t.Errorf("got %q, want %q: all but the one who asks", to, want)
	}
}

func TestInvitation(t *testing.T) {
	d := newDesk(t)
	d.Tx(func(tx *db.DB) error {
		s, err := practice.Hire(ctx, tx, d.By(practicetest.Olga), practice.Staff{Roles: []access.Role{access.Coordinator},
			Person: practice.Person{Name: "Dara Quill", Email: "dara@north.example"}})
		if err != nil {
			return err
		}
		return letter.Invitation(ctx, tx, s)
	})
	got := d.sent()["dara@north.example"]
	_, token, found := strings.Cut(got, "https://north.example/welcome/")
	token, _, _ = strings.Cut(token, "\n")
	if !found {
		t.Fatalf("got %q, want an invitation", got)
	}
	by, err := auth.OpenLink(ctx, d.DB, token)
	if err != nil || by.Link.Task != access.TaskInvite || !by.Is(access.Coordinator) {
		t.Errorf("got %+v, %v; want the link of an invited coordinator", by, err)
	}
}
