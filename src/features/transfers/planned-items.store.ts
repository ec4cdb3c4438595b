import { Prisma } from '../../generated/prisma/client.js';
import type { Tx } from '../../platform/db/transaction.js';
import {
  counted,
  followedTransfer,
  type CountRow,
  type GroupPlan,
  type PlanCounts,
  type Selection,
} from './transfer-plan.js';
import { tallyItems } from './tally-items.store.js';
import type { HelpingRow } from './turns-plan.js';

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

/** What `keepChecked` has kept, for `readLots`. */
export const kept = Prisma.sql`SELECT * FROM plan_item`;

/** One of the first customers of a plan. */
export interface CheckedCustomer {
  readonly position: number;
  readonly customer_id: string | null;
  readonly requested: string | null;
}

/** A lot as it was read: with a digest of who is in it, and where, and those who are among the first of the plan. */
export interface CheckedLot extends CountedLot {
  readonly digest: string;
  readonly first: readonly CheckedCustomer[];
}

/** Reads the lots of a plan in one pass over its rows, in the order of the rules and of each lot's first customer. */
export async function readLots(tx: Tx, checked: Prisma.Sql, first: number): Promise<CheckedLot[]> {
  // The place is the seed of the hash, so that two customers who swap places are seen.
  // Sorted here: sorted there, all rows would be, for the sake of the first.
  // A value of type xid can be hashed and not sorted, so the rows are not sorted to be grouped either. Beside the look-ups that the
  // planner expects, 100,000 rows sorted by text seemed to cost nothing; they took a tenth of the plan's time.
  const lots = await tx.$queryRaw<CheckedLot[]>`
    SELECT rule_place, lot, reason, count(*)::int AS count,
           bit_xor(coalesce(uuid_hash_extended(customer_id, position), hashtextextended(requested, position)))::text AS digest,
           coalesce(json_agg(json_build_object('position', position, 'customer_id', customer_id, 'requested', requested))
             FILTER (WHERE position < ${first}::int), '[]') AS first
    FROM (${checked}) checked GROUP BY rule_place, lot, reason, NULL::xid ORDER BY rule_place, min(position)`;
  return lots.map((lot) => ({ ...lot, first: lot.first.toSorted((a, b) => a.position - b.position) }));
}

/** How the lots of a plan are given out: helpings, and the rules whose customers are queued, or kept, where these end. */
export interface GivenOut {
  readonly helpings: readonly HelpingRow[];
  readonly queueing: readonly number[];
  readonly keeping: readonly number[];
}

/**
 * Each customer that `keepChecked` kept, with the successor or the reason why there is none. Of each lot the customers go to its
 * helpings by turns, in the order of the transfer.
 *
 * Joined by one text: with a key of three columns the planner sorted by two of them and compared all of a lot with all of it,
 * which took minutes for 100,000 customers.
 */
export function givenOut({ helpings, queueing, keeping }: GivenOut): Prisma.Sql {
  return Prisma.sql`
    SELECT numbered.position, relation_id, customer_id, requested, in_transfer_id, attempt, follows_position, rule_place,
           given.member_id, given.because, given.load_before,
           CASE WHEN reason IS NOT NULL THEN reason
                WHEN given.member_id IS NOT NULL OR rule_place = ANY(${[...queueing]}::int[]) THEN NULL
                WHEN rule_place = ANY(${[...keeping]}::int[]) THEN 'NO_RULE'
                ELSE 'SUCCESSOR_LIMIT_REACHED' END AS reason
    FROM (
      SELECT p.*, concat_ws('|', rule_place, row_number() OVER (PARTITION BY rule_place, lot, reason ORDER BY position), lot) AS turn
      FROM plan_item p
    ) numbered
    LEFT JOIN (
      SELECT h.rule, h.lot, h.member_id, h.because, h.load + k AS load_before,
             concat_ws('|', h.rule, row_number() OVER (
               PARTITION BY h.rule, h.lot ORDER BY h.tier, h.first_turn + k * h.turn_step, h.seat), h.lot) AS turn
      FROM jsonb_to_recordset(${JSON.stringify(helpings)}::jsonb)
        AS h (rule int, lot text, member_id uuid, seat int, tier int, because text, load int, count int, first_turn float8,
              turn_step float8)
      CROSS JOIN LATERAL generate_series(0, h.count - 1) AS k
    ) given ON given.turn = numbered.turn AND numbered.reason IS NULL`;
}

/** Inserts one item for each customer of a plan, in one statement, and counts them; `takeoverDueAt` null: not before an approval. */
export async function insertItems(
  tx: Tx,
  transfer: { readonly id: string; readonly enterpriseId: string; readonly takeoverDueAt: Date | null },
  selection: Selection | null,
  shared: GivenOut,
): Promise<PlanCounts> {
  const rows = await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${givenOut(shared)}),
      items AS (
        INSERT INTO transfer_item (transfer_id, position, enterprise_id, status, reason, relation_id, customer_id, requested,
                                   successor_id, takeover_due_at, in_transfer_id, attempt, follows_transfer, follows_position,
                                   rule_place, load_before, chosen_because)
        SELECT ${transfer.id}::uuid, position, ${transfer.enterpriseId}::uuid,
               CASE WHEN reason IS NOT NULL THEN 'REJECTED' WHEN member_id IS NULL THEN 'QUEUED'
                    ELSE 'WAITING' END::"TransferItemStatus",
               reason, relation_id, customer_id, requested, member_id,
               CASE WHEN member_id IS NOT NULL THEN ${transfer.takeoverDueAt}::timestamptz END, in_transfer_id, attempt,
               ${selection && followedTransfer(selection)}::uuid, follows_position, rule_place, load_before, because
        FROM plan
        RETURNING reason, successor_id, rule_place
      ),
      lot AS MATERIALIZED (
        SELECT reason, successor_id, rule_place, count(*)::int AS count FROM items GROUP BY reason, successor_id, rule_place
      ),
      ${tallyItems({ ...transfer, kind: 'CUSTOMER' }, Prisma.sql`lot WHERE reason IS NULL`, { waiting: Prisma.sql`count` })}
      SELECT reason, successor_id, sum(count)::int AS count FROM lot GROUP BY reason, successor_id`;
  return counted(rows);
}

/** One number that changes with any of the groups of a plan, and of who gets them. */
export async function digestGroups(tx: Tx, planned: Prisma.Sql): Promise<string> {
  const [row] = await tx.$queryRaw<{ digest: string }[]>`
    SELECT coalesce(sum(hashtextextended(concat_ws('|', position, group_id, requested, reason, successor_id), 0)::numeric), 0)::text
      AS digest
    FROM (${planned}) plan`;
  return row?.digest ?? '';
}

/**
 * Inserts one item per selected group by the plan, as `groupsPlanned` makes it, from `place` of the transfer on, marks the accepted groups as INHERITING,
 * and counts. They are due at once, since a group has no waiting time; `dueAt` null: not before an approval.
 */
export async function insertGroupItems(
  tx: Tx,
  transfer: { readonly id: string; readonly dueAt: Date | null },
  place: number,
  plan: GroupPlan,
  planned: Prisma.Sql,
): Promise<PlanCounts> {
  return counted(
    await tx.$queryRaw<CountRow[]>`
      WITH plan AS (${planned}),
      items AS (
        INSERT INTO transfer_item (transfer_id, position, enterprise_id, kind, status, reason, group_id, requested, successor_id,
                                   takeover_due_at, in_transfer_id, attempt, follows_transfer, follows_position, rule_place)
        SELECT ${transfer.id}::uuid, ${place}::int + position, ${plan.enterpriseId}::uuid, 'GROUP',
               CASE WHEN reason IS NULL THEN 'WAITING' ELSE 'REJECTED' END::"TransferItemStatus",
               reason, group_id, requested, successor_id,
               CASE WHEN reason IS NULL THEN ${transfer.dueAt}::timestamptz END, in_transfer_id, attempt,
               ${followedTransfer(plan.selection)}::uuid, follows_position,
               CASE WHEN reason IS NULL THEN ${plan.rulePlace}::int END
        FROM plan
        RETURNING reason, successor_id, rule_place, group_id
      ),
      inheriting AS (
        UPDATE customer_group SET status = 'INHERITING' WHERE id IN (SELECT group_id FROM items WHERE reason IS NULL)
      ),
      ${tallyItems({ id: transfer.id, enterpriseId: plan.enterpriseId, kind: 'GROUP' }, Prisma.sql`items WHERE reason IS NULL`, { waiting: Prisma.sql`1` })}
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
