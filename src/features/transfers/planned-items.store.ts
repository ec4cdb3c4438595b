import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import {
  counted,
  followedTransfer,
  type CountRow,
  type CustomerPlan,
  type GroupPlan,
  type PlanCounts,
} from './transfer-plan.js';

/** So many customers of a plan who are alike to their rule, or were rejected for the same reason. */
export interface CountedLot {
  readonly rule_place: number | null;
  readonly lot: string;
  readonly reason: string | null;
  readonly count: number;
}

/**
 * Keeps what `customersChecked` tells for the rest of the transaction: what is counted next is what is inserted then, whatever
 * others change between the two statements. The table is the connection's own and loses its rows at the transaction's end.
 */
export async function keepChecked(tx: Tx, checked: Prisma.Sql): Promise<void> {
  await tx.$executeRaw`
    CREATE TEMPORARY TABLE IF NOT EXISTS plan_item (
      position int, relation_id uuid, customer_id uuid, requested text, in_transfer_id uuid, attempt int, follows_position int,
      reason text, rule_place int, lot text
    ) ON COMMIT DELETE ROWS`;
  await tx.$executeRaw`
    INSERT INTO plan_item (position, relation_id, customer_id, requested, in_transfer_id, attempt, follows_position, reason,
                           rule_place, lot)
    ${checked}`;
}

/** What `keepChecked` has kept, for `countLots`. */
export const kept = Prisma.sql`SELECT * FROM plan_item`;

/** The lots of a plan, in the order of the rules and of each one's first customer. */
export async function countLots(tx: Tx, checked: Prisma.Sql): Promise<CountedLot[]> {
  return tx.$queryRaw<CountedLot[]>`
    SELECT rule_place, lot, reason, count(*)::int AS count FROM (${checked}) AS checked
    GROUP BY rule_place, lot, reason ORDER BY rule_place, min(position)`;
}

/** What one successor gets of one lot, as SQL takes it; see `Helping`. */
export interface HelpingRow {
  readonly rule: number;
  readonly lot: string;
  readonly member_id: string;
  readonly seat: number;
  readonly tier: number;
  readonly because: string | null;
  readonly load: number;
  readonly count: number;
  readonly first_turn: number;
  readonly turn_step: number;
}

/**
 * Inserts one item for each customer that `keepChecked` kept, in one statement, and counts them. Of each lot the customers go to
 * its helpings by turns, in the order of the transfer; for whom none is left they are queued, or rejected where their rule is
 * not among `queueing`.
 */
export async function insertItems(
  tx: Tx,
  transferId: string,
  takeoverDueAt: Date,
  plan: CustomerPlan,
  shared: {
    readonly helpings: readonly HelpingRow[];
    readonly queueing: readonly number[];
    readonly keeping: readonly number[];
  },
): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH turn AS MATERIALIZED (
        SELECT h.rule, h.lot, h.member_id, h.because, h.load + k AS load_before,
               row_number() OVER (PARTITION BY h.rule, h.lot ORDER BY h.tier, h.first_turn + k * h.turn_step, h.seat) AS n
        FROM jsonb_to_recordset(${JSON.stringify(shared.helpings)}::jsonb)
          AS h (rule int, lot text, member_id uuid, seat int, tier int, because text, load int, count int, first_turn float8,
                turn_step float8)
        CROSS JOIN LATERAL generate_series(0, h.count - 1) AS k
      ),
      numbered AS (
        SELECT p.*, row_number() OVER (PARTITION BY rule_place, lot, reason ORDER BY position) AS n FROM plan_item p
      ),
      plan AS (
        SELECT numbered.position, relation_id, customer_id, requested, in_transfer_id, attempt, follows_position, rule_place,
               turn.member_id, turn.because, turn.load_before,
               CASE WHEN reason IS NOT NULL THEN reason
                    WHEN turn.member_id IS NOT NULL OR rule_place = ANY(${[...shared.queueing]}::int[]) THEN NULL
                    WHEN rule_place = ANY(${[...shared.keeping]}::int[]) THEN 'NO_RULE'
                    ELSE 'SUCCESSOR_LIMIT_REACHED' END AS reason
        FROM numbered LEFT JOIN turn ON turn.rule = rule_place AND turn.lot = numbered.lot AND turn.n = numbered.n
      ),
      items AS (
        INSERT INTO transfer_item (transfer_id, position, enterprise_id, status, reason, relation_id, customer_id, requested,
                                   successor_id, takeover_due_at, in_transfer_id, attempt, follows_transfer, follows_position,
                                   rule_place, load_before, chosen_because)
        SELECT ${transferId}::uuid, position, ${plan.enterpriseId}::uuid,
               CASE WHEN reason IS NOT NULL THEN 'REJECTED' WHEN member_id IS NULL THEN 'QUEUED'
                    ELSE 'WAITING' END::"TransferItemStatus",
               reason, relation_id, customer_id, requested, member_id,
               CASE WHEN member_id IS NOT NULL THEN ${takeoverDueAt}::timestamptz END, in_transfer_id, attempt,
               ${followedTransfer(plan.selection)}::uuid, follows_position, rule_place, load_before, because
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
