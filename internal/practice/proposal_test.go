package practice_test

import (
	"context"
	"testing"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
)

func kindOf(err error) fault.Kind {
	f, _ := fault.Of(err)
	return f.Kind
}

func TestDecideProposal(t *testing.T) {
	ctx := context.Background()
	for _, accept := range []bool{true, false} {
		h := pt.New(t)
		about := practice.About{Name: "Rosa Okoye", Email: "new@mail.example", Contact: practice.SafeContact{Call: true}}
		if err := practice.ProposeAbout(ctx, h.DB, h.By(pt.Rosa), about); err != nil {
			t.Fatal(err)
		}
		c, err := practice.OneClient(ctx, h.DB, h.By(pt.Cora), access.ReadAbout, pt.Rosa)
		if err != nil || c.Proposed == nil {
			t.Fatalf("proposed %+v: %v", c.Proposed, err)
		}
		if err := practice.DecideProposal(ctx, h.DB, h.By(pt.Cora), pt.Rosa, c.Version-1, accept); kindOf(err) != fault.KindConflict {
			t.Errorf("a decision over an old version: %v, want a conflict", err)
		}
		if err := practice.DecideProposal(ctx, h.DB, h.By(pt.Theo), pt.Rosa, c.Version, accept); kindOf(err) != fault.KindNotFound {
			t.Errorf("the therapist decides: %v, want not found", err)
		}
		if err := practice.DecideProposal(ctx, h.DB, h.By(pt.Cora), pt.Rosa, c.Version, accept); err != nil {
			t.Fatal(err)
		}
		c, err = practice.OneClient(ctx, h.DB, h.By(pt.Cora), access.ReadAbout, pt.Rosa)
		if err != nil {
			t.Fatal(err)
		}
		want := map[bool]string{true: "Rosa Okoye", false: "Rosa Vance"}[accept]
		if c.Name != want || c.Proposed != nil || !c.Contact.Call {
			t.Errorf("accepted %v: name %q, proposed %v, calls safe %v; want %q", accept, c.Name, c.Proposed, c.Contact.Call, want)
		}
	}
}

func TestSupervisees(t *testing.T) {
	h := pt.New(t)
	for who, want := range map[string]int{pt.Sami: 1, pt.Theo: 0, pt.Olga: 0} {
		all, err := practice.Supervisees(context.Background(), h.DB, h.By(who))
		if err != nil || len(all) != want {
			t.Errorf("%s supervises %v (%v), want %d", who, all, err, want)
		}
	}
}
