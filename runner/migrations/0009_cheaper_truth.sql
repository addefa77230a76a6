-- The checks of 0003 and the word of 0005 run once for every completed interaction and every group of new ones. What they
-- say stays; what it costs to say it is less.

-- One expression, which the planner takes into the query that asks. A function with a query of its own is parsed and
-- planned at each call.
CREATE OR REPLACE FUNCTION empty_columns(p postings, columns text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT nullif(concat_ws(', ',
        CASE WHEN 'extracted_summary' = ANY (columns) AND p.extracted_summary IS NULL THEN 'extracted_summary' END,
        CASE WHEN 'skill_keywords' = ANY (columns) AND p.skill_keywords IS NULL THEN 'skill_keywords' END,
        CASE WHEN 'ihl_score' = ANY (columns) AND p.ihl_score IS NULL THEN 'ihl_score' END,
        CASE WHEN 'ihl_category' = ANY (columns) AND p.ihl_category IS NULL THEN 'ihl_category' END), '')
$$;

-- Most steps write no column. They are told apart by one look at their conversation, before anything is joined.
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

-- As before, in a language that keeps its plans.
CREATE OR REPLACE FUNCTION tell_of_work_in(batch bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM workers
        WHERE batch_id = batch AND waiting_since IS NOT NULL AND lease_expires_at > clock_timestamp())
    THEN
        PERFORM pg_notify('batchproof_work', batch::text);
    END IF;
END $$;

-- That an interaction's actor is one is told by a foreign key for each row, which locks the actor's row each time: a third
-- of what it costs to create an interaction. Once for each group says more: it is the actor of its conversation.
ALTER TABLE interactions DROP CONSTRAINT interactions_actor_id_fkey;

CREATE FUNCTION refuse_another_actor_than_the_conversations() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    stranger record;
BEGIN
    SELECT c.interaction_id, c.conversation_id, c.actor_id, v.actor_id AS right_one INTO stranger
    FROM created c JOIN conversations v USING (conversation_id)
    WHERE c.actor_id <> v.actor_id LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'interaction % is of actor %, but conversation % is of actor %',
            stranger.interaction_id, stranger.actor_id, stranger.conversation_id, stranger.right_one
            USING ERRCODE = 'check_violation', CONSTRAINT = 'the_actor_is_the_conversations';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER the_actor_is_the_conversations
    AFTER INSERT ON interactions
    REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_another_actor_than_the_conversations();

-- An interaction keeps its actor: asked only where a statement names the column, which the runner's never do.
CREATE FUNCTION refuse_to_change_the_actor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'interaction % is of actor % and cannot become one of %', OLD.interaction_id, OLD.actor_id, NEW.actor_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'an_interaction_keeps_its_actor';
END $$;

CREATE TRIGGER an_interaction_keeps_its_actor
    BEFORE UPDATE OF actor_id ON interactions
    FOR EACH ROW WHEN (OLD.actor_id IS DISTINCT FROM NEW.actor_id)
    EXECUTE FUNCTION refuse_to_change_the_actor();

-- And an actor with interactions stays.
CREATE FUNCTION refuse_to_forget_an_actor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM interactions WHERE actor_id = OLD.actor_id) THEN
        RAISE EXCEPTION 'actor % (%) has interactions', OLD.actor_id, OLD.actor_name
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'an_actor_with_interactions_stays';
    END IF;
    RETURN OLD;
END $$;

CREATE TRIGGER an_actor_with_interactions_stays
    BEFORE DELETE ON actors
    FOR EACH ROW EXECUTE FUNCTION refuse_to_forget_an_actor();
