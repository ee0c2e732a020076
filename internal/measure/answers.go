package measure

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"attune/internal/fault"
)

// Value is a raw answer: an option's value, which is a number or a word, or free words. The zero Value is a gap.
// Values can be compared with ==.
type Value struct {
	kind   kind
	number float64
	text   string
}

type kind uint8

const (
	gap kind = iota
	numeric
	textual
)

// Number is the answer x.
func Number(x float64) Value { return Value{kind: numeric, number: x} }

// Text is the answer s, such as "not_talked".
func Text(s string) Value { return Value{kind: textual, text: s} }

// Answered is false for a gap.
func (v Value) Answered() bool { return v.kind != gap }

// Number is the answer as a number, where it is one.
func (v Value) Number() (x float64, ok bool) { return v.number, v.kind == numeric }

// Text is the answer as a word or words, where it is not a number.
func (v Value) Text() (s string, ok bool) { return v.text, v.kind == textual }

// String is the answer as a form field holds it; empty for a gap.
func (v Value) String() string {
	if v.kind == numeric {
		return strconv.FormatFloat(v.number, 'g', -1, 64)
	}
	return v.text
}

// MarshalJSON writes a number, a string, or null for a gap.
func (v Value) MarshalJSON() ([]byte, error) {
	switch v.kind {
	case numeric:
		return json.Marshal(v.number)
	case textual:
		return json.Marshal(v.text)
	}
	return []byte("null"), nil
}

// UnmarshalJSON reads a number, a string, or null for a gap, and refuses all else.
func (v *Value) UnmarshalJSON(data []byte) error {
	var x any
	if err := json.Unmarshal(data, &x); err != nil {
		return err
	}
	switch x := x.(type) {
	case nil:
		*v = Value{}
	case float64:
		*v = Number(x)
	case string:
		*v = Text(x)
	default:
		return fmt.Errorf("an answer is a number or a text, not %s", data)
	}
	return nil
}

// Answers are raw values by link id. What is not in it is a gap. Reversed values are never stored.
type Answers map[string]Value

// Context is what the practice knows at the time of asking that decides which items are shown.
type Context struct {
	OpenRupture bool // this course has a rupture that is possible, open, named or set aside
}

// openRupture is the name of Context.OpenRupture in instrument files.
const openRupture = "open_rupture"

// Answer is the value that a form field stands for: the option whose value reads so, or the words of a text item.
// An empty field is a gap. It is false where the item has no such option.
func (i Item) Answer(field string) (Value, bool) {
	if field == "" {
		return Value{}, true
	}
	if i.Type == TextType {
		return Text(field), true
	}
	for _, option := range i.Options {
		if option.Value.String() == field {
			return option.Value, true
		}
	}
	return Value{}, false
}

// Check reports, as a fault.List, answers to questions that the form does not ask and values that no option has. Gaps
// are no fault: a partial form is kept as it is.
func (ins *Instrument) Check(answers Answers) error {
	var faults fault.List
	for _, linkID := range sortedKeys(answers) {
		value := answers[linkID]
		item, ok := ins.Item(linkID)
		switch {
		case !ok:
			faults.Add(linkID, "This form has no such question: leave it out.")
		case !value.Answered() || item.allows(value):
		case item.Type == TextType:
			faults.Add(linkID, "The answer is in words: write it as text.")
		default:
			faults.Add(linkID, "Choose one of the answers shown.")
		}
	}
	return faults.Err()
}

func (i Item) allows(value Value) bool {
	if i.Type == TextType {
		return value.kind == textual
	}
	return slices.ContainsFunc(i.Options, func(o Option) bool { return o.Value == value })
}

// Shown reports whether the item is to be asked: it has no condition, or its condition is met. A condition on an item
// that is not answered yet is not met.
func (ins *Instrument) Shown(item Item, answers Answers, at Context) bool {
	met, _ := item.EnableWhen.state(answers, at)
	return met
}

// state tells whether the condition is met, and whether everything that it looks at is known.
func (c *Condition) state(answers Answers, at Context) (met, known bool) {
	if c == nil {
		return true, true
	}
	if len(c.AnyOf) == 0 {
		return answers[c.Item] == c.Equals, answers[c.Item].Answered()
	}
	known = true
	for _, row := range c.AnyOf {
		if row.Context == openRupture {
			met = met || at.OpenRupture
			continue
		}
		value := answers[row.LinkID]
		met = met || value.Answered() && slices.Contains(row.In, value)
		known = known && value.Answered()
	}
	return met, known
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
