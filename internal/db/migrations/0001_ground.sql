-- What every story stands on: practices, keys, sign-in, audit, jobs.

CREATE TABLE practice (
	practice_id TEXT NOT NULL,
	ref TEXT NOT NULL,
	zone TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('active', 'fenced')),
	demo BOOLEAN NOT NULL,
	settings BYTEA NOT NULL,
	version BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id),
	UNIQUE (ref)
);

CREATE TABLE practice_host (
	host TEXT NOT NULL,
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	PRIMARY KEY (host)
);

-- seal

CREATE TABLE seal_key (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	owner_id TEXT NOT NULL,
	version BIGINT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('practice', 'person', 'course')),
	wrapper_version BIGINT NOT NULL,
	wrapped BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, owner_id, version)
);

CREATE TABLE seal_name (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	token BYTEA NOT NULL,
	owner_id TEXT NOT NULL,
	PRIMARY KEY (practice_id, token, owner_id)
);
CREATE INDEX seal_name_owner ON seal_name (practice_id, owner_id);

CREATE TABLE seal_shred (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	owner_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, owner_id)
);

-- audit

CREATE TABLE audit_leaf (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	at BIGINT NOT NULL,
	actor_id TEXT NOT NULL,
	actor_role TEXT NOT NULL,
	via TEXT NOT NULL,
	deed TEXT NOT NULL,
	class TEXT NOT NULL,
	client_id TEXT NOT NULL,
	object_type TEXT NOT NULL,
	object_id TEXT NOT NULL,
	why TEXT NOT NULL,
	salt BYTEA NOT NULL,
	seq BIGINT,
	PRIMARY KEY (practice_id, id)
);
CREATE UNIQUE INDEX audit_leaf_seq ON audit_leaf (practice_id, seq);
CREATE INDEX audit_leaf_new ON audit_leaf (practice_id, at, id) WHERE seq IS NULL;
CREATE INDEX audit_leaf_at ON audit_leaf (practice_id, at);
CREATE INDEX audit_leaf_client ON audit_leaf (practice_id, client_id, at);
CREATE INDEX audit_leaf_actor ON audit_leaf (practice_id, actor_id, at);

CREATE TABLE audit_hash (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	n BIGINT NOT NULL,
	hash BYTEA NOT NULL,
	PRIMARY KEY (practice_id, n)
);

CREATE TABLE audit_checkpoint (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	size BIGINT NOT NULL,
	root BYTEA NOT NULL,
	signature BYTEA NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, size)
);

-- job

CREATE TABLE job (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL,
	unique_key TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'dead')),
	run_at BIGINT NOT NULL,
	lease_until BIGINT,
	attempt BIGINT NOT NULL,
	payload TEXT NOT NULL,
	last_error TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	done_at BIGINT,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, kind, unique_key)
);
CREATE INDEX job_next ON job (practice_id, run_at) WHERE state = 'waiting';

-- one effect per idempotency key (a form sent twice happens once)

CREATE TABLE idempotency (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	key TEXT NOT NULL,
	person_id TEXT NOT NULL,
	route TEXT NOT NULL,
	body BYTEA NOT NULL,
	status BIGINT NOT NULL,
	location TEXT NOT NULL,
	at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, key)
);
CREATE INDEX idempotency_at ON idempotency (practice_id, at);

-- auth

CREATE TABLE login (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	person_id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('staff', 'client')),
	state TEXT NOT NULL CHECK (state IN ('active', 'disabled')),
	email_index BYTEA NOT NULL,
	email BYTEA NOT NULL,
	password TEXT NOT NULL,
	totp BYTEA,
	totp_confirmed BOOLEAN NOT NULL,
	totp_step BIGINT NOT NULL,
	user_handle BYTEA NOT NULL,
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, person_id),
	UNIQUE (practice_id, email_index),
	UNIQUE (practice_id, user_handle)
);

CREATE TABLE recovery_code (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	person_id TEXT NOT NULL,
	hash BYTEA NOT NULL,
	used_at BIGINT,
	PRIMARY KEY (practice_id, person_id, hash),
	FOREIGN KEY (practice_id, person_id) REFERENCES login (practice_id, person_id)
);

CREATE TABLE passkey (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	person_id TEXT NOT NULL,
	credential_hash BYTEA NOT NULL,
	credential BYTEA NOT NULL,
	name BYTEA NOT NULL,
	created_at BIGINT NOT NULL,
	used_at BIGINT,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, credential_hash),
	FOREIGN KEY (practice_id, person_id) REFERENCES login (practice_id, person_id)
);

CREATE TABLE passkey_challenge (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	person_id TEXT NOT NULL,
	purpose TEXT NOT NULL,
	data BYTEA NOT NULL,
	expires_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id)
);

CREATE TABLE sign_in (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	token_hash BYTEA NOT NULL,
	person_id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('staff', 'client')),
	stage TEXT NOT NULL CHECK (stage IN ('factor', 'enrol', 'full')),
	method TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	ends_at BIGINT NOT NULL,
	stepped_up_at BIGINT,
	ended_at BIGINT,
	device BYTEA NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, token_hash)
);
CREATE INDEX sign_in_person ON sign_in (practice_id, person_id, started_at);

-- A link does one task. It is sent by mail; only its hash is kept.
CREATE TABLE link (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	token_hash BYTEA NOT NULL,
	task TEXT NOT NULL,
	person_id TEXT NOT NULL,
	subject_id TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	opens_at BIGINT,
	expires_at BIGINT NOT NULL,
	used_at BIGINT,
	revoked_at BIGINT,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, token_hash)
);
CREATE INDEX link_subject ON link (practice_id, task, subject_id);
CREATE INDEX link_person ON link (practice_id, person_id);

CREATE TABLE throttle (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	bucket TEXT NOT NULL,
	count BIGINT NOT NULL,
	since BIGINT NOT NULL,
	blocked_until BIGINT,
	PRIMARY KEY (practice_id, bucket)
);
