package staff_test

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/practice"
	"attune/internal/web/webtest"
)

func TestSettings(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	for _, c := range []struct {
		section string
		values  []string
		holds   func(practice.Practice) bool
	}{
		{"name", []string{"name", "Birch Lane Practice", "short_name", "Birch", "phone", "312-555-0199", "address", "1 Elm\nChicago", "zone", "America/Denver"},
			func(p practice.Practice) bool {
				return p.Name == "Birch Lane Practice" && p.Zone == "America/Denver" && p.Address == "1 Elm\nChicago"
			}},
		{"hours", []string{"hours_mon", "9:00 am to 12:30 pm, 13:30-18:00", "hours_sat", "", "closed", "12/25/2026\n2026-01-01"}, func(p practice.Practice) bool {
			return len(p.Hours.Week[time.Monday]) == 2 && len(p.Hours.Week[time.Tuesday]) == 1 && slices.Equal(p.Closed, []string{"2026-12-25", "2026-01-01"})
		}},
		{"times", []string{"reply_hours", "6", "reminders", "72, 3"}, func(p practice.Practice) bool {
			return p.ReplyHours == 6 && slices.Equal(p.Reminders, []int{72 * 60, 180}) && p.SessionMinutes == 50
		}},
		{"home", []string{"headline", "Hello", "lead", "Come in."}, func(p practice.Practice) bool { return p.Headline == "Hello" && p.Lead == "Come in." }},
		{"fees", []string{"fees", "**$165**"}, func(p practice.Practice) bool { return p.Fees == "**$165**" }},
		{"how", []string{"how", "Slowly."}, func(p practice.Practice) bool { return p.HowWeWork == "Slowly." }},
		{"privacy", []string{"privacy", "Ours."}, func(p practice.Practice) bool { return p.Privacy == "Ours." }},
		{"minors", []string{"minors", "There."}, func(p practice.Practice) bool { return p.Minors == "There." }},
		{"leave", []string{"leave_url", "https://news.example/"}, func(p practice.Practice) bool { return p.LeaveURL == "https://news.example/" }},
		{"mail", []string{"mail_server", "smtp.example.org", "mail_user", "birch", "mail_secret", "s3cret words", "mail_from", "hello@birch.example"},
			func(p practice.Practice) bool {
				return p.MailServer == "smtp://smtp.example.org:587" && p.MailSecret == "s3cret words" && p.MailUser == "birch"
			}},
	} {
		path := "/practice/settings/" + c.section
		p := owner.Send(owner.Get(path), path, c.values...)
		if p.Path != path+"?said=saved" || !c.holds(h.Practice()) {
			t.Errorf("%s: led to %s (%d %s) and %+v", c.section, p.Path, p.Status, p.Words("main"), h.Practice().Settings)
		}
	}
	p := owner.Get("/practice/settings/mail")
	if bytes.Contains(p.Body, []byte("s3cret")) {
		t.Error("the mail server's password is shown again")
	}
	owner.Send(p, "/practice/settings/mail", "mail_server", "smtp.example.org:465")
	if kept := h.Practice(); kept.MailSecret != "s3cret words" || kept.MailServer != "smtps://smtp.example.org:465" {
		t.Errorf("got %q, %q; want the password as it was, and TLS from the start", kept.MailSecret, kept.MailServer)
	}
}

func TestSettingsAreChecked(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	for _, c := range [][3]string{
		{"name", "name", ""}, {"name", "phone", ""}, {"name", "zone", "Mars/Base"}, {"hours", "hours_mon", "9 to 18"}, {"hours", "hours_mon", "6:00 pm to 9:00 am"},
		{"hours", "hours_tue", "9:00 to 12:00, 11:00 to 13:00"}, {"hours", "closed", "Christmas"}, {"times", "reply_hours", "soon"}, {"times", "session_minutes", "5"},
		{"times", "reminders", "0"}, {"times", "reminders", "1,2,3,4,5,6"}, {"leave", "leave_url", "http://weather.example/"},
		{"mail", "mail_server", "sink:/etc"}, {"mail", "mail_server", "smtp.example.org?tls=none"}, {"mail", "mail_server", "smtp.example.org:99999"},
		{"mail", "mail_from", "us"},
	} {
		path := "/practice/settings/" + c[0]
		before := h.Practice().Version
		p := owner.Send(owner.Get(path), path, c[1], c[2])
		if p.Status != http.StatusUnprocessableEntity || !p.Has("#"+c[1]+"-error") || h.Practice().Version != before {
			t.Errorf("%s = %q: got %d, version %d after %d; want 422 with a sentence at the field", c[1], c[2], p.Status, h.Practice().Version, before)
		}
	}
	stale := owner.Get("/practice/settings/fees")
	owner.Send(owner.Get("/practice/settings/how"), "/practice/settings/how", "how", "Slowly.")
	wantPage(t, "settings that someone changed meanwhile", owner.Send(stale, "/practice/settings/fees", "fees", "$1"), http.StatusConflict, "Someone else changed")
}

func TestMailTest(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	owner.Send(owner.Get("/practice/settings/mail"), "/practice/settings/mail/test")
	if got := h.Mail()["olga@birch.example"]; !strings.Contains(got, "This is the test") {
		t.Errorf("got %q, want the test", got)
	}
}

func TestHostsPlacesAndTexts(t *testing.T) {
	h := webtest.New(t)
	owner := h.SignInStaff(h.Staff("olga", "Olga Brandt", access.Owner))
	p := owner.Send(owner.Get("/practice/settings/hosts"), "/practice/settings/hosts", "host", "www.birch.example")
	wantPage(t, "a host", p, http.StatusOK, "www.birch.example")
	wantPage(t, "no host", owner.Send(p, "/practice/settings/hosts", "host", "https://x/"), http.StatusUnprocessableEntity, "Enter a host name")
	wantPage(t, "a host again", owner.Send(p, "/practice/settings/hosts", "host", "www.birch.example"), http.StatusConflict, "already in use")
	if p = owner.Send(p, "/practice/settings/hosts/drop", "host", "www.birch.example"); strings.Contains(p.Words("main"), "www.birch.exampleRemove") {
		t.Errorf("the host is still there: %s", p.Words("main"))
	}

	p = owner.Get("/practice/settings/places")
	p = owner.Send(p, "/practice/settings/places", "place_name", "Room 2", "place_kind", "room", "place_directions", "Second floor")
	wantPage(t, "a room", p, http.StatusOK, "Room 2")
	href := p.Attr(`a[href^="/practice/settings/places?place="]`, "href")
	p = owner.Send(owner.Get(href), "/practice/settings/places", "place_name", "Room 3")
	wantPage(t, "the room renamed", p, http.StatusOK, "Room 3")
	if strings.Contains(p.Words("li"), "Room 2") {
		t.Error("the room is there twice")
	}
	wantPage(t, "a plain link", owner.Send(p, "/practice/settings/places", "place_name", "Video", "place_kind", "video", "place_link", "http://video.example/"),
		http.StatusUnprocessableEntity, "begins with https://")

	texts, err := practice.Texts(h.Context(), h.DB)
	if err != nil {
		t.Fatal(err)
	}
	path := "/practice/settings/consents/" + texts[0].ID
	p = owner.Send(owner.Get(path), path, "title", "What it costs", "body", "By hour.")
	wantPage(t, "a new version", p, http.StatusOK, "Version 2")
	wantPage(t, "by an earlier version", owner.Get(path), http.StatusOK, "What it costs")
	wantPage(t, "a text that is not there", owner.Get("/practice/settings/consents/nothing"), http.StatusNotFound, "")
}
