-- The database's own word on what was completed, and how often.
CREATE TABLE completions (
    interaction_id bigint NOT NULL,
    attempt        int    NOT NULL
);

CREATE FUNCTION write_down_completion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO completions VALUES (NEW.interaction_id, NEW.attempt);
    RETURN NULL;
END $$;

CREATE TRIGGER write_down_completion AFTER UPDATE OF status ON interactions
    FOR EACH ROW WHEN (NEW.status = 'completed') EXECUTE FUNCTION write_down_completion();
