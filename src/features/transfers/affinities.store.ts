import type { Tx } from '../../platform/db/transaction.js';
import type { Affinity } from './tiers-plan.js';

/** What the customers of each of these members have: corp tags, and regions; by member. In one pass over what they hold. */
export async function loadAffinities(
  tx: Tx,
  enterpriseId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, Affinity>> {
  // OFFSET and LIMIT keep the planner from reading all tags, and all customers, of all enterprises for some thousands.
  const rows = await tx.$queryRaw<{ member_id: string; tag_ids: string[]; regions: string[] }[]>`
    WITH own AS MATERIALIZED (
      SELECT member_id, id, customer_id FROM relation
      WHERE enterprise_id = ${enterpriseId}::uuid AND member_id = ANY(${[...memberIds]}::uuid[]) AND status = 'ACTIVE'
    ),
    had AS (
      SELECT DISTINCT own.member_id, worn.tag_id, NULL AS region
      FROM own CROSS JOIN LATERAL (SELECT tag_id FROM relation_tag WHERE relation_id = own.id OFFSET 0) worn
      UNION ALL
      SELECT DISTINCT own.member_id, NULL::uuid, c.region
      FROM own CROSS JOIN LATERAL (SELECT region FROM customer WHERE id = own.customer_id LIMIT 1) c
    )
    SELECT had.member_id, coalesce(array_agg(tag.id::text) FILTER (WHERE tag.id IS NOT NULL), '{}') AS tag_ids,
           coalesce(array_agg(had.region) FILTER (WHERE had.region IS NOT NULL), '{}') AS regions
    FROM had LEFT JOIN tag ON tag.id = had.tag_id AND tag.kind = 'CORP' GROUP BY had.member_id`;
  return new Map(
    rows.map(({ member_id, tag_ids, regions }) => [member_id, { tagIds: new Set(tag_ids), regions: new Set(regions) }]),
  );
}
