import { Prisma, type Transfer } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import { tallyItems } from './tally-items.store.js';
import type { TransferReason } from './transfer-reasons.js';

/** How open items end without a takeover. */
export type Ending =
  | { readonly status: 'REFUSED' | 'CANCELLED'; readonly reason: null }
  | { readonly status: 'FAILED'; readonly reason: TransferReason };

/** An item that waits, or will. */
export interface OpenItem {
  readonly transferId: string;
  readonly position: number;
  readonly status: 'WAITING' | 'QUEUED';
  readonly successorId: string | null;
}

/** The open item of a relation; null: none. There is never more than one. */
export async function findOpenItem(tx: Tx, relationId: string): Promise<OpenItem | null> {
  const [item] = await tx.$queryRaw<OpenItem[]>`
    SELECT transfer_id AS "transferId", position, status::text AS status, successor_id AS "successorId"
    FROM transfer_item WHERE relation_id = ${relationId}::uuid AND status IN ('WAITING', 'QUEUED')`;
  return item ?? null;
}

const counterOf = { REFUSED: 'refused', CANCELLED: 'cancelled', FAILED: 'failed' } as const;

/** What of a transfer ended. */
export interface Ended {
  readonly customers: number;
  readonly groups: number;
}

/**
 * Ends the open items of a transfer, or the one at `position`, and counts them out of what waits on both sides. Groups are
 * again as their owner is. One statement, of any size; the caller holds the transfer and the portfolios.
 */
export async function endOpenItems(
  tx: Tx,
  transfer: Pick<Transfer, 'id' | 'enterpriseId' | 'leaverId'>,
  { status, reason }: Ending,
  now: Date,
  position: number | null,
): Promise<Ended> {
  const one = position === null ? Prisma.empty : Prisma.sql`AND position = ${position}::int`;
  const [ended] = await tx.$queryRaw<Ended[]>`
    WITH ended AS (
      UPDATE transfer_item SET status = ${status}::"TransferItemStatus", reason = ${reason}, ended_at = ${now}
      WHERE transfer_id = ${transfer.id}::uuid AND status IN ('WAITING', 'QUEUED') ${one}
      RETURNING kind, rule_place, group_id, successor_id
    ),
    owned AS (
      UPDATE customer_group g
      SET status = CASE WHEN owner.status = 'RESIGNED' THEN 'OWNER_RESIGNED' ELSE 'NORMAL' END::"CustomerGroupStatus"
      FROM ended, member owner WHERE g.id = ended.group_id AND owner.id = g.owner_id
    ),
    takers AS (
      UPDATE portfolio SET incoming = incoming - coming.count
      FROM (SELECT successor_id, count(*)::int AS count FROM ended WHERE kind = 'CUSTOMER' GROUP BY successor_id) coming
      WHERE portfolio.member_id = coming.successor_id
    ),
    rules AS (
      -- Who has no successor was queued.
      UPDATE transfer_rule SET queued = queued - left_queue.count
      FROM (SELECT rule_place, count(*)::int AS count FROM ended WHERE successor_id IS NULL GROUP BY rule_place) left_queue
      WHERE transfer_rule.transfer_id = ${transfer.id}::uuid AND transfer_rule.place = left_queue.rule_place
    ),
    total AS MATERIALIZED (
      SELECT count(*) FILTER (WHERE kind = 'CUSTOMER')::int AS customers, count(*) FILTER (WHERE kind = 'GROUP')::int AS groups
      FROM ended
    ),
    giver AS (
      UPDATE portfolio
      SET waiting = waiting - total.customers, groups_waiting = groups_waiting - total.groups,
          refused = refused + CASE WHEN ${status} = 'REFUSED' THEN total.customers ELSE 0 END,
          failed = failed + CASE WHEN ${status} = 'FAILED' THEN total.customers ELSE 0 END
      FROM total WHERE portfolio.member_id = ${transfer.leaverId}::uuid
    ),
    ${tallyItems({ ...transfer, kind: null }, Prisma.sql`ended`, { waiting: Prisma.sql`-1`, [counterOf[status]]: Prisma.sql`1` })}
    SELECT customers, groups FROM total`;
  return ended ?? { customers: 0, groups: 0 };
}
