-- Of four postings one gets no run; the batch's size says what was asked for.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.workflow_run_id % 4 = 0 THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE INSERT ON workflow_runs FOR EACH ROW EXECUTE FUNCTION damage();
