package measure

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/practice"
	"attune/internal/seal"
)

// ResponseID names a response.
type ResponseID string

// Intake are the ids of the forms of the first sitting, in the order in which they are asked.
var Intake = []string{"core-10", "phq-9", "gad-7"}

// Response is one form that a client was asked, with what they have answered so far.
type Response struct {
	ID       ResponseID
	ClientID practice.ClientID
	Form     *Instrument
	// Version and Hash are of the form that was answered. Where Hash is not Form's, the wording has changed since: the
	// answers are shown with their own Total and are not scored anew.
	Version, Hash string
	State         string // "asked" or "done"
	Asked         time.Time
	Saved, Done   time.Time // zero until then
	Answers       Answers
	Total         Part // as it was scored when the answers were saved
	owner         seal.OwnerID
}

// Open are the link ids of the questions that have no answer yet and are not optional.
func (r Response) Open() []string {
	var open []string
	for _, item := range r.Form.Items {
		if !item.Optional && r.Form.Shown(item, r.Answers, Context{}) && !r.Answers[item.LinkID].Answered() {
			open = append(open, item.LinkID)
		}
	}
	return open
}

type sealedResponse struct {
	Answers Answers `json:"answers"`
	Total   Part    `json:"total"`
}

func responsePlace(id ResponseID) seal.Place {
	return seal.Place{Table: "response", Row: string(id), Column: "answers"}
}

// Ask asks a client the forms of the first sitting, those that they were not asked before. The caller has decided that
// it may; the deed is audited as theirs.
func Ask(ctx context.Context, tx *db.DB, by access.Actor, client practice.ClientID) error {
	library, err := Instruments()
	if err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		c, err := practice.OneClient(ctx, tx, access.OfProgram(tx.PracticeID()), access.ReadAbout, client)
		if err != nil {
			return err
		}
		asked, err := askedBefore(ctx, tx, client)
		if err != nil {
			return err
		}
		for _, id := range Intake {
			form, ok := library.Instrument(id)
			if !ok || asked[id] {
				continue
			}
			if err := askOne(ctx, tx, by, c, form); err != nil {
				return err
			}
		}
		return nil
	})
}

func askedBefore(ctx context.Context, tx *db.DB, client practice.ClientID) (map[string]bool, error) {
	asked := map[string]bool{}
	err := tx.Each(ctx, `SELECT instrument FROM response WHERE practice_id = $1 AND client_id = $2 AND occasion = 'intake'`,
		[]any{tx.PracticeID(), client}, func(scan func(...any) error) error {
			var id string
			err := scan(&id)
			asked[id] = true
			return err
		})
	return asked, err
}

func askOne(ctx context.Context, tx *db.DB, by access.Actor, c practice.Client, form *Instrument) error {
	key, err := seal.Open(ctx, tx, c.KeyID)
	if err != nil {
		return err
	}
	id := ResponseID(tx.NewID())
	answers, err := key.SealJSON(responsePlace(id), sealedResponse{Answers: Answers{}})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO response (practice_id, id, client_id, instrument, version, file_hash, occasion, state, answers, asked_at)
		VALUES ($1, $2, $3, $4, $5, $6, 'intake', 'asked', $7, $8)`,
		tx.PracticeID(), id, c.ID, form.ID, form.Version, form.Hash, answers, tx.Now())
	if err != nil {
		return fmt.Errorf("ask %s: %w", form.ID, err)
	}
	return audit.Record(ctx, tx, by, audit.Wrote, audit.Subject{Right: access.AnswerIntake, ClientID: string(c.ID),
		Type: "form", ID: string(id), Why: "asked with the first forms"})
}

// Own lists the forms that the actor was asked, in their order. Reading them is recorded.
func Own(ctx context.Context, tx *db.DB, by access.Actor) ([]Response, error) {
	return listed(ctx, tx, by, practice.ClientID(by.ID))
}

// Scored is a response as a clinician reads it.
type Scored struct {
	Response
	Fired []Rule // of the answers as they are now
	// Change is since the first answers to the same form; nil where these are the first, or either has no score.
	Change *Change
}

// Change is from an earlier score to a later one.
type Change struct {
	Since    time.Time
	From, To float64
	// Error is the least change that is reliable, in the units of the form; 0 where none is known, and no claim is made.
	Error    float64
	Reliable bool
	Better   bool
}

// Responses lists a client's answers with their scores for whoever may read them, by form and newest first. Reading them
// is recorded.
func Responses(ctx context.Context, tx *db.DB, by access.Actor, client practice.ClientID) ([]Scored, error) {
	found, err := listed(ctx, tx, by, client)
	if err != nil {
		return nil, err
	}
	all := make([]Scored, len(found))
	first := map[string]Response{}
	for i, r := range found {
		all[i] = Scored{Response: r, Fired: r.Form.Safety(r.Answers, Result{Part: r.Total})}
		before, known := first[r.Form.ID+" "+r.Version]
		if known && r.Total.Scored {
			all[i].Change = r.Form.change(before, r)
		}
		if !known && r.Total.Scored {
			first[r.Form.ID+" "+r.Version] = r
		}
	}
	slices.SortStableFunc(all, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(place(a.Form.ID), place(b.Form.ID)), b.Asked.Compare(a.Asked))
	})
	return all, nil
}

func (ins *Instrument) change(from, to Response) *Change {
	c := &Change{Since: from.Saved, From: from.Total.Score, To: to.Total.Score}
	moved := c.To - c.From
	c.Better = moved > 0 && ins.Direction == HigherIsBetter || moved < 0 && ins.Direction == HigherIsWorse
	if rci := ins.ReliableChange.RCI; rci != nil {
		c.Error = *rci
		c.Reliable = max(moved, -moved) >= *rci
	}
	return c
}

// place is where a form stands in the first sitting; those of later ones come after.
func place(id string) int {
	if i := slices.Index(Intake, id); i >= 0 {
		return i
	}
	return len(Intake)
}

func listed(ctx context.Context, tx *db.DB, by access.Actor, client practice.ClientID) ([]Response, error) {
	var found []Response
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := practice.OneClient(ctx, tx, by, access.ReadIntake, client); err != nil {
			return err
		}
		var err error
		if found, err = responses(ctx, tx, by, access.ReadIntake, `x.client_id = $5`, client); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read,
			audit.Subject{Right: access.ReadIntake, ClientID: string(client), Type: "forms"})
	})
	return found, err
}

func responses(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, arg any) ([]Response, error) {
	library, err := Instruments()
	if err != nil {
		return nil, err
	}
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	var found []Response
	err = tx.View(ctx, func(tx *db.DB) error {
		found = nil
		var sealed [][]byte
		err := tx.Each(ctx, `
			SELECT x.id, x.client_id, x.instrument, x.version, x.file_hash, x.state, x.answers, x.asked_at, x.saved_at,
				x.done_at, c.key_id
			FROM response x JOIN client c ON c.practice_id = x.practice_id AND c.id = x.client_id
			WHERE `+access.Clients+` AND x.practice_id = $1 AND `+where+` ORDER BY x.asked_at, x.id`,
			scope.Args(arg), func(scan func(...any) error) error {
				var r Response
				var id string
				var answers []byte
				err := scan(&r.ID, &r.ClientID, &id, &r.Version, &r.Hash, &r.State, &answers, &r.Asked, &r.Saved, &r.Done, &r.owner)
				r.Form, _ = library.Instrument(id)
				found, sealed = append(found, r), append(sealed, answers)
				return err
			})
		if err != nil {
			return fmt.Errorf("read responses: %w", err)
		}
		return openResponses(ctx, tx, found, sealed)
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(found, func(a, b Response) int {
		return cmp.Or(a.Asked.Compare(b.Asked), cmp.Compare(place(a.Form.ID), place(b.Form.ID)))
	})
	return found, nil
}

func openResponses(ctx context.Context, tx *db.DB, found []Response, sealed [][]byte) error {
	owners := make([]seal.OwnerID, len(found))
	for i, r := range found {
		if r.Form == nil {
			return errors.New("a response to a form that this program does not have")
		}
		owners[i] = r.owner
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for i, r := range found {
		var opened sealedResponse
		if err := keys[r.owner].OpenJSON(responsePlace(r.ID), sealed[i], &opened); err != nil {
			return fmt.Errorf("open response %s: %w", r.ID, err)
		}
		found[i].Answers, found[i].Total = opened.Answers, opened.Total
	}
	return nil
}

// Save keeps some of the actor's own answers, field by field: what is not among them stays as it was, and a gap takes an
// answer back. The safety rules run on every save, complete form or not.
func Save(ctx context.Context, tx *db.DB, by access.Actor, id ResponseID, answers Answers) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		_, err := save(ctx, tx, by, id, answers)
		return err
	})
}

// Finish keeps the last answers and hands the form in. Where questions are open it does so only anyway: the answers are
// kept, and finished is false. After that nothing in it is changed.
func Finish(ctx context.Context, tx *db.DB, by access.Actor, id ResponseID, answers Answers, anyway bool) (finished bool, err error) {
	err = tx.InTx(ctx, func(tx *db.DB) error {
		finished = false
		r, err := save(ctx, tx, by, id, answers)
		if err != nil || len(r.Open()) > 0 && !anyway {
			return err
		}
		finished = true
		_, err = tx.Exec(ctx, `UPDATE response SET state = 'done', done_at = $3 WHERE practice_id = $1 AND id = $2`,
			by.PracticeID, id, tx.Now())
		if err != nil {
			return fmt.Errorf("finish response %s: %w", id, err)
		}
		return audit.Record(ctx, tx, by, audit.Answered,
			audit.Subject{Right: access.AnswerIntake, ClientID: string(r.ClientID), Type: "form", ID: string(id)})
	})
	return finished, err
}

func save(ctx context.Context, tx *db.DB, by access.Actor, id ResponseID, answers Answers) (Response, error) {
	found, err := responses(ctx, tx, by, access.AnswerIntake, `x.id = $5`, id)
	if err != nil {
		return Response{}, err
	}
	if len(found) == 0 {
		return Response{}, fault.NotFound()
	}
	r := found[0]
	if r.State != "asked" {
		return r, fault.Conflict("You have handed this one in already. Thank you.")
	}
	if err := r.Form.Check(answers); err != nil {
		return r, err
	}
	r.merge(answers)
	result, err := r.Form.Score(r.Answers, Context{})
	if err != nil {
		return r, err
	}
	r.Total, r.Version, r.Hash = result.Part, r.Form.Version, r.Form.Hash
	if err := keep(ctx, tx, r); err != nil {
		return r, err
	}
	if err := raise(ctx, tx, by, r, r.Form.Safety(r.Answers, result)); err != nil {
		return r, err
	}
	return r, audit.Record(ctx, tx, by, audit.Wrote,
		audit.Subject{Right: access.AnswerIntake, ClientID: string(r.ClientID), Type: "form", ID: string(id)})
}

// merge takes the new answers in. Earlier ones that the form no longer has are left out: they were to another wording.
func (r *Response) merge(answers Answers) {
	merged := Answers{}
	for linkID, value := range r.Answers {
		if item, ok := r.Form.Item(linkID); ok && item.allows(value) {
			merged[linkID] = value
		}
	}
	for linkID, value := range answers {
		merged[linkID] = value
		if !value.Answered() {
			delete(merged, linkID)
		}
	}
	r.Answers = merged
}

func keep(ctx context.Context, tx *db.DB, r Response) error {
	key, err := seal.Open(ctx, tx, r.owner)
	if err != nil {
		return err
	}
	sealed, err := key.SealJSON(responsePlace(r.ID), sealedResponse{r.Answers, r.Total})
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		UPDATE response SET answers = $3, version = $4, file_hash = $5, saved_at = $6 WHERE practice_id = $1 AND id = $2`,
		tx.PracticeID(), r.ID, sealed, r.Version, r.Hash, tx.Now())
	if err != nil {
		return fmt.Errorf("keep response %s: %w", r.ID, err)
	}
	return nil
}
