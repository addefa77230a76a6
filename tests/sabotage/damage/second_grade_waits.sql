-- Both grades are created in one statement; the second may be claimed when the first is completed.
CREATE FUNCTION hold_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.available_at := clock_timestamp() + interval '1 hour';
    RETURN NEW;
END $$;

CREATE FUNCTION let_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE interactions SET available_at = clock_timestamp()
    WHERE workflow_run_id = NEW.workflow_run_id AND conversation_id = 3337;
    RETURN NULL;
END $$;

CREATE TRIGGER hold_back BEFORE INSERT ON interactions
    FOR EACH ROW WHEN (NEW.conversation_id = 3337) EXECUTE FUNCTION hold_back();
CREATE TRIGGER let_go AFTER UPDATE OF status ON interactions
    FOR EACH ROW WHEN (NEW.conversation_id = 3336 AND NEW.status = 'completed')
    EXECUTE FUNCTION let_go();
