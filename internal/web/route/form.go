package route

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"attune/internal/fault"

	"golang.org/x/text/unicode/norm"
)

// Form is what a form or an address carried, after it was held against the
// route's declaration: only declared names, each once unless it may repeat.
type Form struct{ values url.Values }

// Check holds values against the declared fields. Names that are not declared,
// or sent twice, and values that are too long or no text are refused.
func Check(values url.Values, fields []Field) (Form, error) {
	clean := make(url.Values, len(values))
	var faults fault.List
	for name, sent := range values {
		field, ok := declared(name, fields)
		if !ok {
			return Form{}, fault.Invalid("", "This form sent something that it should not. Please load the page again.")
		}
		if len(sent) > 1 && !field.Many {
			return Form{}, fault.Invalid("", "This form sent the same answer twice. Please load the page again.")
		}
		for _, value := range sent {
			text, sentence := cleanValue(value, field)
			if sentence != "" {
				faults.Add(name, sentence)
			}
			clean.Add(name, text)
		}
	}
	return Form{clean}, faults.Err()
}

func declared(name string, fields []Field) (Field, bool) {
	i := slices.IndexFunc(fields, func(f Field) bool {
		prefix, wild := strings.CutSuffix(f.Name, "*")
		return f.Name == name || wild && strings.HasPrefix(name, prefix) && len(name) < 80
	})
	if i < 0 {
		return Field{}, false
	}
	return fields[i], true
}

func cleanValue(value string, f Field) (text, sentence string) {
	if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
		return "", "Some of this could not be read as text. Please type it again."
	}
	text = norm.NFC.String(strings.ReplaceAll(value, "\r\n", "\n"))
	if f.Line {
		text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), " ")
	}
	limit := f.Max
	if limit == 0 {
		limit = 200
	}
	if n := utf8.RuneCountInString(text); n > limit {
		return text, "Please shorten this to " + strconv.Itoa(limit) + " characters. It has " + strconv.Itoa(n) + " now."
	}
	return text, ""
}

// Text is the value with the space around it taken off; empty where none was sent.
func (f Form) Text(name string) string { return strings.TrimSpace(f.values.Get(name)) }

// Raw is the value as it was sent, for passwords.
func (f Form) Raw(name string) string { return f.values.Get(name) }

// All are the values of a name that may repeat.
func (f Form) All(name string) []string { return f.values[name] }

// Has reports whether the name was sent with a value.
func (f Form) Has(name string) bool { return f.values.Get(name) != "" }

// Number is a whole number; ok is false where none was sent or it is none.
func (f Form) Number(name string) (n int, ok bool) {
	n, err := strconv.Atoi(f.Text(name))
	return n, err == nil
}

// Begins are the sent names that begin with prefix, without it, with their values.
func (f Form) Begins(prefix string) map[string]string {
	found := map[string]string{}
	for name := range f.values {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			found[rest] = f.values.Get(name)
		}
	}
	return found
}
