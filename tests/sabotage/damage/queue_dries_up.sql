-- After so many interactions no more are made, whatever the runs still owe.
CREATE FUNCTION damage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM interactions) >= 40 THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER damage BEFORE INSERT ON interactions FOR EACH ROW EXECUTE FUNCTION damage();
