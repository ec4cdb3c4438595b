import type { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import {
  counted,
  followedTransfer,
  type CountRow,
  type CustomerPlan,
  type GroupPlan,
  type PlanCounts,
} from './transfer-plan.js';

/** Inserts one item per selected customer by the plan, as `customersPlanned` makes it, in one statement, and counts them. */
export async function insertItems(
  tx: Tx,
  transferId: string,
  takeoverDueAt: Date,
  plan: CustomerPlan,
  planned: Prisma.Sql,
): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planned}),
      items AS (
        INSERT INTO transfer_item (transfer_id, position, enterprise_id, status, reason, relation_id, customer_id, requested,
                                   successor_id, takeover_due_at, in_transfer_id, attempt, follows_transfer, follows_position)
        SELECT ${transferId}::uuid, position, ${plan.enterpriseId}::uuid,
               CASE WHEN reason IS NULL THEN 'WAITING' ELSE 'REJECTED' END::"TransferItemStatus",
               reason, relation_id, customer_id, requested, successor_id,
               CASE WHEN reason IS NULL THEN ${takeoverDueAt}::timestamptz END, in_transfer_id, attempt,
               ${followedTransfer(plan.selection)}::uuid, follows_position
        FROM plan
        RETURNING reason, successor_id
      )
      SELECT reason, successor_id, count(*)::int AS count FROM items GROUP BY reason, successor_id`,
  );
}

/**
 * Inserts one item per selected group by the plan, as `groupsPlanned` makes it, from `place` of the transfer on, marks the accepted groups as INHERITING,
 * and counts. They are due at once: a group has no waiting time.
 */
export async function insertGroupItems(
  tx: Tx,
  transferId: string,
  place: number,
  plan: GroupPlan,
  planned: Prisma.Sql,
): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planned}),
      items AS (
        INSERT INTO transfer_item (transfer_id, position, enterprise_id, kind, status, reason, group_id, requested, successor_id,
                                   takeover_due_at, in_transfer_id, attempt, follows_transfer, follows_position)
        SELECT ${transferId}::uuid, ${place}::int + position, ${plan.enterpriseId}::uuid, 'GROUP',
               CASE WHEN reason IS NULL THEN 'WAITING' ELSE 'REJECTED' END::"TransferItemStatus",
               reason, group_id, requested, successor_id,
               CASE WHEN reason IS NULL THEN ${plan.now}::timestamptz END, in_transfer_id, attempt,
               ${followedTransfer(plan.selection)}::uuid, follows_position
        FROM plan
        RETURNING reason, successor_id, group_id
      ),
      inheriting AS (
        UPDATE customer_group SET status = 'INHERITING' WHERE id IN (SELECT group_id FROM items WHERE reason IS NULL)
      )
      SELECT reason, successor_id, count(*)::int AS count FROM items GROUP BY reason, successor_id`,
  );
}

/** Counts what a plan would insert. */
export async function countPlanned(tx: Tx, planned: Prisma.Sql): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planned})
      SELECT reason, successor_id, count(*)::int AS count FROM plan GROUP BY reason, successor_id`,
  );
}
