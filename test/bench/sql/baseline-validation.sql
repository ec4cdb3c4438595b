-- What a check of all that a leaver ($1) of an enterprise ($2) holds cannot do without, for a kind ON_JOB ($3) or not: who is in a
-- transfer already, who was handed over too often, and how many go to each of so many successors ($4), who have room for $5 each.
SELECT reason, seat, count(*) FROM (
  SELECT CASE WHEN busy.relation_id IS NOT NULL THEN 'ALREADY_IN_TRANSFER'
              WHEN $3 AND (
                SELECT count(*) FROM transfer_item i JOIN transfer t ON t.id = i.transfer_id AND t.kind = 'ON_JOB'
                WHERE i.enterprise_id = $2 AND i.customer_id = r.customer_id AND i.status = 'COMPLETED'
                  AND i.taken_over_at > now() - interval '90 days'
              ) >= 2 THEN 'TRANSFER_TOO_FREQUENT'
              WHEN row_number() OVER (ORDER BY coalesce(r.added_at, '-infinity') DESC, r.id DESC) > $4::bigint * $5::bigint
                THEN 'SUCCESSOR_LIMIT_REACHED' END AS reason,
         row_number() OVER (ORDER BY coalesce(r.added_at, '-infinity') DESC, r.id DESC) % $4::int AS seat
  FROM relation r
  LEFT JOIN transfer_item busy ON busy.relation_id = r.id AND busy.status IN ('WAITING', 'QUEUED')
  WHERE r.enterprise_id = $2 AND r.member_id = $1 AND r.status = 'ACTIVE'
) AS checked GROUP BY reason, seat
