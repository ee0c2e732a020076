// Package content holds the invented practice, people and words from which the demonstration worlds are made.
package content

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"attune/internal/civil"
	"attune/internal/practice/texts"
)

//go:embed *.json *.md articles/*.md
var files embed.FS

// Content is everything there is to draw from. Lists keep the order of their files, so that a seeded choice from them
// is the same each time.
type Content struct {
	Practice Practice
	People   People
	Names    Names
	Words    Words
	Notes    []Note
	Articles []Article
	Replies  []Reply
}

// Practice is the invented practice.
type Practice struct {
	Ref          string       `json:"ref"`
	Name         string       `json:"name"`
	ShortName    string       `json:"short_name"` // the neutral name that mail is sent by
	Lead         string       `json:"lead"`
	Address      string       `json:"address"`
	Access       string       `json:"access"`
	Directions   string       `json:"directions"`
	Phone        string       `json:"phone"`
	Email        string       `json:"email"`
	Zone         string       `json:"zone"` // IANA name
	Hours        []Open       `json:"hours"`
	Closed       []civil.Date `json:"closed"`
	ReplyHours   int          `json:"reply_hours"`   // in open hours
	ReplyPromise string       `json:"reply_promise"` // the same in a sentence
	HoldHours    int          `json:"hold_hours"`
	CutoffHours  int          `json:"cutoff_hours"`
	LeaveURL     string       `json:"leave_url"`
	Rooms        []Room       `json:"rooms"`
	Video        Video        `json:"video"`
	Fees         string       `json:"-"` // Markdown, from fees.md
}

// Open is a stretch of a day of the week in which the practice answers.
type Open struct {
	Day  Weekday    `json:"day"`
	From civil.Time `json:"from"`
	To   civil.Time `json:"to"`
}

// Weekday is a day of the week, written with its English name.
type Weekday time.Weekday

// UnmarshalText reads the name of a day.
func (w *Weekday) UnmarshalText(text []byte) error {
	day, ok := civil.ParseWeekday(string(text))
	if !ok {
		return fmt.Errorf("%q is no day of the week", text)
	}
	*w = Weekday(day)
	return nil
}

// Room is a room of the practice and the way there.
type Room struct {
	Name       string `json:"name"`
	Directions string `json:"directions"`
	Seats      int    `json:"seats"`
}

// Video is how people meet without a room. The link of a meeting is Base with a word of its own after it.
type Video struct {
	Base       string `json:"base"`
	Directions string `json:"directions"`
}

// People are all who work here.
type People struct {
	Owner       Person      `json:"owner"`
	Coordinator Person      `json:"coordinator"`
	Supervisor  Person      `json:"supervisor"` // of all therapists
	Therapists  []Therapist `json:"therapists"`
}

// Person is a member of staff.
type Person struct {
	Slug        string `json:"slug"` // also names them as the author of an article
	Name        string `json:"name"`
	Pronouns    string `json:"pronouns"`
	Credentials string `json:"credentials"` // shown after the name; may be empty
	Title       string `json:"title"`
	Email       string `json:"email"`
	Profile     string `json:"profile"` // in their own words
}

// Therapist is a member of staff who sees clients.
type Therapist struct {
	Person
	License       License        `json:"license"`
	WorksWith     string         `json:"works_with"` // one line
	Focus         []string       `json:"focus"`      // codes of practice.Concerns, most at home first
	Training      []string       `json:"training"`
	Languages     []string       `json:"languages"`
	Identity      string         `json:"identity"` // in their own words
	Quote         string         `json:"quote"`
	Modalities    []string       `json:"modalities"` // "individual", "couple", "family"
	Settings      []string       `json:"settings"`   // "in_person", "video"
	Capacity      int            `json:"capacity"`   // courses at most
	Fees          map[string]int `json:"fees"`       // dollars, by modality
	SlidingPlaces int            `json:"sliding_places"`
	Payers        []string       `json:"payers"`      // "self", "sliding", "ppo"
	UsualTimes    string         `json:"usual_times"` // in words
	Times         []Times        `json:"times"`
}

// License is an invented license.
type License struct {
	Kind   string `json:"kind"`
	State  string `json:"state"`
	Number string `json:"number"` // in no form that a state gives out
}

// FeeWords are the therapist's fees in a sentence.
func (t Therapist) FeeWords() string {
	var parts []string
	for _, m := range t.Modalities {
		length := "50 minutes"
		if m != "individual" {
			length = "75 minutes"
		}
		parts = append(parts, fmt.Sprintf("$%d %s (%s)", t.Fees[m], m, length))
	}
	return strings.Join(parts, ", ") + ". Sliding scale on request."
}

// Times is a weekly rule by which a therapist is there.
type Times struct {
	Day     Weekday    `json:"day"`
	From    civil.Time `json:"from"`
	To      civil.Time `json:"to"`
	Setting string     `json:"setting"` // "in_person" or "video"
	Room    string     `json:"room"`    // empty for video
	Mode    string     `json:"mode"`    // "bookable", "request" or "hidden"
}

// Names are drawn from for clients: any first name with any last one.
type Names struct {
	First []First  `json:"first"`
	Last  []string `json:"last"`
}

// First is a first name with its pronouns.
type First struct {
	Name     string `json:"name"`
	Pronouns string `json:"pronouns"`
}

// Words are what clients and therapists say, apart from notes.
type Words struct {
	Concerns []Concern `json:"concerns"`
	Wishes   []Wish    `json:"wishes"`
	Goals    []Goal    `json:"goals"`
	CheckIns []CheckIn `json:"check_ins"`
	Ruptures []Rupture `json:"ruptures"`
	Repairs  []Repair  `json:"repairs"`
	Endings  []Ending  `json:"endings"`
}

// Concern is what brings someone, in their own words.
type Concern struct {
	For  string   `json:"for"`  // "me", "couple" or "family"
	Keys []string `json:"keys"` // codes of practice.Concerns
	Text string   `json:"text"`
}

// Wish is what someone wishes for in a therapist.
type Wish struct {
	Text     string `json:"text"`
	Language string `json:"language"` // one that a therapist here speaks; empty: none in particular
	Setting  string `json:"setting"`  // "in_person", "video", or empty: either
}

// Goal is a goal in the client's words.
type Goal struct {
	Keys []string `json:"keys"` // codes of practice.Concerns that it fits
	Text string   `json:"text"`
}

// CheckIn is what a client adds to a check-in.
type CheckIn struct {
	Tone string `json:"tone"` // "good", "strain", "rupture" or "repair"
	Text string `json:"text"`
}

// Rupture is what happened, as the one who noticed it tells it.
type Rupture struct {
	Kind      string `json:"kind"`       // "withdrawal", "confrontation", "both" or "unknown"
	NoticedBy string `json:"noticed_by"` // "client" or "therapist"
	Text      string `json:"text"`
}

// Repair is an attempt, as the therapist tells it.
type Repair struct {
	Strategy string `json:"strategy"` // one of Strategies
	Text     string `json:"text"`
}

// Strategies are the ways into repair.
func Strategies() []string {
	return []string{"clarify", "change_task", "explain", "invite", "own_part", "disclose", "link_between_us",
		"link_others", "validate", "redirect"}
}

// Ending is how a course ended, as the therapist tells it.
type Ending struct {
	Kind string `json:"kind"` // "planned", "moved", "paused", "referred" or "unplanned"
	Text string `json:"text"`
}

// Note is a progress note of one session.
type Note struct {
	Modality  string `json:"modality"` // "individual", "couple" or "family"
	Phase     string `json:"phase"`    // "first", "work", "rupture" (it happened), "repair" (talked about) or "ending"
	WorkedOn  string `json:"worked_on"`
	BetweenUs string `json:"between_us"`
	Tried     string `json:"tried"`
	Plan      string `json:"plan"`
}

// Article is an article of the public site.
type Article struct {
	Title     string
	Slug      string
	Summary   string
	Author    string // slug of a person
	Published civil.Date
	Body      string // Markdown; its headings begin at the second level
}

// Reply is a reply to an article.
type Reply struct {
	Article string     `json:"article"` // slug
	Date    civil.Date `json:"date"`
	Time    civil.Time `json:"time"` // in the practice's zone
	Name    string     `json:"name"`
	Email   string     `json:"email"`
	Person  string     `json:"person"` // slug of the member of staff who wrote it; empty: a reader
	State   string     `json:"state"`  // "published" or "held"
	Text    string     `json:"text"`
}

// Load reads everything. An error means that a file is not as it should be, which a test here would have caught.
func Load() (Content, error) {
	var c Content
	for name, into := range map[string]any{
		"practice.json": &c.Practice, "people.json": &c.People, "names.json": &c.Names,
		"words.json": &c.Words, "notes.json": &c.Notes, "replies.json": &c.Replies,
	} {
		src, err := files.ReadFile(name)
		if err != nil {
			return Content{}, err
		}
		if err := texts.Decode(src, into); err != nil {
			return Content{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	fees, err := files.ReadFile("fees.md")
	if err != nil {
		return Content{}, err
	}
	c.Practice.Fees = string(fees)
	c.Articles, err = articles()
	return c, err
}

// articles are in the order in which they were published.
func articles() ([]Article, error) {
	entries, err := files.ReadDir("articles")
	if err != nil {
		return nil, err
	}
	var all []Article
	for _, e := range entries {
		src, err := files.ReadFile(path.Join("articles", e.Name()))
		if err != nil {
			return nil, err
		}
		head, body, err := texts.Split(string(src), "title", "slug", "summary", "author", "published")
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		published, err := civil.ParseDate(head["published"])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		all = append(all, Article{head["title"], head["slug"], head["summary"], head["author"], published, body})
	}
	slices.SortFunc(all, func(a, b Article) int { return a.Published.Compare(b.Published) })
	return all, nil
}
