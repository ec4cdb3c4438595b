-- Written by hand. The same index under a condition that only a query for certain members fulfils.
--
-- Without statistics, as just after an import, the planner takes the enterprise's relations for a row or two, finds this
-- index as good as relation_active_key to look one customer up in, and the takeover read the whole enterprise for every
-- customer: 35 seconds for 5,000 of them instead of a fraction of one.
DROP INDEX "relation_active_by_added_idx";
CREATE INDEX "relation_active_by_added_idx" ON "relation"
  ("enterprise_id", "member_id", coalesce("added_at", '-infinity'::timestamptz) DESC, "id" DESC)
  WHERE "status" = 'ACTIVE' AND "member_id" IS NOT NULL;
