-- The graphics cards' work is evidence, too: every process samples those of its own machine.
ALTER TABLE evidence DROP CONSTRAINT evidence_kind_check;
ALTER TABLE evidence ADD CONSTRAINT evidence_kind_check
    CHECK (kind IN ('exchange', 'residency', 'connections', 'gpu'));
