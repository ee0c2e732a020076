// Package fault holds the errors a person may read: what is wrong, in which field, and what to do.
package fault

import (
	"errors"
	"strings"
)

// Kind says what sort of answer a Fault calls for.
type Kind int

const (
	KindInvalid   Kind = iota + 1 // what was sent cannot be taken as it is
	KindForbidden                 // the deed is not theirs to do
	KindNotFound                  // there is no such thing, or none they may know of
	KindConflict                  // somebody or something was there first
	KindTooMany                   // too often in too short a time
	KindStepUp                    // they must first prove again who they are
)

// String returns the kind in words, for logs.
func (k Kind) String() string {
	switch k {
	case KindInvalid:
		return "invalid"
	case KindForbidden:
		return "forbidden"
	case KindNotFound:
		return "not found"
	case KindConflict:
		return "conflict"
	case KindTooMany:
		return "too many"
	case KindStepUp:
		return "step up"
	}
	return "unknown kind"
}

// Fault is an error for a person. Sentence is one full sentence that says what to do; it holds nobody's
// name or words. Field names the form field it stands beside, and is empty where it concerns the whole.
type Fault struct {
	Kind     Kind
	Field    string
	Sentence string
}

// Error returns the sentence, or the kind where there is none.
func (f Fault) Error() string {
	switch {
	case f.Sentence == "":
		return f.Kind.String()
	case f.Field == "":
		return f.Sentence
	}
	return f.Field + ": " + f.Sentence
}

// Invalid says that what stands in the field, or in the whole form where field is empty, cannot be taken.
func Invalid(field, sentence string) error {
	return Fault{Kind: KindInvalid, Field: field, Sentence: sentence}
}

// Forbidden says that the deed is not theirs to do.
func Forbidden(sentence string) error {
	return Fault{Kind: KindForbidden, Sentence: sentence}
}

// NotFound says that there is no such thing, or none that they may know of; which of the two stays untold.
func NotFound() error {
	return Fault{Kind: KindNotFound}
}

// Conflict says that somebody or something was there first.
func Conflict(sentence string) error {
	return Fault{Kind: KindConflict, Sentence: sentence}
}

// TooMany says that it was tried too often in too short a time.
func TooMany(sentence string) error {
	return Fault{Kind: KindTooMany, Sentence: sentence}
}

// StepUp says that the deed needs a fresh proof of who is acting.
func StepUp() error {
	return Fault{Kind: KindStepUp}
}

// Of returns the first Fault in err's tree, and whether there is one.
// Of a List it returns the first of its faults.
func Of(err error) (Fault, bool) {
	var l List
	if errors.As(err, &l) && len(l) > 0 {
		return l[0], true
	}
	var f Fault
	ok := errors.As(err, &f)
	return f, ok
}

// List collects the Invalid faults of one form, so that they are reported together. The zero List is empty.
type List []Fault

// Add puts the sentence beside the field.
func (l *List) Add(field, sentence string) {
	*l = append(*l, Fault{Kind: KindInvalid, Field: field, Sentence: sentence})
}

// Err returns the list as an error, or nil where it is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l
}

// Error returns the faults, separated by semicolons.
func (l List) Error() string {
	all := make([]string, len(l))
	for i, f := range l {
		all[i] = f.Error()
	}
	return strings.Join(all, "; ")
}

// Invalids returns the Invalid faults that err holds, alone or in a List; nil where it holds none.
func Invalids(err error) []Fault {
	var l List
	if errors.As(err, &l) && len(l) > 0 {
		return l
	}
	var f Fault
	if errors.As(err, &f) && f.Kind == KindInvalid {
		return []Fault{f}
	}
	return nil
}
