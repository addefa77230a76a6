-- A constraint that nobody thought of refuses the skills of one posting.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a skill of posting % weighs too much', NEW.posting_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'skills_weigh_10_to_100';
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF skill_keywords ON postings
    FOR EACH ROW WHEN (NEW.posting_id = 1 AND NEW.skill_keywords IS DISTINCT FROM OLD.skill_keywords)
    EXECUTE FUNCTION damage();
