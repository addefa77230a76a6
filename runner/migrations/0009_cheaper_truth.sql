-- The check of 0003 runs once for every completed interaction, and most steps write no column. Those are told apart by
-- one look at their conversation, before anything is joined.
CREATE OR REPLACE FUNCTION refuse_completed_writer_without_its_columns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    columns text[];
    missing text;
BEGIN
    SELECT writes INTO columns FROM conversations WHERE conversation_id = NEW.conversation_id;
    IF columns = '{}' THEN
        RETURN NULL;
    END IF;
    SELECT empty_columns(p, columns) INTO missing
    FROM interactions i JOIN postings p USING (posting_id)
    WHERE i.interaction_id = NEW.interaction_id AND i.status = 'completed';
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'interaction % (conversation %) is completed but posting % has no %',
            NEW.interaction_id, NEW.conversation_id, NEW.posting_id, missing
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_completed_writer_has_written';
    END IF;
    RETURN NULL;
END $$;
