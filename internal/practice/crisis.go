package practice

import (
	"context"
	"strings"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/fault"
)

// The text of the crisis page is changed by two people (security.md S-13): one proposes, another says yes.

// errTwoPeople is the answer to someone who would change the crisis text alone.
var errTwoPeople = fault.Conflict("The crisis text needs a second person. Propose the change; someone else confirms it.")

// ProposeCrisis keeps a new text for the crisis page, which waits for a second person's word. An empty text stands for
// the built-in one. A text proposed before is replaced. The caller has those told who may confirm it.
func ProposeCrisis(ctx context.Context, tx *db.DB, by access.Actor, version int64, text string) error {
	if _, err := access.Within(by, access.WriteSettings, tx.Now()); err != nil {
		return err
	}
	return changeCrisis(ctx, tx, by, access.WriteSettings, version, func(p *Practice) error {
		if strings.TrimSpace(text) == strings.TrimSpace(p.Crisis) {
			return fault.Invalid("crisis", "This is the text as it is now. Change it first.")
		}
		p.CrisisPending = &CrisisChange{Text: text, By: by.ID, At: tx.Now()}
		return nil
	})
}

// DecideCrisis is the second person's word on a proposed crisis text. Who proposed it may only take it back.
func DecideCrisis(ctx context.Context, tx *db.DB, by access.Actor, version int64, accept bool) error {
	if _, err := access.Within(by, access.ConfirmSettings, tx.Now()); err != nil {
		return err
	}
	return changeCrisis(ctx, tx, by, access.ConfirmSettings, version, func(p *Practice) error {
		switch {
		case p.CrisisPending == nil:
			return fault.Conflict("There is nothing to decide any more.")
		case accept && p.CrisisPending.By == by.ID:
			return fault.Conflict("You proposed this text, so somebody else has to confirm it. Ask a colleague.")
		case accept:
			p.Crisis = p.CrisisPending.Text
		}
		p.CrisisPending = nil
		return nil
	})
}

func changeCrisis(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, version int64, change func(*Practice) error) error {
	return tx.InTx(ctx, func(tx *db.DB) error {
		p, err := Read(ctx, tx)
		if err != nil {
			return err
		}
		p.Version = version
		if err := change(&p); err != nil {
			return err
		}
		if err := save(ctx, tx, p); err != nil {
			return err
		}
		return audit.Record(ctx, tx, by, audit.Changed, audit.Subject{Right: right, Type: "crisis text", ID: string(p.ID)})
	})
}
