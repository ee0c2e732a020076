package caseload_test

import (
	"strings"
	"testing"

	"attune/internal/alliance"
	"attune/internal/caseload"
	"attune/internal/measure"
	"attune/internal/rupture"
)

// standing is a rupture in a state, noticed by a side at session 3.
func standing(state rupture.State, by rupture.Side, wish rupture.Wish) *rupture.Rupture {
	return &rupture.Rupture{Standing: rupture.Standing{State: state, NoticedBy: by, Wish: wish, Start: 3, AskedFrom: 8}}
}

func TestOneThing(t *testing.T) {
	risk := []measure.RiskTask{{RiskWords: measure.RiskWords{Reason: "made plans"}}}
	low := &alliance.Point{Session: 5, Value: 3, Level: alliance.Red, Ready: true, Baseline: alliance.Baseline{Mean: 8}}
	calm := &alliance.Point{Session: 5, Value: 8, Level: alliance.Calm, Ready: true}
	open := standing(rupture.Open, rupture.ByClient, rupture.RaiseIt)
	seen := standing(rupture.Possible, rupture.ByNumbers, "")
	for _, c := range []struct {
		name  string
		known caseload.Known
		kind  caseload.Kind
		says  string
	}{
		{"safety before all", caseload.Known{Risks: risk, Rupture: open, Last: low}, caseload.Safety, "made plans"},
		{"a rupture before a dip", caseload.Known{Rupture: open, Last: low, Held: 5}, caseload.Rupture, "bring it up"},
		{"how long ago", caseload.Known{Rupture: open, Held: 5, Answered: 5}, caseload.Rupture, "three sessions ago"},
		{"the client will", caseload.Known{Rupture: standing(rupture.Open, rupture.ByTherapist, rupture.IWill), Held: 3}, caseload.Rupture, "Wants to bring it up"},
		{"talked about", caseload.Known{Rupture: standing(rupture.Named, rupture.ByBoth, ""), Held: 5, Answered: 5}, caseload.Rupture, "Talked about"},
		{"set aside", caseload.Known{Rupture: standing(rupture.SetAside, rupture.ByClient, rupture.NotYet), Last: low, Held: 5}, caseload.Rupture, "from session 8"},
		{"unsure", caseload.Known{Rupture: standing(rupture.Possible, rupture.ByClient, ""), Held: 5}, caseload.Rupture, "unsure"},
		{"a dip before what the numbers keep", caseload.Known{Rupture: seen, Last: low, Held: 5, Answered: 5}, caseload.Dip, "below the usual range"},
		{"a dip that came back", caseload.Known{Rupture: seen, Last: calm, Held: 5, Answered: 5}, caseload.Rupture, "back in range"},
		{"a dip before silence", caseload.Known{Last: low, Held: 9, Answered: 5}, caseload.Dip, "3.0"},
		{"first session", caseload.Known{Here: "Nobody asked me anything. And more."}, caseload.First, "“Nobody asked me anything”"},
		{"no check-in for two", caseload.Known{Last: calm, Held: 3, Answered: 1}, caseload.NoCheckIn, "None since session 1"},
		{"none ever", caseload.Known{Held: 2}, caseload.NoCheckIn, "None so far"},
		{"one missing is no silence", caseload.Known{Held: 1}, caseload.Steady, "Steady between you."},
		{"steady", caseload.Known{Last: calm, Held: 5, Answered: 5}, caseload.Steady, "Steady between you."},
	} {
		got := caseload.OneThing(c.known)
		if got.Kind != c.kind || !strings.Contains(got.Text, c.says) {
			t.Errorf("%s: got %s %q, want %s with %q", c.name, got.Kind, got.Text, c.kind, c.says)
		}
	}
}
