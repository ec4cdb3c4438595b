-- The pool, the latest resignation first. Under row-level security the planner looks nothing up by an enum (its comparison is not
-- "leakproof"), so that the index over enterprise, status and time serves it no more; a partial index needs no comparison.
CREATE INDEX "member_resigned_idx" ON "member" ("enterprise_id", "resigned_at", "id") WHERE "status" = 'RESIGNED';
