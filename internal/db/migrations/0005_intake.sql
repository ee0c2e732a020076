-- From the first message to the first appointment.

CREATE TABLE inquiry (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	key_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('new', 'offered', 'waiting', 'booked', 'referred', 'closed')),
	source TEXT NOT NULL CHECK (source IN ('web', 'phone')),
	request BYTEA NOT NULL,
	received_at BIGINT NOT NULL,
	due_at BIGINT NOT NULL,
	replied_at BIGINT,
	closed_at BIGINT,
	ending BYTEA,
	client_id TEXT NOT NULL,
	course_id TEXT NOT NULL,
	PRIMARY KEY (practice_id, id)
);
CREATE INDEX inquiry_state ON inquiry (practice_id, state, due_at);
CREATE INDEX inquiry_key ON inquiry (practice_id, key_id);
CREATE INDEX inquiry_client ON inquiry (practice_id, client_id);

-- A match is what was proposed to whom, with its reasons, and what came of it.
CREATE TABLE match_proposal (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	inquiry_id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	rank BIGINT NOT NULL,
	chosen BOOLEAN NOT NULL,
	reasons BYTEA NOT NULL,
	came_of_it TEXT NOT NULL CHECK (came_of_it IN ('proposed', 'offered', 'booked', 'lapsed')),
	at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, inquiry_id) REFERENCES inquiry (practice_id, id),
	FOREIGN KEY (practice_id, therapist_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX match_proposal_inquiry ON match_proposal (practice_id, inquiry_id);
CREATE INDEX match_proposal_therapist ON match_proposal (practice_id, therapist_id, inquiry_id);

CREATE TABLE offer (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	inquiry_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('sent', 'taken', 'withdrawn')),
	words BYTEA NOT NULL,
	sent_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	appointment_id TEXT NOT NULL,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, inquiry_id) REFERENCES inquiry (practice_id, id)
);
CREATE INDEX offer_inquiry ON offer (practice_id, inquiry_id);

CREATE TABLE offer_time (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	offer_id TEXT NOT NULL,
	id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	place_id TEXT NOT NULL,
	start_at BIGINT NOT NULL,
	end_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, offer_id, id),
	FOREIGN KEY (practice_id, offer_id) REFERENCES offer (practice_id, id)
);
