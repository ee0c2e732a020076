package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	netmail "net/mail"

	"attune/internal/mail"
	"attune/internal/web"
	"attune/internal/web/route"
	"attune/internal/web/webtest"
)

// readers says who may read each class of security.md 1.1, once more by hand: which tie each role needs to whom it is
// about. What is finer than a class stands behind a slash.
var readers = map[string]cells{
	"D1":            {client: self, therapist: assigned, coordinator: house, supervisor: supervised, owner: house},
	"D4":            {client: self, therapist: assigned, supervisor: supervised},
	"D6":            {client: self, therapist: assigned, supervisor: supervised},
	"D11":           {owner: house}, // phone numbers of colleagues; and their own
	"D12":           {therapist: proposed, coordinator: house, supervisor: supervised, owner: house},
	"D12/answer":    {therapist: proposed, coordinator: house, supervisor: supervised, owner: house},
	"D13":           {client: self, therapist: assigned, supervisor: supervised},
	"D13/therapist": {therapist: assigned, supervisor: supervised}, // what the therapist writes of it is not the client's to read
	"D14":           {client: self, therapist: assigned, supervisor: supervised},
	"D15/draft":     {therapist: house, coordinator: house, supervisor: house, owner: house},
	"D15/held":      {coordinator: house, owner: house},
	"D15/mail":      {coordinator: house, owner: house},
	"D16/own":       {therapist: self, coordinator: house, supervisor: house, owner: house},
	"public":        everyone,
	"none":          {},
}

// mayRead says whether a canary may be on a page that the person sees. The page of safety shows how to reach those whom
// the person is to call.
func mayRead(route string, p *webtest.Person, c webtest.Canary) bool {
	if c.Class == "public" {
		return p.Practice == c.Practice
	}
	name := strings.Split(p.Name, " ")[0]
	if p.Practice != c.Practice || !p.Bearer() && p.State != "full" && p.State != "stale" {
		return false
	}
	if p.Bearer() && strings.HasPrefix(c.Class, "D12") {
		return name == c.Client
	}
	if name == c.Author && !strings.HasPrefix(c.Class, "D") {
		return true
	}
	kind := ""
	switch {
	case c.Class == "D4":
		kind = "course" // a couple's record is theirs together
	case c.Class == "D1" && strings.HasPrefix(route, "staff.safety"):
		kind = "risk_task"
	}
	for _, role := range p.Roles {
		need, ok := readers[c.Class][role]
		if ok && (slices.Contains(ties(name, c.Client, kind), need) || need == self && name == c.Author) {
			return true
		}
	}
	return c.Class == "D11" && name == c.Author
}

var canaryWord = regexp.MustCompile(`Zq(?:north|south)[a-z-]*[0-9]{4}x`)

// scan looks for canaries on the pages that people see.
type scan struct {
	*matrix
	words   map[string]webtest.Canary
	answers int
	seen    map[string]int // by class
}

func newScan(t *testing.T) *scan {
	t.Helper()
	s := &scan{matrix: &matrix{Cast: webtest.Gather(t, nil)}, words: map[string]webtest.Canary{}, seen: map[string]int{}}
	for _, c := range s.Canaries {
		s.words[c.Word] = c
	}
	return s
}

var (
	title   = regexp.MustCompile(`(?s)<title>(.*?)</title>`)
	address = regexp.MustCompile(`(?:href|action|src)="([^"]*)"`)
)

// answer looks through what someone was answered.
func (s *scan) answer(who string, p *webtest.Person, got *httptest.ResponseRecorder) {
	s.answers++
	var headers strings.Builder
	_ = got.Header().Write(&headers) // into memory
	body := got.Body.String()
	for _, word := range canaryWord.FindAllString(headers.String()+body, -1) {
		c, ok := s.words[word]
		if !ok {
			s.fault("%s: the word %s is nobody's", who, word)
			continue
		}
		if s.seen[c.Class]++; !mayRead(strings.Split(who, " ")[0], p, c) {
			s.fault("%s sees %s of %s %s", who, c.Class, c.Practice, c.Client)
		}
	}
	s.discreet(who, headers.String(), body)
}

// discreet sees that titles and addresses tell nothing (S-65, S-81).
func (s *scan) discreet(who, headers, body string) {
	parts := []string{headers}
	if found := title.FindStringSubmatch(body); found != nil {
		parts = append(parts, found[1])
	}
	for _, found := range address.FindAllStringSubmatch(body, -1) {
		if !strings.HasPrefix(found[1], "tel:") && !strings.HasPrefix(found[1], "mailto:") && !strings.HasPrefix(found[1], "otpauth:") {
			parts = append(parts, found[1])
		}
	}
	for _, part := range parts {
		if word := canaryWord.FindString(part); word != "" && !strings.HasPrefix(s.words[word].Class, "D15") {
			s.fault("%s: %s stands in a title, address or header: %.100s", who, s.words[word].Class, part)
		}
	}
}

// crawl goes to every route as everyone, about everything; deeds are sent without their key, so that they show their
// form again and do nothing.
func (s *scan) crawl(routes []route.Route) {
	for _, r := range routes {
		if r.Bare || r.Mutates() && r.Apart {
			continue
		}
		things, _ := s.things(r)
		for _, p := range s.people(r) {
			for _, a := range things {
				if w := want(r, p, a); w == "sign in" || w == "next step" {
					continue
				}
				at, _ := path(r, p, a)
				form := url.Values(nil)
				if r.Mutates() {
					form = url.Values{}
				} else {
					at += queries[r.Name]
				}
				s.answer(fmt.Sprintf("%s as %s about %s %s", r.Name, p.Ref(), a.practice, a.bundle), p, s.Ask(p, r.Method, at, form))
			}
		}
	}
}

// TestCanaries is T-22: nobody is shown a word of a class, or about a person, that is not theirs to read.
func TestCanaries(t *testing.T) {
	atLength(t)
	s := newScan(t)
	s.crawl(web.Routes().Routes())
	s.report(t)
	for class := range readers {
		if class != "none" && s.seen[class] == 0 {
			t.Errorf("nobody saw any word of %s: this does not look where they are", class)
		}
	}
	t.Logf("%d answers, canaries seen rightly: %v", s.answers, s.seen)
}

// TestCanariesCatch plants a page that shows what belongs to another.
func TestCanariesCatch(t *testing.T) {
	s := newScan(t)
	door, nell := s.Handler, s.Person("north nell")
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/check-ins" {
			r.Header.Set("Cookie", "sign-in="+nell.Token)
		}
		door.ServeHTTP(w, r)
	})
	all := web.Routes().Routes()
	s.crawl(slices.DeleteFunc(all, func(r route.Route) bool { return r.Name != "portal.check_ins" }))
	if !slices.ContainsFunc(s.faults, func(f string) bool { return strings.Contains(f, "sees D6 of north nell") }) {
		t.Errorf("not found, but %.5q", s.faults)
	}
}

// TestCanariesElsewhere looks through what leaves the building and what is kept: mail, the log and the database's own
// files hold no word that somebody wrote.
func TestCanariesElsewhere(t *testing.T) {
	s := newScan(t)
	s.crawl(web.Routes().Routes()[:80])
	s.Work()
	kept := map[string]string{"the log": s.Log.String(), "the database": s.Dump()}
	if file, ok := strings.CutPrefix(s.DSN, "sqlite:"); ok {
		for _, end := range []string{"", "-wal", "-shm"} {
			raw, err := os.ReadFile(file + end)
			if err != nil {
				t.Fatal(err)
			}
			kept["the file "+end] = string(raw)
		}
	}
	for where, text := range kept {
		if len(text) < 1000 {
			t.Errorf("%s holds only %d bytes: this reads the wrong thing", where, len(text))
		}
		for _, word := range append([]string{"rosa@north.example", "Staff north-theo", "The practice of"}, canaryWord.FindAllString(text, -1)...) {
			if strings.Contains(text, word) {
				t.Errorf("%s holds %q (%s)", where, word, s.words[word].Class)
			}
		}
	}
	for _, p := range s.People {
		if p.Token != "" && (strings.Contains(kept["the log"], p.Token) || strings.Contains(kept["the database"], p.Token)) {
			t.Errorf("the token of %s is in the log or the database", p.Ref())
		}
	}
	s.letters(t)
}

// lexicon are words that no message may hold (T-33): what is done here, and with whom.
var lexicon = regexp.MustCompile(`(?i)therap|session|counsel|psych|mental|depress|anxi|treatment|clinic|diagnos|rupture|alliance|Staff |The practice of`)

// letters reads all mail in the sink.
func (s *scan) letters(t *testing.T) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.Mail, "*.eml"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d letters, %v; want some to read", len(files), err)
	}
	subjects := map[string]bool{}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.ReplaceAll(string(raw), "=\r\n", "")
		if found := canaryWord.FindString(text) + lexicon.FindString(text); found != "" {
			t.Errorf("a letter says %q:\n%s", found, text)
		}
		m, err := netmail.ReadMessage(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		if subject := m.Header.Get("Subject"); !slices.Contains(mail.Subjects(), mail.Subject(subject)) {
			t.Errorf("a letter's subject is %q", subject)
		} else {
			subjects[subject] = true
		}
	}
	t.Logf("%d letters under %d subjects", len(files), len(subjects))
}
