-- What answers at the model servers is evidence, too: somebody may pull a model anew while a batch is at work. So is when a
-- process stood still: its machine slept.
ALTER TABLE evidence DROP CONSTRAINT evidence_kind_check;
ALTER TABLE evidence ADD CONSTRAINT evidence_kind_check
    CHECK (kind IN ('exchange', 'residency', 'connections', 'gpu', 'identity', 'suspension'));
