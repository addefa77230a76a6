-- "Completed" has to be true at commit, whoever wrote it. Deferred, because one transaction writes an
-- interaction, its posting columns, its successors and its run, in whatever order.

-- A function of the four columns, not to_jsonb(postings): that would unpack the whole description at every commit.
CREATE FUNCTION empty_columns(p postings, columns text[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(c, ', ') FROM unnest(columns) AS c
    WHERE CASE c
        WHEN 'extracted_summary' THEN p.extracted_summary IS NULL
        WHEN 'skill_keywords' THEN p.skill_keywords IS NULL
        WHEN 'ihl_score' THEN p.ihl_score IS NULL
        WHEN 'ihl_category' THEN p.ihl_category IS NULL
    END
$$;

CREATE FUNCTION refuse_completed_writer_without_its_columns() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    missing text;
BEGIN
    SELECT empty_columns(p, v.writes) INTO missing
    FROM interactions i
    JOIN conversations v USING (conversation_id)
    JOIN postings p ON p.posting_id = i.posting_id
    WHERE i.interaction_id = NEW.interaction_id AND i.status = 'completed' AND v.writes <> '{}';
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'interaction % (conversation %) is completed but posting % has no %',
            NEW.interaction_id, NEW.conversation_id, NEW.posting_id, missing
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_completed_writer_has_written';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER a_completed_writer_has_written
    AFTER INSERT OR UPDATE OF status ON interactions
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status = 'completed')
    EXECUTE FUNCTION refuse_completed_writer_without_its_columns();

-- The same truth from the other side: what a completed writer wrote is not taken away.
CREATE FUNCTION refuse_erasing_what_a_completed_writer_wrote() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    erased text;
BEGIN
    SELECT string_agg(empty_columns(p, v.writes), ', ') INTO erased
    FROM interactions i
    JOIN conversations v USING (conversation_id)
    JOIN postings p ON p.posting_id = i.posting_id
    WHERE i.posting_id = NEW.posting_id AND i.status = 'completed';
    IF erased IS NOT NULL THEN
        RAISE EXCEPTION 'posting % loses % although a completed interaction wrote it',
            NEW.posting_id, erased
            USING ERRCODE = 'check_violation', CONSTRAINT = 'what_was_written_stays';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER what_was_written_stays
    AFTER UPDATE OF extracted_summary, skill_keywords, ihl_score, ihl_category ON postings
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (
        (OLD.extracted_summary IS NOT NULL AND NEW.extracted_summary IS NULL)
        OR (OLD.skill_keywords IS NOT NULL AND NEW.skill_keywords IS NULL)
        OR (OLD.ihl_score IS NOT NULL AND NEW.ihl_score IS NULL)
        OR (OLD.ihl_category IS NOT NULL AND NEW.ihl_category IS NULL))
    EXECUTE FUNCTION refuse_erasing_what_a_completed_writer_wrote();

CREATE FUNCTION refuse_final_run_with_open_work() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    open_work int;
    unsuccessful int;
BEGIN
    SELECT count(*) FILTER (WHERE status IN ('pending', 'running')),
           count(*) FILTER (WHERE status <> 'completed')
      INTO open_work, unsuccessful
      FROM interactions WHERE workflow_run_id = NEW.workflow_run_id;
    IF open_work > 0 THEN
        RAISE EXCEPTION 'run % is % but % of its interactions are open',
            NEW.workflow_run_id, NEW.status, open_work
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_final_run_has_no_open_work';
    END IF;
    IF NEW.status = 'completed' AND unsuccessful > 0 THEN
        RAISE EXCEPTION 'run % is completed but % of its interactions are not',
            NEW.workflow_run_id, unsuccessful
            USING ERRCODE = 'check_violation', CONSTRAINT = 'a_completed_run_is_complete';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER a_final_run_has_no_open_work
    AFTER INSERT OR UPDATE OF status ON workflow_runs
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status IN ('completed', 'failed', 'cancelled'))
    EXECUTE FUNCTION refuse_final_run_with_open_work();
