-- What a step waits for, so that whoever judges a batch can compute what its workflow made possible.
-- NULL in rows that an earlier version registered: unknown is not the same as nothing.
ALTER TABLE conversations ADD COLUMN needs int[];
