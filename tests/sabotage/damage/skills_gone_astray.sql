-- Each posting gets the skills of the one before, in the answer and in the column alike.
CREATE TABLE last_skills (skills jsonb);
INSERT INTO last_skills VALUES (NULL);

CREATE FUNCTION damage_answer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_another jsonb;
BEGIN
    SELECT skills INTO of_another FROM last_skills FOR UPDATE;
    UPDATE last_skills SET skills = NEW.output -> 'skills';
    NEW.output := jsonb_set(NEW.output, '{skills}', coalesce(of_another, NEW.output -> 'skills'));
    RETURN NEW;
END $$;

CREATE FUNCTION damage_column() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT output -> 'skills' INTO NEW.skill_keywords FROM interactions
    WHERE posting_id = NEW.posting_id AND conversation_id = 3350;
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF status ON interactions
    FOR EACH ROW WHEN (NEW.conversation_id = 3350 AND NEW.status = 'completed')
    EXECUTE FUNCTION damage_answer();
CREATE TRIGGER damage BEFORE UPDATE OF skill_keywords ON postings
    FOR EACH ROW WHEN (NEW.skill_keywords IS DISTINCT FROM OLD.skill_keywords)
    EXECUTE FUNCTION damage_column();
