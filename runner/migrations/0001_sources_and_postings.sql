-- Where postings come from, the raw rows as fetched, and the postings promoted from them.
-- Column names are the plan's (BATCH-50-001), so that its queries run as written.

CREATE TABLE posting_sources (
    source_id   int  PRIMARY KEY,
    source_name text NOT NULL UNIQUE
);

INSERT INTO posting_sources (source_id, source_name) VALUES (1, 'deutsche_bank');

CREATE TABLE postings_staging (
    staging_id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source_id              int         NOT NULL REFERENCES posting_sources,
    source_website         text        NOT NULL,
    external_id            text        NOT NULL CHECK (btrim(external_id) <> ''),
    job_title              text,
    location               text,
    country                text,
    posting_url            text,
    -- Keys: job_description (plain text), external_id, detail (the site's answer, untouched).
    raw_data               jsonb       NOT NULL CHECK (raw_data ? 'external_id'),
    -- SHA-256 of what promotion copies; conversation 9144 checks the posting against it.
    content_hash           text        NOT NULL CHECK (content_hash ~ '^[0-9a-f]{64}$'),
    validation_status      text        NOT NULL DEFAULT 'pending'
        CHECK (validation_status IN ('pending', 'passed', 'failed', 'promoted')),
    validation_errors      jsonb,
    promoted_to_posting_id bigint,
    promoted_at            timestamptz,
    created_at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (source_id, external_id),
    CONSTRAINT a_refused_row_says_why
        CHECK ((validation_status = 'failed') = (validation_errors IS NOT NULL)),
    CONSTRAINT a_promoted_row_names_its_posting
        CHECK ((validation_status = 'promoted') = (promoted_to_posting_id IS NOT NULL)
           AND (promoted_to_posting_id IS NULL) = (promoted_at IS NULL))
);

CREATE TABLE postings (
    posting_id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    posting_name          text        NOT NULL,
    job_title             text        NOT NULL CHECK (btrim(job_title) <> ''),
    location_city         text,
    location_country      text,
    job_description       text        NOT NULL CHECK (btrim(job_description) <> ''),
    source_id             int         NOT NULL REFERENCES posting_sources,
    external_job_id       text        NOT NULL,
    source                text        NOT NULL,
    external_id           text        NOT NULL CHECK (btrim(external_id) <> ''),
    external_url          text,
    raw_data              jsonb       NOT NULL,
    created_by_staging_id bigint      NOT NULL REFERENCES postings_staging,
    posting_status        text        NOT NULL DEFAULT 'active'
        CHECK (posting_status IN ('active', 'filled', 'expired', 'withdrawn', 'archived')),
    extracted_summary     text        CHECK (btrim(extracted_summary) <> ''),
    skill_keywords        jsonb,
    ihl_score             int         CHECK (ihl_score BETWEEN 0 AND 10),
    ihl_category          text,
    created_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (source_id, external_id),
    CONSTRAINT skill_keywords_are_a_non_empty_array_of_strings CHECK (
        skill_keywords IS NULL
        OR (jsonb_typeof(skill_keywords) = 'array'
            AND skill_keywords <> '[]'::jsonb
            AND NOT jsonb_path_exists(
                skill_keywords, 'strict $[*] ? (@.type() <> "string" || @ like_regex "^\\s*$")'))
    ),
    CONSTRAINT ihl_category_agrees_with_ihl_score CHECK (
        ihl_category IS NOT DISTINCT FROM CASE
            WHEN ihl_score BETWEEN 0 AND 3 THEN 'GENUINE'
            WHEN ihl_score BETWEEN 4 AND 6 THEN 'BORDERLINE'
            WHEN ihl_score BETWEEN 7 AND 9 THEN 'COMPLIANCE_THEATER'
            WHEN ihl_score = 10 THEN 'FAKE'
        END
    )
);

ALTER TABLE postings_staging
    ADD FOREIGN KEY (promoted_to_posting_id) REFERENCES postings (posting_id);
