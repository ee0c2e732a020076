-- What is asked, what is written, and what happens between two people.

CREATE TABLE response (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	instrument TEXT NOT NULL,
	version TEXT NOT NULL,
	file_hash TEXT NOT NULL,
	occasion TEXT NOT NULL CHECK (occasion IN ('intake', 'review')),
	state TEXT NOT NULL CHECK (state IN ('asked', 'done')),
	answers BYTEA NOT NULL,
	asked_at BIGINT NOT NULL,
	saved_at BIGINT,
	done_at BIGINT,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
);
CREATE INDEX response_client ON response (practice_id, client_id, asked_at);

CREATE TABLE risk_task (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	response_id TEXT NOT NULL,
	item TEXT NOT NULL,
	level TEXT NOT NULL CHECK (level IN ('urgent', 'prompt', 'review', 'process')),
	assigned_to TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('open', 'done')),
	words BYTEA NOT NULL,
	raised_at BIGINT NOT NULL,
	done_at BIGINT,
	done_by TEXT NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, response_id, item),
	FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
);
CREATE INDEX risk_task_open ON risk_task (practice_id, state, assigned_to);
CREATE INDEX risk_task_client ON risk_task (practice_id, client_id, raised_at);

CREATE TABLE check_in (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	appointment_id TEXT NOT NULL,
	course_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	side TEXT NOT NULL CHECK (side IN ('before', 'client', 'therapist')),
	number BIGINT NOT NULL,
	instrument TEXT NOT NULL,
	version TEXT NOT NULL,
	file_hash TEXT NOT NULL,
	answers BYTEA NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, appointment_id, client_id, side),
	FOREIGN KEY (practice_id, appointment_id) REFERENCES appointment (practice_id, id),
	FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
);
CREATE INDEX check_in_course ON check_in (practice_id, course_id, client_id, number);

CREATE TABLE rupture (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	course_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('possible', 'open', 'named', 'set_aside', 'repaired', 'passed', 'ended')),
	kind TEXT NOT NULL CHECK (kind IN ('withdrawal', 'confrontation', 'both', 'unknown')),
	noticed_by TEXT NOT NULL CHECK (noticed_by IN ('client', 'therapist', 'both', 'numbers')),
	wish TEXT NOT NULL,
	start_number BIGINT NOT NULL,
	asked_from BIGINT NOT NULL,
	unknowns BIGINT NOT NULL,
	quiet BIGINT NOT NULL,
	earlier_id TEXT NOT NULL,
	detector BYTEA NOT NULL,
	digest BYTEA NOT NULL,
	opened_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	closed_at BIGINT,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, course_id) REFERENCES course (practice_id, id),
	FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
);
CREATE UNIQUE INDEX rupture_current ON rupture (practice_id, course_id, client_id)
	WHERE state IN ('possible', 'open', 'named', 'set_aside');
CREATE INDEX rupture_course ON rupture (practice_id, course_id, client_id, opened_at);
CREATE INDEX rupture_therapist ON rupture (practice_id, therapist_id, state);

-- Everything that was said or done about a rupture, in order; nothing in it is ever changed.
CREATE TABLE rupture_event (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	rupture_id TEXT NOT NULL,
	n BIGINT NOT NULL,
	what TEXT NOT NULL,
	by_side TEXT NOT NULL CHECK (by_side IN ('client', 'therapist', 'numbers')),
	number BIGINT NOT NULL,
	words BYTEA NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, rupture_id, n),
	FOREIGN KEY (practice_id, rupture_id) REFERENCES rupture (practice_id, id)
);

CREATE TABLE note (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('progress')),
	course_id TEXT NOT NULL,
	session_id TEXT NOT NULL,
	author_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('draft', 'signed')),
	version BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	signed_at BIGINT,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, course_id) REFERENCES course (practice_id, id),
	FOREIGN KEY (practice_id, session_id) REFERENCES session (practice_id, id)
);
CREATE UNIQUE INDEX note_session ON note (practice_id, session_id, kind, author_id);
CREATE INDEX note_course ON note (practice_id, course_id, created_at);
CREATE INDEX note_author ON note (practice_id, author_id, state);

CREATE TABLE note_version (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	note_id TEXT NOT NULL,
	version BIGINT NOT NULL,
	what TEXT NOT NULL CHECK (what IN ('draft', 'signed', 'amendment')),
	body BYTEA NOT NULL,
	by_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, note_id, version),
	FOREIGN KEY (practice_id, note_id) REFERENCES note (practice_id, id)
);
