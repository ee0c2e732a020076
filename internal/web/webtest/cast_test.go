package webtest_test

import (
	"testing"

	"attune/internal/web/webtest"
)

// TestGather sees that the cast stands: everyone is there, and what they wrote.
func TestGather(t *testing.T) {
	c := webtest.Gather(t, nil)
	if len(c.People) < 60 || len(c.Canaries) < 200 {
		t.Errorf("%d people and %d canaries, want 60 and 200 at least", len(c.People), len(c.Canaries))
	}
	for _, kind := range []string{"client", "course", "appointment", "held", "session", "note", "rupture", "response", "risk_task", "series"} {
		if _, ok := c.Object("north rosa", kind); !ok {
			t.Errorf("Rosa has no %s", kind)
		}
	}
	t.Logf("%d people, %d canaries", len(c.People), len(c.Canaries))
}
