package staff

import (
	"net/http"

	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

// heldView is the times that are held for someone who has not chosen yet; without times there are none.
type heldView struct {
	Until string
	Over  bool // the time to choose has run out
	Times []heldTime
}

type heldTime struct {
	Value, Words, With string
	Chosen, Gone       bool
}

// heldFor tells which times an inquiry was offered, for who answers a call.
func heldFor(v *route.Visit, i intake.Inquiry) (heldView, error) {
	var view heldView
	o, found, err := intake.SentOffer(v.Context(), v.DB, v.By, i.ID)
	if err != nil || !found || i.State != intake.Offered {
		return view, err
	}
	all, err := practice.Therapists(v.Context(), v.DB, false)
	if err != nil {
		return view, err
	}
	names := map[practice.StaffID]string{}
	for _, t := range all {
		names[t.ID] = t.Title()
	}
	now := v.DB.Now()
	view.Until, view.Over = v.Practice.Words(o.Expires), !o.Open(now)
	for _, t := range o.Times {
		view.Times = append(view.Times, heldTime{Value: t.ID, Words: slotLabel(t.Start, v.Practice.Location()), With: names[t.TherapistID],
			Chosen: v.Form.Text("time") == t.ID, Gone: t.Taken || !t.Start.After(now)})
	}
	return view, nil
}

// bookForm asks which of the held times someone chose on the phone.
func bookForm(w http.ResponseWriter, v *route.Visit, i intake.Inquiry, view answerView) error {
	var err error
	if view.Held, err = heldFor(v, i); err != nil {
		return err
	}
	if len(view.Held.Times) == 0 {
		return fault.NotFound()
	}
	view.Title, view.Error = "Book by phone", ui.FaultIn(v.Faults, "time")
	return v.Page(w, answerPage, frame(v, "Inquiries"), view)
}

// bookFor books what someone chose on the phone, and leads to the page of who is a client now.
func bookFor(w http.ResponseWriter, v *route.Visit, id intake.ID) error {
	if _, err := intake.TakeFor(v.Context(), v.DB, v.By, id, v.Form.Text("time")); err != nil {
		return err
	}
	i, err := intake.One(v.Context(), v.DB, v.By, id)
	if err != nil {
		return err
	}
	return v.See(w, "/clients/"+string(i.ClientID)+"?said=booked")
}
