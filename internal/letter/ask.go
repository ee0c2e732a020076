package letter

import (
	"context"
	"encoding/json"
	"fmt"

	"attune/internal/access"
	"attune/internal/auth"
	"attune/internal/db"
	"attune/internal/job"
	"attune/internal/practice"
	"attune/internal/practice/texts"
	"attune/internal/seal"
)

// AskJob is the kind of job that finds out whether someone who asked for a way in is to be sent one.
const AskJob job.Kind = "way in"

// asked is a wish for a way in as it waits in the database: the address is sealed.
type asked struct {
	ID    string      `json:"id"`
	Task  access.Task `json:"task"`
	Email []byte      `json:"email"`
}

func askedPlace(id string) seal.Place { return seal.Place{Table: "job", Row: id, Column: "asked"} }

// Ask keeps that someone asked for a link to sign in (access.TaskSignIn, for clients) or for a new password
// (access.TaskReset). Whether there is anyone to send it to is found out later, out of sight: everybody is answered the
// same, in the same time (security.md S-30).
func Ask(ctx context.Context, tx *db.DB, task access.Task, email string) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		a := asked{ID: tx.NewID(), Task: task}
		a.Email = key.Seal(askedPlace(a.ID), email)
		return job.Later(ctx, tx, AskJob, a.ID, tx.Now(), a)
	})
}

// Answer is what AskJob does, in one transaction, with the program's guard.
func Answer(guard *auth.Guard) job.Func {
	return func(ctx context.Context, tx *db.DB, payload []byte) error {
		var a asked
		if err := json.Unmarshal(payload, &a); err != nil {
			return fmt.Errorf("read who asked for a way in: %w", err)
		}
		key, err := seal.Practice(ctx, tx)
		if err != nil {
			return err
		}
		email, err := key.Open(askedPlace(a.ID), a.Email)
		if err != nil {
			return err
		}
		if a.Task == access.TaskReset {
			return sendReset(ctx, tx, guard, email)
		}
		return sendSignIn(ctx, tx, guard, email)
	}
}

func sendReset(ctx context.Context, tx *db.DB, guard *auth.Guard, email string) error {
	r, ok, err := guard.AskReset(ctx, tx, email)
	if err != nil || !ok {
		return err
	}
	l, err := toPerson(ctx, tx, texts.Reset, r.Person)
	if err != nil {
		return err
	}
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	l.Values["until"], l.Path = house.Words(tx.Now().Add(auth.ResetFor)), Path(access.TaskReset)+r.Token.Text()
	return Send(ctx, tx, l)
}

func sendSignIn(ctx context.Context, tx *db.DB, guard *auth.Guard, email string) error {
	p, ok, err := guard.AskSignIn(ctx, tx, email)
	if err != nil || !ok {
		return err
	}
	l, err := toPerson(ctx, tx, texts.SignInLink, p)
	if err != nil {
		return err
	}
	house, err := practice.Read(ctx, tx)
	if err != nil {
		return err
	}
	l.Task, l.Subject, l.Expires = access.TaskSignIn, p.ID, tx.Now().Add(auth.EnterFor)
	l.Values["until"] = house.Words(l.Expires)
	return Send(ctx, tx, l)
}
