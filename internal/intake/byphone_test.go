package intake_test

import (
	"testing"

	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice/practicetest"
	"attune/internal/schedule"
)

// Someone without an e-mail address is called, chooses on the phone and becomes a client all the same.
func TestTakeFor(t *testing.T) {
	h := open(t)
	asked, err := intake.Send(ctx, h.DB, h.By(practicetest.Cora), intake.Request{Name: "Noor", Adult: true, Phone: "312-555-0187"}, "phone")
	h.must(err)
	if _, found, err := intake.SentOffer(ctx, h.DB, h.By(practicetest.Cora), asked.ID); found || err != nil {
		t.Errorf("before: found %t, %v, want no offer", found, err)
	}
	h.offer(asked, 2)
	sent, found, err := intake.SentOffer(ctx, h.DB, h.By(practicetest.Cora), asked.ID)
	if err != nil || !found || len(sent.Times) != 2 {
		t.Fatalf("held: %v, found %t with %d times, want 2", err, found, len(sent.Times))
	}
	if _, err := intake.TakeFor(ctx, h.DB, h.By(practicetest.Tess), asked.ID, sent.Times[0].ID); kind(err) != fault.KindNotFound {
		t.Errorf("a therapist books: %v, want not found", err)
	}
	if _, err := intake.TakeFor(ctx, h.DB, h.By(practicetest.Cora), asked.ID, "another"); kind(err) != fault.KindInvalid {
		t.Errorf("a time that was not offered: %v, want invalid", err)
	}
	a, err := intake.TakeFor(ctx, h.DB, h.By(practicetest.Cora), asked.ID, sent.Times[1].ID)
	h.must(err)
	if a.State != schedule.Booked || !a.Start.Equal(sent.Times[1].Start) {
		t.Errorf("booked %+v", a)
	}
	if got := h.state(asked); got.State != intake.Booked || got.ClientID == "" {
		t.Errorf("the inquiry is %s", got.State)
	}
	if _, err := intake.TakeFor(ctx, h.DB, h.By(practicetest.Cora), asked.ID, sent.Times[0].ID); kind(err) != fault.KindConflict {
		t.Errorf("a second time: %v, want a conflict", err)
	}
}
