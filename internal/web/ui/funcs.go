package ui

import (
	"crypto/rand"
	"errors"
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// functions are what templates may call. Times take the zone first, so that a page
// can write {{.At | clock $.Zone}}.
var functions = template.FuncMap{
	"icon":        Icon,
	"name":        Prefs.Name,
	"initials":    Initials,
	"dateLong":    DateLong,
	"dateShort":   DateShort,
	"dateYear":    DateYear,
	"clock":       Clock,
	"span":        Span,
	"iso":         func(zone *time.Location, t time.Time) string { return in(zone, t).Format(time.RFC3339) },
	"plural":      Plural,
	"lines":       Lines,
	"idempotency": Idempotency,
	"dict":        dict,
	"attention":   attention,
}

// Icon draws the icon of that name beside words that say the same.
func Icon(name string) (template.HTML, error) {
	if _, ok := icons()[name]; !ok {
		return "", fmt.Errorf("no icon %q", name)
	}
	return template.HTML(`<svg class="i" aria-hidden="true"><use href="#i-` + name + `"/></svg>`), nil
}

// Initials are the first letters of the first and last word of a name; titles after
// a comma do not count. An empty name has none.
func Initials(name string) string {
	name, _, _ = strings.Cut(name, ",")
	words := strings.FieldsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '(' || r == ')' })
	if len(words) == 0 {
		return ""
	}
	first, _ := utf8.DecodeRuneInString(words[0])
	if len(words) == 1 {
		return string(unicode.ToUpper(first))
	}
	last, _ := utf8.DecodeRuneInString(words[len(words)-1])
	return string(unicode.ToUpper(first)) + string(unicode.ToUpper(last))
}

// in moves t to zone; without a zone, to UTC.
func in(zone *time.Location, t time.Time) time.Time {
	if zone == nil {
		return t.UTC()
	}
	return t.In(zone)
}

// DateLong is the day in words: "Thursday, May 21".
func DateLong(zone *time.Location, t time.Time) string {
	return in(zone, t).Format("Monday, January 2")
}

// DateShort is the day where space is short: "May 21".
func DateShort(zone *time.Location, t time.Time) string { return in(zone, t).Format("January 2") }

// DateYear is the day with its year: "May 21, 2026".
func DateYear(zone *time.Location, t time.Time) string { return in(zone, t).Format("January 2, 2006") }

// Clock is the time of day: "10:00 am".
func Clock(zone *time.Location, t time.Time) string { return in(zone, t).Format("3:04 pm") }

// Span is from one time of day to another: "10:00 to 10:50 am", "11:30 am to 12:20 pm".
func Span(zone *time.Location, from, to time.Time) string {
	from, to = in(zone, from), in(zone, to)
	if from.Format("pm") == to.Format("pm") {
		return from.Format("3:04") + " to " + to.Format("3:04 pm")
	}
	return from.Format("3:04 pm") + " to " + to.Format("3:04 pm")
}

// Plural counts things: "1 session", "3 sessions".
func Plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// attention heads the summary of n faults.
func attention(n int) string {
	words := []string{"", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"}
	switch {
	case n == 1:
		return "One thing needs your attention"
	case n < len(words):
		return words[n] + " things need your attention"
	}
	return fmt.Sprintf("%d things need your attention", n)
}

// Lines shows plain text as it was typed: an empty line begins a paragraph, a new
// line a line. Everything else is escaped.
func Lines(text string) template.HTML {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	var html strings.Builder
	for _, paragraph := range strings.Split(text, "\n\n") {
		if paragraph = strings.Trim(paragraph, "\n"); paragraph == "" {
			continue
		}
		escaped := template.HTMLEscapeString(paragraph)
		html.WriteString("<p>" + strings.ReplaceAll(escaped, "\n", "<br>") + "</p>")
	}
	return template.HTML(html.String())
}

// Idempotency is the hidden field that every form which changes something carries:
// a fresh ULID, so that sending the form twice does its deed once.
func Idempotency() template.HTML {
	return template.HTML(`<input type="hidden" name="idempotency" value="` + ulid(time.Now()) + `">`)
}

// ulid is 48 bits of milliseconds and 80 of chance in Crockford's base 32
// (github.com/ulid/spec).
func ulid(now time.Time) string {
	const digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var id [26]byte
	ms := uint64(now.UnixMilli())
	for i := 9; i >= 0; i-- {
		id[i] = digits[ms&31]
		ms >>= 5
	}
	_, _ = rand.Read(id[10:]) // crypto/rand.Read never returns an error
	for i := 10; i < len(id); i++ {
		id[i] = digits[id[i]&31]
	}
	return string(id[:])
}

// dict makes a map for a part that takes a few named values.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a name without a value")
	}
	named := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		key, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		named[key] = pairs[i+1]
	}
	return named, nil
}
