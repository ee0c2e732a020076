package audit

import (
	"context"
	"time"

	"attune/internal/access"
	"attune/internal/db"
)

// Looked is one entry as someone may read it.
type Looked struct {
	At       time.Time
	ActorID  string
	Role     access.Role
	Deed     Deed
	Class    access.Class
	ClientID string
	Type     string
	Object   string
	Why      string
}

// OfRecord lists who did what to the actor's own record, newest first. That they
// looked is recorded too.
// With before, only what is older: a long list is read page by page to its end.
func OfRecord(ctx context.Context, tx *db.DB, by access.Actor, before time.Time, limit int) ([]Looked, error) {
	if before.IsZero() {
		before = tx.Now().AddDate(1, 0, 0)
	}
	return list(ctx, tx, by, access.ReadOwnAudit, `client_id = $2 AND at < $4`, limit, by.ID, before)
}

// OwnDeeds lists what the actor did, newest first.
func OwnDeeds(ctx context.Context, tx *db.DB, by access.Actor, limit int) ([]Looked, error) {
	return list(ctx, tx, by, access.ReadDeeds, `actor_id = $2`, limit, by.ID)
}

// OfPractice lists all that happened, newest first, of one person where an id is
// given: for the owner, without any content.
func OfPractice(ctx context.Context, tx *db.DB, by access.Actor, actor string, limit int) ([]Looked, error) {
	return list(ctx, tx, by, access.ReadAudit, `($2 = '' OR actor_id = $2)`, limit, actor)
}

func list(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, where string, limit int, arg any, more ...any) ([]Looked, error) {
	var all []Looked
	err := tx.InTx(ctx, func(tx *db.DB) error {
		if _, err := access.Within(by, right, tx.Now()); err != nil {
			return err
		}
		found, err := leaves(ctx, tx, where+` ORDER BY at DESC, id LIMIT $3`, append([]any{arg, limit}, more...)...)
		if err != nil {
			return err
		}
		all = make([]Looked, len(found))
		for i, l := range found {
			all[i] = Looked{At: l.At, ActorID: l.ActorID, Role: access.Role(l.Role), Deed: l.Deed, Class: access.Class(l.Class),
				ClientID: l.ClientID, Type: l.Type, Object: l.Object, Why: l.Why}
		}
		subject := Subject{Right: right, Type: "audit log"}
		if right == access.ReadOwnAudit {
			subject.ClientID = by.ID
		}
		return Record(ctx, tx, by, Read, subject)
	})
	return all, err
}
