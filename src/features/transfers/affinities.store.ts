import type { Tx } from '../../platform/db/transaction.js';
import type { Affinity } from './tiers-plan.js';

/** What the customers of each of these members have: corp tags, and regions; by member. In one pass over what they hold. */
export async function loadAffinities(
  tx: Tx,
  enterpriseId: string,
  memberIds: readonly string[],
): Promise<ReadonlyMap<string, Affinity>> {
  const rows = await tx.$queryRaw<{ member_id: string; tag_ids: string[]; regions: string[] }[]>`
    WITH own AS MATERIALIZED (
      SELECT member_id, id, customer_id FROM relation
      WHERE enterprise_id = ${enterpriseId}::uuid AND member_id = ANY(${[...memberIds]}::uuid[]) AND status = 'ACTIVE'
    ),
    had AS (
      SELECT DISTINCT own.member_id, rt.tag_id, NULL AS region FROM own JOIN relation_tag rt ON rt.relation_id = own.id
      UNION ALL
      SELECT DISTINCT own.member_id, NULL::uuid, c.region FROM own JOIN customer c ON c.id = own.customer_id
    )
    SELECT had.member_id, coalesce(array_agg(tag.id::text) FILTER (WHERE tag.id IS NOT NULL), '{}') AS tag_ids,
           coalesce(array_agg(had.region) FILTER (WHERE had.region IS NOT NULL), '{}') AS regions
    FROM had LEFT JOIN tag ON tag.id = had.tag_id AND tag.kind = 'CORP' GROUP BY had.member_id`;
  return new Map(
    rows.map(({ member_id, tag_ids, regions }) => [member_id, { tagIds: new Set(tag_ids), regions: new Set(regions) }]),
  );
}
