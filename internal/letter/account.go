package letter

import (
	"context"
	"time"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/seal"
)

// accountPath is where people look at how they sign in.
const accountPath = "/account"

// Tell has people told of changes to their sign-in, where mail is safe for them.
func Tell(ctx context.Context, tx *db.DB, notices ...auth.Notice) error {
	for _, n := range notices {
		if err := tell(ctx, tx, texts.AccountChanged, auth.Person{ID: n.PersonID, Kind: n.Kind, Email: n.Email}); err != nil {
			return err
		}
	}
	return nil
}

// TellUnfamiliar has a person told of a sign-in from a device that is new for them, where mail is safe. A first sign-in
// is told to nobody.
func TellUnfamiliar(ctx context.Context, tx *db.DB, s auth.SignIn) error {
	unfamiliar, err := auth.Unfamiliar(ctx, tx, s)
	if err != nil || !unfamiliar {
		return err
	}
	email, err := auth.EmailOf(ctx, tx, s.PersonID)
	if err != nil {
		return err
	}
	return tell(ctx, tx, texts.NewSignIn, auth.Person{ID: s.PersonID, Kind: s.Kind, Email: email})
}

func tell(ctx context.Context, tx *db.DB, name texts.MailName, p auth.Person) error {
	l, err := toPerson(ctx, tx, name, p)
	if err != nil {
		return err
	}
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	l.Values["when"], l.Path = house.Words(tx.Now()), accountPath
	return Send(ctx, tx, l)
}

// toPerson is a letter about someone's sign-in, to the address that they sign in with. For a client for whom mail is not
// safe it has no address.
func toPerson(ctx context.Context, tx *db.DB, name texts.MailName, p auth.Person) (Letter, error) {
	if p.Kind == auth.Staff {
		return Letter{Name: name, Owner: seal.OwnerID(tx.PracticeID()), To: p.Email, Person: p.ID, Values: map[string]string{}}, nil
	}
	c, err := practice.OneClient(ctx, tx, access.OfProgram(tx.PracticeID()), access.ReadAbout, practice.ClientID(p.ID))
	if err != nil {
		return Letter{}, err
	}
	l := ToClient(c, name)
	if c.Contact.Mail {
		l.To = p.Email
	}
	return l, nil
}

// Invitation has a member of staff sent the link to set up their own sign-in, after auth.Invite.
func Invitation(ctx context.Context, tx *db.DB, s practice.Staff) error {
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	l := ToStaff(house.ID, s, texts.StaffInvite)
	l.Task, l.Subject, l.Expires = access.TaskInvite, string(s.ID), tx.Now().Add(auth.InviteFor)
	l.Values["until"] = house.Words(l.Expires)
	return Send(ctx, tx, l)
}

// ConfirmAddress has the owner of a new address asked whether the person is to sign in with it. The link is opened
// signed in, so its token is of no use to others; still it is kept sealed until the letter has left.
func ConfirmAddress(ctx context.Context, tx *db.DB, c auth.EmailChange) error {
	l, err := toPerson(ctx, tx, texts.ConfirmAddress, auth.Person{ID: c.Old.PersonID, Kind: c.Old.Kind, Email: c.New})
	if err != nil {
		return err
	}
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	l.To = c.New // the person asked for this one message
	l.Values["until"], l.Path = house.Words(tx.Now().Add(time.Hour)), accountPath+"/email/"+c.Token.Text()
	return Send(ctx, tx, l)
}

// SecondWord has those of the staff who may give it asked for a second person's word, at a page of theirs. It goes to
// all who have one of the roles, except the one who gave the first.
func SecondWord(ctx context.Context, tx *db.DB, by access.Actor, path string, roles ...access.Role) error {
	all, err := practice.Colleagues(ctx, tx)
	if err != nil {
		return err
	}
	for _, s := range all {
		if string(s.ID) == by.ID || s.State != "active" || !s.HasAny(roles...) {
			continue
		}
		l := ToStaff(practice.ID(tx.PracticeID()), s, texts.SecondWord)
		l.Path = path
		if err := Send(ctx, tx, l); err != nil {
			return err
		}
	}
	return nil
}

// Test has the actor, who works here, sent a message that says only that mail works.
func Test(ctx context.Context, tx *db.DB, by access.Actor) error {
	s, err := practice.Colleague(ctx, tx, practice.StaffID(by.ID))
	if err != nil {
		return err
	}
	l := ToStaff(practice.ID(tx.PracticeID()), s, texts.TestMessage)
	l.Path = "/practice"
	return Send(ctx, tx, l)
}
