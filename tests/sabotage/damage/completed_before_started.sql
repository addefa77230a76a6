-- One save ends before it begins.
ALTER TABLE interactions DROP CONSTRAINT interactions_check2;

UPDATE interactions SET completed_at = started_at - interval '100 milliseconds'
WHERE conversation_id = 9168 AND workflow_run_id = (SELECT min(workflow_run_id) FROM workflow_runs);
