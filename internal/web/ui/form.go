package ui

import (
	"strings"

	"attune/internal/fault"
)

// FaultIn is the sentence to stand at the form field, or "" where nothing is wrong.
func FaultIn(faults []fault.Fault, field string) string {
	for _, f := range faults {
		if f.Field == field {
			return f.Sentence
		}
	}
	return ""
}

// Option is one answer to choose. A disabled time slot reads as taken.
type Option struct {
	Value    string
	Label    string
	Hint     string
	Checked  bool
	Disabled bool
	Reveals  string // the id of what this answer calls for, such as crisis help
}

// Pick is the options with those checked whose values are among chosen.
func Pick(options []Option, chosen ...string) []Option {
	picked := make([]Option, len(options))
	copy(picked, options)
	for i, option := range picked {
		for _, value := range chosen {
			if option.Value == value {
				picked[i].Checked = true
			}
		}
	}
	return picked
}

// Field is a labelled box to write in or to select from: part "field".
type Field struct {
	Name  string // also its id, so that a summary of faults can lead to it
	Label string
	Hint  string
	Error string
	Value string

	Type         string   // of the input: "text" (when empty), "email", "tel", "date"...; or "textarea", "select"
	Rows         int      // of a textarea, 3 when 0
	Options      []Option // of a select
	Suggestions  []string // offered, not enforced
	Required     bool
	Optional     bool   // says "(optional)" beside the label
	Autocomplete string // a token of the HTML standard; "off" for what is sensitive
	InputMode    string // "numeric"...
	Min, Max     string // of a number, date or time
	Step         string
	MaxLength    int    // in characters; 0: no limit
	Short        bool   // as wide as what goes in, not as the page
	DescribedBy  string // ids of further text that explains it
	FocusFirst   bool   // the page begins here; only on pages with nothing else to do
}

// InputType is Type, or "text".
func (f Field) InputType() string {
	if f.Type == "" {
		return "text"
	}
	return f.Type
}

// TextRows is Rows, or 3.
func (f Field) TextRows() int {
	if f.Rows == 0 {
		return 3
	}
	return f.Rows
}

// Described is the ids of all text that explains the field.
func (f Field) Described() string { return described(f.Name, f.Hint, f.Error, f.DescribedBy) }

// Choices is a question with answers to tick: part "choices".
type Choices struct {
	Name     string // of every input; the id of the first
	Legend   string
	Hidden   bool // the legend is only for screen readers
	Hint     string
	Error    string
	Options  []Option
	Multiple bool   // boxes instead of radios
	Layout   string // "" one below the other, "cols" in columns, "chips" in a row
	Required bool
	Optional bool
}

// Class is the class of the list of answers.
func (c Choices) Class() string {
	switch c.Layout {
	case "cols":
		return "choices cols"
	case "chips":
		return "chips"
	}
	return "choices"
}

// Described is the ids of all text that explains the question.
func (c Choices) Described() string { return described(c.Name, c.Hint, c.Error, "") }

// Check is a single box to tick: part "check".
type Check struct {
	Name     string // also its id
	Value    string // "yes" when empty
	Label    string
	Hint     string
	Error    string
	Checked  bool
	Required bool
}

// Described is the ids of all text that explains the box.
func (c Check) Described() string { return described(c.Name, c.Hint, c.Error, "") }

// Scale is a question with five answers on a line, worst first: part "scale".
type Scale struct {
	Name     string // of every input; the id of the first
	Legend   string
	Hint     string
	Error    string
	Answers  []Option // five, each with a word or two
	Required bool
}

// Described is the ids of all text that explains the question.
func (s Scale) Described() string { return described(s.Name, s.Hint, s.Error, "") }

// Slots are times to choose from: part "slots".
type Slots struct {
	Name     string // of every input; the id of the first
	Legend   string
	Hidden   bool // the legend is only for screen readers
	Hint     string
	Error    string
	Options  []Option
	Multiple bool
	Required bool
}

// Described is the ids of all text that explains the question.
func (s Slots) Described() string { return described(s.Name, s.Hint, s.Error, "") }

// Times is the grid of days and parts of the day that could suit: part "times".
type Times struct {
	Name     string // of every box; the id of the first
	Legend   string
	Hint     string
	Error    string
	Days     []TimesDay
	Required bool
	Optional bool
}

// TimesDay is a row of the grid. The labels of its boxes name day and part in full.
type TimesDay struct {
	Day   string
	Boxes []Option
}

// Described is the ids of all text that explains the grid.
func (t Times) Described() string { return described(t.Name, t.Hint, t.Error, "") }

// Week is the days from Monday to the last of days (1 to 7), each with morning,
// afternoon and evening; values are like "mon-morning". Those in chosen are checked.
func Week(days int, chosen ...string) []TimesDay {
	names := []string{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}
	week := make([]TimesDay, 0, days)
	for _, name := range names[:days] {
		var boxes []Option
		for _, part := range []string{"morning", "afternoon", "evening"} {
			boxes = append(boxes, Option{Value: strings.ToLower(name[:3]) + "-" + part, Label: name + " " + part})
		}
		week = append(week, TimesDay{Day: name, Boxes: Pick(boxes, chosen...)})
	}
	return week
}

// described joins the ids under which a part prints its hint and its error.
func described(name, hint, fault, more string) string {
	var ids []string
	if hint != "" {
		ids = append(ids, name+"-hint")
	}
	if fault != "" {
		ids = append(ids, name+"-error")
	}
	if more != "" {
		ids = append(ids, more)
	}
	return strings.Join(ids, " ")
}
