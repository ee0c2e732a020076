package audit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"attune/internal/db"
)

// Resign signs the practice's checkpoints anew for another root key, in the transaction in which the root key is
// changed. A checkpoint that the present root key did not sign is not signed: it is an error.
func Resign(ctx context.Context, tx *db.DB, root []byte) error {
	points, err := checkpoints(ctx, tx)
	if err != nil {
		return err
	}
	before, err := signer(tx.Root(), tx.PracticeID())
	if err != nil {
		return err
	}
	after, err := signer(root, tx.PracticeID())
	if err != nil {
		return err
	}
	for _, c := range points {
		if !ed25519.Verify(before.Public().(ed25519.PublicKey), c.text(), c.Signature) {
			return errors.New("a checkpoint of the audit log is not signed by this practice's key: look at it with attune audit verify")
		}
		_, err := tx.Exec(ctx, `UPDATE audit_checkpoint SET signature = $3 WHERE practice_id = $1 AND size = $2`,
			tx.PracticeID(), c.Size, ed25519.Sign(after, c.text()))
		if err != nil {
			return fmt.Errorf("sign a checkpoint anew: %w", err)
		}
	}
	return nil
}
