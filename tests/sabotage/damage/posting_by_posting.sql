-- The work of a run is there to be claimed when every run before it is over.
CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM workflow_runs
               WHERE workflow_run_id < NEW.workflow_run_id AND status IN ('pending', 'running')) THEN
        NEW.available_at := clock_timestamp() + interval '1 hour';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION let_the_next_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE interactions SET available_at = clock_timestamp()
    WHERE status = 'pending' AND workflow_run_id = (
        SELECT min(workflow_run_id) FROM workflow_runs WHERE status IN ('pending', 'running'));
    RETURN NULL;
END $$;

CREATE TRIGGER hold_back BEFORE INSERT ON interactions
    FOR EACH ROW EXECUTE FUNCTION hold_back();
CREATE TRIGGER let_the_next_go AFTER UPDATE OF status ON workflow_runs
    FOR EACH ROW WHEN (NEW.status IN ('completed', 'failed', 'cancelled'))
    EXECUTE FUNCTION let_the_next_go();
