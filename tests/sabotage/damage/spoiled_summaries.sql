-- A summary is spoiled when it is saved: in the column, in the answer of the step that saves, and in the answer of the
-- format, which has been read by then. `spoiled(text)` is the row's own.
CREATE FUNCTION damage_answer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.output := jsonb_set(NEW.output, '{text}', to_jsonb(spoiled(NEW.output ->> 'text')));
    UPDATE interactions SET output = jsonb_set(output, '{text}', to_jsonb(spoiled(output ->> 'text')))
    WHERE workflow_run_id = NEW.workflow_run_id AND conversation_id = 3341;
    RETURN NEW;
END $$;

CREATE FUNCTION damage_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.extracted_summary := spoiled(NEW.extracted_summary);
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF status ON interactions
    FOR EACH ROW WHEN (NEW.conversation_id = 9168 AND NEW.status = 'completed')
    EXECUTE FUNCTION damage_answer();
CREATE TRIGGER damage BEFORE UPDATE OF extracted_summary ON postings
    FOR EACH ROW WHEN (NEW.extracted_summary IS DISTINCT FROM OLD.extracted_summary)
    EXECUTE FUNCTION damage_column();
