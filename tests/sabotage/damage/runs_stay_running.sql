-- A run that is through stays running.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.status := OLD.status;
    NEW.completed_at := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF status ON workflow_runs
    FOR EACH ROW WHEN (NEW.status = 'completed') EXECUTE FUNCTION damage();
