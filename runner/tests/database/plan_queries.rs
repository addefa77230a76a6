//! The queries of the plan (BATCH-50-001) run as its author wrote them, wherever they are valid SQL.
//!
//! The one that is not is left out: `array_agg(posting_id) … ORDER BY posting_id` without a grouping. That a query
//! runs does not make it right (several measure the wrong thing); the judge has its own.

use crate::world::World;

/// Phase 2: the promotion, which names every column of `postings` that the plan knows.
const PROMOTE: &str = "INSERT INTO postings (
        posting_name, job_title, location_city, location_country, job_description, source_id,
        external_job_id, source, external_id, raw_data, created_by_staging_id, posting_status)
    SELECT
        job_title || ' - ' || location as posting_name,
        job_title,
        SPLIT_PART(location, ',', 1) as location_city,
        SPLIT_PART(location, ',', -1) as location_country,
        raw_data->>'job_description' as job_description,
        1 as source_id,
        raw_data->>'external_id' as external_job_id,
        'deutsche_bank' as source,
        raw_data->>'external_id' as external_id,
        raw_data,
        staging_id,
        'active' as posting_status
    FROM postings_staging
    WHERE source_website = 'deutsche_bank'
      AND created_at > NOW() - interval '30 minutes'
    ORDER BY staging_id
    LIMIT 50
    RETURNING posting_id";

const QUERIES: [(&str, &str); 13] = [
    (
        "phase 1, fetched jobs",
        "SELECT COUNT(*) as jobs_fetched, AVG(LENGTH(raw_data->>'job_description')) as avg_desc_length
         FROM postings_staging WHERE created_at > NOW() - interval '30 minutes'",
    ),
    (
        "phase 2, postings created",
        "SELECT COUNT(*) FROM postings WHERE created_at > NOW() - interval '5 minutes'",
    ),
    (
        "phase 4, progress",
        "SELECT COUNT(*) as total_runs,
            COUNT(CASE WHEN status = 'completed' THEN 1 END) as completed,
            COUNT(CASE WHEN status = 'running' THEN 1 END) as running,
            COUNT(CASE WHEN status = 'failed' THEN 1 END) as failed,
            ROUND(100.0 * COUNT(CASE WHEN status = 'completed' THEN 1 END) / COUNT(*), 1) as pct_complete
         FROM workflow_runs
         WHERE workflow_id = 3001 AND started_at > NOW() - interval '6 hours' HAVING COUNT(*) > 0",
    ),
    (
        "metric 1, overall performance",
        "SELECT COUNT(*) as total_runs, MIN(started_at) as test_start, MAX(completed_at) as test_end,
            EXTRACT(EPOCH FROM (MAX(completed_at) - MIN(started_at))) as total_seconds,
            ROUND(EXTRACT(EPOCH FROM (MAX(completed_at) - MIN(started_at))) / NULLIF(COUNT(*), 0), 1)
                as avg_seconds_per_posting
         FROM workflow_runs
         WHERE workflow_id = 3001 AND started_at > NOW() - interval '6 hours' AND status = 'completed'",
    ),
    (
        "metric 2, interaction performance",
        "SELECT c.conversation_name, a.actor_name, COUNT(*) as total_interactions,
            ROUND(AVG(EXTRACT(EPOCH FROM (completed_at - started_at))), 1) as avg_seconds,
            MIN(EXTRACT(EPOCH FROM (completed_at - started_at))) as min_seconds,
            MAX(EXTRACT(EPOCH FROM (completed_at - started_at))) as max_seconds
         FROM interactions i
         JOIN conversations c ON i.conversation_id = c.conversation_id
         JOIN actors a ON i.actor_id = a.actor_id
         WHERE i.created_at > NOW() - interval '6 hours' AND i.status = 'completed'
         GROUP BY c.conversation_name, a.actor_name ORDER BY avg_seconds DESC",
    ),
    (
        "metric 3, parallel execution",
        "SELECT wr.workflow_run_id, wr.posting_id, ga.interaction_id as grade_a_id,
            gb.interaction_id as grade_b_id, ga.created_at as grade_a_created, gb.created_at as grade_b_created,
            EXTRACT(EPOCH FROM (gb.created_at - ga.created_at)) as time_diff_ms
         FROM workflow_runs wr
         JOIN interactions ga ON ga.workflow_run_id = wr.workflow_run_id AND ga.conversation_id = 3336
         JOIN interactions gb ON gb.workflow_run_id = wr.workflow_run_id AND gb.conversation_id = 3337
         WHERE wr.started_at > NOW() - interval '6 hours' ORDER BY wr.workflow_run_id LIMIT 10",
    ),
    (
        "metric 4, data quality",
        "SELECT COUNT(*) as total_postings, COUNT(extracted_summary) as with_summary,
            COUNT(skill_keywords) as with_skills, COUNT(ihl_score) as with_ihl_score,
            COUNT(ihl_category) as with_category, ROUND(AVG(ihl_score), 1) as avg_ihl_score,
            ROUND(100.0 * COUNT(extracted_summary) / NULLIF(COUNT(*), 0), 1) as pct_complete
         FROM postings WHERE created_at > NOW() - interval '6 hours'",
    ),
    (
        "metric 5, watchdog activity",
        "SELECT COUNT(*) as watchdog_interventions,
            AVG(EXTRACT(EPOCH FROM (completed_at - started_at))) as avg_stuck_seconds
         FROM interactions
         WHERE status = 'failed' AND output->>'error' LIKE '%watchdog%'
           AND created_at > NOW() - interval '6 hours'",
    ),
    (
        "troubleshooting 1, manual clean-up",
        "UPDATE interactions SET status='failed', completed_at=NOW()
         WHERE status='running' AND started_at < NOW() - interval '10 minutes'",
    ),
    (
        "troubleshooting 4, failure patterns",
        "SELECT c.conversation_name, a.actor_name, COUNT(*) as failures, output->>'error' as error_message
         FROM interactions i
         JOIN conversations c ON i.conversation_id = c.conversation_id
         JOIN actors a ON i.actor_id = a.actor_id
         WHERE status = 'failed' AND created_at > NOW() - interval '6 hours'
         GROUP BY c.conversation_name, a.actor_name, output->>'error' ORDER BY failures DESC",
    ),
    (
        "analysis 1, performance summary",
        "SELECT 'PERFORMANCE SUMMARY' as metric, NULL as value
         UNION ALL
         SELECT 'Total postings processed', COUNT(*)::text
         FROM workflow_runs WHERE workflow_id=3001 AND started_at > NOW() - interval '6 hours'
         UNION ALL
         SELECT 'Avg time per posting (minutes)',
            ROUND(AVG(EXTRACT(EPOCH FROM (completed_at - started_at)))/60, 1)::text
         FROM workflow_runs WHERE workflow_id=3001 AND started_at > NOW() - interval '6 hours'",
    ),
    (
        "analysis 2, comparison with Run 195",
        "WITH test_run AS (
            SELECT AVG(EXTRACT(EPOCH FROM (completed_at - started_at))) as avg_duration, COUNT(*) as runs
            FROM workflow_runs WHERE workflow_id = 3001 AND started_at > NOW() - interval '6 hours'),
         baseline AS (SELECT 291.9 as avg_duration, 1 as runs)
         SELECT 'Test (50 postings)' as run_type, test_run.avg_duration as avg_seconds,
            test_run.avg_duration / 60 as avg_minutes, test_run.runs FROM test_run
         UNION ALL
         SELECT 'Baseline (Run 195)', baseline.avg_duration, baseline.avg_duration / 60, baseline.runs
         FROM baseline",
    ),
    (
        "analysis 3, bottlenecks",
        "SELECT c.conversation_name, a.actor_name,
            EXTRACT(EPOCH FROM (completed_at - started_at)) as duration_seconds,
            ROUND(EXTRACT(EPOCH FROM (completed_at - started_at)) / 60, 1) as duration_minutes
         FROM interactions i
         JOIN conversations c ON i.conversation_id = c.conversation_id
         JOIN actors a ON i.actor_id = a.actor_id
         WHERE created_at > NOW() - interval '6 hours' AND status = 'completed'
         ORDER BY duration_seconds DESC LIMIT 10",
    ),
];

#[tokio::test]
async fn every_valid_query_of_the_plan_runs_as_written() {
    let world = World::new().await;
    let batch = world.batch(2).await;
    world.walk(batch, &crate::world::up_to_graders()).await;
    for (name, sql) in QUERIES {
        let answer = sqlx::raw_sql(sql).execute(&world.pool).await;
        assert!(answer.is_ok(), "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn the_promotion_of_the_plan_fills_our_postings() {
    let world = World::new().await;
    let staged: Vec<_> = (1..=3).map(crate::world::staged_posting).collect();
    world.store.stage(&staged).await.unwrap();
    let ids: Vec<i64> = sqlx::query_scalar(PROMOTE)
        .fetch_all(&world.pool)
        .await
        .unwrap();
    assert_eq!(ids.len(), 3);
}
