package writing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
	"attune/internal/job"
	"attune/internal/letter"
	"attune/internal/mail"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/seal"
)

// ReplyID names a reply.
type ReplyID string

// ReplyState is what was decided about a reply.
type ReplyState string

// The states. Nothing appears that nobody has read.
const (
	Held     ReplyState = "held"
	Appears  ReplyState = "published"
	Declined ReplyState = "refused"
)

// Reply is what a reader left below an article.
type Reply struct {
	ID        ReplyID
	ArticleID ID
	State     ReplyState
	At        time.Time
	Decided   time.Time
	Said
	// StaffID is who wrote it, where a member of staff did so signed in.
	StaffID practice.StaffID
}

// Said is what a reader fills in. The e-mail address is only ever shown to those who moderate.
type Said struct {
	Name  string
	Email string
	Text  string
}

// The longest a reply may be, in characters.
const (
	LongestName  = 60
	LongestReply = 3_000
)

// Validate collects what is wrong, by form field.
func (s Said) Validate() error {
	var faults fault.List
	switch n := utf8.RuneCountInString(s.Text); {
	case strings.TrimSpace(s.Text) == "":
		faults.Add("text", "Write your reply first.")
	case n > LongestReply:
		faults.Add("text", fmt.Sprintf("Please shorten this to %d characters. It has %d now.", LongestReply, n))
	}
	if strings.TrimSpace(s.Name) == "" {
		faults.Add("name", "Tell us what to call you. An initial is fine.")
	} else if utf8.RuneCountInString(s.Name) > LongestName {
		faults.Add("name", fmt.Sprintf("Please shorten this to %d characters.", LongestName))
	}
	if s.Email == "" {
		faults.Add("email", "Enter your email address. It will not be published.")
	} else if clean, err := mail.Address(s.Email); err != nil || clean != s.Email {
		faults.Add("email", "Enter an email address like name@example.org.")
	}
	return faults.Err()
}

// sealedReply is what is sealed of a reply.
type sealedReply struct {
	Said
	StaffID practice.StaffID `json:",omitempty"`
}

func replyPlace(id ReplyID) seal.Place {
	return seal.Place{Table: "reply", Row: string(id), Column: "words"}
}

// LeaveReply keeps a reply to a published article until someone has read it.
func LeaveReply(ctx context.Context, tx *db.DB, by access.Actor, slug string, said Said) (Reply, error) {
	if _, err := access.Within(by, access.LeaveReply, tx.Now()); err != nil {
		return Reply{}, err
	}
	if err := said.Validate(); err != nil {
		return Reply{}, err
	}
	var r Reply
	err := tx.InTx(ctx, func(tx *db.DB) error {
		a, _, err := Read(ctx, tx, by, slug)
		if err != nil {
			return err
		}
		r = Reply{ID: ReplyID(tx.NewID()), ArticleID: a.ID, State: Held, At: tx.Now(), Said: said}
		if by.Staff() {
			r.StaffID = practice.StaffID(by.ID)
		}
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		sealed, err := key.SealJSON(replyPlace(r.ID), sealedReply{r.Said, r.StaffID})
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO reply (practice_id, id, article_id, state, words, at, decided_by, decided_at)
			VALUES ($1, $2, $3, 'held', $4, $5, '', NULL)`, tx.PracticeID(), r.ID, a.ID, sealed, r.At)
		if err != nil {
			return fmt.Errorf("keep reply %s: %w", r.ID, err)
		}
		if err := tellLater(ctx, tx); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Wrote, aboutReply(access.LeaveReply, r.ID))
	})
	return r, err
}

func aboutReply(right access.Right, id ReplyID) audit.Subject {
	return audit.Subject{Right: right, Type: "reply", ID: string(id)}
}

// replies reads the practice's replies that meet a condition; $1 is the practice.
func replies(ctx context.Context, tx *db.DB, where string, args ...any) ([]Reply, error) {
	var all []Reply
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		return tx.Each(ctx, `
			SELECT r.id, r.article_id, r.state, r.at, r.decided_at, r.words FROM reply r WHERE r.practice_id = $1 AND `+where,
			append([]any{tx.PracticeID()}, args...), func(scan func(...any) error) error {
				var r Reply
				var sealed []byte
				var words sealedReply
				if err := scan(&r.ID, &r.ArticleID, &r.State, &r.At, &r.Decided, &sealed); err != nil {
					return err
				}
				err := key.OpenJSON(replyPlace(r.ID), sealed, &words)
				r.Said, r.StaffID = words.Said, words.StaffID
				all = append(all, r)
				return err
			})
	})
	if err != nil {
		return nil, fmt.Errorf("read replies: %w", err)
	}
	return all, nil
}

// Replies lists the replies in a state for those who moderate: held ones the oldest first, others by what was decided
// last; at most 200. The reading is recorded, because their e-mail addresses are shown.
func Replies(ctx context.Context, tx *db.DB, by access.Actor, state ReplyState) ([]Reply, error) {
	if _, err := access.Within(by, access.Moderate, tx.Now()); err != nil {
		return nil, err
	}
	order := ` ORDER BY r.decided_at DESC, r.id LIMIT 200`
	if state == Held {
		order = ` ORDER BY r.at, r.id LIMIT 200`
	}
	var all []Reply
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		if all, err = replies(ctx, tx, `r.state = $2`+order, state); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read, audit.Subject{Right: access.Moderate, Type: "replies"})
	})
	return all, err
}

// PublishReply lets a reply appear below its article. It is a Conflict where it appears already.
func PublishReply(ctx context.Context, tx *db.DB, by access.Actor, id ReplyID) error {
	return decide(ctx, tx, by, id, Appears)
}

// RefuseReply keeps a reply from appearing, or takes away one that did. It is forgotten after KeptFor.
func RefuseReply(ctx context.Context, tx *db.DB, by access.Actor, id ReplyID) error {
	return decide(ctx, tx, by, id, Declined)
}

func decide(ctx context.Context, tx *db.DB, by access.Actor, id ReplyID, to ReplyState) error {
	if _, err := access.Within(by, access.Moderate, tx.Now()); err != nil {
		return err
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		var now ReplyState
		err := tx.Row(ctx, `SELECT state FROM reply WHERE practice_id = $1 AND id = $2`, tx.PracticeID(), id).Scan(&now)
		if errors.Is(err, db.ErrNone) {
			return fault.NotFound()
		}
		if err != nil {
			return fmt.Errorf("read reply %s: %w", id, err)
		}
		if now == to {
			return fault.Conflict("Someone else has decided about this reply already. Load the list again.")
		}
		_, err = tx.Exec(ctx, `UPDATE reply SET state = $3, decided_by = $4, decided_at = $5 WHERE practice_id = $1 AND id = $2`,
			tx.PracticeID(), id, to, by.ID, tx.Now())
		if err != nil {
			return fmt.Errorf("decide about reply %s: %w", id, err)
		}
		return audit.Record(ctx, tx, by, audit.Moderated, aboutReply(access.Moderate, id))
	})
}

// TellJob is the kind of job that tells those who moderate that replies wait.
const TellJob job.Kind = "replies held"

// tellLater has those who moderate told at the next full hour: of all replies of this hour together, once.
func tellLater(ctx context.Context, tx *db.DB) error {
	next := tx.Now().Truncate(time.Hour).Add(time.Hour)
	return job.Later(ctx, tx, TellJob, next.Format(time.RFC3339), next, json.RawMessage("null"))
}

// Tell sends those who moderate a letter, unless everything has been looked at meanwhile. It is the work of TellJob.
func Tell(ctx context.Context, d *db.DB, _ []byte) error {
	return d.InTx(ctx, func(tx *db.DB) error {
		var waiting int
		err := tx.Row(ctx, `SELECT COUNT(*) FROM reply WHERE practice_id = $1 AND state = 'held'`, tx.PracticeID()).Scan(&waiting)
		if err != nil || waiting == 0 {
			return err
		}
		all, err := practice.Colleagues(ctx, tx)
		if err != nil {
			return err
		}
		for _, s := range all {
			if s.State != "active" || access.Of(access.Actor{PracticeID: tx.PracticeID(), Roles: s.Roles, Stage: access.Full}, access.Moderate) == 0 {
				continue
			}
			l := letter.ToStaff(practice.ID(tx.PracticeID()), s, texts.ReplyHeld)
			l.Path = "/replies"
			if err := letter.Send(ctx, tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

// KeptFor is how long a refused reply is kept, so that the decision can be taken back.
const KeptFor = 90 * 24 * time.Hour

// Sweep forgets the refused replies that have been kept for KeptFor. It returns how many.
func Sweep(ctx context.Context, tx *db.DB) (int, error) {
	var n int64
	err := tx.InTx(ctx, func(tx *db.DB) (err error) {
		n, err = tx.Exec(ctx, `DELETE FROM reply WHERE practice_id = $1 AND state = 'refused' AND decided_at < $2`,
			tx.PracticeID(), tx.Now().Add(-KeptFor))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("forget refused replies: %w", err)
	}
	return int(n), nil
}
