package practice

import (
	"context"
	"slices"
	"strings"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/seal"
)

// Namesakes are the clients of each of the given names, in the same letters but for capitals, within the actor's reach
// by the right. It is for deeds that must know whether someone is here already, which they record themselves.
func Namesakes(ctx context.Context, tx *db.DB, by access.Actor, right access.Right, names []string) (map[string][]Client, error) {
	found := map[string][]Client{}
	err := tx.View(ctx, func(tx *db.DB) error {
		found = map[string][]Client{}
		var owners db.Strings
		for _, name := range names {
			of, err := seal.FindNames(ctx, tx, name, 100)
			if err != nil {
				return err
			}
			for _, owner := range of {
				owners = append(owners, string(owner))
			}
		}
		slices.Sort(owners)
		all, err := clients(ctx, tx, by, right, `c.key_id `+tx.AnyOf(5), slices.Compact(owners))
		if err != nil {
			return err
		}
		for _, name := range names {
			for _, c := range all {
				if strings.EqualFold(c.Name, name) {
					found[name] = append(found[name], c)
				}
			}
		}
		return nil
	})
	return found, err
}
