package access

import (
	"time"

	"attune/internal/fault"
)

// Afterwards is how long a therapist still reaches the record of a course that
// has ended, to finish what is to be written.
const Afterwards = 30 * 24 * time.Hour

// Scope narrows a query to what an actor may reach. A scoped query has the
// scope's arguments as its first four: $1 the practice, $2 the reach, $3 the
// person, $4 the moment after which an ended course is out of reach. It then
// holds one of the conditions Clients, Courses or Inquiries below.
type Scope struct {
	By    Actor
	Right Right
	Reach Reach
	since time.Time
}

// Within is the scope of the right for the actor, or NotFound where the actor
// has no such right: what one may not know of is not there.
func Within(by Actor, right Right, now time.Time) (Scope, error) {
	reach := Of(by, right)
	if reach == 0 {
		return Scope{}, fault.NotFound()
	}
	return Scope{By: by, Right: right, Reach: reach, since: now.Add(-Afterwards)}, nil
}

// Args are the scope's four arguments followed by the query's own.
func (s Scope) Args(more ...any) []any {
	return append([]any{s.By.PracticeID, int64(s.Reach), s.By.ID, s.since}, more...)
}

// Near is a condition over alias k of table course that leaves out nothing of
// Courses. Beside it, it lets the database begin at the actor's own courses
// where the actor reaches no others, instead of looking at all of the practice.
func (s Scope) Near() string {
	switch s.Reach {
	case Self:
		return `k.id IN (SELECT nc.course_id FROM course_client nc WHERE nc.practice_id = $1 AND nc.client_id = $3)`
	case Assigned:
		return `k.therapist_id = $3`
	}
	return `1 = 1`
}

// Clients is the condition over alias c of table client.
const Clients = `(c.practice_id = $1 AND (
	(CAST($2 AS BIGINT) & 8) <> 0
	OR ((CAST($2 AS BIGINT) & 1) <> 0 AND c.id = $3)
	OR ((CAST($2 AS BIGINT) & 2) <> 0 AND EXISTS (
		SELECT 1 FROM course_client sc JOIN course sk ON sk.practice_id = sc.practice_id AND sk.id = sc.course_id
		WHERE sc.practice_id = $1 AND sc.client_id = c.id AND sk.therapist_id = $3
			AND (sk.ended_at IS NULL OR sk.ended_at > CAST($4 AS BIGINT))))
	OR ((CAST($2 AS BIGINT) & 4) <> 0 AND EXISTS (
		SELECT 1 FROM course_client sc
			JOIN course sk ON sk.practice_id = sc.practice_id AND sk.id = sc.course_id
			JOIN supervision ss ON ss.practice_id = sk.practice_id AND ss.therapist_id = sk.therapist_id
		WHERE sc.practice_id = $1 AND sc.client_id = c.id AND ss.supervisor_id = $3 AND ss.until IS NULL
			AND (sk.ended_at IS NULL OR sk.ended_at > CAST($4 AS BIGINT))))))`

// Courses is the condition over alias k of table course. What one participant
// said is not the other's: queries over a participant's rows add Mine.
const Courses = `(k.practice_id = $1 AND (
	(CAST($2 AS BIGINT) & 8) <> 0
	OR ((CAST($2 AS BIGINT) & 1) <> 0 AND EXISTS (
		SELECT 1 FROM course_client sc WHERE sc.practice_id = $1 AND sc.course_id = k.id AND sc.client_id = $3))
	OR ((CAST($2 AS BIGINT) & 2) <> 0 AND k.therapist_id = $3
		AND (k.ended_at IS NULL OR k.ended_at > CAST($4 AS BIGINT)))
	OR ((CAST($2 AS BIGINT) & 4) <> 0 AND (k.ended_at IS NULL OR k.ended_at > CAST($4 AS BIGINT)) AND EXISTS (
		SELECT 1 FROM supervision ss WHERE ss.practice_id = $1 AND ss.therapist_id = k.therapist_id
			AND ss.supervisor_id = $3 AND ss.until IS NULL))))`

// Mine is the condition over alias x of a table with a client_id: for a client,
// only rows of their own.
const Mine = `((CAST($2 AS BIGINT) & 1) = 0 OR x.client_id = $3)`

// Inquiries is the condition over alias i of table inquiry. Once the first
// session has been held, coordinator and owner no longer read what was written.
// A therapist reads what was proposed to them, a supervisor what was proposed to those whom they supervise.
const Inquiries = `(i.practice_id = $1 AND (
	((CAST($2 AS BIGINT) & 8) <> 0 AND (i.course_id = '' OR NOT EXISTS (
		SELECT 1 FROM session sn WHERE sn.practice_id = $1 AND sn.course_id = i.course_id)))
	OR ((CAST($2 AS BIGINT) & 16) <> 0 AND CAST($4 AS BIGINT) IS NOT NULL AND EXISTS (
		SELECT 1 FROM match_proposal sm WHERE sm.practice_id = $1 AND sm.inquiry_id = i.id
			AND sm.therapist_id = $3 AND sm.chosen = (1 = 1)))
	OR ((CAST($2 AS BIGINT) & 4) <> 0 AND EXISTS (
		SELECT 1 FROM match_proposal sm JOIN supervision ss ON ss.practice_id = sm.practice_id AND ss.therapist_id = sm.therapist_id
		WHERE sm.practice_id = $1 AND sm.inquiry_id = i.id AND sm.chosen = (1 = 1) AND ss.supervisor_id = $3 AND ss.until IS NULL))))`
