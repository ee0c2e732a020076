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
	return change(ctx, tx, by, access.TendRupture, id, func(r *Rupture, _ int) ([]What, Words, error) {
		if !r.State.Current() {
			return nil, Words{}, fault.Conflict("This rupture is over. What happens now begins a new one.")
		}
		standing, happened := r.Talked()
		r.Standing = standing
		r.Kind = alsoKind(r.Kind, talk.Kind)
		return happened, Words{Text: talk.Text, Strategies: talk.Strategies}, nil
	}, talk.Number, ByTherapist)
}

// Describe keeps which way the rupture moved and what happened, as the
// therapist saw it.
func Describe(ctx context.Context, tx *db.DB, by access.Actor, id ID, kind Kind, text string) error {
	if !slices.Contains([]Kind{Withdrawal, Confrontation, Both, Unknown}, kind) {
		return fault.Invalid("kind", "Choose which way it moved.")
	}
	return change(ctx, tx, by, access.TendRupture, id, func(r *Rupture, _ int) ([]What, Words, error) {
		r.Kind = kind
		return []What{Described}, Words{Text: text, Kind: kind}, nil
	}, 0, ByTherapist)
}

// Propose says that the therapist thinks it is repaired. The state stays: the
// client is asked at the next check-in.
func Propose(ctx context.Context, tx *db.DB, by access.Actor, id ID) error {
	return change(ctx, tx, by, access.TendRupture, id, func(r *Rupture, _ int) ([]What, Words, error) {
		if !r.State.Current() {
			return nil, Words{}, fault.Conflict("This rupture is over already.")
		}
		return []What{Proposal}, Words{}, nil
	}, 0, ByTherapist)
}

// Notice is a therapist's own word, between check-ins, that something is off.
// Number is that of the session; 0 is the latest.
func Notice(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, client practice.ClientID, number int, kind Kind, text string) (ID, error) {
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
		r := &Rupture{ID: ID(tx.NewID()), CourseID: course, ClientID: client, TherapistID: k.TherapistID,
			Standing: *out.New, Opened: tx.Now()}
		id = r.ID
		key, err := keyOf(ctx, tx, by, access.TendRupture, client)
		if err != nil {
			return err
		}
		if err := keep(ctx, tx, r, key, ByTherapist, number, append(out.Begun, Described), Words{Kind: kind, Text: text}); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Noticed,
			audit.Subject{Right: access.TendRupture, ClientID: string(client), Type: "rupture", ID: string(r.ID)})
	})
	return id, err
}

// Say is the client's word at any time: their wish, how it is now, words, or
// that something is open that was set aside.
type Say struct {
	Better What // "" or one of the answers
	Wish   Wish // "" or a wish
	Text   string
}

// ClientSays keeps the client's word about what is open between the two.
func ClientSays(ctx context.Context, tx *db.DB, by access.Actor, id ID, say Say) error {
	if say.Better == "" && say.Wish == "" && strings.TrimSpace(say.Text) == "" {
		return fault.Invalid("better", "Choose an answer, or write something.")
	}
	return change(ctx, tx, by, access.SayRupture, id, func(r *Rupture, number int) ([]What, Words, error) {
		if !r.State.Current() {
			return nil, Words{}, fault.Conflict("This one is over. You can say what is new at your next check-in.")
		}
		heard := Heard{By: ByClient, Number: number, Better: say.Better, Wish: say.Wish, InRange: r.Seen == nil || r.Seen.End > 0}
		out := Review(&r.Standing, heard)
		r.Standing = *out.Now
		happened := out.Happened
		if strings.TrimSpace(say.Text) != "" {
			happened = append(happened, Told)
		}
		return happened, Words{Wish: say.Wish, Text: say.Text}, nil
	}, 0, ByClient)
}

// EndAll ends the current ruptures of a course that ends.
func EndAll(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		all, err := read(ctx, tx, by, access.TendRupture, `x.course_id = $5
			AND x.state IN ('possible', 'open', 'named', 'set_aside')`, course)
		if err != nil {
			return err
		}
		for i := range all {
			all[i].Standing = all[i].End()
			key, err := keyOf(ctx, tx, by, access.TendRupture, all[i].ClientID)
			if err != nil {
				return err
			}
			if err := keep(ctx, tx, &all[i], key, ByTherapist, 0, []What{CourseEnd}, Words{}); err != nil {
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

func change(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id ID,
	deed func(*Rupture, int) ([]What, Words, error), number int, side Side) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		found, err := read(ctx, tx, by, right, `x.id = $5`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.NotFound()
		}
		r := &found[0]
		if number, err = during(ctx, tx, r.CourseID, r.Start, number); err != nil {
			return err
		}
		happened, words, err := deed(r, number)
		if err != nil {
			return err
		}
		key, err := keyOf(ctx, tx, by, right, r.ClientID)
		if err != nil {
			return err
		}
		if err := keep(ctx, tx, r, key, side, number, happened, words); err != nil {
			return err
		}
		done := audit.Tended
		if r.State == Repaired {
			done = audit.Repaired
		}
		return audit.Record(ctx, tx, by, done,
			audit.Subject{Right: right, ClientID: string(r.ClientID), Type: "rupture", ID: string(r.ID)})
	})
}
