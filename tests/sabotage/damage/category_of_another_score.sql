-- The expert's category is never the one of its score, in the answer and in the column alike.
ALTER TABLE postings DROP CONSTRAINT ihl_category_agrees_with_ihl_score;

CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE postings SET ihl_category = CASE WHEN ihl_score < 10 THEN 'FAKE' ELSE 'GENUINE' END
    WHERE posting_id = NEW.posting_id;
    UPDATE interactions SET output = jsonb_set(output, '{ihl_category}', (
        SELECT to_jsonb(ihl_category) FROM postings WHERE posting_id = NEW.posting_id))
    WHERE workflow_run_id = NEW.workflow_run_id AND conversation_id = 9163;
    RETURN NULL;
END $$;

CREATE TRIGGER damage AFTER UPDATE OF status ON workflow_runs
    FOR EACH ROW WHEN (NEW.status = 'completed') EXECUTE FUNCTION damage();
