-- The workflow as registered, the batches that ran it, and every interaction with its attempts.

CREATE TABLE workflows (
    workflow_id   int  PRIMARY KEY,
    workflow_name text NOT NULL,
    -- SHA-256 of the definition and its prompts, models included.
    workflow_hash text NOT NULL CHECK (workflow_hash ~ '^[0-9a-f]{64}$')
);

CREATE TABLE actors (
    actor_id   int  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor_name text NOT NULL UNIQUE,
    actor_type text NOT NULL CHECK (actor_type IN ('ai_model', 'script'))
);

CREATE TABLE conversations (
    conversation_id   int    PRIMARY KEY,
    workflow_id       int    NOT NULL REFERENCES workflows,
    conversation_name text   NOT NULL,
    actor_id          int    NOT NULL REFERENCES actors,
    -- The posting columns that a completed interaction of this conversation has filled.
    writes            text[] NOT NULL DEFAULT '{}'
        CHECK (writes <@ ARRAY['extracted_summary', 'skill_keywords', 'ihl_score', 'ihl_category'])
);

CREATE TABLE batches (
    batch_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workflow_id   int         NOT NULL REFERENCES workflows,
    workflow_hash text        NOT NULL,
    -- The denominator of every rate: fixed here, before the first call.
    size          int         NOT NULL CHECK (size > 0),
    created_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at    timestamptz,
    ended_at      timestamptz CHECK (ended_at >= started_at)
);

CREATE TABLE workflow_runs (
    workflow_run_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id        bigint      NOT NULL REFERENCES batches,
    workflow_id     int         NOT NULL REFERENCES workflows,
    posting_id      bigint      NOT NULL REFERENCES postings,
    status          text        NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at      timestamptz,
    completed_at    timestamptz CHECK (completed_at >= started_at),
    UNIQUE (batch_id, posting_id),
    -- What interactions point at: an interaction is about its run's posting, or it is refused.
    UNIQUE (workflow_run_id, batch_id, posting_id),
    CONSTRAINT a_final_run_has_an_end_and_an_open_one_has_none
        CHECK ((status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CONSTRAINT a_run_at_work_has_a_start
        CHECK (status NOT IN ('running', 'completed') OR started_at IS NOT NULL)
);

CREATE TABLE interactions (
    interaction_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workflow_run_id  bigint      NOT NULL,
    batch_id         bigint      NOT NULL,
    posting_id       bigint      NOT NULL,
    conversation_id  int         NOT NULL REFERENCES conversations,
    actor_id         int         NOT NULL REFERENCES actors,
    status           text        NOT NULL DEFAULT 'pending'
        CHECK (status IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    -- The fence: raised by every claim, named by every write that finishes one.
    attempt          int         NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    input            jsonb,
    output           jsonb,
    -- The branch that a completed interaction takes (PASS, FAIL, RUN, …); NULL where nothing branches on it.
    outcome          text        CHECK (outcome IS NULL OR status = 'completed'),
    created_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Not to be claimed before: the back-off of a retry.
    available_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- The lease. A claimed interaction still waits: only started_at says that work began.
    claimed_by       text,
    claimed_at       timestamptz,
    lease_expires_at timestamptz,
    started_at       timestamptz CHECK (started_at >= claimed_at),
    completed_at     timestamptz CHECK (completed_at >= started_at),
    UNIQUE (workflow_run_id, conversation_id),
    FOREIGN KEY (workflow_run_id, batch_id, posting_id)
        REFERENCES workflow_runs (workflow_run_id, batch_id, posting_id),
    CONSTRAINT a_lease_is_whole
        CHECK (num_nulls(claimed_by, claimed_at, lease_expires_at) IN (0, 3)),
    CONSTRAINT running_means_leased_and_started
        CHECK (status <> 'running' OR (claimed_by IS NOT NULL AND started_at IS NOT NULL AND input IS NOT NULL)),
    CONSTRAINT pending_means_not_started
        CHECK (status <> 'pending' OR (started_at IS NULL AND output IS NULL)),
    CONSTRAINT completed_means_answered
        CHECK (status <> 'completed' OR (started_at IS NOT NULL AND output IS NOT NULL AND NOT output ? 'error')),
    CONSTRAINT failed_means_explained
        CHECK (status <> 'failed' OR coalesce(output ? 'error', false)),
    CONSTRAINT final_means_ended
        CHECK ((status IN ('completed', 'failed', 'cancelled')) = (completed_at IS NOT NULL)),
    CONSTRAINT a_claim_is_an_attempt
        CHECK (claimed_by IS NULL OR attempt > 0)
);

-- What a claim looks at: open work in the order in which it became ready.
CREATE INDEX interactions_claimable ON interactions (batch_id, conversation_id, interaction_id)
    WHERE status = 'pending' AND claimed_by IS NULL;
-- What the watchdog and the lease sweep look at: a handful of rows at any time.
CREATE INDEX interactions_leased ON interactions (lease_expires_at)
    WHERE status IN ('pending', 'running') AND claimed_by IS NOT NULL;

-- Attempts that did not end their interaction. The one that did lies in interactions itself.
CREATE TABLE interaction_attempts (
    interaction_id bigint      NOT NULL REFERENCES interactions,
    attempt        int         NOT NULL CHECK (attempt > 0),
    claimed_by     text        NOT NULL,
    claimed_at     timestamptz NOT NULL,
    started_at     timestamptz CHECK (started_at >= claimed_at),
    ended_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- retried: it failed and may be tried again. lost: its lease ran out. released: its runner stopped.
    ended_as       text        NOT NULL CHECK (ended_as IN ('retried', 'lost', 'released')),
    error_type     text,
    error          text,
    PRIMARY KEY (interaction_id, attempt),
    CONSTRAINT a_retry_says_why CHECK (ended_as <> 'retried' OR error IS NOT NULL)
);

CREATE TABLE workflow_errors (
    error_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id        bigint      REFERENCES batches,
    workflow_run_id bigint      REFERENCES workflow_runs,
    posting_id      bigint      REFERENCES postings,
    conversation_id int         REFERENCES conversations,
    interaction_id  bigint      REFERENCES interactions,
    attempt         int,
    error_type      text        NOT NULL
        CHECK (error_type IN ('watchdog', 'database', 'model', 'validation', 'source')),
    error_message   text        NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
