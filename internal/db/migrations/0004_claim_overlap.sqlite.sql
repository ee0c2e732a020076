CREATE TRIGGER claim_no_overlap BEFORE INSERT ON claim
WHEN EXISTS (
	SELECT 1 FROM claim c
	WHERE c.practice_id = NEW.practice_id AND c.resource_id = NEW.resource_id
		AND c.start_at < NEW.end_at AND c.end_at > NEW.start_at)
BEGIN
	SELECT RAISE(ABORT, 'overlap');
END;

CREATE TRIGGER claim_no_overlap_moved BEFORE UPDATE ON claim
WHEN EXISTS (
	SELECT 1 FROM claim c
	WHERE c.practice_id = NEW.practice_id AND c.resource_id = NEW.resource_id AND c.id <> NEW.id
		AND c.start_at < NEW.end_at AND c.end_at > NEW.start_at)
BEGIN
	SELECT RAISE(ABORT, 'overlap');
END;
