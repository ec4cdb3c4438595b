import type { Tx } from '../../platform/db/transaction.js';
import type { Affinity } from './tiers-plan.js';

/** What each of these members' customers have in common with others, in the order of the members. */
export async function loadAffinities(tx: Tx, enterpriseId: string, memberIds: readonly string[]): Promise<Affinity[]> {
  const rows = await tx.$queryRaw<{ member_id: string; tag_ids: string[] | null; regions: string[] | null }[]>`
    SELECT r.member_id,
           (SELECT array_agg(DISTINCT rt.tag_id::text) FROM relation own
            JOIN relation_tag rt ON rt.relation_id = own.id JOIN tag ON tag.id = rt.tag_id AND tag.kind = 'CORP'
            WHERE own.enterprise_id = ${enterpriseId}::uuid AND own.member_id = r.member_id AND own.status = 'ACTIVE') AS tag_ids,
           (SELECT array_agg(DISTINCT c.region) FROM relation own JOIN customer c ON c.id = own.customer_id
            WHERE own.enterprise_id = ${enterpriseId}::uuid AND own.member_id = r.member_id AND own.status = 'ACTIVE'
              AND c.region IS NOT NULL) AS regions
    FROM unnest(${[...memberIds]}::uuid[]) AS r (member_id)`;
  const byMember = new Map(rows.map((row) => [row.member_id, row]));
  return memberIds.map((memberId) => {
    const row = byMember.get(memberId);
    return { tagIds: new Set(row?.tag_ids ?? []), regions: new Set(row?.regions ?? []) };
  });
}
