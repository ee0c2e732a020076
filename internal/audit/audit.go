// Package audit keeps who did what to whose record, in the transaction of the
// deed, in a tree that shows tampering.
package audit

import (
	"context"
	"fmt"
	"io"

	"attune/internal/access"
	"attune/internal/db"
)

// Deed is what was done, in one word or two.
type Deed string

// The deeds. Reading is a deed.
const (
	SignedIn   Deed = "signed in"
	SignedOut  Deed = "signed out"
	SteppedUp  Deed = "proved who they are"
	Failed     Deed = "failed to sign in"
	Refused    Deed = "was refused"
	Read       Deed = "read"
	Wrote      Deed = "wrote"
	Signed     Deed = "signed"
	Amended    Deed = "amended"
	Withdrew   Deed = "withdrew"
	Answered   Deed = "answered"
	Booked     Deed = "booked"
	Moved      Deed = "moved"
	Cancelled  Deed = "cancelled"
	Marked     Deed = "marked attendance"
	Offered    Deed = "offered times"
	Referred   Deed = "referred elsewhere"
	Invited    Deed = "invited"
	Disabled   Deed = "disabled"
	Changed    Deed = "changed"
	Published  Deed = "published"
	Moderated  Deed = "decided about a reply"
	Imported   Deed = "imported"
	Began      Deed = "began a course"
	Ended      Deed = "ended a course"
	Noticed    Deed = "noticed a rupture"
	Tended     Deed = "tended a rupture"
	Repaired   Deed = "called a rupture repaired"
	Alerted    Deed = "raised a risk task"
	Handled    Deed = "handled a risk task"
	Downloaded Deed = "downloaded"
)

// Subject is what a deed was about: ids and kinds, never content.
type Subject struct {
	Right    access.Right
	ClientID string // empty where the deed is about no client
	Type     string // the kind of object: "note", "rupture", "inquiry"
	ID       string
	Why      string // the relationship or reason that made it right, from a fixed list
}

// Record keeps a deed of by in the transaction of the deed: a deed whose entry
// cannot be kept does not happen.
func Record(ctx context.Context, tx *db.DB, by access.Actor, deed Deed, on Subject) error {
	salt := make([]byte, 16)
	if _, err := io.ReadFull(tx.Rand(), salt); err != nil {
		return fmt.Errorf("salt an audit entry: %w", err)
	}
	via := by.SignInID
	if by.Link != nil {
		via = "link " + by.Link.ID
	}
	why := on.Why
	if why == "" {
		why = relationship(access.Of(by, on.Right))
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO audit_leaf (practice_id, id, at, actor_id, actor_role, via, deed, class,
			client_id, object_type, object_id, why, salt)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		by.PracticeID, tx.NewID(), tx.Now(), by.ID, by.Acting(on.Right), via, deed, access.ClassOf(on.Right),
		on.ClientID, on.Type, on.ID, why, salt)
	if err != nil {
		return fmt.Errorf("record %q about %s %s: %w", deed, on.Type, on.ID, err)
	}
	return nil
}

func relationship(reach access.Reach) string {
	switch {
	case reach&access.Assigned != 0:
		return "own client"
	case reach&access.Supervised != 0:
		return "supervises the therapist"
	case reach&access.Everyone != 0:
		return "role in the practice"
	case reach&access.Proposed != 0:
		return "proposed or on duty"
	case reach&access.Self != 0:
		return "own"
	default:
		return "none"
	}
}
