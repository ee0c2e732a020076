-- Who works here, who comes, and which course of therapy joins them.

CREATE TABLE staff (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	roles TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'disabled')),
	duty BOOLEAN NOT NULL,
	profile BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	disabled_at BIGINT,
	PRIMARY KEY (practice_id, id)
);

CREATE TABLE therapist (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	staff_id TEXT NOT NULL,
	slug TEXT NOT NULL,
	published BOOLEAN NOT NULL,
	accepting BOOLEAN NOT NULL,
	capacity BIGINT NOT NULL CHECK (capacity >= 0),
	profile BYTEA NOT NULL,
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, staff_id),
	UNIQUE (practice_id, slug),
	FOREIGN KEY (practice_id, staff_id) REFERENCES staff (practice_id, id)
);

CREATE TABLE supervision (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	supervisor_id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	since BIGINT NOT NULL,
	until BIGINT,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, supervisor_id) REFERENCES staff (practice_id, id),
	FOREIGN KEY (practice_id, therapist_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX supervision_pair ON supervision (practice_id, supervisor_id, therapist_id);

CREATE TABLE client (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	key_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('active', 'former')),
	profile BYTEA NOT NULL,
	version BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, key_id)
);

CREATE TABLE course (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	key_id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	modality TEXT NOT NULL CHECK (modality IN ('individual', 'couple', 'family')),
	state TEXT NOT NULL CHECK (state IN ('active', 'ended')),
	about BYTEA NOT NULL,
	ending BYTEA,
	started_at BIGINT NOT NULL,
	ended_at BIGINT,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, therapist_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX course_started ON course (practice_id, started_at);
CREATE INDEX course_therapist ON course (practice_id, therapist_id, state);

CREATE TABLE course_client (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	course_id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	joined_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, course_id, client_id),
	FOREIGN KEY (practice_id, course_id) REFERENCES course (practice_id, id),
	FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id)
);
CREATE INDEX course_client_client ON course_client (practice_id, client_id, course_id);

CREATE TABLE consent_text (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	version BIGINT NOT NULL,
	required BOOLEAN NOT NULL,
	body BYTEA NOT NULL,
	published_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, kind, version)
);

CREATE TABLE consent (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	client_id TEXT NOT NULL,
	text_id TEXT NOT NULL,
	signature BYTEA NOT NULL,
	signed_at BIGINT NOT NULL,
	withdrawn_at BIGINT,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, client_id) REFERENCES client (practice_id, id),
	FOREIGN KEY (practice_id, text_id) REFERENCES consent_text (practice_id, id)
);
CREATE INDEX consent_client ON consent (practice_id, client_id, signed_at);
CREATE UNIQUE INDEX consent_current ON consent (practice_id, client_id, text_id) WHERE withdrawn_at IS NULL;
