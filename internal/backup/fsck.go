package backup

import (
	"context"
	"fmt"

	"attune/internal/audit"
	"attune/internal/db"
	"attune/internal/seal"
)

// Problem is one thing that is wrong with what a practice holds.
type Problem struct {
	Check string `json:"check"`
	Table string `json:"table"`
	Row   string `json:"row"`
	What  string `json:"what"`
}

// invariant is a query that finds no row while all is well: its two columns say which row and what.
type invariant struct{ check, table, what, query string }

var invariants = []invariant{
	{"overlap", "claim", "overlaps another claim of the same person or room", `
		SELECT a.id FROM claim a JOIN claim b ON b.practice_id = a.practice_id AND b.resource_id = a.resource_id
			AND b.id <> a.id AND b.start_at < a.end_at AND b.end_at > a.start_at WHERE a.practice_id = $1`},
	{"claim", "appointment", "is booked and claims no time", `
		SELECT a.id FROM appointment a WHERE a.practice_id = $1 AND a.state = 'booked' AND NOT EXISTS (
			SELECT 1 FROM claim c WHERE c.practice_id = $1 AND c.ref_id = a.id AND c.resource_id = a.therapist_id
				AND c.start_at = a.start_at AND c.end_at = a.end_at)`},
	{"state", "appointment", "was held and has no session, or the other way round", `
		SELECT a.id FROM appointment a WHERE a.practice_id = $1 AND (a.state = 'held') <> EXISTS (
			SELECT 1 FROM session s WHERE s.practice_id = $1 AND s.appointment_id = a.id)`},
	{"state", "course", "is active and has ended, or the other way round", `
		SELECT k.id FROM course k WHERE k.practice_id = $1 AND (k.state = 'ended') <> (k.ended_at IS NOT NULL)`},
	{"orphan", "course", "has no client", `
		SELECT k.id FROM course k WHERE k.practice_id = $1 AND NOT EXISTS (
			SELECT 1 FROM course_client c WHERE c.practice_id = $1 AND c.course_id = k.id)`},
	{"state", "rupture", "is current in a course that has ended", `
		SELECT r.id FROM rupture r JOIN course k ON k.practice_id = r.practice_id AND k.id = r.course_id
		WHERE r.practice_id = $1 AND k.state = 'ended' AND r.state IN ('possible', 'open', 'named', 'set_aside')`},
	{"state", "rupture", "is over without a moment, or the other way round", `
		SELECT r.id FROM rupture r WHERE r.practice_id = $1
			AND (r.closed_at IS NULL) <> (r.state IN ('possible', 'open', 'named', 'set_aside'))`},
	{"word", "rupture", "is called repaired, and the client never said so", `
		SELECT r.id FROM rupture r WHERE r.practice_id = $1 AND r.state = 'repaired' AND NOT EXISTS (
			SELECT 1 FROM rupture_event e WHERE e.practice_id = $1 AND e.rupture_id = r.id AND e.what = 'better' AND e.by_side = 'client')`},
	{"state", "note", "is signed without a signed version", `
		SELECT n.id FROM note n WHERE n.practice_id = $1 AND n.state = 'signed' AND NOT EXISTS (
			SELECT 1 FROM note_version v WHERE v.practice_id = $1 AND v.note_id = n.id AND v.what = 'signed')`},
	{"state", "inquiry", "is booked without a client, or the other way round", `
		SELECT i.id FROM inquiry i WHERE i.practice_id = $1 AND (i.state = 'booked') <> (i.client_id <> '')`},
	{"orphan", "login", "belongs to nobody", `
		SELECT l.person_id FROM login l WHERE l.practice_id = $1
			AND NOT EXISTS (SELECT 1 FROM staff s WHERE s.practice_id = $1 AND s.id = l.person_id)
			AND NOT EXISTS (SELECT 1 FROM client c WHERE c.practice_id = $1 AND c.id = l.person_id)`},
}

// Check looks for what must never be: overlaps, orphans, states that contradict
// each other, rows that cannot be opened, and a log that was tampered with.
func Check(ctx context.Context, d *db.DB) ([]Problem, error) {
	problems := []Problem{}
	err := d.View(ctx, func(tx *db.DB) error {
		problems = []Problem{}
		for _, i := range invariants {
			err := tx.Each(ctx, i.query, []any{tx.PracticeID()}, func(scan func(...any) error) error {
				p := Problem{Check: i.check, Table: i.table, What: i.what}
				err := scan(&p.Row)
				problems = append(problems, p)
				return err
			})
			if err != nil {
				return fmt.Errorf("check %s of %s: %w", i.check, i.table, err)
			}
		}
		for _, t := range tables {
			err := readTable(ctx, tx, t, func(r row) error {
				for _, name := range r.failed {
					problems = append(problems, Problem{"seal", t.name, r.id, name + " cannot be opened"})
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		for _, g := range digests {
			err := g.each(ctx, tx, "", func(r digestRow, key seal.Key) error {
				if key.Check(r.digest, g.table, r.id, r.values...) != nil {
					problems = append(problems, Problem{"digest", g.table, r.id, "was changed in the file"})
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	report, err := audit.Verify(ctx, d, nil)
	if err != nil {
		return nil, err
	}
	for _, f := range report.Findings {
		problems = append(problems, Problem{"audit", "audit_leaf", fmt.Sprint(f.Seq), f.What})
	}
	return problems, nil
}
