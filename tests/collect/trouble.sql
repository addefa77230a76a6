-- The call that was under way in the first batch was stopped, and its run failed: the row and an error tell of it. An
-- earlier attempt at the other was stopped, too, and two errors tell of stops without saying of which attempts.
UPDATE interactions
SET status = 'failed', completed_at = '2025-11-26 10:20Z', output = '{"error": "watchdog: attempt 1 ran for 901 s"}'
WHERE interaction_id = 3;
UPDATE workflow_runs SET status = 'failed', completed_at = '2025-11-26 10:21Z' WHERE workflow_run_id = 2;
INSERT INTO interaction_attempts (interaction_id, attempt, claimed_by, claimed_at, ended_as, error_type, error) VALUES
    (3, 7, 'r', '2025-11-26 10:00Z', 'released', NULL, 'cut by our own Total Limit'),
    (4, 7, 'r', '2025-11-26 10:00Z', 'retried', 'watchdog', 'it hung');
INSERT INTO workflow_errors (batch_id, workflow_run_id, interaction_id, attempt, error_type, error_message) VALUES
    (1, 2, 3, 1, 'watchdog', 'ran for 901 s'),
    (1, NULL, NULL, NULL, 'watchdog', 'ran for 901 s'),
    (NULL, 2, NULL, 3, 'model', 'cut by our own total limit'),
    (2, NULL, NULL, NULL, 'watchdog', 'of the other batch');
