-- Short calls make the database the bottleneck. What costs most there is index entries: a row that changes in place
-- (a heap-only tuple) needs none. An update can be done in place only where it changes no column that stands in an
-- index or in an index's condition, so the condition of the one index for open work is `completed_at IS NULL`: true of
-- exactly the pending and running rows (constraint final_means_ended), and changed by nothing but an interaction's end.
-- Claims, heartbeats and starts then write no index entry, and finished rows lie in no index that a worker reads.
DROP INDEX interactions_claimable;
DROP INDEX interactions_leased;
CREATE INDEX interactions_open ON interactions (batch_id, conversation_id, interaction_id)
    WHERE completed_at IS NULL;
CREATE INDEX workflow_runs_open ON workflow_runs (batch_id)
    WHERE completed_at IS NULL;

-- Room on each page for the versions of a row between its creation and its end. The entries that ended work leaves
-- behind in the index are cleared long before a fifth of a large table has changed.
ALTER TABLE interactions SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
ALTER TABLE workflow_runs SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
