package staff

import (
	"net/http"

	"attune/internal/access"
	"attune/internal/fault"
	"attune/internal/intake"
	"attune/internal/practice"
	"attune/internal/web/route"
	"attune/internal/web/ui"
)

var partnerPage = ui.Parse(pages, ui.Staff, "partner.html")

func addPartner(g *route.Registry) {
	course, client := []route.Object{{Param: "course", Type: "course"}}, []route.Object{{Param: "client", Type: "client"}}
	fields := []route.Field{{Name: "name", Max: 100, Line: true}, {Name: "pronouns", Max: 60, Line: true}, {Name: "email", Max: 254, Line: true},
		{Name: "phone", Max: 40, Line: true}, {Name: "safe", Max: 20, Many: true, Line: true}}
	g.Add(
		route.Route{Method: http.MethodGet, Pattern: "/courses/{course}/person", Name: "staff.partner", Right: access.WriteAbout, Auth: route.SignIn,
			Objects: course, Do: partner},
		route.Route{Method: http.MethodPost, Pattern: "/courses/{course}/person", Name: "staff.partner.add", Right: access.WriteAbout, Auth: route.SignIn,
			Objects: course, Fields: fields, Do: keepPartner, Faulty: partner},
		route.Route{Method: http.MethodPost, Pattern: "/clients/{client}/forms", Name: "staff.client.forms", Right: access.WriteAbout, Auth: route.SignIn,
			Objects: client, Do: sendForms},
	)
}

type partnerView struct {
	Course practice.CourseID
	Fields []ui.Field
	Safe   ui.Choices
	Faults []fault.Fault
}

// partner is the form for one more person of a couple or a family.
func partner(w http.ResponseWriter, v *route.Visit) error {
	k, err := practice.OneCourse(v.Context(), v.DB, v.By, access.WriteTimes, practice.CourseID(v.PathValue("course")))
	if err != nil {
		return err
	}
	if !v.Mutates() && (k.Modality == "individual" || k.State != "active") {
		return fault.Conflict("Only a course of a couple or a family that goes on can take in one more person.")
	}
	view := partnerView{Course: k.ID, Faults: v.Faults,
		Fields: []ui.Field{
			{Name: "name", Label: "Name", Required: true, Autocomplete: "off", MaxLength: 100},
			{Name: "pronouns", Label: "Pronouns", Optional: true, Autocomplete: "off", MaxLength: 60},
			{Name: "email", Type: "email", Label: "Email", Hint: "An email address or a phone number is needed.", Autocomplete: "off", MaxLength: 254},
			{Name: "phone", Type: "tel", Label: "Phone", Autocomplete: "off", MaxLength: 40},
		},
		Safe: ui.Choices{Name: "safe", Legend: "What did they say is safe?", Multiple: true, Options: ui.Pick([]ui.Option{
			{Value: "mail", Label: "Email"}, {Value: "call", Label: "Calls"}, {Value: "voicemail", Label: "Voicemail"}}, v.Form.All("safe")...)},
	}
	for i, field := range view.Fields {
		view.Fields[i].Value, view.Fields[i].Error = v.Form.Text(field.Name), ui.FaultIn(v.Faults, field.Name)
	}
	return v.Page(w, partnerPage, frame(v, "Clients"), view)
}

func keepPartner(w http.ResponseWriter, v *route.Visit) error {
	about := practice.About{Name: v.Form.Text("name"), Pronouns: v.Form.Text("pronouns"), Email: v.Form.Text("email"), Phone: v.Form.Text("phone")}
	for _, way := range v.Form.All("safe") {
		switch way {
		case "mail":
			about.Contact.Mail = true
		case "call":
			about.Contact.Call = true
		case "voicemail":
			about.Contact.Voicemail = true
		}
	}
	id, err := intake.AddPartner(v.Context(), v.DB, v.By, practice.CourseID(v.PathValue("course")), about)
	if err != nil {
		return err
	}
	return v.See(w, "/clients/"+string(id)+"?said=added")
}

func sendForms(w http.ResponseWriter, v *route.Visit) error {
	if err := intake.SendForms(v.Context(), v.DB, v.By, practice.ClientID(v.PathValue("client"))); err != nil {
		return err
	}
	return v.See(w, "/clients/"+v.PathValue("client")+"?said=sent")
}
