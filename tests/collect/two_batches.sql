-- Two batches in one database. The first was left at work: one run is over, one has a call under way. The second took
-- the first's first posting again, and one of its own.

INSERT INTO workflows (workflow_id, workflow_name, workflow_hash) VALUES (3001, 'small', repeat('a', 64));
INSERT INTO actors (actor_name, actor_type) VALUES ('qwen2.5:7b', 'ai_model'), ('check_description', 'script');
INSERT INTO conversations (conversation_id, workflow_id, conversation_name, actor_id, writes) VALUES
    (9193, 3001, 'check_description', 2, '{}'),
    (9163, 3001, 'ihl_expert', 1, '{ihl_score,ihl_category}');

INSERT INTO postings_staging (source_id, source_website, external_id, raw_data, content_hash)
SELECT 1, 'deutsche_bank', 'R' || n, jsonb_build_object('external_id', 'R' || n), repeat('b', 64)
FROM generate_series(1, 3) AS n;
INSERT INTO postings (posting_name, job_title, location_city, job_description, source_id, external_job_id, source,
                      external_id, raw_data, created_by_staging_id, ihl_score, ihl_category)
SELECT 'p', 'Teller ' || staging_id, 'Köln', 'Zählt Geld.', 1, external_id, 'deutsche_bank',
       external_id, raw_data, staging_id,
       CASE staging_id WHEN 1 THEN 3 END, CASE staging_id WHEN 1 THEN 'GENUINE' END
FROM postings_staging ORDER BY staging_id;

INSERT INTO batches (workflow_id, workflow_hash, size, started_at) VALUES
    (3001, repeat('a', 64), 5, clock_timestamp()), (3001, repeat('c', 64), 2, NULL);
INSERT INTO workflow_runs (batch_id, workflow_id, posting_id, status, started_at, completed_at) VALUES
    (1, 3001, 1, 'completed', '2025-11-26 10:00Z', '2025-11-26 10:03Z'),
    (1, 3001, 2, 'running', '2025-11-26 10:00Z', NULL),
    (2, 3001, 1, 'pending', NULL, NULL),
    (2, 3001, 3, 'pending', NULL, NULL);

INSERT INTO interactions (workflow_run_id, batch_id, posting_id, conversation_id, actor_id, status, attempt, input,
                          output, claimed_by, claimed_at, lease_expires_at, started_at, completed_at) VALUES
    (1, 1, 1, 9193, 2, 'completed', 1, '{}', '{"outcome": "VALID"}',
     'r', '2025-11-26 10:00Z', '2025-11-26 10:01Z', '2025-11-26 10:00Z', '2025-11-26 10:00Z'),
    (1, 1, 1, 9163, 1, 'completed', 2, '{"model": "qwen2.5:7b", "prompt": "abc", "prompt_sha256": "stored"}',
     '{"ihl_score": 3}',
     'r', '2025-11-26 10:01Z', '2025-11-26 10:04Z', '2025-11-26 10:02Z', '2025-11-26 10:03Z'),
    (2, 1, 2, 9163, 1, 'running', 1, '{"model": "qwen2.5:7b", "prompt": "Grüß"}', NULL,
     'r', '2025-11-26 10:03Z', '2025-11-26 10:05Z', '2025-11-26 10:04Z', NULL),
    (3, 2, 1, 9163, 1, 'pending', 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL);

INSERT INTO interaction_attempts (interaction_id, attempt, claimed_by, claimed_at, ended_as, error) VALUES
    (2, 1, 'r', '2025-11-26 10:00Z', 'retried', 'no JSON'),
    (4, 1, 'other', '2025-11-26 11:00Z', 'lost', NULL);

-- The first names its batch, the second only its run, the third only its interaction; the others are not of batch 1.
INSERT INTO workflow_errors (batch_id, workflow_run_id, interaction_id, error_type, error_message) VALUES
    (1, NULL, NULL, 'source', 'by its batch'),
    (NULL, 1, NULL, 'database', 'by its run'),
    (NULL, NULL, 2, 'validation', 'by its interaction'),
    (2, 3, 4, 'model', 'of the other batch'),
    (NULL, NULL, NULL, 'source', 'of no batch');
