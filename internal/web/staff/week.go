package staff

import (
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"attune/internal/access"
	"attune/internal/caseload"
	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/schedule"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var weekPage = ui.Parse(pages, ui.Calendar, "week.html")

func addWeek(g *route.Registry) {
	g.Add(route.Route{Method: http.MethodGet, Pattern: "/week", Name: "staff.week", Right: access.ReadTimes, Auth: route.SignIn, Do: week,
		Query: []route.Field{{Name: "day", Max: 10, Line: true}, {Name: "of", Max: 40, Line: true}}})
}

type weekView struct {
	Title, Sentence       string
	Of                    string // in addresses, where it is another's week
	Before, Now, After    string
	Others                *ui.Field
	Changes, Torn, OwnDay bool
	Days                  []weekDay
	DayClass              string
	Hours                 []string
	First                 string // the day of the week shown, for forms
}

type weekDay struct {
	ID     string
	Title  string
	Short  string
	Today  bool
	Events []weekEvent
}

type weekEvent struct {
	at    time.Time
	Class string // qN nN, with fifty where a pause follows
	Kind  string // "", "open", "hold"
	Href  string
	Who   template.HTML
	What  string
	Video bool
	Torn  bool
	State string
}

func week(w http.ResponseWriter, v *route.Visit) error {
	monday := dayIn(v, "day").Monday()
	wk, err := caseload.AWeek(v.Context(), v.DB, v.By, practice.StaffID(v.Form.Text("of")), monday)
	if err != nil {
		return err
	}
	return v.Page(w, weekPage, frame(v, "Calendar"), weekViewOf(v, wk))
}

func weekViewOf(v *route.Visit, wk caseload.Week) weekView {
	loc := v.Practice.Location()
	view := weekView{Changes: wk.Changes, First: wk.Monday.String(),
		Before: wk.Monday.AddDays(-7).String(), Now: civil.On(wk.Now, loc).String(), After: wk.Monday.AddDays(7).String()}
	own := string(wk.Therapist.ID) == v.By.ID
	view.OwnDay = own
	if !own {
		view.Of = string(wk.Therapist.ID)
	}
	if len(wk.Others) > 1 {
		view.Others = &ui.Field{Name: "of", Label: "Whose week", Type: "select", Value: string(wk.Therapist.ID)}
		for _, t := range wk.Others {
			view.Others.Options = append(view.Others.Options, ui.Option{Value: string(t.ID), Label: t.Name})
		}
	}
	g := weekGrid(v, wk)
	view.Title = spanWords(wk.Monday, g.days)
	view.Sentence = weekSentence(wk, own)
	view.Days, view.DayClass, view.Hours = g.list(v, wk), "days"+strconv.Itoa(g.days), g.hours()
	for _, day := range view.Days {
		view.Torn = view.Torn || slices.ContainsFunc(day.Events, func(e weekEvent) bool { return e.Torn })
	}
	return view
}

// spanWords is the days shown: "May 11 to 15".
func spanWords(monday civil.Date, days int) string {
	last := monday.AddDays(days - 1)
	if last.Month == monday.Month {
		return monday.MonthDay() + " to " + strconv.Itoa(last.Day)
	}
	return monday.MonthDay() + " to " + last.MonthDay()
}

func weekSentence(wk caseload.Week, own bool) string {
	torn := 0
	for _, h := range wk.Hours {
		if h.Torn {
			torn++
		}
	}
	sentence := ui.Plural(len(wk.Hours), "session", "sessions") + ", " + openWords(len(wk.Open)) + "."
	if !own {
		return wk.Therapist.Title() + ". " + sentence
	}
	switch torn {
	case 0:
		return sentence
	case 1:
		return sentence + " One session begins with a repair."
	}
	return sentence + " " + upperFirst(countWords(torn, "", "")) + " sessions begin with a repair."
}

func openWords(n int) string {
	if n == 0 {
		return "no open times"
	}
	return ui.Plural(n, "open time", "open times")
}

// grid is how a week is laid out: so many days from Monday, and the hours from
// the first that is needed.
type grid struct {
	days       int
	from       int // hour of the day
	pause      int // minutes that are kept free after a session
	loc        *time.Location
	monday     civil.Date
	lastMinute int
}

const (
	quarters     = 56            // that a day of the calendar can show
	longestEvent = 4 * time.Hour // that one block of the calendar can show
)

func weekGrid(v *route.Visit, wk caseload.Week) grid {
	g := grid{days: 5, from: 8, pause: v.Practice.BufferMinutes, loc: v.Practice.Location(), monday: wk.Monday, lastMinute: 18 * 60}
	see := func(start, end time.Time) {
		date, clock := civil.Of(start, g.loc)
		_, last := civil.Of(end, g.loc)
		g.days = max(g.days, wk.Monday.DaysUntil(date)+1)
		g.from = min(g.from, int(clock)/60)
		g.lastMinute = max(g.lastMinute, int(last))
	}
	for _, h := range wk.Hours {
		see(h.Start, h.End)
	}
	for _, s := range wk.Open {
		see(s.Start, s.End)
	}
	g.days = min(g.days, 7)
	return g
}

// hours are the labels at the side.
func (g grid) hours() []string {
	var labels []string
	for h := g.from; h*60 < g.lastMinute && h < 24; h++ {
		words := strconv.Itoa((h+11)%12 + 1)
		if h == g.from || h == 12 {
			words += map[bool]string{true: " am", false: " pm"}[h < 12]
		}
		labels = append(labels, words)
	}
	return labels
}

// class is the place of a stretch in its day's column; ok is false where it lies outside.
func (g grid) class(start, end time.Time) (class string, ok bool) {
	_, from := civil.Of(start, g.loc)
	minute, minutes := int(from)-g.from*60, int(end.Sub(start).Minutes())
	fifty := minutes == 50 && minute%15 == 0 && g.pause >= 10
	if fifty {
		minutes = 60
	}
	q := (minute + 7) / 15
	n := max(1, (minute+minutes+7)/15-q)
	if minute < 0 || q >= quarters {
		return "", false
	}
	class = "q" + strconv.Itoa(q) + " n" + strconv.Itoa(min(n, 16))
	if fifty {
		class += " fifty"
	}
	return class, true
}

func (g grid) list(v *route.Visit, wk caseload.Week) []weekDay {
	today := civil.On(wk.Now, g.loc)
	days := make([]weekDay, g.days)
	for i := range days {
		date := wk.Monday.AddDays(i)
		days[i] = weekDay{ID: "d" + strconv.Itoa(i), Title: date.Short(), Short: civil.ShortDay(date.Weekday()) + " " + strconv.Itoa(date.Day), Today: date == today}
		if days[i].Today {
			days[i].Title = "Today, " + days[i].Title
		}
	}
	put := func(start, end time.Time, e weekEvent) {
		i := wk.Monday.DaysUntil(civil.On(start, g.loc))
		class, ok := g.class(start, end)
		if i < 0 || i >= g.days || !ok {
			return
		}
		e.at, e.Class = start, class
		days[i].Events = append(days[i].Events, e)
	}
	for _, h := range wk.Hours {
		put(h.Start, h.End, hourEvent(v, wk, h))
	}
	for _, s := range wk.Open {
		href := ""
		if wk.Changes {
			href = "/calendar/new?at=" + slotCode(s.Start)
			if string(wk.Therapist.ID) != v.By.ID {
				href += "&of=" + string(wk.Therapist.ID)
			}
		}
		put(s.Start, s.End, weekEvent{Kind: "open", Href: href, Who: "Open", What: bareClock(g.loc, s.Start) + ", " + placeWords(wk.Places[s.Place])})
	}
	g.putOff(wk, put)
	for i := range days {
		slices.SortStableFunc(days[i].Events, func(a, b weekEvent) int { return a.at.Compare(b.at) })
	}
	return days
}

func hourEvent(v *route.Visit, wk caseload.Week, h caseload.WeekHour) weekEvent {
	place := wk.Places[h.PlaceID]
	what := bareClock(v.Practice.Location(), h.Start) + ", " + placeWords(place)
	if h.First {
		what += ", first session"
	}
	e := weekEvent{Href: "/calendar/" + string(h.ID), Who: shortWhoOf(v, h.Clients), What: what, Video: place.Kind == "video", Torn: h.Torn}
	if h.State == schedule.Missed || h.State == schedule.Held {
		e.State = stateWords[h.State]
	}
	return e
}

// putOff shows time off on each day that it reaches into, cut to the hours shown.
func (g grid) putOff(wk caseload.Week, put func(start, end time.Time, e weekEvent)) {
	for _, off := range wk.Off {
		text := off.Reason
		if text == "" {
			text = "Not here"
		}
		for i := range g.days {
			day := schedule.DaySpan(wk.Monday.AddDays(i), civil.Clock(g.from, 0), civil.Time(min(g.lastMinute, 1440)), g.loc)
			start, end := later(off.Start, day.Start), earlier(off.End, day.End)
			what := bareClock(g.loc, start) + " to " + bareClock(g.loc, end)
			if start.Equal(day.Start) && end.Equal(day.End) {
				what = "All day"
			}
			for ; start.Before(end); start = start.Add(longestEvent) {
				put(start, earlier(end, start.Add(longestEvent)), weekEvent{Kind: "hold", Who: template.HTML(template.HTMLEscapeString(text)), What: what})
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
