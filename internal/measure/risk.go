package measure

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/letter"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/seal"
)

// RiskTaskID names a risk task.
type RiskTaskID string

// RiskTask asks a person to get in touch, because of an answer. Nothing else happens by itself.
type RiskTask struct {
	ID         RiskTaskID
	Client     practice.Client // with how to reach them, also for someone on duty
	ResponseID ResponseID
	Item       string // link id, or Total
	Level      string
	AssignedTo practice.StaffID
	State      string // "open" or "done"
	Raised     time.Time
	Done       time.Time
	DoneBy     practice.StaffID
	RiskWords
}

// RiskWords are what stands in a risk task. All of it is sealed under the client's key.
type RiskWords struct {
	Question string `json:"question"`
	Answer   string `json:"answer"`
	Reason   string `json:"reason"`
	Action   string `json:"action"`
	Handled  string `json:"handled"` // what came of it
	Earlier  string `json:"earlier"` // what came of it before a more pressing answer opened it again
}

// levels are the levels of a safety rule, the most pressing first.
var levels = []string{Urgent, Prompt, Review, Process}

func riskPlace(id RiskTaskID) seal.Place {
	return seal.Place{Table: "risk_task", Row: string(id), Column: "words"}
}

// raise makes a risk task of each item whose rule fired: one for an item however often it is saved, and pressed anew
// where a later answer is more pressing.
func raise(ctx context.Context, tx *db.DB, by access.Actor, r Response, fired []Rule) error {
	worst := map[string]Rule{}
	for _, rule := range fired {
		before, there := worst[rule.On()]
		if !there || slices.Index(levels, rule.Level) < slices.Index(levels, before.Level) {
			worst[rule.On()] = rule
		}
	}
	for _, on := range sortedKeys(worst) {
		if err := raiseOne(ctx, tx, by, r, worst[on]); err != nil {
			return err
		}
	}
	return nil
}

func raiseOne(ctx context.Context, tx *db.DB, by access.Actor, r Response, rule Rule) error {
	var id RiskTaskID
	var level string
	var before []byte
	err := tx.Row(ctx, `SELECT id, level, words FROM risk_task WHERE practice_id = $1 AND response_id = $2 AND item = $3`,
		tx.PracticeID(), r.ID, rule.On()).Scan(&id, &level, &before)
	switch {
	case errors.Is(err, db.ErrNone):
		id = RiskTaskID(tx.NewID())
	case err != nil:
		return fmt.Errorf("look for a risk task: %w", err)
	case slices.Index(levels, level) <= slices.Index(levels, rule.Level):
		return nil
	}
	who, err := answersFor(ctx, tx, r.ClientID)
	if err != nil {
		return err
	}
	if err := putRisk(ctx, tx, id, r, rule, who.ID, before); err != nil {
		return err
	}
	l := letter.ToStaff(practice.ID(tx.PracticeID()), who, texts.NeedsYou)
	l.Path = "/desk"
	if err := letter.Send(ctx, tx, l); err != nil {
		return err
	}
	return audit.Record(ctx, tx, by, audit.Alerted,
		audit.Subject{Right: access.AnswerIntake, ClientID: string(r.ClientID), Type: "risk task", ID: string(id)})
}

// putRisk keeps a risk task; before are the sealed words of the one that it takes the place of, if any.
func putRisk(ctx context.Context, tx *db.DB, id RiskTaskID, r Response, rule Rule, to practice.StaffID, before []byte) error {
	key, err := seal.Open(ctx, tx, r.owner)
	if err != nil {
		return err
	}
	now := rule.words(r)
	if before != nil {
		var then RiskWords
		if err := key.OpenJSON(riskPlace(id), before, &then); err != nil {
			return fmt.Errorf("open risk task %s: %w", id, err)
		}
		now.Earlier = then.Handled
	}
	words, err := key.SealJSON(riskPlace(id), now)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO risk_task (practice_id, id, client_id, response_id, item, level, assigned_to, state, words, raised_at, done_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 'open', $8, $9, '')
		ON CONFLICT (practice_id, id) DO UPDATE SET level = excluded.level, assigned_to = excluded.assigned_to, state = 'open',
			words = excluded.words, raised_at = excluded.raised_at, done_at = NULL, done_by = ''`,
		tx.PracticeID(), id, r.ClientID, r.ID, rule.On(), rule.Level, to, words, tx.Now())
	if err != nil {
		return fmt.Errorf("raise a risk task: %w", err)
	}
	return nil
}

// words are what the rule says of the answer that it fired at.
func (r Rule) words(of Response) RiskWords {
	w := RiskWords{Reason: r.Reason, Action: r.Action}
	item, ok := of.Form.Item(r.Item)
	if !ok {
		return w
	}
	if item.Text != nil {
		w.Question = *item.Text
	}
	for _, option := range item.Options {
		if option.Value == of.Answers[r.Item] && option.Label != nil {
			w.Answer = *option.Label
		}
	}
	return w
}

// answersFor is who is to get in touch with a client: their therapist; without one the person on duty; where the
// practice has named none a supervisor, else a therapist. It is never a coordinator alone.
func answersFor(ctx context.Context, tx *db.DB, client practice.ClientID) (practice.Staff, error) {
	all, err := practice.Colleagues(ctx, tx)
	if err != nil {
		return practice.Staff{}, err
	}
	all = slices.DeleteFunc(all, func(s practice.Staff) bool { return s.State == "disabled" })
	var therapists []practice.StaffID
	err = tx.Each(ctx, `
		SELECT k.therapist_id FROM course_client cc JOIN course k ON k.practice_id = cc.practice_id AND k.id = cc.course_id
		WHERE cc.practice_id = $1 AND cc.client_id = $2 AND k.state = 'active'
		ORDER BY CASE k.modality WHEN 'individual' THEN 0 ELSE 1 END, k.started_at DESC, k.id`,
		[]any{tx.PracticeID(), client}, func(scan func(...any) error) error {
			var id practice.StaffID
			err := scan(&id)
			therapists = append(therapists, id)
			return err
		})
	if err != nil {
		return practice.Staff{}, fmt.Errorf("look for the therapist of %s: %w", client, err)
	}
	for _, id := range therapists {
		if i := slices.IndexFunc(all, func(s practice.Staff) bool { return s.ID == id }); i >= 0 {
			return all[i], nil
		}
	}
	for _, fits := range []func(practice.Staff) bool{
		func(s practice.Staff) bool { return s.Duty },
		func(s practice.Staff) bool { return slices.Contains(s.Roles, access.Supervisor) },
		func(s practice.Staff) bool { return slices.Contains(s.Roles, access.Therapist) },
	} {
		if i := slices.IndexFunc(all, fits); i >= 0 {
			return all[i], nil
		}
	}
	return practice.Staff{}, nil
}

// risks is the condition over alias x of table risk_task and c of its client: the clients within reach; for someone on
// duty also those without a therapist; and what waits for the actor by name.
const risks = `(` + access.Clients + ` OR (c.practice_id = $1 AND (
	((CAST($2 AS BIGINT) & 16) <> 0 AND NOT EXISTS (
		SELECT 1 FROM course_client rc JOIN course rk ON rk.practice_id = rc.practice_id AND rk.id = rc.course_id
			JOIN staff rs ON rs.practice_id = rk.practice_id AND rs.id = rk.therapist_id AND rs.state <> 'disabled'
		WHERE rc.practice_id = $1 AND rc.client_id = c.id AND rk.state = 'active'))
	OR (x.assigned_to = $3 AND x.state = 'open'))))`

// RiskTasks lists the open risk tasks that the actor may handle, the most pressing first, of one client where one is
// given. Reading them is recorded.
func RiskTasks(ctx context.Context, tx *db.DB, by access.Actor, client practice.ClientID) ([]RiskTask, error) {
	var all []RiskTask
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		all, err = riskTasks(ctx, tx, by, `x.state = 'open' AND ($5 = '' OR x.client_id = $5)`, client)
		if err != nil {
			return err
		}
		for _, t := range all {
			if err := recordRisk(ctx, tx, by, audit.Read, t); err != nil {
				return err
			}
		}
		return nil
	})
	slices.SortStableFunc(all, func(a, b RiskTask) int {
		return slices.Index(levels, a.Level) - slices.Index(levels, b.Level)
	})
	return all, err
}

// Handle closes a risk task with what came of it, in words.
func Handle(ctx context.Context, tx *db.DB, by access.Actor, id RiskTaskID, words string) error {
	if strings.TrimSpace(words) == "" {
		return fault.Invalid("words", "Write what you did, or what was agreed.")
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		found, err := riskTasks(ctx, tx, by, `x.id = $5`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fault.NotFound()
		}
		t := found[0]
		if t.State != "open" {
			return fault.Conflict("Someone has taken care of this already.")
		}
		key, err := seal.Open(ctx, tx, t.Client.KeyID)
		if err != nil {
			return err
		}
		t.Handled = words
		sealed, err := key.SealJSON(riskPlace(id), t.RiskWords)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			UPDATE risk_task SET state = 'done', words = $3, done_at = $4, done_by = $5 WHERE practice_id = $1 AND id = $2`,
			by.PracticeID, id, sealed, tx.Now(), by.ID)
		if err != nil {
			return fmt.Errorf("handle risk task %s: %w", id, err)
		}
		return recordRisk(ctx, tx, by, audit.Handled, t)
	})
}

func recordRisk(ctx context.Context, tx *db.DB, by access.Actor, deed audit.Deed, t RiskTask) error {
	return audit.Record(ctx, tx, by, deed,
		audit.Subject{Right: access.HandleRisk, ClientID: string(t.Client.ID), Type: "risk task", ID: string(t.ID)})
}

func riskTasks(ctx context.Context, tx *db.DB, by access.Actor, where string, arg any) ([]RiskTask, error) {
	scope, err := access.Within(by, access.HandleRisk, tx.Now())
	if err != nil {
		return nil, err
	}
	var all []RiskTask
	err = tx.View(ctx, func(tx *db.DB) error {
		all = nil
		var sealed [][]byte
		err := tx.Each(ctx, `
			SELECT x.id, x.client_id, x.response_id, x.item, x.level, x.assigned_to, x.state, x.words, x.raised_at, x.done_at, x.done_by
			FROM risk_task x JOIN client c ON c.practice_id = x.practice_id AND c.id = x.client_id
			WHERE `+risks+` AND x.practice_id = $1 AND `+where+` ORDER BY x.raised_at, x.id`,
			scope.Args(arg), func(scan func(...any) error) error {
				var t RiskTask
				var words []byte
				err := scan(&t.ID, &t.Client.ID, &t.ResponseID, &t.Item, &t.Level, &t.AssignedTo, &t.State, &words, &t.Raised, &t.Done, &t.DoneBy)
				all, sealed = append(all, t), append(sealed, words)
				return err
			})
		if err != nil {
			return fmt.Errorf("read risk tasks: %w", err)
		}
		return openRisks(ctx, tx, all, sealed)
	})
	return all, err
}

func openRisks(ctx context.Context, tx *db.DB, all []RiskTask, sealed [][]byte) error {
	ids := make([]practice.ClientID, len(all))
	for i, t := range all {
		ids[i] = t.Client.ID
	}
	clients, err := practice.ClientsOf(ctx, tx, access.OfProgram(tx.PracticeID()), access.ReadAbout, ids)
	if err != nil {
		return err
	}
	owners := make([]seal.OwnerID, 0, len(clients))
	for _, c := range clients {
		owners = append(owners, c.KeyID)
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for i, t := range all {
		all[i].Client = clients[t.Client.ID]
		if err := keys[all[i].Client.KeyID].OpenJSON(riskPlace(t.ID), sealed[i], &all[i].RiskWords); err != nil {
			return fmt.Errorf("open risk task %s: %w", t.ID, err)
		}
	}
	return nil
}
