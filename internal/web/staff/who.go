package staff

import (
	"html/template"
	"strings"
	"time"

	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

// whoOf names those who take part, as this reader wants names.
func whoOf(v *route.Visit, clients []practice.Client) template.HTML {
	prefs := ui.ReadPrefs(v.Request)
	var names []string
	for _, c := range clients {
		names = append(names, string(prefs.Name(c.Name)))
	}
	if len(names) == 0 {
		return "A client"
	}
	last := len(names) - 1
	if last == 0 {
		return template.HTML(names[0])
	}
	return template.HTML(strings.Join(names[:last], ", ") + " and " + names[last])
}

// shortWhoOf is whoOf where there is little room: several people by their first names.
func shortWhoOf(v *route.Visit, clients []practice.Client) template.HTML {
	if len(clients) < 2 {
		return whoOf(v, clients)
	}
	first := make([]practice.Client, len(clients))
	for i, c := range clients {
		first[i].Name, _, _ = strings.Cut(c.Name, " ")
	}
	return whoOf(v, first)
}

func oneOf(v *route.Visit, c practice.Client) template.HTML {
	return whoOf(v, []practice.Client{c})
}

// firstNameOf is the first word of a client's name, or its letter in discreet mode.
func firstNameOf(v *route.Visit, c practice.Client) string {
	first, _, _ := strings.Cut(c.Name, " ")
	if ui.ReadPrefs(v.Request).Discreet {
		return ui.Initials(first)
	}
	return first
}

// placeWords is where an hour is, in a word or two.
func placeWords(p schedule.Place) string {
	if p.Name == "" {
		return ""
	}
	return p.Name
}

// togetherWords is who sits in the room together; nothing for one person alone.
func togetherWords(modality string) string {
	return map[string]string{"couple": "Couple", "family": "Family"}[modality]
}

// dotted joins what there is to say.
func dotted(parts ...string) string {
	var said []string
	for _, part := range parts {
		if part != "" {
			said = append(said, part)
		}
	}
	return strings.Join(said, " · ")
}

// dayIn is the day that the query names, or today.
func dayIn(v *route.Visit, field string) civil.Date {
	if date, err := civil.ParseDate(v.Form.Text(field)); err == nil {
		return date
	}
	return civil.On(v.DB.Now(), v.Practice.Location())
}

// whenWords says when an hour is, as people would: "Today 10:00 to 10:50 am".
func whenWords(v *route.Visit, a schedule.Appointment) string {
	loc := v.Practice.Location()
	day := civil.On(a.Start, loc).From(civil.On(v.DB.Now(), loc))
	return upperFirst(day) + " " + ui.Span(loc, a.Start, a.End)
}

func shortWhen(v *route.Visit, at time.Time) string {
	loc := v.Practice.Location()
	return upperFirst(civil.On(at, loc).From(civil.On(v.DB.Now(), loc))) + ", " + ui.Clock(loc, at)
}

func upperFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
