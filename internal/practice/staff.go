package practice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/seal"
)

// StaffID names someone who works at the practice.
type StaffID string

// Staff is someone who works at the practice.
type Staff struct {
	ID    StaffID
	Roles []access.Role
	State string // "invited", "active" or "disabled"
	Duty  bool   // answers risk tasks of people without a therapist
	Person
}

// Person is how someone on the staff is called and reached.
type Person struct {
	Name        string
	Pronouns    string
	Credentials string // such as "PsyD"; shown after the name
	Email       string
	Phone       string
}

// Title is the name with the credentials after it.
func (p Person) Title() string {
	if p.Credentials == "" {
		return p.Name
	}
	return p.Name + ", " + p.Credentials
}

// Therapist is a member of staff who sees clients, with what the public site says of them.
type Therapist struct {
	Staff
	Slug      string
	Published bool
	Accepting bool
	Capacity  int // how many courses at most
	Profile
}

// Profile is what a therapist says of their own work.
type Profile struct {
	About      string   // a few paragraphs
	Focus      []string // codes of presenting concerns; see Concerns
	Modalities []string // individual, couple, family
	Languages  []string
	Training   string
	License    string
	Identity   string // in their own words; may be empty
	Fees       string
	Times      string // when they usually work, in words
	Quote      string
}

// A Concern is something that brings people; its code is kept, its words are shown.
type Concern struct{ Code, Words string }

// Concerns are what a request may tick and a therapist may name as focus.
var Concerns = []Concern{
	{"relationship", "A relationship"},
	{"family", "Family"},
	{"loss", "A breakup or a loss"},
	{"anxiety", "Anxiety"},
	{"depression", "Feeling low"},
	{"stress", "Stress"},
	{"self_esteem", "How I see myself"},
	{"eating", "Eating and my body"},
	{"work", "Work or school"},
	{"trauma", "Something that happened to me"},
	{"other", "Something else"},
}

// ConcernWords are the words of a concern's code; the code itself where it is unknown.
func ConcernWords(code string) string {
	for _, c := range Concerns {
		if c.Code == code {
			return c.Words
		}
	}
	return code
}

const staffColumns = `s.id, s.roles, s.state, s.duty, s.profile`

func scanStaff(scan func(...any) error, key seal.Key, more ...any) (Staff, error) {
	var s Staff
	var roles string
	var sealed []byte
	if err := scan(append([]any{&s.ID, &roles, &s.State, &s.Duty, &sealed}, more...)...); err != nil {
		return s, err
	}
	for role := range strings.SplitSeq(roles, ",") {
		if role != "" {
			s.Roles = append(s.Roles, access.Role(role))
		}
	}
	err := key.OpenJSON(staffPlace(s.ID), sealed, &s.Person)
	return s, err
}

func staffPlace(id StaffID) seal.Place {
	return seal.Place{Table: "staff", Row: string(id), Column: "profile"}
}

func therapistPlace(id StaffID) seal.Place {
	return seal.Place{Table: "therapist", Row: string(id), Column: "profile"}
}

// Colleagues lists everyone on the staff by name. Their names are no secret
// among those who work here, nor to their clients.
func Colleagues(ctx context.Context, tx *db.DB) ([]Staff, error) {
	var all []Staff
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `SELECT `+staffColumns+` FROM staff s WHERE s.practice_id = $1`, []any{tx.PracticeID()},
			func(scan func(...any) error) error {
				s, err := scanStaff(scan, key)
				all = append(all, s)
				return err
			})
	})
	slices.SortFunc(all, func(a, b Staff) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

// Colleague is one member of staff.
func Colleague(ctx context.Context, tx *db.DB, id StaffID) (Staff, error) {
	var s Staff
	err := tx.View(ctx, func(tx *db.DB) error {
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		row := tx.Row(ctx, `SELECT `+staffColumns+` FROM staff s WHERE s.practice_id = $1 AND s.id = $2`, tx.PracticeID(), id)
		s, err = scanStaff(row.Scan, key)
		if errors.Is(err, db.ErrNone) {
			return fault.NotFound()
		}
		return err
	})
	return s, err
}

// Therapists lists those who see clients, by name: all of them, or only those
// whom the public site shows.
func Therapists(ctx context.Context, tx *db.DB, published bool) ([]Therapist, error) {
	var all []Therapist
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `
			SELECT `+staffColumns+`, t.slug, t.published, t.accepting, t.capacity, t.profile
			FROM therapist t JOIN staff s ON s.practice_id = t.practice_id AND s.id = t.staff_id
			WHERE t.practice_id = $1 AND s.state = 'active' AND (t.published = $2 OR $2 = (1 = 0))`,
			[]any{tx.PracticeID(), published}, func(scan func(...any) error) error {
				t, err := scanTherapist(scan, key)
				all = append(all, t)
				return err
			})
	})
	slices.SortFunc(all, func(a, b Therapist) int { return strings.Compare(a.Name, b.Name) })
	return all, err
}

func scanTherapist(scan func(...any) error, key seal.Key) (Therapist, error) {
	var t Therapist
	var sealed []byte
	var err error
	if t.Staff, err = scanStaff(scan, key, &t.Slug, &t.Published, &t.Accepting, &t.Capacity, &sealed); err != nil {
		return t, err
	}
	err = key.OpenJSON(therapistPlace(t.ID), sealed, &t.Profile)
	return t, err
}

// AddStaff keeps a new member of staff. Inviting them to sign in is auth's part.
func AddStaff(ctx context.Context, tx *db.DB, s Staff) error {
	if err := s.validate(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		sealed, err := key.SealJSON(staffPlace(s.ID), s.Person)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO staff (practice_id, id, roles, state, duty, profile, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			tx.PracticeID(), s.ID, joinRoles(s.Roles), s.State, s.Duty, sealed, tx.Now())
		if err != nil {
			return fmt.Errorf("add staff %s: %w", s.ID, err)
		}
		return nil
	})
}

// ChangeStaff keeps changed roles, state, duty and person of a member of staff.
func ChangeStaff(ctx context.Context, tx *db.DB, s Staff) error {
	if err := s.validate(); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		sealed, err := key.SealJSON(staffPlace(s.ID), s.Person)
		if err != nil {
			return err
		}
		disabled := time.Time{}
		if s.State == "disabled" {
			disabled = tx.Now()
		}
		n, err := tx.Exec(ctx, `
			UPDATE staff SET roles = $3, state = $4, duty = $5, profile = $6, disabled_at = $7
			WHERE practice_id = $1 AND id = $2`,
			tx.PracticeID(), s.ID, joinRoles(s.Roles), s.State, s.Duty, sealed, disabled)
		if err != nil {
			return fmt.Errorf("change staff %s: %w", s.ID, err)
		}
		if n == 0 {
			return fault.NotFound()
		}
		return nil
	})
}

// KeepTherapist keeps what the public site and the match know of a therapist.
func KeepTherapist(ctx context.Context, tx *db.DB, t Therapist) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		sealed, err := key.SealJSON(therapistPlace(t.ID), t.Profile)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO therapist (practice_id, staff_id, slug, published, accepting, capacity, profile, changed_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (practice_id, staff_id) DO UPDATE SET slug = excluded.slug, published = excluded.published,
				accepting = excluded.accepting, capacity = excluded.capacity, profile = excluded.profile,
				changed_at = excluded.changed_at`,
			tx.PracticeID(), t.ID, t.Slug, t.Published, t.Accepting, t.Capacity, sealed, tx.Now())
		if errors.Is(err, db.ErrDuplicate) {
			return fault.Conflict("Another therapist's page has that address already. Choose another.")
		}
		if err != nil {
			return fmt.Errorf("keep therapist %s: %w", t.ID, err)
		}
		return nil
	})
}

func (s Staff) validate() error {
	var faults fault.List
	if strings.TrimSpace(s.Name) == "" {
		faults.Add("name", "Enter the person's name.")
	}
	if len(s.Roles) == 0 {
		faults.Add("roles", "Choose at least one role.")
	}
	for _, role := range s.Roles {
		if !slices.Contains(access.StaffRoles, role) {
			faults.Add("roles", "Choose roles from the list.")
		}
	}
	return faults.Err()
}

func joinRoles(roles []access.Role) string {
	words := make([]string, len(roles))
	for i, role := range roles {
		words[i] = string(role)
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), ",")
}
