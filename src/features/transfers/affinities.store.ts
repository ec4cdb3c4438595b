import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { Affinity } from './tiers-plan.js';

/** How many customers of each member are looked at first: of what is common, one of these nearly always has it. */
const looksFirst = 200;

/**
 * Which of the `wanted` corp tags, and regions, are among the customers of each of these members; by member. Reads the newest
 * customers of each, and all of those only who have not shown everything by then.
 */
export async function loadAffinities(
  tx: Tx,
  enterpriseId: string,
  memberIds: readonly string[],
  wanted: { readonly tagIds: readonly string[]; readonly regions: readonly string[] },
): Promise<ReadonlyMap<string, Affinity>> {
  const among = { enterpriseId, ...wanted };
  const found = new Map(await affinities(tx, { ...among, memberIds, most: looksFirst }));
  const has = (id: string) => found.get(id);
  const rest = memberIds.filter(
    (id) => (has(id)?.tagIds.size ?? 0) < wanted.tagIds.length || (has(id)?.regions.size ?? 0) < wanted.regions.length,
  );
  if (rest.length === 0) return found;
  for (const [id, affinity] of await affinities(tx, { ...among, memberIds: rest, most: null })) found.set(id, affinity);
  return found;
}

interface Look {
  readonly enterpriseId: string;
  readonly memberIds: readonly string[];
  readonly tagIds: readonly string[];
  readonly regions: readonly string[];
  /** The newest so many customers of each member; null: all. */
  readonly most: number | null;
}

async function affinities(tx: Tx, { enterpriseId, memberIds, tagIds, regions, most }: Look) {
  const worn = Prisma.sql`
    SELECT DISTINCT own.member_id, worn.tag_id, NULL AS region FROM own CROSS JOIN unnest(own.corp_tag_ids) AS worn (tag_id)
    WHERE worn.tag_id = ANY(${[...tagIds]}::uuid[])`;
  // LIMIT keeps the planner from reading the customers of all enterprises for some thousands.
  const near = Prisma.sql`
    SELECT DISTINCT own.member_id, NULL::uuid AS tag_id, c.region
    FROM own CROSS JOIN LATERAL (SELECT region FROM customer WHERE id = own.customer_id LIMIT 1) c
    WHERE c.region = ANY(${[...regions]}::text[])`;
  const had = [...(tagIds.length > 0 ? [worn] : []), ...(regions.length > 0 ? [near] : [])];
  if (had.length === 0) return [];
  const rows = await tx.$queryRaw<{ member_id: string; tag_ids: string[]; regions: string[] }[]>`
    WITH own AS MATERIALIZED (
      SELECT holder.member_id, r.customer_id, r.corp_tag_ids FROM unnest(${[...memberIds]}::uuid[]) AS holder (member_id)
      CROSS JOIN LATERAL (
        SELECT customer_id, corp_tag_ids FROM relation
        WHERE enterprise_id = ${enterpriseId}::uuid AND member_id = holder.member_id AND status = 'ACTIVE'
        ORDER BY coalesce(added_at, '-infinity'::timestamptz) DESC, id DESC LIMIT ${most}::int
      ) r
    )
    SELECT member_id, coalesce(array_agg(tag_id::text) FILTER (WHERE tag_id IS NOT NULL), '{}') AS tag_ids,
           coalesce(array_agg(region) FILTER (WHERE region IS NOT NULL), '{}') AS regions
    FROM (${Prisma.join(had, ' UNION ALL ')}) had GROUP BY member_id`;
  return rows.map(({ member_id, tag_ids, regions: own }): [string, Affinity] => [
    member_id,
    { tagIds: new Set(tag_ids), regions: new Set(own) },
  ]);
}
