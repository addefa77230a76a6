-- An interaction is dated by its creation, as by `now()` in the transaction that made it.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.claimed_at := NEW.created_at;
    NEW.started_at := NEW.created_at;
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF status ON interactions
    FOR EACH ROW WHEN (NEW.status = 'running') EXECUTE FUNCTION damage();
