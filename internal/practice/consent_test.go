package practice_test

import (
	"context"
	"testing"
	"time"

	"attune/internal/fault"
	"attune/internal/practice"
	pt "attune/internal/practice/practicetest"
)

// text is the newest version of a kind of consent text.
func text(t *testing.T, h *pt.House, kind string) practice.ConsentText {
	t.Helper()
	all, err := practice.Texts(context.Background(), h.DB)
	if err != nil {
		t.Fatal(err)
	}
	for i, one := range all {
		if i > 0 && one.Required && !all[i-1].Required {
			t.Errorf("%q is required and stands after %q, which is not", one.Kind, all[i-1].Kind)
		}
		if one.Kind == kind {
			return one
		}
	}
	t.Fatalf("there is no consent text %q", kind)
	return practice.ConsentText{}
}

// stand is where Rosa stands with a kind of text, as someone reads it.
func stand(t *testing.T, h *pt.House, who, kind string) practice.Consent {
	t.Helper()
	all, err := practice.Consents(context.Background(), h.DB, h.By(who), pt.Rosa)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if c.Text.Kind == kind {
			return c
		}
	}
	t.Fatalf("%s reads no consent %q", who, kind)
	return practice.Consent{}
}

func TestConsent(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	rosa := h.By(pt.Rosa)
	first := text(t, h, "check-ins")
	if err := practice.Sign(ctx, h.DB, rosa, first.ID, " "); len(fault.Invalids(err)) != 1 {
		t.Errorf("signed with blanks: %v, want a fault", err)
	}
	if err := practice.Sign(ctx, h.DB, h.By(pt.Theo), first.ID, "Theo"); kindOf(err) != fault.KindNotFound {
		t.Errorf("signed by the therapist: %v, want not found", err)
	}
	if err := practice.Sign(ctx, h.DB, rosa, first.ID, "Rosa Vance"); err != nil {
		t.Fatal(err)
	}
	if err := practice.Sign(ctx, h.DB, rosa, first.ID, "Rosa Vance"); kindOf(err) != fault.KindConflict {
		t.Errorf("signed twice: %v, want a conflict", err)
	}
	signed := stand(t, h, pt.Theo, "check-ins")
	if !signed.Signed() || signed.Signature != "Rosa Vance" || !signed.SignedAt.Equal(h.Clock.Now()) {
		t.Errorf("got %+v, want it signed just now", signed)
	}
	for _, who := range []string{pt.Nell, pt.Theo, pt.Cora} {
		if err := practice.Withdraw(ctx, h.DB, h.By(who), signed.ID); kindOf(err) != fault.KindNotFound {
			t.Errorf("withdrawn by %s: %v, want not found", who, err)
		}
	}
	h.Clock.Advance(time.Hour)
	if err := practice.Withdraw(ctx, h.DB, rosa, signed.ID); err != nil {
		t.Fatal(err)
	}
	if err := practice.Withdraw(ctx, h.DB, rosa, signed.ID); kindOf(err) != fault.KindNotFound {
		t.Errorf("withdrawn twice: %v, want not found", err)
	}
	if c := stand(t, h, pt.Rosa, "check-ins"); c.Signed() || !c.WithdrawnAt.Equal(h.Clock.Now()) {
		t.Errorf("got %+v, want it withdrawn just now", c)
	}
	h.Clock.Advance(time.Hour)
	if err := practice.Sign(ctx, h.DB, rosa, first.ID, "R. Vance"); err != nil {
		t.Errorf("signed anew: %v", err)
	}
	if c := stand(t, h, pt.Rosa, "check-ins"); !c.Signed() || c.Signature != "R. Vance" || !c.WithdrawnAt.IsZero() {
		t.Errorf("got %+v, want it signed anew", c)
	}
}

func TestConsentsAreReadByFew(t *testing.T) {
	h := pt.New(t)
	for who, want := range map[string]fault.Kind{pt.Rosa: 0, pt.Theo: 0, pt.Sami: 0, pt.Nell: fault.KindNotFound, pt.Tess: fault.KindNotFound,
		pt.Cora: fault.KindNotFound, pt.Olga: fault.KindNotFound} {
		_, err := practice.Consents(context.Background(), h.DB, h.By(who), pt.Rosa)
		if kindOf(err) != want || want == 0 && err != nil {
			t.Errorf("%s: got %v, want kind %d", who, err, want)
		}
	}
}

func TestPublishText(t *testing.T) {
	ctx := context.Background()
	h := pt.New(t)
	first := text(t, h, "check-ins")
	if err := practice.Sign(ctx, h.DB, h.By(pt.Rosa), first.ID, "Rosa Vance"); err != nil {
		t.Fatal(err)
	}
	publish := func(who, kind, title, body string) error {
		return practice.PublishText(ctx, h.DB, h.By(who), practice.ConsentText{Kind: kind, Title: title, Body: body, Required: true})
	}
	if err := publish(pt.Cora, "check-ins", "Check-ins", "Anew."); kindOf(err) != fault.KindNotFound {
		t.Errorf("by the coordinator: %v, want not found", err)
	}
	if err := publish(pt.Olga, "check-ins", " ", ""); len(fault.Invalids(err)) != 2 {
		t.Errorf("without words: %v, want two faults", err)
	}
	if err := publish(pt.Olga, "unheard of", "New", "Words."); kindOf(err) != fault.KindNotFound {
		t.Errorf("of an unknown kind: %v, want not found", err)
	}
	if err := publish(pt.Olga, "check-ins", "Check-ins", "Anew."); err != nil {
		t.Fatal(err)
	}
	second := text(t, h, "check-ins")
	if second.Version != first.Version+1 || second.Body != "Anew." || second.Required != first.Required {
		t.Errorf("got %+v, want the next version, required as before", second)
	}
	if c := stand(t, h, pt.Rosa, "check-ins"); c.Signed() {
		t.Errorf("got %+v, want the new version unsigned", c)
	}
	if err := practice.Sign(ctx, h.DB, h.By(pt.Rosa), first.ID, "Rosa Vance"); kindOf(err) != fault.KindConflict {
		t.Errorf("the old version signed: %v, want a conflict", err)
	}
}
