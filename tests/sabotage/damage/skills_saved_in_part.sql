-- Of the skills that were extracted, one is saved.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.skill_keywords := jsonb_build_array(NEW.skill_keywords -> 0);
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF skill_keywords ON postings
    FOR EACH ROW WHEN (NEW.skill_keywords IS DISTINCT FROM OLD.skill_keywords)
    EXECUTE FUNCTION damage();
