-- Articles, and the replies that readers leave.

CREATE TABLE article (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	slug TEXT NOT NULL,
	author_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('draft', 'published')),
	words BYTEA NOT NULL,
	version BIGINT NOT NULL,
	published_at BIGINT,
	changed_at BIGINT NOT NULL,
	PRIMARY KEY (practice_id, id),
	UNIQUE (practice_id, slug),
	FOREIGN KEY (practice_id, author_id) REFERENCES staff (practice_id, id)
);
CREATE INDEX article_state ON article (practice_id, state, published_at);

CREATE TABLE reply (
	practice_id TEXT NOT NULL REFERENCES practice (practice_id),
	id TEXT NOT NULL,
	article_id TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN ('held', 'published', 'refused')),
	words BYTEA NOT NULL,
	at BIGINT NOT NULL,
	decided_by TEXT NOT NULL,
	decided_at BIGINT,
	PRIMARY KEY (practice_id, id),
	FOREIGN KEY (practice_id, article_id) REFERENCES article (practice_id, id)
);
CREATE INDEX reply_article ON reply (practice_id, article_id, state, at);
