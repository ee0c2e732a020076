package content_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/civil"
	"attune/internal/world/content"
)

var concerns = []string{"relationship", "family", "loss", "anxiety", "depression", "stress", "self_esteem", "eating",
	"work", "trauma", "other"}

func load(t *testing.T) content.Content {
	t.Helper()
	c, err := content.Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCounts(t *testing.T) {
	c := load(t)
	for _, n := range []struct {
		what      string
		got, want int
	}{
		{"therapists", len(c.People.Therapists), 6}, {"rooms", len(c.Practice.Rooms), 4},
		{"first names", len(c.Names.First), 90}, {"last names", len(c.Names.Last), 90},
		{"concerns", len(c.Words.Concerns), 40}, {"wishes", len(c.Words.Wishes), 20}, {"goals", len(c.Words.Goals), 40},
		{"check-ins", len(c.Words.CheckIns), 60}, {"ruptures", len(c.Words.Ruptures), 20},
		{"repairs", len(c.Words.Repairs), 20}, {"endings", len(c.Words.Endings), 10}, {"notes", len(c.Notes), 40},
		{"articles", len(c.Articles), 5},
	} {
		if n.got < n.want {
			t.Errorf("%s: got %d, want at least %d", n.what, n.got, n.want)
		}
	}
}

func TestTherapists(t *testing.T) {
	for _, p := range load(t).People.Therapists {
		if n := len(strings.Fields(p.Profile)); n < 100 || n > 140 {
			t.Errorf("%s: got a profile of %d words, want about 120", p.Name, n)
		}
		if p.Quote == "" || p.Identity == "" || p.UsualTimes == "" || p.Capacity < 1 || p.SlidingPlaces < 1 {
			t.Errorf("%s: got %+v, want nothing empty", p.Name, p)
		}
		if !strings.HasPrefix(p.License.Number, "X") {
			t.Errorf("%s: got license number %q, want one that no state gives out", p.Name, p.License.Number)
		}
		among(t, p.Name+"'s focus", concerns, p.Focus...)
		among(t, p.Name+"'s modalities", []string{"individual", "couple", "family"}, p.Modalities...)
		among(t, p.Name+"'s payers", []string{"self", "sliding", "ppo"}, p.Payers...)
		if len(p.Fees) != len(p.Modalities) {
			t.Errorf("%s: got %d fees for %d modalities", p.Name, len(p.Fees), len(p.Modalities))
		}
		if strings.Contains(p.FeeWords(), "$0 ") {
			t.Errorf("%s: got fees %q, want each to be set", p.Name, p.FeeWords())
		}
	}
}

// No therapist is in two places, and no room has two therapists.
func TestTimesDoNotOverlap(t *testing.T) {
	c := load(t)
	var rooms []string
	for _, r := range c.Practice.Rooms {
		rooms = append(rooms, r.Name)
	}
	taken := map[string][]content.Times{}
	for _, p := range c.People.Therapists {
		for _, r := range p.Times {
			among(t, p.Name+"'s mode", []string{"bookable", "request", "hidden"}, r.Mode)
			among(t, p.Name+"'s setting", p.Settings, r.Setting)
			if r.From >= r.To {
				t.Errorf("%s: got times from %s to %s", p.Name, r.From, r.To)
			}
			resources := []string{p.Name}
			if r.Setting == "in_person" {
				among(t, p.Name+"'s room", rooms, r.Room)
				resources = append(resources, r.Room)
			} else if r.Room != "" {
				t.Errorf("%s: got room %q for video", p.Name, r.Room)
			}
			for _, resource := range resources {
				key := fmt.Sprint(resource, ", ", time.Weekday(r.Day))
				for _, other := range taken[key] {
					if r.From < other.To && other.From < r.To {
						t.Errorf("%s: %s to %s overlaps %s to %s", key, r.From, r.To, other.From, other.To)
					}
				}
				taken[key] = append(taken[key], r)
			}
		}
	}
}

func TestWords(t *testing.T) {
	c := load(t)
	languages := []string{""}
	for _, p := range c.People.Therapists {
		languages = append(languages, p.Languages...)
	}
	for _, w := range c.Words.Concerns {
		among(t, w.Text, concerns, w.Keys...)
		among(t, w.Text, []string{"me", "couple", "family"}, w.For)
	}
	for _, w := range c.Words.Goals {
		among(t, w.Text, concerns, w.Keys...)
	}
	for _, w := range c.Words.Wishes {
		among(t, w.Text, languages, w.Language)
		among(t, w.Text, []string{"", "in_person", "video"}, w.Setting)
	}
	for _, w := range c.Words.CheckIns {
		among(t, w.Text, []string{"good", "strain", "rupture", "repair"}, w.Tone)
	}
	for _, w := range c.Words.Ruptures {
		among(t, w.Text, []string{"withdrawal", "confrontation", "both", "unknown"}, w.Kind)
		among(t, w.Text, []string{"client", "therapist"}, w.NoticedBy)
	}
	for _, w := range c.Words.Repairs {
		among(t, w.Text, content.Strategies(), w.Strategy)
	}
	for _, w := range c.Words.Endings {
		among(t, w.Text, []string{"planned", "moved", "paused", "referred", "unplanned"}, w.Kind)
	}
}

// A generator finds a note for every modality and phase.
func TestNotes(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range load(t).Notes {
		seen[n.Modality+" "+n.Phase] = true
		if n.WorkedOn == "" || n.BetweenUs == "" || n.Tried == "" || n.Plan == "" {
			t.Errorf("got %+v, want all four parts", n)
		}
	}
	for _, modality := range []string{"individual", "couple", "family"} {
		for _, phase := range []string{"first", "work", "rupture", "repair", "ending"} {
			if !seen[modality+" "+phase] {
				t.Errorf("no note for %s %s", modality, phase)
			}
			delete(seen, modality+" "+phase)
		}
	}
	if len(seen) != 0 {
		t.Errorf("got notes for %v, want none", seen)
	}
}

func TestArticlesAndReplies(t *testing.T) {
	c := load(t)
	staff := []string{c.People.Owner.Slug, c.People.Coordinator.Slug, c.People.Supervisor.Slug}
	for _, p := range c.People.Therapists {
		staff = append(staff, p.Slug)
	}
	first, last := civil.Date{Year: 2025, Month: 10, Day: 1}, civil.Date{Year: 2026, Month: 11, Day: 30}
	published := map[string]civil.Date{}
	invited := 0
	for _, a := range c.Articles {
		among(t, a.Title, staff, a.Author)
		if n := len(strings.Fields(a.Body)); n < 600 || n > 1000 {
			t.Errorf("%s: got %d words, want 600 to 1000", a.Slug, n)
		}
		if a.Published.Before(first) || a.Published.After(last) {
			t.Errorf("%s: got %s, want a date from %s to %s", a.Slug, a.Published, first, last)
		}
		if !regexp.MustCompile(`^[a-z-]+$`).MatchString(a.Slug) || !published[a.Slug].IsZero() {
			t.Errorf("got slug %q, want plain letters, once", a.Slug)
		}
		if strings.Contains(a.Body, "Make an appointment") {
			invited++
		}
		published[a.Slug] = a.Published
	}
	if invited < 2 {
		t.Errorf("got %d articles that invite to make an appointment, want some", invited)
	}
	for _, r := range c.Replies {
		among(t, r.Text, append(staff, ""), r.Person)
		among(t, r.Text, []string{"published", "held"}, r.State)
		if at, ok := published[r.Article]; !ok || r.Date.Before(at) {
			t.Errorf("reply by %s: got article %q on %s, want one that was published by then", r.Name, r.Article, r.Date)
		}
		if !strings.HasSuffix(r.Email, "@example.org") {
			t.Errorf("reply by %s: got %q, want an invented address", r.Name, r.Email)
		}
	}
}

// Nothing is written twice in a list, and all of it is in the voice of the design.
func TestVoice(t *testing.T) {
	c := load(t)
	clear := regexp.MustCompile(`(?i)\bDSM|\bICD|disorder|borderline|narcissis|avoidant|codependen|dysfunctional|terminated|non-compliant|no-show`)
	for name, list := range map[string]any{
		"practice": c.Practice, "people": c.People, "names": c.Names, "words": c.Words, "notes": c.Notes,
		"articles": c.Articles, "replies": c.Replies,
	} {
		src, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		if i := strings.IndexByte(string(src), '!'); i >= 0 {
			t.Errorf("%s: got an exclamation mark before %q", name, src[i:min(len(src), i+20)])
		}
		if found := clear.FindString(string(src)); found != "" {
			t.Errorf("%s: got %q, want no label", name, found)
		}
	}
	var all []string
	for _, w := range c.Words.Concerns {
		all = append(all, w.Text)
	}
	for _, w := range c.Words.CheckIns {
		all = append(all, w.Text)
	}
	for _, w := range c.Words.Goals {
		all = append(all, w.Text)
	}
	for _, f := range c.Names.First {
		all = append(all, f.Name)
	}
	all = append(all, c.Names.Last...)
	slices.Sort(all)
	if n := len(slices.Compact(slices.Clone(all))); n != len(all) {
		t.Errorf("got %d words twice, want none", len(all)-n)
	}
}

func among(t *testing.T, what string, allowed []string, got ...string) {
	t.Helper()
	for _, g := range got {
		if !slices.Contains(allowed, g) {
			t.Errorf("%s: got %q, want one of %q", what, g, allowed)
		}
	}
}
