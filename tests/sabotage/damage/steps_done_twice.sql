-- Of the first run the format and the save stand there twice.
ALTER TABLE interactions DROP CONSTRAINT interactions_workflow_run_id_conversation_id_key;

INSERT INTO interactions
    (workflow_run_id, batch_id, posting_id, conversation_id, actor_id, status, attempt, input, output, outcome,
     created_at, available_at, claimed_by, claimed_at, lease_expires_at, started_at, completed_at)
SELECT workflow_run_id, batch_id, posting_id, conversation_id, actor_id, status, attempt, input, output, outcome,
       created_at, available_at, claimed_by, claimed_at, lease_expires_at, started_at, completed_at
FROM interactions
WHERE conversation_id IN (3341, 9168)
  AND workflow_run_id = (SELECT min(workflow_run_id) FROM workflow_runs);
