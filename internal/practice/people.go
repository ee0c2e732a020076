package practice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// HasAny reports whether the member of staff has one of the roles.
func (s Staff) HasAny(roles ...access.Role) bool {
	return slices.ContainsFunc(roles, func(r access.Role) bool { return slices.Contains(s.Roles, r) })
}

// Hire adds a member of staff, who is invited to set up their own sign-in: the caller has the invitation sent in the
// same transaction. A therapist gets a page that the public site does not show yet. Nobody else's sign-in is touched:
// an address that is in use is a Conflict.
func Hire(ctx context.Context, tx *db.DB, by access.Actor, s Staff) (Staff, error) {
	if _, err := access.Within(by, access.WriteStaff, tx.Now()); err != nil {
		return Staff{}, err
	}
	err := tx.InTx(ctx, func(tx *db.DB) error {
		s.ID, s.State = StaffID(tx.NewID()), "invited"
		if err := AddStaff(ctx, tx, s); err != nil {
			return err
		}
		if err := seeClients(ctx, tx, s); err != nil {
			return err
		}
		return invite(ctx, tx, by, s)
	})
	return s, err
}

func invite(ctx context.Context, tx *db.DB, by access.Actor, s Staff) error {
	_, err := auth.Invite(ctx, tx, by, auth.Person{ID: string(s.ID), Kind: auth.Staff, Email: s.Email})
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindConflict {
		found.Field = "email"
		return found
	}
	return err
}

// InviteAgain invites a member of staff anew who has not set up their sign-in yet, at an address that may be another.
// Earlier invitations are dead. The caller has the new one sent.
func InviteAgain(ctx context.Context, tx *db.DB, by access.Actor, id StaffID, email string) (Staff, error) {
	var s Staff
	err := tx.InTx(ctx, func(tx *db.DB) (err error) {
		if s, err = staffToChange(ctx, tx, by, id); err != nil {
			return err
		}
		if s.State != "invited" {
			return fault.Conflict("This person has set up their sign-in already.")
		}
		s.Email = email
		if err := ChangeStaff(ctx, tx, s); err != nil {
			return err
		}
		return invite(ctx, tx, by, s)
	})
	return s, err
}

// staffToChange is a member of staff, for someone who may change them.
func staffToChange(ctx context.Context, tx *db.DB, by access.Actor, id StaffID) (Staff, error) {
	if _, err := access.Within(by, access.WriteStaff, tx.Now()); err != nil {
		return Staff{}, err
	}
	return Colleague(ctx, tx, id)
}

// Reassign keeps what the owner changed about a colleague: name, credentials, phone, roles and duty. Their roles count
// from their next request on. The practice keeps at least one owner who can sign in.
func Reassign(ctx context.Context, tx *db.DB, by access.Actor, changed Staff) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		s, err := staffToChange(ctx, tx, by, changed.ID)
		if err != nil {
			return err
		}
		changed.State, changed.Email = s.State, s.Email
		if !changed.HasAny(access.Owner) {
			if err := anotherOwner(ctx, tx, s.ID); err != nil {
				return err
			}
		}
		if err := ChangeStaff(ctx, tx, changed); err != nil {
			return err
		}
		if err := seeClients(ctx, tx, changed); err != nil {
			return err
		}
		return recordStaff(ctx, tx, by, audit.Changed, s.ID)
	})
}

func anotherOwner(ctx context.Context, tx *db.DB, except StaffID) error {
	all, err := Colleagues(ctx, tx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(s Staff) bool { return s.ID != except && s.State == "active" && s.HasAny(access.Owner) }) {
		return fault.Invalid("roles", "This is the only owner who can sign in. Make someone else an owner first.")
	}
	return nil
}

func recordStaff(ctx context.Context, tx *db.DB, by access.Actor, deed audit.Deed, id StaffID) error {
	return audit.Record(ctx, tx, by, deed, audit.Subject{Right: access.WriteStaff, Type: "staff", ID: string(id)})
}

// ShutOut ends a colleague's access at once: their sign-ins and links end with the transaction (security.md S-07).
func ShutOut(ctx context.Context, tx *db.DB, by access.Actor, id StaffID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		s, err := staffToChange(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if s.State == "disabled" {
			return fault.Conflict("This person cannot sign in already.")
		}
		if err := auth.Disable(ctx, tx, by, string(id)); err != nil {
			return err
		}
		s.State, s.Duty = "disabled", false
		if err := ChangeStaff(ctx, tx, s); err != nil {
			return err
		}
		return recordStaff(ctx, tx, by, audit.Disabled, id)
	})
}

// LetBackIn lets a colleague sign in again, as before; one who never did is invited again by InviteAgain.
func LetBackIn(ctx context.Context, tx *db.DB, by access.Actor, id StaffID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		s, err := staffToChange(ctx, tx, by, id)
		if err != nil {
			return err
		}
		if s.State != "disabled" {
			return fault.Conflict("This person can sign in already.")
		}
		if err := auth.Enable(ctx, tx, by, string(id)); err != nil {
			return err
		}
		arrived := false
		err = tx.Row(ctx, `
			SELECT EXISTS (SELECT 1 FROM login l WHERE l.practice_id = $1 AND l.person_id = $2 AND (l.password <> '' OR EXISTS (
				SELECT 1 FROM passkey p WHERE p.practice_id = $1 AND p.person_id = $2)))`, tx.PracticeID(), id).Scan(&arrived)
		if err != nil {
			return fmt.Errorf("look for the sign-in of %s: %w", id, err)
		}
		s.State = "invited"
		if arrived {
			s.State = "active"
		}
		if err := ChangeStaff(ctx, tx, s); err != nil {
			return err
		}
		return recordStaff(ctx, tx, by, audit.Changed, id)
	})
}

// Arrive notes that someone who was invited has set up their sign-in. For anyone else it does nothing.
func Arrive(ctx context.Context, tx *db.DB, id StaffID) error {
	_, err := tx.Exec(ctx, `UPDATE staff SET state = 'active' WHERE practice_id = $1 AND id = $2 AND state = 'invited'`, tx.PracticeID(), id)
	if err != nil {
		return fmt.Errorf("note that %s has arrived: %w", id, err)
	}
	return nil
}

// KeepAddress keeps the address that a member of staff has confirmed as theirs, for messages. For anyone else it does
// nothing.
func KeepAddress(ctx context.Context, tx *db.DB, id StaffID, email string) error {
	s, err := Colleague(ctx, tx, id)
	if found, ok := fault.Of(err); ok && found.Kind == fault.KindNotFound {
		return nil
	}
	if err != nil {
		return err
	}
	s.Email = email
	return ChangeStaff(ctx, tx, s)
}

// seeClients gives a therapist who has none a page, which is not published.
func seeClients(ctx context.Context, tx *db.DB, s Staff) error {
	if !s.HasAny(access.Therapist) {
		return nil
	}
	var taken []string
	known := false
	err := tx.Each(ctx, `SELECT staff_id, slug FROM therapist WHERE practice_id = $1`, []any{tx.PracticeID()},
		func(scan func(...any) error) error {
			var id StaffID
			var slug string
			err := scan(&id, &slug)
			taken, known = append(taken, slug), known || id == s.ID
			return err
		})
	if err != nil || known {
		return err
	}
	t := Therapist{Staff: s, Slug: slugOf(s.Name, taken), Accepting: true, Capacity: firstCapacity,
		Profile: Profile{Modalities: []string{"individual"}, Languages: []string{"English"}}}
	return KeepTherapist(ctx, tx, t)
}

// firstCapacity is how many courses a new therapist takes, until someone says otherwise.
const firstCapacity = 20

// slugOf makes the address of a therapist's page from their name, different from those taken.
func slugOf(name string, taken []string) string {
	letter := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		}
		return ' '
	}
	slug := strings.Join(strings.Fields(strings.Map(letter, name)), "-")
	if slug == "" {
		slug = "therapist"
	}
	for n, try := 2, slug; ; n++ {
		if !slices.Contains(taken, try) {
			return try
		}
		try = fmt.Sprintf("%s-%d", slug, n)
	}
}

// OneTherapist is someone who sees clients, published or not.
func OneTherapist(ctx context.Context, tx *db.DB, id StaffID) (Therapist, error) {
	var t Therapist
	err := tx.View(ctx, func(tx *db.DB) error {
		s, err := Colleague(ctx, tx, id)
		if err != nil {
			return err
		}
		t, err = therapistOf(ctx, tx, s)
		return err
	})
	return t, err
}

// Modalities are the ways of working that a therapist may offer.
var Modalities = []Concern{{"individual", "One person"}, {"couple", "Couples"}, {"family", "Families"}}

// ModalityWords are the words of a way of working; the code itself where it is unknown.
func ModalityWords(code string) string {
	for _, c := range Modalities {
		if c.Code == code {
			return c.Words
		}
	}
	return code
}

// KeepProfile keeps what a therapist says of their own work: their own for themselves, anyone's for an owner.
func KeepProfile(ctx context.Context, tx *db.DB, by access.Actor, t Therapist) error {
	scope, err := access.Within(by, access.WriteProfile, tx.Now())
	if err != nil {
		return err
	}
	if scope.Reach&access.Everyone == 0 && string(t.ID) != by.ID {
		return fault.NotFound()
	}
	if err := t.check(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := OneTherapist(ctx, tx, t.ID); err != nil {
			return err
		}
		if err := KeepTherapist(ctx, tx, t); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteProfile, Type: "profile", ID: string(t.ID)})
	})
}

// check collects what is wrong with a profile, by form field.
func (t Therapist) check() error {
	var faults fault.List
	if t.Slug == "" || t.Slug != slugOf(t.Slug, nil) || len(t.Slug) > 60 {
		faults.Add("slug", "Use only small letters, digits and hyphens for the page's address.")
	}
	if t.Capacity < 0 || t.Capacity > 100 {
		faults.Add("capacity", "Enter between 0 and 100.")
	}
	for _, code := range t.Focus {
		if ConcernWords(code) == code {
			faults.Add("focus", "Choose from the list.")
		}
	}
	if len(t.Modalities) == 0 {
		faults.Add("modalities", "Choose at least one.")
	}
	for _, code := range t.Modalities {
		if !slices.ContainsFunc(Modalities, func(c Concern) bool { return c.Code == code }) {
			faults.Add("modalities", "Choose from the list.")
		}
	}
	if t.Published && strings.TrimSpace(t.About) == "" {
		faults.Add("about", "Write a few words about the work before the page is shown.")
	}
	return faults.Err()
}

// Tie says who supervises whom.
type Tie struct {
	ID                    string
	Supervisor, Therapist StaffID
}

// Ties lists who supervises whom now, for the owner.
func Ties(ctx context.Context, tx *db.DB, by access.Actor) ([]Tie, error) {
	if _, err := access.Within(by, access.WriteStaff, tx.Now()); err != nil {
		return nil, err
	}
	var all []Tie
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		return tx.Each(ctx, `
			SELECT id, supervisor_id, therapist_id FROM supervision WHERE practice_id = $1 AND until IS NULL ORDER BY since, id`,
			[]any{tx.PracticeID()}, func(scan func(...any) error) error {
				var t Tie
				err := scan(&t.ID, &t.Supervisor, &t.Therapist)
				all = append(all, t)
				return err
			})
	})
	return all, err
}

// Supervise begins the supervision of a therapist by a supervisor. What the supervisor may read of the therapist's
// clients is open from now on.
func Supervise(ctx context.Context, tx *db.DB, by access.Actor, supervisor, therapist StaffID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		s, err := staffToChange(ctx, tx, by, supervisor)
		if err != nil {
			return err
		}
		t, err := staffToChange(ctx, tx, by, therapist)
		if err != nil {
			return err
		}
		switch {
		case !s.HasAny(access.Supervisor):
			return fault.Invalid("supervisor", "Choose someone who is a supervisor.")
		case !t.HasAny(access.Therapist) || s.ID == t.ID:
			return fault.Invalid("therapist", "Choose a therapist other than the supervisor.")
		}
		ties, err := Ties(ctx, tx, by)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(ties, func(o Tie) bool { return o.Supervisor == supervisor && o.Therapist == therapist }) {
			return fault.Conflict("They supervise this therapist already.")
		}
		id := tx.NewID()
		_, err = tx.Exec(ctx, `INSERT INTO supervision (practice_id, id, supervisor_id, therapist_id, since) VALUES ($1, $2, $3, $4, $5)`,
			tx.PracticeID(), id, supervisor, therapist, tx.Now())
		if err != nil {
			return fmt.Errorf("begin supervision: %w", err)
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteStaff, Type: "supervision", ID: id})
	})
}

// EndSupervision ends it now; the supervisor's next request is refused.
func EndSupervision(ctx context.Context, tx *db.DB, by access.Actor, id string) error {
	if _, err := access.Within(by, access.WriteStaff, tx.Now()); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		n, err := tx.Exec(ctx, `UPDATE supervision SET until = $3 WHERE practice_id = $1 AND id = $2 AND until IS NULL`,
			tx.PracticeID(), id, tx.Now())
		if err != nil {
			return fmt.Errorf("end supervision %s: %w", id, err)
		}
		if n == 0 {
			return fault.NotFound()
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: access.WriteStaff, Type: "supervision", ID: id})
	})
}

// therapistOf adds to a member of staff what is known of them as a therapist.
func therapistOf(ctx context.Context, tx *db.DB, s Staff) (Therapist, error) {
	t := Therapist{Staff: s}
	key, err := seal.Practice(ctx, tx)
	if err != nil {
		return t, err
	}
	var sealed []byte
	err = tx.Row(ctx, `
		SELECT slug, published, accepting, capacity, profile FROM therapist WHERE practice_id = $1 AND staff_id = $2`,
		tx.PracticeID(), s.ID).Scan(&t.Slug, &t.Published, &t.Accepting, &t.Capacity, &sealed)
	if errors.Is(err, db.ErrNone) {
		return t, fault.NotFound()
	}
	if err != nil {
		return t, fmt.Errorf("read therapist %s: %w", s.ID, err)
	}
	return t, key.OpenJSON(therapistPlace(s.ID), sealed, &t.Profile)
}
