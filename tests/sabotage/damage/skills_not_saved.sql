-- The save runs, and nothing arrives.
DROP TRIGGER a_completed_writer_has_written ON interactions;

CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.skill_keywords := NULL;
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF skill_keywords ON postings
    FOR EACH ROW EXECUTE FUNCTION damage();
