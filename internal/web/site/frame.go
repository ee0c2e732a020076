package site

import (
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

// frame is the shell of a public page: the navigation with the current item marked, and what search engines and other
// sites show of the page.
func frame(v *route.Visit, current, description string) ui.Frame {
	f := v.Frame()
	f.SignedIn, f.Idle = false, 0
	f.Nav = ui.SiteNav(current)
	f.Practice.Hours = hoursWords(v.Practice.Hours)
	f.Canonical, f.Description, f.Feed = address(v, v.URL.Path), description, "/feed.atom"
	return f
}

// quiet is the shell of a page on which someone writes: it can be left quickly, and no search engine keeps it.
func quiet(v *route.Visit) ui.Frame {
	f := frame(v, "", "")
	f.Leave, f.NoIndex, f.Canonical, f.Feed = true, true, "", ""
	return f
}

// address is the full address of a path of the site.
func address(v *route.Visit, path string) string { return v.House.BaseURL(v.Host) + path }

// hoursWords are the open hours in a line: "Monday to Friday, 9:00 am to 6:00 pm". Days of the same hours stand together.
func hoursWords(hours civil.Hours) string {
	var parts []string
	for i := 0; i < len(civil.Weekdays); {
		spans := hours.Week[civil.Weekdays[i]]
		last := i
		for last+1 < len(civil.Weekdays) && slices.Equal(hours.Week[civil.Weekdays[last+1]], spans) {
			last++
		}
		if len(spans) > 0 {
			parts = append(parts, daysWords(civil.Weekdays[i], civil.Weekdays[last])+", "+spansWords(spans))
		}
		i = last + 1
	}
	return strings.Join(parts, "; ")
}

func daysWords(first, last time.Weekday) string {
	if first == last {
		return first.String()
	}
	return first.String() + " to " + last.String()
}

func spansWords(spans []civil.Span) string {
	words := make([]string, len(spans))
	for i, s := range spans {
		words[i] = civil.Between(s.From, s.To)
	}
	return strings.Join(words, " and ")
}

// reader is who reads requests first: the coordinator's first name, or "Our coordinator" where there is none.
func reader(v *route.Visit) (string, error) {
	all, err := practice.Colleagues(v.Context(), v.DB)
	if err != nil {
		return "", err
	}
	for _, s := range all {
		if s.State == "active" && slices.Contains(s.Roles, access.Coordinator) {
			return firstName(s.Name), nil
		}
	}
	return "Our coordinator", nil
}

func firstName(name string) string {
	first, _, _ := strings.Cut(name, " ")
	return first
}
