package writing_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/db"
	"attune/internal/db/dbtest"
	"attune/internal/fault"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/writing"
)

// desk is a practice with an author, a colleague, a coordinator and an owner.
type desk struct {
	*db.DB
	clock                                         *dbtest.Clock
	author, colleague, coordinator, owner, reader access.Actor
}

func newDesk(t *testing.T) desk {
	t.Helper()
	all, clock := dbtest.NewAt(t, dbtest.Start)
	p := practice.Practice{ID: "p", Ref: "p", Zone: "America/Chicago", Settings: practice.Settings{Name: "Birch Lane", ShortName: "Birch",
		Phone: "312-555-0100", ReplyHours: 9, HoldHours: 48, CutoffHours: 48, SessionMinutes: 50, LeaveURL: "https://weather.example/"}}
	p.Hours.Week[time.Monday] = []civil.Span{{From: civil.Clock(9, 0), To: civil.Clock(18, 0)}}
	if err := practice.Found(t.Context(), all, p); err != nil {
		t.Fatal(err)
	}
	d := desk{DB: all.For("p"), clock: clock, reader: access.OfVisitor("p")}
	d.author, d.colleague = d.hire(t, "ann", access.Therapist), d.hire(t, "bo", access.Therapist)
	d.coordinator, d.owner = d.hire(t, "cal", access.Coordinator), d.hire(t, "dee", access.Owner)
	return d
}

func (d desk) hire(t *testing.T, id string, role access.Role) access.Actor {
	t.Helper()
	s := practice.Staff{ID: practice.StaffID(id), Roles: []access.Role{role}, State: "active", Person: practice.Person{Name: id, Email: id + "@birch.example"}}
	if err := practice.AddStaff(t.Context(), d.DB, s); err != nil {
		t.Fatal(err)
	}
	return access.Actor{PracticeID: "p", ID: id, Roles: s.Roles, SignInID: "s", Stage: access.Full}
}

var words = writing.Words{Title: "A small rupture", Summary: "What two people do next.", Body: "Every close relationship has misses."}

func (d desk) published(t *testing.T) writing.Article {
	t.Helper()
	a, err := writing.Begin(t.Context(), d.DB, d.author, words)
	if err != nil {
		t.Fatal(err)
	}
	if err := writing.Publish(t.Context(), d.DB, d.author, a.ID, a.Version); err != nil {
		t.Fatal(err)
	}
	return a
}

func kindOf(err error) fault.Kind {
	found, _ := fault.Of(err)
	return found.Kind
}

func TestSlugOf(t *testing.T) {
	tests := []struct{ title, want string }{
		{"A small rupture is not the end", "a-small-rupture-is-not-the-end"},
		{"What “I’m fine” is protecting", "what-im-fine-is-protecting"},
		{"  Über naïve café!  ", "uber-naive-cafe"},
		{"日本", "article"},
		{strings.Repeat("ab ", 60), strings.TrimSuffix(strings.Repeat("ab-", 27), "-")[:80]},
	}
	for _, test := range tests {
		if got := writing.SlugOf(test.title); got != test.want {
			t.Errorf("SlugOf(%q) is %q, want %q", test.title, got, test.want)
		}
	}
}

func TestAnArticleFromDraftToSite(t *testing.T) {
	d := newDesk(t)
	a, err := writing.Begin(t.Context(), d.DB, d.author, words)
	if err != nil || a.Slug != "a-small-rupture" || !a.Draft {
		t.Fatalf("begin: %v, %+v", err, a)
	}
	if _, _, err := writing.Read(t.Context(), d.DB, d.reader, a.Slug); kindOf(err) != fault.KindNotFound {
		t.Errorf("a draft is read by anyone: %v", err)
	}
	changed := words
	changed.Title = "A rupture"
	if err := writing.Edit(t.Context(), d.DB, d.author, a.ID, 1, changed); err != nil {
		t.Fatal(err)
	}
	if err := writing.Edit(t.Context(), d.DB, d.owner, a.ID, 1, words); kindOf(err) != fault.KindConflict {
		t.Errorf("a stale version: %v, want a conflict", err)
	}
	if err := writing.Publish(t.Context(), d.DB, d.author, a.ID, 2); err != nil {
		t.Fatal(err)
	}
	d.clock.Advance(time.Hour)
	changed.Title = "Another title"
	if err := writing.Edit(t.Context(), d.DB, d.coordinator, a.ID, 3, changed); err != nil {
		t.Fatal(err)
	}
	got, below, err := writing.Read(t.Context(), d.DB, d.reader, "a-rupture")
	if err != nil || got.Title != "Another title" || !got.Published.Equal(dbtest.Start) || len(below) != 0 {
		t.Errorf("got %+v, %d replies, %v", got, len(below), err)
	}
	if err := writing.Unpublish(t.Context(), d.DB, d.author, a.ID, 4); err != nil {
		t.Fatal(err)
	}
	if list, err := writing.Published(t.Context(), d.DB, d.reader, 0); err != nil || len(list) != 0 {
		t.Errorf("%d articles on the site (%v), want none", len(list), err)
	}
}

func TestTwoArticlesOfOneTitle(t *testing.T) {
	d := newDesk(t)
	for _, want := range []string{"a-small-rupture", "a-small-rupture-2", "a-small-rupture-3"} {
		a, err := writing.Begin(t.Context(), d.DB, d.author, words)
		if err != nil || a.Slug != want {
			t.Errorf("got %q (%v), want %q", a.Slug, err, want)
		}
	}
}

func TestWhoMayChange(t *testing.T) {
	d := newDesk(t)
	a, err := writing.Begin(t.Context(), d.DB, d.author, words)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name      string
		by        access.Actor
		sees, may bool
	}{
		{"author", d.author, true, true},
		{"colleague", d.colleague, false, false},
		{"coordinator", d.coordinator, true, true},
		{"owner", d.owner, true, true},
		{"visitor", d.reader, false, false},
		{"client", access.Actor{PracticeID: "p", ID: "c", Roles: []access.Role{access.Client}, Stage: access.Full}, false, false},
	}
	version := a.Version
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if _, err := writing.One(t.Context(), d.DB, test.by, a.ID); (err == nil) != test.sees {
				t.Errorf("sees the draft: %v, want %v", err, test.sees)
			}
			err := writing.Edit(t.Context(), d.DB, test.by, a.ID, version, words)
			if (err == nil) != test.may {
				t.Errorf("changes it: %v, want %v", err, test.may)
			}
			if err == nil {
				version++
			}
		})
	}
}

func TestWritingForAColleague(t *testing.T) {
	d := newDesk(t)
	supervisor := d.hire(t, "eve", access.Supervisor)
	a, err := writing.BeginFor(t.Context(), d.DB, d.owner, "eve", words)
	if err != nil || a.AuthorID != "eve" {
		t.Fatalf("by %q (%v), want eve", a.AuthorID, err)
	}
	if err := writing.Publish(t.Context(), d.DB, d.owner, a.ID, a.Version); err != nil {
		t.Error(err)
	}
	for _, by := range []access.Actor{d.author, supervisor, d.reader} {
		if _, err := writing.BeginFor(t.Context(), d.DB, by, "eve", words); kindOf(err) != fault.KindNotFound {
			t.Errorf("%s writes for another: %v", by.ID, err)
		}
	}
	if _, err := writing.BeginFor(t.Context(), d.DB, d.owner, "nobody", words); kindOf(err) != fault.KindNotFound {
		t.Errorf("for nobody: %v", err)
	}
}

func TestWords(t *testing.T) {
	d := newDesk(t)
	_, err := writing.Begin(t.Context(), d.DB, d.author, writing.Words{Title: strings.Repeat("x", 121)})
	var fields []string
	for _, f := range fault.Invalids(err) {
		fields = append(fields, f.Field)
	}
	if want := []string{"title", "summary", "body"}; !slices.Equal(fields, want) {
		t.Errorf("faults in %v, want %v", fields, want)
	}
	if got := (writing.Words{Body: strings.Repeat("word ", 880)}).Minutes(); got != 4 {
		t.Errorf("880 words take %d minutes, want 4", got)
	}
}

func TestAReplyIsHeldUntilItIsRead(t *testing.T) {
	d := newDesk(t)
	a := d.published(t)
	said := writing.Said{Name: "K.", Email: "k@example.org", Text: "I am the one who gets busy."}
	if _, err := writing.LeaveReply(t.Context(), d.DB, d.reader, a.Slug, said); err != nil {
		t.Fatal(err)
	}
	if _, below, _ := writing.Read(t.Context(), d.DB, d.reader, a.Slug); len(below) != 0 {
		t.Error("a reply appears that nobody has read")
	}
	if _, err := writing.Replies(t.Context(), d.DB, d.author, writing.Held); kindOf(err) != fault.KindNotFound {
		t.Errorf("the author moderates: %v", err)
	}
	held, err := writing.Replies(t.Context(), d.DB, d.coordinator, writing.Held)
	if err != nil || len(held) != 1 || held[0].Email != "k@example.org" {
		t.Fatalf("held: %+v, %v", held, err)
	}
	if err := writing.PublishReply(t.Context(), d.DB, d.author, held[0].ID); kindOf(err) != fault.KindNotFound {
		t.Errorf("the author publishes a reply: %v", err)
	}
	if err := writing.PublishReply(t.Context(), d.DB, d.coordinator, held[0].ID); err != nil {
		t.Fatal(err)
	}
	if err := writing.PublishReply(t.Context(), d.DB, d.owner, held[0].ID); kindOf(err) != fault.KindConflict {
		t.Errorf("decided twice: %v, want a conflict", err)
	}
	_, below, err := writing.Read(t.Context(), d.DB, d.reader, a.Slug)
	if err != nil || len(below) != 1 || below[0].Name != "K." || below[0].Email != "" {
		t.Errorf("below the article: %+v, %v; want the reply without its e-mail", below, err)
	}
}

func TestRepliesThatCannotBe(t *testing.T) {
	d := newDesk(t)
	draft, err := writing.Begin(t.Context(), d.DB, d.author, words)
	if err != nil {
		t.Fatal(err)
	}
	good := writing.Said{Name: "K.", Email: "k@example.org", Text: "Yes."}
	if _, err := writing.LeaveReply(t.Context(), d.DB, d.reader, draft.Slug, good); kindOf(err) != fault.KindNotFound {
		t.Errorf("a reply to a draft: %v", err)
	}
	_, err = writing.LeaveReply(t.Context(), d.DB, d.reader, draft.Slug, writing.Said{Email: "k@example.org\r\nBcc: x@example.org"})
	if got := len(fault.Invalids(err)); got != 3 {
		t.Errorf("%d faults (%v), want 3", got, err)
	}
}

func TestModeratorsAreToldOnceAnHour(t *testing.T) {
	d := newDesk(t)
	a := d.published(t)
	for range 5 {
		if _, err := writing.LeaveReply(t.Context(), d.DB, d.reader, a.Slug, writing.Said{Name: "K.", Email: "k@example.org", Text: "Yes."}); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(10 * time.Minute)
	}
	if got := d.jobs(t, writing.TellJob); got != 1 {
		t.Errorf("%d jobs to tell, want 1", got)
	}
	if err := writing.Tell(t.Context(), d.DB, nil); err != nil {
		t.Fatal(err)
	}
	if got := d.jobs(t, letter.Job); got != 2 {
		t.Errorf("%d letters, want one to the coordinator and one to the owner", got)
	}
	d.clock.Advance(time.Hour)
	if _, err := writing.LeaveReply(t.Context(), d.DB, d.reader, a.Slug, writing.Said{Name: "K.", Email: "k@example.org", Text: "Yes."}); err != nil {
		t.Fatal(err)
	}
	if got := d.jobs(t, writing.TellJob); got != 2 {
		t.Errorf("%d jobs to tell in two hours, want 2", got)
	}
}

func (d desk) jobs(t *testing.T, kind job.Kind) int {
	t.Helper()
	n := 0
	if err := d.Row(t.Context(), `SELECT COUNT(*) FROM job WHERE practice_id = $1 AND kind = $2`, "p", kind).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestRefusedRepliesAreForgotten(t *testing.T) {
	d := newDesk(t)
	a := d.published(t)
	r, err := writing.LeaveReply(t.Context(), d.DB, d.reader, a.Slug, writing.Said{Name: "X", Email: "x@example.org", Text: "Low prices."})
	if err != nil {
		t.Fatal(err)
	}
	if err := writing.RefuseReply(t.Context(), d.DB, d.owner, r.ID); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{writing.KeptFor, 0}, {time.Second, 1}, {time.Second, 0}} {
		d.clock.Advance(step.after)
		if n, err := writing.Sweep(t.Context(), d.DB); err != nil || n != step.want {
			t.Errorf("%d forgotten (%v), want %d", n, err, step.want)
		}
	}
}

func TestWhatIsWrittenIsSealed(t *testing.T) {
	d := newDesk(t)
	a := d.published(t)
	if _, err := writing.LeaveReply(t.Context(), d.DB, d.reader, a.Slug, writing.Said{Name: "Canary", Email: "canary@example.org", Text: "canary"}); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"article", "reply"} {
		var kept []byte
		if err := d.Row(t.Context(), `SELECT words FROM `+table+` WHERE practice_id = $1`, "p").Scan(&kept); err != nil {
			t.Fatal(err)
		}
		if text := strings.ToLower(string(kept)); strings.Contains(text, "canary") || strings.Contains(text, "misses") {
			t.Errorf("table %s holds open words", table)
		}
	}
}
