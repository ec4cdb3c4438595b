import type { TransferItemStatus } from '../../generated/prisma/enums.js';
import type { Tx } from '../../platform/db/transaction.js';

/** The one item of a transfer that is about a customer, and has been announced. */
export interface OwnItem {
  readonly position: number;
  readonly status: TransferItemStatus;
  readonly relationId: string;
  readonly successorId: string;
  readonly successorName: string;
  readonly takeoverDueAt: Date;
  /** When a drain gave it a successor; null: it had one from the start. */
  readonly drainedAt: Date | null;
}

/** The item that a customer of the enterprise has in a transfer; null: none that was ever announced, so they know of none. */
export async function findOwnItem(
  tx: Tx,
  enterpriseId: string,
  transferId: string,
  customerId: string,
): Promise<OwnItem | null> {
  const [item] = await tx.$queryRaw<OwnItem[]>`
    SELECT i.position, i.status::text AS status, i.relation_id AS "relationId", i.successor_id AS "successorId",
           m.name AS "successorName", i.takeover_due_at AS "takeoverDueAt", d.at AS "drainedAt"
    FROM transfer_item i JOIN member m ON m.id = i.successor_id
    LEFT JOIN transfer_drain d ON d.transfer_id = i.transfer_id AND d.number = i.drain
    WHERE i.enterprise_id = ${enterpriseId}::uuid AND i.customer_id = ${customerId}::uuid AND i.transfer_id = ${transferId}::uuid
      AND i.kind = 'CUSTOMER' AND i.takeover_due_at IS NOT NULL`;
  return item ?? null;
}

/** Names of those who serve a customer now, the longest known first. */
export async function namesServing(tx: Tx, enterpriseId: string, customerId: string): Promise<string[]> {
  const rows = await tx.$queryRaw<{ name: string }[]>`
    SELECT m.name FROM relation r JOIN member m ON m.id = r.member_id
    WHERE r.enterprise_id = ${enterpriseId}::uuid AND r.customer_id = ${customerId}::uuid AND r.status = 'ACTIVE'
    ORDER BY r.added_at, r.id`;
  return rows.map(({ name }) => name);
}

/** Makes an item due now, and the runner look at its transfer, which the caller has locked. */
export async function makeDue(tx: Tx, transferId: string, position: number, now: Date): Promise<void> {
  await tx.$executeRaw`
    WITH item AS (
      UPDATE transfer_item SET takeover_due_at = ${now}
      WHERE transfer_id = ${transferId}::uuid AND position = ${position}::int AND status = 'WAITING'
    )
    UPDATE transfer SET run_at = least(run_at, ${now}::timestamptz) WHERE id = ${transferId}::uuid`;
}
