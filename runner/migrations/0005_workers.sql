-- Who works on a batch, who holds which model server, and the word that goes out when there is work.
-- Every lease is given and judged by the database's clock: what the clocks of the machines say is of no consequence.

-- What a worker's hash is held against.
ALTER TABLE batches ADD UNIQUE (batch_id, workflow_hash);

CREATE TABLE workers (
    -- The name on its leases (interactions.claimed_by).
    worker           text        PRIMARY KEY CHECK (btrim(worker) <> ''),
    -- The fence of a name: raised when the name is taken up again, named by all that a worker writes of itself.
    registration     int         NOT NULL DEFAULT 1 CHECK (registration > 0),
    batch_id         bigint      NOT NULL REFERENCES batches,
    workflow_hash    text        NOT NULL,
    host             text        NOT NULL CHECK (btrim(host) <> ''),
    process_id       bigint      NOT NULL CHECK (process_id > 0),
    started_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_seen_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Without a heartbeat until then it counts as dead.
    lease_expires_at timestamptz NOT NULL,
    -- Since when it would take more work than there is: who makes work ready tells it then, and only then.
    waiting_since    timestamptz,
    ended_at         timestamptz CHECK (ended_at >= started_at),
    CONSTRAINT a_worker_runs_the_workflow_of_its_batch
        FOREIGN KEY (batch_id, workflow_hash) REFERENCES batches (batch_id, workflow_hash),
    CONSTRAINT a_worker_is_seen_after_its_start_and_before_its_lease_runs_out
        CHECK (last_seen_at >= started_at AND lease_expires_at >= last_seen_at),
    CONSTRAINT a_worker_that_has_ended_waits_for_nothing
        CHECK (ended_at IS NULL OR waiting_since IS NULL)
);

-- What the telling looks at: hardly ever a row.
CREATE INDEX workers_waiting ON workers (batch_id) WHERE waiting_since IS NOT NULL;

CREATE TABLE model_servers (
    -- The same name from whichever machine it is reached.
    server           text        PRIMARY KEY CHECK (btrim(server) <> ''),
    held_by          text        REFERENCES workers,
    held_since       timestamptz,
    -- From then on anybody may take it. Of one that was handed back, or never held: since when it is free.
    lease_expires_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT a_server_is_held_by_someone_since_some_moment_or_not_at_all
        CHECK (num_nulls(held_by, held_since) IN (0, 2)),
    CONSTRAINT a_server_lease_ends_after_it_began
        CHECK (lease_expires_at >= held_since)
);

CREATE INDEX model_servers_held ON model_servers (held_by) WHERE held_by IS NOT NULL;

-- A transaction with a notice holds a lock of the whole database cluster while it commits, so that such commits go one
-- after the other. So nothing is said where nobody waits, and that is nearly always: a worker with enough to do asks
-- the table by itself.
CREATE FUNCTION tell_of_work_in(batch bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('batchproof_work', batch::text)
    WHERE EXISTS (
        SELECT 1 FROM workers
        WHERE batch_id = batch AND waiting_since IS NOT NULL AND lease_expires_at > clock_timestamp())
$$;

CREATE FUNCTION tell_of_created_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_of_work_in(batch_id) FROM (SELECT DISTINCT batch_id FROM created) AS batches;
    RETURN NULL;
END $$;

CREATE TRIGGER created_work_is_told_of
    AFTER INSERT ON interactions
    REFERENCING NEW TABLE AS created
    FOR EACH STATEMENT EXECUTE FUNCTION tell_of_created_work();

CREATE FUNCTION tell_of_returned_work() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM tell_of_work_in(NEW.batch_id);
    RETURN NULL;
END $$;

-- A row at a time, for it is rare; equal notices of one transaction are sent once. The condition costs a claim nothing
-- worth measuring, and what does not touch claimed_by is not asked.
CREATE TRIGGER returned_work_is_told_of
    AFTER UPDATE OF claimed_by ON interactions
    FOR EACH ROW
    WHEN (OLD.claimed_by IS NOT NULL AND NEW.claimed_by IS NULL AND NEW.status = 'pending')
    EXECUTE FUNCTION tell_of_returned_work();
