// Package backup knows every table as a whole: its canonical hash and its checks, backups, export and import, how
// someone is forgotten and keys are renewed, and what is printed for a day on which all is down.
package backup

// kind is how a column is read.
type kind int

const (
	text kind = iota
	number
	truth
	real
)

// column is one column that is not sealed.
type column struct {
	name string
	kind kind
}

// sealedColumn is one that is: by whose key, and at which place.
type sealedColumn struct {
	name  string
	owner string // SQL over alias x that gives the owner; empty for the practice itself
	row   string // SQL over alias x that gives the row of the place
}

// table is what there is to know of one table.
type table struct {
	name   string
	key    []string // the primary key after practice_id
	plain  []column
	sealed []sealedColumn
}

// Owners of sealed columns, as SQL over alias x.
const (
	clientsKey = `(SELECT c.key_id FROM client c WHERE c.practice_id = x.practice_id AND c.id = x.client_id)`
	coursesKey = `(SELECT k.key_id FROM course k WHERE k.practice_id = x.practice_id AND k.id = x.course_id)`
	inquirys   = `(SELECT i.key_id FROM inquiry i WHERE i.practice_id = x.practice_id AND i.id = x.inquiry_id)`
	ruptures   = `(SELECT c.key_id FROM client c JOIN rupture r ON r.practice_id = c.practice_id AND r.client_id = c.id
		WHERE r.practice_id = x.practice_id AND r.id = x.rupture_id)`
	notes = `(SELECT k.key_id FROM course k JOIN note n ON n.practice_id = k.practice_id AND n.course_id = k.id
		WHERE n.practice_id = x.practice_id AND n.id = x.note_id)`
)

func plain(kind kind, names ...string) []column {
	columns := make([]column, len(names))
	for i, name := range names {
		columns[i] = column{name, kind}
	}
	return columns
}

func join(parts ...[]column) []column {
	var all []column
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}

func byPractice(name, row string) []sealedColumn { return []sealedColumn{{name: name, row: row}} }

// tables are those whose content is the practice's own: what the hash covers and
// an export takes along. Left out are the audit log, throttles, sign-ins, links,
// idempotency keys, jobs, key wraps and indexes, which are of one installation.
var tables = []table{
	{"practice", nil, join(plain(text, "ref", "zone"), plain(truth, "demo")), byPractice("settings", "x.practice_id")},
	{"staff", []string{"id"}, join(plain(text, "id", "roles", "state"), plain(truth, "duty"), plain(number, "created_at", "disabled_at")),
		byPractice("profile", "x.id")},
	{"therapist", []string{"staff_id"}, join(plain(text, "staff_id", "slug"), plain(truth, "published", "accepting"), plain(number, "capacity", "changed_at")),
		byPractice("profile", "x.staff_id")},
	{"supervision", []string{"id"}, join(plain(text, "id", "supervisor_id", "therapist_id"), plain(number, "since", "until")), nil},
	{"client", []string{"id"}, join(plain(text, "id", "key_id", "state"), plain(number, "version", "created_at")),
		[]sealedColumn{{"profile", "x.key_id", "x.key_id"}}},
	{"course", []string{"id"}, join(plain(text, "id", "key_id", "therapist_id", "modality", "state"), plain(number, "started_at", "ended_at")),
		[]sealedColumn{{"about", "x.key_id", "x.key_id"}, {"ending", "x.key_id", "x.key_id"}}},
	{"course_client", []string{"course_id", "client_id"}, join(plain(text, "course_id", "client_id"), plain(number, "joined_at")), nil},
	{"consent_text", []string{"id"}, join(plain(text, "id", "kind"), plain(truth, "required"), plain(number, "version", "published_at")),
		byPractice("body", "x.id")},
	{"consent", []string{"id"}, join(plain(text, "id", "client_id", "text_id"), plain(number, "signed_at", "withdrawn_at")),
		[]sealedColumn{{"signature", clientsKey, "x.id"}}},
	{"place", []string{"id"}, join(plain(text, "id", "kind"), plain(truth, "active")), byPractice("profile", "x.id")},
	{"availability", []string{"id"}, join(plain(text, "id", "therapist_id", "mode", "place_id", "valid_from", "valid_until"),
		plain(number, "weekday", "from_minute", "to_minute")), nil},
	{"claim", []string{"id"}, join(plain(text, "id", "resource_id", "kind", "ref_id"), plain(number, "start_at", "end_at", "expires_at")), nil},
	{"time_off", []string{"id"}, join(plain(text, "id", "therapist_id"), plain(number, "start_at", "end_at")), byPractice("reason", "x.id")},
	{"series", []string{"id"}, join(plain(text, "id", "course_id", "therapist_id", "place_id", "starts", "until", "zone"),
		plain(number, "minute", "length", "every_weeks")), nil},
	{"appointment", []string{"id"}, join(plain(text, "id", "course_id", "therapist_id", "place_id", "series_id", "wall", "zone", "state"),
		plain(truth, "late"), plain(number, "start_at", "end_at", "sequence", "changed_at")), nil},
	{"session", []string{"id"}, join(plain(text, "id", "appointment_id", "course_id"), plain(number, "number", "held_at")), nil},
	{"inquiry", []string{"id"}, join(plain(text, "id", "key_id", "state", "source", "client_id", "course_id"),
		plain(number, "received_at", "due_at", "replied_at", "closed_at")),
		[]sealedColumn{{"request", "x.key_id", "x.key_id"}, {"ending", "x.key_id", "x.key_id"}}},
	{"match_proposal", []string{"id"}, join(plain(text, "id", "inquiry_id", "therapist_id", "came_of_it"), plain(truth, "chosen"),
		plain(number, "rank", "at")), []sealedColumn{{"reasons", inquirys, "x.id"}}},
	{"offer", []string{"id"}, join(plain(text, "id", "inquiry_id", "state", "appointment_id"), plain(number, "sent_at", "expires_at")),
		[]sealedColumn{{"words", inquirys, "x.id"}}},
	{"offer_time", []string{"offer_id", "id"}, join(plain(text, "offer_id", "id", "therapist_id", "place_id"), plain(number, "start_at", "end_at")), nil},
	{"response", []string{"id"}, join(plain(text, "id", "client_id", "instrument", "version", "file_hash", "occasion", "state"),
		plain(number, "asked_at", "saved_at", "done_at")), []sealedColumn{{"answers", clientsKey, "x.id"}}},
	{"risk_task", []string{"id"}, join(plain(text, "id", "client_id", "response_id", "item", "level", "assigned_to", "state", "done_by"),
		plain(number, "raised_at", "done_at")), []sealedColumn{{"words", clientsKey, "x.id"}}},
	{"check_in", []string{"id"}, join(plain(text, "id", "appointment_id", "course_id", "client_id", "side", "instrument", "version", "file_hash"),
		plain(number, "number", "at")), []sealedColumn{{"answers", clientsKey, "x.id"}}},
	{"rupture", []string{"id"}, join(plain(text, "id", "course_id", "client_id", "therapist_id", "state", "kind", "noticed_by", "wish", "earlier_id"),
		plain(number, "start_number", "asked_from", "unknowns", "quiet", "opened_at", "changed_at", "closed_at")),
		[]sealedColumn{{"detector", clientsKey, "x.id"}}},
	{"rupture_event", []string{"id"}, join(plain(text, "id", "rupture_id", "what", "by_side"), plain(number, "n", "number", "at")),
		[]sealedColumn{{"words", ruptures, "x.id"}}},
	{"note", []string{"id"}, join(plain(text, "id", "kind", "course_id", "session_id", "author_id", "state"), plain(number, "version", "created_at", "signed_at")), nil},
	{"note_version", []string{"note_id", "version"}, join(plain(text, "note_id", "what", "by_id"), plain(number, "version", "at")),
		[]sealedColumn{{"body", notes, "x.note_id || ' ' || CAST(x.version AS TEXT)"}}},
	{"article", []string{"id"}, join(plain(text, "id", "slug", "author_id", "state"), plain(number, "version", "published_at", "changed_at")),
		byPractice("words", "x.id")},
	{"reply", []string{"id"}, join(plain(text, "id", "article_id", "state", "decided_by"), plain(number, "at", "decided_at")), byPractice("words", "x.id")},
}

// apart are the tables that are of one installation, or that others make anew.
var apart = []string{"practice_host", "seal_key", "seal_name", "seal_shred", "audit_leaf", "audit_hash", "audit_checkpoint", "job",
	"idempotency", "login", "recovery_code", "passkey", "passkey_challenge", "sign_in", "link", "throttle", "schema_version",
	"backup_last", "key_rotation"}
