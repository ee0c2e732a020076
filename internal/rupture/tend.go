package rupture

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/seal"
)

// Talk is the therapist's record that a rupture was talked about.
type Talk struct {
	Number     int // of the session in which it was; 0: the latest
	Kind       Kind
	Strategies []string // codes of Strategies that were tried
	Text       string   // what happened, in the therapist's words; the client does not read it here
}

// RecordTalk keeps that the rupture was talked about, and what was tried: the
// rupture is then named. It stays between the two until the client says so.
func RecordTalk(ctx context.Context, tx *db.DB, by access.Actor, id ID, talk Talk) error {
	for _, code := range talk.Strategies {
		if !slices.ContainsFunc(Strategies, func(s Strategy) bool { return s.Code == code }) {
			return fault.Invalid("strategies", "Choose from the list of ways into repair.")
		}
	}
	if len(talk.Strategies) == 0 && strings.TrimSpace(talk.Text) == "" {
		return fault.Invalid("strategies", "Choose at least one way into repair, or write what happened.")
	}
	if err := checkKind(talk.Kind); err != nil {
		return err
	}
	told := turn{By: ByTherapist, Number: talk.Number, Words: Words{Text: talk.Text, Strategies: talk.Strategies}}
	return change(ctx, tx, by, access.TendRupture, id, told, func(r *Rupture, t *turn) error {
		if !r.State.Current() {
			return fault.Conflict("This rupture is over. What happens now begins a new one.")
		}
		r.Standing, t.Happened = r.Talked()
		r.Kind = alsoKind(r.Kind, talk.Kind)
		return nil
	})
}

// Describe keeps which way the rupture moved and what happened, as the
// therapist saw it.
func Describe(ctx context.Context, tx *db.DB, by access.Actor, id ID, kind Kind, text string) error {
	if !slices.Contains(Kinds, kind) {
		return errKind
	}
	told := turn{By: ByTherapist, Happened: []What{Described}, Words: Words{Text: text, Kind: kind}}
	return change(ctx, tx, by, access.TendRupture, id, told, func(r *Rupture, _ *turn) error {
		r.Kind = kind
		return nil
	})
}

var errKind = fault.Invalid("kind", "Choose which way it moved.")

// checkKind refuses what is no kind; saying none is fine.
func checkKind(kind Kind) error {
	if kind != "" && !slices.Contains(Kinds, kind) {
		return errKind
	}
	return nil
}

// Propose says that the therapist thinks it is repaired. The state stays: the
// client is asked at the next check-in.
func Propose(ctx context.Context, tx *db.DB, by access.Actor, id ID) error {
	told := turn{By: ByTherapist, Happened: []What{Proposal}}
	return change(ctx, tx, by, access.TendRupture, id, told, func(r *Rupture, _ *turn) error {
		if !r.State.Current() {
			return fault.Conflict("This rupture is over already.")
		}
		return nil
	})
}

// Notice is a therapist's own word, between check-ins, that something is off.
// Number is that of the session; 0 is the latest.
func Notice(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, client practice.ClientID, number int, kind Kind, text string) (ID, error) {
	if err := checkKind(kind); err != nil {
		return "", err
	}
	var id ID
	err := tx.InTx(ctx, func(tx *db.DB) error {
		k, err := practice.OneCourse(ctx, tx, by, access.TendRupture, course)
		if err != nil {
			return err
		}
		if !slices.Contains(k.ClientIDs, client) || string(k.TherapistID) != by.ID {
			return fault.NotFound()
		}
		if k.State != "active" {
			return fault.Conflict("This course has ended.")
		}
		current, err := CurrentOf(ctx, tx, by, access.TendRupture, course, client)
		if err != nil {
			return err
		}
		if current != nil {
			return fault.Conflict("There is one between you already. Add to it instead.")
		}
		if number, err = during(ctx, tx, course, 1, number); err != nil {
			return err
		}
		out := Review(nil, Heard{By: ByTherapist, Number: number, Off: "not_talked", Kind: kind})
		key, err := keyOf(ctx, tx, by, access.TendRupture, client)
		if err != nil {
			return err
		}
		r := &Rupture{CourseID: course, ClientID: client, TherapistID: k.TherapistID, Standing: *out.New}
		told := turn{ByTherapist, number, append(out.Begun, Described), Words{Kind: kind, Text: text}}
		err = begin(ctx, tx, by, access.TendRupture, r, key, told)
		id = r.ID
		return err
	})
	return id, err
}

// Say is the client's word at any time: their wish, how it is now, words, or
// that something is open that was set aside.
type Say struct {
	Better What // "" or one of Answers
	Wish   Wish // "" or one of Wishes
	Text   string
}

// Validate collects what is wrong, by form field.
func (s Say) Validate() error {
	var faults fault.List
	if s.Better == "" && s.Wish == "" && strings.TrimSpace(s.Text) == "" {
		faults.Add("better", "Choose an answer, or write something.")
	}
	if s.Better != "" && !slices.Contains(Answers, s.Better) {
		faults.Add("better", "Choose one of the answers shown.")
	}
	if s.Wish != "" && !slices.Contains(Wishes, s.Wish) {
		faults.Add("wish", "Choose one of the wishes shown.")
	}
	return faults.Err()
}

// ClientSays keeps the client's word about what is open between the two.
func ClientSays(ctx context.Context, tx *db.DB, by access.Actor, id ID, say Say) error {
	if err := say.Validate(); err != nil {
		return err
	}
	told := turn{By: ByClient, Words: Words{Wish: say.Wish, Text: say.Text}}
	return change(ctx, tx, by, access.SayRupture, id, told, func(r *Rupture, t *turn) error {
		if !r.State.Current() {
			return fault.Conflict("This one is over. You can say what is new at your next check-in.")
		}
		heard := Heard{By: ByClient, Number: t.Number, Better: say.Better, Wish: say.Wish, InRange: r.Seen == nil || r.Seen.End > 0}
		out := Review(&r.Standing, heard)
		r.Standing, t.Happened = *out.Now, out.Happened
		if strings.TrimSpace(say.Text) != "" {
			t.Happened = append(t.Happened, Told)
		}
		return nil
	})
}

// EndAll ends the current ruptures of a course that ends; each end is recorded.
func EndAll(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		all, err := read(ctx, tx, by, access.TendRupture, `x.course_id = $5
			AND x.state IN ('possible', 'open', 'named', 'set_aside')`, course)
		if err != nil {
			return err
		}
		for i := range all {
			r := &all[i]
			r.Standing = r.End()
			key, err := keyOf(ctx, tx, by, access.TendRupture, r.ClientID)
			if err != nil {
				return err
			}
			if err := keep(ctx, tx, r, key, turn{By: ByTherapist, Happened: []What{CourseEnd}}); err != nil {
				return err
			}
			if err := record(ctx, tx, by, audit.Tended, access.TendRupture, *r); err != nil {
				return err
			}
		}
		return nil
	})
}

// during is the session that something happened in: the given one where it lies
// between the first that is possible and the latest, else the latest.
func during(ctx context.Context, tx *db.DB, course practice.CourseID, first, number int) (int, error) {
	var latest int
	err := tx.Row(ctx, `SELECT COALESCE(MAX(number), 0) FROM session WHERE practice_id = $1 AND course_id = $2`,
		tx.PracticeID(), course).Scan(&latest)
	if err != nil {
		return 0, fmt.Errorf("find the latest session of course %s: %w", course, err)
	}
	latest = max(latest, first)
	if number < first || number > latest {
		return latest, nil
	}
	return number, nil
}

func keyOf(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, client practice.ClientID) (seal.Key, error) {
	c, err := practice.OneClient(ctx, tx, by, right, client)
	if err != nil {
		return seal.Key{}, err
	}
	return seal.Open(ctx, tx, c.KeyID)
}

func record(ctx context.Context, tx *db.DB, by access.Actor, deed audit.Deed, right access.Right, r Rupture) error {
	return audit.Record(ctx, tx, by, deed,
		audit.Subject{Right: right, ClientID: string(r.ClientID), Type: "rupture", ID: string(r.ID)})
}

// change does a deed to one rupture within reach and keeps t, to which the deed
// adds. The deed finds the number of the session in it.
func change(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id ID, t turn, deed func(*Rupture, *turn) error) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		found, err := read(ctx, tx, by, right, `x.id = $5`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.NotFound()
		}
		r, t := &found[0], t
		if t.Number, err = during(ctx, tx, r.CourseID, r.Start, t.Number); err != nil {
			return err
		}
		if err := deed(r, &t); err != nil {
			return err
		}
		key, err := keyOf(ctx, tx, by, right, r.ClientID)
		if err != nil {
			return err
		}
		if err := keep(ctx, tx, r, key, t); err != nil {
			return err
		}
		done := audit.Tended
		if r.State == Repaired {
			done = audit.Repaired
		}
		return record(ctx, tx, by, done, right, *r)
	})
}
