-- What is seen of a batch is written down before the results that rest on it, by whoever sees it: a process that dies
-- takes no evidence along, and whoever collects has everybody's. The runner itself never reads these tables.

-- What only the process that created the batch knew: mode, plan, fetch, row counts, seed.
CREATE TABLE batch_circumstances (
    batch_id   bigint PRIMARY KEY REFERENCES batches,
    content    jsonb       NOT NULL,
    written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The processes that work at a batch, each with witnesses of its own before its model servers.
CREATE TABLE evidence_sources (
    batch_id     bigint      NOT NULL REFERENCES batches,
    worker       text        NOT NULL,
    host         text        NOT NULL,
    came_by      text        NOT NULL CHECK (came_by IN ('run', 'resume', 'work')),
    -- The model servers as they described themselves.
    servers      jsonb       NOT NULL,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- One that gives no sign for long is lost, and nobody waits for what it may still have.
    last_sign_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- All that it saw is written down.
    ended_at     timestamptz,
    PRIMARY KEY (batch_id, worker)
);

-- An exchange that is written twice is the later one. Times are the database's.
CREATE TABLE evidence (
    evidence_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id    bigint      NOT NULL,
    worker      text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('exchange', 'residency', 'connections')),
    content     jsonb       NOT NULL,
    written_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    FOREIGN KEY (batch_id, worker) REFERENCES evidence_sources
);

CREATE INDEX evidence_of_a_batch ON evidence (batch_id, evidence_id);
