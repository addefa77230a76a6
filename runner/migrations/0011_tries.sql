-- A worker enters its name; the answer is lost on the way, and it tries again. By what it wrote beside the name the first
-- time it knows its own entry from that of another worker of this name.
ALTER TABLE workers ADD COLUMN entry bigint;
COMMENT ON COLUMN workers.entry IS 'drawn by the worker for this one entry; NULL in rows of earlier versions';
