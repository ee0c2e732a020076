package texts_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"attune/internal/mail"
	"attune/internal/practice/texts"
)

func TestConsents(t *testing.T) {
	all, err := texts.Consents()
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, c := range all {
		kinds = append(kinds, c.Kind)
		if c.Version != 1 || c.Title == "" {
			t.Errorf("%s: got version %d, title %q; want 1 and a title", c.Kind, c.Version, c.Title)
		}
		checkProse(t, c.Kind, c.Body, 250, 600)
	}
	want := []string{"therapy", "fees", "privacy", "telehealth", "check-ins"}
	if !slices.Equal(kinds, want) {
		t.Errorf("kinds: got %q, want %q", kinds, want)
	}
}

// What the law wants said, in the texts that say it.
func TestConsentsSay(t *testing.T) {
	all, err := texts.Consents()
	if err != nil {
		t.Fatal(err)
	}
	body := map[string]string{}
	for _, c := range all {
		body[c.Kind] = c.Body
	}
	for _, c := range []struct{ kind, want, source string }{
		{"privacy", "how medical information about you may be used and disclosed and how you can get access", "45 CFR 164.520(b)(1)(i)"},
		{"privacy", "42 CFR Part 2", "45 CFR 164.520(b)(1)(iii), since 2026-02-16"},
		{"privacy", "subpoena", "the same"},
		{"privacy", "Mental Health and Developmental Disabilities Confidentiality Act", "740 ILCS 110"},
		{"privacy", "Office for Civil Rights", "45 CFR 164.520(b)(1)(vi)"},
		{"therapy", "artificial intelligence", "225 ILCS 155"},
		{"therapy", "child", "325 ILCS 5"},
		{"fees", "at least $400 more", "45 CFR 149.620"},
		{"check-ins", "never use check-ins to rank therapists", "house rule 2"},
	} {
		if !strings.Contains(body[c.kind], c.want) {
			t.Errorf("consent %s: %q is missing (%s)", c.kind, c.want, c.source)
		}
	}
}

func TestPages(t *testing.T) {
	for name, say := range map[texts.PageName][]string{
		texts.Crisis:    {"988", "911", "741741", "800-799-7233", "88788", "not watched"},
		texts.Minors:    {"988", "741741", "18 or older", "school counselor"},
		texts.HowWeWork: {"Make an appointment"},
		texts.Privacy:   {"loads nothing from anyone else", "Leave quickly"},
		texts.Fees:      {"Good Faith Estimate"},
	} {
		page, err := texts.Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if page.Title == "" || page.Version < 1 {
			t.Errorf("%s: got title %q, version %d; want both", name, page.Title, page.Version)
		}
		checkProse(t, string(name), page.Body, 200, 600)
		for _, want := range say {
			if !strings.Contains(page.Body, want) {
				t.Errorf("page %s: %q is missing", name, want)
			}
		}
	}
	if _, err := texts.Read("no-such-page"); err == nil {
		t.Error("an unknown page: got no error, want one")
	}
}

func TestFirstPage(t *testing.T) {
	home, err := texts.FirstPage()
	if err != nil {
		t.Fatal(err)
	}
	if home.Headline == "" || home.Lead == "" || home.NotSure == "" {
		t.Errorf("got %+v, want a headline, a lead and a word for the unsure", home)
	}
	if !strings.Contains(home.Sayings.Note, "Invented") {
		t.Errorf("note: got %q, want it to say that the sayings are invented", home.Sayings.Note)
	}
	if got := len(home.How.Steps); got != 3 {
		t.Errorf("steps: got %d, want 3", got)
	}
	for _, words := range append(home.Sayings.Items, home.Headline, home.Lead, home.NotSure) {
		checkProse(t, "home", words, 3, 40)
	}
}

// S-82: nothing in a message tells what the practice is, or that someone comes to it.
func TestMailIsNeutral(t *testing.T) {
	telling := regexp.MustCompile(`(?i)therap|session|counsel|clinic|client|patient|psych|health|mental|treat|crisis|` +
		`intake|consent|check-in|measure|practice|\bcare\b|couple|family|988|[^\x00-\x7f]`)
	values := map[string]string{
		"reply_by": "Friday, May 15 at 2:00 pm", "link": "https://alder.example/l/abc", "sender": "Alder Street",
		"until": "Saturday, May 16 at 9:00 am", "when": "Thursday, May 21 at 10:00 am", "cutoff": "Tuesday, May 19 at 10:00 am",
	}
	for _, name := range texts.MailNames() {
		m, err := texts.Message(name)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(mail.Subjects(), mail.Subject(m.Subject)) {
			t.Errorf("%s: got subject %q, want one of the fixed list", name, m.Subject)
		}
		if found := telling.FindString(m.Body); found != "" {
			t.Errorf("%s: the body tells too much: %q", name, found)
		}
		got, err := mail.Fill(m.Body, values)
		if err != nil {
			t.Errorf("fill %s: %v", name, err)
		}
		if strings.ContainsAny(got, "{}!") || !strings.HasSuffix(got, "\nAlder Street\n") || !strings.Contains(got, "\nhttps://") {
			t.Errorf("%s: got %q, want every value in it, a link on its own line, and the sender last", name, got)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ name, src, text, fault string }{
		{"good", "---\na: 1\nb: x: y\n---\n\ntext\n", "text\n", ""},
		{"no front matter", "text\n", "", "begins with"},
		{"not closed", "---\na: 1\nb: 2\ntext\n", "", "begins with"},
		{"unknown", "---\na: 1\nb: 2\nc: 3\n---\n", "", `unknown key "c"`},
		{"missing", "---\na: 1\n---\n", "", `key "b" is missing`},
		{"twice", "---\na: 1\na: 2\nb: 3\n---\n", "", `key "a" stands twice`},
		{"empty", "---\na:\nb: 2\n---\n", "", `key "a" has no value`},
	} {
		head, text, err := texts.Split(c.src, "a", "b")
		if c.fault != "" {
			if err == nil || !strings.Contains(err.Error(), c.fault) {
				t.Errorf("%s: got error %v, want one with %q", c.name, err, c.fault)
			}
			continue
		}
		if err != nil || text != c.text || head["a"] != "1" || head["b"] != "x: y" {
			t.Errorf("%s: got %v, %q, %v; want a, b and %q", c.name, head, text, err, c.text)
		}
	}
}

func TestDecodeIsStrict(t *testing.T) {
	for src, fine := range map[string]bool{
		`{"title": "a", "text": "b"}`: true,
		`{"titel": "a"}`:              false,
		`{"title": "a"} {}`:           false,
		`{"title": 1}`:                false,
	} {
		var step texts.Step
		if err := texts.Decode([]byte(src), &step); (err == nil) != fine {
			t.Errorf("%s: got error %v, want fine %v", src, err, fine)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("---\na: 1\nb: 2\n---\n\ntext\n")
	f.Add("---\n---\n---\n")
	f.Fuzz(func(t *testing.T, src string) {
		head, text, err := texts.Split(src, "a", "b")
		if err == nil && (head["a"] == "" || head["b"] == "" || !strings.HasSuffix(src, text)) {
			t.Errorf("got %q, %q from %q; want both keys, and the text as it ends", head, text, src)
		}
	})
}

// checkProse holds words to the voice of the design: no exclamation marks, no emoji, no placeholder left, not too long.
func checkProse(t *testing.T, name, words string, least, most int) {
	t.Helper()
	if n := len(strings.Fields(words)); n < least || n > most {
		t.Errorf("%s: got %d words, want %d to %d", name, n, least, most)
	}
	if i := strings.IndexAny(words, "!{}—\r\t"); i >= 0 {
		t.Errorf("%s: got %q in the text, want none of it", name, words[i:min(len(words), i+12)])
	}
	for _, r := range words {
		if r > 0x2030 {
			t.Errorf("%s: got %q, want plain letters", name, r)
		}
	}
}
