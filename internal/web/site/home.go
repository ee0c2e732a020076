package site

import (
	"net/http"
	"regexp"
	"strings"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/web/route"
	"attune/internal/web/ui"
	"attune/internal/writing"
)

var homePage = ui.Parse(pages, ui.Public, "home.html", "cards.html")

func addHome(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/{$}", Name: "site.home", Right: access.ReadSite, Auth: route.None, Static: true, Do: home})
}

type homeView struct {
	Headline, Lead string
	texts.Home
	Therapists []therapistCard
	Fees       []ui.Fact
	Writing    []articleCard
}

// How many therapists and articles the first page shows.
const (
	homeTherapists = 3
	homeArticles   = 3
)

func home(w http.ResponseWriter, v *route.Visit) error {
	words, err := texts.FirstPage()
	if err != nil {
		return err
	}
	therapists, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	newest, err := writing.Published(v.Context(), v.DB, v.By, homeArticles)
	if err != nil {
		return err
	}
	names, err := staffNames(v)
	if err != nil {
		return err
	}
	view := homeView{Headline: orElse(v.Practice.Headline, words.Headline), Lead: orElse(v.Practice.Lead, words.Lead), Home: words,
		Therapists: cards(inTurn(therapists, civil.On(v.DB.Now(), v.Practice.Location()))), Fees: feeFacts(v.Practice.Fees)}
	for _, a := range newest {
		view.Writing = append(view.Writing, cardOf(v, a, names))
	}
	return v.Page(w, homePage, frame(v, "", view.Lead), view)
}

func orElse(text, otherwise string) string {
	if strings.TrimSpace(text) == "" {
		return otherwise
	}
	return text
}

// inTurn is a few of the therapists who have openings, beginning with another one each day: nobody is first for good.
func inTurn(all []practice.Therapist, day civil.Date) []practice.Therapist {
	var open []practice.Therapist
	for _, t := range all {
		if t.Accepting {
			open = append(open, t)
		}
	}
	if len(open) <= homeTherapists {
		return open
	}
	first := civil.Date{Year: 2020, Month: 1, Day: 1}.DaysUntil(day) % len(open)
	if first < 0 {
		first = 0
	}
	return append(append([]practice.Therapist(nil), open[first:]...), open[:first]...)[:homeTherapists]
}

var feeLine = regexp.MustCompile(`^[-*] \*\*(.+?)\*\*:? *:? *(.+)$`)

// feeFacts are the amounts with which the practice's text about fees begins, where it begins with such a list:
// "- **Individual, 50 minutes**: $165".
func feeFacts(markdown string) []ui.Fact {
	var facts []ui.Fact
	for line := range strings.SplitSeq(strings.TrimSpace(markdown), "\n") {
		found := feeLine.FindStringSubmatch(strings.TrimSpace(line))
		if found == nil {
			break
		}
		facts = append(facts, ui.Fact{Name: strings.TrimSuffix(found[1], ":"), Is: found[2]})
	}
	return facts
}
