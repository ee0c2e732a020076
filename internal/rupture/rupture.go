package rupture

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/alliance"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/seal"
)

// ID names a rupture.
type ID string

// Rupture is one strain between one client and their therapist.
type Rupture struct {
	ID          ID
	CourseID    practice.CourseID
	ClientID    practice.ClientID
	TherapistID practice.StaffID
	EarlierID   ID // the repaired one that it came after; empty where there was none
	Standing
	Opened, Changed, Closed time.Time
	// Seen is what the numbers did; nil where they saw nothing.
	Seen     *Evidence
	Timeline []Event // oldest first
}

// Evidence is what the detector saw when it raised a flag, with its rule and
// its chance of being a false alarm. It stands beside the record and never
// changes its state.
type Evidence struct {
	Detector   string              `json:"detector"`
	Version    string              `json:"version"`
	Parameters alliance.Parameters `json:"parameters"`
	Session    int                 `json:"session"`
	Score      float64             `json:"score"`
	Z          float64             `json:"z"`
	Mean       float64             `json:"mean"`
	Low        float64             `json:"low"` // lower end of the client's own usual range
	High       float64             `json:"high"`
	Sessions   int                 `json:"sessions"`    // in the course so far
	FalseAlarm float64             `json:"false_alarm"` // chance of at least one such flag in a steady course of so many
	Status     alliance.Status     `json:"status"`      // what the numbers did since
	End        int                 `json:"end"`         // session of the return; 0 while there is none
	Nadir      float64             `json:"nadir"`
	Depth      float64             `json:"depth"`
}

// Event is one thing that happened to a rupture. None is ever changed.
type Event struct {
	N      int
	What   What
	By     Side
	Number int // of the session
	At     time.Time
	Words
}

// Words are what somebody wrote with an event.
type Words struct {
	Text       string   `json:"text,omitempty"`
	Wish       Wish     `json:"wish,omitempty"`
	Kind       Kind     `json:"kind,omitempty"`
	Strategies []string `json:"strategies,omitempty"`
}

// A Strategy is a way into repair; its code is kept, its words are shown.
type Strategy struct{ Code, Words, Family string }

// Strategies are ways into repair, in our own words after the families of
// methods.md 2: immediate ones change or clarify, exploratory ones look at what
// happens between the two. A memory aid, not a coding system.
var Strategies = []Strategy{
	{"clarify", "Cleared up a misunderstanding", "immediate"},
	{"change", "Changed what we work on, or how", "immediate"},
	{"explain", "Said why I suggested it", "immediate"},
	{"own", "Owned my part", "exploratory"},
	{"invite", "Invited thoughts and feelings about me or our work", "exploratory"},
	{"disclose", "Said what went on in me", "exploratory"},
	{"validate", "Saw the good sense in the guard", "exploratory"},
	{"between_us", "Linked it to what happens between us", "exploratory"},
	{"outside", "Linked it to other relationships", "exploratory"},
	{"redirect", "Gently came back to the work", "immediate"},
}

// StrategyWords are the words of a strategy's code; the code itself where it is unknown.
func StrategyWords(code string) string {
	for _, s := range Strategies {
		if s.Code == code {
			return s.Words
		}
	}
	return code
}

func detectorPlace(id ID) seal.Place {
	return seal.Place{Table: "rupture", Row: string(id), Column: "detector"}
}

func eventPlace(id string) seal.Place {
	return seal.Place{Table: "rupture_event", Row: id, Column: "words"}
}

// Ruptures lists the ruptures of one person in a course, newest first, each with
// its timeline, within the actor's reach. Reading them is recorded.
func Ruptures(ctx context.Context, tx *db.DB, by access.Actor, course practice.CourseID, client practice.ClientID) ([]Rupture, error) {
	var all []Rupture
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		all, err = read(ctx, tx, by, access.ReadRupture, `x.course_id = $5 AND x.client_id = $6`, course, client)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read,
			audit.Subject{Right: access.ReadRupture, ClientID: string(client), Type: "ruptures of course", ID: string(course)})
	})
	return all, err
}

// CurrentOf is the current rupture of one person in a course, or nil. It is
// read by the rules and by pages that record their own reading.
func CurrentOf(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, course practice.CourseID, client practice.ClientID) (*Rupture, error) {
	all, err := read(ctx, tx, by, right, `x.course_id = $5 AND x.client_id = $6
		AND x.state IN ('possible', 'open', 'named', 'set_aside')`, course, client)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// CurrentOfTherapist lists the current ruptures of a therapist's courses, by
// course and client: what Today needs. The page that shows them records it.
func CurrentOfTherapist(ctx context.Context, tx *db.DB, by access.Actor, therapist practice.StaffID) ([]Rupture, error) {
	return read(ctx, tx, by, access.ReadRupture, `x.therapist_id = $5
		AND x.state IN ('possible', 'open', 'named', 'set_aside')`, therapist)
}

// Current lists all current ruptures within the actor's reach, newest first. The
// page that shows them records it.
func Current(ctx context.Context, tx *db.DB, by access.Actor) ([]Rupture, error) {
	return read(ctx, tx, by, access.ReadRupture, `x.state IN ('possible', 'open', 'named', 'set_aside')`)
}

// One is a rupture within the actor's reach. The page that shows it records it.
func One(ctx context.Context, tx *db.DB, by access.Actor, id ID) (Rupture, error) {
	found, err := read(ctx, tx, by, access.ReadRupture, `x.id = $5`, id)
	if err != nil {
		return Rupture{}, err
	}
	if len(found) == 0 {
		return Rupture{}, fault.NotFound()
	}
	return found[0], nil
}

func read(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, args ...any) ([]Rupture, error) {
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	var all []Rupture
	err = tx.View(ctx, func(tx *db.DB) error {
		all = nil
		var found []row
		err := tx.Each(ctx, `
			SELECT x.id, x.course_id, x.client_id, x.therapist_id, x.state, x.kind, x.noticed_by, x.wish, x.start_number,
				x.asked_from, x.unknowns, x.quiet, x.earlier_id, x.detector, x.digest, x.opened_at, x.changed_at, x.closed_at, c.key_id
			FROM rupture x
				JOIN course k ON k.practice_id = x.practice_id AND k.id = x.course_id
				JOIN client c ON c.practice_id = x.practice_id AND c.id = x.client_id
			WHERE `+access.Courses+` AND `+scope.Near()+` AND `+access.Mine+` AND x.practice_id = $1 AND `+where+`
			ORDER BY x.opened_at DESC, x.id`, scope.Args(args...), func(scan func(...any) error) error {
			var r row
			err := scan(&r.ID, &r.CourseID, &r.ClientID, &r.TherapistID, &r.State, &r.Kind, &r.NoticedBy, &r.Wish, &r.Start,
				&r.AskedFrom, &r.Unknowns, &r.Quiet, &r.EarlierID, &r.detector, &r.digest, &r.Opened, &r.Changed, &r.Closed, &r.owner)
			found = append(found, r)
			return err
		})
		if err != nil || len(found) == 0 {
			return err
		}
		all, err = open(ctx, tx, found)
		return err
	})
	return all, err
}

// row is a rupture as it lies in the database.
type row struct {
	Rupture
	owner            seal.OwnerID
	detector, digest []byte
}

// open checks and opens rows, and reads what happened.
func open(ctx context.Context, tx *db.DB, found []row) ([]Rupture, error) {
	owners := make([]seal.OwnerID, len(found))
	for i, r := range found {
		owners[i] = r.owner
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return nil, err
	}
	all := make([]Rupture, len(found))
	for i, r := range found {
		if err := keys[r.owner].Check(r.digest, "rupture", string(r.ID), r.unsealed()...); err != nil {
			return nil, fmt.Errorf("check rupture %s: %w", r.ID, err)
		}
		if err := keys[r.owner].OpenJSON(detectorPlace(r.ID), r.detector, &r.Seen); err != nil {
			return nil, fmt.Errorf("open rupture %s: %w", r.ID, err)
		}
		all[i] = r.Rupture
	}
	return all, timelines(ctx, tx, all, owners, keys)
}

func timelines(ctx context.Context, tx *db.DB, all []Rupture, owners []seal.OwnerID, keys map[seal.OwnerID]seal.Key) error {
	ids := make(db.Strings, len(all))
	for i, r := range all {
		ids[i] = string(r.ID)
	}
	return tx.Each(ctx, `
		SELECT id, rupture_id, n, what, by_side, number, words, at FROM rupture_event
		WHERE practice_id = $1 AND rupture_id `+tx.AnyOf(2)+` ORDER BY rupture_id, n`,
		[]any{tx.PracticeID(), ids}, func(scan func(...any) error) error {
			var id string
			var of ID
			var e Event
			var words []byte
			if err := scan(&id, &of, &e.N, &e.What, &e.By, &e.Number, &words, &e.At); err != nil {
				return err
			}
			i := slices.IndexFunc(all, func(r Rupture) bool { return r.ID == of })
			if err := keys[owners[i]].OpenJSON(eventPlace(id), words, &e.Words); err != nil {
				return fmt.Errorf("open event %s: %w", id, err)
			}
			all[i].Timeline = append(all[i].Timeline, e)
			return nil
		})
}

// unsealed are the columns that the row's digest keeps from being changed unseen.
func (r Rupture) unsealed() []any {
	return []any{string(r.CourseID), string(r.ClientID), string(r.TherapistID), string(r.State), string(r.Kind), string(r.NoticedBy),
		string(r.Wish), r.Start, r.AskedFrom, r.Unknowns, r.Quiet, string(r.EarlierID)}
}

// turn is what one deed adds to a rupture's timeline.
type turn struct {
	By       Side
	Number   int // of the session; 0 where it was in none
	Happened []What
	Words    Words
}

// keep writes a rupture as it now stands, and what happened to it.
func keep(ctx context.Context, tx *db.DB, r *Rupture, key seal.Key, t turn) error {
	if r.ID == "" {
		return errors.New("keep a rupture without an id")
	}
	detector, err := key.SealJSON(detectorPlace(r.ID), r.Seen)
	if err != nil {
		return err
	}
	r.Changed = tx.Now()
	if !r.State.Current() && r.Closed.IsZero() {
		r.Closed = tx.Now()
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO rupture (practice_id, id, course_id, client_id, therapist_id, state, kind, noticed_by, wish, start_number,
			asked_from, unknowns, quiet, earlier_id, detector, digest, opened_at, changed_at, closed_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
		ON CONFLICT (practice_id, id) DO UPDATE SET state = excluded.state, kind = excluded.kind,
			noticed_by = excluded.noticed_by, wish = excluded.wish, asked_from = excluded.asked_from,
			unknowns = excluded.unknowns, quiet = excluded.quiet, detector = excluded.detector,
			digest = excluded.digest, changed_at = excluded.changed_at, closed_at = excluded.closed_at`,
		tx.PracticeID(), r.ID, r.CourseID, r.ClientID, r.TherapistID, r.State, r.Kind, r.NoticedBy, r.Wish, r.Start,
		r.AskedFrom, r.Unknowns, r.Quiet, r.EarlierID, detector,
		key.Digest("rupture", string(r.ID), r.unsealed()...), r.Opened, r.Changed, r.Closed)
	if err != nil {
		return fmt.Errorf("keep rupture %s: %w", r.ID, err)
	}
	for _, what := range t.Happened {
		side := t.By
		if what == Faded || what == Noticed && r.NoticedBy == ByNumbers {
			side = ByNumbers
		}
		if err := tell(ctx, tx, r, key, Event{What: what, By: side, Number: t.Number, Words: t.Words.of(what)}); err != nil {
			return err
		}
	}
	return nil
}

// of keeps with an event only the words that belong to it.
func (w Words) of(what What) Words {
	switch what {
	case Wished:
		return Words{Wish: w.Wish}
	case Attempt:
		return Words{Text: w.Text, Strategies: w.Strategies}
	case Described:
		return Words{Text: w.Text, Kind: w.Kind}
	case Told, Proposal:
		return Words{Text: w.Text}
	}
	return Words{}
}

func tell(ctx context.Context, tx *db.DB, r *Rupture, key seal.Key, e Event) error {
	id := tx.NewID()
	words, err := key.SealJSON(eventPlace(id), e.Words)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO rupture_event (practice_id, id, rupture_id, n, what, by_side, number, words, at)
		SELECT $1, $2, $3, COALESCE(MAX(n), 0) + 1, $4, $5, $6, $7, $8 FROM rupture_event
		WHERE practice_id = $1 AND rupture_id = $3`,
		tx.PracticeID(), id, r.ID, e.What, e.By, e.Number, words, tx.Now())
	if err != nil {
		return fmt.Errorf("tell what happened to rupture %s: %w", r.ID, err)
	}
	return nil
}
