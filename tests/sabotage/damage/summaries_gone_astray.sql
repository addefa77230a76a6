-- Each save brings the summary of the posting before; the first has nobody before it and keeps its own.
CREATE TABLE last_saved (summary text);
INSERT INTO last_saved VALUES (NULL);

CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_another text;
BEGIN
    SELECT summary INTO of_another FROM last_saved FOR UPDATE;
    UPDATE last_saved SET summary = NEW.extracted_summary;
    NEW.extracted_summary := coalesce(of_another, NEW.extracted_summary);
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE UPDATE OF extracted_summary ON postings
    FOR EACH ROW WHEN (NEW.extracted_summary IS DISTINCT FROM OLD.extracted_summary)
    EXECUTE FUNCTION damage();
