package staff_test

import (
	"net/http"
	"strings"
	"testing"

	"attune/internal/access"
	"attune/internal/web/webtest"
	"attune/internal/writing"
)

func TestWriteAnArticle(t *testing.T) {
	h := webtest.New(t)
	b := h.SignInStaff(h.Staff("ann", "Ann Oak", access.Therapist))
	if p := b.Get("/articles"); p.Status != http.StatusOK || !p.Has(".empty") {
		t.Fatalf("the list answers %d %q", p.Status, p.Words("main"))
	}
	form := b.Get("/articles/new")
	p := b.Send(form, "/articles", "title", "", "body", "Kept *as typed*")
	if p.Status != http.StatusUnprocessableEntity || p.Words("#body") != "Kept *as typed*" || !p.Has("#title[aria-invalid]") {
		t.Fatalf("a faulty article: %d %q", p.Status, p.Words(".error-box"))
	}
	p = b.Send(p, "/articles", "title", "On misses", "summary", "What they are.")
	if p.Words("h1") != "On misses" || p.Words(".page-head .badge") != "Draft" {
		t.Fatalf("came to %s: %q", p.Path, p.Words("main"))
	}
	if got := b.Get("/writing/on-misses").Status; got != http.StatusNotFound {
		t.Errorf("the draft's page answers %d, want 404", got)
	}
	at, _, _ := strings.Cut(p.Path, "?")
	p = b.Send(p, at, "body", "Every one of *us*.", "then", "publish")
	if p.Words(".page-head .badge") != "Published" || h.Browser().Get("/writing/on-misses").Words(".prose em") != "us" {
		t.Fatalf("after publishing: %q", p.Words("main"))
	}
	p = b.Send(p, at, "then", "unpublish")
	if p.Words(".page-head .badge") != "Draft" || b.Get("/writing/on-misses").Status != http.StatusNotFound {
		t.Error("it is still on the site")
	}
}

func TestPreviewIsThePage(t *testing.T) {
	h := webtest.New(t)
	b := h.SignInStaff(h.Staff("ann", "Ann Oak", access.Therapist))
	fields := []string{"title", "On misses", "summary", "What they are.", "body", "# A\n\nSee [it](https://a.example/) <b>not</b>."}
	form := b.Get("/articles/new")
	values := form.Form("/articles")
	for i := 0; i < len(fields); i += 2 {
		values.Set(fields[i], fields[i+1])
	}
	preview := b.Post("/articles/preview", values)
	if preview.Status != http.StatusOK || !strings.Contains(preview.Words(".note"), "Nothing was saved") {
		t.Fatalf("got %d %q", preview.Status, preview.Words("main"))
	}
	if all, err := writing.Articles(t.Context(), h.DB, access.Actor{PracticeID: "house", ID: "ann", Roles: []access.Role{access.Therapist}, Stage: access.Full}); err != nil || len(all) != 0 {
		t.Fatalf("%d articles kept (%v), want none", len(all), err)
	}
	b.Send(form, "/articles", append(fields, "then", "publish")...)
	page := b.Get("/writing/on-misses")
	for _, part := range []string{".prose h1", ".prose .lead", ".prose h2", ".prose > p:last-child"} {
		if got, want := preview.Words(part), page.Words(part); got != want || got == "" {
			t.Errorf("%s reads %q in the preview, %q on the page", part, got, want)
		}
	}
	if preview.Has(".prose b") || preview.Attr(".prose > p:last-child a", "href") != "/out?to=https%3A%2F%2Fa.example%2F" {
		t.Error("the preview shows what the page would not")
	}
}

func TestTwoPeopleAtOneArticle(t *testing.T) {
	h := webtest.New(t)
	author, owner := h.Staff("ann", "Ann Oak", access.Therapist), h.Staff("dee", "Dee Elm", access.Owner)
	a, err := writing.Begin(t.Context(), h.DB, h.Actor(author), writing.Words{Title: "On misses", Summary: "S.", Body: "B."})
	if err != nil {
		t.Fatal(err)
	}
	path := "/articles/" + string(a.ID)
	hers, his := h.SignInStaff(author), h.SignInStaff(owner)
	first, second := hers.Get(path), his.Get(path)
	his.Send(second, path, "body", "His.")
	p := hers.Send(first, path, "body", "Hers, kept.")
	if p.Status != http.StatusConflict || p.Words("#body") != "Hers, kept." || !strings.Contains(p.Words(".error-box"), "Someone else changed this article") {
		t.Errorf("got %d %q, text %q", p.Status, p.Words(".error-box"), p.Words("#body"))
	}
	colleague := h.SignInStaff(h.Staff("bo", "Bo Ash", access.Therapist))
	if p := colleague.Get(path); p.Status != http.StatusNotFound {
		t.Errorf("a colleague opens it: %d, want 404", p.Status)
	}
	if p := h.Browser().Get(path); p.Path != "/sign-in?next="+strings.ReplaceAll(path, "/", "%2F") {
		t.Errorf("a visitor is led to %s", p.Path)
	}
}

func TestTheOwnerWritesForAColleague(t *testing.T) {
	h := webtest.New(t)
	h.Staff("eve", "Eve Yew", access.Supervisor)
	b := h.SignInStaff(h.Staff("dee", "Dee Elm", access.Owner))
	p := b.Get("/articles/new")
	if got := p.Attr("select[name=author] option[selected]", "value"); got != "dee" {
		t.Errorf("written by %q at first, want dee", got)
	}
	b.Send(p, "/articles", "author", "eve", "title", "On misses", "summary", "S.", "body", "B.", "then", "publish")
	if got := h.Browser().Get("/writing/on-misses").Words(".prose .soft"); !strings.HasPrefix(got, "By Eve Yew") {
		t.Errorf("readers see %q", got)
	}
	author := h.SignInStaff(h.Staff("ann", "Ann Oak", access.Therapist))
	p = author.Get("/articles/new")
	if p.Has("select[name=author]") {
		t.Error("a therapist chooses who wrote it")
	}
	if p := author.Send(p, "/articles", "author", "eve", "title", "T", "summary", "S.", "body", "B."); p.Status != http.StatusNotFound {
		t.Errorf("a therapist writes as another: %d, want 404", p.Status)
	}
}

func TestModerate(t *testing.T) {
	h := webtest.New(t)
	author, coordinator := h.Staff("ann", "Ann Oak", access.Therapist), h.Staff("cal", "Cal Fir", access.Coordinator)
	a, err := writing.Begin(t.Context(), h.DB, h.Actor(author), writing.Words{Title: "On misses", Summary: "S.", Body: "B."})
	if err != nil {
		t.Fatal(err)
	}
	if err := writing.Publish(t.Context(), h.DB, h.Actor(author), a.ID, 1); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"Good.", "<script>low prices</script>"} {
		if _, err := writing.LeaveReply(t.Context(), h.DB, h.Visitor(), a.Slug, writing.Said{Name: "K.", Email: "k@example.org", Text: text}); err != nil {
			t.Fatal(err)
		}
		h.Clock.Advance(1e9)
	}
	if p := h.SignInStaff(author).Get("/replies"); p.Status != http.StatusNotFound {
		t.Errorf("the author moderates: %d, want 404", p.Status)
	}
	b := h.SignInStaff(coordinator)
	p := b.Get("/replies")
	if got := len(p.Find("main li.card")); got != 2 || !strings.Contains(p.Words("main"), "k@example.org") || p.Has("main script") {
		t.Fatalf("%d to read: %q", got, p.Words("main"))
	}
	p = b.Send(p, p.Attr("form[action$=publish]", "action"))
	p = b.Send(p, p.Attr("form[action$=refuse]", "action"))
	if !p.Has(".empty") {
		t.Errorf("left to read: %q", p.Words("main"))
	}
	if got := h.Browser().Get("/writing/on-misses").Words("#replies li"); !strings.Contains(got, "Good.") || strings.Contains(got, "prices") {
		t.Errorf("readers see %q", got)
	}
	p = b.Get("/replies?show=published")
	p = b.Send(p, p.Attr("form[action$=refuse]", "action"))
	if h.Browser().Get("/writing/on-misses").Has("#replies li") || p.Status != http.StatusOK {
		t.Error("a reply that was taken back still appears")
	}
}
