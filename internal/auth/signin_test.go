package auth_test

import (
	"testing"

	"attune/internal/access"
)

func TestPasswordBringsTo(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		id    string
		stage access.Stage
	}{
		{"rosa", access.Full},
		{"theo", access.Enrol},
	} {
		p.settle(c.id)
		by, _ := p.enter(c.id)
		if by.ID != c.id || by.Stage != c.stage {
			t.Errorf("%s: got %q at stage %q, want stage %q", c.id, by.ID, by.Stage, c.stage)
		}
	}
}
