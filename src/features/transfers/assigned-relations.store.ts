import { Prisma } from '../../generated/prisma/client.js';
import type { App } from '../../platform/app.js';

/** A stretch of a transfer's items. */
export interface Stretch {
  readonly transferId: string;
  readonly firstPosition: number;
  readonly lastPosition: number;
}

/** The relation that an item gave to its successor, and the item's place. */
export interface AssignedRelation {
  readonly relationId: string;
  readonly position: number;
}

/**
 * What each stretch gave to this successor, and they still serve, by place in the transfer: after `after`, `limit` at most.
 * One statement for all stretches; the answer is in their order.
 */
export async function listAssignedRelations(
  app: Pick<App, 'db'>,
  of: { readonly enterpriseId: string; readonly successorId: string; readonly after: number; readonly limit: number },
  stretches: readonly Stretch[],
): Promise<AssignedRelation[][]> {
  // By customer, not by the item's relation: where the successor served the customer already, that one has ended.
  const rows = await app.db.query<AssignedRelation & { stretch: number }>(Prisma.sql`
    SELECT s.stretch::int AS stretch, given.id AS "relationId", given.position
    FROM unnest(
      ${stretches.map(({ transferId }) => transferId)}::uuid[], ${stretches.map(({ firstPosition }) => firstPosition)}::int[],
      ${stretches.map(({ lastPosition }) => lastPosition)}::int[]) WITH ORDINALITY s(transfer_id, first, last, stretch)
    CROSS JOIN LATERAL (
      SELECT r.id, i.position
      FROM transfer_item i
      JOIN relation r ON r.enterprise_id = i.enterprise_id AND r.customer_id = i.customer_id
        AND r.member_id = i.successor_id AND r.status = 'ACTIVE'
      WHERE i.transfer_id = s.transfer_id AND i.position BETWEEN greatest(s.first, ${of.after}::int + 1) AND s.last
        AND i.enterprise_id = ${of.enterpriseId}::uuid AND i.successor_id = ${of.successorId}::uuid AND i.status = 'COMPLETED'
      ORDER BY i.position LIMIT ${of.limit}::int) given
    ORDER BY s.stretch, given.position`);
  const lists: AssignedRelation[][] = stretches.map(() => []);
  for (const { stretch, relationId, position } of rows) lists[stretch - 1]?.push({ relationId, position });
  return lists;
}
