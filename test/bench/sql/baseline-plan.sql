-- The SELECT part of baseline-takeover.sql: whom a leaver ($1) serves, locked, and who of five successors ($2) each goes to.
WITH src AS MATERIALIZED (
  SELECT id, customer_id FROM relation WHERE member_id = $1::int AND status = 1 ORDER BY added_at DESC, id DESC FOR UPDATE
), plan AS MATERIALIZED (
  SELECT id, customer_id, ($2::int[])[1 + ((row_number() OVER ()) % cardinality($2::int[]))] AS to_id FROM src
) SELECT to_id, count(*)::int AS customers FROM plan GROUP BY to_id
