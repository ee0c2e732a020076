package caseload

import (
	"context"

	"attune/internal/access"
	"attune/internal/db"
	"attune/internal/measure"
	"attune/internal/practice"
)

// openRisks are the open risk tasks that the actor may handle, by client, the
// most pressing first. Reading them is recorded.
func openRisks(ctx context.Context, tx *db.DB, by access.Actor) (map[practice.ClientID][]measure.RiskTask, error) {
	all, err := measure.RiskTasks(ctx, tx, by, "")
	found := map[practice.ClientID][]measure.RiskTask{}
	for _, t := range all {
		found[t.Client.ID] = append(found[t.Client.ID], t)
	}
	return found, err
}

// riskWords say that an answer asks for a person, without the answer itself.
func riskWords(t measure.RiskTask) string {
	if t.Reason == "" {
		return "An answer asks for a person first."
	}
	return "An answer asks for a person first: " + t.Reason + "."
}
