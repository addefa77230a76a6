-- A row that finds no room beside its earlier version moves to another page, and gets an entry in every index there. An
-- interaction is three times as long when it is done as when it is created, so half a page was not room enough: more than a
-- third of the claims and starts moved that need not have. Rows that are done fill the pages, so that a table is no larger for it in the end.
ALTER TABLE interactions SET (fillfactor = 12);
ALTER TABLE workflow_runs SET (fillfactor = 50);
-- A posting's text stays where it is when a summary or a score is added.
ALTER TABLE postings SET (fillfactor = 50);
