package intake

import (
	"context"
	"fmt"
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

// KeptFor is how long a request is kept that did not lead to therapy here.
const KeptFor = 90 * 24 * time.Hour

// Send keeps a request and promises a reply: a visitor's own from the site, or
// one that the coordinator took down on the phone.
func Send(ctx context.Context, tx *db.DB, by access.Actor, r Request, source string) (Inquiry, error) {
	right := access.AskAppoint
	if source == "phone" {
		right = access.WriteInquiry
	}
	if _, err := access.Within(by, right, tx.Now()); err != nil {
		return Inquiry{}, err
	}
	if err := r.Validate(); err != nil {
		return Inquiry{}, err
	}
	var sent Inquiry
	err := tx.InTx(ctx, func(tx *db.DB) error {
		house, err := practice.Read(ctx, tx)
		if err != nil {
			return err
		}
		sent = Inquiry{ID: ID(tx.NewID()), KeyID: seal.OwnerID(tx.NewID()), State: New, Source: source,
			Received: tx.Now(), Due: house.ReplyDue(tx.Now()), Request: r}
		if err := put(ctx, tx, sent); err != nil {
			return err
		}
		if err := acknowledge(ctx, tx, house, sent); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Wrote, audit.Subject{Right: right, Type: "inquiry", ID: string(sent.ID)})
	})
	return sent, err
}

func put(ctx context.Context, tx *db.DB, i Inquiry) error {
	key, err := seal.NewOwner(ctx, tx, seal.Person, i.KeyID)
	if err != nil {
		return err
	}
	request, err := key.SealJSON(requestPlace(i.KeyID), i.Request)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO inquiry (practice_id, id, key_id, state, source, request, received_at, due_at, client_id, course_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, '', '')`,
		tx.PracticeID(), i.ID, i.KeyID, i.State, i.Source, request, i.Received, i.Due)
	if err != nil {
		return fmt.Errorf("keep inquiry %s: %w", i.ID, err)
	}
	return nil
}

func acknowledge(ctx context.Context, tx *db.DB, house practice.Practice, i Inquiry) error {
	l := toPerson(i, texts.RequestReceived)
	l.Values["reply_by"] = house.Words(i.Due)
	l.Task, l.Subject, l.Expires = access.TaskRequest, string(i.ID), tx.Now().Add(KeptFor)
	return letter.Send(ctx, tx, l)
}

// toPerson is a letter to someone who asked; without a safe e-mail address it is not sent.
func toPerson(i Inquiry, name texts.MailName) letter.Letter {
	return letter.Letter{Name: name, Owner: i.KeyID, To: i.Email, FullName: i.Contact.PracticeName,
		Person: string(i.KeyID), Values: map[string]string{}}
}

const inquiryColumns = `i.id, i.key_id, i.state, i.source, i.request, i.received_at, i.due_at, i.replied_at, i.closed_at,
	i.ending, i.client_id, i.course_id`

// Inbox lists the inquiries in the given states, those due first at the top. It
// is one read of many, recorded as such.
func Inbox(ctx context.Context, tx *db.DB, by access.Actor, states ...State) ([]Inquiry, error) {
	names := make(db.Strings, len(states))
	for n, s := range states {
		names[n] = string(s)
	}
	var all []Inquiry
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		all, err = read(ctx, tx, by, access.ReadInquiry, `i.state `+tx.AnyOf(5)+` ORDER BY i.due_at, i.id LIMIT 200`, names)
		if err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read, audit.Subject{Right: access.ReadInquiry, Type: "inbox"})
	})
	return all, err
}

// Count is how many inquiries there are in each state.
func Count(ctx context.Context, tx *db.DB, by access.Actor) (map[State]int, error) {
	scope, err := access.Within(by, access.ReadInquiry, tx.Now())
	if err != nil {
		return nil, err
	}
	counts := map[State]int{}
	err = tx.Each(ctx, `SELECT i.state, COUNT(*) FROM inquiry i WHERE `+access.Inquiries+` GROUP BY i.state`, scope.Args(),
		func(scan func(...any) error) error {
			var s State
			var n int
			err := scan(&s, &n)
			counts[s] = n
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("count inquiries: %w", err)
	}
	return counts, nil
}

// One is an inquiry, where the actor may read it. The reading is recorded.
func One(ctx context.Context, tx *db.DB, by access.Actor, id ID) (Inquiry, error) {
	var found Inquiry
	err := tx.InTx(ctx, func(tx *db.DB) error {
		var err error
		if found, err = one(ctx, tx, by, access.ReadInquiry, id); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Read,
			audit.Subject{Right: access.ReadInquiry, ClientID: string(found.ClientID), Type: "inquiry", ID: string(id)})
	})
	return found, err
}

func one(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, id ID) (Inquiry, error) {
	found, err := read(ctx, tx, by, right, `i.id = $5`, id)
	if err != nil {
		return Inquiry{}, err
	}
	if len(found) == 0 {
		return Inquiry{}, fault.NotFound()
	}
	return found[0], nil
}

func read(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, args ...any) ([]Inquiry, error) {
	scope, err := access.Within(by, right, tx.Now())
	if err != nil {
		return nil, err
	}
	return query(ctx, tx, access.Inquiries+` AND `+where, scope.Args(args...))
}

func query(ctx context.Context, tx *db.DB, where string, args []any) ([]Inquiry, error) {
	var all []Inquiry
	err := tx.View(ctx, func(tx *db.DB) error {
		all = nil
		var sealed [][2][]byte
		err := tx.Each(ctx, `SELECT `+inquiryColumns+` FROM inquiry i WHERE `+where, args, func(scan func(...any) error) error {
			var i Inquiry
			var request, ending []byte
			err := scan(&i.ID, &i.KeyID, &i.State, &i.Source, &request, &i.Received, &i.Due, &i.Replied, &i.Ended,
				&ending, &i.ClientID, &i.CourseID)
			all, sealed = append(all, i), append(sealed, [2][]byte{request, ending})
			return err
		})
		if err != nil {
			return fmt.Errorf("read inquiries: %w", err)
		}
		return unseal(ctx, tx, all, sealed)
	})
	return all, err
}

func unseal(ctx context.Context, tx *db.DB, all []Inquiry, sealed [][2][]byte) error {
	owners := make([]seal.OwnerID, len(all))
	for n, i := range all {
		owners[n] = i.KeyID
	}
	keys, err := seal.OpenAll(ctx, tx, owners)
	if err != nil {
		return err
	}
	for n, i := range all {
		key := keys[i.KeyID]
		if err := key.OpenJSON(requestPlace(i.KeyID), sealed[n][0], &all[n].Request); err != nil {
			return fmt.Errorf("open inquiry %s: %w", i.ID, err)
		}
		if len(sealed[n][1]) == 0 {
			continue
		}
		if all[n].Answer, err = key.Open(endingPlace(i.KeyID), sealed[n][1]); err != nil {
			return fmt.Errorf("open inquiry %s: %w", i.ID, err)
		}
	}
	return nil
}

// Refer ends an inquiry with a warm note about where else to turn.
func Refer(ctx context.Context, tx *db.DB, by access.Actor, id ID, words string) error {
	return answer(ctx, tx, by, id, Referred, audit.Referred, words)
}

// PutOnWaitList tells someone that they are on the wait list.
func PutOnWaitList(ctx context.Context, tx *db.DB, by access.Actor, id ID, words string) error {
	return answer(ctx, tx, by, id, Waiting, audit.Wrote, words)
}

// Close ends an inquiry that needs no answer any more, with a word why.
func Close(ctx context.Context, tx *db.DB, by access.Actor, id ID, why string) error {
	return answer(ctx, tx, by, id, Closed, audit.Wrote, why)
}

func answer(ctx context.Context, tx *db.DB, by access.Actor, id ID, to State, deed audit.Deed, words string) error {
	if strings.TrimSpace(words) == "" {
		return fault.Invalid("words", "Write a few words first.")
	}
	return tx.InTx(ctx, func(tx *db.DB) error {
		i, err := one(ctx, tx, by, access.WriteInquiry, id)
		if err != nil {
			return err
		}
		if i.State == Booked {
			return fault.Conflict("A time has been booked meanwhile. Look at the client's page.")
		}
		if err := withdrawOffers(ctx, tx, i.ID); err != nil {
			return err
		}
		key, err := seal.Open(ctx, tx, i.KeyID)
		if err != nil {
			return err
		}
		ended := tx.Now()
		if to == Waiting {
			ended = time.Time{}
		}
		_, err = tx.Exec(ctx, `
			UPDATE inquiry SET state = $3, ending = $4, replied_at = COALESCE(replied_at, $5), closed_at = $6
			WHERE practice_id = $1 AND id = $2`,
			by.PracticeID, id, to, key.Seal(endingPlace(i.KeyID), words), tx.Now(), ended)
		if err != nil {
			return fmt.Errorf("answer inquiry %s: %w", id, err)
		}
		if to != Closed {
			l := toPerson(i, texts.RequestAnswered)
			l.Task, l.Subject, l.Expires = access.TaskRequest, string(id), tx.Now().Add(KeptFor)
			if err := letter.Send(ctx, tx, l); err != nil {
				return err
			}
		}
		return audit.Record(ctx, tx, by, deed, audit.Subject{Right: access.WriteInquiry, Type: "inquiry", ID: string(id)})
	})
}

// Own is the request that the bearer of its link sent.
func Own(ctx context.Context, tx *db.DB, by access.Actor) (Inquiry, error) {
	if access.Of(by, access.SeeRequest) == 0 {
		return Inquiry{}, fault.NotFound()
	}
	return byID(ctx, tx, ID(by.Link.Subject))
}

// byID is an inquiry for whoever a link has brought to it.
func byID(ctx context.Context, tx *db.DB, id ID) (Inquiry, error) {
	found, err := query(ctx, tx, `i.practice_id = $1 AND i.id = $2`, []any{tx.PracticeID(), id})
	if err != nil {
		return Inquiry{}, err
	}
	if len(found) == 0 {
		return Inquiry{}, fault.NotFound()
	}
	return found[0], nil
}

// TakeBack lets the bearer of the link withdraw their request.
func TakeBack(ctx context.Context, tx *db.DB, by access.Actor) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		i, err := Own(ctx, tx, by)
		if err != nil {
			return err
		}
		if i.State == Booked || i.State == Closed {
			return fault.Conflict("There is nothing to take back any more. Call us if you need anything.")
		}
		if err := withdrawOffers(ctx, tx, i.ID); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE inquiry SET state = 'closed', closed_at = $3 WHERE practice_id = $1 AND id = $2`,
			by.PracticeID, i.ID, tx.Now())
		if err != nil {
			return fmt.Errorf("take inquiry %s back: %w", i.ID, err)
		}
		return audit.Record(ctx, tx, by, audit.Withdrew, audit.Subject{Right: access.SeeRequest, Type: "inquiry", ID: string(i.ID)})
	})
}

// Sweep forgets the requests that did not lead to therapy here and have been
// kept for KeptFor. It returns how many.
func Sweep(ctx context.Context, tx *db.DB) (int, error) {
	n := 0
	err := tx.InTx(ctx, func(tx *db.DB) error {
		n = 0
		old, err := query(ctx, tx, `i.practice_id = $1 AND i.client_id = '' AND i.closed_at < $2 LIMIT 100`,
			[]any{tx.PracticeID(), tx.Now().Add(-KeptFor)})
		if err != nil {
			return err
		}
		for _, i := range old {
			if err := forget(ctx, tx, i); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func forget(ctx context.Context, tx *db.DB, i Inquiry) error {
	for _, statement := range []string{
		`DELETE FROM offer_time WHERE practice_id = $1 AND offer_id IN (SELECT id FROM offer WHERE practice_id = $1 AND inquiry_id = $2)`,
		`DELETE FROM offer WHERE practice_id = $1 AND inquiry_id = $2`,
		`DELETE FROM match_proposal WHERE practice_id = $1 AND inquiry_id = $2`,
		`DELETE FROM inquiry WHERE practice_id = $1 AND id = $2`,
	} {
		if _, err := tx.Exec(ctx, statement, tx.PracticeID(), i.ID); err != nil {
			return fmt.Errorf("forget inquiry %s: %w", i.ID, err)
		}
	}
	return seal.Shred(ctx, tx, i.KeyID)
}
