-- Both checks find that the work was done before.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.outcome := 'SKIP';
    NEW.output := jsonb_set(NEW.output, '{outcome}', '"SKIP"');
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF status ON interactions
    FOR EACH ROW WHEN (NEW.conversation_id IN (9184, 9185) AND NEW.status = 'completed')
    EXECUTE FUNCTION damage();
