-- What is known of a batch while it goes on, counted so that no count can become smaller: what is over stays as it is,
-- and errors and attempts that were given up stay written down. Each is counted as the criterion counts it that it is
-- for; `tests/collect` holds them against the record.
WITH runs AS MATERIALIZED (
    SELECT posting_id,
           bool_or(status = 'completed') AS came_through,
           bool_and(status IN ('completed', 'failed', 'cancelled')) AS is_over
    FROM workflow_runs WHERE batch_id = $1
    GROUP BY posting_id
), over AS MATERIALIZED (
    SELECT runs.came_through,
           coalesce(btrim(p.extracted_summary, E' \t\n\r\f\v'), '') = '' AS no_summary,
           p.skill_keywords IS NULL OR p.skill_keywords IN ('[]', 'null') AS no_skills,
           p.ihl_score IS NULL AS no_score,
           coalesce(btrim(p.ihl_category, E' \t\n\r\f\v'), '') = '' AS no_category
    FROM runs LEFT JOIN postings p USING (posting_id)
    WHERE runs.is_over
), done AS MATERIALIZED (
    -- By its runs, which an index finds: a database that stays may hold a million interactions of other batches.
    SELECT i.interaction_id, i.attempt, i.status, i.completed_at, i.output ->> 'error' AS error
    FROM workflow_runs r JOIN interactions i USING (workflow_run_id)
    WHERE r.batch_id = $1
), given_up AS MATERIALIZED (
    SELECT t.interaction_id, t.attempt, t.ended_as, t.error_type, t.error
    FROM interaction_attempts t JOIN done USING (interaction_id)
), errors AS MATERIALIZED (
    SELECT e.error_id, e.interaction_id, e.attempt, e.error_type, e.error_message
    FROM workflow_errors e
    LEFT JOIN workflow_runs r USING (workflow_run_id)
    LEFT JOIN interactions i USING (interaction_id)
    WHERE $1 IN (e.batch_id, r.batch_id, i.batch_id)
), stopped AS (
    SELECT interaction_id, attempt, NULL::bigint AS error_id FROM done
    WHERE status = 'failed' AND error ILIKE ANY ('{%watchdog%,%total limit%}')
    UNION
    SELECT interaction_id, attempt, NULL FROM given_up
    WHERE error_type = 'watchdog' OR error ILIKE ANY ('{%watchdog%,%total limit%}')
    UNION
    -- An error that says of no attempt that it is about it counts for itself.
    SELECT CASE WHEN attempt IS NOT NULL THEN interaction_id END,
           CASE WHEN interaction_id IS NOT NULL THEN attempt END,
           CASE WHEN interaction_id IS NULL OR attempt IS NULL THEN error_id END
    FROM errors
    WHERE error_type = 'watchdog' OR error_message ILIKE ANY ('{%watchdog%,%total limit%}')
), ends AS (
    SELECT max(completed_at) AS last FROM workflow_runs
    WHERE batch_id = $1 AND status IN ('completed', 'failed', 'cancelled')
    UNION ALL
    SELECT max(completed_at) FROM done WHERE status = 'completed'
)
SELECT b.size::bigint AS size,
       (SELECT count(*) FROM runs WHERE came_through) AS completed,
       (SELECT count(*) FROM runs WHERE is_over AND NOT came_through) AS failed,
       (SELECT count(*) FROM over WHERE no_summary) AS without_summary,
       (SELECT count(*) FROM over WHERE no_skills) AS without_skills,
       (SELECT count(*) FROM over WHERE no_score) AS without_ihl_score,
       (SELECT count(*) FROM over WHERE no_category) AS without_ihl_category,
       (SELECT count(*) FROM over
        WHERE came_through AND (no_summary OR no_skills OR no_score OR no_category)) AS completed_and_lacking,
       (SELECT count(*) FROM stopped) AS interventions,
       (SELECT count(*) FROM given_up WHERE ended_as = 'retried') AS retries,
       (SELECT count(*) FROM errors WHERE error_type = 'database') AS database_errors,
       coalesce((extract(epoch FROM (SELECT max(last) FROM ends)
           - (SELECT min(started_at) FROM workflow_runs WHERE batch_id = $1)) * 1000000)::bigint, 0) AS wall_us,
       $2::float8 AS time_scale
FROM batches b WHERE b.batch_id = $1
