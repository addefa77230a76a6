-- Of the first two postings each gets a second run, which is worked on beside the first.
ALTER TABLE workflow_runs DROP CONSTRAINT workflow_runs_batch_id_posting_id_key;

CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    again bigint;
BEGIN
    IF pg_trigger_depth() = 1 AND NEW.posting_id <= 2 THEN
        INSERT INTO workflow_runs (batch_id, workflow_id, posting_id)
        SELECT batch_id, workflow_id, posting_id FROM workflow_runs
        WHERE workflow_run_id = NEW.workflow_run_id
        RETURNING workflow_run_id INTO again;
        INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id)
        VALUES (again, NEW.batch_id, NEW.posting_id, NEW.conversation_id, NEW.actor_id);
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER damage AFTER INSERT ON interactions
    FOR EACH ROW WHEN (NEW.conversation_id = 9144) EXECUTE FUNCTION damage();
