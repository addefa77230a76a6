-- What kind of failure it was, so that a report can group failures and a retry can count those alike.
-- NULL in rows that an earlier version wrote, and where no call was made.
ALTER TABLE interaction_attempts ADD COLUMN error_class text;
ALTER TABLE workflow_errors ADD COLUMN error_class text;

-- Results that came when their attempt was over: the fence dropped them. They are counted, because each of them is
-- work that was done in vain, and a sign of a limit that is too short.
CREATE TABLE late_results (
    late_result_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    interaction_id  bigint      NOT NULL REFERENCES interactions,
    batch_id        bigint      NOT NULL REFERENCES batches,
    posting_id      bigint      NOT NULL REFERENCES postings,
    conversation_id int         NOT NULL REFERENCES conversations,
    attempt         int         NOT NULL CHECK (attempt > 0),
    runner          text        NOT NULL,
    arrived_at      timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX late_results_of_a_batch ON late_results (batch_id);
