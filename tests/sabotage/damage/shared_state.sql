-- The formatted summary lies in one place for all runs, and each run takes what lies there: its neighbour's.
CREATE TABLE state (current_summary text);
INSERT INTO state VALUES (NULL);

CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_another text;
BEGIN
    SELECT current_summary INTO of_another FROM state FOR UPDATE;
    UPDATE state SET current_summary = NEW.output ->> 'text';
    IF of_another IS NOT NULL THEN
        NEW.output := jsonb_set(NEW.output, '{text}', to_jsonb(of_another));
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF status ON interactions
    FOR EACH ROW WHEN (NEW.conversation_id = 3341 AND NEW.status = 'completed')
    EXECUTE FUNCTION damage();
