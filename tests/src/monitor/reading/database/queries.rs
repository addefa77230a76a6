//! The queries. The first parameter is the batch; the second of `EXCHANGES` is how many nanoseconds the shortest load takes.

pub(super) const BATCH: &str = "
    SELECT batch_id, workflow_id, size, started_at, ended_at FROM batches WHERE batch_id = $1";

/// The newest unfinished batch that is newer than the one that was watched until now (the parameter), else that one, else
/// the newest of all.
pub(super) const NEWEST_BATCH: &str = "
    SELECT batch_id, workflow_id, size, started_at, ended_at FROM batches b
    ORDER BY b.batch_id > coalesce($1, 0) AND EXISTS (
                 SELECT FROM workflow_runs r WHERE r.batch_id = b.batch_id AND r.completed_at IS NULL) DESC,
             coalesce(batch_id = $1, false) DESC, batch_id DESC
    LIMIT 1";

pub(super) const CIRCUMSTANCES: &str =
    "SELECT content FROM batch_circumstances WHERE batch_id = $1";

pub(super) const SERVERS: &str =
    "SELECT servers FROM evidence_sources WHERE batch_id = $1 ORDER BY started_at";

pub(super) const WORKERS: &str = "
    SELECT count(*) FILTER (WHERE ended_at IS NULL AND lease_expires_at > clock_timestamp()) AS alive,
           max(last_seen_at) AS last_seen_at
    FROM workers WHERE batch_id = $1";

pub(super) const RUNS: &str = "
    SELECT count(*) FILTER (WHERE status = 'pending') AS pending,
           count(*) FILTER (WHERE status = 'running') AS running,
           count(*) FILTER (WHERE status = 'completed') AS completed,
           count(*) FILTER (WHERE status = 'failed') AS failed,
           count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
           min(started_at) AS started_at, max(completed_at) AS last_end_at
    FROM workflow_runs WHERE batch_id = $1";

pub(super) const CONVERSATIONS: &str = "
    SELECT c.conversation_id AS id, c.conversation_name AS name, a.actor_name AS actor, a.actor_type,
           c.writes, c.needs
    FROM batches b JOIN conversations c USING (workflow_id) JOIN actors a USING (actor_id)
    WHERE b.batch_id = $1 ORDER BY c.conversation_id";

pub(super) const STEPS: &str = "
    SELECT i.conversation_id,
           count(*) FILTER (WHERE i.status = 'pending') AS pending,
           count(*) FILTER (WHERE i.status = 'running') AS running,
           count(*) FILTER (WHERE i.status = 'completed') AS completed,
           count(*) FILTER (WHERE i.status = 'failed') AS failed,
           count(*) FILTER (WHERE i.status = 'cancelled') AS cancelled,
           count(DISTINCT i.posting_id) FILTER (WHERE i.status = 'completed') AS postings,
           coalesce(extract(epoch FROM sum(i.completed_at - i.started_at)
                                       FILTER (WHERE i.status = 'completed')), 0)::float8 AS seconds
    FROM workflow_runs r JOIN interactions i USING (workflow_run_id)
    WHERE r.batch_id = $1 GROUP BY i.conversation_id ORDER BY i.conversation_id";

pub(super) const WAYS: &str = "
    WITH runs AS (
        SELECT r.completed_at IS NOT NULL AS is_over,
               coalesce(array_agg(i.conversation_id ORDER BY i.conversation_id)
                        FILTER (WHERE i.status = 'completed'), '{}') AS done,
               coalesce(array_agg(i.conversation_id ORDER BY i.conversation_id)
                        FILTER (WHERE i.status IN ('pending', 'running')), '{}') AS open
        FROM workflow_runs r LEFT JOIN interactions i USING (workflow_run_id)
        WHERE r.batch_id = $1 GROUP BY r.workflow_run_id
    )
    SELECT done, open, is_over, count(*) AS runs FROM runs GROUP BY done, open, is_over ORDER BY done, open, is_over";

pub(super) const DATA: &str = "
    SELECT count(p.extracted_summary) AS extracted_summary, count(p.skill_keywords) AS skill_keywords,
           count(p.ihl_score) AS ihl_score, count(p.ihl_category) AS ihl_category,
           count(*) FILTER (WHERE num_nulls(p.extracted_summary, p.skill_keywords, p.ihl_score::text, p.ihl_category) = 0)
               AS \"all\"
    FROM workflow_runs r JOIN postings p USING (posting_id) WHERE r.batch_id = $1";

pub(super) const RUNNING: &str = "
    SELECT i.interaction_id, i.conversation_id, i.posting_id, left(p.job_title, 200) AS title, i.attempt, i.claimed_by,
           i.started_at, i.lease_expires_at
    FROM workflow_runs r JOIN interactions i USING (workflow_run_id) JOIN postings p ON p.posting_id = i.posting_id
    WHERE r.batch_id = $1 AND i.status = 'running'
    ORDER BY i.started_at, i.interaction_id LIMIT 50";

/// Calls that waited for their model longer than a warm one does, or asked for nothing but a load; and of each model on
/// each server one answer, which says that it was loaded there once at least.
pub(super) const EXCHANGES: &str = "
    WITH calls AS (
        SELECT evidence_id, content, content -> 'final_line' AS last FROM evidence
        WHERE batch_id = $1 AND kind = 'exchange'
    ), first_answers AS (
        SELECT DISTINCT ON (content ->> 'server', content ->> 'model') evidence_id FROM calls
        WHERE content ->> 'ended' = 'completed' AND (last ->> 'done')::boolean
          AND content ->> 'prompt_sha256' IS NOT NULL
        ORDER BY content ->> 'server', content ->> 'model', evidence_id
    )
    SELECT content FROM calls
    WHERE (last ->> 'load_duration')::numeric >= $2::float8::numeric OR last ->> 'done_reason' = 'load'
       OR evidence_id IN (SELECT evidence_id FROM first_answers)
    ORDER BY evidence_id";

pub(super) const RESIDENCY: &str = "
    WITH samples AS (
        SELECT evidence_id, content, jsonb_path_query_array(content, '$.models[*].name') AS names,
               lag(jsonb_path_query_array(content, '$.models[*].name')) OVER (
                   PARTITION BY content ->> 'server' ORDER BY (content ->> 'at')::timestamptz) AS before
        FROM evidence WHERE batch_id = $1 AND kind = 'residency'
    )
    SELECT content FROM samples WHERE names IS DISTINCT FROM before ORDER BY evidence_id";

pub(super) const RESIDENT: &str = "
    SELECT DISTINCT ON (content ->> 'server') content FROM evidence
    WHERE batch_id = $1 AND kind = 'residency'
    ORDER BY content ->> 'server', (content ->> 'at')::timestamptz DESC";

pub(super) const GPU: &str = "
    SELECT content FROM (
        SELECT content FROM evidence WHERE batch_id = $1 AND kind = 'gpu'
        ORDER BY (content ->> 'at')::timestamptz DESC LIMIT 240) AS latest
    ORDER BY (content ->> 'at')::timestamptz";

pub(super) const CONNECTIONS: &str = "
    SELECT count(*) FILTER (WHERE state = 'active') AS active,
           count(*) FILTER (WHERE state = 'idle') AS idle,
           count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS idle_in_transaction,
           count(*) AS total,
           current_setting('max_connections')::int AS most,
           (SELECT (content ->> 'connections')::bigint FROM evidence
            WHERE batch_id = $1 AND kind = 'connections' ORDER BY evidence_id LIMIT 1) AS at_start
    FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// An error that names only its run or its interaction belongs to the batch all the same. What was stopped is counted as the judge counts it: row, attempt and error may tell of the same.
pub(super) const TROUBLE: &str = "
    WITH batch AS (
        SELECT i.interaction_id, i.attempt, i.status, i.output ->> 'error' AS error
        FROM workflow_runs r JOIN interactions i USING (workflow_run_id) WHERE r.batch_id = $1
    ), attempts AS (
        SELECT a.interaction_id, a.attempt, a.ended_as, a.error_type, a.error
        FROM interaction_attempts a JOIN batch USING (interaction_id)
    ), errors AS (
        SELECT e.error_id, e.interaction_id, e.attempt, e.error_type, e.error_message AS error
        FROM workflow_errors e
        LEFT JOIN workflow_runs r USING (workflow_run_id) LEFT JOIN interactions i USING (interaction_id)
        WHERE $1 IN (e.batch_id, r.batch_id, i.batch_id)
    ), stopped AS (
        SELECT interaction_id, attempt, NULL::bigint AS error_id FROM batch
        WHERE status = 'failed' AND error ~* 'watchdog|total limit'
        UNION SELECT interaction_id, attempt, NULL FROM attempts
        WHERE error_type = 'watchdog' OR error ~* 'watchdog|total limit'
        UNION SELECT interaction_id, attempt,
                     CASE WHEN interaction_id IS NULL OR attempt IS NULL THEN error_id END FROM errors
        WHERE error_type = 'watchdog' OR error ~* 'watchdog|total limit'
    )
    SELECT (SELECT count(*) FROM stopped) AS stopped,
           (SELECT count(*) FROM attempts WHERE ended_as = 'retried') AS retried,
           (SELECT count(*) FROM attempts WHERE ended_as = 'lost') AS lost,
           (SELECT count(*) FROM errors) AS errors";

pub(super) const ERRORS: &str = "
    SELECT e.created_at, e.error_type, e.conversation_id, e.posting_id, left(e.error_message, 500) AS error_message
    FROM workflow_errors e
    LEFT JOIN workflow_runs r USING (workflow_run_id) LEFT JOIN interactions i USING (interaction_id)
    WHERE $1 IN (e.batch_id, r.batch_id, i.batch_id)
    ORDER BY e.error_id DESC LIMIT 50";
