-- What a new interaction points at was asked row by row: two foreign keys, each with a query and a row lock of its own, took
-- as long as the row and its index entries together. One statement's rows are now asked about at once, as their actors have
-- been since 0009. All that was refused is refused, and that an interaction moves to another run or step besides.

-- Whether the end of this interaction has to be held against its posting. Told when it is created, so that the ends of all
-- the others, which are most, need not be looked at. Rows of earlier versions are looked at as before.
ALTER TABLE interactions ADD COLUMN fills_columns boolean NOT NULL DEFAULT true;

DROP TRIGGER a_completed_writer_has_written ON interactions;
CREATE CONSTRAINT TRIGGER a_completed_writer_has_written
    AFTER INSERT OR UPDATE OF status ON interactions
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'completed' AND NEW.fills_columns)
    EXECUTE FUNCTION refuse_completed_writer_without_its_columns();

ALTER TABLE interactions
    DROP CONSTRAINT interactions_conversation_id_fkey,
    DROP CONSTRAINT interactions_workflow_run_id_batch_id_posting_id_fkey;

DROP TRIGGER the_actor_is_the_conversations ON interactions;
DROP FUNCTION refuse_another_actor_than_the_conversations();

CREATE FUNCTION refuse_interactions_of_something_else() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    known bigint;
    stranger record;
BEGIN
    -- As a foreign key would: what is pointed at stays until this transaction is over.
    SELECT count(*) INTO known FROM (
        SELECT FROM created c
        JOIN workflow_runs r
          ON r.workflow_run_id = c.workflow_run_id AND r.batch_id = c.batch_id AND r.posting_id = c.posting_id
        JOIN conversations v ON v.conversation_id = c.conversation_id AND v.actor_id = c.actor_id
        WHERE c.fills_columns OR v.writes = '{}'
        FOR KEY SHARE OF r, v) AS in_order;
    IF known = (SELECT count(*) FROM created) THEN
        RETURN NULL;
    END IF;
    SELECT c.*, v.actor_id AS right_actor, r.workflow_run_id AS right_run INTO stranger
    FROM created c
    LEFT JOIN conversations v USING (conversation_id)
    LEFT JOIN workflow_runs r
           ON r.workflow_run_id = c.workflow_run_id AND r.batch_id = c.batch_id AND r.posting_id = c.posting_id
    WHERE r.workflow_run_id IS NULL OR v.conversation_id IS NULL OR c.actor_id <> v.actor_id
       OR (NOT c.fills_columns AND v.writes <> '{}')
    LIMIT 1;
    IF stranger.right_run IS NULL THEN
        RAISE EXCEPTION 'interaction % is about posting % in batch %, but no such run % exists',
            stranger.interaction_id, stranger.posting_id, stranger.batch_id, stranger.workflow_run_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'an_interaction_is_about_its_runs_posting';
    ELSIF stranger.right_actor IS NULL THEN
        RAISE EXCEPTION 'interaction % is of conversation %, which does not exist',
            stranger.interaction_id, stranger.conversation_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'an_interaction_is_of_a_conversation';
    ELSIF stranger.actor_id <> stranger.right_actor THEN
        RAISE EXCEPTION 'interaction % is of actor %, but conversation % is of actor %',
            stranger.interaction_id, stranger.actor_id, stranger.conversation_id, stranger.right_actor
            USING ERRCODE = 'check_violation', CONSTRAINT = 'the_actor_is_the_conversations';
    END IF;
    RAISE EXCEPTION 'interaction % is said to fill no column, but conversation % writes some',
        stranger.interaction_id, stranger.conversation_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_writer_is_called_one';
END $$;

CREATE TRIGGER an_interaction_is_of_what_exists
    AFTER INSERT ON interactions
    REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_interactions_of_something_else();

-- And it stays what it is: asked only where a statement names these columns, which the runner's never do.
DROP TRIGGER an_interaction_keeps_its_actor ON interactions;
DROP FUNCTION refuse_to_change_the_actor();

CREATE FUNCTION refuse_to_change_what_an_interaction_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'interaction % stays in its run, about its posting, and its actor''s: % cannot become %',
        OLD.interaction_id,
        (OLD.workflow_run_id, OLD.batch_id, OLD.posting_id, OLD.conversation_id, OLD.actor_id, OLD.fills_columns),
        (NEW.workflow_run_id, NEW.batch_id, NEW.posting_id, NEW.conversation_id, NEW.actor_id, NEW.fills_columns)
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_interaction_stays_what_it_is';
END $$;

CREATE TRIGGER an_interaction_stays_what_it_is
    BEFORE UPDATE OF workflow_run_id, batch_id, posting_id, conversation_id, actor_id, fills_columns ON interactions
    FOR EACH ROW
    WHEN ((OLD.workflow_run_id, OLD.batch_id, OLD.posting_id, OLD.conversation_id, OLD.actor_id, OLD.fills_columns)
          IS DISTINCT FROM
          (NEW.workflow_run_id, NEW.batch_id, NEW.posting_id, NEW.conversation_id, NEW.actor_id, NEW.fills_columns))
    EXECUTE FUNCTION refuse_to_change_what_an_interaction_is();

-- What an interaction points at stays, too, and keeps its name.
CREATE FUNCTION refuse_to_take_a_run_from_its_interactions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM interactions WHERE workflow_run_id = OLD.workflow_run_id) THEN
        RAISE EXCEPTION 'run % has interactions', OLD.workflow_run_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'a_run_with_interactions_stays';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER a_run_with_interactions_stays
    BEFORE DELETE ON workflow_runs
    FOR EACH ROW EXECUTE FUNCTION refuse_to_take_a_run_from_its_interactions();

CREATE TRIGGER a_run_with_interactions_stays_the_same
    BEFORE UPDATE OF workflow_run_id, batch_id, posting_id ON workflow_runs
    FOR EACH ROW
    WHEN ((OLD.workflow_run_id, OLD.batch_id, OLD.posting_id)
          IS DISTINCT FROM (NEW.workflow_run_id, NEW.batch_id, NEW.posting_id))
    EXECUTE FUNCTION refuse_to_take_a_run_from_its_interactions();

CREATE FUNCTION refuse_to_take_a_conversation_from_its_interactions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM interactions WHERE conversation_id = OLD.conversation_id) THEN
        RAISE EXCEPTION 'conversation % (%) has interactions', OLD.conversation_id, OLD.conversation_name
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'a_conversation_with_interactions_stays';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER a_conversation_with_interactions_stays
    BEFORE DELETE ON conversations
    FOR EACH ROW EXECUTE FUNCTION refuse_to_take_a_conversation_from_its_interactions();

CREATE TRIGGER a_conversation_with_interactions_keeps_its_number
    BEFORE UPDATE OF conversation_id ON conversations
    FOR EACH ROW WHEN (OLD.conversation_id <> NEW.conversation_id)
    EXECUTE FUNCTION refuse_to_take_a_conversation_from_its_interactions();
