package staff

import (
	"net/http"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/web/ask"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var (
	phonePage   = ui.Parse(ask.With(pages), ui.Staff, "phone.html", ask.Part)
	youngerPage = ui.Parse(pages, ui.Staff, "younger.html")
)

func addPhone(g *route.Registry) {
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/inquiries/new", Name: "staff.inquiry.new", Right: access.WriteInquiry, Auth: route.SignIn,
			Do: phone},
		// Apart: what someone under 18 said leaves no trace.
		route.Route{Method: http.MethodPost, Pattern: "/inquiries/new", Name: "staff.inquiry.keep", Right: access.WriteInquiry, Auth: route.SignIn,
			Apart: true, Fields: ask.Fields, Success: []int{http.StatusSeeOther, http.StatusOK}, Do: keepPhone, Faulty: phone},
	)
}

type phoneView struct {
	Faults    []fault.Fault
	Questions ask.Questions
	KeptDays  int
}

// phone is the form of the site, for someone who calls.
func phone(w http.ResponseWriter, v *route.Visit) error {
	therapists, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	about := ask.About{House: v.Practice, Therapists: therapists, Days: 7}
	view := phoneView{Faults: v.Faults, Questions: ask.New(about, v.Form, v.Faults), KeptDays: int(intake.KeptFor / (24 * time.Hour))}
	return v.Page(w, phonePage, frame(v, "Inquiries"), view)
}

func keepPhone(w http.ResponseWriter, v *route.Visit) error {
	if ask.Younger(v.Form) {
		return v.Page(w, youngerPage, frame(v, "Inquiries"), ui.Prose(v.Practice.Minors))
	}
	therapists, err := practice.Therapists(v.Context(), v.DB, true)
	if err != nil {
		return err
	}
	return v.Once(w, func(tx *db.DB, w http.ResponseWriter) error {
		i, err := intake.Send(v.Context(), tx, v.By, ask.Request(v.Form, therapists), "phone")
		if err != nil {
			return err
		}
		return v.See(w, "/inquiries/"+string(i.ID)+"?said=saved")
	})
}
