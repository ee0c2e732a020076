CREATE EXTENSION IF NOT EXISTS btree_gist;

ALTER TABLE claim ADD CONSTRAINT claim_no_overlap
	EXCLUDE USING gist (practice_id WITH =, resource_id WITH =, int8range(start_at, end_at) WITH &&);
