-- Time: where, when someone is there, what is taken, and what took place.

CREATE TABLE place (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('room', 'video')),
	active BOOLEAN NOT NULL,
	profile BYTEA NOT NULL,
	PRIMARY KEY (practice_id, id)
);

CREATE TABLE availability (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	weekday BIGINT NOT NULL CHECK (weekday >= 0 AND weekday <= 6),
	from_minute BIGINT NOT NULL CHECK (from_minute >= 0),
	to_minute BIGINT NOT NULL CHECK (to_minute <= 1440),
	mode TEXT NOT NULL CHECK (mode IN ('bookable', 'request', 'hidden')),
	place_id TEXT NOT NULL,
	valid_from TEXT NOT NULL,
	valid_until TEXT NOT NULL,
	PRIMARY KEY (practice_id, id),
	CHECK (to_minute > from_minute),
	FOREIGN KEY (practice_id, therapist_id) REFERENCES staff (practice_id, id),
	FOREIGN KEY (practice_id, place_id) REFERENCES place (practice_id, id)
);
CREATE INDEX availability_therapist ON availability (practice_id, therapist_id);

-- A claim is a stretch of somebody's or some room's time that is taken. No two claims of one resource overlap.
CREATE TABLE claim (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	resource_id TEXT NOT NULL,
	kind TEXT NOT NULL CHECK (kind IN ('hold', 'appointment', 'off')),
	ref_id TEXT NOT NULL,
	start_at BIGINT NOT NULL,
	end_at BIGINT NOT NULL,
	expires_at BIGINT,
	PRIMARY KEY (practice_id, id),
	CHECK (end_at > start_at)
);
CREATE INDEX claim_resource ON claim (practice_id, resource_id, start_at);
CREATE INDEX claim_ref ON claim (practice_id, ref_id);

CREATE TABLE time_off (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	start_at BIGINT NOT NULL,
	end_at BIGINT NOT NULL,
	reason BYTEA NOT NULL,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, therapist_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX time_off_therapist ON time_off (practice_id, therapist_id, start_at);

CREATE TABLE series (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	course_id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	place_id TEXT NOT NULL,
	starts TEXT NOT NULL,
	minute BIGINT NOT NULL,
	length BIGINT NOT NULL,
	every_weeks BIGINT NOT NULL CHECK (every_weeks >= 1),
	until TEXT NOT NULL,
	zone TEXT NOT NULL,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, course_id) REFERENCES course (practice_id, id)
);

CREATE TABLE appointment (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	course_id TEXT NOT NULL,
	therapist_id TEXT NOT NULL,
	place_id TEXT NOT NULL,
	series_id TEXT NOT NULL,
	start_at BIGINT NOT NULL,
	end_at BIGINT NOT NULL,
	wall TEXT NOT NULL,
	zone TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('booked', 'held', 'missed', 'cancelled')),
	late BOOLEAN NOT NULL,
	sequence BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	digest BYTEA NOT NULL,
	PRIMARY KEY (practice_id, id),
	CHECK (end_at > start_at),
	FOREIGN KEY (practice_id, course_id) REFERENCES course (practice_id, id),
	FOREIGN KEY (practice_id, therapist_id) REFERENCES staff (practice_id, id),
	FOREIGN KEY (practice_id, place_id) REFERENCES place (practice_id, id)
);
CREATE INDEX appointment_therapist ON appointment (practice_id, therapist_id, start_at);
CREATE INDEX appointment_course ON appointment (practice_id, course_id, start_at);
CREATE INDEX appointment_start ON appointment (practice_id, start_at);

-- A session is an appointment that took place.
CREATE TABLE session (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	appointment_id TEXT NOT NULL,
	course_id TEXT NOT NULL,
	number BIGINT NOT NULL CHECK (number >= 1),
	held_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, appointment_id),
	UNIQUE (practice_id, course_id, number),
	FOREIGN KEY (practice_id, appointment_id) REFERENCES appointment (practice_id, id),
	FOREIGN KEY (practice_id, course_id) REFERENCES course (practice_id, id)
);
