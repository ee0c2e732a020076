package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"attune/internal/fault"
)

func TestOf(t *testing.T) {
	var list fault.List
	list.Add("name", "Please write your name.")
	list.Add("phone", "Please write a number.")
	name := fault.Fault{Kind: fault.KindInvalid, Field: "name", Sentence: "Please write your name."}
	phone := fault.Fault{Kind: fault.KindInvalid, Field: "phone", Sentence: "Please write a number."}
	taken := fault.Fault{Kind: fault.KindConflict, Sentence: "This time has just been taken."}

	for _, c := range []struct {
		name     string
		err      error
		first    fault.Fault
		is       bool
		invalids []fault.Fault
	}{
		{"nothing", nil, fault.Fault{}, false, nil},
		{"an error of ours", errors.New("disk"), fault.Fault{}, false, nil},
		{"one field", fmt.Errorf("send: %w", fault.Invalid("name", "Please write your name.")), name, true, []fault.Fault{name}},
		{"a form", fmt.Errorf("send: %w", list.Err()), name, true, []fault.Fault{name, phone}},
		{"an empty form", fault.List{}.Err(), fault.Fault{}, false, nil},
		{"a conflict", fmt.Errorf("book: %w", fault.Conflict("This time has just been taken.")), taken, true, nil},
		{"hidden", fault.NotFound(), fault.Fault{Kind: fault.KindNotFound}, true, nil},
		{"not theirs", fault.Forbidden("No."), fault.Fault{Kind: fault.KindForbidden, Sentence: "No."}, true, nil},
		{"too often", fault.TooMany("Later."), fault.Fault{Kind: fault.KindTooMany, Sentence: "Later."}, true, nil},
		{"again", fault.StepUp(), fault.Fault{Kind: fault.KindStepUp}, true, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			first, is := fault.Of(c.err)
			if first != c.first || is != c.is {
				t.Errorf("Of: got %+v, %t; want %+v, %t", first, is, c.first, c.is)
			}
			if diff := cmp.Diff(c.invalids, fault.Invalids(c.err)); diff != "" {
				t.Errorf("Invalids: got +, want -:\n%s", diff)
			}
		})
	}
}

func TestErrorText(t *testing.T) {
	var list fault.List
	list.Add("name", "Please write your name.")
	list.Add("", "Please tick one.")
	for _, c := range []struct {
		err  error
		want string
	}{
		{fault.NotFound(), "not found"},
		{fault.StepUp(), "step up"},
		{fault.Conflict("Taken."), "Taken."},
		{list.Err(), "name: Please write your name.; Please tick one."},
	} {
		if got := c.err.Error(); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}
