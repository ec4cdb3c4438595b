import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';

/** How many PERSONAL tags of this member are on each of these relations; a pair without any is left out. By `pairKey`. */
export async function countPersonalTags(
  app: Pick<App, 'db'>,
  enterpriseId: string,
  pairs: readonly { readonly relationId: string; readonly memberId: string }[],
): Promise<Map<string, number>> {
  const rows = await app.db.query<{ relationId: string; memberId: string; count: number }>(Prisma.sql`
    SELECT pair.relation_id AS "relationId", pair.member_id AS "memberId", count(*)::int AS count
    FROM unnest(${pairs.map(({ relationId }) => relationId)}::uuid[], ${pairs.map(({ memberId }) => memberId)}::uuid[])
      AS pair (relation_id, member_id)
    JOIN relation_tag rt ON rt.relation_id = pair.relation_id
    JOIN tag ON tag.id = rt.tag_id AND tag.kind = 'PERSONAL' AND tag.member_id = pair.member_id
    WHERE rt.enterprise_id = ${enterpriseId}::uuid GROUP BY 1, 2`);
  return new Map(rows.map(({ count, ...pair }) => [pairKey(pair), count]));
}

/** One text for a relation and a member. */
export function pairKey({ relationId, memberId }: { readonly relationId: string; readonly memberId: string }): string {
  return `${relationId} ${memberId}`;
}
