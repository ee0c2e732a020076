package practice_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/practice/practicetest"
)

var ctx = context.Background()

// want compares the kind of fault that a deed ended with; 0 is none.
func want(t testing.TB, what string, err error, kind fault.Kind) {
	t.Helper()
	found, _ := fault.Of(err)
	if found.Kind != kind || err != nil && found.Kind == 0 {
		t.Errorf("%s: got %v, want %v", what, err, kind)
	}
}

func newcomer(email string, roles ...access.Role) practice.Staff {
	return practice.Staff{Roles: roles, Person: practice.Person{Name: "Dara Quill", Email: email}}
}

func TestHire(t *testing.T) {
	h := practicetest.New(t)
	s, err := practice.Hire(ctx, h.DB, h.By(practicetest.Olga), newcomer("dara@north.example", access.Therapist))
	if err != nil || s.State != "invited" {
		t.Fatalf("got state %q, %v; want invited", s.State, err)
	}
	therapist, err := practice.OneTherapist(ctx, h.DB, s.ID)
	if err != nil || therapist.Published || therapist.Slug != "dara-quill" {
		t.Errorf("got slug %q, published %v, %v; want dara-quill, not published", therapist.Slug, therapist.Published, err)
	}
	if email, err := auth.EmailOf(ctx, h.DB, string(s.ID)); err != nil || email != "dara@north.example" {
		t.Errorf("got address %q, %v; want a sign-in that waits for them", email, err)
	}
	_, err = practice.Hire(ctx, h.DB, h.By(practicetest.Olga), newcomer("dara@north.example", access.Coordinator))
	want(t, "an address in use", err, fault.KindConflict)
	_, err = practice.Hire(ctx, h.DB, h.By(practicetest.Olga), newcomer("no address", access.Coordinator))
	want(t, "no address", err, fault.KindInvalid)
	for _, id := range []string{practicetest.Cora, practicetest.Sami, practicetest.Theo, practicetest.Rosa} {
		_, err := practice.Hire(ctx, h.DB, h.By(id), newcomer("eve@north.example", access.Owner))
		want(t, "hired by "+id, err, fault.KindNotFound)
	}
	second, err := practice.Hire(ctx, h.DB, h.By(practicetest.Olga), newcomer("other@north.example", access.Therapist))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := practice.OneTherapist(ctx, h.DB, second.ID); err != nil || again.Slug != "dara-quill-2" {
		t.Errorf("of the same name: got slug %q, %v; want dara-quill-2", again.Slug, err)
	}
}

func TestInviteAgainAndArrive(t *testing.T) {
	h := practicetest.New(t)
	owner := h.By(practicetest.Olga)
	s, err := practice.Hire(ctx, h.DB, owner, newcomer("dara@north.example", access.Coordinator))
	if err != nil {
		t.Fatal(err)
	}
	if s, err = practice.InviteAgain(ctx, h.DB, owner, s.ID, "dara.quill@north.example"); err != nil || s.Email != "dara.quill@north.example" {
		t.Errorf("got %q, %v; want the new address", s.Email, err)
	}
	h.Tx(func(tx *db.DB) error { return practice.Arrive(ctx, tx, s.ID) })
	if s, err = practice.Colleague(ctx, h.DB, s.ID); err != nil || s.State != "active" {
		t.Errorf("got state %q, %v; want active", s.State, err)
	}
	_, err = practice.InviteAgain(ctx, h.DB, owner, s.ID, "dara@north.example")
	want(t, "who has arrived", err, fault.KindConflict)
}

func TestReassign(t *testing.T) {
	h := practicetest.New(t)
	owner := h.By(practicetest.Olga)
	olga, err := practice.Colleague(ctx, h.DB, practicetest.Olga)
	if err != nil {
		t.Fatal(err)
	}
	olga.Roles = []access.Role{access.Coordinator}
	want(t, "the only owner steps back", practice.Reassign(ctx, h.DB, owner, olga), fault.KindInvalid)

	cora, err := practice.Colleague(ctx, h.DB, practicetest.Cora)
	if err != nil {
		t.Fatal(err)
	}
	cora.Roles, cora.Duty = []access.Role{access.Coordinator, access.Owner}, true
	want(t, "a second owner", practice.Reassign(ctx, h.DB, owner, cora), 0)
	want(t, "then the first steps back", practice.Reassign(ctx, h.DB, owner, olga), 0)
	if got, err := practice.Colleague(ctx, h.DB, practicetest.Cora); err != nil || !got.Duty || !got.HasAny(access.Owner) {
		t.Errorf("got %+v, %v; want an owner on duty", got, err)
	}
	want(t, "by a coordinator", practice.Reassign(ctx, h.DB, h.By(practicetest.Theo), cora), fault.KindNotFound)
}

func TestShutOut(t *testing.T) {
	h := practicetest.New(t)
	owner := h.By(practicetest.Olga)
	want(t, "oneself", practice.ShutOut(ctx, h.DB, owner, practicetest.Olga), fault.KindConflict)
	want(t, "by a supervisor", practice.ShutOut(ctx, h.DB, h.By(practicetest.Sami), practicetest.Theo), fault.KindNotFound)
	want(t, "a therapist", practice.ShutOut(ctx, h.DB, owner, practicetest.Theo), 0)
	if s, err := practice.Colleague(ctx, h.DB, practicetest.Theo); err != nil || s.State != "disabled" {
		t.Errorf("got state %q, %v; want disabled", s.State, err)
	}
	want(t, "again", practice.ShutOut(ctx, h.DB, owner, practicetest.Theo), fault.KindConflict)
	want(t, "back in", practice.LetBackIn(ctx, h.DB, owner, practicetest.Theo), 0)
	if s, err := practice.Colleague(ctx, h.DB, practicetest.Theo); err != nil || s.State != "invited" {
		t.Errorf("got state %q, %v; want invited, for they never had a password", s.State, err)
	}
}

func TestKeepProfile(t *testing.T) {
	h := practicetest.New(t)
	theo, err := practice.OneTherapist(ctx, h.DB, practicetest.Theo)
	if err != nil {
		t.Fatal(err)
	}
	theo.About, theo.Modalities, theo.Focus, theo.Published = "I like to look slowly.", []string{"couple"}, []string{"loss"}, true
	for by, kind := range map[string]fault.Kind{practicetest.Theo: 0, practicetest.Olga: 0, practicetest.Tess: fault.KindNotFound,
		practicetest.Cora: fault.KindNotFound, practicetest.Rosa: fault.KindNotFound} {
		want(t, by, practice.KeepProfile(ctx, h.DB, h.By(by), theo), kind)
	}
	for what, spoil := range map[string]func(*practice.Therapist){
		"address": func(t *practice.Therapist) { t.Slug = "Theo L" }, "no modality": func(t *practice.Therapist) { t.Modalities = nil },
		"modality": func(t *practice.Therapist) { t.Modalities = []string{"group"} }, "focus": func(t *practice.Therapist) { t.Focus = []string{"x"} },
		"capacity": func(t *practice.Therapist) { t.Capacity = 101 }, "nothing to show": func(t *practice.Therapist) { t.About = " " },
	} {
		spoilt := theo
		spoil(&spoilt)
		want(t, what, practice.KeepProfile(ctx, h.DB, h.By(practicetest.Theo), spoilt), fault.KindInvalid)
	}
	taken := theo
	taken.Slug = practicetest.Tess
	want(t, "an address that is taken", practice.KeepProfile(ctx, h.DB, h.By(practicetest.Theo), taken), fault.KindConflict)
}

func TestSupervision(t *testing.T) {
	h := practicetest.New(t)
	owner := h.By(practicetest.Olga)
	want(t, "by a coordinator", practice.Supervise(ctx, h.DB, h.By(practicetest.Cora), practicetest.Sami, practicetest.Tess), fault.KindNotFound)
	want(t, "no supervisor", practice.Supervise(ctx, h.DB, owner, practicetest.Cora, practicetest.Tess), fault.KindInvalid)
	want(t, "no therapist", practice.Supervise(ctx, h.DB, owner, practicetest.Sami, practicetest.Cora), fault.KindInvalid)
	want(t, "begun", practice.Supervise(ctx, h.DB, owner, practicetest.Sami, practicetest.Tess), 0)
	want(t, "again", practice.Supervise(ctx, h.DB, owner, practicetest.Sami, practicetest.Tess), fault.KindConflict)
	ties, err := practice.Ties(ctx, h.DB, owner)
	if err != nil || len(ties) != 2 {
		t.Fatalf("got %v, %v; want two", ties, err)
	}
	nell := func() error {
		_, err := practice.OneClient(ctx, h.DB, h.By(practicetest.Sami), access.ReadAbout, practicetest.Nell)
		return err
	}
	want(t, "the supervisor reads of a client", nell(), 0)
	for _, tie := range ties {
		if tie.Therapist == practicetest.Tess {
			want(t, "ended", practice.EndSupervision(ctx, h.DB, owner, tie.ID), 0)
			want(t, "ended again", practice.EndSupervision(ctx, h.DB, owner, tie.ID), fault.KindNotFound)
		}
	}
	want(t, "the supervisor no longer reads", nell(), fault.KindNotFound)
}

func TestCrisisTextTakesTwo(t *testing.T) {
	h := practicetest.New(t)
	owner, coordinator := h.By(practicetest.Olga), h.By(practicetest.Cora)
	read := func() practice.Practice {
		p, err := practice.Read(ctx, h.DB)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	alone := read()
	alone.Crisis = "Call us."
	want(t, "saved alone", practice.Save(ctx, h.DB, owner, alone), fault.KindConflict)
	want(t, "proposed by a coordinator", practice.ProposeCrisis(ctx, h.DB, coordinator, read().Version, "Call us."), fault.KindNotFound)
	want(t, "proposed", practice.ProposeCrisis(ctx, h.DB, owner, read().Version, "Call us."), 0)
	if p := read(); p.Crisis != "" || p.CrisisPending == nil {
		t.Fatalf("got %q, pending %v; want it to wait", p.Crisis, p.CrisisPending)
	}
	h.Clock.Advance(time.Minute)
	changed := read()
	changed.Fees = "By hour."
	changed.CrisisPending = nil
	want(t, "other settings saved", practice.Save(ctx, h.DB, owner, changed), 0)
	want(t, "confirmed by who proposed it", practice.DecideCrisis(ctx, h.DB, owner, read().Version, true), fault.KindConflict)
	want(t, "confirmed by a therapist", practice.DecideCrisis(ctx, h.DB, h.By(practicetest.Theo), read().Version, true), fault.KindNotFound)
	want(t, "an old version", practice.DecideCrisis(ctx, h.DB, coordinator, read().Version-1, true), fault.KindConflict)
	want(t, "confirmed", practice.DecideCrisis(ctx, h.DB, coordinator, read().Version, true), 0)
	if p := read(); p.Crisis != "Call us." || p.CrisisPending != nil || p.Fees != "By hour." {
		t.Errorf("got %q, pending %v; want the new text", p.Crisis, p.CrisisPending)
	}
	want(t, "confirmed again", practice.DecideCrisis(ctx, h.DB, coordinator, read().Version, true), fault.KindConflict)
	want(t, "proposed again", practice.ProposeCrisis(ctx, h.DB, owner, read().Version, ""), 0)
	want(t, "taken back by who proposed it", practice.DecideCrisis(ctx, h.DB, owner, read().Version, false), 0)
	if p := read(); p.Crisis != "Call us." || p.CrisisPending != nil {
		t.Errorf("got %q, pending %v; want the text as it was", p.Crisis, p.CrisisPending)
	}
}

func TestDropHost(t *testing.T) {
	h := practicetest.New(t)
	owner := h.By(practicetest.Olga)
	want(t, "added", practice.AddHost(ctx, h.DB, owner, "www.north.example"), 0)
	want(t, "in use", practice.DropHost(ctx, h.DB, owner, "www.north.example", "WWW.north.example:8080"), fault.KindConflict)
	want(t, "dropped", practice.DropHost(ctx, h.DB, owner, "www.north.example", "127.0.0.1:8080"), 0)
}
