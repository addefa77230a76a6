-- What is open in a batch is read before every dispatch, and grouped by run: never a scan over what is finished.
CREATE INDEX interactions_open ON interactions (batch_id, workflow_run_id)
    WHERE status IN ('pending', 'running');
