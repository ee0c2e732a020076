package staff

import (
	"strconv"
	"strings"
	"time"

	"attune/internal/civil"
	"attune/internal/practice"
	"attune/internal/web/ui"
)

// sections are the parts of the settings, in the order in which a new practice needs them.
var sections = []section{
	{Code: "name", Title: "Name and contact", About: "On every public page, and the sender of every message.", Settings: []setting{
		needed(line("name", "Name of the practice", "In full, as on your sign.", func(s *practice.Settings) *string { return &s.Name })),
		needed(line("short_name", "Short name", "Messages and clients’ pages carry only this. It must say nothing of therapy, such as “Alder Street”.",
			func(s *practice.Settings) *string { return &s.ShortName })),
		addressSetting,
		needed(line("phone", "Phone", "On every page.", func(s *practice.Settings) *string { return &s.Phone })),
		line("email", "Email", "On the public site, and where answers to messages go.", func(s *practice.Settings) *string { return &s.Email }),
		zoneSetting,
	}},
	{Code: "hours", Title: "Open hours", About: "A promised reply counts these hours only.", Settings: append(weekSettings(), closedSetting)},
	{Code: "times", Title: "Times and promises", About: "By when you reply, and until when clients change a time by themselves.", Settings: []setting{
		number("reply_hours", "Reply within, in open hours", "Asked-for appointments are due by then.", func(s *practice.Settings) *int { return &s.ReplyHours }),
		number("hold_hours", "Hold offered times for, in hours", "", func(s *practice.Settings) *int { return &s.HoldHours }),
		number("cutoff_hours", "Clients change or cancel until, in hours before", "After that they call.", func(s *practice.Settings) *int { return &s.CutoffHours }),
		number("session_minutes", "Length of a session, in minutes", "", func(s *practice.Settings) *int { return &s.SessionMinutes }),
		number("buffer_minutes", "Pause after a session, in minutes", "", func(s *practice.Settings) *int { return &s.BufferMinutes }),
		remindersSetting,
	}},
	{Code: "home", Title: "First page", About: "What visitors read first.", Settings: []setting{
		line("headline", "Headline", "", func(s *practice.Settings) *string { return &s.Headline }),
		short1000(prose("lead", "The lines below it", "", func(s *practice.Settings) *string { return &s.Lead })),
	}},
	{Code: "fees", Title: "Fees", About: "On the public site.", Settings: []setting{
		prose("fees", "Fees", "Markdown.", func(s *practice.Settings) *string { return &s.Fees })}},
	{Code: "how", Title: "How you work", About: "On the public site.", Settings: []setting{
		prose("how", "How you work", "Markdown.", func(s *practice.Settings) *string { return &s.HowWeWork })}},
	{Code: "privacy", Title: "Privacy", About: "On the public site.", Settings: []setting{
		prose("privacy", "Privacy notice", "Markdown. Have it read by whoever advises you on the law.", func(s *practice.Settings) *string { return &s.Privacy })}},
	{Code: "minors", Title: "People under 18", About: "What someone reads who is too young to ask for an appointment.", Settings: []setting{
		prose("minors", "Where they can turn", "Markdown.", func(s *practice.Settings) *string { return &s.Minors })}},
	{Code: "leave", Title: "Leave quickly", About: "Where the button leads that covers a client’s page at once.", Settings: []setting{
		needed(line("leave_url", "Address", "A boring, public, quick page that says nothing of the person, such as a weather page. Begins with https://.",
			func(s *practice.Settings) *string { return &s.LeaveURL }))}},
	{Code: "mail", Title: "Mail server", About: "By which way messages leave the building.", Fresh: true, Settings: mailSettings},
}

func short1000(s setting) setting { s.Rows, s.Most = 4, 1000; return s }

var addressSetting = func() setting {
	s := line("address", "Address", "As on an envelope.", func(s *practice.Settings) *string { return &s.Address })
	s.Type, s.Rows, s.Most = "textarea", 3, 400
	return s
}()

var zoneSetting = setting{Field: ui.Field{Name: "zone", Type: "select", Label: "Time zone", Options: zones()}, Most: 60,
	Get: func(p practice.Practice) string { return p.Zone },
	Set: func(p *practice.Practice, text string) string { p.Zone = text; return "" }}

func zones() []ui.Option {
	var all []ui.Option
	for _, z := range civil.USZones {
		all = append(all, ui.Option{Value: z.Name, Label: z.Words})
	}
	return all
}

// number is a setting that is a whole number.
func number(name, label, hint string, of func(*practice.Settings) *int) setting {
	return setting{Field: ui.Field{Name: name, Label: label, Hint: hint, InputMode: "numeric", Short: true, Required: true}, Most: 6,
		Get: func(p practice.Practice) string { return strconv.Itoa(*of(&p.Settings)) },
		Set: func(p *practice.Practice, text string) string {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 || n > 1000 {
				return "Enter a whole number."
			}
			*of(&p.Settings) = n
			return ""
		}}
}

// weekSettings are the open hours, one box a day from Monday on.
func weekSettings() []setting {
	var all []setting
	for _, day := range civil.Weekdays {
		hint := ""
		if len(all) == 0 {
			hint = "Such as 9:00 am to 12:30 pm, 1:30 pm to 6:00 pm. Leave a day empty on which you are closed."
		}
		all = append(all, setting{Field: ui.Field{Name: "hours_" + strings.ToLower(day.String()[:3]), Label: day.String(), Hint: hint}, Most: 200,
			Get: func(p practice.Practice) string { return spansWords(p.Hours.Week[day]) },
			Set: func(p *practice.Practice, text string) string { return setDay(p, day, text) }})
	}
	return all
}

func setDay(p *practice.Practice, day time.Weekday, text string) string {
	spans, ok := parseSpans(text)
	if !ok {
		return "Write the hours of " + day.String() + " like 9:00 am to 6:00 pm, each ending after it begins and none in another."
	}
	p.Hours.Week[day] = spans
	return ""
}

// spansWords are hours as parseSpans reads them.
func spansWords(spans []civil.Span) string {
	var words []string
	for _, s := range spans {
		words = append(words, s.From.Words()+" to "+s.To.Words())
	}
	return strings.Join(words, ", ")
}

// parseSpans reads hours such as "9:00 am to 12:30 pm, 13:30-18:00", in order and apart; empty is closed.
func parseSpans(text string) ([]civil.Span, bool) {
	if strings.TrimSpace(text) == "" {
		return nil, true
	}
	var week civil.Hours
	for part := range strings.SplitSeq(text, ",") {
		part = strings.NewReplacer("–", "-", " to ", "-").Replace(" " + part + " ")
		begin, end, ok := strings.Cut(part, "-")
		from, errFrom := civil.ParseTime(begin)
		to, errTo := civil.ParseTime(end)
		if !ok || errFrom != nil || errTo != nil {
			return nil, false
		}
		week.Week[0] = append(week.Week[0], civil.Span{From: from, To: to})
	}
	return week.Week[0], week.Validate() == nil
}

var closedSetting = setting{Field: ui.Field{Name: "closed", Type: "textarea", Rows: 5, Label: "Closed days",
	Hint: "Holidays and others, one date a line, such as 2026-12-25.", Optional: true}, Most: 3000,
	Get: func(p practice.Practice) string { return strings.Join(p.Closed, "\n") },
	Set: func(p *practice.Practice, text string) string {
		var days []string
		for one := range strings.SplitSeq(text, "\n") {
			if one = strings.TrimSpace(one); one == "" {
				continue
			}
			date, err := civil.ParseDate(one)
			if err != nil {
				return "Write each date on a line of its own, like 2026-12-25."
			}
			days = append(days, date.String())
		}
		p.Closed = days
		return ""
	}}

// Reminders: at most this many, and this many hours ahead.
const (
	mostReminders = 5
	mostAhead     = 14 * 24
)

var remindersSetting = setting{Field: ui.Field{Name: "reminders", Label: "Reminders, in hours before", Hint: "Such as 48, 2. Leave it empty for none.", Short: true}, Most: 60,
	Get: func(p practice.Practice) string {
		var hours []string
		for _, minutes := range p.Reminders {
			hours = append(hours, strconv.Itoa(minutes/60))
		}
		return strings.Join(hours, ", ")
	},
	Set: func(p *practice.Practice, text string) string {
		var all []int
		for _, one := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
			hours, err := strconv.Atoi(one)
			if err != nil || hours < 1 || hours > mostAhead || len(all) == mostReminders {
				return "Enter up to five whole numbers of hours, from 1 to 336, with commas between them."
			}
			all = append(all, hours*60)
		}
		p.Reminders = all
		return ""
	}}
