package intake

import (
	"context"
	"fmt"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/measure"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/schedule"
	"attune/internal/seal"
)

// begin makes a client of someone who asked, with a course of therapy.
func begin(ctx context.Context, tx *db.DB, by access.Actor, i Inquiry, therapist practice.StaffID) (practice.ClientID, practice.CourseID, error) {
	program := access.OfProgram(by.PracticeID)
	contact := i.Contact
	contact.Mail = i.Email != ""
	c := practice.Client{ID: practice.ClientID(tx.NewID()), KeyID: i.KeyID,
		About: practice.About{Name: i.Name, Pronouns: i.Pronouns, Email: i.Email, Phone: i.Phone, Contact: contact}}
	if err := practice.AddClient(ctx, tx, program, c); err != nil {
		return "", "", err
	}
	if err := letIn(ctx, tx, c); err != nil {
		return "", "", err
	}
	k := practice.Course{ID: practice.CourseID(tx.NewID()), KeyID: seal.OwnerID(tx.NewID()), TherapistID: therapist,
		Modality: i.Modality(), ClientIDs: []practice.ClientID{c.ID}, Aims: practice.Aims{Here: i.InWords}}
	return c.ID, k.ID, practice.BeginCourse(ctx, tx, program, k)
}

// letIn prepares a client's sign-in, which they may use or not. Where the e-mail
// address already belongs to someone's sign-in, that one stays as it is (S-33).
func letIn(ctx context.Context, tx *db.DB, c practice.Client) error {
	if c.Email == "" {
		return nil
	}
	index, err := seal.Blind(ctx, tx, seal.Email, c.Email)
	if err != nil {
		return err
	}
	var known bool
	err = tx.Row(ctx, `SELECT COUNT(*) > 0 FROM login WHERE practice_id = $1 AND email_index = $2`, tx.PracticeID(), index).Scan(&known)
	if err != nil {
		return fmt.Errorf("look for a sign-in: %w", err)
	}
	if known {
		return nil
	}
	_, err = auth.Invite(ctx, tx, access.OfProgram(tx.PracticeID()), auth.Person{ID: string(c.ID), Kind: auth.Client, Email: c.Email})
	return err
}

// FormsFor is how long the link to the consents and intake measures works.
const FormsFor = 60 * 24 * time.Hour

// welcome sends a new client the confirmation and the link to the forms.
func welcome(ctx context.Context, tx *db.DB, by access.Actor, id practice.ClientID, a schedule.Appointment) error {
	program := access.OfProgram(by.PracticeID)
	c, err := practice.OneClient(ctx, tx, program, access.ReadAbout, id)
	if err != nil {
		return err
	}
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	booked := letter.ToClient(c, texts.Booked)
	booked.Values["when"] = house.Words(a.Start)
	booked.Task, booked.Subject, booked.Expires = access.TaskAppointment, string(a.ID), a.End.Add(24*time.Hour)
	if err := letter.Send(ctx, tx, booked); err != nil {
		return err
	}
	return sendForms(ctx, tx, by, c)
}

// SendForms sends a client the link to the consents and first forms, once more
// where they had one.
func SendForms(ctx context.Context, tx *db.DB, by access.Actor, id practice.ClientID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		c, err := practice.OneClient(ctx, tx, by, access.WriteAbout, id)
		if err != nil {
			return err
		}
		if err := sendForms(ctx, tx, by, c); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Invited,
			audit.Subject{Right: access.WriteAbout, ClientID: string(id), Type: "forms", ID: string(id)})
	})
}

// sendForms asks the first forms of a client, so that opening the link changes nothing.
func sendForms(ctx context.Context, tx *db.DB, by access.Actor, c practice.Client) error {
	if err := measure.Ask(ctx, tx, by, c.ID); err != nil {
		return err
	}
	forms := letter.ToClient(c, texts.Forms)
	forms.Task, forms.Subject, forms.Expires = access.TaskIntake, string(c.ID), tx.Now().Add(FormsFor)
	return letter.Send(ctx, tx, forms)
}

// AsClient is the actor for the bearer of an offer's link once they have chosen:
// the client, with that appointment as their one task.
func AsClient(ctx context.Context, tx *db.DB, by access.Actor) (access.Actor, error) {
	o, i, err := OwnOffer(ctx, tx, by)
	if err != nil {
		return access.Actor{}, err
	}
	if o.State != "taken" {
		return access.Actor{}, fault.NotFound()
	}
	return access.Actor{PracticeID: by.PracticeID, ID: string(i.ClientID), Roles: []access.Role{access.Client}, Stage: access.Full,
		Link: &access.Link{ID: by.Link.ID, Task: access.TaskAppointment, Subject: string(o.AppointmentID)}}, nil
}

// AddPartner brings one more person into a couple's or family's course: a client
// of their own, with their own forms and check-ins.
func AddPartner(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, about practice.About) (practice.ClientID, error) {
	if err := about.Validate(); err != nil {
		return "", err
	}
	var id practice.ClientID
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := access.Within(by, access.WriteAbout, tx.Now()); err != nil {
			return err
		}
		key := seal.OwnerID(tx.NewID())
		if _, err := seal.NewOwner(ctx, tx, seal.Person, key); err != nil {
			return err
		}
		c := practice.Client{ID: practice.ClientID(tx.NewID()), KeyID: key, About: about}
		id = c.ID
		if err := practice.AddClient(ctx, tx, by, c); err != nil {
			return err
		}
		if err := letIn(ctx, tx, c); err != nil {
			return err
		}
		if err := practice.AddParticipant(ctx, tx, by, course, c.ID); err != nil {
			return err
		}
		if err := sendForms(ctx, tx, by, c); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Invited,
			audit.Subject{Right: access.WriteAbout, ClientID: string(id), Type: "client", ID: string(id)})
	})
	return id, err
}
