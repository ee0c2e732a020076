-- What became of the last backup, and how far keys have been renewed. Of one installation: no backup holds it.

CREATE TABLE backup_last (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	begun_at BIGINT NOT NULL,
	done_at BIGINT,
	file TEXT NOT NULL,
	bytes BIGINT NOT NULL,
	row_count BIGINT NOT NULL,
	fault TEXT NOT NULL,
	PRIMARY KEY (practice_id)
);

CREATE TABLE key_rotation (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	what TEXT NOT NULL CHECK (what IN ('practice', 'clients')),
	began_at BIGINT NOT NULL,
	done_at BIGINT,
	PRIMARY KEY (practice_id, what)
);
